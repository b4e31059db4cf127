//! What this laptop has handed over to carriers: where something is, never that it was received.

use rusqlite::{Connection, params};
use tsela_core::{bundle::BundleId, ids::DeviceId, time::Timestamp};

use crate::{acks, blob, error::Result, streams::Stream};

/// A bundle that a carrier holds, by its own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// The bundle.
    pub bundle: BundleId,
    /// First entry in it.
    pub first: u64,
    /// Last entry in it.
    pub last: u64,
    /// The carrier.
    pub carrier: DeviceId,
    /// Its name, for people.
    pub name: String,
    /// When it took the bundle, by its clock.
    pub at: Timestamp,
}

/// Notes that a carrier holds a bundle; `word` is what it signed.
///
/// # Errors
/// Returns what the disk said.
pub fn note(conn: &Connection, stream: &Stream, handed: &Handed, word: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO handed (bundle, stream, first, last, carrier, name, at, word)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    conn.prepare_cached(sql)?.execute(params![
        handed.bundle.0,
        stream.id,
        handed.first,
        handed.last,
        handed.carrier.0.as_bytes(),
        handed.name,
        handed.at.0,
        word
    ])?;
    Ok(())
}

/// Forgets what a carrier was given and has not got any more: what was delivered, a receipt says; what was lost must be sent
/// again.
///
/// # Errors
/// Returns what the disk said.
pub fn keep_only(conn: &Connection, carrier: DeviceId, held: &[BundleId]) -> Result<()> {
    let mut statement = conn.prepare_cached("SELECT bundle FROM handed WHERE carrier = ?1")?;
    let rows = statement.query_map([carrier.0.as_bytes()], |row| row.get(0).map(BundleId))?;
    for bundle in rows.collect::<rusqlite::Result<Vec<_>>>()? {
        if !held.contains(&bundle) {
            conn.prepare_cached("DELETE FROM handed WHERE bundle = ?1")?.execute([bundle.0])?;
        }
    }
    Ok(())
}

/// Forgets what is received by now. That somebody set out to hand over stands in the journal.
///
/// # Errors
/// Returns what the disk said.
pub fn forget_received(conn: &Connection) -> Result<()> {
    for (stream, acked) in acks::own_streams(conn)? {
        conn.prepare_cached("DELETE FROM handed WHERE stream = ?1 AND last <= ?2")?
            .execute(params![stream.id, acked])?;
    }
    Ok(())
}

/// Returns what carriers hold of a stream beyond an entry, in the order of its entries.
///
/// # Errors
/// Returns what the disk said.
pub fn beyond(conn: &Connection, stream: &Stream, acked: u64) -> Result<Vec<Handed>> {
    let sql = "SELECT bundle, first, last, carrier, name, at FROM handed WHERE stream = ?1 AND last > ?2
               ORDER BY first, last, at";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![stream.id, acked], |row| {
        Ok(Handed {
            bundle: BundleId(row.get(0)?),
            first: row.get(1)?,
            last: row.get(2)?,
            carrier: DeviceId(blob::uuid(row, 3)?),
            name: row.get(4)?,
            at: Timestamp(row.get(5)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Returns the last entry up to which nothing is missing among bundles that follow on an entry.
pub fn through<'a>(acked: u64, handed: impl IntoIterator<Item = &'a Handed>) -> u64 {
    handed.into_iter().fold(acked, |through, next| match next.first <= through + 1 {
        true => through.max(next.last),
        false => through,
    })
}

/// Returns who took an entry along first: only what follows on the received entries without a gap counts.
///
/// # Errors
/// Returns what the disk said.
pub fn holder(conn: &Connection, stream: &Stream, acked: u64, seq: u64) -> Result<Option<Handed>> {
    let handed = beyond(conn, stream, acked)?;
    if through(acked, &handed) < seq {
        return Ok(None);
    }
    Ok(handed.into_iter().filter(|handed| (handed.first..=handed.last).contains(&seq)).min_by_key(|handed| handed.at))
}
