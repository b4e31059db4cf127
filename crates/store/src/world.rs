//! Other records as rules and findings see them: the projection, with what this transaction has changed on top.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeSet, HashMap},
};

use elsa::FrozenMap;
use rusqlite::{Connection, params};
use tsela_core::{fold::RecordState, ids::RecordId, world::World};
use uuid::Uuid;

use crate::{
    changes::{Changes, PlaceKind, anchored},
    error::{Result, StoreError},
    journal::parse_stored,
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
    /// What is stored at a record.
    places: RefCell<HashMap<RecordId, Vec<Stored>>>,
    /// What is stored under keys that begin with no record.
    found: RefCell<Answers>,
    failure: RefCell<Option<StoreError>>,
}

/// Records as they are stored, each read once.
pub(crate) type Known = FrozenMap<RecordId, Box<RecordState>>;
/// A place, without the record that it begins with.
#[derive(Debug)]
struct Stored {
    kind: u8,
    name: String,
    value: String,
    record: RecordId,
}
/// Records that are stored in places of a kind, by name and value.
type Answers = HashMap<(u8, String), HashMap<String, Vec<RecordId>>>;

impl<'a> StoredWorld<'a> {
    /// Returns the world with changes that are not stored yet. What it reads is kept in `known`.
    pub(crate) fn over(conn: &'a Connection, changes: &'a Changes, known: &'a Known) -> Self {
        let (places, found) = (RefCell::default(), RefCell::default());
        Self { conn, changes, known, places, found, failure: RefCell::new(None) }
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
        let mut places = self.places.borrow_mut();
        let stored = self.stored_at(&mut places, id).iter().filter(|place| place.kind == PlaceKind::Reference as u8);
        let stored = stored.filter(|place| !self.changes.holds(place.record));
        let stored = stored.filter(|place| passes(&place.name, &place.value)).map(|place| place.record);
        let changed = self.changes.referring(id).filter(|(model, field, _)| passes(model, field));
        let found: BTreeSet<RecordId> = stored.chain(changed.map(|(_, _, source)| *source)).collect();
        found.into_iter().collect()
    }

    /// Returns what is stored at a record.
    fn stored_at<'p>(&self, places: &'p mut HashMap<RecordId, Vec<Stored>>, id: RecordId) -> &'p [Stored] {
        places.entry(id).or_insert_with(|| self.keep(stored_at(self.conn, id)))
    }

    /// Returns the records under a key, sorted.
    fn under(&self, kind: PlaceKind, name: &str, key: &str, changed: impl Iterator<Item = RecordId>) -> Vec<RecordId> {
        let mut found: Vec<RecordId> = match anchored(key) {
            // All that is at a record is read at once: what a transaction brings is asked for key by key.
            (Some(anchor), value) => {
                let mut places = self.places.borrow_mut();
                let stored = self.stored_at(&mut places, anchor).iter();
                let at = |place: &&Stored| place.kind == kind as u8 && place.name == name && place.value == value;
                stored.filter(at).map(|place| place.record).collect()
            }
            (None, _) => {
                let mut found = self.found.borrow_mut();
                let of_name = found.entry((kind as u8, name.to_owned())).or_default();
                match of_name.get(key) {
                    Some(known) => known.clone(),
                    None => {
                        let stored = self.keep(found_by(self.conn, kind, name, key));
                        of_name.insert(key.to_owned(), stored.clone());
                        stored
                    }
                }
            }
        };
        found.retain(|id| !self.changes.holds(*id));
        found.extend(changed);
        found.sort_unstable();
        found
    }
}

pub(crate) const ROW: &str =
    "SELECT n, entries, state FROM record WHERE n = (SELECT n FROM place WHERE anchor = ?1 AND kind = 0)";
pub(crate) const ENTRIES: &str =
    "SELECT entries FROM record WHERE n = (SELECT n FROM place WHERE anchor = ?1 AND kind = 0)";
pub(crate) const STORED_AT: &str =
    "SELECT kind, name, value, record FROM place WHERE anchor = ?1 AND kind > 0 ORDER BY kind, name, value, record";
pub(crate) const BY_KEY: &str =
    "SELECT record FROM place WHERE anchor = ?1 AND kind = ?2 AND name = ?3 AND value = ?4 ORDER BY record";

/// Reads a record's state.
pub(crate) fn load(conn: &Connection, id: RecordId) -> Result<Option<RecordState>> {
    Ok(load_row(conn, id)?.map(|row| row.state))
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
    let entries = entry_ids(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?);
    let state = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
    let state = state_in(conn, &entries, state)?;
    Ok(Some(RecordRow { n: row.get(0)?, entries, state }))
}

/// Reads the ids of entries as a row holds them.
pub(crate) fn entry_ids(bytes: &[u8]) -> Vec<i64> {
    bytes.as_chunks().0.iter().map(|bytes| i64::from_be_bytes(*bytes)).collect()
}

/// Reads a state as a record's row holds it: with its own bytes, or with none if its one entry says it all.
pub(crate) fn state_in(conn: &Connection, entries: &[i64], state: &[u8]) -> Result<RecordState> {
    let missing = || StoreError::damaged("a record's state", "it is empty".to_owned());
    match (state, entries) {
        ([], [entry]) => begun_by(conn, *entry)?.ok_or_else(missing),
        ([], _) => Err(missing()),
        _ => parse_state(state),
    }
}

/// Returns what a record comes to that an entry has begun, and that no other has changed.
pub(crate) fn begun_by(conn: &Connection, entry: i64) -> Result<Option<RecordState>> {
    let mut statement = conn.prepare_cached(ENTRY)?;
    let mut rows = statement.query([entry])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let entry = parse_stored(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
    Ok(Some(RecordState::begin(crate::blob::text(row, 0)?, entry)))
}

/// An entry, and the code of its stream, by the entry's id.
pub(crate) const ENTRY: &str =
    "SELECT stream.code, entry.bytes FROM entry JOIN stream ON stream.id = entry.id >> 40 WHERE entry.id = ?1";

/// Returns the entries of a record in this journal, those that are held too, ascending.
pub(crate) fn entries_of(conn: &Connection, id: RecordId) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached(ENTRIES)?;
    let mut rows = statement.query([id.0.as_bytes()])?;
    let mut entries = Vec::new();
    if let Some(row) = rows.next()? {
        entries = entry_ids(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
    }
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

fn stored_at(conn: &Connection, id: RecordId) -> Result<Vec<Stored>> {
    let mut statement = conn.prepare_cached(STORED_AT)?;
    let rows = statement.query_map([id.0.as_bytes()], |row| {
        let record = RecordId(Uuid::from_bytes(row.get(3)?));
        Ok(Stored { kind: row.get(0)?, name: row.get(1)?, value: row.get(2)?, record })
    })?;
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
        self.under(PlaceKind::Key, model, key, self.changes.by_key(model, key))
    }

    fn by_match(&self, kind: &str, value: &str) -> Vec<RecordId> {
        self.under(PlaceKind::Match, kind, value, self.changes.by_match(kind, value))
    }

    fn referring_any(&self, id: RecordId) -> Vec<RecordId> {
        self.referring_if(id, |_, _| true)
    }
}
