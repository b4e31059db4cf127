//! The projection: each record's fold, and the indexes by which it is found. Derived from the journal and from the
//! snapshots that came down, and never written by anything else.
//!
//! A [`Projector`] collects what one transaction changes, looks again at the findings of all records that the changes
//! may concern, and writes each record once. Judging needs nothing of what is written, so that a large transaction does
//! both at the same time.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use rusqlite::Connection;
use tsela_core::{
    entry::Entry,
    findings::{self, Finding},
    fold::RecordState,
    ids::{RecordId, StreamCode},
    world::World as _,
};

use crate::{
    changes::Changes,
    error::{Result, StoreError},
    open::Store,
    packages::Packages,
    world::{StoredWorld, load, parse_state},
};

mod rows;

use rows::{Rows, write_findings, write_search};

/// Changed records from which on another thread judges them while this one writes; fewer are done before it has begun.
const MANY: usize = 200;

/// Folds entries and states into the projection within one transaction.
pub(crate) struct Projector<'a> {
    conn: &'a Connection,
    packages: &'a Packages,
    /// Where the projection can be read as it was before this transaction, which has not changed it otherwise.
    beside: Option<&'a Store>,
    changes: Changes,
    /// Records whose places in the indexes are not those of their states.
    moved: BTreeSet<RecordId>,
    /// Whether the store was empty of records, so that looking for them can be saved.
    rebuilding: bool,
}

/// Findings of the records that a change concerns.
type Found = BTreeMap<RecordId, BTreeSet<Finding>>;

/// The records that a transaction has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    /// Those that were here before.
    pub known: BTreeSet<RecordId>,
    /// Those that were not.
    pub begun: BTreeSet<RecordId>,
}

impl Touched {
    pub fn all(self) -> BTreeSet<RecordId> {
        let mut all = self.known;
        all.extend(self.begun);
        all
    }
}

impl<'a> Projector<'a> {
    pub fn new(conn: &'a Connection, packages: &'a Packages) -> Self {
        let (changes, moved) = (Changes::default(), BTreeSet::new());
        Self { conn, packages, beside: None, changes, moved, rebuilding: false }
    }

    /// Lets findings be judged from another connection of the store while this one writes. The transaction must have
    /// changed nothing of the projection before.
    pub fn beside(self, store: Option<&'a Store>) -> Self {
        Self { beside: store, ..self }
    }

    /// Folds one entry into its record.
    pub fn apply(&mut self, stream: StreamCode, entry: &Entry) -> Result<()> {
        self.fetch(entry.record)?;
        match self.changes.after.get_mut(&entry.record) {
            Some(state) => state.apply(stream, entry),
            None => {
                self.changes.after.insert(entry.record, RecordState::begin(stream, entry));
            }
        }
        self.moved.insert(entry.record);
        Ok(())
    }

    /// Joins a state that came down. Says whether it told anything new.
    pub fn merge(&mut self, state: &RecordState) -> Result<bool> {
        self.fetch(state.id)?;
        let known = self.changes.after.get(&state.id);
        let mut merged = known.unwrap_or(state).clone();
        if known.is_some() {
            merged.merge(state);
        }
        let news = known != Some(&merged);
        if news {
            self.changes.after.insert(state.id, merged);
            self.moved.insert(state.id);
        }
        Ok(news)
    }

    /// Returns a record as it stands in this transaction.
    pub fn state(&mut self, id: RecordId) -> Result<Option<&RecordState>> {
        self.fetch(id)?;
        Ok(self.changes.after.get(&id))
    }

    /// Returns the world as it stands in this transaction.
    pub fn world(&mut self) -> StoredWorld<'_> {
        self.index();
        StoredWorld::over(self.conn, &self.changes)
    }

    fn index(&mut self) {
        for id in std::mem::take(&mut self.moved) {
            self.changes.index(id);
        }
    }

    /// Writes what has changed, looks again at the findings concerned, and returns the records that changed.
    pub fn finish(mut self) -> Result<Touched> {
        self.index();
        let found = match self.beside.filter(|_| self.changes.after.len() >= MANY) {
            Some(store) => self.write_beside(store)?,
            None => {
                let found = judge(self.conn, &self.changes, self.packages)?;
                self.write_records()?;
                found
            }
        };
        for (id, found) in &found {
            let fresh = matches!(self.changes.before.get(id), Some(None));
            write_findings(self.conn, *id, found, fresh)?;
        }
        let (begun, known) = self.changes.before.iter().partition::<Vec<_>, _>(|(_, before)| before.is_none());
        let ids = |rows: Vec<(&RecordId, _)>| rows.into_iter().map(|(id, _)| *id).collect();
        Ok(Touched { known: ids(known), begun: ids(begun) })
    }

    /// Writes while another thread judges: it reads what was stored before, and has the changes in memory.
    fn write_beside(&self, store: &Store) -> Result<Found> {
        let (changes, packages) = (&self.changes, self.packages);
        thread::scope(|scope| {
            let judging = scope.spawn(move || store.read(|conn| judge(conn, changes, packages)));
            self.write_records()?;
            judging.join().map_err(|_| StoreError::Internal("judging the records failed".to_owned()))?
        })
    }

    fn write_records(&self) -> Result<()> {
        let mut rows = Rows::new(self.conn)?;
        let mut words = BTreeMap::new();
        for (id, after) in &self.changes.after {
            let before = self.changes.before.get(id).and_then(Option::as_ref);
            if let Some(places) = self.changes.places(*id)
                && before != Some(after)
            {
                let n = rows.write(before, after, places)?;
                words.insert(n, (before, after));
            }
        }
        // In one go: any other statement between two of them would make the full-text index put away what it has
        // gathered, record by record.
        words.into_iter().try_for_each(|(n, (before, after))| write_search(self.conn, n, before, after))
    }

    fn fetch(&mut self, id: RecordId) -> Result<()> {
        if self.changes.before.contains_key(&id) {
            return Ok(());
        }
        let known = if self.rebuilding { None } else { load(self.conn, id)? };
        if let Some(state) = &known {
            self.changes.after.insert(id, state.clone());
        }
        self.changes.before.insert(id, known);
        Ok(())
    }
}

/// Looks at the findings of all records that the changes may concern. `conn` shows the projection without them.
fn judge(conn: &Connection, changes: &Changes, packages: &Packages) -> Result<Found> {
    let world = StoredWorld::over(conn, changes);
    let packages = |version| packages.get(version);
    let mut concerned = BTreeSet::new();
    for (id, after) in &changes.after {
        let before = changes.before.get(id).and_then(Option::as_ref);
        if before != Some(after) {
            concerned.extend(findings::affected(before, after, &world));
        }
    }
    let mut found = Found::new();
    for id in concerned {
        let of = world.record(id).map(|state| findings::findings(&state, &world, &packages));
        found.insert(id, of.unwrap_or_default());
    }
    world.finish()?;
    Ok(found)
}

/// Returns the versions of the study package that records here were written under and that this store has not.
///
/// # Errors
/// Returns what the disk said.
pub fn missing_packages(conn: &Connection, packages: &Packages) -> Result<BTreeSet<u32>> {
    let mut missing = BTreeSet::new();
    for id in not_judged(conn)? {
        let version = load(conn, id)?.map(|state| state.modified.package);
        missing.extend(version.filter(|version| packages.get(*version).is_none()));
    }
    Ok(missing)
}

/// Looks again at the records that could not be judged, as their study package was not here; returns them.
///
/// # Errors
/// Returns what the disk said.
pub fn judge_again(conn: &Connection, packages: &Packages) -> Result<BTreeSet<RecordId>> {
    let changes = Changes::default();
    let world = StoredWorld::over(conn, &changes);
    let records = not_judged(conn)?;
    for id in &records {
        let state = world.record(*id);
        let found = state.map(|state| findings::findings(&state, &world, &|version| packages.get(version)));
        write_findings(conn, *id, &found.unwrap_or_default(), false)?;
    }
    world.finish()?;
    Ok(records)
}

fn not_judged(conn: &Connection) -> Result<BTreeSet<RecordId>> {
    let mut statement = conn.prepare_cached("SELECT record FROM finding WHERE severity = 'warning' AND code = ?1")?;
    let rows = statement.query_map([findings::PACKAGE_UNKNOWN_CODE], |row| row.get(0))?;
    rows.map(|id| Ok(RecordId(uuid::Uuid::from_bytes(id?)))).collect()
}

/// Empties the projection and makes it again from the journal and the snapshots. What it then holds is byte for byte
/// what it held before; a test compares.
///
/// # Errors
/// Returns what the disk said, or what is damaged.
pub fn rebuild(conn: &Connection, packages: &Packages) -> Result<()> {
    conn.execute_batch(
        "DELETE FROM record; DELETE FROM reference; DELETE FROM match_key; DELETE FROM finding;
         INSERT INTO search (search) VALUES ('delete-all');",
    )?;
    let mut projector = Projector::new(conn, packages);
    projector.rebuilding = true;
    fold_journal(conn, &mut projector)?;
    let mut snapshots = conn.prepare("SELECT state FROM snapshot ORDER BY record")?;
    let mut rows = snapshots.query([])?;
    while let Some(row) = rows.next()? {
        projector.merge(&parse_state(&row.get::<_, Vec<u8>>(0)?)?)?;
    }
    projector.finish()?;
    Ok(())
}

/// Folds every entry of the journal that is not held.
fn fold_journal(conn: &Connection, projector: &mut Projector<'_>) -> Result<()> {
    let sql = "SELECT stream.code, entry.bytes FROM stream
               JOIN entry ON entry.id BETWEEN (stream.id << 40) + 1 AND (stream.id << 40) + stream.folded
               WHERE entry.record IS NOT NULL AND entry.id NOT IN (SELECT entry FROM held)
               ORDER BY entry.id";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let entry = crate::journal::parse_stored(&row.get::<_, Vec<u8>>(1)?)?;
        projector.apply(crate::blob::text(row, 0)?, &entry)?;
    }
    Ok(())
}
