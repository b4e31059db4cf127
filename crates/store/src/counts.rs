//! Tubes counted on a driver's laptop: there as they stand, after each scan; on the giver's as the driver's laptop signed them.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tsela_core::{
    custody::{Count, MAX_COUNT},
    ids::{DeviceId, RecordId},
    time::Timestamp,
    trust::Signed,
};

use crate::error::{Result, StoreError};

/// Most counts that are kept on a giver's laptop; the newest.
const MOST: usize = 50;

/// Keeps a count as it stands now.
///
/// # Errors
/// Returns what the disk said, or [`StoreError::Internal`] if it is longer than any.
pub fn keep(conn: &Connection, count: &Count) -> Result<()> {
    let body = serde_json::to_string(count).map_err(|error| StoreError::Internal(error.to_string()))?;
    if body.len() > MAX_COUNT {
        return Err(StoreError::Internal("the count is longer than any that can be sent".to_owned()));
    }
    let sql = "INSERT INTO count (id, author, begun_at, body) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (id) DO UPDATE SET body = excluded.body";
    conn.prepare_cached(sql)?.execute(params![
        count.id.0.as_bytes(),
        count.author.0.as_bytes(),
        count.begun_at.0,
        body
    ])?;
    Ok(())
}

/// Returns a count that is not given up.
///
/// # Errors
/// Returns what the disk said, or [`StoreError::Damaged`].
pub fn get(conn: &Connection, id: RecordId) -> Result<Option<Count>> {
    let sql = "SELECT body FROM count WHERE id = ?1 AND over IS NULL";
    let body = conn.prepare_cached(sql)?.query_row([id.0.as_bytes()], |row| row.get::<_, String>(0)).optional()?;
    body.map(|body| read(&body)).transpose()
}

/// Returns the newest count of an author's tubes that is not given up.
///
/// # Errors
/// Returns what the disk said, or [`StoreError::Damaged`].
pub fn newest_of(conn: &Connection, author: DeviceId) -> Result<Option<Count>> {
    let sql = "SELECT body FROM count WHERE author = ?1 AND over IS NULL ORDER BY begun_at DESC, id DESC LIMIT 1";
    let body = conn.prepare_cached(sql)?.query_row([author.0.as_bytes()], |row| row.get::<_, String>(0)).optional()?;
    body.map(|body| read(&body)).transpose()
}

/// Gives a count up; why is kept with it.
///
/// # Errors
/// Returns what the disk said.
pub fn give_up(conn: &Connection, id: RecordId, why: &str) -> Result<()> {
    conn.prepare_cached("UPDATE count SET over = ?2 WHERE id = ?1")?.execute(params![id.0.as_bytes(), why])?;
    Ok(())
}

/// A count that came from a driver's laptop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// The driver's laptop, for people.
    pub name: String,
    /// What was counted.
    pub count: Count,
}

/// Keeps what a driver has counted, as it was signed and checked. Says whether it says something new.
///
/// # Errors
/// Returns what the disk said.
pub fn take(conn: &Connection, count: &Count, name: &str, signed: &Signed<Count>, at: Timestamp) -> Result<bool> {
    let sql = "INSERT INTO counted (id, carrier, name, taken_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, taken_at = excluded.taken_at, body = excluded.body
               WHERE counted.carrier = excluded.carrier AND counted.body <> excluded.body";
    let body = serde_json::to_string(signed).map_err(|error| StoreError::Internal(error.to_string()))?;
    let kept = conn.prepare_cached(sql)?.execute(params![
        count.id.0.as_bytes(),
        count.carrier.0.as_bytes(),
        name,
        at.0,
        body
    ])?;
    let sql = "DELETE FROM counted WHERE id NOT IN (SELECT id FROM counted ORDER BY taken_at DESC LIMIT ?1)";
    conn.prepare_cached(sql)?.execute([MOST])?;
    Ok(kept == 1)
}

/// Returns what drivers have counted, the newest first.
///
/// # Errors
/// Returns what the disk said, or [`StoreError::Damaged`].
pub fn came(conn: &Connection) -> Result<Vec<Came>> {
    let mut statement = conn.prepare_cached("SELECT name, body FROM counted ORDER BY taken_at DESC, id")?;
    let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let rows = statement.query_map([], row)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let read = |(name, body): (String, String)| {
        let signed: Signed<Count> = serde_json::from_str(&body).map_err(|error| damaged(&error))?;
        let count = signed.read_unverified().map_err(|error| damaged(&error))?;
        Ok(Came { name, count })
    };
    rows.into_iter().map(read).collect()
}

fn read(body: &str) -> Result<Count> {
    serde_json::from_str(body).map_err(|error| damaged(&error))
}

fn damaged(error: &impl ToString) -> StoreError {
    StoreError::damaged("a count of tubes", error.to_string())
}
