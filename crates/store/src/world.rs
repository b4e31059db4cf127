//! Other records as rules and findings see them: the projection, with what this transaction has changed on top.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{fold::RecordState, ids::RecordId, world::World};
use uuid::Uuid;

use crate::{
    changes::Changes,
    error::{Result, StoreError},
};

/// The projection as a [`World`].
///
/// What is stored does not change while a world is in use, so that each question is put to the disk once.
///
/// [`World`] has no errors to return: what the disk says while answering is kept, and [`Self::finish`] must be asked
/// before anything is made of the answers.
pub struct StoredWorld<'a> {
    conn: &'a Connection,
    changes: &'a Changes,
    referring: RefCell<HashMap<RecordId, Vec<Referring>>>,
    keys: RefCell<Answers>,
    matches: RefCell<Answers>,
    failure: RefCell<Option<StoreError>>,
}

/// Model, field and id of a stored record that refers to another.
type Referring = (String, String, RecordId);
/// Records that are stored under a kind and a value.
type Answers = HashMap<String, HashMap<String, Vec<RecordId>>>;

static NO_CHANGES: LazyLock<Changes> = LazyLock::new(Changes::default);

impl<'a> StoredWorld<'a> {
    /// Returns the world of the projection as it is stored.
    pub fn new(conn: &'a Connection) -> Self {
        Self::over(conn, &NO_CHANGES)
    }

    /// Returns the world with changes that are not stored yet.
    pub(crate) fn over(conn: &'a Connection, changes: &'a Changes) -> Self {
        let (keys, matches) = (RefCell::default(), RefCell::default());
        Self { conn, changes, referring: RefCell::default(), keys, matches, failure: RefCell::new(None) }
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

    /// Returns the records that refer to one and pass, sorted, each once.
    fn referring_if(&self, id: RecordId, passes: impl Fn(&str, &str) -> bool) -> Vec<RecordId> {
        let mut known = self.referring.borrow_mut();
        let stored = known.entry(id).or_insert_with(|| self.keep(referring(self.conn, id)));
        let stored = stored.iter().filter(|(_, _, source)| !self.changes.holds(*source));
        let stored = stored.filter(|(model, field, _)| passes(model, field)).map(|(_, _, source)| *source);
        let changed = self.changes.referring(id).filter(|(model, field, _)| passes(model, field));
        let found: BTreeSet<RecordId> = stored.chain(changed.map(|(_, _, source)| *source)).collect();
        found.into_iter().collect()
    }

    /// Returns the records under a kind and a value, sorted.
    fn under(
        &self,
        answers: &RefCell<Answers>,
        (sql, kind, value): (&str, &str, &str),
        changed: impl Iterator<Item = RecordId>,
    ) -> Vec<RecordId> {
        let mut answers = answers.borrow_mut();
        let stored = match answers.get_mut(kind).and_then(|values| values.get_mut(value)) {
            Some(known) => &*known,
            None => {
                let stored = self.keep(ids(self.conn, sql, params![value, kind]));
                &*answers.entry(kind.to_owned()).or_default().entry(value.to_owned()).or_insert(stored)
            }
        };
        let stored = stored.iter().copied().filter(|id| !self.changes.holds(*id));
        let mut found: Vec<RecordId> = stored.chain(changed).collect();
        found.sort_unstable();
        found
    }
}

pub(crate) const STATE: &str = "SELECT state FROM record WHERE id = ?1";
pub(crate) const REFERRING: &str = "SELECT model, field, source FROM reference WHERE target = ?1";
pub(crate) const BY_KEY: &str = "SELECT id FROM record WHERE key = ?1 AND model = ?2 ORDER BY id";
pub(crate) const BY_MATCH: &str = "SELECT record FROM match_key WHERE kind = ?2 AND value = ?1 ORDER BY record";

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

fn referring(conn: &Connection, id: RecordId) -> Result<Vec<Referring>> {
    let mut statement = conn.prepare_cached(REFERRING)?;
    let rows = statement
        .query_map([id.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, RecordId(Uuid::from_bytes(row.get(2)?)))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl World for StoredWorld<'_> {
    fn record(&self, id: RecordId) -> Option<Cow<'_, RecordState>> {
        match self.changes.after.get(&id) {
            Some(state) => Some(Cow::Borrowed(state)),
            None => self.keep(load(self.conn, id)).map(Cow::Owned),
        }
    }

    fn referring(&self, id: RecordId, model: &str, field: &str) -> Vec<RecordId> {
        self.referring_if(id, |of, by| of == model && by == field)
    }

    fn by_key(&self, model: &str, key: &str) -> Vec<RecordId> {
        self.under(&self.keys, (BY_KEY, model, key), self.changes.by_key(model, key))
    }

    fn by_match(&self, kind: &str, value: &str) -> Vec<RecordId> {
        self.under(&self.matches, (BY_MATCH, kind, value), self.changes.by_match(kind, value))
    }

    fn referring_any(&self, id: RecordId) -> Vec<RecordId> {
        self.referring_if(id, |_, _| true)
    }
}
