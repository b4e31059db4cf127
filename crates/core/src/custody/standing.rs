//! Where a tube is, and whether a hand-over is closed.

use std::{cell::RefCell, collections::BTreeMap};

use super::{ContentHash, Outcome, Tally, content_hash, lines, signatures};
use crate::{
    fold::RecordState,
    ids::RecordId,
    manifest::TubeState,
    model::{ACCEPTED, GIVER, RECOLLECT, REJECTED, SAME_SPECIMEN, SAME_TUBE, TAKER, TO_LAB, Values},
    rules::is_live,
    time::Timestamp,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: TubeState,
    /// The hand-over that says so.
    pub transfer: Option<RecordId>,
    /// The bag in which it was packed.
    pub bag: Option<RecordId>,
    /// When the laboratory had it in hand, decided, or missed it, if one of these says where it is.
    pub at: Option<Timestamp>,
    /// What the laboratory says is wrong with it.
    pub discrepancy: Option<String>,
}

/// What hand-overs and the laboratory say of a tube.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Where it is.
    pub state: TubeState,
    /// The hand-over that says so.
    pub transfer: RecordId,
    /// When the laboratory had it in hand, decided, or missed it.
    pub at: Option<Timestamp>,
    /// What is wrong with it.
    pub discrepancy: Option<String>,
    /// In how many hand-overs a driver took it.
    pub taken: usize,
}

/// Answers where tubes are. How far a hand-over has come is found out once, however many tubes it names: what the world
/// says must not change meanwhile.
pub struct Custody<'w> {
    world: &'w dyn World,
    closings: RefCell<BTreeMap<RecordId, Option<Closing>>>,
}

impl<'w> Custody<'w> {
    /// Returns custody in a world.
    pub fn of(world: &'w dyn World) -> Self {
        Self { world, closings: RefCell::default() }
    }

    /// Returns the world.
    pub fn world(&self) -> &'w dyn World {
        self.world
    }

    /// Returns how far a hand-over has come; `None` if it is not here.
    pub fn closing(&self, transfer: RecordId) -> Option<Closing> {
        *self.closings.borrow_mut().entry(transfer).or_insert_with(|| closing(transfer, self.world))
    }

    /// Returns where a specimen is by its own record, the hand-overs that both people have signed, and the laboratory's
    /// decisions.
    pub fn of_specimen(&self, specimen: &RecordState) -> Standing {
        let said = specimen.text("specimen_identifier").and_then(|code| self.of_tube(code));
        standing(specimen, said.as_ref())
    }

    /// Returns where a tube is by the closed hand-overs and the laboratory's decisions alone; `None` if none names it.
    ///
    /// A step further counts for more than one before it, and a tube that was in somebody's hands at a step is not missing
    /// there, whichever of the two was written first: it has been found. A tube that the laboratory missed and that a driver
    /// has taken once more since is with the driver: each time it was missed accounts for one time it was taken.
    pub fn of_tube(&self, code: &str) -> Option<Said> {
        let lines = self.world.by_match(SAME_TUBE, code).into_iter().filter_map(|id| self.world.record(id));
        let mut said: Vec<Word> = lines.filter(|line| is_live(line)).filter_map(|line| self.said_by(&line)).collect();
        let count = |step, weight| said.iter().filter(|word| word.rank == (step, weight)).count();
        let (taken, missed) = (count(TO_CARRIER_STEP, IN_HAND), count(TO_LAB_STEP, MISSED));
        if taken > missed {
            said.retain(|word| word.rank != (TO_LAB_STEP, MISSED));
        }
        let furthest = said.into_iter().max_by_key(|word| word.rank)?;
        let mut said = Said {
            state: furthest.state,
            transfer: furthest.transfer,
            at: furthest.at,
            discrepancy: furthest.wrong,
            taken,
        };
        let dispositions = self.world.by_match(SAME_SPECIMEN, code).into_iter().filter_map(|id| self.world.record(id));
        let decided = dispositions.filter(|decision| is_live(decision)).filter_map(|decision| {
            let (weight, state) = decided(decision.text("decision")?)?;
            Some((weight, state, decision.instant("decided_at"), decision.text("discrepancy").map(str::to_owned)))
        });
        // Of two decisions on one tube, which is a finding, the worse counts.
        let worst = decided.max_by_key(|(weight, ..)| *weight);
        if let Some((_, state, at, discrepancy)) = worst.filter(|_| is_at_lab(said.state)) {
            (said.state, said.at, said.discrepancy) = (state, at, discrepancy);
        }
        Some(said)
    }

    /// Returns what a line says of its tube; `None` if it says nothing.
    fn said_by(&self, line: &RecordState) -> Option<Word> {
        let transfer = line.reference("transfer")?;
        let to_lab = self.world.record(transfer)?.text("stage") == Some(TO_LAB);
        let recollect = line.yes_no("recollect") == Some(true);
        let (weight, state) = match (Outcome::of(line), to_lab) {
            (Outcome::Matched | Outcome::Unexpected, false) => (IN_HAND, TubeState::WithCarrier),
            (Outcome::Matched | Outcome::Unexpected, true) => (IN_HAND, TubeState::Received),
            (Outcome::Rejected, true) if recollect => (REFUSED, TubeState::RecollectionRequested),
            (Outcome::Rejected, true) => (REFUSED, TubeState::Rejected),
            (Outcome::Missing, _) => (MISSED, TubeState::Missing),
            // What was not taken stays where it was.
            (Outcome::Rejected, false) | (Outcome::HeldBack | Outcome::Unseen, _) => return None,
        };
        if !self.closing(transfer)?.is_closed() {
            return None;
        }
        let step = if to_lab { TO_LAB_STEP } else { TO_CARRIER_STEP };
        let handed_at = || self.world.record(transfer)?.instant("handed_at");
        Some(Word {
            rank: (step, weight),
            state,
            transfer,
            at: to_lab.then(|| line.instant("seen_at").or_else(handed_at)).flatten(),
            wrong: line.text("discrepancy").filter(|_| to_lab).map(str::to_owned),
        })
    }
}

const TO_CARRIER_STEP: u8 = 0;
const TO_LAB_STEP: u8 = 1;
const MISSED: u8 = 0;
const REFUSED: u8 = 1;
const IN_HAND: u8 = 2;

/// What one line says of its tube.
struct Word {
    /// Its step and its weight within the step.
    rank: (u8, u8),
    state: TubeState,
    transfer: RecordId,
    at: Option<Timestamp>,
    wrong: Option<String>,
}

/// Returns where a specimen is by its own record, and by what was said of its tube.
pub fn standing(specimen: &RecordState, said: Option<&Said>) -> Standing {
    let bag = specimen.reference("bag");
    let by_itself = match (specimen.has("labelled_at"), bag) {
        (_, Some(_)) => TubeState::Packed,
        (true, None) => TubeState::Collected,
        (false, None) => TubeState::Planned,
    };
    match said.cloned() {
        Some(Said { state, transfer, at, discrepancy, .. }) => {
            Standing { state, transfer: Some(transfer), bag, at, discrepancy }
        }
        None => Standing { state: by_itself, transfer: None, bag, at: None, discrepancy: None },
    }
}

/// Says whether the laboratory has a tube, or had it and refused it.
pub fn is_at_lab(state: TubeState) -> bool {
    use TubeState::{Accepted, Received, RecollectionRequested, Rejected};
    matches!(state, Received | Accepted | Rejected | RecollectionRequested)
}

fn decided(decision: &str) -> Option<(u8, TubeState)> {
    match decision {
        ACCEPTED => Some((0, TubeState::Accepted)),
        REJECTED => Some((1, TubeState::Rejected)),
        RECOLLECT => Some((2, TubeState::RecollectionRequested)),
        _ => None,
    }
}
