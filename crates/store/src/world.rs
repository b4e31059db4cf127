//! Other records as rules and findings see them: the projection, with what this transaction has changed on top.

use std::{borrow::Cow, cell::RefCell, collections::BTreeMap};

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{fold::RecordState, ids::RecordId, world::World};
use uuid::Uuid;

use crate::error::{Result, StoreError};

/// The projection as a [`World`].
///
/// [`World`] has no errors to return: what the disk says while answering is kept, and [`Self::finish`] must be asked
/// before anything is made of the answers.
pub struct StoredWorld<'a> {
    conn: &'a Connection,
    fresh: &'a BTreeMap<RecordId, RecordState>,
    failure: RefCell<Option<StoreError>>,
}

static NOTHING_FRESH: BTreeMap<RecordId, RecordState> = BTreeMap::new();

impl<'a> StoredWorld<'a> {
    /// Returns the world of the projection as it is stored.
    pub fn new(conn: &'a Connection) -> Self {
        Self::over(conn, &NOTHING_FRESH)
    }

    /// Returns the world with states that need not be read again. They are stored already.
    pub(crate) fn over(conn: &'a Connection, fresh: &'a BTreeMap<RecordId, RecordState>) -> Self {
        Self { conn, fresh, failure: RefCell::new(None) }
    }

    /// Returns what the disk said while this world was asked.
    ///
    /// # Errors
    /// The first failure.
    pub fn finish(self) -> Result<()> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }

    fn keep<T: Default>(&self, result: Result<T>) -> T {
        result.unwrap_or_else(|error| {
            self.failure.borrow_mut().get_or_insert(error);
            T::default()
        })
    }

    fn ids(&self, sql: &str, values: impl rusqlite::Params) -> Vec<RecordId> {
        self.keep(ids(self.conn, sql, values))
    }
}

pub(crate) const STATE: &str = "SELECT state FROM record WHERE id = ?1";
pub(crate) const REFERRING: &str =
    "SELECT source FROM reference WHERE target = ?1 AND model = ?2 AND field = ?3 ORDER BY source";
pub(crate) const REFERRING_ANY: &str = "SELECT DISTINCT source FROM reference WHERE target = ?1 ORDER BY source";
pub(crate) const BY_KEY: &str = "SELECT id FROM record WHERE key = ?1 AND model = ?2 ORDER BY id";
pub(crate) const BY_MATCH: &str = "SELECT record FROM match_key WHERE kind = ?1 AND value = ?2 ORDER BY record";

/// Reads a record's state.
pub(crate) fn load(conn: &Connection, id: RecordId) -> Result<Option<RecordState>> {
    let mut statement = conn.prepare_cached(STATE)?;
    let bytes: Option<Vec<u8>> = statement.query_row([id.0.as_bytes()], |row| row.get(0)).optional()?;
    bytes.map(|bytes| parse_state(&bytes)).transpose()
}

/// Reads a state that this store wrote itself.
pub(crate) fn parse_state(bytes: &[u8]) -> Result<RecordState> {
    RecordState::parse(bytes)
        .map_err(|error| StoreError::Damaged { what: "a record's state".to_owned(), detail: error.to_string() })
}

fn ids(conn: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<RecordId>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| Ok(RecordId(Uuid::from_bytes(row.get(0)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl World for StoredWorld<'_> {
    fn record(&self, id: RecordId) -> Option<Cow<'_, RecordState>> {
        match self.fresh.get(&id) {
            Some(state) => Some(Cow::Borrowed(state)),
            None => self.keep(load(self.conn, id)).map(Cow::Owned),
        }
    }

    fn referring(&self, id: RecordId, model: &str, field: &str) -> Vec<RecordId> {
        self.ids(REFERRING, params![id.0.as_bytes(), model, field])
    }

    fn by_key(&self, model: &str, key: &str) -> Vec<RecordId> {
        self.ids(BY_KEY, params![key, model])
    }

    fn by_match(&self, kind: &str, value: &str) -> Vec<RecordId> {
        self.ids(BY_MATCH, params![kind, value])
    }

    fn referring_any(&self, id: RecordId) -> Vec<RecordId> {
        self.ids(REFERRING_ANY, params![id.0.as_bytes()])
    }
}
