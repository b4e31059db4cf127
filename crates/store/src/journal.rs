//! Saving: the entries of one press of Save, their records and the end of the draft, in one transaction.
//!
//! The journal is the outgoing queue, the audit trail and the history. Nothing in it is updated or deleted; the
//! database refuses it.

use rusqlite::{Connection, params};
use tsela_core::{
    chain::EntryHash,
    entry::{EVENT, Entry, Fields, MAX_SAVE_BYTES, Op, Seen},
    ids::{RecordId, SaveId, StreamCode, UserId},
    problem::Problem,
    time::Timestamp,
};
use uuid::Uuid;

use crate::{
    draft,
    error::{Result, StoreError},
    open::Store,
    packages::Packages,
    projection::{self, Projector},
    recent::Recent,
    search,
    streams::{self, Stream, entry_id},
    told,
    world::entries_of,
};

mod prepare;

pub use prepare::{Preview, RULES, preview};

/// Who saves, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The person.
    pub user: UserId,
    /// The person's role now.
    pub role: String,
    /// Program and version, `tsela/0.1.0`.
    pub app: String,
    /// The device's zone as an offset, `+02:00`.
    pub tz: String,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeOp {
    /// Brings a record into being.
    Insert,
    /// Changes fields.
    Update,
    /// Makes a record void; it stays readable.
    Void,
    /// Takes a void back.
    Restore,
    /// Settles conflicts in the fields that are set.
    Resolve,
}

/// One change of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it does.
    pub op: ChangeOp,
    /// The record's model.
    pub model: String,
    /// The record.
    pub record: RecordId,
    /// The new values, as typed.
    pub set: Fields,
    /// Why.
    pub reason: Option<String>,
    /// Where it came from, such as `paper`.
    pub source: Option<String>,
}

/// What to do about warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warnings {
    /// Each change with a warning needs a reason, as on a form.
    NeedReason,
    /// Warnings are told and do not stop the save, as for files.
    Accept,
}

/// One press of Save.
#[derive(Clone, Copy, Debug)]
pub struct SaveRequest<'a> {
    /// Its id.
    pub save: SaveId,
    /// When, by this device's clock.
    pub at: Timestamp,
    /// Who.
    pub author: &'a Author,
    /// The changes, in order; later ones may refer to earlier ones.
    pub changes: &'a [Change],
    /// The draft that this save finalises.
    pub draft: Option<Uuid>,
    /// The study packages; the newest is in force.
    pub packages: &'a Packages,
    /// What to do about warnings.
    pub warnings: Warnings,
}

/// A save that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its id.
    pub save: SaveId,
    /// The stream and number of its last entry; of a repetition, of the entry that brought the record.
    pub stream: StreamCode,
    /// Number of the last entry.
    pub seq: u64,
    /// The records it touched, in the order of the changes.
    pub records: Vec<RecordId>,
    /// Warnings that were accepted.
    pub warnings: Vec<Problem>,
    /// Whether every change was there already, so that nothing was written.
    pub repeated: bool,
}

/// Why a save was refused. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The rules refuse it; one list for each change.
    #[error("{}", first_message(.0))]
    Refused(Vec<Vec<Problem>>),
    /// The store refused it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for SaveError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

fn first_message(problems: &[Vec<Problem>]) -> String {
    let messages: Vec<&str> = problems.iter().flatten().map(|problem| problem.message.as_str()).collect();
    messages.join("; ")
}

/// Saves. When this returns `Ok`, everything survives a power cut.
///
/// # Errors
/// [`SaveError::Refused`] if a rule is broken, or a warning has no reason; otherwise what the disk said.
pub fn save(store: &Store, request: &SaveRequest<'_>) -> Result<Saved, SaveError> {
    let mut refused = Vec::new();
    let mut recent = None;
    let saved = store.write(|tx| {
        let stream = writing_stream(tx)?;
        let version = request.packages.newest()?.package().version;
        let mut projector = Projector::new(tx, request.packages).index_later().knowing(store.recent().take(tx)?);
        let mut writer = Writer::new(tx, stream, request.save, request.at, request.author, version);
        let (mut records, mut warnings) = (Vec::new(), Vec::new());
        for change in request.changes {
            let prepared = prepare::prepare(&mut projector, &mut writer, request, change)?;
            records.push(change.record);
            if prepared.is_refused(request.warnings, change) {
                refused.resize(records.len() - 1, Vec::new());
                refused.push(prepared.problems);
                continue;
            }
            warnings.extend(prepared.problems);
            if let Some(content) = prepared.content {
                writer.push(content);
                projector.apply(&writer.stream, writer.last_entry()?.clone())?;
            }
        }
        if !refused.is_empty() {
            // Rolls back whatever the earlier changes of this save have written.
            return Err(StoreError::Invalid("the save is refused by a rule".to_owned()));
        }
        let seq = writer.finish()?;
        let records_now = projector.finish_and_keep()?;
        if writer.stream.head.seq >= writer.stream.searched + search::BEHIND {
            projection::catch_up(tx)?;
        }
        if let Some(draft) = request.draft {
            draft::delete(tx, draft)?;
        }
        recent = Some(Recent::note(tx, records_now)?);
        let (stream, seq) = match seq {
            Some(seq) => (writer.stream.code, seq),
            None => first_entry_of(tx, &records)?,
        };
        Ok(Saved { save: request.save, stream, seq, records, warnings, repeated: writer.entries.is_empty() })
    });
    store.recent().put(recent.filter(|_| saved.is_ok()));
    if refused.is_empty() { Ok(saved?) } else { Err(SaveError::Refused(refused)) }
}

/// Something that was done, as the journal tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// What: `push`, `print`, `export` …
    pub kind: &'a str,
    /// The record that it tells of, in whose history it then stands.
    pub about: Option<RecordId>,
    /// Particulars.
    pub fields: Fields,
    /// Why.
    pub reason: Option<String>,
}

impl<'a> Event<'a> {
    /// Returns an event that tells of no record.
    pub fn new(kind: &'a str, fields: Fields) -> Self {
        Self { kind, fields, ..Self::default() }
    }
}

/// Writes events (push, print, export …) into the journal, all in one transaction.
///
/// # Errors
/// What the disk said; without a stream to write to the events are refused.
pub fn event(store: &Store, at: Timestamp, author: &Author, package: u32, events: &[Event<'_>]) -> Result<()> {
    store.write(|tx| events.iter().try_for_each(|event| event_in(tx, at, author, package, event)))
}

/// Writes events with their own times and people, and `also` in the same transaction.
///
/// # Errors
/// As [`event`].
pub fn events_with(
    store: &Store,
    package: u32,
    events: &[(Timestamp, Author, Event<'_>)],
    also: impl FnOnce(&Connection) -> Result<()>,
) -> Result<()> {
    store.write(|tx| {
        for (at, author, event) in events {
            event_in(tx, *at, author, package, event)?;
        }
        also(tx)
    })
}

/// Writes an event in a transaction that is open, so that it commits with what it tells of.
///
/// # Errors
/// As [`event`].
pub fn event_in(tx: &Connection, at: Timestamp, author: &Author, package: u32, event: &Event<'_>) -> Result<()> {
    let stream = writing_stream(tx)?;
    let mut writer = Writer::new(tx, stream, SaveId(Uuid::nil()), at, author, package);
    let mut set = event.fields.clone();
    set.insert("kind".to_owned(), event.kind.into());
    writer.push(Content {
        op: Op::Event,
        model: EVENT.to_owned(),
        record: event.about.unwrap_or(RecordId(Uuid::nil())),
        set,
        reason: event.reason.clone(),
        ..Content::default()
    });
    writer.finish()?;
    Ok(())
}

/// Returns the stream to write to. While a new one is due, nothing is written to the old one: another copy of this
/// laptop may be writing there.
fn writing_stream(tx: &Connection) -> Result<Stream> {
    streams::writable(tx)?.ok_or_else(|| {
        StoreError::Invalid(
            "this laptop has no stream to write to: bring it to the network once, so that the server can give it new \
             codes; what you type is kept as a draft"
                .to_owned(),
        )
    })
}

/// What an entry says, without its place in the stream.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub op: Op,
    pub model: String,
    pub version: u32,
    pub record: RecordId,
    pub seen: Seen,
    pub set: Fields,
    pub was: Fields,
    pub settles: Vec<tsela_core::ids::Dot>,
    pub reason: Option<String>,
    pub source: Option<String>,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            op: Op::Insert,
            model: String::new(),
            version: 1,
            record: RecordId(Uuid::nil()),
            seen: Seen::new(),
            set: Fields::new(),
            was: Fields::new(),
            settles: Vec::new(),
            reason: None,
            source: None,
        }
    }
}

/// Appends the entries of one save to the stream.
pub(crate) struct Writer<'a> {
    conn: &'a Connection,
    pub stream: Stream,
    save: SaveId,
    at: Timestamp,
    author: &'a Author,
    package: u32,
    entries: Vec<Entry>,
}

impl<'a> Writer<'a> {
    pub fn new(
        conn: &'a Connection,
        stream: Stream,
        save: SaveId,
        at: Timestamp,
        author: &'a Author,
        package: u32,
    ) -> Self {
        Self { conn, stream, save, at, author, package, entries: Vec::new() }
    }

    /// Adds an entry; it is written by [`Self::finish`], when it is known which one is the last.
    pub fn push(&mut self, content: Content) {
        self.entries.push(Entry {
            seq: self.stream.head.seq + 1 + self.entries.len() as u64,
            save: self.save,
            last: false,
            at: self.at,
            tz: self.author.tz.clone(),
            user: self.author.user,
            app: self.author.app.clone(),
            package: self.package,
            op: content.op,
            model: content.model,
            version: content.version,
            record: content.record,
            seen: content.seen,
            set: content.set,
            was: content.was,
            settles: content.settles,
            reason: content.reason,
            source: content.source,
        });
    }

    pub fn last_entry(&self) -> Result<&Entry> {
        self.entries.last().ok_or_else(|| StoreError::Internal("a save without entries".to_owned()))
    }

    /// Writes the entries and the stream's head. Returns the number of the last one, `None` if there is none.
    pub fn finish(&mut self) -> Result<Option<u64>> {
        if let Some(last) = self.entries.last_mut() {
            last.last = true;
        }
        let mut size = 0;
        for entry in &self.entries {
            let bytes = entry.to_bytes();
            size += bytes.len();
            if size > MAX_SAVE_BYTES {
                return Err(StoreError::Invalid(format!(
                    "this form holds more than {} KiB: shorten its texts, or save it in parts",
                    MAX_SAVE_BYTES / 1024
                )));
            }
            append(self.conn, &mut self.stream, entry.touches_record().then_some(entry.record), entry.last, &bytes)?;
            told::note(self.conn, &self.stream, entry)?;
        }
        self.stream.folded = self.stream.head.seq;
        streams::advance(self.conn, &self.stream)?;
        Ok(self.entries.last().map(|entry| entry.seq))
    }
}

/// Writes one entry's bytes behind the stream's head and moves the head, which the caller stores.
pub(crate) fn append(
    conn: &Connection,
    stream: &mut Stream,
    record: Option<RecordId>,
    last: bool,
    bytes: &[u8],
) -> Result<()> {
    append_hashed(conn, stream, record, last, bytes, EntryHash::of(bytes))
}

/// As [`append`], with the entry's hash, which the caller has made of these very bytes.
pub(crate) fn append_hashed(
    conn: &Connection,
    stream: &mut Stream,
    record: Option<RecordId>,
    last: bool,
    bytes: &[u8],
    hash: EntryHash,
) -> Result<()> {
    stream.head.seq += 1;
    stream.head.hash = stream.head.hash.next(hash);
    let sql = "INSERT INTO entry (id, record, last, chain, bytes) VALUES (?1, ?2, ?3, ?4, ?5)";
    conn.prepare_cached(sql)?.execute(params![
        entry_id(stream.id, stream.head.seq),
        record.map(|id| *id.0.as_bytes()),
        last,
        stream.head.hash.0,
        bytes
    ])?;
    Ok(())
}

/// Reads an entry that this store accepted before.
pub(crate) fn parse_stored(bytes: &[u8]) -> Result<Entry> {
    Entry::parse(bytes).map_err(|error| StoreError::damaged("an entry of the journal", error.to_string()))
}

/// Returns the stream and number of the entry that brought the last of these records.
fn first_entry_of(conn: &Connection, records: &[RecordId]) -> Result<(StreamCode, u64)> {
    let missing = || StoreError::Invalid("the save changes nothing: there is no change in it".to_owned());
    let record = records.last().ok_or_else(missing)?;
    let id = entries_of(conn, *record)?.first().copied().ok_or_else(missing)?;
    let stream = streams::by_id(conn, streams::stream_of(id))?.ok_or_else(missing)?;
    Ok((stream.code, streams::seq_of(id)))
}
