//! What servers have confirmed, and believing their receipts.
//!
//! A receipt counts only where its hash is this device's own. What is acknowledged is kept for each server and each
//! incarnation of it: a server restored from a backup says less than before, under another incarnation, and is believed.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{
    fold::RecordState,
    ids::{DeviceId, Incarnation, RecordId, StreamCode, StudyId},
    receipt::{Acknowledgement, Outcome, OutcomeKind, Receipt, StreamReceipt},
    time::Timestamp,
};

use crate::{
    attachments,
    error::{Result, StoreError},
    meta,
    packages::Packages,
    projection::Projector,
    recover,
    streams::{self, Stream, StreamState, entry_id},
    tube_outcomes,
    world::parse_state,
};

/// One life of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer {
    /// The server.
    pub server: DeviceId,
    /// Its incarnation.
    pub incarnation: Incarnation,
}

/// What this device knows of a server's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerState {
    id: i64,
    /// The server and its incarnation.
    pub peer: Peer,
    /// The highest receipt that was believed.
    pub receipt: u64,
    /// When that was written, by the server's clock.
    pub receipt_at: Option<Timestamp>,
    /// Highest feed number whose changes have come down.
    pub changed_through: u64,
}

/// What a receipt came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Believed {
    /// The streams with the last entry now confirmed.
    pub acked: Vec<(StreamCode, u64)>,
    /// Streams of which the server has more than this device: its lost entries can be fetched back.
    pub ahead: Vec<StreamCode>,
    /// Streams of which the server holds something that this device never wrote.
    pub other_history: Vec<StreamCode>,
    /// Streams that are closed at the server because somebody contradicts them, though it holds this device's version.
    pub closed: Vec<StreamCode>,
    /// Streams whose entries the server asks for from before what was confirmed.
    pub gaps: Vec<StreamCode>,
    /// Whether this is a new life of a server that this device knew.
    pub server_restored: bool,
    /// Records that changed by what came down.
    pub changed: BTreeSet<RecordId>,
    /// Whether the receipt was known already, or of a life that is over.
    pub stale: bool,
    /// Whether it leaves out what this store was told once and has lost with a restore.
    pub leaves_out: bool,
}

/// Returns the server's life that this device met last; what it has confirmed is what counts.
///
/// # Errors
/// Returns what the disk said.
pub fn present_peer(conn: &Connection) -> Result<Option<PeerState>> {
    let sql = "SELECT id, server, incarnation, receipt, receipt_at, changed_through FROM peer ORDER BY id DESC LIMIT 1";
    Ok(conn.prepare_cached(sql)?.query_row([], peer_from_row).optional()?)
}

/// Returns by what number the server's life that this device met last is known in tables; 0 if it has met none.
pub(crate) fn present_peer_id(conn: &Connection) -> Result<i64> {
    Ok(present_peer(conn)?.map_or(0, |peer| peer.id))
}

fn peer_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<PeerState> {
    Ok(PeerState {
        id: row.get(0)?,
        peer: Peer {
            server: DeviceId(crate::blob::uuid(row, 1)?),
            incarnation: Incarnation(crate::blob::uuid(row, 2)?),
        },
        receipt: row.get(3)?,
        receipt_at: row.get::<_, Option<i64>>(4)?.map(Timestamp),
        changed_through: row.get(5)?,
    })
}

/// Notes that a server was met in this life, as its signed health answer says. Says whether it is a new life of a
/// server that was known: restored from a backup.
///
/// # Errors
/// Returns what the disk said.
pub fn meet(conn: &Connection, peer: Peer, at: Timestamp) -> Result<bool> {
    let known: bool = conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM peer WHERE server = ?1 AND incarnation <> ?2)")?
        .query_row(params![peer.server.0.as_bytes(), peer.incarnation.0.as_bytes()], |row| row.get(0))?;
    let sql = "INSERT INTO peer (server, incarnation, met_at) VALUES (?1, ?2, ?3)
               ON CONFLICT (server, incarnation) DO NOTHING";
    let values = params![peer.server.0.as_bytes(), peer.incarnation.0.as_bytes(), at.0];
    Ok(conn.prepare_cached(sql)?.execute(values)? == 1 && known)
}

/// Returns the last entry of a stream that the present server has confirmed, 0 if none.
///
/// # Errors
/// Returns what the disk said.
pub fn acked_through(conn: &Connection, stream: &Stream) -> Result<u64> {
    let Some(peer) = present_peer(conn)? else { return Ok(0) };
    acked_by(conn, stream.id, peer.id)
}

fn acked_by(conn: &Connection, stream: i64, peer: i64) -> Result<u64> {
    let mut statement = conn.prepare_cached("SELECT through FROM ack WHERE stream = ?1 AND peer = ?2")?;
    Ok(statement.query_row([stream, peer], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Returns this device's own streams, each with the last entry that the present server has confirmed.
///
/// # Errors
/// Returns what the disk said.
pub fn confirmed(conn: &Connection) -> Result<Vec<(Stream, u64)>> {
    let peer = present_peer(conn)?;
    let acked = |stream: &Stream| peer.map_or(Ok(0), |peer| acked_by(conn, stream.id, peer.id));
    streams::own(conn)?.into_iter().map(|stream| acked(&stream).map(|acked| (stream, acked))).collect()
}

/// Returns this device's own streams, each with the last entry that need not be sent: confirmed, or said again in another
/// stream because a fork keeps it from the server.
///
/// # Errors
/// Returns what the disk said.
pub fn own_streams(conn: &Connection) -> Result<Vec<(Stream, u64)>> {
    let peer = present_peer(conn)?.map(|peer| peer.id);
    let settled = |(stream, acked): (Stream, u64)| {
        let settled = recover::settled_through(conn, stream.code, acked, peer)?;
        Ok((stream, settled))
    };
    confirmed(conn)?.into_iter().map(settled).collect()
}

/// Takes in a receipt whose signature has been checked. Taking it in again changes nothing.
///
/// # Errors
/// [`StoreError::Invalid`] for a receipt of another study or device; otherwise what the disk said.
pub fn believe(conn: &Connection, receipt: &Receipt, at: Timestamp, packages: &Packages) -> Result<Believed> {
    let study = for_this_device(conn, receipt)?;
    let peer = Peer { server: receipt.server, incarnation: receipt.incarnation };
    let mut believed = Believed { server_restored: meet(conn, peer, at)?, ..Believed::default() };
    let present = present_peer(conn)?.ok_or_else(|| StoreError::Internal("a peer vanished".to_owned()))?;
    if present.peer != peer {
        believed.stale = true;
        return Ok(believed);
    }
    attachments::believe(conn, receipt, present.id)?;
    believed.stale = receipt.number <= present.receipt;
    for line in &receipt.streams {
        acknowledge(conn, study, line, present.id, &mut believed)?;
        let is_forked = |outcome: &Outcome| outcome.kind == OutcomeKind::Forked && outcome.dot.stream == line.stream;
        if receipt.outcomes.iter().any(is_forked) {
            close(conn, line, &mut believed)?;
        }
    }
    if !believed.stale {
        keep_outcomes(conn, receipt, present.id)?;
        keep_codes(conn, study, receipt)?;
        receipt.tubes.iter().try_for_each(|tube| tube_outcomes::keep(conn, tube, present.id, receipt.number))?;
    }
    // One that leaves out what this store has lost with a restore is not noted: the next question is for all after the
    // last one that is.
    believed.leaves_out = receipt.changed_after > present.changed_through;
    if !believed.stale && !believed.leaves_out {
        let sql =
            "UPDATE peer SET receipt = ?2, receipt_at = ?3, changed_through = max(changed_through, ?4) WHERE id = ?1";
        conn.prepare_cached(sql)?.execute(params![
            present.id,
            receipt.number,
            receipt.at.0,
            receipt.changed_through
        ])?;
    }
    believed.changed = merge_changed(conn, &receipt.changed, packages)?;
    Ok(believed)
}

fn for_this_device(conn: &Connection, receipt: &Receipt) -> Result<StudyId> {
    let study: Option<StudyId> = meta::get_as(conn, meta::STUDY)?;
    let device: Option<DeviceId> = meta::get_as(conn, meta::DEVICE)?;
    match (study, device) {
        (Some(study), Some(device)) if study == receipt.study && device == receipt.device => Ok(study),
        _ => Err(StoreError::Invalid("the receipt is for another laptop or another study".to_owned())),
    }
}

fn acknowledge(
    conn: &Connection,
    study: StudyId,
    line: &StreamReceipt,
    peer: i64,
    believed: &mut Believed,
) -> Result<()> {
    let Some(stream) = streams::find(conn, line.stream)? else { return Ok(()) };
    if stream.state == StreamState::Spare {
        if line.stored_through > 0 {
            // A copy of this laptop has begun it: never write there.
            streams::spend_spare(conn, line.stream)?;
            believed.ahead.push(line.stream);
        }
        return Ok(());
    }
    if stream.state == StreamState::Foreign {
        return Ok(());
    }
    let hash = streams::hash_at(conn, study, &stream, line.stored_through)?;
    match line.acknowledgement(stream.head.seq, |_| hash) {
        Acknowledgement::Ahead => {
            // Only what was said again because of a fork asks for this.
            recover::note_disputed(conn, line.stream, peer)?;
            believed.ahead.push(line.stream);
        }
        Acknowledgement::OtherHistory => {
            recover::note_disputed(conn, line.stream, peer)?;
            believed.other_history.push(line.stream);
        }
        Acknowledgement::Confirmed(through) => {
            let applied = line.applied_through.min(through);
            let sql = "INSERT INTO ack (stream, peer, through, applied) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT (stream, peer) DO UPDATE SET through = max(through, excluded.through),
                           applied = max(applied, excluded.applied)";
            conn.prepare_cached(sql)?.execute(params![stream.id, peer, through, applied])?;
            believed.acked.push((line.stream, acked_by(conn, stream.id, peer)?));
            if !line.gaps.is_empty() {
                believed.gaps.push(line.stream);
            }
        }
    }
    Ok(())
}

/// A forked stream takes nothing more. Where the server has kept this device's own version, what is behind that must be said in
/// another stream, or it would wait for ever.
fn close(conn: &Connection, line: &StreamReceipt, believed: &mut Believed) -> Result<()> {
    let Some(stream) = streams::find(conn, line.stream)? else { return Ok(()) };
    let is_own = believed.acked.iter().any(|(code, _)| *code == line.stream);
    let is_written = matches!(stream.state, StreamState::Active | StreamState::Closed);
    let is_over = stream.state == StreamState::Active || stream.head.seq > line.stored_through;
    if is_own && is_written && is_over {
        recover::note_closed(conn, line.stream, line.stored_through)?;
        believed.closed.push(line.stream);
    }
    Ok(())
}

/// Keeps what the server said of single entries; what it said before is replaced.
fn keep_outcomes(conn: &Connection, receipt: &Receipt, peer: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM outcome WHERE peer = ?1")?.execute([peer])?;
    for outcome in &receipt.outcomes {
        let Some(stream) = streams::find(conn, outcome.dot.stream)? else { continue };
        let body = serde_json::to_string(outcome).expect("an outcome has text keys only");
        conn.prepare_cached("INSERT OR IGNORE INTO outcome (entry, peer, body) VALUES (?1, ?2, ?3)")?
            .execute(params![entry_id(stream.id, outcome.dot.seq), peer, body])?;
    }
    Ok(())
}

fn keep_codes(conn: &Connection, study: StudyId, receipt: &Receipt) -> Result<()> {
    streams::add_spares(conn, study, receipt.device, &receipt.codes)
}

/// Joins the folds that came down, and keeps them so that the projection can be rebuilt.
fn merge_changed(conn: &Connection, changed: &[serde_json::Value], packages: &Packages) -> Result<BTreeSet<RecordId>> {
    let mut projector = Projector::new(conn, packages);
    for value in changed {
        let unfit =
            |error: serde_json::Error| StoreError::Invalid(format!("a record in the receipt cannot be read: {error}"));
        let state: RecordState = serde_json::from_value(value.clone()).map_err(unfit)?;
        if projector.merge(&state)? {
            keep_snapshot(conn, &state)?;
        }
    }
    Ok(projector.finish()?.all())
}

fn keep_snapshot(conn: &Connection, state: &RecordState) -> Result<()> {
    let mut statement = conn.prepare_cached("SELECT state FROM snapshot WHERE record = ?1")?;
    let known: Option<Vec<u8>> = statement.query_row([state.id.0.as_bytes()], |row| row.get(0)).optional()?;
    let merged = match known {
        Some(bytes) => {
            let mut known = parse_state(&bytes)?;
            known.merge(state);
            known
        }
        None => state.clone(),
    };
    conn.prepare_cached("INSERT OR REPLACE INTO snapshot (record, state) VALUES (?1, ?2)")?
        .execute(params![state.id.0.as_bytes(), merged.to_bytes()])?;
    Ok(())
}
