//! Giving a device its own entries back, verbatim, with its own signatures over where they end.

use rusqlite::{Connection, params};
use tsela_core::{
    api::EntriesRun,
    bundle::journal::SignedHead,
    chain::{ChainHash, Head},
    seal::Signature,
};

use crate::{
    error::{Result, StoreError},
    streams::entry_id,
};

/// Returns runs of a stream's entries above `after`, in order and gapless, up to about these many entries and bytes:
/// each run goes to a signed head, and at least one is returned if there is one.
///
/// # Errors
/// Returns what the disk said.
pub fn runs_after(
    conn: &Connection,
    stream: i64,
    after: u64,
    max_entries: usize,
    max_bytes: usize,
) -> Result<Vec<EntriesRun>> {
    let (mut runs, mut last, mut entries, mut bytes) = (Vec::new(), after, 0, 0);
    for head in signed_heads_after(conn, stream, after)? {
        let count = usize::try_from(head.head.seq - last).unwrap_or(usize::MAX);
        if !runs.is_empty() && entries + count > max_entries {
            break;
        }
        let texts = texts(conn, stream, last + 1, head.head.seq)?;
        let size: usize = texts.iter().map(String::len).sum();
        if !runs.is_empty() && bytes + size > max_bytes {
            break;
        }
        entries += count;
        bytes += size;
        runs.push(EntriesRun { first_seq: last + 1, entries: texts, head });
        last = head.head.seq;
    }
    Ok(runs)
}

/// Says whether there is a signed head above a number.
///
/// # Errors
/// Returns what the disk said.
pub fn has_signed_head_after(conn: &Connection, stream: i64, after: u64) -> Result<bool> {
    let mut statement = conn.prepare_cached("SELECT 1 FROM signed_head WHERE stream = ?1 AND seq > ?2")?;
    Ok(statement.exists(params![stream, after])?)
}

/// A page holds at most so many runs; the caller asks again.
const MAX_RUNS: usize = 256;

fn signed_heads_after(conn: &Connection, stream: i64, after: u64) -> Result<Vec<SignedHead>> {
    let sql = "SELECT h.seq, e.chain, h.signature FROM signed_head h JOIN entry e ON e.id = (h.stream << 40) | h.seq
               WHERE h.stream = ?1 AND h.seq > ?2 ORDER BY h.seq LIMIT ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![stream, after, MAX_RUNS], |row| {
        let head = Head { seq: row.get(0)?, hash: ChainHash(row.get(1)?) };
        Ok(SignedHead { head, signature: Signature(row.get(2)?) })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn texts(conn: &Connection, stream: i64, from: u64, to: u64) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached("SELECT bytes FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let rows = statement.query_map(params![entry_id(stream, from), entry_id(stream, to)], |row| row.get(0))?;
    rows.map(|bytes: rusqlite::Result<Vec<u8>>| {
        String::from_utf8(bytes?).map_err(|_| StoreError::Invalid("an entry of this stream is not text".to_owned()))
    })
    .collect()
}
