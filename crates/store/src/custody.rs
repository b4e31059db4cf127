//! Custody as this store knows it; see [`tsela_core::custody`].

use std::{borrow::Cow, collections::BTreeMap};

use rusqlite::Connection;
use tsela_core::{
    custody::{self, Closing, Custody, Said, Standing},
    fold::RecordState,
    ids::RecordId,
    manifest::TubeState,
    model::{SAME_TUBE, TO_CARRIER, Values},
    world::World,
};

use crate::{
    changes::Changes,
    error::Result,
    records::{self, Filter, Record},
    tube_outcomes,
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
    /// Those that a hand-over missed, newest first: one that is found can be handed over again.
    pub missing: Vec<Record>,
    /// How many have no checked label yet.
    pub unchecked: usize,
}

/// Answers where tubes are, as this store knows it. Each question is put to the disk once.
pub struct Reader<'a> {
    conn: &'a Connection,
    custody: Custody<'a>,
}

impl Reader<'_> {
    /// Returns where a specimen is: what the laboratory has told of it counts for more than what is known here.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn of_specimen(&self, specimen: &RecordState) -> Result<Standing> {
        let Some(code) = specimen.text("specimen_identifier") else { return Ok(custody::standing(specimen, None)) };
        let said = self.custody.of_tube(code);
        let standing = custody::standing(specimen, said.as_ref());
        let Some(told) = tube_outcomes::of(self.conn, code)? else { return Ok(standing) };
        // The laboratory missed it, and a driver has taken it once more since.
        let found = told.state == TubeState::Missing && said.is_some_and(|said| said.taken > 1);
        if found || custody::is_at_lab(standing.state) {
            return Ok(standing);
        }
        Ok(Standing { state: told.state, at: Some(told.at), discrepancy: told.discrepancy, ..standing })
    }

    /// Returns where a tube is by closed hand-overs and the laboratory's decisions alone; `None` if none names it.
    pub fn of_tube(&self, code: &str) -> Option<Said> {
        self.custody.of_tube(code)
    }

    /// Returns how far a hand-over has come; `None` if it is not here.
    pub fn closing(&self, transfer: RecordId) -> Option<Closing> {
        self.custody.closing(transfer)
    }

    /// Returns the lines of a hand-over that count, by id.
    pub fn lines(&self, transfer: RecordId) -> Vec<RecordState> {
        custody::lines(transfer, self.custody.world()).into_iter().map(Cow::into_owned).collect()
    }
}

/// Answers several questions of custody at once.
///
/// # Errors
/// What `work` says, and what the disk said.
pub fn reading<T>(conn: &Connection, work: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
    let (changes, known) = (Changes::default(), Known::new());
    let world = StoredWorld::over(conn, &changes, &known);
    let answer = work(&Reader { conn, custody: Custody::of(&world) });
    world.finish()?;
    answer
}

/// Returns where a specimen is.
///
/// # Errors
/// Returns what the disk said.
pub fn of_specimen(conn: &Connection, specimen: &RecordState) -> Result<Standing> {
    reading(conn, |custody| custody.of_specimen(specimen))
}

/// Returns how far a hand-over has come; `None` if it is not here.
///
/// # Errors
/// Returns what the disk said.
pub fn closing(conn: &Connection, transfer: RecordId) -> Result<Option<Closing>> {
    reading(conn, |custody| Ok(custody.closing(transfer)))
}

/// Returns the hand-overs that count, newest first, each with how far it has come.
///
/// # Errors
/// Returns what the disk said.
pub fn transfers(conn: &Connection) -> Result<Vec<(Record, Closing)>> {
    reading(conn, |custody| transfers_in(conn, custody))
}

pub(crate) fn transfers_in(conn: &Connection, custody: &Reader<'_>) -> Result<Vec<(Record, Closing)>> {
    let filter = Filter { model: Some("custody_transfer"), limit: MOST_TRANSFERS, ..Filter::default() };
    let (_, found) = records::list(conn, &filter)?;
    Ok(found.into_iter().filter_map(|record| custody.closing(record.state.id).map(|c| (record, c))).collect())
}

/// Returns the tubes that hand-overs of a stage name which are not closed, each with its hand-over. They are promised.
///
/// # Errors
/// Returns what the disk said.
pub fn underway(conn: &Connection, stage: &str) -> Result<BTreeMap<String, RecordId>> {
    reading(conn, |custody| underway_in(conn, custody, stage))
}

fn underway_in(conn: &Connection, custody: &Reader<'_>, stage: &str) -> Result<BTreeMap<String, RecordId>> {
    let mut named = BTreeMap::new();
    let open = transfers_in(conn, custody)?.into_iter().filter(|(_, closing)| !closing.is_closed());
    for (transfer, _) in open.filter(|(transfer, _)| transfer.state.text("stage") == Some(stage)) {
        let lines = custody.lines(transfer.state.id);
        named.extend(lines.iter().filter_map(|line| Some((line.text("tube")?.to_owned(), transfer.state.id))));
    }
    Ok(named)
}

/// Returns the tubes that are still here and can be handed over to a driver.
///
/// # Errors
/// Returns what the disk said.
pub fn waiting(conn: &Connection) -> Result<Waiting> {
    let filter = Filter { model: Some("specimen"), limit: MOST_SPECIMENS, ..Filter::default() };
    let (_, found) = records::list(conn, &filter)?;
    reading(conn, |custody| {
        let underway = underway_in(conn, custody, TO_CARRIER)?;
        let mut waiting = Waiting::default();
        for record in found {
            let is_named = record.state.text("specimen_identifier").is_none_or(|code| underway.contains_key(code));
            match custody.of_specimen(&record.state)?.state {
                TubeState::Planned => waiting.unchecked += 1,
                TubeState::Collected | TubeState::Packed if !is_named => waiting.tubes.push(record),
                TubeState::Missing if !is_named => waiting.missing.push(record),
                _ => {}
            }
        }
        Ok(waiting)
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
