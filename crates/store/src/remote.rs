//! The server that this laptop sends to.

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{ids::Incarnation, time::Timestamp};
use zeroize::Zeroizing;

use crate::{
    blob,
    error::{Result, StoreError},
};

/// A server as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name, for people.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The bearer token that it gave this laptop.
    pub token: Zeroizing<String>,
    /// SHA-256 of the pinned TLS key.
    pub spki: [u8; 32],
    /// The study's root key.
    pub root: [u8; 32],
    /// The server's keys, signed by root, as JSON.
    pub server_key: String,
    /// The life of its database that was met last.
    pub incarnation: Incarnation,
    /// Whether pushes start by themselves.
    pub auto: bool,
    /// Time between automatic pushes, 10 to 86,400 seconds.
    pub interval_seconds: u32,
    /// How far this laptop's clock was ahead of the server's, milliseconds; behind if negative.
    pub drift_ms: Option<i64>,
    /// When it last answered, by this laptop's clock.
    pub contact_at: Option<Timestamp>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("name", &self.name).field("url", &self.url).finish_non_exhaustive()
    }
}

/// Writes the server, replacing what was known.
///
/// # Errors
/// Returns what the disk said.
pub fn put(conn: &Connection, remote: &Remote) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO remote (id, name, url, token, spki, root, server_key, incarnation, auto,
                   interval_seconds, drift_ms, contact_at)
               VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    conn.prepare_cached(sql)?.execute(params![
        remote.name,
        remote.url,
        remote.token.as_str(),
        remote.spki,
        remote.root,
        remote.server_key,
        remote.incarnation.0.as_bytes(),
        remote.auto,
        remote.interval_seconds,
        remote.drift_ms,
        remote.contact_at.map(|at| at.0)
    ])?;
    Ok(())
}

/// Returns the server, `None` before enrolment.
///
/// # Errors
/// Returns what the disk said.
pub fn get(conn: &Connection) -> Result<Option<Remote>> {
    let sql =
        "SELECT name, url, token, spki, root, server_key, incarnation, auto, interval_seconds, drift_ms, contact_at
               FROM remote";
    let mut statement = conn.prepare_cached(sql)?;
    let remote = statement.query_row([], |row| {
        Ok(Remote {
            name: row.get(0)?,
            url: row.get(1)?,
            token: Zeroizing::new(row.get(2)?),
            spki: row.get(3)?,
            root: row.get(4)?,
            server_key: row.get(5)?,
            incarnation: Incarnation(blob::uuid(row, 6)?),
            auto: row.get(7)?,
            interval_seconds: row.get(8)?,
            drift_ms: row.get(9)?,
            contact_at: row.get::<_, Option<i64>>(10)?.map(Timestamp),
        })
    });
    Ok(remote.optional()?)
}

/// Notes that the server answered: when, in which life, and how far this laptop's clock is ahead of its.
///
/// # Errors
/// Returns what the disk said.
pub fn set_contact(conn: &Connection, at: Timestamp, incarnation: Incarnation, drift_ms: i64) -> Result<()> {
    let sql = "UPDATE remote SET contact_at = ?1, incarnation = ?2, drift_ms = ?3";
    conn.prepare_cached(sql)?.execute(params![at.0, incarnation.0.as_bytes(), drift_ms])?;
    Ok(())
}

/// Replaces the server's keys by newer ones.
///
/// # Errors
/// Returns what the disk said.
pub fn set_keys(conn: &Connection, server_key: &str, spki: &[u8; 32]) -> Result<()> {
    conn.prepare_cached("UPDATE remote SET server_key = ?1, spki = ?2")?.execute(params![server_key, spki])?;
    Ok(())
}

/// Replaces the bearer token.
///
/// # Errors
/// Returns what the disk said.
pub fn set_token(conn: &Connection, token: &str) -> Result<()> {
    conn.prepare_cached("UPDATE remote SET token = ?1")?.execute([token])?;
    Ok(())
}

/// Switches automatic pushes.
///
/// # Errors
/// [`StoreError::Invalid`] if the interval is not 10 to 86,400 seconds; otherwise what the disk said.
pub fn set_auto(conn: &Connection, auto: bool, interval_seconds: u32) -> Result<()> {
    if !(10..=86_400).contains(&interval_seconds) {
        return Err(StoreError::Invalid("the time between automatic pushes is 10 seconds to one day".to_owned()));
    }
    conn.prepare_cached("UPDATE remote SET auto = ?1, interval_seconds = ?2")?
        .execute(params![auto, interval_seconds])?;
    Ok(())
}
