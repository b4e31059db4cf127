//! The versions of the study package that this server has given out, kept as signed.

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::time::Timestamp;

use crate::error::{Result, StoreError};

/// Keeps a new version.
///
/// # Errors
/// Returns what the disk said; a version is never replaced.
pub fn publish(conn: &Connection, version: u64, signed: &str, now: Timestamp, note: &str) -> Result<()> {
    let sql = "INSERT INTO published_package (version, signed, published_at, note) VALUES (?1, ?2, ?3, ?4)";
    conn.execute(sql, params![version, signed, now.0, note])?;
    Ok(())
}

/// Returns the number of the newest version, 0 if there is none.
///
/// # Errors
/// Returns what the disk said.
pub fn newest_version(conn: &Connection) -> Result<u64> {
    let mut statement = conn.prepare_cached("SELECT coalesce(max(version), 0) FROM published_package")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Says whether a version was published, as far as this store knows.
///
/// # Errors
/// Returns what the disk said.
pub fn is_published(conn: &Connection, version: u64) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM published_package WHERE version = ?1")?.exists([version])?)
}

/// Returns the newest version's number and signed text.
///
/// # Errors
/// [`StoreError::Damaged`] if there is none: this is no server's store.
pub fn newest(conn: &Connection) -> Result<(u64, String)> {
    let sql = "SELECT version, signed FROM published_package ORDER BY version DESC LIMIT 1";
    let row = conn.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    row.ok_or_else(|| StoreError::damaged("the server's store", "it has no study package"))
}

/// Returns a version's signed text, if it was published.
///
/// # Errors
/// Returns what the disk said.
pub fn version(conn: &Connection, version: u64) -> Result<Option<String>> {
    let sql = "SELECT signed FROM published_package WHERE version = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([version], |row| row.get(0)).optional()?)
}

/// Returns the numbers and signed texts of all versions above `after`, the oldest first.
///
/// # Errors
/// Returns what the disk said.
pub fn after(conn: &Connection, after: u64) -> Result<Vec<(u64, String)>> {
    let sql = "SELECT version, signed FROM published_package WHERE version > ?1 ORDER BY version";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([after], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
