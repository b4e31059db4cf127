//! What the laboratory says of this laptop's tubes; receipts bring it.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tsela_core::{manifest::TubeState, receipt::TubeOutcome, time::Timestamp};

use crate::error::{Result, StoreError};

/// What the laboratory says of a tube.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What is printed on it.
    pub tube: String,
    /// Where it is.
    pub state: TubeState,
    /// Since when.
    pub at: Timestamp,
    /// What is wrong with it.
    pub discrepancy: Option<String>,
    /// Whether somebody here has taken note of it.
    pub looked: bool,
}

impl Told {
    /// Says whether somebody must do something about it, and has not taken note yet.
    pub fn is_news(&self) -> bool {
        !self.looked && NEWS.contains(&self.state)
    }
}

/// The states of which the assistant is to take note.
const NEWS: [TubeState; 3] = [TubeState::Rejected, TubeState::RecollectionRequested, TubeState::Missing];

/// Keeps what a receipt says of a tube, if it is newer than what was said before. `peer` is the server's life.
///
/// # Errors
/// Returns what the disk said.
pub(crate) fn keep(conn: &Connection, outcome: &TubeOutcome, peer: i64, receipt: u64) -> Result<()> {
    let sql = "INSERT INTO tube_outcome (tube, state, at, discrepancy, peer, receipt) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (tube) DO UPDATE SET state = excluded.state, at = excluded.at,
                   discrepancy = excluded.discrepancy, peer = excluded.peer, receipt = excluded.receipt,
                   looked = looked AND state = excluded.state AND discrepancy IS excluded.discrepancy
               WHERE (excluded.peer, excluded.receipt) > (tube_outcome.peer, tube_outcome.receipt)";
    let discrepancy = outcome.discrepancy.as_ref().map(|code| code.as_str());
    let (tube, state) = (outcome.specimen.as_str(), outcome.state.as_str());
    conn.prepare_cached(sql)?.execute(params![tube, state, outcome.at.0, discrepancy, peer, receipt])?;
    Ok(())
}

/// Returns what the laboratory says of a tube.
///
/// # Errors
/// Returns what the disk said.
pub fn of(conn: &Connection, tube: &str) -> Result<Option<Told>> {
    let sql = select("WHERE tube = ?1 AND", "");
    let told = conn.prepare_cached(&sql)?.query_row([tube], |row| Ok(told(row))).optional()?;
    told.transpose()
}

/// Returns what nobody here has taken note of, the newest first.
///
/// # Errors
/// Returns what the disk said.
pub fn news(conn: &Connection) -> Result<Vec<Told>> {
    let sql = select("WHERE looked = 0 AND", "ORDER BY at DESC, tube");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut news = Vec::new();
    while let Some(row) = rows.next()? {
        news.push(told(row)?);
    }
    news.retain(Told::is_news);
    Ok(news)
}

/// Notes that somebody has looked at everything that is said now.
///
/// # Errors
/// Returns what the disk said.
pub fn looked(conn: &Connection) -> Result<()> {
    conn.prepare_cached("UPDATE tube_outcome SET looked = 1 WHERE looked = 0")?.execute([])?;
    Ok(())
}

/// What a server said in an earlier life counts no more than what it had received then: the present one says again what
/// it still holds.
fn select(which: &str, order: &str) -> String {
    let present = "peer = (SELECT max(id) FROM peer)";
    format!("SELECT tube, state, at, discrepancy, looked FROM tube_outcome {which} {present} {order}")
}

fn told(row: &Row<'_>) -> Result<Told> {
    let state: String = row.get(1)?;
    let state = serde_json::from_value(state.into())
        .map_err(|error| StoreError::damaged("what a receipt said of a tube", error.to_string()))?;
    Ok(Told { tube: row.get(0)?, state, at: Timestamp(row.get(2)?), discrepancy: row.get(3)?, looked: row.get(4)? })
}
