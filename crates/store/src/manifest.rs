//! The tubes of a manifest: what a carrier is told of this laptop's tubes; see [`tsela_core::manifest`].

use rusqlite::Connection;
use tsela_core::{
    fold::RecordState,
    manifest::{MAX_TUBES, Tube, TubeState},
    model::Values as _,
};

use crate::{
    custody::of_specimen,
    error::Result,
    records::{self, Filter},
};

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
