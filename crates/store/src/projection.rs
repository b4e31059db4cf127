//! The projection: each record's fold, and the indexes by which it is found. Derived from the journal and from the
//! snapshots that came down, and never written by anything else.
//!
//! A [`Projector`] collects what one transaction changes, looks again at the findings of all records that the changes
//! may concern, and writes each record once. Judging needs nothing of what is written, so that a large transaction does
//! both at the same time.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    thread,
};

use rusqlite::{Connection, params};
use tsela_core::{
    entry::Entry,
    findings::{self, Finding},
    fold::RecordState,
    ids::RecordId,
    world::World as _,
};

use crate::{
    changes::{Changes, Places},
    error::{Result, StoreError},
    open::Store,
    packages::Packages,
    recent::Records,
    records, search,
    streams::{self, Stream, entry_id},
    told,
    world::{Known, StoredWorld, begun_by, load, load_row, parse_state},
};

mod rows;

use rows::{Rows, entry_bytes, write_findings};

/// Changed records from which on another thread judges them while this one writes; fewer are done before it has begun.
const MANY: usize = 200;

/// Folds entries and states into the projection within one transaction.
pub(crate) struct Projector<'a> {
    conn: &'a Connection,
    packages: &'a Packages,
    /// Where the projection can be read as it was before this transaction, which has not changed it otherwise.
    beside: Option<&'a Store>,
    changes: Changes,
    rows: HashMap<RecordId, Row>,
    known: Known,
    /// Whether words and times wait for the next time that many are indexed.
    index_later: bool,
    /// Records whose places in the indexes are not those of their states.
    moved: BTreeSet<RecordId>,
    /// Whether the store was empty of records, so that looking for them can be saved.
    rebuilding: bool,
}

/// What the store knows of a record beside its state.
#[derive(Debug, Default)]
struct Row {
    /// The number of its row, if it has one.
    n: Option<i64>,
    /// The entries of this journal that are folded into it, ascending.
    entries: Vec<i64>,
    /// Whether there are more of them than the row says.
    has_more: bool,
    /// Whether this transaction has begun it with an entry and then left it as it was.
    just_begun: bool,
}

impl Row {
    /// Returns a state's bytes as a row holds them: none if the row's one entry says it all.
    fn state_bytes(&self, conn: &Connection, state: &RecordState) -> Result<Vec<u8>> {
        let says_all = match self.entries.as_slice() {
            [_] if self.just_begun => true,
            [entry] => begun_by(conn, *entry)?.as_ref() == Some(state),
            _ => false,
        };
        Ok(if says_all { Vec::new() } else { state.to_bytes() })
    }
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
        let (changes, rows, known, moved) = (Changes::default(), HashMap::new(), Known::new(), BTreeSet::new());
        Self { conn, packages, beside: None, changes, rows, known, index_later: false, moved, rebuilding: false }
    }

    /// Leaves indexes that are dear for one record to the next [`catch_up`], words and times: for a save, whose entries
    /// say which records those are.
    pub fn index_later(self) -> Self {
        Self { index_later: true, ..self }
    }

    /// Takes these records for those that are stored.
    pub fn knowing(self, records: Records) -> Self {
        Self { known: records.into(), ..self }
    }

    /// Lets findings be judged from another connection of the store while this one writes. The transaction must have
    /// changed nothing of the projection before.
    pub fn beside(self, store: Option<&'a Store>) -> Self {
        Self { beside: store, ..self }
    }

    /// Folds one entry into its record.
    pub fn apply(&mut self, stream: &Stream, entry: Entry) -> Result<()> {
        self.fetch(entry.record)?;
        let (record, id) = (entry.record, entry_id(stream.id, entry.seq));
        let row = self.rows.entry(record).or_default();
        match self.changes.after.get_mut(&record) {
            Some(state) => {
                state.apply(stream.code, &entry);
                row.just_begun = false;
            }
            None => {
                self.changes.after.insert(record, Box::new(RecordState::begin(stream.code, entry)));
                row.just_begun = true;
            }
        }
        if let Err(place) = row.entries.binary_search(&id) {
            row.entries.insert(place, id);
            row.has_more = true;
        }
        self.moved.insert(record);
        Ok(())
    }

    /// Joins a state that came down. Says whether it told anything new.
    pub fn merge(&mut self, state: &RecordState) -> Result<bool> {
        self.fetch(state.id)?;
        let known = self.changes.after.get(&state.id).map(Box::as_ref);
        let mut merged = known.unwrap_or(state).clone();
        if known.is_some() {
            merged.merge(state);
        }
        let news = known != Some(&merged);
        if news {
            self.changes.after.insert(state.id, Box::new(merged));
            self.rows.entry(state.id).or_default().just_begun = false;
            self.moved.insert(state.id);
        }
        Ok(news)
    }

    /// Returns a record as it stands in this transaction.
    pub fn state(&mut self, id: RecordId) -> Result<Option<&RecordState>> {
        self.fetch(id)?;
        Ok(self.changes.after.get(&id).map(Box::as_ref))
    }

    /// Returns the world as it stands in this transaction.
    pub fn world(&mut self) -> StoredWorld<'_> {
        self.index();
        StoredWorld::over(self.conn, &self.changes, &self.known)
    }

    fn index(&mut self) {
        for id in std::mem::take(&mut self.moved) {
            self.changes.index(id);
        }
    }

    /// Writes what has changed, looks again at the findings concerned, and returns the records that changed.
    pub fn finish(mut self) -> Result<Touched> {
        self.write()?;
        let (begun, known) = self.changes.before.iter().partition::<Vec<_>, _>(|(_, before)| before.is_none());
        let ids = |rows: Vec<(&RecordId, _)>| rows.into_iter().map(|(id, _)| *id).collect();
        Ok(Touched { known: ids(known), begun: ids(begun) })
    }

    /// Writes what has changed, looks again at the findings concerned, and returns all records it knows as they are now.
    pub fn finish_and_keep(mut self) -> Result<Records> {
        self.write()?;
        let mut records = self.known.into_map();
        records.extend(self.changes.after);
        Ok(records)
    }

    fn write(&mut self) -> Result<()> {
        self.index();
        if !self.index_later && !self.changes.after.is_empty() {
            // What is indexed now replaces what was indexed before.
            catch_up(self.conn)?;
        }
        let found = match self.beside.filter(|_| self.changes.after.len() >= MANY) {
            Some(store) => self.write_beside(store)?,
            None => {
                let found =
                    judge(StoredWorld::over(self.conn, &self.changes, &self.known), &self.changes, self.packages)?;
                self.write_records()?;
                found
            }
        };
        for (id, found) in &found {
            let fresh = matches!(self.changes.before.get(id), Some(None));
            write_findings(self.conn, *id, found, fresh)?;
        }
        Ok(())
    }

    /// Writes while another thread judges: it reads what was stored before, and has the changes in memory.
    fn write_beside(&self, store: &Store) -> Result<Found> {
        let (changes, packages) = (&self.changes, self.packages);
        thread::scope(|scope| {
            let judging = scope.spawn(move || {
                store.read(|conn| judge(StoredWorld::over(conn, changes, &Known::new()), changes, packages))
            });
            self.write_records()?;
            judging.join().map_err(|_| StoreError::Internal("judging the records failed".to_owned()))?
        })
    }

    fn write_records(&self) -> Result<()> {
        let mut rows = Rows::new(self.conn)?;
        let mut words: BTreeMap<i64, (Option<&RecordState>, &RecordState)> = BTreeMap::new();
        for (id, after) in &self.changes.after {
            let before = self.changes.before.get(id).and_then(Option::as_deref);
            let (Some(row), Some(places)) = (self.rows.get(id), self.changes.places(*id)) else { continue };
            match (row.n, before) {
                (Some(n), Some(before)) => {
                    if before != after.as_ref() || row.has_more {
                        rows.update(n, before, after, row, places)?;
                        words.insert(n, (Some(before), after));
                    }
                }
                _ => {
                    words.insert(rows.insert(after, row, places, !self.index_later)?, (None, after));
                }
            }
        }
        if self.index_later { Ok(()) } else { search::write(self.conn, words) }
    }

    fn fetch(&mut self, id: RecordId) -> Result<()> {
        if self.changes.before.contains_key(&id) {
            return Ok(());
        }
        let known = if self.rebuilding { None } else { load_row(self.conn, id)? };
        if let Some(row) = &known {
            self.changes.after.insert(id, Box::new(row.state.clone()));
            self.rows.insert(id, Row { n: Some(row.n), entries: row.entries.clone(), ..Row::default() });
        }
        self.changes.before.insert(id, known.map(|row| Box::new(row.state)));
        Ok(())
    }
}

/// Puts into the indexes of words and times what saves have left out.
pub(crate) fn catch_up(conn: &Connection) -> Result<()> {
    search::catch_up(conn)?;
    records::list_all(conn)
}

/// Looks at the findings of all records that the changes may concern.
fn judge(world: StoredWorld<'_>, changes: &Changes, packages: &Packages) -> Result<Found> {
    let packages = |version| packages.get(version);
    let mut concerned = BTreeSet::new();
    for (id, after) in &changes.after {
        let before = changes.before.get(id).and_then(Option::as_deref);
        if before != Some(after.as_ref()) {
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
    let (changes, known) = (Changes::default(), Known::new());
    let world = StoredWorld::over(conn, &changes, &known);
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
    conn.execute_batch("DELETE FROM record; DELETE FROM place; DELETE FROM finding;")?;
    search::empty(conn)?;
    let mut projector = Projector::new(conn, packages);
    projector.rebuilding = true;
    for stream in streams::list(conn)? {
        fold_journal(conn, &stream, &mut projector)?;
    }
    let mut snapshots = conn.prepare("SELECT state FROM snapshot ORDER BY record")?;
    let mut rows = snapshots.query([])?;
    while let Some(row) = rows.next()? {
        projector.merge(&parse_state(&row.get::<_, Vec<u8>>(0)?)?)?;
    }
    projector.finish()?;
    told::rebuild(conn)
}

/// Folds every entry of a stream that is not held.
fn fold_journal(conn: &Connection, stream: &Stream, projector: &mut Projector<'_>) -> Result<()> {
    let sql = "SELECT bytes FROM entry WHERE id BETWEEN ?1 AND ?2 AND record IS NOT NULL
               AND id NOT IN (SELECT entry FROM held) ORDER BY id";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(params![entry_id(stream.id, 1), entry_id(stream.id, stream.folded)])?;
    while let Some(row) = rows.next()? {
        projector.apply(stream, crate::journal::parse_stored(&row.get::<_, Vec<u8>>(0)?)?)?;
    }
    Ok(())
}

/// Writes again what stands in the store of records beside their findings, from their states, which are all written out.
/// For a store whose form has just changed.
pub(crate) fn write_again(conn: &Connection) -> Result<()> {
    search::empty(conn)?;
    let mut entries = entries_by_record(conn)?;
    let mut rows = Rows::new(conn)?;
    let mut write = conn.prepare("UPDATE record SET entries = ?2, state = ?3 WHERE n = ?1")?;
    let mut after = 0;
    loop {
        let states = states_after(conn, after)?;
        let Some((last, _)) = states.last() else { return Ok(()) };
        after = *last;
        for (n, state) in &states {
            rows.place(*n, state.id, &Places::of(state))?;
            let row = Row { entries: entries.remove(&state.id).unwrap_or_default(), ..Row::default() };
            write.execute(params![n, entry_bytes(&row.entries), row.state_bytes(conn, state)?])?;
        }
        search::write(conn, states.iter().map(|(n, state)| (*n, (None, state))).collect())?;
    }
}

/// Returns the next records by number: some thousand, so that a large store does not have to fit into memory.
fn states_after(conn: &Connection, n: i64) -> Result<Vec<(i64, RecordState)>> {
    let mut statement = conn.prepare_cached("SELECT n, state FROM record WHERE n > ?1 ORDER BY n LIMIT 5000")?;
    let rows = statement.query_map([n], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    rows.map(|row| row.map_err(StoreError::from).and_then(|(n, bytes)| Ok((n, parse_state(&bytes)?)))).collect()
}

fn entries_by_record(conn: &Connection) -> Result<HashMap<RecordId, Vec<i64>>> {
    let sql = "SELECT entry.record, entry.id FROM stream
               JOIN entry ON entry.id BETWEEN (stream.id << 40) + 1 AND (stream.id << 40) + stream.folded
               WHERE entry.record IS NOT NULL AND entry.id NOT IN (SELECT entry FROM held) ORDER BY entry.id";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut entries: HashMap<RecordId, Vec<i64>> = HashMap::new();
    while let Some(row) = rows.next()? {
        entries.entry(RecordId(crate::blob::uuid(row, 0)?)).or_default().push(row.get(1)?);
    }
    Ok(entries)
}
