//! Custody as this store knows it; see [`tsela_core::custody`].

use std::{borrow::Cow, collections::BTreeMap};

use rusqlite::Connection;
use tsela_core::{
    custody::{self, Closing, Standing},
    fold::RecordState,
    ids::RecordId,
    manifest::TubeState,
    model::{SAME_TUBE, Values},
    world::World,
};

use crate::{
    changes::Changes,
    error::Result,
    records::{self, Filter, Record},
    world::{Known, StoredWorld},
};

/// Most hand-overs that are looked at; the newest. A laptop has a few a day.
const MOST_TRANSFERS: usize = 300;
/// Most specimens that are looked at for tubes still here; the newest. A laptop draws some dozens a day.
const MOST_SPECIMENS: usize = 2_000;

/// The tubes that are still here.
#[derive(Debug, Default)]
pub struct Waiting {
    /// Those with a checked label that no open hand-over names, newest first.
    pub tubes: Vec<Record>,
    /// How many have no checked label yet.
    pub unchecked: usize,
}

/// Returns where a specimen is.
///
/// # Errors
/// Returns what the disk said.
pub fn of_specimen(conn: &Connection, specimen: &RecordState) -> Result<Standing> {
    asked(conn, |world| custody::of_specimen(specimen, world))
}

/// Returns how far a hand-over has come; `None` if it is not here.
///
/// # Errors
/// Returns what the disk said.
pub fn closing(conn: &Connection, transfer: RecordId) -> Result<Option<Closing>> {
    asked(conn, |world| custody::closing(transfer, world))
}

/// Returns the hand-overs that count, newest first, each with how far it has come.
///
/// # Errors
/// Returns what the disk said.
pub fn transfers(conn: &Connection) -> Result<Vec<(Record, Closing)>> {
    let filter = Filter { model: Some("custody_transfer"), limit: MOST_TRANSFERS, ..Filter::default() };
    let (_, found) = records::list(conn, &filter)?;
    asked(conn, |world| {
        found.into_iter().filter_map(|record| custody::closing(record.state.id, world).map(|c| (record, c))).collect()
    })
}

/// Returns the tubes that hand-overs name which are not closed, each with its hand-over. They are promised.
///
/// # Errors
/// Returns what the disk said.
pub fn underway(conn: &Connection) -> Result<BTreeMap<String, RecordId>> {
    let mut named = BTreeMap::new();
    for (transfer, _) in transfers(conn)?.into_iter().filter(|(_, closing)| !closing.is_closed()) {
        let lines = lines(conn, transfer.state.id)?;
        named.extend(lines.iter().filter_map(|line| Some((line.text("tube")?.to_owned(), transfer.state.id))));
    }
    Ok(named)
}

/// Returns the tubes that are still here and can be handed over.
///
/// # Errors
/// Returns what the disk said.
pub fn waiting(conn: &Connection) -> Result<Waiting> {
    let underway = underway(conn)?;
    let filter = Filter { model: Some("specimen"), limit: MOST_SPECIMENS, ..Filter::default() };
    let (_, found) = records::list(conn, &filter)?;
    asked(conn, |world| {
        let mut waiting = Waiting::default();
        for record in found {
            let is_named = record.state.text("specimen_identifier").is_none_or(|code| underway.contains_key(code));
            match custody::of_specimen(&record.state, world).state {
                TubeState::Planned => waiting.unchecked += 1,
                TubeState::Collected | TubeState::Packed if !is_named => waiting.tubes.push(record),
                _ => {}
            }
        }
        waiting
    })
}

/// Returns the lines of a hand-over that count, by id.
///
/// # Errors
/// Returns what the disk said.
pub fn lines(conn: &Connection, transfer: RecordId) -> Result<Vec<RecordState>> {
    asked(conn, |world| custody::lines(transfer, world).into_iter().map(Cow::into_owned).collect())
}

/// Returns the line of a hand-over that names a tube, if one does that counts.
///
/// # Errors
/// Returns what the disk said.
pub fn line_of(conn: &Connection, transfer: RecordId, tube: &str) -> Result<Option<RecordState>> {
    let is_of = |line: &RecordState| line.reference("transfer") == Some(transfer) && !line.is_void();
    asked(conn, |world| {
        let lines = world.by_match(SAME_TUBE, tube).into_iter().filter_map(|id| world.record(id).map(Cow::into_owned));
        lines.into_iter().find(is_of)
    })
}

/// Returns the signatures under a hand-over that count, by id.
///
/// # Errors
/// Returns what the disk said.
pub fn signatures(conn: &Connection, transfer: RecordId) -> Result<Vec<RecordState>> {
    asked(conn, |world| custody::signatures(transfer, world).into_iter().map(Cow::into_owned).collect())
}

/// Returns the text of a hand-over that is hashed and signed; `None` if it is not here.
///
/// # Errors
/// Returns what the disk said.
pub fn content_text(conn: &Connection, transfer: RecordId) -> Result<Option<String>> {
    asked(conn, |world| custody::content_text(transfer, world))
}

fn asked<T>(conn: &Connection, ask: impl FnOnce(&StoredWorld<'_>) -> T) -> Result<T> {
    let (changes, known) = (Changes::default(), Known::new());
    let world = StoredWorld::over(conn, &changes, &known);
    let answer = ask(&world);
    world.finish()?;
    Ok(answer)
}
