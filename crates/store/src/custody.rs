//! Custody as this store knows it; see [`tsela_core::custody`].

use rusqlite::Connection;
use tsela_core::{
    custody::{self, Closing, Standing},
    fold::RecordState,
    ids::RecordId,
    manifest::{MAX_TUBES, Tube, TubeState},
    model::Values as _,
};

use crate::{
    changes::Changes,
    error::Result,
    records::{self, Filter},
    world::{Known, StoredWorld},
};

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

/// How many specimens are read at a time.
const PAGE: usize = 500;

/// Returns the tubes that no hand-over has closed, the newest first, as a manifest tells of them. What could not be told
/// without a text of its own, such as an unreadable identifier, is left out.
///
/// # Errors
/// Returns what the disk said.
pub fn open_tubes(conn: &Connection) -> Result<Vec<Tube>> {
    let mut filter = Filter { model: Some("specimen"), limit: PAGE, ..Filter::default() };
    let mut tubes = Vec::new();
    loop {
        let (_, page) = records::list(conn, &filter)?;
        for record in &page {
            let state = of_specimen(conn, &record.state)?.state;
            if is_open(state) {
                tubes.extend(tube(conn, &record.state, state)?);
            }
        }
        if page.len() < PAGE || tubes.len() >= MAX_TUBES {
            tubes.truncate(MAX_TUBES);
            return Ok(tubes);
        }
        filter.offset += PAGE;
    }
}

fn is_open(state: TubeState) -> bool {
    use TubeState::{Collected, Found, Missing, Packed, Planned};
    matches!(state, Planned | Collected | Packed | Missing | Found)
}

fn tube(conn: &Connection, specimen: &RecordState, state: TubeState) -> Result<Option<Tube>> {
    let requisition = specimen.reference("requisition").map(|id| records::state(conn, id)).transpose()?.flatten();
    let read = || {
        Some(Tube {
            specimen: specimen.text("specimen_identifier")?.parse().ok()?,
            panel: requisition.as_ref()?.text("panel")?.parse().ok()?,
            tube_type: specimen.text("tube_type")?.parse().ok()?,
            drawn_at: specimen.instant("collected_at"),
            state,
        })
    };
    Ok(read())
}

fn asked<T>(conn: &Connection, ask: impl FnOnce(&StoredWorld<'_>) -> T) -> Result<T> {
    let (changes, known) = (Changes::default(), Known::new());
    let world = StoredWorld::over(conn, &changes, &known);
    let answer = ask(&world);
    world.finish()?;
    Ok(answer)
}
