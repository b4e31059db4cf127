//! Storing what arrives: first in order, then folded.
//!
//! Storing is never blocked by meaning. Entries that continue a stream are stored; what cannot be folded is held with
//! its whole save and folds by itself later; what contradicts a stored entry is a fork: kept in quarantine and shown,
//! never inserted over or ignored. The caller has checked signatures, and commits all of it in one transaction.

use std::{collections::BTreeSet, sync::mpsc, thread};

use rusqlite::{Connection, OptionalExtension, Params, params};
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
    journal::append_hashed,
    open::Store,
    packages::Packages,
    projection::Projector,
    streams::{self, Stream, entry_id, seq_of},
    told,
};

/// Entries from which on they are read by another thread than the one that stores; also how many it reads at once.
const MANY: usize = 200;
/// How often it reads so many before it waits.
const READ_AHEAD: usize = 8;

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
    /// Those of them that this run alone has told of: they were not here before, and nothing is held.
    pub begun: BTreeSet<RecordId>,
}

/// Stores a run and folds it.
///
/// # Errors
/// [`StoreError::Invalid`] if the stream is unknown, or the entries do not lead to the head that was signed; nothing is
/// stored then. Otherwise what the disk said.
pub fn ingest(conn: &Connection, run: &IncomingRun<'_>, at: Timestamp, packages: &Packages) -> Result<Ingested> {
    ingest_beside(conn, None, run, at, packages)
}

/// As [`ingest`], where the run is all that the transaction changes of records: then findings are judged from another
/// connection of the store meanwhile.
///
/// # Errors
/// As [`ingest`].
pub fn ingest_beside(
    conn: &Connection,
    store: Option<&Store>,
    run: &IncomingRun<'_>,
    at: Timestamp,
    packages: &Packages,
) -> Result<Ingested> {
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
        begun: BTreeSet::new(),
    };
    if run.first_seq > stream.head.seq + 1 && stream.forked_at.is_none() {
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
        let projector = Projector::new(conn, packages).beside(store);
        fold_stored(conn, &mut stream, fresh, at, projector, &mut result)?;
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
    let stored = stream.head.seq;
    let new: Vec<(u64, &Vec<u8>)> = numbered(run).filter(|(seq, _)| *seq > stored).collect();
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let fresh =
        if new.len() < MANY { store_all(conn, stream, read(&new))? } else { store_while_read(conn, stream, &new)? };
    if stream.head != run.head {
        return Err(StoreError::Invalid(format!(
            "the entries of stream {} do not lead to the head that its author signed",
            run.stream
        )));
    }
    let sql = "INSERT OR REPLACE INTO signed_head (stream, seq, signature) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![stream.id, run.head.seq, run.signature.0])?;
    Ok(fresh)
}

/// An entry's number and bytes, and what is made of them without a store.
type Read<'a> = (u64, &'a [u8], EntryHash, Result<Entry, EntryError>);

fn read<'a>(entries: &[(u64, &'a Vec<u8>)]) -> Vec<Read<'a>> {
    entries.iter().map(|(seq, bytes)| (*seq, bytes.as_slice(), EntryHash::of(bytes), Entry::parse(bytes))).collect()
}

/// Stores entries while another thread reads those behind them.
fn store_while_read(conn: &Connection, stream: &mut Stream, new: &[(u64, &Vec<u8>)]) -> Result<Vec<Parsed>> {
    let mut fresh = Vec::with_capacity(new.len());
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(READ_AHEAD);
        scope.spawn(move || {
            // An end that hears no more has failed, and says so itself.
            new.chunks(MANY).try_for_each(|chunk| sender.send(read(chunk)))
        });
        for chunk in receiver {
            fresh.extend(store_all(conn, stream, chunk)?);
        }
        Ok(fresh)
    })
}

fn store_all(conn: &Connection, stream: &mut Stream, entries: Vec<Read<'_>>) -> Result<Vec<Parsed>> {
    let mut fresh = Vec::with_capacity(entries.len());
    for (seq, bytes, hash, parsed) in entries {
        let readable = parsed.as_ref().ok();
        let record = readable.filter(|entry| entry.touches_record()).map(|entry| entry.record);
        append_hashed(conn, stream, record, readable.is_none_or(|entry| entry.last), bytes, hash)?;
        fresh.push((seq, parsed));
    }
    Ok(fresh)
}

/// Folds what is stored and was not looked at, save by save; a save that is not whole yet waits.
fn fold_stored(
    conn: &Connection,
    stream: &mut Stream,
    fresh: Vec<Parsed>,
    at: Timestamp,
    projector: Projector<'_>,
    result: &mut Ingested,
) -> Result<()> {
    let mut waiting = match fresh.first() {
        Some((first, _)) if *first == stream.folded + 1 => Vec::new(),
        first => {
            stored_between(conn, stream, stream.folded + 1, first.map_or(stream.head.seq, |(first, _)| first - 1))?
        }
    };
    waiting.extend(fresh);
    let holds = is_held(conn, HELD_OF, [stream.id])?;
    let mut folding = Folding { conn, stream, projector, holds };
    let mut save: Vec<Parsed> = Vec::new();
    for line in waiting {
        let ends = line.1.as_ref().map_or(true, |entry| entry.last);
        save.push(line);
        if ends {
            result.held.extend(folding.save(std::mem::take(&mut save), at)?);
        }
    }
    let touched = folding.projector.finish()?;
    // The projector has indexed their words.
    stream.searched = stream.head.seq;
    streams::advance(conn, stream)?;
    if !is_held(conn, HELD, [])? {
        result.begun.clone_from(&touched.begun);
    }
    result.touched = touched.all();
    Ok(())
}

fn stored_between(conn: &Connection, stream: &Stream, from: u64, to: u64) -> Result<Vec<Parsed>> {
    let mut statement = conn.prepare_cached("SELECT id, bytes FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let rows = statement.query_map(params![entry_id(stream.id, from), entry_id(stream.id, to)], |row| {
        Ok((seq_of(row.get(0)?), Entry::parse(&row.get::<_, Vec<u8>>(1)?)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The saves of one stream on their way into the projection.
struct Folding<'a> {
    conn: &'a Connection,
    stream: &'a mut Stream,
    projector: Projector<'a>,
    /// Whether anything of the stream waits, so that what is behind it must wait as well.
    holds: bool,
}

impl Folding<'_> {
    /// Folds one save, or holds all of it.
    fn save(&mut self, save: Vec<Parsed>, at: Timestamp) -> Result<Vec<Held>> {
        let reason = self.reason_to_hold(&save)?;
        self.stream.folded = save.last().map_or(self.stream.folded, |(seq, _)| *seq);
        match reason {
            Some((code, detail)) => self.hold(&save, code, &detail, at),
            None => {
                for entry in save.into_iter().filter_map(|(_, entry)| entry.ok()) {
                    if entry.touches_record() {
                        self.projector.apply(self.stream, entry)?;
                    } else {
                        told::note(self.conn, self.stream, &entry)?;
                    }
                }
                Ok(Vec::new())
            }
        }
    }

    fn hold(&mut self, save: &[Parsed], code: &str, detail: &str, at: Timestamp) -> Result<Vec<Held>> {
        self.holds = true;
        let sql =
            "INSERT OR IGNORE INTO held (entry, stream, record, code, detail, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut held = Vec::new();
        for (seq, entry) in save {
            let record = entry.as_ref().ok().filter(|entry| entry.touches_record()).map(|entry| entry.record);
            let bytes = record.map(|id| *id.0.as_bytes());
            statement.execute(params![entry_id(self.stream.id, *seq), self.stream.id, bytes, code, detail, at.0])?;
            held.push(Held { seq: *seq, record, code: code.to_owned() });
        }
        Ok(held)
    }

    /// Says why a save cannot be folded: code and detail.
    fn reason_to_hold(&self, save: &[Parsed]) -> Result<Option<(&'static str, String)>> {
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
            if entry.touches_record() && self.holds && self.waits(entry.record)? {
                return Ok(Some(("behind_held", "an earlier entry of the same record waits".to_owned())));
            }
        }
        Ok(None)
    }

    fn waits(&self, record: RecordId) -> Result<bool> {
        is_held(self.conn, HELD_RECORD, params![self.stream.id, record.0.as_bytes()])
    }
}

const HELD: &str = "SELECT EXISTS (SELECT 1 FROM held)";
const HELD_OF: &str = "SELECT EXISTS (SELECT 1 FROM held WHERE stream = ?1)";
const HELD_RECORD: &str = "SELECT EXISTS (SELECT 1 FROM held WHERE stream = ?1 AND record = ?2)";

fn is_held(conn: &Connection, sql: &str, values: impl Params) -> Result<bool> {
    Ok(conn.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
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
        let mut looked_at = stream.clone();
        let projector = Projector::new(conn, packages);
        let mut folding = Folding { conn, stream: &mut looked_at, projector, holds: false };
        let (mut save, mut since) = (Vec::new(), at);
        for (seq, entry, held_since) in rows {
            since = since.min(held_since);
            let ends = entry.as_ref().map_or(true, |entry| entry.last);
            save.push((seq, entry));
            if ends {
                folding.save(std::mem::take(&mut save), since)?;
                since = at;
            }
        }
        touched.extend(folding.projector.finish()?.all());
    }
    Ok(touched)
}
