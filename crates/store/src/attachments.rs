//! A laptop's attachments: which contents no receipt covers, who has parts of them, and where each stands.
//!
//! As with entries there is no mark "sent": a content is received where a receipt of the present server says so, with a
//! driver where carriers have given their word for all of it, and otherwise ready. What only void records name is not sent.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use tsela_core::{
    attachment::{ContentId, Span, lacking},
    bundle::BundleId,
    fold::RecordState,
    ids::{DeviceId, RecordId},
    model::SAME_CONTENT,
    receipt::Receipt,
    time::Timestamp,
};

use crate::{
    acks, blob,
    changes::PlaceKind,
    contents,
    error::Result,
    meta,
    records::Status,
    streams::{self, StreamState},
    world::{found_by, load},
};

/// Contents that no receipt covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsent {
    /// How many.
    pub contents: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Those of them of which drivers have every part.
    pub with_driver: usize,
}

/// A content that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The content.
    pub content: ContentId,
    /// Its bytes.
    pub size: usize,
    /// Whether a receipt covers the record that names it: contents go out after the records.
    pub record_received: bool,
}

/// A part that a carrier holds, by its own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedPart {
    /// The bundle.
    pub bundle: BundleId,
    /// The content.
    pub content: ContentId,
    /// Which bytes of it.
    pub span: Span,
    /// The carrier.
    pub carrier: DeviceId,
    /// Its name, for people.
    pub name: String,
    /// When it took the bundle, by its clock.
    pub at: Timestamp,
}

/// The contents that are here whole and that a life of a server has not said to have.
const UNCONFIRMED: &str = "SELECT hash, size FROM content WHERE whole = 1 AND NOT EXISTS
                           (SELECT 1 FROM content_ack WHERE peer = ?1 AND content_ack.hash = content.hash) ORDER BY id";

/// Counts the contents that are to be sent and that no receipt covers.
///
/// # Errors
/// Returns what the disk said.
pub fn unsent(conn: &Connection) -> Result<Unsent> {
    let mut unsent = Unsent::default();
    for waiting in waiting(conn)? {
        unsent.contents += 1;
        unsent.bytes += waiting.size as u64;
        unsent.with_driver += usize::from(is_with_driver(conn, waiting.content, waiting.size)?);
    }
    Ok(unsent)
}

/// Says whether a content is to be sent.
///
/// # Errors
/// Returns what the disk said.
pub fn is_anything_unsent(conn: &Connection) -> Result<bool> {
    Ok(!waiting(conn)?.is_empty())
}

/// Returns the contents that are to be sent and that no receipt covers, the oldest first.
///
/// # Errors
/// Returns what the disk said.
pub fn waiting(conn: &Connection) -> Result<Vec<Waiting>> {
    let peer = acks::present_peer_id(conn)?;
    let mut statement = conn.prepare_cached(UNCONFIRMED)?;
    let rows = statement.query_map([peer], |row| Ok((ContentId(row.get(0)?), row.get(1)?)))?;
    let unconfirmed = rows.collect::<rusqlite::Result<Vec<(ContentId, usize)>>>()?;
    if unconfirmed.is_empty() {
        return Ok(Vec::new());
    }
    let received: BTreeMap<_, _> =
        acks::own_streams(conn)?.into_iter().map(|(stream, acked)| (stream.code, acked)).collect();
    let mut waiting = Vec::new();
    for (content, size) in unconfirmed {
        let named = naming(conn, content)?;
        if named.iter().all(RecordState::is_void) {
            continue;
        }
        // Of a stream that is not this laptop's the server has sent the record itself.
        let is_received = |state: &RecordState| {
            let dot = state.created.as_ref().map(|created| created.dot);
            dot.is_some_and(|dot| received.get(&dot.stream).is_none_or(|acked| dot.seq <= *acked))
        };
        let record_received = named.iter().any(|state| !state.is_void() && is_received(state));
        waiting.push(Waiting { content, size, record_received });
    }
    Ok(waiting)
}

/// Returns the attachments that name a content.
fn naming(conn: &Connection, content: ContentId) -> Result<Vec<RecordState>> {
    let ids = found_by(conn, PlaceKind::Match, SAME_CONTENT, &content.to_string())?;
    let states = ids.into_iter().map(|id| load(conn, id)).collect::<Result<Vec<_>>>()?;
    Ok(states.into_iter().flatten().collect())
}

/// Returns the attachments that name a content, void ones too.
///
/// # Errors
/// Returns what the disk said.
pub fn of_content(conn: &Connection, content: ContentId) -> Result<Vec<RecordId>> {
    found_by(conn, PlaceKind::Match, SAME_CONTENT, &content.to_string())
}

/// Returns the content that an attachment names.
pub fn content_of(state: &RecordState) -> Option<ContentId> {
    state.text("content")?.parse().ok()
}

/// Says where an attachment stands whose record stands at `record`: its content counts too. At a server it has arrived with
/// its content; on a laptop what others attached is as its record says.
pub(crate) fn status(conn: &Connection, state: &RecordState, record: Status) -> Result<Status> {
    let Some(content) = content_of(state).filter(|_| record != Status::Ready && !state.is_void()) else {
        return Ok(record);
    };
    if is_received(conn, content)? {
        return Ok(record);
    }
    let own: Option<DeviceId> = meta::get_as(conn, meta::DEVICE)?;
    match contents::whole(conn, content)? {
        Some(here) if Some(here.sender) != own => Ok(record),
        Some(here) if is_with_driver(conn, content, here.size)? => Ok(Status::WithDriver),
        Some(_) => Ok(Status::Ready),
        None if is_of_others(conn, state)? && acks::present_peer(conn)?.is_some() => Ok(record),
        None => Ok(Status::Ready),
    }
}

/// Says whether another device made a record.
fn is_of_others(conn: &Connection, state: &RecordState) -> Result<bool> {
    let Some(created) = &state.created else { return Ok(true) };
    let stream = streams::find(conn, created.dot.stream)?;
    Ok(stream.is_none_or(|stream| stream.state == StreamState::Foreign))
}

/// Forgets a content that no attachment names, as when its record could not be saved.
///
/// # Errors
/// Returns what the disk said.
pub fn forget_unnamed(conn: &Connection, content: ContentId) -> Result<()> {
    if naming(conn, content)?.is_empty() { contents::forget_whole(conn, content) } else { Ok(()) }
}

/// Says whether the present server has a content, by its receipts.
///
/// # Errors
/// Returns what the disk said.
pub fn is_received(conn: &Connection, content: ContentId) -> Result<bool> {
    let peer = acks::present_peer_id(conn)?;
    let sql = "SELECT 1 FROM content_ack WHERE peer = ?1 AND hash = ?2";
    Ok(conn.prepare_cached(sql)?.exists(params![peer, content.0])?)
}

/// Believes what a receipt says of contents. Believing it again changes nothing.
pub(crate) fn believe(conn: &Connection, receipt: &Receipt, peer: i64) -> Result<()> {
    for content in &receipt.contents {
        let sql = "INSERT OR IGNORE INTO content_ack (peer, hash) VALUES (?1, ?2)";
        conn.prepare_cached(sql)?.execute(params![peer, content.0])?;
        conn.prepare_cached("DELETE FROM content_handed WHERE hash = ?1")?.execute([content.0])?;
    }
    Ok(())
}

/// Notes that a carrier holds a part; `word` is what it signed.
///
/// # Errors
/// Returns what the disk said.
pub fn note_handed(conn: &Connection, handed: &HandedPart, word: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO content_handed (bundle, hash, first, until, carrier, name, at, word)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    conn.prepare_cached(sql)?.execute(params![
        handed.bundle.0,
        handed.content.0,
        handed.span.from,
        handed.span.to,
        handed.carrier.0.as_bytes(),
        handed.name,
        handed.at.0,
        word
    ])?;
    Ok(())
}

/// Forgets parts that a carrier was given and has not got any more: what was lost must be sent again.
///
/// # Errors
/// Returns what the disk said.
pub fn keep_only(conn: &Connection, carrier: DeviceId, held: &[BundleId]) -> Result<()> {
    let mut statement = conn.prepare_cached("SELECT bundle FROM content_handed WHERE carrier = ?1")?;
    let rows = statement.query_map([carrier.0.as_bytes()], |row| row.get(0).map(BundleId))?;
    for bundle in rows.collect::<rusqlite::Result<Vec<_>>>()? {
        if !held.contains(&bundle) {
            conn.prepare_cached("DELETE FROM content_handed WHERE bundle = ?1")?.execute([bundle.0])?;
        }
    }
    Ok(())
}

/// Returns the parts of a content that carriers hold.
///
/// # Errors
/// Returns what the disk said.
pub fn handed(conn: &Connection, content: ContentId) -> Result<Vec<HandedPart>> {
    let sql = "SELECT bundle, first, until, carrier, name, at FROM content_handed WHERE hash = ?1 ORDER BY first, at";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([content.0], |row| {
        Ok(HandedPart {
            bundle: BundleId(row.get(0)?),
            content,
            span: Span { from: row.get(1)?, to: row.get(2)? },
            carrier: DeviceId(blob::uuid(row, 3)?),
            name: row.get(4)?,
            at: Timestamp(row.get(5)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn is_with_driver(conn: &Connection, content: ContentId, size: usize) -> Result<bool> {
    let spans: Vec<Span> = handed(conn, content)?.into_iter().map(|handed| handed.span).collect();
    Ok(!spans.is_empty() && lacking(size, &spans, usize::MAX).is_none())
}
