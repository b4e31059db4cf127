//! Reading records: where each stands on its road, lists, and what belongs to one.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Rows, params};
use serde::{Deserialize, Serialize};
use tsela_core::{
    findings::Finding,
    fold::RecordState,
    ids::RecordId,
    model::{self, Attachment, FieldKind, RecordModel as _},
    time::Timestamp,
};
use uuid::Uuid;

use crate::{
    acks, attachments,
    changes::PlaceKind,
    error::Result,
    handed::{self, Handed},
    search,
    streams::{self, entry_id},
    world::{entries_of, entry_ids, found_by, load, load_row, state_in},
};

/// Where a record stands on its road, computed from receipts. Drafts are not records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// No receipt covers all changes made here.
    Ready,
    /// A driver has it; no receipt covers it yet.
    WithDriver,
    /// A receipt covers every change made here.
    Received,
    /// It waits for a person: a conflict, an error finding, or an entry that the server holds back.
    Attention,
}

/// A record with where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// All surviving values.
    pub state: RecordState,
    /// Where it stands.
    pub status: Status,
    /// Its natural key as shown: references replaced by the keys of the records they name.
    pub key: String,
    /// Open findings.
    pub findings: Vec<Finding>,
}

/// Which records to list.
#[derive(Clone, Debug, Default)]
pub struct Filter<'a> {
    /// Only this model.
    pub model: Option<&'a str>,
    /// Only those that refer to this record.
    pub parent: Option<RecordId>,
    /// Only those with these words; empty for all.
    pub text: &'a str,
    /// Also void ones.
    pub with_void: bool,
    /// Rows to leave out.
    pub offset: usize,
    /// Rows to return.
    pub limit: usize,
}

/// Returns a record's state.
///
/// # Errors
/// Returns what the disk said.
pub fn state(conn: &Connection, id: RecordId) -> Result<Option<RecordState>> {
    load(conn, id)
}

/// Returns a record with where it stands.
///
/// # Errors
/// Returns what the disk said.
pub fn get(conn: &Connection, id: RecordId) -> Result<Option<Record>> {
    load(conn, id)?.map(|state| complete(conn, state)).transpose()
}

/// Adds to a state where it stands, its shown key and its findings.
///
/// # Errors
/// Returns what the disk said.
pub fn complete(conn: &Connection, state: RecordState) -> Result<Record> {
    let findings = findings_of(conn, state.id)?;
    let status = status(conn, &state, &findings)?;
    let key = shown_key(conn, &state, 4)?;
    Ok(Record { state, status, key, findings })
}

/// Finds a record by its id or its natural key, as typed.
///
/// # Errors
/// Returns what the disk said.
pub fn find(conn: &Connection, id_or_key: &str) -> Result<Option<RecordId>> {
    if let Ok(id) = id_or_key.trim().parse::<RecordId>() {
        return Ok(load(conn, id)?.map(|state| state.id));
    }
    let mut found = Vec::new();
    for model in model::all() {
        for id in found_by(conn, PlaceKind::Key, model.name, id_or_key.trim())? {
            found.extend(load_row(conn, id)?.map(|row| (row.state.is_void(), row.n, id)));
        }
    }
    Ok(found.into_iter().min().map(|(.., id)| id))
}

/// Lists records newest first, with how many there are in all.
///
/// # Errors
/// Returns what the disk said.
pub fn list(conn: &Connection, filter: &Filter<'_>) -> Result<(usize, Vec<Record>)> {
    if !filter.text.trim().is_empty() {
        return list_by_words(conn, filter);
    }
    let id = filter.parent.map(|id| *id.0.as_bytes());
    let sql = match id {
        None => LIST,
        Some(_) => LIST_CHILDREN,
    };
    let mut statement = conn.prepare_cached(sql)?;
    let records = if id.is_some() {
        let values = params![filter.model, filter.with_void, filter.limit, filter.offset, id];
        complete_all(conn, statement.query(values)?)?
    } else {
        let values = params![filter.model, filter.with_void, filter.limit, filter.offset];
        complete_all(conn, statement.query(values)?)?
    };
    Ok((count(conn, filter)?, records))
}

const LIST: &str = "SELECT entries, state FROM record WHERE (?1 IS NULL OR model = ?1) AND (?2 OR void = 0)
                    ORDER BY n DESC LIMIT ?3 OFFSET ?4";
const LIST_CHILDREN: &str =
    "SELECT entries, state FROM record WHERE n IN (SELECT n FROM place WHERE anchor = ?5 AND kind = 1)
                             AND (?1 IS NULL OR model = ?1) AND (?2 OR void = 0) ORDER BY n LIMIT ?3 OFFSET ?4";

/// Completes the records of rows of entries and states.
fn complete_all(conn: &Connection, mut rows: Rows<'_>) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let entries = entry_ids(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
        let state = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        records.push(complete(conn, state_in(conn, &entries, state)?)?);
    }
    Ok(records)
}

pub(crate) const COUNT: &str =
    "SELECT count(*) FROM record WHERE listed = 1 AND (?1 IS NULL OR model = ?1) AND (?2 OR void = 0)";

fn count(conn: &Connection, filter: &Filter<'_>) -> Result<usize> {
    let Some(parent) = filter.parent else {
        let listed: usize =
            conn.prepare_cached(COUNT)?.query_row(params![filter.model, filter.with_void], |row| row.get(0))?;
        let fits =
            |row: &Unlisted| filter.model.is_none_or(|model| row.model == model) && (filter.with_void || !row.is_void);
        return Ok(listed + unlisted(conn)?.iter().filter(|row| fits(row)).count());
    };
    let sql = "SELECT count(*) FROM record WHERE n IN (SELECT n FROM place WHERE anchor = ?3 AND kind = 1)
               AND (?1 IS NULL OR model = ?1) AND (?2 OR void = 0)";
    let values = params![filter.model, filter.with_void, parent.0.as_bytes()];
    Ok(conn.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

fn list_by_words(conn: &Connection, filter: &Filter<'_>) -> Result<(usize, Vec<Record>)> {
    let models: Vec<&str> = filter.model.into_iter().collect();
    let mut found = Vec::new();
    for id in search::search(conn, filter.text, &models, MOST_FOUND)? {
        let Some(state) = load(conn, id)? else { continue };
        let belongs = filter.parent.is_none_or(|parent| refers_to(&state, parent));
        if belongs && (filter.with_void || !state.is_void()) {
            found.push(state);
        }
    }
    let total = found.len();
    let page = found.into_iter().skip(filter.offset).take(filter.limit);
    Ok((total, page.map(|state| complete(conn, state)).collect::<Result<_>>()?))
}

/// Most records that a search counts; with more, its words are too common to be of use.
const MOST_FOUND: usize = 500;

fn refers_to(state: &RecordState, target: RecordId) -> bool {
    model::find(&state.model).is_some_and(|model| model.references(state).iter().any(|(_, id)| *id == target))
}

/// The findings of a record.
pub(crate) const FINDINGS_OF: &str = "SELECT body FROM finding WHERE record = ?1";

/// Whether a server said something of an entry.
pub(crate) const HAS_OUTCOME: &str = "SELECT 1 FROM outcome WHERE entry = ?1";

/// Returns a record's open findings.
///
/// # Errors
/// Returns what the disk said.
pub fn findings_of(conn: &Connection, id: RecordId) -> Result<Vec<Finding>> {
    let mut statement = conn.prepare_cached(FINDINGS_OF)?;
    let rows = statement.query_map([id.0.as_bytes()], |row| row.get::<_, String>(0))?;
    rows.map(|body| parse_finding(&body?)).collect()
}

/// Lists open findings, errors first, with how many there are in all.
///
/// # Errors
/// Returns what the disk said.
pub fn all_findings(conn: &Connection, offset: usize, limit: usize) -> Result<(usize, Vec<Finding>)> {
    let total = conn.query_row("SELECT count(*) FROM finding", [], |row| row.get(0))?;
    let sql = "SELECT body FROM finding ORDER BY severity, record, code LIMIT ?1 OFFSET ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![limit, offset], |row| row.get::<_, String>(0))?;
    Ok((total, rows.map(|body| parse_finding(&body?)).collect::<Result<_>>()?))
}

/// Returns the records in conflict, oldest first.
///
/// # Errors
/// Returns what the disk said.
pub fn in_conflict(conn: &Connection) -> Result<Vec<Record>> {
    let mut statement = conn.prepare_cached("SELECT entries, state FROM record WHERE conflicts > 0 ORDER BY n")?;
    complete_all(conn, statement.query([])?)
}

fn parse_finding(body: &str) -> Result<Finding> {
    serde_json::from_str(body).map_err(|error| crate::StoreError::damaged("a finding", error.to_string()))
}

/// Says where a record stands.
fn status(conn: &Connection, state: &RecordState, findings: &[Finding]) -> Result<Status> {
    let is_error = |finding: &Finding| finding.severity == tsela_core::problem::Severity::Error;
    if findings.iter().any(is_error) || !state.conflicts().is_empty() || has_outcome(conn, state.id)? {
        return Ok(Status::Attention);
    }
    let mut status = Status::Received;
    for (stream, acked) in acks::own_streams(conn)? {
        let Some(seq) = state.seen.get(&stream.code).copied().filter(|seq| *seq > acked) else { continue };
        if handed::holder(conn, &stream, acked, seq)?.is_none() {
            return Ok(Status::Ready);
        }
        status = Status::WithDriver;
    }
    if state.model == Attachment::NAME { attachments::status(conn, state, status) } else { Ok(status) }
}

/// Returns which driver has a record's newest change that no receipt covers.
///
/// # Errors
/// Returns what the disk said.
pub fn holder(conn: &Connection, state: &RecordState) -> Result<Option<Handed>> {
    for (stream, acked) in acks::own_streams(conn)? {
        let Some(seq) = state.seen.get(&stream.code).copied().filter(|seq| *seq > acked) else { continue };
        if let Some(holder) = handed::holder(conn, &stream, acked, seq)? {
            return Ok(Some(holder));
        }
    }
    Ok(None)
}

fn has_outcome(conn: &Connection, id: RecordId) -> Result<bool> {
    let any: bool = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM outcome)")?.query_row([], |row| row.get(0))?;
    if !any {
        return Ok(false);
    }
    let mut statement = conn.prepare_cached(HAS_OUTCOME)?;
    for entry in entries_of(conn, id)? {
        if statement.exists([entry])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the natural key as people read it.
///
/// # Errors
/// Returns what the disk said.
pub fn shown_key(conn: &Connection, state: &RecordState, depth: u8) -> Result<String> {
    let Some(model) = model::find(&state.model) else { return Ok(state.id.to_string()) };
    let Some(mut key) = model.natural_key(state) else { return Ok(state.id.to_string()) };
    for field in model.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(_))) {
        let Some(id) = state.text(field.name).filter(|id| key.contains(*id)).map(str::to_owned) else { continue };
        let target = id.parse().ok().map(|id| load(conn, id)).transpose()?.flatten();
        if let Some(target) = target.filter(|_| depth > 0) {
            key = key.replace(&id, &shown_key(conn, &target, depth - 1)?);
        }
    }
    Ok(key.replace('|', " "))
}

/// Counts of records for the badge and the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that this device has changed.
    pub written: usize,
    /// Records that wait for a person.
    pub attention: usize,
}

/// Counts records.
///
/// # Errors
/// Returns what the disk said.
pub fn counts(conn: &Connection) -> Result<Counts> {
    let mut written = 0;
    for stream in streams::own(conn)? {
        let sql = "SELECT count(DISTINCT record) FROM entry WHERE id BETWEEN ?1 AND ?2 AND record IS NOT NULL";
        let range = params![entry_id(stream.id, 1), entry_id(stream.id, stream.head.seq)];
        written += conn.prepare_cached(sql)?.query_row(range, |row| row.get::<_, usize>(0))?;
    }
    Ok(Counts { written, attention: attention(conn)?.len() })
}

/// Counts the records made since a moment, by model.
///
/// # Errors
/// Returns what the disk said.
pub fn made_since(conn: &Connection, since: Timestamp) -> Result<BTreeMap<String, usize>> {
    let mut statement = conn.prepare_cached(MADE_SINCE)?;
    let rows = statement.query_map([since.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut made: BTreeMap<String, usize> = rows.collect::<rusqlite::Result<_>>()?;
    for row in unlisted(conn)?.into_iter().filter(|row| row.created_at >= since && !row.is_void) {
        *made.entry(row.model).or_default() += 1;
    }
    Ok(made)
}

pub(crate) const MADE_SINCE: &str =
    "SELECT model, count(*) FROM record WHERE listed = 1 AND created_at >= ?1 AND void = 0 GROUP BY model";

/// A record's row that is not in the index by time.
#[derive(Debug)]
pub(crate) struct Unlisted {
    n: i64,
    model: String,
    is_void: bool,
    created_at: Timestamp,
}

/// Returns the rows that are not in the index by time: those that saves have begun since it was last brought up to date,
/// which are the last by number.
fn unlisted(conn: &Connection) -> Result<Vec<Unlisted>> {
    let sql = "SELECT n, model, void, created_at, listed FROM record ORDER BY n DESC";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut unlisted = Vec::new();
    while let Some(row) = rows.next()?.filter(|row| row.get(4) == Ok(false)) {
        let created_at = Timestamp(row.get(3)?);
        unlisted.push(Unlisted { n: row.get(0)?, model: row.get(1)?, is_void: row.get(2)?, created_at });
    }
    Ok(unlisted)
}

/// Puts into the index by time what saves have left out.
pub(crate) fn list_all(conn: &Connection) -> Result<()> {
    if let Some(first) = unlisted(conn)?.last() {
        conn.prepare_cached("UPDATE record SET listed = 1 WHERE n >= ?1")?.execute([first.n])?;
    }
    Ok(())
}

/// Returns the records that wait for a person.
///
/// # Errors
/// Returns what the disk said.
pub fn attention(conn: &Connection) -> Result<BTreeSet<RecordId>> {
    let sql = "SELECT id FROM record WHERE conflicts > 0
               UNION SELECT record FROM finding WHERE severity = 'error'
               UNION SELECT entry.record FROM outcome JOIN entry ON entry.id = outcome.entry
                     WHERE entry.record IS NOT NULL";
    ids(conn, sql, [])
}

/// Returns the records with changes that no receipt covers, each with its model, oldest first.
///
/// # Errors
/// Returns what the disk said.
pub fn unsent(conn: &Connection) -> Result<Vec<RecordId>> {
    let mut first_entry = BTreeMap::new();
    for (stream, acked) in acks::own_streams(conn)? {
        let sql = "SELECT record, min(id) FROM entry WHERE id BETWEEN ?1 AND ?2 AND record IS NOT NULL GROUP BY record";
        let mut statement = conn.prepare_cached(sql)?;
        let range = params![entry_id(stream.id, acked + 1), entry_id(stream.id, stream.head.seq)];
        let mut rows = statement.query(range)?;
        while let Some(row) = rows.next()? {
            let entry: i64 = row.get(1)?;
            let known = first_entry.entry(RecordId(Uuid::from_bytes(row.get(0)?))).or_insert(entry);
            *known = entry.min(*known);
        }
    }
    let mut ids: Vec<(i64, RecordId)> = first_entry.into_iter().map(|(id, entry)| (entry, id)).collect();
    ids.sort_unstable();
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

fn ids(conn: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<BTreeSet<RecordId>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| Ok(RecordId(Uuid::from_bytes(row.get(0)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
