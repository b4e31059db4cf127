//! Streams: the runs of entries that devices write, and the counters of printed identifiers in them.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use tsela_core::{
    chain::{ChainHash, Head},
    ids::{DeviceId, StreamCode, StudyId},
};

use crate::{
    blob,
    error::{Result, StoreError},
    marker::Heads,
    meta,
};

/// How many low bits of an entry's id hold its number; a stream has room for a million million entries.
const SEQ_BITS: u32 = 40;

/// What a stream is to this store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamState {
    /// A code given to this device and not used yet.
    Spare,
    /// This device writes to it.
    Active,
    /// This device wrote to it before a restore or copy.
    Closed,
    /// Another device's.
    Foreign,
}

impl StreamState {
    /// Returns the name as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spare => "spare",
            Self::Active => "active",
            Self::Closed => "closed",
            Self::Foreign => "foreign",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "spare" => Self::Spare,
            "active" => Self::Active,
            "closed" => Self::Closed,
            _ => Self::Foreign,
        }
    }
}

/// One stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Its number in this store.
    pub id: i64,
    /// Its code.
    pub code: StreamCode,
    /// Whose it is.
    pub device: DeviceId,
    /// What it is to this store.
    pub state: StreamState,
    /// The entry of which two versions exist; the stream is quarantined from there.
    pub forked_at: Option<u64>,
    /// The last entry accepted from a revoked device.
    pub revoked_after: Option<u64>,
    /// The last stored entry.
    pub head: Head,
    /// The last entry that was looked at for folding: folded, an event, or held.
    pub folded: u64,
    /// The last entry of whose record the words are indexed; see [`crate::search`].
    pub searched: u64,
    /// The next number of each kind of printed identifier. They never go down.
    pub counters: BTreeMap<String, u64>,
}

impl Stream {
    /// Takes the next number of a kind of printed identifier; it is not given again once the stream is stored.
    pub(crate) fn next_number(&mut self, kind: &str) -> u64 {
        let next = self.counters.entry(kind.to_owned()).or_insert(1);
        *next += 1;
        *next - 1
    }
}

const COLUMNS: &str = "id, code, device, state, forked_at, revoked_after, seq, hash, folded, searched, counters";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Stream> {
    Ok(Stream {
        id: row.get(0)?,
        code: blob::text(row, 1)?,
        device: DeviceId(blob::uuid(row, 2)?),
        state: StreamState::parse(&row.get::<_, String>(3)?),
        forked_at: row.get(4)?,
        revoked_after: row.get(5)?,
        head: Head { seq: row.get(6)?, hash: ChainHash(row.get(7)?) },
        folded: row.get(8)?,
        searched: row.get(9)?,
        counters: blob::json(row, 10)?,
    })
}

/// Returns the id of an entry.
pub(crate) fn entry_id(stream: i64, seq: u64) -> i64 {
    (stream << SEQ_BITS) | i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Returns the number of the entry with this id.
pub(crate) fn seq_of(entry: i64) -> u64 {
    u64::try_from(entry & ((1 << SEQ_BITS) - 1)).unwrap_or(0)
}

/// Returns the stream's number of the entry with this id.
pub(crate) fn stream_of(entry: i64) -> i64 {
    entry >> SEQ_BITS
}

/// Lists all streams by code.
///
/// # Errors
/// Returns what the disk said.
pub fn list(conn: &Connection) -> Result<Vec<Stream>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM stream ORDER BY code"))?;
    let rows = statement.query_map([], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Lists the streams that this device has written to, by code.
///
/// # Errors
/// Returns what the disk said.
pub fn own(conn: &Connection) -> Result<Vec<Stream>> {
    let written = |stream: &Stream| matches!(stream.state, StreamState::Active | StreamState::Closed);
    Ok(list(conn)?.into_iter().filter(written).collect())
}

/// Finds a stream by its code.
///
/// # Errors
/// Returns what the disk said.
pub fn find(conn: &Connection, code: StreamCode) -> Result<Option<Stream>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM stream WHERE code = ?1"))?;
    Ok(statement.query_row([code.as_str()], from_row).optional()?)
}

/// Says whether entries from a number on can be taken now: they continue the stream, or it is forked, so that nothing ever
/// fills what is missing and all that comes is kept apart.
///
/// # Errors
/// Returns what the disk said.
pub fn takes_from(conn: &Connection, code: StreamCode, first: u64) -> Result<bool> {
    let stream = find(conn, code)?;
    let head = stream.as_ref().map_or(0, |stream| stream.head.seq);
    Ok(first <= head + 1 || stream.is_some_and(|stream| stream.forked_at.is_some()))
}

/// Finds the stream with this number in the store.
pub(crate) fn by_id(conn: &Connection, id: i64) -> Result<Option<Stream>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM stream WHERE id = ?1"))?;
    Ok(statement.query_row([id], from_row).optional()?)
}

/// Returns the stream that this device writes to, `None` until the first one begins or if no code is left.
///
/// # Errors
/// Returns what the disk said.
pub fn active(conn: &Connection) -> Result<Option<Stream>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM stream WHERE state = 'active'"))?;
    Ok(statement.query_row([], from_row).optional()?)
}

/// Returns the stream that this device writes to, `None` while a new one is due too.
///
/// # Errors
/// Returns what the disk said.
pub(crate) fn writable(conn: &Connection) -> Result<Option<Stream>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM stream WHERE state = 'active' AND NOT EXISTS (SELECT 1 FROM meta WHERE key = ?1)"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    Ok(statement.query_row([meta::NEW_STREAM_DUE], from_row).optional()?)
}

/// Notes codes given to this device; known ones stay as they are.
///
/// # Errors
/// Returns what the disk said.
pub fn add_spares(conn: &Connection, study: StudyId, device: DeviceId, codes: &[StreamCode]) -> Result<()> {
    codes.iter().try_for_each(|code| insert(conn, study, device, *code, StreamState::Spare))
}

/// Notes a stream of another device; a known one stays as it is.
///
/// # Errors
/// Returns what the disk said.
pub fn register_foreign(conn: &Connection, study: StudyId, device: DeviceId, code: StreamCode) -> Result<Stream> {
    insert(conn, study, device, code, StreamState::Foreign)?;
    find(conn, code)?.ok_or_else(|| StoreError::Internal(format!("stream {code} vanished")))
}

/// Drops the spare codes that the server says are in use, by a copy of this laptop for instance.
///
/// # Errors
/// Returns what the disk said.
pub fn spend_spare(conn: &Connection, code: StreamCode) -> Result<()> {
    conn.prepare_cached("UPDATE stream SET state = 'closed' WHERE code = ?1 AND state = 'spare'")?
        .execute([code.as_str()])?;
    Ok(())
}

/// Closes the present stream and begins the one with this spare code.
///
/// # Errors
/// [`StoreError::Invalid`] if the code is not a spare one; otherwise what the disk said.
pub fn begin(conn: &Connection, code: StreamCode, reason: &str) -> Result<Stream> {
    let spare = find(conn, code)?.filter(|stream| stream.state == StreamState::Spare);
    let spare = spare.ok_or_else(|| StoreError::Invalid(format!("stream code {code} is not free to begin")))?;
    conn.execute("UPDATE stream SET state = 'closed' WHERE state = 'active'", [])?;
    conn.execute("UPDATE stream SET state = 'active', note = ?2 WHERE id = ?1", params![spare.id, reason])?;
    meta::new_stream_begun(conn)?;
    active(conn)?.ok_or_else(|| StoreError::Internal(format!("stream {code} did not begin")))
}

/// Returns the codes given to this device and not used yet.
///
/// # Errors
/// Returns what the disk said.
pub fn spares(conn: &Connection) -> Result<Vec<StreamCode>> {
    let is_spare = |stream: &Stream| stream.state == StreamState::Spare;
    Ok(list(conn)?.into_iter().filter(is_spare).map(|stream| stream.code).collect())
}

/// What a stream's note says if its code is printed on a roll of labels.
const ROLL: &str = "roll";
/// The counter of a roll's labels.
const ROLL_LABELS: &str = "roll_label";

/// Takes a spare code for a roll of labels, so that no stream ever begins with it.
///
/// # Errors
/// [`StoreError::Invalid`] if the code is not a spare one; otherwise what the disk said.
pub(crate) fn begin_roll(conn: &Connection, code: StreamCode) -> Result<()> {
    let sql = "UPDATE stream SET state = 'closed', note = ?2 WHERE code = ?1 AND state = 'spare'";
    match conn.execute(sql, params![code.as_str(), ROLL])? {
        0 => Err(StoreError::Invalid(format!("stream code {code} is not free for a roll"))),
        _ => Ok(()),
    }
}

/// Returns the rolls of this device: their codes, and how many labels were printed of each.
pub(crate) fn rolls(conn: &Connection) -> Result<Vec<(Stream, u64)>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM stream WHERE note = ?1 ORDER BY code"))?;
    let rows = statement.query_map([ROLL], from_row)?;
    let printed = |stream: &Stream| stream.counters.get(ROLL_LABELS).map_or(0, |next| next - 1);
    rows.map(|stream| stream.map(|stream| (stream.clone(), printed(&stream))).map_err(StoreError::from)).collect()
}

/// Returns how many labels of a roll of this device were printed; `None` if the code is not that of one.
pub(crate) fn roll_labels(conn: &Connection, code: StreamCode) -> Result<Option<u64>> {
    Ok(rolls(conn)?.into_iter().find(|(stream, _)| stream.code == code).map(|(_, printed)| printed))
}

/// Takes the next labels of a roll; their numbers are never given again.
pub(crate) fn next_of_roll(conn: &Connection, mut roll: Stream, labels: u64) -> Result<std::ops::Range<u64>> {
    let first = roll.counters.get(ROLL_LABELS).copied().unwrap_or(1);
    roll.counters.insert(ROLL_LABELS.to_owned(), first + labels);
    advance(conn, &roll)?;
    Ok(first..first + labels)
}

/// Returns the last number of each stream that this device has written, as the marker outside the store notes them.
///
/// # Errors
/// Returns what the disk said.
pub fn heads(conn: &Connection) -> Result<Heads> {
    Ok(own(conn)?.into_iter().map(|stream| (stream.code, stream.head.seq)).collect())
}

/// Returns the chain hash of a stream at one of its entries, the first hash at 0, `None` past its head.
///
/// # Errors
/// Returns what the disk said.
pub fn hash_at(conn: &Connection, study: StudyId, stream: &Stream, seq: u64) -> Result<Option<ChainHash>> {
    if seq == 0 {
        return Ok(Some(ChainHash::genesis(study, stream.device, stream.code)));
    }
    if seq == stream.head.seq {
        return Ok(Some(stream.head.hash));
    }
    let mut statement = conn.prepare_cached("SELECT chain FROM entry WHERE id = ?1")?;
    Ok(statement.query_row([entry_id(stream.id, seq)], |row| row.get(0).map(ChainHash)).optional()?)
}

/// Returns the last entry up to which all are folded; entries held back stop it.
///
/// # Errors
/// Returns what the disk said.
pub fn applied_through(conn: &Connection, stream: &Stream) -> Result<u64> {
    let mut statement = conn.prepare_cached("SELECT min(entry) FROM held WHERE stream = ?1")?;
    let first: Option<i64> = statement.query_row([stream.id], |row| row.get(0))?;
    Ok(first.map_or(stream.folded, |entry| seq_of(entry).saturating_sub(1).min(stream.folded)))
}

fn insert(conn: &Connection, study: StudyId, device: DeviceId, code: StreamCode, state: StreamState) -> Result<()> {
    let sql = "INSERT INTO stream (code, device, state, seq, hash, folded) VALUES (?1, ?2, ?3, 0, ?4, 0)
               ON CONFLICT (code) DO NOTHING";
    let genesis = ChainHash::genesis(study, device, code);
    conn.prepare_cached(sql)?.execute(params![code.as_str(), device.0.as_bytes(), state.as_str(), genesis.0])?;
    Ok(())
}

/// Moves a stream's head, the last entry looked at, and its counters.
pub(crate) fn advance(conn: &Connection, stream: &Stream) -> Result<()> {
    let sql = "UPDATE stream SET seq = ?2, hash = ?3, folded = ?4, forked_at = ?5, searched = ?6, counters = ?7
               WHERE id = ?1";
    let Stream { id, head, folded, forked_at, searched, counters, .. } = stream;
    let counters = serde_json::to_string(counters).expect("counters have text keys only");
    conn.prepare_cached(sql)?.execute(params![id, head.seq, head.hash.0, folded, forked_at, searched, counters])?;
    Ok(())
}
