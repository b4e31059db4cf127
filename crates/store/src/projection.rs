//! The projection: each record's fold, and the indexes by which it is found. Derived from the journal and from the
//! snapshots that came down, and never written by anything else.
//!
//! A [`Projector`] collects what one transaction changes, writes each record once, and then looks again at the findings
//! of all records that the changes may concern.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};
use tsela_core::{
    entry::Entry,
    findings::{self, Finding},
    fold::RecordState,
    ids::{RecordId, StreamCode},
    model::{self, Model},
    problem::Severity,
};

use crate::{
    error::Result,
    packages::Packages,
    search,
    world::{StoredWorld, load, parse_state},
};

/// Folds entries and states into the projection within one transaction.
pub(crate) struct Projector<'a> {
    conn: &'a Connection,
    packages: &'a Packages,
    /// What a record was before this transaction; `None` if it was not there.
    before: BTreeMap<RecordId, Option<RecordState>>,
    after: BTreeMap<RecordId, RecordState>,
    dirty: BTreeSet<RecordId>,
    /// What stands in the tables of records that were written before the end, in the steps of a save.
    written: BTreeMap<RecordId, RecordState>,
    /// Numbers of the rows that were written.
    rows: BTreeMap<RecordId, i64>,
    /// Whether the store was empty of records, so that looking for them can be saved.
    rebuilding: bool,
}

impl<'a> Projector<'a> {
    pub fn new(conn: &'a Connection, packages: &'a Packages) -> Self {
        let (before, after, written) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (dirty, rows) = (BTreeSet::new(), BTreeMap::new());
        Self { conn, packages, before, after, dirty, written, rows, rebuilding: false }
    }

    /// Folds one entry into its record.
    pub fn apply(&mut self, stream: StreamCode, entry: &Entry) -> Result<()> {
        self.fetch(entry.record)?;
        match self.after.get_mut(&entry.record) {
            Some(state) => state.apply(stream, entry),
            None => {
                self.after.insert(entry.record, RecordState::begin(stream, entry));
            }
        }
        self.dirty.insert(entry.record);
        Ok(())
    }

    /// Joins a state that came down. Says whether it told anything new.
    pub fn merge(&mut self, state: &RecordState) -> Result<bool> {
        self.fetch(state.id)?;
        let known = self.after.get(&state.id).cloned();
        let merged = match known.clone() {
            Some(mut known) => {
                known.merge(state);
                known
            }
            None => state.clone(),
        };
        let news = known.as_ref() != Some(&merged);
        if news {
            self.after.insert(state.id, merged);
            self.dirty.insert(state.id);
        }
        Ok(news)
    }

    /// Returns a record as it stands in this transaction.
    pub fn state(&mut self, id: RecordId) -> Result<Option<&RecordState>> {
        self.fetch(id)?;
        Ok(self.after.get(&id))
    }

    /// Returns the world as it stands in this transaction. Changed records must have been [written](Self::flush).
    pub fn world(&self) -> StoredWorld<'_> {
        StoredWorld::over(self.conn, &self.after)
    }

    /// Writes all changed records and their indexes, so that [`Self::world`] shows them to the next step of a save.
    pub fn flush(&mut self) -> Result<()> {
        for id in self.write_dirty()? {
            if let Some(after) = self.after.get(&id) {
                self.written.insert(id, after.clone());
            }
        }
        Ok(())
    }

    fn write_dirty(&mut self) -> Result<BTreeSet<RecordId>> {
        let dirty = std::mem::take(&mut self.dirty);
        for id in &dirty {
            let Some(after) = self.after.get(id) else { continue };
            let before = self.written.get(id).or_else(|| self.before.get(id).and_then(Option::as_ref));
            self.rows.insert(*id, write_record(self.conn, before, after)?);
        }
        Ok(dirty)
    }

    /// Writes the words of all records that were written, in one go: any other statement between two of them would make
    /// the full-text index put away what it has gathered, record by record.
    fn write_words(&self) -> Result<()> {
        for (id, row) in &self.rows {
            if let Some(after) = self.after.get(id) {
                write_search(self.conn, *row, self.before.get(id).and_then(Option::as_ref), after)?;
            }
        }
        Ok(())
    }

    /// Writes what is left, looks again at the findings concerned, and returns the records that changed.
    pub fn finish(mut self) -> Result<BTreeSet<RecordId>> {
        self.write_dirty()?;
        let touched: BTreeSet<RecordId> = self.before.keys().copied().collect();
        let mut concerned = BTreeSet::new();
        let world = self.world();
        let packages = |version| self.packages.get(version);
        for (id, after) in &self.after {
            let before = self.before.get(id).and_then(Option::as_ref);
            if before != Some(after) {
                concerned.extend(findings::affected(before, after, &world));
            }
        }
        for id in concerned {
            let found = match self.after.get(&id) {
                Some(state) => findings::findings(state, &world, &packages),
                None => match load(self.conn, id)? {
                    Some(state) => findings::findings(&state, &world, &packages),
                    None => BTreeSet::new(),
                },
            };
            let fresh = matches!(self.before.get(&id), Some(None));
            write_findings(self.conn, id, &found, fresh)?;
        }
        world.finish()?;
        self.write_words()?;
        Ok(touched)
    }

    fn fetch(&mut self, id: RecordId) -> Result<()> {
        if self.before.contains_key(&id) {
            return Ok(());
        }
        let known = if self.rebuilding { None } else { load(self.conn, id)? };
        if let Some(state) = &known {
            self.after.insert(id, state.clone());
        }
        self.before.insert(id, known);
        Ok(())
    }
}

/// Writes a record and what it is found by; returns the number of its row.
fn write_record(conn: &Connection, before: Option<&RecordState>, after: &RecordState) -> Result<i64> {
    let model = model::find(&after.model);
    let key = model.and_then(|model| model.natural_key(after));
    let values = params![
        after.id.0.as_bytes(),
        after.model,
        key,
        after.is_void(),
        after.conflicts().len(),
        after.created.unwrap_or(after.modified).at.0,
        after.modified.at.0,
        after.to_bytes(),
    ];
    let sql = "INSERT INTO record (id, model, key, void, conflicts, created_at, modified_at, state)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
               ON CONFLICT (id) DO UPDATE SET model = excluded.model, key = excluded.key, void = excluded.void,
                   conflicts = excluded.conflicts, created_at = excluded.created_at,
                   modified_at = excluded.modified_at, state = excluded.state
               RETURNING n";
    let n: i64 = conn.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
    if let Some(model) = model {
        write_references(conn, model, before, after)?;
        write_match_keys(conn, model, before, after)?;
    }
    Ok(n)
}

fn write_search(conn: &Connection, n: i64, before: Option<&RecordState>, after: &RecordState) -> Result<()> {
    let (old, new) = (before.and_then(search::words), search::words(after));
    if old == new {
        return Ok(());
    }
    if old.is_some() {
        conn.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([n])?;
    }
    if let Some(words) = new {
        conn.prepare_cached("INSERT INTO search (rowid, words) VALUES (?1, ?2)")?.execute(params![n, words])?;
    }
    Ok(())
}

fn write_references(conn: &Connection, model: &Model, before: Option<&RecordState>, after: &RecordState) -> Result<()> {
    let old = before.map(|state| model.references(state)).unwrap_or_default();
    let new = model.references(after);
    for (field, target) in old.iter().filter(|row| !new.contains(row)) {
        conn.prepare_cached("DELETE FROM reference WHERE target = ?1 AND model = ?2 AND field = ?3 AND source = ?4")?
            .execute(params![target.0.as_bytes(), model.name, field, after.id.0.as_bytes()])?;
    }
    for (field, target) in new.iter().filter(|row| !old.contains(row)) {
        conn.prepare_cached("INSERT OR IGNORE INTO reference (target, model, field, source) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![target.0.as_bytes(), model.name, field, after.id.0.as_bytes()])?;
    }
    Ok(())
}

fn write_match_keys(conn: &Connection, model: &Model, before: Option<&RecordState>, after: &RecordState) -> Result<()> {
    let old = before.map(|state| model.match_keys(state)).unwrap_or_default();
    let new = model.match_keys(after);
    for (kind, value) in old.iter().filter(|row| !new.contains(row)) {
        conn.prepare_cached("DELETE FROM match_key WHERE kind = ?1 AND value = ?2 AND record = ?3")?
            .execute(params![kind, value, after.id.0.as_bytes()])?;
    }
    for (kind, value) in new.iter().filter(|row| !old.contains(row)) {
        conn.prepare_cached("INSERT OR IGNORE INTO match_key (kind, value, record) VALUES (?1, ?2, ?3)")?
            .execute(params![kind, value, after.id.0.as_bytes()])?;
    }
    Ok(())
}

fn write_findings(conn: &Connection, id: RecordId, found: &BTreeSet<Finding>, fresh: bool) -> Result<()> {
    if !fresh {
        conn.prepare_cached("DELETE FROM finding WHERE record = ?1")?.execute([id.0.as_bytes()])?;
    }
    for finding in found {
        let sql = "INSERT OR IGNORE INTO finding (record, code, field, severity, body) VALUES (?1, ?2, ?3, ?4, ?5)";
        let body = serde_json::to_string(finding).expect("a finding has text keys only");
        let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
        conn.prepare_cached(sql)?.execute(params![id.0.as_bytes(), finding.code, finding.field, severity, body])?;
    }
    Ok(())
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
