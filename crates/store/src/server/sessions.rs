//! Sessions of the server's pages. Only the hash of a session's secret is kept.

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{ids::UserId, time::Timestamp};

use crate::{blob, error::Result};

/// How long a session lives without use, in milliseconds: half an hour.
pub const IDLE_MS: i64 = 30 * 60 * 1000;
/// How long a session lives at most, in milliseconds: twelve hours.
pub const LIFE_MS: i64 = 12 * 60 * 60 * 1000;
/// How often the last use is written down, in milliseconds.
const NOTE_EVERY_MS: i64 = 60 * 1000;

/// A session that is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub account: UserId,
    /// Whether its use should be noted with [`used`].
    pub note_due: bool,
}

/// Begins a session and forgets those that are over.
///
/// # Errors
/// Returns what the disk said.
pub fn begin(conn: &Connection, hash: &[u8; 32], account: UserId, now: Timestamp) -> Result<()> {
    conn.execute(
        "DELETE FROM account_session WHERE made_at < ?1 OR used_at < ?2",
        [now.plus_millis(-LIFE_MS).0, now.plus_millis(-IDLE_MS).0],
    )?;
    let sql = "INSERT INTO account_session (hash, account, made_at, used_at) VALUES (?1, ?2, ?3, ?3)";
    conn.execute(sql, params![hash, account.0.as_bytes(), now.0])?;
    Ok(())
}

/// Finds a session that is not over.
///
/// # Errors
/// Returns what the disk said.
pub fn find(conn: &Connection, hash: &[u8; 32], now: Timestamp) -> Result<Option<Session>> {
    let sql = "SELECT account, used_at FROM account_session WHERE hash = ?1 AND made_at >= ?2 AND used_at >= ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let oldest = params![hash, now.plus_millis(-LIFE_MS).0, now.plus_millis(-IDLE_MS).0];
    let session = statement.query_row(oldest, |row| {
        let note_due = now.0.saturating_sub(row.get::<_, i64>(1)?) >= NOTE_EVERY_MS;
        Ok(Session { account: UserId(blob::uuid(row, 0)?), note_due })
    });
    Ok(session.optional()?)
}

/// Notes that a session was used.
///
/// # Errors
/// Returns what the disk said.
pub fn used(conn: &Connection, hash: &[u8; 32], now: Timestamp) -> Result<()> {
    conn.execute("UPDATE account_session SET used_at = ?2 WHERE hash = ?1", params![hash, now.0])?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// Returns what the disk said.
pub fn end(conn: &Connection, hash: &[u8; 32]) -> Result<()> {
    conn.execute("DELETE FROM account_session WHERE hash = ?1", [hash])?;
    Ok(())
}

/// Ends all sessions, as after a restore, or of one person.
///
/// # Errors
/// Returns what the disk said.
pub fn end_all(conn: &Connection, account: Option<UserId>) -> Result<()> {
    match account {
        Some(id) => conn.execute("DELETE FROM account_session WHERE account = ?1", [id.0.as_bytes()])?,
        None => conn.execute("DELETE FROM account_session", [])?,
    };
    Ok(())
}
