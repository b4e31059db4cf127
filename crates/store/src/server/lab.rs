//! What the laboratory's desk asks of a server's store: what is on the road, what has come, and what is missing.
//!
//! Only the newest hand-overs and tubes are looked at, by when they arrived here: clocks of laptops have no say.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{
    custody::{Closing, Outcome},
    fold::RecordState,
    ids::{DeviceId, RecordId},
    manifest::{Manifest, TubeState},
    model::{SAME_SPECIMEN, SAME_TUBE, TO_CARRIER, TO_LAB, Values},
    receipt::TubeOutcome,
    time::Timestamp,
    world::World,
};

use crate::{
    blob,
    changes::{Changes, PlaceKind},
    custody::{Reader, transfers_in},
    error::Result,
    labels,
    records::{self, Record},
    world::{Known, StoredWorld, entry_ids, found_by, state_in},
};

/// A hand-over to a driver of which tubes are on the road.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// The hand-over.
    pub transfer: Record,
    /// How far it has come.
    pub closing: Closing,
    /// The tubes that were taken and have not come, by the codes on their labels.
    pub tubes: Vec<String>,
}

/// Returns the hand-overs to drivers of which tubes are on the road, the newest first. One that only its giver has signed
/// counts: the driver's signature may come later than the driver. Tubes that an open delivery expects are left out.
///
/// # Errors
/// Returns what the disk said.
pub fn on_the_road(conn: &Connection, custody: &Reader<'_>) -> Result<Vec<Dispatch>> {
    let transfers = transfers_in(conn, custody)?;
    let expected = expected(custody, &transfers);
    let mut dispatches = Vec::new();
    for (transfer, closing) in transfers {
        if transfer.state.text("stage") != Some(TO_CARRIER) || !closing.giver || !closing.tally.is_balanced() {
            continue;
        }
        let taken = |line: &RecordState| matches!(Outcome::of(line), Outcome::Matched | Outcome::Unexpected);
        let lines = custody.lines(transfer.state.id).into_iter().filter(taken);
        let mut tubes: Vec<String> = lines.filter_map(|line| line.text("tube").map(str::to_owned)).collect();
        tubes.retain(|code| !expected.contains_key(code) && is_on_the_road(custody, code, &closing));
        if !tubes.is_empty() {
            dispatches.push(Dispatch { transfer, closing, tubes });
        }
    }
    Ok(dispatches)
}

fn is_on_the_road(custody: &Reader<'_>, code: &str, closing: &Closing) -> bool {
    match custody.of_tube(code).map(|said| said.state) {
        Some(state) => state == TubeState::WithCarrier,
        None => !closing.is_closed(),
    }
}

/// Returns the tubes that deliveries expect which are not closed, each with its delivery.
fn expected(custody: &Reader<'_>, transfers: &[(Record, Closing)]) -> BTreeMap<String, RecordId> {
    let mut expected = BTreeMap::new();
    let to_lab =
        |(transfer, closing): &&(Record, Closing)| transfer.state.text("stage") == Some(TO_LAB) && !closing.is_closed();
    for (transfer, _) in transfers.iter().filter(to_lab) {
        let id = transfer.state.id;
        expected.extend(custody.lines(id).iter().filter_map(|line| Some((line.text("tube")?.to_owned(), id))));
    }
    expected
}

/// A tube of a closed delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrived {
    /// What is printed on it.
    pub tube: String,
    /// The delivery.
    pub transfer: RecordId,
    /// When it was in hand there.
    pub seen_at: Option<Timestamp>,
    /// What was said of it there.
    pub explanation: Option<String>,
}

/// Returns the tubes of closed deliveries that were in hand there, those of the newest delivery first.
///
/// # Errors
/// Returns what the disk said.
pub fn arrived(conn: &Connection, custody: &Reader<'_>) -> Result<Vec<Arrived>> {
    of_deliveries(conn, custody, |outcome| {
        matches!(outcome, Outcome::Matched | Outcome::Unexpected | Outcome::Rejected)
    })
}

/// Returns the tubes that closed hand-overs missed, each of the newest that did, the newest first.
///
/// # Errors
/// Returns what the disk said.
pub fn missed(conn: &Connection, custody: &Reader<'_>) -> Result<Vec<Arrived>> {
    of_closed(conn, custody, |_| true, |outcome| outcome == Outcome::Missing)
}

fn of_deliveries(conn: &Connection, custody: &Reader<'_>, counts: impl Fn(Outcome) -> bool) -> Result<Vec<Arrived>> {
    of_closed(conn, custody, |stage| stage == TO_LAB, counts)
}

fn of_closed(
    conn: &Connection,
    custody: &Reader<'_>,
    of_stage: impl Fn(&str) -> bool,
    counts: impl Fn(Outcome) -> bool,
) -> Result<Vec<Arrived>> {
    let mut found: Vec<Arrived> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for (transfer, closing) in transfers_in(conn, custody)? {
        if !closing.is_closed() || !transfer.state.text("stage").is_some_and(&of_stage) {
            continue;
        }
        for line in custody.lines(transfer.state.id).into_iter().filter(|line| counts(Outcome::of(line))) {
            let Some(tube) = line.text("tube").map(str::to_owned) else { continue };
            if known.insert(tube.clone()) {
                found.push(Arrived {
                    tube,
                    transfer: transfer.state.id,
                    seen_at: line.instant("seen_at").or_else(|| transfer.state.instant("handed_at")),
                    explanation: line.text("explanation").map(str::to_owned),
                });
            }
        }
    }
    Ok(found)
}

/// Returns a hand-over to a driver that has a tube as taken, whoever has signed it; the newest if there are several.
///
/// # Errors
/// Returns what the disk said.
pub fn dispatch_of(conn: &Connection, tube: &str) -> Result<Option<RecordState>> {
    let (changes, known) = (Changes::default(), Known::new());
    let world = StoredWorld::over(conn, &changes, &known);
    let taken =
        |line: &RecordState| !line.is_void() && matches!(Outcome::of(line), Outcome::Matched | Outcome::Unexpected);
    let lines = world.by_match(SAME_TUBE, tube).into_iter().filter_map(|id| world.record(id));
    let transfers = lines.filter(|line| taken(line)).filter_map(|line| world.record(line.reference("transfer")?));
    let to_driver = |transfer: &RecordState| transfer.text("stage") == Some(TO_CARRIER) && !transfer.is_void();
    let newest = transfers.filter(|transfer| to_driver(transfer)).max_by_key(|transfer| transfer.id);
    let newest = newest.map(std::borrow::Cow::into_owned);
    world.finish()?;
    Ok(newest)
}

/// Returns the laboratory's decision on a tube that counts, if there is one.
///
/// # Errors
/// Returns what the disk said.
pub fn disposition(conn: &Connection, tube: &str) -> Result<Option<RecordState>> {
    let found = found_by(conn, PlaceKind::Match, SAME_SPECIMEN, tube)?;
    live(conn, found)
}

/// Returns what is written of a tube that is looked for, if anything is.
///
/// # Errors
/// Returns what the disk said.
pub fn chase(conn: &Connection, tube: &str) -> Result<Option<RecordState>> {
    let found = found_by(conn, PlaceKind::Key, "missing_tube", tube)?;
    live(conn, found)
}

fn live(conn: &Connection, ids: Vec<RecordId>) -> Result<Option<RecordState>> {
    for id in ids {
        if let Some(state) = records::state(conn, id)?.filter(|state| !state.is_void()) {
            return Ok(Some(state));
        }
    }
    Ok(None)
}

/// Returns the newest records of a model by when they arrived here, void ones left out.
///
/// # Errors
/// Returns what the disk said.
pub fn newest(conn: &Connection, model: &str, most: usize) -> Result<Vec<RecordState>> {
    let sql = "SELECT entries, state FROM record WHERE model = ?1 AND void = 0 ORDER BY n DESC LIMIT ?2";
    states(conn, sql, params![model, most])
}

/// Returns records of a model that were made since a moment by their authors' clocks, the oldest first.
///
/// # Errors
/// Returns what the disk said.
pub fn made_since(conn: &Connection, model: &str, since: Timestamp, most: usize) -> Result<Vec<RecordState>> {
    states(conn, MADE_SINCE, params![model, since.0, most])
}

pub(crate) const MADE_SINCE: &str = "SELECT entries, state FROM record
    WHERE listed = 1 AND created_at >= ?2 AND model = ?1 AND void = 0 ORDER BY created_at LIMIT ?3";

fn states(conn: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<RecordState>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut states = Vec::new();
    while let Some(row) = rows.next()? {
        let entries = entry_ids(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
        let state = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        states.push(state_in(conn, &entries, state)?);
    }
    Ok(states)
}

/// A tube that a manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// What is printed on it.
    pub tube: String,
    /// Its panel, by code.
    pub panel: String,
    /// Its kind, by code.
    pub tube_type: String,
    /// When it was drawn.
    pub drawn_at: Option<Timestamp>,
}

/// Keeps the newest manifest of a stream, in whatever order they come.
///
/// # Errors
/// Returns what the disk said.
pub fn announce(conn: &Connection, manifest: &Manifest, at: Timestamp) -> Result<()> {
    if !crate::carried::keep_manifest(conn, manifest, at)? {
        return Ok(());
    }
    conn.prepare_cached("DELETE FROM announced WHERE stream = ?1")?.execute([manifest.stream.as_str()])?;
    let sql = "INSERT OR REPLACE INTO announced (tube, stream, panel, tube_type, drawn_at, state)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut insert = conn.prepare_cached(sql)?;
    for tube in &manifest.tubes {
        insert.execute(params![
            tube.specimen.as_str(),
            manifest.stream.as_str(),
            tube.panel.as_str(),
            tube.tube_type.as_str(),
            tube.drawn_at.map(|at| at.0),
            tube.state.as_str()
        ])?;
    }
    Ok(())
}

/// Returns what a manifest says of a tube.
///
/// # Errors
/// Returns what the disk said.
pub fn announced(conn: &Connection, tube: &str) -> Result<Option<Announced>> {
    let sql = "SELECT tube, panel, tube_type, drawn_at FROM announced WHERE tube = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([tube], announced_row).optional()?)
}

fn announced_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Announced> {
    Ok(Announced {
        tube: row.get(0)?,
        panel: row.get(1)?,
        tube_type: row.get(2)?,
        drawn_at: row.get::<_, Option<i64>>(3)?.map(Timestamp),
    })
}

/// What a manifest announces and of which no data are here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The laptop that wrote it.
    pub device: DeviceId,
    /// When, by its clock.
    pub at: Timestamp,
    /// The tubes.
    pub tubes: Vec<Announced>,
}

/// Returns the tubes that manifests name, of which no data are here; the newest manifest first.
///
/// # Errors
/// Returns what the disk said.
pub fn announcements(conn: &Connection) -> Result<Vec<Announcement>> {
    let sql = "SELECT device, at, stream FROM manifest ORDER BY at DESC, stream";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement
        .query_map([], |row| Ok((DeviceId(blob::uuid(row, 0)?), Timestamp(row.get(1)?), row.get::<_, String>(2)?)))?;
    let sql = "SELECT tube, panel, tube_type, drawn_at FROM announced WHERE stream = ?1 AND NOT EXISTS
               (SELECT 1 FROM place WHERE anchor = x'' AND kind = ?2 AND name = 'specimen' AND value = announced.tube)
               ORDER BY drawn_at, tube";
    let mut of_stream = conn.prepare_cached(sql)?;
    let mut found = Vec::new();
    for row in rows {
        let (device, at, stream) = row?;
        let tubes = of_stream.query_map(params![stream, PlaceKind::Key as u8], announced_row)?;
        let tubes = tubes.collect::<rusqlite::Result<Vec<_>>>()?;
        if !tubes.is_empty() {
            found.push(Announcement { device, at, tubes });
        }
    }
    Ok(found)
}

/// Notes that the laboratory has said something of tubes; returns the specimens, for their authors to be told. Those whose
/// data are not here are remembered.
///
/// # Errors
/// Returns what the disk said.
pub fn said_of(conn: &Connection, tubes: &[String]) -> Result<Vec<RecordId>> {
    let mut await_it = conn.prepare_cached("INSERT OR IGNORE INTO awaited (tube) VALUES (?1)")?;
    let mut specimens = Vec::new();
    for tube in tubes {
        match labels::specimen(conn, tube)? {
            Some(specimen) => specimens.push(specimen),
            None => {
                await_it.execute([tube])?;
            }
        }
    }
    Ok(specimens)
}

/// Returns the specimens whose data have come now, after the laboratory has said something of them.
///
/// # Errors
/// Returns what the disk said.
pub fn no_longer_awaited(conn: &Connection) -> Result<Vec<RecordId>> {
    let sql = "SELECT tube FROM awaited WHERE EXISTS
               (SELECT 1 FROM place WHERE anchor = x'' AND kind = ?1 AND name = 'specimen' AND value = awaited.tube)";
    let mut statement = conn.prepare_cached(sql)?;
    let tubes =
        statement.query_map([PlaceKind::Key as u8], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut forget = conn.prepare_cached("DELETE FROM awaited WHERE tube = ?1")?;
    for tube in &tubes {
        forget.execute([tube])?;
    }
    said_of(conn, &tubes)
}

/// Returns the tubes of which something is said by a record of the laboratory: a decision, or the signature that closes a
/// delivery.
///
/// # Errors
/// Returns what the disk said.
pub fn tubes_told_by(conn: &Connection, custody: &Reader<'_>, record: RecordId) -> Result<Vec<String>> {
    let Some(state) = records::state(conn, record)? else { return Ok(Vec::new()) };
    let own = || state.text("tube").map(str::to_owned).into_iter().collect();
    let Some(transfer) = state.reference("transfer").filter(|_| state.model == "custody_signature") else {
        return Ok(if state.model == "specimen_disposition" { own() } else { Vec::new() });
    };
    let to_lab = records::state(conn, transfer)?.is_some_and(|transfer| transfer.text("stage") == Some(TO_LAB));
    if !to_lab || !custody.closing(transfer).is_some_and(|closing| closing.is_closed()) {
        return Ok(Vec::new());
    }
    Ok(custody.lines(transfer).iter().filter_map(|line| line.text("tube").map(str::to_owned)).collect())
}

/// Returns what the laboratory says of a tube, for a receipt; `None` if it says nothing.
///
/// # Errors
/// Returns what the disk said.
pub fn outcome(conn: &Connection, custody: &Reader<'_>, tube: &str) -> Result<Option<TubeOutcome>> {
    let Some(said) = custody.of_tube(tube) else { return Ok(None) };
    let by_lab = records::state(conn, said.transfer)?;
    let by_lab = by_lab.filter(|transfer| transfer.text("stage") == Some(TO_LAB));
    let Some(transfer) = by_lab else { return Ok(None) };
    let at = said.at.or_else(|| transfer.instant("handed_at"));
    // What is no code cannot be on a label, and no receipt can name it.
    let (Some(at), Ok(specimen)) = (at, tube.parse()) else { return Ok(None) };
    let discrepancy = said.discrepancy.and_then(|code| code.parse().ok());
    Ok(Some(TubeOutcome { specimen, state: said.state, at, discrepancy }))
}
