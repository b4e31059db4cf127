//! Quarantined entries: those of a revoked device that a person may admit, and forks that a person may close.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{
    chain::{ChainHash, EntryHash, Head},
    seal::Signature,
    time::Timestamp,
};

use super::time;
use crate::{
    error::{Result, StoreError},
    ingest::{self, IncomingRun, Ingested},
    packages::Packages,
    streams::{self, Stream},
};

/// A run of entries that came after a revocation, as its device signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedRun {
    /// Number of its first entry.
    pub first_seq: u64,
    /// Where the device signed that it ends.
    pub head: Head,
    /// The device's signature.
    pub signature: Signature,
    hashes: Vec<[u8; 32]>,
}

/// What somebody said of a fork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedFork {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why it need not be looked at any more.
    pub reason: String,
}

/// One kept entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEntry {
    /// Its number.
    pub seq: u64,
    /// `fork` or `revoked`.
    pub reason: String,
    /// When it came.
    pub noticed_at: Timestamp,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Bytes of the entry that is stored under the same number, if there is one.
    pub stored: Option<Vec<u8>>,
}

/// Keeps a run's signed end. The caller has checked the signature and keeps the entries.
///
/// # Errors
/// Returns what the disk said.
pub fn add_run(
    conn: &Connection,
    stream: &Stream,
    first_seq: u64,
    entries: &[Vec<u8>],
    head: Head,
    signature: Signature,
    at: Timestamp,
) -> Result<()> {
    let hashes: Vec<u8> = entries.iter().flat_map(|bytes| EntryHash::of(bytes).0).collect();
    let sql = "INSERT INTO quarantined_run (stream, first_seq, seq, head, signature, hashes, noticed_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
    let values = params![stream.id, first_seq, head.seq, head.hash.0, signature.0, hashes, at.0];
    conn.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Returns the runs that lead, one after the other, from what is stored of a stream as far as possible: each is proven
/// to continue what is before it. A run that contradicts what is stored, or begins behind a gap, is left out.
///
/// # Errors
/// Returns what the disk said.
pub fn admissible(conn: &Connection, stream: &Stream) -> Result<Vec<QuarantinedRun>> {
    let mut found: Vec<QuarantinedRun> = Vec::new();
    if stream.forked_at.is_some() {
        return Ok(found);
    }
    let mut head = stream.head;
    for run in runs(conn, stream)? {
        if run.head.seq <= head.seq || run.first_seq > head.seq + 1 {
            continue;
        }
        if chain(conn, stream, head, &run)? == Some(run.head) {
            head = run.head;
            found.push(run);
        }
    }
    Ok(found)
}

/// Returns the numbers up to which a person may ask to admit, told by where runs end alone: whether their entries really
/// continue the stream is proven by [`admissible`] when it is asked, as it reads them all.
///
/// # Errors
/// Returns what the disk said.
pub fn ends(conn: &Connection, stream: &Stream) -> Result<Vec<u64>> {
    let sql = "SELECT first_seq, seq FROM quarantined_run WHERE stream = ?1 ORDER BY seq";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([stream.id])?;
    let (mut last, mut found) = (stream.head.seq, Vec::new());
    while let Some(row) = rows.next()? {
        let (first, end): (u64, u64) = (row.get(0)?, row.get(1)?);
        if stream.forked_at.is_none() && end > last && first <= last + 1 {
            found.push(end);
            last = end;
        }
    }
    Ok(found)
}

/// Admits one run that [`admissible`] has named: its entries are stored and folded, and leave the quarantine.
///
/// # Errors
/// [`StoreError::Invalid`] if the run does not continue the stream; otherwise what the disk said.
pub fn admit(
    conn: &Connection,
    stream: &Stream,
    run: &QuarantinedRun,
    at: Timestamp,
    packages: &Packages,
) -> Result<Ingested> {
    let entries = entries_after(conn, stream, stream.head.seq, run)?;
    let incoming = IncomingRun {
        stream: stream.code,
        first_seq: stream.head.seq + 1,
        entries: &entries,
        head: run.head,
        signature: run.signature,
    };
    let done = ingest::ingest(conn, &incoming, at, packages)?;
    let mut leave = conn.prepare_cached("DELETE FROM quarantine WHERE stream = ?1 AND seq = ?2 AND hash = ?3")?;
    for (seq, bytes) in (incoming.first_seq..).zip(&entries) {
        leave.execute(params![stream.id, seq, EntryHash::of(bytes).0])?;
    }
    let sql = "DELETE FROM quarantined_run WHERE stream = ?1 AND seq = ?2 AND head = ?3";
    conn.prepare_cached(sql)?.execute(params![stream.id, run.head.seq, run.head.hash.0])?;
    conn.prepare_cached("UPDATE stream SET revoked_after = ?2 WHERE id = ?1")?
        .execute(params![stream.id, run.head.seq])?;
    Ok(done)
}

/// Lists what is kept of a stream, by number, at most 1,000, with what is stored under the same numbers.
///
/// # Errors
/// Returns what the disk said.
pub fn kept(conn: &Connection, stream: &Stream) -> Result<Vec<KeptEntry>> {
    let sql = "SELECT q.seq, q.reason, q.noticed_at, q.bytes, e.bytes FROM quarantine q
               LEFT JOIN entry e ON e.id = (q.stream << 40) | q.seq
               WHERE q.stream = ?1 ORDER BY q.seq, q.noticed_at LIMIT 1000";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([stream.id], |row| {
        let (seq, reason, noticed_at) = (row.get(0)?, row.get(1)?, time(row, 2)?);
        Ok(KeptEntry { seq, reason, noticed_at, bytes: row.get(3)?, stored: row.get(4)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes what somebody said of a fork; a later word replaces an earlier one.
///
/// # Errors
/// Returns what the disk said.
pub fn close_fork(conn: &Connection, stream: &Stream, closed: &ClosedFork) -> Result<()> {
    let sql = "INSERT INTO closed_fork (stream, closed_at, closed_by, reason) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (stream) DO UPDATE SET closed_at = excluded.closed_at, closed_by = excluded.closed_by,
                   reason = excluded.reason";
    conn.prepare_cached(sql)?.execute(params![stream.id, closed.at.0, closed.by, closed.reason])?;
    Ok(())
}

/// Returns what was said of a fork, unless contradicting entries have come since.
///
/// # Errors
/// Returns what the disk said.
pub fn closed_fork(conn: &Connection, stream: i64) -> Result<Option<ClosedFork>> {
    let sql = "SELECT closed_at, closed_by, reason FROM closed_fork c WHERE stream = ?1 AND NOT EXISTS (
                   SELECT 1 FROM quarantine q WHERE q.stream = c.stream AND q.reason = 'fork'
                   AND q.noticed_at > c.closed_at)";
    let mut statement = conn.prepare_cached(sql)?;
    let read =
        statement.query_row([stream], |row| Ok(ClosedFork { at: time(row, 0)?, by: row.get(1)?, reason: row.get(2)? }));
    Ok(read.optional()?)
}

fn runs(conn: &Connection, stream: &Stream) -> Result<Vec<QuarantinedRun>> {
    let sql = "SELECT first_seq, seq, head, signature, hashes FROM quarantined_run WHERE stream = ?1
               ORDER BY seq, noticed_at";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([stream.id], |row| {
        let hashes: Vec<u8> = row.get(4)?;
        Ok(QuarantinedRun {
            first_seq: row.get(0)?,
            head: Head { seq: row.get(1)?, hash: ChainHash(row.get(2)?) },
            signature: Signature(row.get(3)?),
            hashes: hashes.as_chunks::<32>().0.to_vec(),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Returns where a run leads from a head; `None` if one of its entries is not kept.
fn chain(conn: &Connection, stream: &Stream, from: Head, run: &QuarantinedRun) -> Result<Option<Head>> {
    match entries_after(conn, stream, from.seq, run) {
        Ok(entries) => Ok(Some(entries.iter().fold(from, |head, bytes| head.after(bytes)))),
        Err(StoreError::Invalid(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the entries of a run behind a number, by their hashes.
fn entries_after(conn: &Connection, stream: &Stream, after: u64, run: &QuarantinedRun) -> Result<Vec<Vec<u8>>> {
    let sql = "SELECT bytes FROM quarantine WHERE stream = ?1 AND seq = ?2 AND hash = ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let wanted = (run.first_seq..).zip(&run.hashes).filter(|(seq, _)| *seq > after);
    wanted
        .map(|(seq, hash)| {
            let found = statement.query_row(params![stream.id, seq, hash], |row| row.get(0)).optional()?;
            found.ok_or_else(|| StoreError::Invalid(format!("entry {seq} of stream {} is not kept", stream.code)))
        })
        .collect()
}

/// Counts the kept entries of a stream, by reason.
///
/// # Errors
/// Returns what the disk said.
pub fn counts(conn: &Connection, stream: i64) -> Result<BTreeMap<String, u64>> {
    let mut statement =
        conn.prepare_cached("SELECT reason, count(*) FROM quarantine WHERE stream = ?1 GROUP BY reason")?;
    let rows = statement.query_map([stream], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Returns a stream by its code, if something of it is kept.
///
/// # Errors
/// Returns what the disk said.
pub fn find(conn: &Connection, code: tsela_core::ids::StreamCode) -> Result<Option<Stream>> {
    let Some(stream) = streams::find(conn, code)? else { return Ok(None) };
    Ok((stream.forked_at.is_some() || !counts(conn, stream.id)?.is_empty()).then_some(stream))
}
