//! Other records as rules and findings see them: the projection, with what this transaction has changed on top.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeSet, HashMap},
};

use elsa::FrozenMap;
use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{fold::RecordState, ids::RecordId, world::World};
use uuid::Uuid;

use crate::{
    changes::{Changes, PlaceKind, anchored},
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
    known: &'a Known,
    referring: RefCell<HashMap<RecordId, Vec<Referring>>>,
    keys: RefCell<Answers>,
    matches: RefCell<Answers>,
    failure: RefCell<Option<StoreError>>,
}

/// Records as they are stored, each read once.
pub(crate) type Known = FrozenMap<RecordId, Box<RecordState>>;
/// Model, field and id of a stored record that refers to another.
type Referring = (String, String, RecordId);
/// Records that are stored under a kind and a value.
type Answers = HashMap<String, HashMap<String, Vec<RecordId>>>;

impl<'a> StoredWorld<'a> {
    /// Returns the world with changes that are not stored yet. What it reads is kept in `known`.
    pub(crate) fn over(conn: &'a Connection, changes: &'a Changes, known: &'a Known) -> Self {
        let (keys, matches) = (RefCell::default(), RefCell::default());
        Self { conn, changes, known, referring: RefCell::default(), keys, matches, failure: RefCell::new(None) }
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
        (place, kind, value): (PlaceKind, &str, &str),
        changed: impl Iterator<Item = RecordId>,
    ) -> Vec<RecordId> {
        let mut answers = answers.borrow_mut();
        let stored = match answers.get_mut(kind).and_then(|values| values.get_mut(value)) {
            Some(known) => &*known,
            None => {
                let stored = self.keep(found_by(self.conn, place, kind, value));
                &*answers.entry(kind.to_owned()).or_default().entry(value.to_owned()).or_insert(stored)
            }
        };
        let stored = stored.iter().copied().filter(|id| !self.changes.holds(*id));
        let mut found: Vec<RecordId> = stored.chain(changed).collect();
        found.sort_unstable();
        found
    }
}

pub(crate) const STATE: &str =
    "SELECT state FROM record WHERE n = (SELECT n FROM place WHERE anchor = ?1 AND kind = 0)";
pub(crate) const ROW: &str =
    "SELECT n, entries, state FROM record WHERE n = (SELECT n FROM place WHERE anchor = ?1 AND kind = 0)";
pub(crate) const REFERRING: &str = "SELECT name, value, record FROM place WHERE anchor = ?1 AND kind = 1";
pub(crate) const BY_KEY: &str =
    "SELECT record FROM place WHERE anchor = ?1 AND kind = ?2 AND name = ?3 AND value = ?4 ORDER BY record";

/// Reads a record's state.
pub(crate) fn load(conn: &Connection, id: RecordId) -> Result<Option<RecordState>> {
    let mut statement = conn.prepare_cached(STATE)?;
    let bytes: Option<Vec<u8>> = statement.query_row([id.0.as_bytes()], |row| row.get(0)).optional()?;
    bytes.map(|bytes| parse_state(&bytes)).transpose()
}

/// A record's row.
#[derive(Debug)]
pub(crate) struct RecordRow {
    /// Its number.
    pub n: i64,
    /// The entries of the journal that are folded into it, ascending.
    pub entries: Vec<i64>,
    /// All surviving values.
    pub state: RecordState,
}

/// Reads a record's row.
pub(crate) fn load_row(conn: &Connection, id: RecordId) -> Result<Option<RecordRow>> {
    let mut statement = conn.prepare_cached(ROW)?;
    let mut rows = statement.query([id.0.as_bytes()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let entries = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
    let entries = entries.as_chunks().0.iter().map(|bytes| i64::from_be_bytes(*bytes)).collect();
    Ok(Some(RecordRow {
        n: row.get(0)?,
        entries,
        state: parse_state(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?)?,
    }))
}

/// Returns the entries of a record in this journal, those that are held too, ascending.
pub(crate) fn entries_of(conn: &Connection, id: RecordId) -> Result<Vec<i64>> {
    let mut entries = load_row(conn, id)?.map(|row| row.entries).unwrap_or_default();
    let mut statement = conn.prepare_cached(HELD_OF_RECORD)?;
    let held = statement.query_map([id.0.as_bytes()], |row| row.get(0))?;
    entries.extend(held.collect::<rusqlite::Result<Vec<i64>>>()?);
    entries.sort_unstable();
    Ok(entries)
}

pub(crate) const HELD_OF_RECORD: &str = "SELECT entry FROM held WHERE record = ?1";

/// Returns the records of a kind of place under a name and a key, sorted.
pub(crate) fn found_by(conn: &Connection, kind: PlaceKind, name: &str, key: &str) -> Result<Vec<RecordId>> {
    let (anchor, value) = anchored(key);
    let anchor: &[u8] = anchor.as_ref().map_or(&[], |id| id.0.as_bytes());
    let mut statement = conn.prepare_cached(BY_KEY)?;
    let rows = statement
        .query_map(params![anchor, kind as u8, name, value], |row| Ok(RecordId(Uuid::from_bytes(row.get(0)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Reads a state that this store wrote itself.
pub(crate) fn parse_state(bytes: &[u8]) -> Result<RecordState> {
    RecordState::parse(bytes)
        .map_err(|error| StoreError::Damaged { what: "a record's state".to_owned(), detail: error.to_string() })
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
            None => {
                let known = self.known.get(&id);
                let read = || Some(self.known.insert(id, Box::new(self.keep(load(self.conn, id))?)));
                known.or_else(read).map(Cow::Borrowed)
            }
        }
    }

    fn referring(&self, id: RecordId, model: &str, field: &str) -> Vec<RecordId> {
        self.referring_if(id, |of, by| of == model && by == field)
    }

    fn by_key(&self, model: &str, key: &str) -> Vec<RecordId> {
        self.under(&self.keys, (PlaceKind::Key, model, key), self.changes.by_key(model, key))
    }

    fn by_match(&self, kind: &str, value: &str) -> Vec<RecordId> {
        self.under(&self.matches, (PlaceKind::Match, kind, value), self.changes.by_match(kind, value))
    }

    fn referring_any(&self, id: RecordId) -> Vec<RecordId> {
        self.referring_if(id, |_, _| true)
    }
}
