//! Where a tube is, and whether a hand-over is closed.

use super::{ContentHash, Outcome, Tally, content_hash, lines, signatures};
use crate::{
    fold::RecordState,
    ids::RecordId,
    manifest::TubeState,
    model::{GIVER, SAME_TUBE, TAKER, TO_LAB, Values},
    rules::is_live,
    world::World,
};

/// How far a hand-over has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    /// What was counted.
    pub tally: Tally,
    /// The hash of what it says now.
    pub content: ContentHash,
    /// Whether the giver has signed what it says now.
    pub giver: bool,
    /// Whether the taker has.
    pub taker: bool,
    /// Whether somebody has signed something else: it was changed afterwards, so that signature holds no more.
    pub is_stale: bool,
}

impl Closing {
    /// Says whether it is closed: it comes out even and both have signed what it says now. It is never opened again.
    pub fn is_closed(&self) -> bool {
        self.giver && self.taker && self.tally.is_balanced()
    }
}

/// Returns how far a hand-over has come; `None` if it is not here.
pub fn closing(transfer: RecordId, world: &dyn World) -> Option<Closing> {
    let content = content_hash(transfer, world)?;
    let state = world.record(transfer)?;
    let expected = state.integer("expected").and_then(|expected| u64::try_from(expected).ok()).unwrap_or(0);
    let lines = lines(transfer, world);
    let tally = Tally::of(expected, lines.iter().map(|line| line as &dyn Values));
    let now = content.to_string();
    let mut closing = Closing { tally, content, giver: false, taker: false, is_stale: false };
    for signature in signatures(transfer, world) {
        match signature.text("side") {
            _ if signature.text("content") != Some(&now) => closing.is_stale = true,
            Some(GIVER) => closing.giver = true,
            Some(TAKER) => closing.taker = true,
            _ => {}
        }
    }
    Some(closing)
}

/// Where a tube is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: TubeState,
    /// The hand-over that says so.
    pub transfer: Option<RecordId>,
    /// The bag in which it was packed.
    pub bag: Option<RecordId>,
}

/// Returns where a specimen is by its own record and the hand-overs that both people have signed.
pub fn of_specimen(specimen: &RecordState, world: &dyn World) -> Standing {
    let bag = specimen.reference("bag");
    let by_itself = match (specimen.has("labelled_at"), bag) {
        (_, Some(_)) => TubeState::Packed,
        (true, None) => TubeState::Collected,
        (false, None) => TubeState::Planned,
    };
    let handed = specimen.text("specimen_identifier").and_then(|code| of_tube(code, world));
    match handed {
        Some((state, transfer)) => Standing { state, transfer: Some(transfer), bag },
        None => Standing { state: by_itself, transfer: None, bag },
    }
}

/// Returns where a tube is by the closed hand-overs alone, and which of them says so; `None` if none does.
///
/// A step further counts for more than one before it, and a tube that was in somebody's hands at a step is not missing
/// there, whichever of the two was written first: it has been found.
pub fn of_tube(code: &str, world: &dyn World) -> Option<(TubeState, RecordId)> {
    let lines = world.by_match(SAME_TUBE, code).into_iter().filter_map(|id| world.record(id));
    lines
        .filter(|line| is_live(line))
        .filter_map(|line| said_by(&line, world))
        .max_by_key(|(rank, ..)| *rank)
        .map(|(_, state, transfer)| (state, transfer))
}

/// Returns what a line says of its tube, with its rank among what others say; `None` if it says nothing.
fn said_by(line: &RecordState, world: &dyn World) -> Option<((u8, u8), TubeState, RecordId)> {
    let transfer = line.reference("transfer")?;
    let to_lab = world.record(transfer)?.text("stage") == Some(TO_LAB);
    let (seen, state) = match (Outcome::of(line), to_lab) {
        (Outcome::Matched | Outcome::Unexpected, false) => (2, TubeState::WithCarrier),
        (Outcome::Matched | Outcome::Unexpected, true) => (2, TubeState::Received),
        (Outcome::Rejected, true) => (1, TubeState::Rejected),
        (Outcome::Missing, _) => (0, TubeState::Missing),
        // What was not taken stays where it was.
        (Outcome::Rejected, false) | (Outcome::HeldBack | Outcome::Unseen, _) => return None,
    };
    closing(transfer, world)?.is_closed().then_some(((u8::from(to_lab), seen), state, transfer))
}
