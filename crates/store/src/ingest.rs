//! Storing what arrives: first in order, then folded.
//!
//! Storing is never blocked by meaning. Entries that continue a stream are stored; what cannot be folded is held with
//! its whole save and folds by itself later; what contradicts a stored entry is a fork: kept in quarantine and shown,
//! never inserted over or ignored. The caller has checked signatures, and commits all of it in one transaction.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{
    chain::{EntryHash, Head},
    entry::{Entry, EntryError},
    ids::{RecordId, SaveId, StreamCode},
    model,
    seal::keys::Signature,
    time::Timestamp,
};

use crate::{
    error::{Result, StoreError},
    journal::append,
    packages::Packages,
    projection::Projector,
    streams::{self, Stream, entry_id, seq_of},
};

/// Entries of one stream as they arrived.
#[derive(Clone, Copy, Debug)]
pub struct IncomingRun<'a> {
    /// The stream, which must be known to the store.
    pub stream: StreamCode,
    /// Number of the first entry.
    pub first_seq: u64,
    /// The entries' bytes, verbatim.
    pub entries: &'a [Vec<u8>],
    /// The head that the author signed, at the last entry.
    pub head: Head,
    /// The author's signature over it.
    pub signature: Signature,
}

/// One entry that is stored and waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Number of the entry.
    pub seq: u64,
    /// The record, if it could be read.
    pub record: Option<RecordId>,
    /// `unreadable`, `unknown_model`, `newer_version`, `unknown_field`, `behind_held`.
    pub code: String,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingested {
    /// The stream's head now.
    pub stored: Head,
    /// The last entry up to which all are folded.
    pub applied: u64,
    /// How many entries were new.
    pub new_entries: u64,
    /// Entries missing before the run, so that nothing of it was stored.
    pub gap: Option<(u64, u64)>,
    /// The first entry of which two versions exist.
    pub fork: Option<u64>,
    /// Entries of this run that wait.
    pub held: Vec<Held>,
    /// Records that changed.
    pub touched: BTreeSet<RecordId>,
}

/// Stores a run and folds it.
///
/// # Errors
/// [`StoreError::Invalid`] if the stream is unknown, or the entries do not lead to the head that was signed; nothing is
/// stored then. Otherwise what the disk said.
pub fn ingest(conn: &Connection, run: &IncomingRun<'_>, at: Timestamp, packages: &Packages) -> Result<Ingested> {
    let missing = || StoreError::Invalid(format!("stream {} is not known here", run.stream));
    let mut stream = streams::find(conn, run.stream)?.ok_or_else(missing)?;
    let mut result = Ingested {
        stored: stream.head,
        applied: 0,
        new_entries: 0,
        gap: None,
        fork: None,
        held: Vec::new(),
        touched: BTreeSet::new(),
    };
    if run.first_seq > stream.head.seq + 1 {
        result.gap = Some((stream.head.seq + 1, run.first_seq - 1));
    } else if let Some(fork) = first_contradiction(conn, &stream, run)? {
        quarantine_fork(conn, &mut stream, run, fork, at)?;
        result.fork = Some(fork);
    } else if let Some(fork) = stream.forked_at.filter(|_| run.head.seq > stream.head.seq) {
        quarantine_fork(conn, &mut stream, run, fork, at)?;
        result.fork = Some(fork);
    } else {
        let fresh = store_entries(conn, &mut stream, run)?;
        result.new_entries = fresh.len() as u64;
        fold_stored(conn, &mut stream, fresh, at, packages, &mut result)?;
    }
    result.stored = stream.head;
    result.applied = streams::applied_through(conn, &stream)?;
    Ok(result)
}

/// Returns the first entry of a run that differs from the stored one of that number.
fn first_contradiction(conn: &Connection, stream: &Stream, run: &IncomingRun<'_>) -> Result<Option<u64>> {
    let mut statement = conn.prepare_cached("SELECT bytes = ?2 FROM entry WHERE id = ?1")?;
    for (seq, bytes) in numbered(run).take_while(|(seq, _)| *seq <= stream.head.seq) {
        let same: Option<bool> =
            statement.query_row(params![entry_id(stream.id, seq), bytes], |row| row.get(0)).optional()?;
        if same != Some(true) {
            return Ok(Some(seq));
        }
    }
    Ok(None)
}

fn numbered<'a>(run: &IncomingRun<'a>) -> impl Iterator<Item = (u64, &'a Vec<u8>)> + use<'a> {
    (run.first_seq..).zip(run.entries)
}

/// Keeps the entries from a contradiction on, and closes the stream to more.
fn quarantine_fork(
    conn: &Connection,
    stream: &mut Stream,
    run: &IncomingRun<'_>,
    fork: u64,
    at: Timestamp,
) -> Result<()> {
    for (seq, bytes) in numbered(run).filter(|(seq, _)| *seq >= fork) {
        quarantine(conn, stream, seq, bytes, "fork", at)?;
    }
    stream.forked_at = Some(stream.forked_at.map_or(fork, |known| known.min(fork)));
    streams::advance(conn, stream)
}

/// Keeps entries that may not be stored: of a fork, or sent after a revocation.
///
/// # Errors
/// Returns what the disk said.
pub fn quarantine(
    conn: &Connection,
    stream: &Stream,
    seq: u64,
    bytes: &[u8],
    reason: &str,
    at: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO quarantine (stream, seq, hash, bytes, reason, noticed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (stream, seq, hash) DO NOTHING";
    let hash = EntryHash::of(bytes).0;
    conn.prepare_cached(sql)?.execute(params![stream.id, seq, hash, bytes, reason, at.0])?;
    Ok(())
}

type Parsed = (u64, Result<Entry, EntryError>);

/// Stores the entries behind the head and proves that they lead to the head that was signed.
fn store_entries(conn: &Connection, stream: &mut Stream, run: &IncomingRun<'_>) -> Result<Vec<Parsed>> {
    let mut fresh = Vec::new();
    let stored = stream.head.seq;
    for (seq, bytes) in numbered(run).filter(|(seq, _)| *seq > stored) {
        let parsed = Entry::parse(bytes);
        let readable = parsed.as_ref().ok();
        let record = readable.filter(|entry| entry.touches_record()).map(|entry| entry.record);
        append(conn, stream, record, readable.is_none_or(|entry| entry.last), bytes)?;
        fresh.push((seq, parsed));
    }
    if !fresh.is_empty() {
        if stream.head != run.head {
            return Err(StoreError::Invalid(format!(
                "the entries of stream {} do not lead to the head that its author signed",
                run.stream
            )));
        }
        let sql = "INSERT OR REPLACE INTO signed_head (stream, seq, signature) VALUES (?1, ?2, ?3)";
        conn.prepare_cached(sql)?.execute(params![stream.id, run.head.seq, run.signature.0])?;
    }
    Ok(fresh)
}

/// Folds what is stored and was not looked at, save by save; a save that is not whole yet waits.
fn fold_stored(
    conn: &Connection,
    stream: &mut Stream,
    fresh: Vec<Parsed>,
    at: Timestamp,
    packages: &Packages,
    result: &mut Ingested,
) -> Result<()> {
    let mut waiting = match fresh.first() {
        Some((first, _)) if *first == stream.folded + 1 => Vec::new(),
        first => {
            stored_between(conn, stream, stream.folded + 1, first.map_or(stream.head.seq, |(first, _)| first - 1))?
        }
    };
    waiting.extend(fresh);
    let mut projector = Projector::new(conn, packages);
    let mut save: Vec<Parsed> = Vec::new();
    for line in waiting {
        let ends = line.1.as_ref().map_or(true, |entry| entry.last);
        save.push(line);
        if ends {
            result.held.extend(fold_save(conn, stream, &mut projector, std::mem::take(&mut save), at)?);
        }
    }
    streams::advance(conn, stream)?;
    result.touched = projector.finish()?;
    Ok(())
}

fn stored_between(conn: &Connection, stream: &Stream, from: u64, to: u64) -> Result<Vec<Parsed>> {
    let mut statement = conn.prepare_cached("SELECT id, bytes FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let rows = statement.query_map(params![entry_id(stream.id, from), entry_id(stream.id, to)], |row| {
        Ok((seq_of(row.get(0)?), Entry::parse(&row.get::<_, Vec<u8>>(1)?)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Folds one save, or holds all of it.
fn fold_save(
    conn: &Connection,
    stream: &mut Stream,
    projector: &mut Projector<'_>,
    save: Vec<Parsed>,
    at: Timestamp,
) -> Result<Vec<Held>> {
    let reason = reason_to_hold(conn, stream, &save)?;
    stream.folded = save.last().map_or(stream.folded, |(seq, _)| *seq);
    let Some((code, detail)) = reason else {
        for (_, entry) in &save {
            if let Ok(entry) = entry
                && entry.touches_record()
            {
                projector.apply(stream.code, entry)?;
            }
        }
        return Ok(Vec::new());
    };
    let sql = "INSERT OR IGNORE INTO held (entry, stream, record, code, detail, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut held = Vec::new();
    for (seq, entry) in &save {
        let record = entry.as_ref().ok().filter(|entry| entry.touches_record()).map(|entry| entry.record);
        let bytes = record.map(|id| *id.0.as_bytes());
        conn.prepare_cached(sql)?.execute(params![entry_id(stream.id, *seq), stream.id, bytes, code, detail, at.0])?;
        held.push(Held { seq: *seq, record, code: code.to_owned() });
    }
    Ok(held)
}

/// Says why a save cannot be folded: code and detail.
fn reason_to_hold(conn: &Connection, stream: &Stream, save: &[Parsed]) -> Result<Option<(&'static str, String)>> {
    let mut id: Option<SaveId> = None;
    for (seq, entry) in save {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Ok(Some(("unreadable", plain(error)))),
        };
        if entry.seq != *seq {
            return Ok(Some(("unreadable", format!("it says that it is number {}", entry.seq))));
        }
        if id.is_some_and(|id| id != entry.save) {
            return Ok(Some(("unreadable", "the save before it has no last entry".to_owned())));
        }
        id = Some(entry.save);
        if let Some(reason) = unknown(entry) {
            return Ok(Some(reason));
        }
        if entry.touches_record() && waits(conn, stream, entry.record)? {
            return Ok(Some(("behind_held", "an earlier entry of the same record waits".to_owned())));
        }
    }
    Ok(None)
}

/// Leaves a value out of the reason: serde names positions and kinds, and the keys of an entry.
fn plain(error: &EntryError) -> String {
    match error {
        EntryError::Unreadable(error) => format!("line {}, column {}", error.line(), error.column()),
        EntryError::NotAScalar(_) => "a value is neither text, whole number, yes/no nor empty".to_owned(),
        other => other.to_string(),
    }
}

/// Says what of an entry this version does not know.
fn unknown(entry: &Entry) -> Option<(&'static str, String)> {
    if !entry.touches_record() {
        return None;
    }
    let Some(model) = model::find(&entry.model) else {
        return Some(("unknown_model", "records of this kind need a newer version of Tsela here".to_owned()));
    };
    if entry.version > model.version {
        return Some((
            "newer_version",
            format!("version {} of {}, known up to {}", entry.version, model.name, model.version),
        ));
    }
    let strange = entry.set.keys().any(|name| !name.starts_with('_') && model.field(name).is_none());
    strange.then(|| ("unknown_field", format!("a field that {} does not have here", model.name)))
}

fn waits(conn: &Connection, stream: &Stream, record: RecordId) -> Result<bool> {
    let mut statement = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM held WHERE stream = ?1 AND record = ?2)")?;
    Ok(statement.query_row(params![stream.id, record.0.as_bytes()], |row| row.get(0))?)
}

/// Lists the entries of a stream that wait, oldest first.
///
/// # Errors
/// Returns what the disk said.
pub fn held_in(conn: &Connection, stream: &Stream, limit: usize) -> Result<Vec<Held>> {
    let sql = "SELECT entry, record, code FROM held WHERE stream = ?1 ORDER BY entry LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![stream.id, limit], |row| {
        let record = crate::blob::optional_uuid(row, 1)?.map(RecordId);
        Ok(Held { seq: seq_of(row.get(0)?), record, code: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Looks again at everything held, after an upgrade or a new package. Returns the records that changed.
///
/// # Errors
/// Returns what the disk said.
pub fn fold_held(conn: &Connection, at: Timestamp, packages: &Packages) -> Result<BTreeSet<RecordId>> {
    let mut touched = BTreeSet::new();
    for stream in streams::list(conn)? {
        let mut statement = conn.prepare(
            "SELECT held.entry, entry.bytes, held.since FROM held JOIN entry ON entry.id = held.entry
             WHERE held.stream = ?1 ORDER BY held.entry",
        )?;
        let rows = statement.query_map([stream.id], |row| {
            Ok((seq_of(row.get(0)?), Entry::parse(&row.get::<_, Vec<u8>>(1)?), Timestamp(row.get(2)?)))
        })?;
        let rows: Vec<(u64, Result<Entry, EntryError>, Timestamp)> = rows.collect::<rusqlite::Result<_>>()?;
        if rows.is_empty() {
            continue;
        }
        conn.execute("DELETE FROM held WHERE stream = ?1", [stream.id])?;
        let mut projector = Projector::new(conn, packages);
        let mut looked_at = stream.clone();
        let (mut save, mut since) = (Vec::new(), at);
        for (seq, entry, held_since) in rows {
            since = since.min(held_since);
            let ends = entry.as_ref().map_or(true, |entry| entry.last);
            save.push((seq, entry));
            if ends {
                fold_save(conn, &mut looked_at, &mut projector, std::mem::take(&mut save), since)?;
                since = at;
            }
        }
        touched.extend(projector.finish()?);
    }
    Ok(touched)
}
