//! Which events tell of a record: a print of its label stands in its history, though it changes nothing of it.
//!
//! Derived from the journal, as the projection is.

use rusqlite::{Connection, params};
use tsela_core::{
    entry::{Entry, Op},
    ids::RecordId,
};

use crate::{
    error::Result,
    journal::parse_stored,
    streams::{Stream, entry_id},
};

/// Notes an entry that this transaction has stored or taken up, if it is an event that tells of a record.
pub(crate) fn note(conn: &Connection, stream: &Stream, entry: &Entry) -> Result<()> {
    if entry.op == Op::Event && !entry.record.0.is_nil() {
        put(conn, entry.record, entry_id(stream.id, entry.seq))?;
    }
    Ok(())
}

/// Returns the events that tell of a record, by their numbers in the journal.
pub(crate) fn of(conn: &Connection, record: RecordId) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached("SELECT entry FROM told WHERE record = ?1 ORDER BY entry")?;
    let rows = statement.query_map([record.0.as_bytes()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Makes the table again from the journal.
pub(crate) fn rebuild(conn: &Connection) -> Result<()> {
    conn.execute_batch("DELETE FROM told")?;
    let mut statement = conn.prepare("SELECT id, bytes FROM entry WHERE record IS NULL ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // What cannot be read is held, and noted by nobody.
        let Ok(entry) = parse_stored(&row.get::<_, Vec<u8>>(1)?) else { continue };
        if entry.op == Op::Event && !entry.record.0.is_nil() {
            put(conn, entry.record, row.get(0)?)?;
        }
    }
    Ok(())
}

fn put(conn: &Connection, record: RecordId, entry: i64) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO told (record, entry) VALUES (?1, ?2)";
    conn.prepare_cached(sql)?.execute(params![record.0.as_bytes(), entry])?;
    Ok(())
}
