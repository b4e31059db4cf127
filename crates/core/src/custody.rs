//! Custody: where a tube is, whether a hand-over comes out even, and what its signatures are good for.
//!
//! Nothing of it is stored. It follows from the records, on every machine alike, and no clock has a say: the furthest
//! step that both people have signed is where the tube is.

mod clock;
mod content;
mod count;
mod offer;
mod seeing;
mod standing;
mod tally;
#[cfg(test)]
mod tests;

pub use clock::Urgency;
pub use content::{ContentHash, content_hash, content_text};
pub use count::{
    Compared, Count, CountLine, Counting, Differs, MAX_COUNT, MAX_LINES, Newer, NotCounted, SignedTubes, compare,
    told_otherwise,
};
pub use offer::{Countersigned, MAX_CONTENT, Offer, Offered};
pub use seeing::{InHand, Otherwise};
pub use standing::{Closing, Custody, Said, Standing, closing, is_at_lab, standing};
pub use tally::{Outcome, Tally};

use std::borrow::Cow;

use crate::{fold::RecordState, ids::RecordId, rules::is_live, world::World};

/// Most tubes with which a hand-over begins, and most that join it at once. Each is a line of one save, of which
/// [`MAX_SAVE_BYTES`](crate::entry::MAX_SAVE_BYTES) leaves 655 bytes for each.
pub const MOST_AT_ONCE: usize = 400;

/// Returns the lines of a hand-over that count, by id.
pub fn lines<'w>(transfer: RecordId, world: &'w dyn World) -> Vec<Cow<'w, RecordState>> {
    parts(transfer, "custody_line", world)
}

/// Returns the signatures under a hand-over that count, by id.
pub fn signatures<'w>(transfer: RecordId, world: &'w dyn World) -> Vec<Cow<'w, RecordState>> {
    parts(transfer, "custody_signature", world)
}

fn parts<'w>(transfer: RecordId, model: &str, world: &'w dyn World) -> Vec<Cow<'w, RecordState>> {
    let found = world.referring(transfer, model, "transfer").into_iter().filter_map(|id| world.record(id));
    found.filter(|state| is_live(state)).collect()
}
