//! The rows of the projection: records, what they are found by, and their findings.

use std::collections::BTreeSet;

use rusqlite::{CachedStatement, Connection, params};
use tsela_core::{findings::Finding, fold::RecordState, ids::RecordId, problem::Severity};

use super::Row;
use crate::{
    changes::{Place, PlaceKind, Places},
    error::Result,
};

/// The statements that write records, looked up once for all records of a transaction.
pub(super) struct Rows<'a> {
    conn: &'a Connection,
    insert: CachedStatement<'a>,
    update: CachedStatement<'a>,
    found_by: CachedStatement<'a>,
    found_no_more: CachedStatement<'a>,
}

impl<'a> Rows<'a> {
    pub fn new(conn: &'a Connection) -> Result<Self> {
        Ok(Self {
            conn,
            insert: conn.prepare_cached(
                "INSERT INTO record (id, model, void, conflicts, created_at, modified_at, entries, state, listed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
            update: conn.prepare_cached(
                "UPDATE record SET model = ?1, void = ?2, conflicts = ?3, created_at = ?4, modified_at = ?5,
                     entries = ?6, state = ?7 WHERE n = ?8",
            )?,
            found_by: conn.prepare_cached(
                "INSERT OR IGNORE INTO place (anchor, kind, name, value, record, n) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?,
            found_no_more: conn.prepare_cached(
                "DELETE FROM place WHERE anchor = ?1 AND kind = ?2 AND name = ?3 AND value = ?4 AND record = ?5",
            )?,
        })
    }

    /// Writes a record that was not here, and what it is found by; returns the number of its row.
    pub fn insert(&mut self, state: &RecordState, row: &Row, places: &Places, listed: bool) -> Result<i64> {
        self.insert.execute(params![
            state.id.0.as_bytes(),
            state.model,
            state.is_void(),
            state.conflicts().len(),
            state.created.unwrap_or(state.modified).at.0,
            state.modified.at.0,
            entry_bytes(&row.entries),
            row.state_bytes(self.conn, state)?,
            listed,
        ])?;
        let n = self.conn.last_insert_rowid();
        self.place(n, state.id, places)?;
        Ok(n)
    }

    /// Writes a record's row again, and what it is found by otherwise than before.
    pub fn update(
        &mut self,
        n: i64,
        before: &RecordState,
        after: &RecordState,
        row: &Row,
        places: &Places,
    ) -> Result<()> {
        self.update.execute(params![
            after.model,
            after.is_void(),
            after.conflicts().len(),
            after.created.unwrap_or(after.modified).at.0,
            after.modified.at.0,
            entry_bytes(&row.entries),
            row.state_bytes(self.conn, after)?,
            n,
        ])?;
        let old = Places::of(before);
        let (old, new) = (old.rows(), places.rows());
        for place in old.iter().filter(|place| !new.contains(place)) {
            let (anchor, kind) = (anchor(place), place.kind as u8);
            self.found_no_more.execute(params![anchor, kind, place.name, place.value, after.id.0.as_bytes()])?;
        }
        new.iter().filter(|place| !old.contains(place)).try_for_each(|place| self.found(n, after.id, place))
    }

    /// Writes all that a record is found by.
    pub fn place(&mut self, n: i64, id: RecordId, places: &Places) -> Result<()> {
        self.found(n, id, &Place { anchor: Some(id), kind: PlaceKind::Itself, name: "", value: "" })?;
        places.rows().iter().try_for_each(|place| self.found(n, id, place))
    }

    fn found(&mut self, n: i64, id: RecordId, place: &Place<'_>) -> Result<()> {
        let (anchor, kind) = (anchor(place), place.kind as u8);
        self.found_by.execute(params![anchor, kind, place.name, place.value, id.0.as_bytes(), n])?;
        Ok(())
    }
}

fn anchor<'a>(place: &'a Place<'_>) -> &'a [u8] {
    place.anchor.as_ref().map_or(&[], |id| id.0.as_bytes())
}

/// Returns entries as a row holds them.
pub(super) fn entry_bytes(entries: &[i64]) -> Vec<u8> {
    entries.iter().flat_map(|id| id.to_be_bytes()).collect()
}

/// Writes what is odd in a record; `fresh` if nothing of it is stored yet.
pub(super) fn write_findings(conn: &Connection, id: RecordId, found: &BTreeSet<Finding>, fresh: bool) -> Result<()> {
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
