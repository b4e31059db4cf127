//! Records that one device wrote to and others changed since.
//!
//! A row is a device, a record and a rising number: what the device's next receipt must bring. A record that only one
//! device ever wrote to, as nearly all are, has none.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use tsela_core::ids::{DeviceId, RecordId};
use uuid::Uuid;

use crate::{error::Result, streams, world::entries_of};

/// A record that changed, with its number in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Number in the feed.
    pub number: u64,
    /// The record.
    pub record: RecordId,
}

/// Notes for every other device that wrote to these records that `author` has changed them now; and for the author, if
/// it writes to a record of others for the first time: what they wrote before, no receipt has told it.
///
/// # Errors
/// Returns what the disk said.
pub fn touched(conn: &Connection, author: DeviceId, records: impl IntoIterator<Item = RecordId>) -> Result<()> {
    let own = own_ranges(conn, author)?;
    let mut first = conn.prepare_cached(
        "INSERT INTO feed (device, record) SELECT ?1, ?2
         WHERE EXISTS (SELECT 1 FROM stream WHERE device = ?1 AND state = 'foreign')
             AND NOT EXISTS (SELECT 1 FROM feed WHERE device = ?1 AND record = ?2)",
    )?;
    let mut insert = conn.prepare_cached(
        "INSERT INTO feed (device, record) SELECT DISTINCT device, ?2 FROM stream WHERE id = ?1 AND device <> ?3
             AND state = 'foreign'",
    )?;
    let mut remove = conn
        .prepare_cached("DELETE FROM feed WHERE record = ?2 AND device = (SELECT device FROM stream WHERE id = ?1)")?;
    for record in records {
        let id = record.0.as_bytes();
        let streams = entries_of(conn, record)?.into_iter().map(streams::stream_of);
        let others: BTreeSet<i64> = streams.filter(|stream| !own.contains(stream)).collect();
        if !others.is_empty() {
            first.execute(params![author.0.as_bytes(), id])?;
        }
        for stream in others {
            remove.execute(params![stream, id])?;
            insert.execute(params![stream, id, author.0.as_bytes()])?;
        }
    }
    Ok(())
}

/// Notes for every device that wrote to these records that they have changed, as held entries of somebody were folded.
///
/// # Errors
/// Returns what the disk said.
pub fn touched_by_nobody(conn: &Connection, records: impl IntoIterator<Item = RecordId>) -> Result<()> {
    touched(conn, DeviceId(Uuid::nil()), records)
}

fn own_ranges(conn: &Connection, author: DeviceId) -> Result<BTreeSet<i64>> {
    Ok(streams::list(conn)?.into_iter().filter(|stream| stream.device == author).map(|stream| stream.id).collect())
}

/// Returns what changed for a device above `after`, in order, at most `limit`.
///
/// # Errors
/// Returns what the disk said.
pub fn after(conn: &Connection, device: DeviceId, after: u64, limit: usize) -> Result<Vec<Change>> {
    let sql = "SELECT number, record FROM feed WHERE device = ?1 AND number > ?2 ORDER BY number LIMIT ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![device.0.as_bytes(), after, limit], |row| {
        Ok(Change { number: row.get(0)?, record: RecordId(Uuid::from_bytes(row.get(1)?)) })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Returns the entries of a stream numbered above an entry's id that touch records, with the records.
///
/// # Errors
/// Returns what the disk said.
pub fn records_of_stream(conn: &Connection, stream: i64, after: i64) -> Result<Vec<(i64, RecordId)>> {
    let sql = "SELECT id, record FROM entry WHERE id BETWEEN max(?2, ?1 << 40) + 1 AND ((?1 + 1) << 40) - 1
               AND record IS NOT NULL ORDER BY id";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![stream, after], |row| Ok((row.get(0)?, RecordId(Uuid::from_bytes(row.get(1)?)))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Says whether nobody but a device has written to a record: then it knows all of it.
///
/// # Errors
/// Returns what the disk said.
pub fn is_alone(conn: &Connection, device: DeviceId, record: RecordId) -> Result<bool> {
    let own = own_ranges(conn, device)?;
    Ok(entries_of(conn, record)?.into_iter().map(streams::stream_of).all(|stream| own.contains(&stream)))
}
