//! The rows of the projection: records, what they are found by, their words and their findings.

use std::collections::BTreeSet;

use rusqlite::{CachedStatement, Connection, params};
use tsela_core::{findings::Finding, fold::RecordState, ids::RecordId, problem::Severity};

use crate::{changes::Places, error::Result, search};

/// The statements that write records, looked up once for all records of a transaction.
pub(super) struct Rows<'a> {
    conn: &'a Connection,
    insert: CachedStatement<'a>,
    update: CachedStatement<'a>,
    refer: CachedStatement<'a>,
    refer_no_more: CachedStatement<'a>,
    match_by: CachedStatement<'a>,
    match_no_more: CachedStatement<'a>,
}

impl<'a> Rows<'a> {
    pub fn new(conn: &'a Connection) -> Result<Self> {
        Ok(Self {
            conn,
            insert: conn.prepare_cached(
                "INSERT INTO record (id, model, key, void, conflicts, created_at, modified_at, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?,
            update: conn.prepare_cached(
                "UPDATE record SET model = ?2, key = ?3, void = ?4, conflicts = ?5, created_at = ?6, modified_at = ?7,
                     state = ?8 WHERE id = ?1 RETURNING n",
            )?,
            refer: conn.prepare_cached(
                "INSERT OR IGNORE INTO reference (target, model, field, source) VALUES (?1, ?2, ?3, ?4)",
            )?,
            refer_no_more: conn.prepare_cached(
                "DELETE FROM reference WHERE target = ?1 AND model = ?2 AND field = ?3 AND source = ?4",
            )?,
            match_by: conn
                .prepare_cached("INSERT OR IGNORE INTO match_key (kind, value, record) VALUES (?1, ?2, ?3)")?,
            match_no_more: conn
                .prepare_cached("DELETE FROM match_key WHERE kind = ?1 AND value = ?2 AND record = ?3")?,
        })
    }

    /// Writes a record and what it is found by; returns the number of its row.
    pub fn write(&mut self, before: Option<&RecordState>, after: &RecordState, places: &Places) -> Result<i64> {
        let values = params![
            after.id.0.as_bytes(),
            after.model,
            places.key,
            after.is_void(),
            after.conflicts().len(),
            after.created.unwrap_or(after.modified).at.0,
            after.modified.at.0,
            after.to_bytes(),
        ];
        let n = if before.is_none() {
            self.insert.execute(values)?;
            self.conn.last_insert_rowid()
        } else {
            self.update.query_row(values, |row| row.get(0))?
        };
        let old = before.map(Places::of).unwrap_or_default();
        self.write_references(after.id, &old, places)?;
        self.write_matches(after.id, &old, places)?;
        Ok(n)
    }

    fn write_references(&mut self, id: RecordId, old: &Places, new: &Places) -> Result<()> {
        for (field, target) in old.references.iter().filter(|row| !new.references.contains(row)) {
            self.refer_no_more.execute(params![target.0.as_bytes(), old.model, field, id.0.as_bytes()])?;
        }
        for (field, target) in new.references.iter().filter(|row| !old.references.contains(row)) {
            self.refer.execute(params![target.0.as_bytes(), new.model, field, id.0.as_bytes()])?;
        }
        Ok(())
    }

    fn write_matches(&mut self, id: RecordId, old: &Places, new: &Places) -> Result<()> {
        for (kind, value) in old.matches.iter().filter(|row| !new.matches.contains(row)) {
            self.match_no_more.execute(params![kind, value, id.0.as_bytes()])?;
        }
        for (kind, value) in new.matches.iter().filter(|row| !old.matches.contains(row)) {
            self.match_by.execute(params![kind, value, id.0.as_bytes()])?;
        }
        Ok(())
    }
}

/// Writes the words by which a record is found.
pub(super) fn write_search(conn: &Connection, n: i64, before: Option<&RecordState>, after: &RecordState) -> Result<()> {
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
