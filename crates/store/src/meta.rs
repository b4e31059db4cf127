//! Facts about the store itself: a small table of keys and values.

use std::{fmt::Display, str::FromStr};

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::error::{Result, StoreError};

/// The store's own id, given at its creation.
pub const STORE: &str = "store";
/// The device that the store belongs to.
pub const DEVICE: &str = "device";
/// The study.
pub const STUDY: &str = "study";
/// The device's role, as in its credential.
pub const ROLE: &str = "role";
/// How often a writer has opened or closed the store; see [`crate::marker`].
pub const GENERATION: &str = "generation";
/// Present in a backup, and in a store put back from one until its next opening.
pub const BACKUP_OF: &str = "backup_of";
/// Present while a new stream must begin before anything else is written; says why.
pub const NEW_STREAM_DUE: &str = "new_stream_due";

/// What a store says about itself to the marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreMeta {
    /// The store's id.
    pub store: Uuid,
    /// How often a writer has opened or closed it.
    pub generation: u64,
    /// Whether it is a backup put in the store's place.
    pub is_backup: bool,
    /// Why a new stream is due, if one is.
    pub new_stream_due: Option<String>,
}

impl StoreMeta {
    /// Reads them.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if the store has no id.
    pub fn read(conn: &Connection) -> Result<Self> {
        Ok(Self {
            store: get_as(conn, STORE)?.ok_or_else(|| StoreError::damaged("the store", "it has no id"))?,
            generation: get_as(conn, GENERATION)?.unwrap_or(0),
            is_backup: get(conn, BACKUP_OF)?.is_some(),
            new_stream_due: get(conn, NEW_STREAM_DUE)?,
        })
    }
}

/// Returns a value.
///
/// # Errors
/// Returns what the disk said.
pub fn get(conn: &Connection, key: &str) -> Result<Option<String>> {
    let mut statement = conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Returns a value in its own type: `get_as::<DeviceId>(conn, meta::DEVICE)`.
///
/// # Errors
/// [`StoreError::Damaged`] if what is there is not of this type.
pub fn get_as<T: FromStr>(conn: &Connection, key: &str) -> Result<Option<T>> {
    get(conn, key)?
        .map(|text| text.parse().map_err(|_| StoreError::damaged("the store", format!("{key} holds {text:?}"))))
        .transpose()
}

/// Sets a value.
///
/// # Errors
/// Returns what the disk said.
pub fn set(conn: &Connection, key: &str, value: impl Display) -> Result<()> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    conn.prepare_cached(sql)?.execute((key, value.to_string()))?;
    Ok(())
}

/// Removes a value; says nothing if there was none.
///
/// # Errors
/// Returns what the disk said.
pub fn remove(conn: &Connection, key: &str) -> Result<()> {
    conn.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([key])?;
    Ok(())
}

/// Returns why a new stream must begin before the next write, `None` if it need not.
///
/// # Errors
/// Returns what the disk said.
pub fn new_stream_due(conn: &Connection) -> Result<Option<String>> {
    get(conn, NEW_STREAM_DUE)
}

/// Notes that the new stream has begun; belongs into the transaction that begins it.
///
/// # Errors
/// Returns what the disk said.
pub fn new_stream_begun(conn: &Connection) -> Result<()> {
    remove(conn, NEW_STREAM_DUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_in_their_type_and_nonsense_is_damage() {
        let mut conn = Connection::open_in_memory().unwrap();
        crate::migrations::run(&mut conn).unwrap();
        assert_eq!(get_as::<u64>(&conn, GENERATION).unwrap(), None);
        set(&conn, GENERATION, 7).unwrap();
        set(&conn, GENERATION, 8).unwrap();
        assert_eq!(get_as::<u64>(&conn, GENERATION).unwrap(), Some(8));
        assert!(matches!(get_as::<Uuid>(&conn, GENERATION), Err(StoreError::Damaged { .. })));
        assert!(matches!(StoreMeta::read(&conn), Err(StoreError::Damaged { .. })));
        set(&conn, NEW_STREAM_DUE, "copied").unwrap();
        new_stream_begun(&conn).unwrap();
        assert_eq!(new_stream_due(&conn).unwrap(), None);
    }
}
