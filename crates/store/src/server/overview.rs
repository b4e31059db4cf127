//! What waits for people on a server: held entries, quarantined streams, findings, conflicts.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, params};
use tsela_core::{
    ids::{DeviceId, RecordId, StreamCode},
    time::Timestamp,
};
use uuid::Uuid;

use super::time;
use crate::{blob, error::Result, streams, world::entries_of};

/// One held entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its stream.
    pub stream: StreamCode,
    /// Its number.
    pub seq: u64,
    /// Whose stream it is.
    pub device: DeviceId,
    /// Code of the reason, such as `unknown_model`.
    pub code: String,
    /// The reason in words; names models and versions, never values.
    pub detail: String,
    /// Since when it is held.
    pub since: Timestamp,
}

/// One quarantined stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The stream.
    pub stream: StreamCode,
    /// Whose it is.
    pub device: DeviceId,
    /// The first quarantined number.
    pub seq: u64,
    /// When it was noticed.
    pub noticed_at: Timestamp,
    /// How many entries are quarantined.
    pub entries: u64,
}

/// A finding as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFinding {
    /// The record it is about.
    pub record: RecordId,
    /// Its JSON.
    pub body: String,
}

/// How much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Devices that are not revoked.
    pub devices: usize,
    /// Held entries.
    pub held: usize,
    /// Findings.
    pub findings: usize,
    /// Records in conflict.
    pub conflicts: usize,
    /// Streams quarantined for a fork that nobody has closed, and those of which entries came after a revocation.
    pub forks: usize,
}

/// Counts what waits.
///
/// # Errors
/// Returns what the disk said.
pub fn counts(conn: &Connection) -> Result<Counts> {
    let count = |sql: &str| -> Result<usize> { Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?) };
    Ok(Counts {
        devices: count("SELECT count(*) FROM device WHERE revoked_at IS NULL")?,
        held: count("SELECT count(*) FROM held")?,
        findings: count("SELECT count(*) FROM finding")?,
        conflicts: count("SELECT count(*) FROM record WHERE conflicts > 0")?,
        forks: count(
            "SELECT count(*) FROM stream s WHERE
                 (s.forked_at IS NOT NULL AND NOT EXISTS (
                     SELECT 1 FROM closed_fork c WHERE c.stream = s.id AND NOT EXISTS (
                         SELECT 1 FROM quarantine q WHERE q.stream = s.id AND q.reason = 'fork'
                         AND q.noticed_at > c.closed_at)))
                 OR EXISTS (SELECT 1 FROM quarantine q WHERE q.stream = s.id AND q.reason = 'revoked')",
        )?,
    })
}

/// Lists held entries, those held longest first, at most 1,000.
///
/// # Errors
/// Returns what the disk said.
pub fn held(conn: &Connection) -> Result<Vec<Held>> {
    let sql = "SELECT s.code, h.entry, s.device, h.code, h.detail, h.since FROM held h JOIN stream s ON s.id = h.stream
               ORDER BY h.since, h.entry LIMIT 1000";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Held {
            stream: blob::text(row, 0)?,
            seq: streams::seq_of(row.get(1)?),
            device: DeviceId(blob::uuid(row, 2)?),
            code: row.get(3)?,
            detail: row.get(4)?,
            since: time(row, 5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Lists streams that say two things under one number.
///
/// # Errors
/// Returns what the disk said.
pub fn forks(conn: &Connection) -> Result<Vec<Quarantined>> {
    let sql = "SELECT s.code, s.device, s.forked_at, coalesce(min(q.noticed_at), 0), count(q.seq) FROM stream s
               LEFT JOIN quarantine q ON q.stream = s.id AND q.reason = 'fork'
               WHERE s.forked_at IS NOT NULL GROUP BY s.id ORDER BY s.code";
    quarantined(conn, sql)
}

/// Lists the streams of revoked devices of which entries came after the last accepted one.
///
/// # Errors
/// Returns what the disk said.
pub fn after_revocation(conn: &Connection) -> Result<Vec<Quarantined>> {
    let sql = "SELECT s.code, s.device, min(q.seq), min(q.noticed_at), count(*) FROM stream s
               JOIN quarantine q ON q.stream = s.id AND q.reason = 'revoked' GROUP BY s.id ORDER BY s.code";
    quarantined(conn, sql)
}

fn quarantined(conn: &Connection, sql: &str) -> Result<Vec<Quarantined>> {
    let read = |row: &Row<'_>| {
        Ok(Quarantined {
            stream: blob::text(row, 0)?,
            device: DeviceId(blob::uuid(row, 1)?),
            seq: row.get(2)?,
            noticed_at: time(row, 3)?,
            entries: row.get(4)?,
        })
    };
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Lists findings, errors first.
///
/// # Errors
/// Returns what the disk said.
pub fn findings(conn: &Connection, offset: usize, limit: usize) -> Result<Vec<StoredFinding>> {
    let sql = "SELECT record, body FROM finding ORDER BY severity, record, code, field LIMIT ?2 OFFSET ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![offset, limit], |row| {
        Ok(StoredFinding { record: RecordId(Uuid::from_bytes(row.get(0)?)), body: row.get(1)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Lists the records in conflict, those changed last first, at most 1,000.
///
/// # Errors
/// Returns what the disk said.
pub fn in_conflict(conn: &Connection) -> Result<Vec<RecordId>> {
    let sql = "SELECT id FROM record WHERE conflicts > 0 ORDER BY modified_at DESC, id LIMIT 1000";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok(RecordId(Uuid::from_bytes(row.get(0)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Counts the findings on records to which a device wrote something.
///
/// # Errors
/// Returns what the disk said.
pub fn findings_of_device(conn: &Connection, device: DeviceId) -> Result<u64> {
    let own: BTreeSet<i64> =
        streams::list(conn)?.into_iter().filter(|stream| stream.device == device).map(|stream| stream.id).collect();
    let mut statement = conn.prepare_cached("SELECT record, count(*) FROM finding GROUP BY record")?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let entries = entries_of(conn, RecordId(blob::uuid(row, 0)?))?;
        if entries.into_iter().any(|entry| own.contains(&streams::stream_of(entry))) {
            count += row.get::<_, u64>(1)?;
        }
    }
    Ok(count)
}

/// Returns how many bytes of entries of a stream are in quarantine after a revocation.
///
/// # Errors
/// Returns what the disk said.
pub fn quarantined_bytes(conn: &Connection, stream: i64) -> Result<u64> {
    let sql = "SELECT coalesce(sum(length(bytes)), 0) FROM quarantine WHERE stream = ?1 AND reason = 'revoked'";
    Ok(conn.prepare_cached(sql)?.query_row([stream], |row| row.get(0))?)
}
