//! Verifying a store: every chain from its first hash, every record against the fold of its entries.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde::Serialize;
use tsela_core::{
    chain::{ChainHash, EntryHash},
    entry::Entry,
    fold::RecordState,
    ids::{RecordId, StreamCode, StudyId},
};

use crate::{
    attachments, contents,
    error::{Code, Result},
    meta,
    streams::{self, Stream, entry_id, seq_of},
    world::{begun_by, entry_ids, parse_state},
};

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing is wrong.
    pub clean: bool,
    /// Streams verified.
    pub streams: usize,
    /// Entries verified.
    pub entries: u64,
    /// Records compared with the fold of their entries.
    pub records: u64,
    /// Contents of attachments compared with their hashes.
    pub contents: u64,
    /// Entries held back, which is not a fault.
    pub held: u64,
    /// Streams quarantined for a fork, which people must look at.
    pub forked: Vec<StreamCode>,
    /// What is wrong; the first bad entry of each stream first.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The stream, for a fault of an entry.
    pub stream: Option<StreamCode>,
    /// The entry's number.
    pub seq: Option<u64>,
    /// The record, for a fault of the projection.
    pub record: Option<RecordId>,
    /// In words.
    pub what: String,
}

/// Verifies chain, projection and counts.
///
/// # Errors
/// Returns what the disk said; what is wrong with the content is in the report.
pub fn verify(conn: &Connection) -> Result<Report> {
    let mut report = Report::default();
    let study: Option<StudyId> = meta::get_as(conn, meta::STUDY)?;
    let mut records = BTreeMap::new();
    for stream in streams::list(conn)? {
        report.streams += 1;
        report.forked.extend(stream.forked_at.map(|_| stream.code));
        verify_stream(conn, study, &stream, &mut records, &mut report)?;
    }
    report.held = conn.query_row("SELECT count(*) FROM held", [], |row| row.get(0))?;
    join_snapshots(conn, &mut records)?;
    verify_records(conn, records, &mut report)?;
    verify_contents(conn, &mut report)?;
    report.clean = report.faults.is_empty();
    Ok(report)
}

/// Every content against its hash. One that does not fit was read by nobody since, as each reading compares them.
fn verify_contents(conn: &Connection, report: &mut Report) -> Result<()> {
    for stored in contents::all(conn)? {
        match contents::read(conn, stored.content) {
            Ok(_) => report.contents += 1,
            Err(error) if error.code() == Code::Damaged => {
                let record = attachments::of_content(conn, stored.content)?.first().copied();
                let what = "the file of an attachment is not the one that was attached".to_owned();
                report.faults.push(Fault { stream: None, seq: None, record, what });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

type Folded = BTreeMap<RecordId, RecordState>;

fn verify_stream(
    conn: &Connection,
    study: Option<StudyId>,
    stream: &Stream,
    records: &mut Folded,
    report: &mut Report,
) -> Result<()> {
    let fault =
        |seq: u64, what: &str| Fault { stream: Some(stream.code), seq: Some(seq), record: None, what: what.to_owned() };
    let sql = "SELECT entry.id, chain, bytes, held.entry IS NOT NULL FROM entry
               LEFT JOIN held ON held.entry = entry.id WHERE entry.id BETWEEN ?1 AND ?2 ORDER BY entry.id";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(params![entry_id(stream.id, 0), entry_id(stream.id + 1, 0) - 1])?;
    let mut hash = study.map(|study| ChainHash::genesis(study, stream.device, stream.code));
    let mut expected = 1;
    while let Some(row) = rows.next()? {
        let (seq, chain, held) = (seq_of(row.get(0)?), ChainHash(row.get(1)?), row.get::<_, bool>(3)?);
        let bytes: Vec<u8> = row.get(2)?;
        hash = hash.map(|hash| hash.next(EntryHash::of(&bytes)));
        if seq != expected {
            report.faults.push(fault(expected, "an entry is missing"));
            return Ok(());
        }
        if hash.is_some_and(|hash| hash != chain) {
            report
                .faults
                .push(fault(seq, "the entry is not the one that was written: its hash does not continue the chain"));
            return Ok(());
        }
        expected += 1;
        report.entries += 1;
        if !held && seq <= stream.folded {
            match Entry::parse(&bytes) {
                Ok(entry) => fold(records, stream.code, entry),
                Err(_) => report.faults.push(fault(seq, "the entry cannot be read, and is not held")),
            }
        }
    }
    if expected != stream.head.seq + 1 || hash.is_some_and(|hash| hash != stream.head.hash) {
        report.faults.push(fault(expected, "the stream does not end where its head says"));
    }
    Ok(())
}

fn fold(records: &mut Folded, stream: StreamCode, entry: Entry) {
    if !entry.touches_record() {
        return;
    }
    match records.get_mut(&entry.record) {
        Some(state) => state.apply(stream, &entry),
        None => {
            records.insert(entry.record, RecordState::begin(stream, entry));
        }
    }
}

fn join_snapshots(conn: &Connection, records: &mut Folded) -> Result<()> {
    let mut statement = conn.prepare("SELECT state FROM snapshot ORDER BY record")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let state = parse_state(&row.get::<_, Vec<u8>>(0)?)?;
        match records.get_mut(&state.id) {
            Some(known) => known.merge(&state),
            None => {
                records.insert(state.id, state);
            }
        }
    }
    Ok(())
}

/// Says whether a record's row holds what its entries come to.
fn is_stored(conn: &Connection, folded: &RecordState, entries: &[i64], state: &[u8]) -> Result<bool> {
    match (state, entries) {
        ([], [entry]) => match begun_by(conn, *entry) {
            Err(error) if error.code() == Code::Damaged => Ok(false),
            begun => Ok(begun?.as_ref() == Some(folded)),
        },
        _ => Ok(folded.to_bytes() == state),
    }
}

fn verify_records(conn: &Connection, mut folded: Folded, report: &mut Report) -> Result<()> {
    let fault = |record, what: &str| Fault { stream: None, seq: None, record: Some(record), what: what.to_owned() };
    let mut statement = conn.prepare("SELECT id, entries, state FROM record ORDER BY n")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = RecordId(crate::blob::uuid(row, 0)?);
        let entries = entry_ids(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?);
        let state = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        report.records += 1;
        match folded.remove(&id) {
            Some(folded) if is_stored(conn, &folded, &entries, state)? => {}
            Some(_) => report.faults.push(fault(id, "the record is not what its entries come to")),
            None => report.faults.push(fault(id, "the record has no entry")),
        }
    }
    report.faults.extend(folded.into_keys().map(|id| fault(id, "the record is missing though its entries are here")));
    Ok(())
}
