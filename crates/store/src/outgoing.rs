//! What no receipt covers yet: packed from the last acknowledged entry on, never from "exported".

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};
use tsela_core::{
    bundle::journal::{Run, SignedHead},
    chain::{ChainHash, Head},
    ids::StudyId,
    seal::keys::SigningKey,
    time::Timestamp,
};

use crate::{
    acks,
    error::Result,
    handed,
    journal::parse_stored,
    streams::{self, Stream, entry_id, seq_of},
};

/// The entries of a stream between two, in order.
pub(crate) const NEXT_RUN: &str = "SELECT id, last, chain, bytes FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id";

/// What entries between two are about, and their sizes.
pub(crate) const UNSENT: &str = "SELECT record.model, entry.record, length(entry.bytes), entry.id FROM entry
                                 LEFT JOIN place ON place.anchor = entry.record AND place.kind = 0
                                 LEFT JOIN record ON record.n = place.n WHERE entry.id BETWEEN ?1 AND ?2";

/// The first entry between two that changes a record.
pub(crate) const OLDEST: &str = "SELECT bytes FROM entry WHERE id BETWEEN ?1 AND ?2 AND record IS NOT NULL
                                 ORDER BY id LIMIT 1";

/// What is not received yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsent {
    /// Records with changes that no receipt covers.
    pub records: usize,
    /// Those of them of which a driver has every change that no receipt covers.
    pub with_driver: usize,
    /// These by model.
    pub by_model: BTreeMap<String, usize>,
    /// Entries that change records.
    pub entries: u64,
    /// Their bytes, and those of the events between them.
    pub bytes: u64,
    /// When the oldest of them was saved, by the author's clock.
    pub oldest_at: Option<Timestamp>,
}

/// Returns the next entries of a stream after `after`, cut between saves at about `target_bytes` of entry text, with
/// the author's signature; `None` if there are none. A single save may exceed the target.
///
/// # Errors
/// Returns what the disk said.
pub fn next_run(
    conn: &Connection,
    study: StudyId,
    key: &SigningKey,
    stream: &Stream,
    after: u64,
    target_bytes: usize,
) -> Result<Option<Run>> {
    let mut statement = conn.prepare_cached(NEXT_RUN)?;
    let range = params![entry_id(stream.id, after + 1), entry_id(stream.id, stream.head.seq)];
    let mut rows = statement.query(range)?;
    let (mut entries, mut size, mut whole, mut head) = (Vec::new(), 0, 0, None);
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(3)?;
        size += bytes.len();
        entries.push(bytes);
        if row.get(1)? {
            if whole > 0 && size > target_bytes {
                break;
            }
            whole = entries.len();
            head = Some(Head { seq: seq_of(row.get(0)?), hash: ChainHash(row.get(2)?) });
        }
    }
    entries.truncate(whole);
    Ok(head.map(|head| Run {
        stream: stream.code,
        device: stream.device,
        first_seq: after + 1,
        entries,
        head: SignedHead::sign(study, stream.code, head, key),
    }))
}

/// Counts what no receipt of the present server covers, in this device's own streams. The cost grows with what is
/// pending.
///
/// # Errors
/// Returns what the disk said.
pub fn unsent(conn: &Connection) -> Result<Unsent> {
    let mut unsent = Unsent::default();
    let mut records = BTreeMap::new();
    let mut waiting = BTreeSet::new();
    for (stream, acked) in acks::own_streams(conn)? {
        let with_driver = handed::through(acked, &handed::beyond(conn, &stream, acked)?);
        let mut statement = conn.prepare_cached(UNSENT)?;
        let mut rows =
            statement.query(params![entry_id(stream.id, acked + 1), entry_id(stream.id, stream.head.seq)])?;
        while let Some(row) = rows.next()? {
            let (model, record): (Option<String>, Option<[u8; 16]>) = (row.get(0)?, row.get(1)?);
            if let Some(record) = record {
                unsent.entries += 1;
                records.insert(record, model.unwrap_or_default());
                if seq_of(row.get(3)?) > with_driver {
                    waiting.insert(record);
                }
            }
            unsent.bytes += row.get::<_, u64>(2)?;
        }
        let oldest = oldest(conn, &stream, acked)?;
        unsent.oldest_at = unsent.oldest_at.into_iter().chain(oldest).min();
    }
    if records.is_empty() {
        // Events alone are not unsent: they ride along with the next bundle.
        return Ok(Unsent::default());
    }
    unsent.records = records.len();
    unsent.with_driver = records.len() - waiting.len();
    for model in records.into_values() {
        *unsent.by_model.entry(model).or_default() += 1;
    }
    Ok(unsent)
}

/// Says whether a receipt is missing for any change of a record. Cheaper than [`unsent`].
///
/// # Errors
/// Returns what the disk said.
pub fn is_anything_unsent(conn: &Connection) -> Result<bool> {
    for (stream, acked) in acks::own_streams(conn)? {
        if oldest(conn, &stream, acked)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn oldest(conn: &Connection, stream: &Stream, acked: u64) -> Result<Option<Timestamp>> {
    let mut statement = conn.prepare_cached(OLDEST)?;
    let range = params![entry_id(stream.id, acked + 1), entry_id(stream.id, stream.head.seq)];
    let mut rows = statement.query(range)?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(parse_stored(&row.get::<_, Vec<u8>>(0)?)?.at))
}

/// Returns the stored entries of a stream after a number, at most about `target_bytes`, with the last signed head among
/// them, to be given back to their author.
///
/// # Errors
/// Returns what the disk said.
pub fn stored_run(conn: &Connection, stream: &Stream, after: u64, target_bytes: usize) -> Result<Option<Run>> {
    let sql = "SELECT entry.id, chain, bytes, signature FROM entry
               LEFT JOIN signed_head ON signed_head.stream = ?3 AND signed_head.seq = entry.id - (?3 << 40)
               WHERE entry.id BETWEEN ?1 AND ?2 ORDER BY entry.id";
    let mut statement = conn.prepare_cached(sql)?;
    let range = params![entry_id(stream.id, after + 1), entry_id(stream.id, stream.head.seq), stream.id];
    let mut rows = statement.query(range)?;
    let (mut entries, mut size, mut signed, mut head) = (Vec::new(), 0, 0, None);
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(2)?;
        size += bytes.len();
        entries.push(bytes);
        if let Some(signature) = row.get::<_, Option<[u8; 64]>>(3)? {
            let at = Head { seq: seq_of(row.get(0)?), hash: ChainHash(row.get(1)?) };
            head = Some(SignedHead { head: at, signature: tsela_core::seal::keys::Signature(signature) });
            signed = entries.len();
            if size > target_bytes {
                break;
            }
        }
    }
    entries.truncate(signed);
    let first_seq = after + 1;
    Ok(head.map(|head| Run { stream: stream.code, device: stream.device, first_seq, entries, head }))
}

/// Returns a stream again after something was written to it.
///
/// # Errors
/// Returns what the disk said.
pub fn refreshed(conn: &Connection, stream: &Stream) -> Result<Option<Stream>> {
    streams::by_id(conn, stream.id)
}
