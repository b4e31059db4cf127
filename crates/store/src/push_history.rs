//! The pushes of the past. What is delivered is never derived from it; it is there to be read by people.

use rusqlite::{Connection, Row, params};
use tsela_core::time::Timestamp;

use crate::error::Result;

/// How many pushes are kept.
const KEPT: u32 = 500;

/// How a push ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// It has not ended.
    UnderWay,
    /// All that was unsent when it began is covered by receipts.
    Done,
    /// It failed; see the problem.
    Failed,
    /// A person cancelled it.
    Cancelled,
    /// The program ended before it did.
    Interrupted,
}

impl PushOutcome {
    /// Returns the name as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnderWay => "under_way",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "under_way" => Self::UnderWay,
            "done" => Self::Done,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => Self::Interrupted,
        }
    }
}

/// One push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushRow {
    /// Its number in this store.
    pub id: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: PushOutcome,
    /// Who pressed Push; empty for an automatic one.
    pub by: String,
    /// Entries that receipts covered in it.
    pub entries: u64,
    /// Bytes of bundles sent.
    pub bytes: u64,
    /// The problem that ended it, as JSON.
    pub problem: Option<String>,
}

/// Notes that a push begins and returns its number. One that was under way was interrupted. The oldest are forgotten.
///
/// # Errors
/// Returns what the disk said.
pub fn begin(conn: &Connection, at: Timestamp, by: &str) -> Result<i64> {
    interrupt(conn)?;
    conn.prepare_cached("INSERT INTO push (started_at, outcome, by) VALUES (?1, 'under_way', ?2)")?
        .execute(params![at.0, by])?;
    let id = conn.last_insert_rowid();
    conn.prepare_cached("DELETE FROM push WHERE id <= ?1 - ?2")?.execute(params![id, KEPT])?;
    Ok(id)
}

/// Notes how a push ended.
///
/// # Errors
/// Returns what the disk said.
pub fn end(conn: &Connection, push: &PushRow) -> Result<()> {
    let sql = "UPDATE push SET ended_at = ?2, outcome = ?3, entries = ?4, bytes = ?5, problem = ?6 WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![
        push.id,
        push.ended_at.map(|at| at.0),
        push.outcome.as_str(),
        push.entries,
        push.bytes,
        push.problem
    ])?;
    Ok(())
}

/// Notes at the start of the program that a push which has no end was interrupted.
///
/// # Errors
/// Returns what the disk said.
pub fn interrupt(conn: &Connection) -> Result<()> {
    conn.prepare_cached("UPDATE push SET outcome = 'interrupted' WHERE outcome = 'under_way'")?.execute([])?;
    Ok(())
}

/// Lists the newest pushes, newest first.
///
/// # Errors
/// Returns what the disk said.
pub fn list(conn: &Connection, limit: u32) -> Result<Vec<PushRow>> {
    let sql =
        "SELECT id, started_at, ended_at, outcome, by, entries, bytes, problem FROM push ORDER BY id DESC LIMIT ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([limit], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<PushRow> {
    Ok(PushRow {
        id: row.get(0)?,
        started_at: Timestamp(row.get(1)?),
        ended_at: row.get::<_, Option<i64>>(2)?.map(Timestamp),
        outcome: PushOutcome::parse(&row.get::<_, String>(3)?),
        by: row.get(4)?,
        entries: row.get(5)?,
        bytes: row.get(6)?,
        problem: row.get(7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_that_never_ended_was_interrupted_and_the_oldest_are_forgotten() {
        let mut conn = Connection::open_in_memory().unwrap();
        crate::migrations::run(&mut conn).unwrap();
        let first = begin(&conn, Timestamp(1_000), "lesedi").unwrap();
        let second = begin(&conn, Timestamp(2_000), "").unwrap();
        let mut row = list(&conn, 1).unwrap().remove(0);
        assert_eq!((row.id, row.outcome, row.by.as_str()), (second, PushOutcome::UnderWay, ""));
        row.ended_at = Some(Timestamp(3_000));
        (row.outcome, row.entries, row.bytes) = (PushOutcome::Done, 7, 900);
        end(&conn, &row).unwrap();
        let rows = list(&conn, 10).unwrap();
        assert_eq!(rows[0], row);
        assert_eq!((rows[1].id, rows[1].outcome), (first, PushOutcome::Interrupted));
        for _ in 0..KEPT + 10 {
            begin(&conn, Timestamp(4_000), "").unwrap();
        }
        assert_eq!(list(&conn, 10_000).unwrap().len(), KEPT as usize);
    }
}
