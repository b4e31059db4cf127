//! Custody as this store knows it; see [`tsela_core::custody`].

use rusqlite::Connection;
use tsela_core::{
    custody::{self, Closing, Standing},
    fold::RecordState,
    ids::RecordId,
};

use crate::{
    changes::Changes,
    error::Result,
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

fn asked<T>(conn: &Connection, ask: impl FnOnce(&StoredWorld<'_>) -> T) -> Result<T> {
    let (changes, known) = (Changes::default(), Known::new());
    let world = StoredWorld::over(conn, &changes, &known);
    let answer = ask(&world);
    world.finish()?;
    Ok(answer)
}
