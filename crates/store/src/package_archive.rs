//! The study packages that came to this laptop, as the server signed them.

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::time::Timestamp;

use crate::error::Result;

/// Keeps a package; the same version again changes nothing. The caller has checked the signature.
///
/// # Errors
/// Returns what the disk said.
pub fn put(conn: &Connection, version: u32, signed: &str, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO package (version, signed, received_at) VALUES (?1, ?2, ?3) ON CONFLICT (version) DO NOTHING";
    conn.prepare_cached(sql)?.execute(params![version, signed, at.0])?;
    Ok(())
}

/// Returns all packages as they were signed, oldest version first.
///
/// # Errors
/// Returns what the disk said.
pub fn all(conn: &Connection) -> Result<Vec<(u32, String)>> {
    let mut statement = conn.prepare_cached("SELECT version, signed FROM package ORDER BY version")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Returns the newest package as it was signed, with its version.
///
/// # Errors
/// Returns what the disk said.
pub fn newest(conn: &Connection) -> Result<Option<(u32, String)>> {
    let sql = "SELECT version, signed FROM package ORDER BY version DESC LIMIT 1";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Returns the newest version, 0 if there is none.
///
/// # Errors
/// Returns what the disk said.
pub fn newest_version(conn: &Connection) -> Result<u32> {
    Ok(conn.prepare_cached("SELECT coalesce(max(version), 0) FROM package")?.query_row([], |row| row.get(0))?)
}
