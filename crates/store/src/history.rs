//! Who changed what in a record, when and why: its entries as the journal holds them, and the events that tell of it.

use rusqlite::Connection;
use tsela_core::{
    entry::Entry,
    ids::{DeviceId, Dot, RecordId},
};

use crate::{
    acks,
    error::Result,
    journal::parse_stored,
    streams::{self, StreamState, seq_of, stream_of},
    told,
    world::entries_of,
};

/// One entry of a record, or an event that tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in the journal.
    pub dot: Dot,
    /// The device whose stream it is.
    pub device: DeviceId,
    /// The entry.
    pub entry: Entry,
    /// Whether a receipt covers it, or it came from another device.
    pub received: bool,
}

/// Returns the events that tell of a record, as they were stored.
///
/// # Errors
/// Returns what the disk said.
pub(crate) fn told(conn: &Connection, id: RecordId) -> Result<Vec<Entry>> {
    let mut statement = conn.prepare_cached("SELECT bytes FROM entry WHERE id = ?1")?;
    let mut read = |n: i64| parse_stored(&statement.query_row([n], |row| row.get::<_, Vec<u8>>(0))?);
    told::of(conn, id)?.into_iter().map(&mut read).collect()
}

/// Returns a record's entries in the order of their authors' clocks, then of their streams.
///
/// # Errors
/// Returns what the disk said.
pub fn of(conn: &Connection, id: RecordId) -> Result<Vec<Line>> {
    let mut statement = conn.prepare_cached("SELECT bytes FROM entry WHERE id = ?1")?;
    let mut lines = Vec::new();
    for n in entries_of(conn, id)?.into_iter().chain(told::of(conn, id)?) {
        let bytes: Vec<u8> = statement.query_row([n], |row| row.get(0))?;
        let Some(stream) = streams::by_id(conn, stream_of(n))? else { continue };
        let Ok(entry) = parse_stored(&bytes) else { continue };
        let foreign = stream.state == StreamState::Foreign;
        let received = foreign || seq_of(n) <= acks::acked_through(conn, &stream)?;
        let dot = Dot { stream: stream.code, seq: seq_of(n) };
        lines.push(Line { dot, device: stream.device, entry, received });
    }
    lines.sort_by_key(|line| (line.entry.at, line.dot));
    Ok(lines)
}
