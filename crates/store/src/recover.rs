//! Going on after a copy, a restore or a fork: a new stream begins, and what cannot reach the server in the old one is
//! said again in the new one.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use tsela_core::{
    entry::{Entry, Op},
    ids::{Dot, StreamCode},
};

use crate::{
    error::Result,
    files::Folder,
    journal::{append, parse_stored},
    marker, meta,
    open::Store,
    packages::Packages,
    projection::Projector,
    records,
    streams::{self, entry_id},
};

/// Begins a new stream if one is due or none has begun yet. Returns its code; `None` if there is nothing to do, or no
/// code is left, in which case saving is refused until the server has given new ones.
///
/// # Errors
/// Returns what the disk said.
pub fn begin_due(folder: &Folder, store: &Store) -> Result<Option<StreamCode>> {
    let (due, active, spares) =
        store.read(|conn| Ok((meta::new_stream_due(conn)?, streams::active(conn)?, streams::spares(conn)?)))?;
    if due.is_none() && active.is_some() {
        return Ok(None);
    }
    let Some(code) = marker::choose_code(folder, &spares, due.as_deref())? else { return Ok(None) };
    marker::use_code(folder, code)?;
    store.write(|tx| streams::begin(tx, code, due.as_deref().unwrap_or("first")))?;
    Ok(Some(code))
}

/// Says again, in the active stream, what a forked stream says from `from` on. The server holds another history under
/// those numbers, so it can never take them; the saves keep their records, values and times, and name where they stood.
/// Doing it again says nothing twice. Returns how many entries were written.
///
/// # Errors
/// Returns what the disk said, or that there is no stream to write to.
pub fn reissue(store: &Store, forked: StreamCode, from: u64, packages: &Packages) -> Result<u64> {
    store.write(|tx| {
        let Some(old) = streams::find(tx, forked)? else { return Ok(0) };
        let Some(mut active) = streams::active(tx)?.filter(|active| active.code != forked) else { return Ok(0) };
        let done = reissued_through(tx, forked)?.max(from.saturating_sub(1));
        // A server that was restored may close the stream earlier than the one before: what stands between was not said.
        let mut entries = match reissued_from(tx, forked)?.filter(|known| from < *known) {
            Some(known) => entries_between(tx, old.id, from, known - 1)?,
            None => Vec::new(),
        };
        entries.extend(entries_between(tx, old.id, done + 1, old.head.seq)?);
        let mut projector = Projector::new(tx, packages);
        let mut places = BTreeMap::new();
        for entry in &entries {
            let place = Dot { stream: active.code, seq: active.head.seq + 1 };
            let mut said = said_again(entry, Dot { stream: forked, seq: from }, place, &places);
            leave_out_superseded(tx, active.code, &mut said)?;
            places.insert(Dot { stream: forked, seq: entry.seq }, place);
            append(tx, &mut active, said.touches_record().then_some(said.record), said.last, &said.to_bytes())?;
            if said.touches_record() {
                projector.apply(&active, said)?;
            }
        }
        projector.finish()?;
        active.folded = active.head.seq;
        active.searched = active.head.seq;
        streams::advance(tx, &active)?;
        meta::set(tx, &key(forked), old.head.seq)?;
        if reissued_from(tx, forked)?.is_none_or(|known| from < known) {
            meta::set(tx, &from_key(forked), from)?;
        }
        Ok(entries.len() as u64)
    })
}

/// Notes that the server takes nothing more of a stream after an entry: somebody has contradicted it, so that it is closed
/// there, though what the server holds of it is what this device has.
pub(crate) fn note_closed(conn: &Connection, stream: StreamCode, after: u64) -> Result<()> {
    meta::set(conn, &closed_key(stream), after)
}

/// Says again, in the active stream, what servers take no more of others that are closed there. Doing it again says nothing
/// twice. Returns how many entries were written.
///
/// # Errors
/// Returns what the disk said.
pub fn say_closed_again(store: &Store, packages: &Packages) -> Result<u64> {
    let due = store.read(|conn| {
        let mut due = Vec::new();
        for stream in streams::own(conn)? {
            let after: Option<u64> = meta::get_as(conn, &closed_key(stream.code))?;
            let Some(after) = after.filter(|after| *after < stream.head.seq) else { continue };
            let is_said = reissued_through(conn, stream.code)? >= stream.head.seq
                && reissued_from(conn, stream.code)?.is_none_or(|from| from <= after + 1);
            due.extend((!is_said).then_some((stream.code, after)));
        }
        Ok(due)
    })?;
    due.into_iter().try_fold(0, |said, (code, after)| Ok(said + reissue(store, code, after + 1, packages)?))
}

/// Returns the last entry of a stream that was said again in another, 0 if none was.
///
/// # Errors
/// Returns what the disk said.
pub fn reissued_through(conn: &Connection, stream: StreamCode) -> Result<u64> {
    Ok(meta::get_as(conn, &key(stream))?.unwrap_or(0))
}

/// Returns the last entry of a stream that need not be sent to a server which has confirmed it through `acked`. What was said
/// again in another stream need not, but what stood before that must be: a restored server may have lost it.
///
/// # Errors
/// Returns what the disk said.
pub(crate) fn settled_through(conn: &Connection, stream: StreamCode, acked: u64, peer: Option<i64>) -> Result<u64> {
    let settled = acked.max(reissued_through(conn, stream)?);
    let has_what_stood_before = match reissued_from(conn, stream)? {
        // Said again by an earlier program, which did not note from where.
        None => true,
        Some(from) => acked + 1 >= from || peer.is_some() && meta::get_as(conn, &disputed_key(stream))? == peer,
    };
    Ok(if has_what_stood_before { settled } else { acked })
}

/// Notes that a server holds another history of a stream in this life of it: up to where that begins, it has the same.
pub(crate) fn note_disputed(conn: &Connection, stream: StreamCode, peer: i64) -> Result<()> {
    meta::set(conn, &disputed_key(stream), peer)
}

fn reissued_from(conn: &Connection, stream: StreamCode) -> Result<Option<u64>> {
    meta::get_as(conn, &from_key(stream))
}

fn key(stream: StreamCode) -> String {
    format!("reissued_{stream}")
}

fn from_key(stream: StreamCode) -> String {
    format!("reissued_from_{stream}")
}

fn closed_key(stream: StreamCode) -> String {
    format!("closed_{stream}")
}

fn disputed_key(stream: StreamCode) -> String {
    format!("disputed_{stream}")
}

fn entries_between(conn: &Connection, stream: i64, from: u64, to: u64) -> Result<Vec<Entry>> {
    let mut statement = conn.prepare_cached("SELECT bytes FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let rows =
        statement.query_map(params![entry_id(stream, from), entry_id(stream, to)], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|bytes| parse_stored(&bytes?)).collect()
}

/// Leaves out what this device has changed since, in the stream in which it is said again: there, the older value would come
/// after the newer one, and count.
fn leave_out_superseded(conn: &Connection, active: StreamCode, said: &mut Entry) -> Result<()> {
    if !said.touches_record() || said.op == Op::Resolve {
        return Ok(());
    }
    let Some(state) = records::state(conn, said.record)? else { return Ok(()) };
    said.set.retain(|field, _| !state.dots(field).iter().any(|dot| dot.stream == active && dot.seq < said.seq));
    Ok(())
}

/// The same content at another place. Its author had seen the forked stream up to the fork, and nothing of what the
/// server holds from there on; what a resolve settled in the fork, it settles where that is said again as well.
fn said_again(entry: &Entry, fork: Dot, place: Dot, places: &BTreeMap<Dot, Dot>) -> Entry {
    let mut said = entry.clone();
    said.seq = place.seq;
    let stood = Dot { stream: fork.stream, seq: entry.seq };
    said.source = Some(match &entry.source {
        Some(source) => format!("{source}; {stood}"),
        None => stood.to_string(),
    });
    if entry.touches_record() && fork.seq > 1 {
        said.seen.insert(fork.stream, fork.seq - 1);
    }
    said.settles.extend(entry.settles.iter().filter_map(|dot| places.get(dot)));
    said
}
