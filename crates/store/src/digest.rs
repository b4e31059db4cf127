//! Proving that two stores hold the same: a hash over the folds of all records, of the streams named.
//!
//! The records are folded again from the journal, from the named streams only, so that what a laptop has written gives
//! the same hash on the laptop and on a server that also holds what others have written since. Held entries are not
//! folded and so do not count: two stores agree only if both have applied the same.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use tsela_core::{
    digest::{Digest, digest},
    fold::RecordState,
    ids::{RecordId, StreamCode},
};

use crate::{
    error::Result,
    journal::parse_stored,
    streams::{self, Stream, entry_id},
};

/// Returns the digests of all records, of these streams; of all streams if `None`.
///
/// # Errors
/// Returns what the disk said.
pub fn of(conn: &Connection, codes: Option<&[StreamCode]>) -> Result<Digest> {
    let mut records: BTreeMap<RecordId, RecordState> = BTreeMap::new();
    for stream in streams::list(conn)? {
        if codes.is_none_or(|codes| codes.contains(&stream.code)) {
            fold_stream(conn, &stream, &mut records)?;
        }
    }
    Ok(digest(records.values()))
}

fn fold_stream(conn: &Connection, stream: &Stream, records: &mut BTreeMap<RecordId, RecordState>) -> Result<()> {
    let sql = "SELECT bytes FROM entry WHERE id BETWEEN ?1 AND ?2 AND record IS NOT NULL
               AND id NOT IN (SELECT entry FROM held) ORDER BY id";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![entry_id(stream.id, 1), entry_id(stream.id, stream.folded)])?;
    while let Some(row) = rows.next()? {
        let entry = parse_stored(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?;
        match records.get_mut(&entry.record) {
            Some(state) => state.apply(stream.code, &entry),
            None => {
                records.insert(entry.record, RecordState::begin(stream.code, entry));
            }
        }
    }
    Ok(())
}
