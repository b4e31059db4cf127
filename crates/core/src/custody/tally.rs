//! The balance of a hand-over: every tube that was expected has been accounted for, and every other one explained.

use crate::model::{HELD_BACK, MATCHED, MISSING, REJECTED, UNEXPECTED, Values};

/// What was seen of one tube.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nobody has looked for it yet; also an outcome that this program does not know.
    Unseen,
    /// It was expected and is there.
    Matched,
    /// It was expected and is not there.
    Missing,
    /// It is there and is not taken.
    Rejected,
    /// It is there and stays with the giver.
    HeldBack,
    /// It is there and was not expected.
    Unexpected,
}

impl Outcome {
    /// Reads a line's outcome.
    pub fn of(line: &dyn Values) -> Self {
        match line.text("outcome") {
            Some(MATCHED) => Self::Matched,
            Some(MISSING) => Self::Missing,
            Some(REJECTED) => Self::Rejected,
            Some(HELD_BACK) => Self::HeldBack,
            Some(UNEXPECTED) => Self::Unexpected,
            _ => Self::Unseen,
        }
    }

    /// Says whether somebody had the tube in hand.
    pub fn is_seen(self) -> bool {
        !matches!(self, Self::Unseen | Self::Missing)
    }
}

/// How many tubes of a hand-over were seen as what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tubes that should be there, as counted when it began.
    pub expected: u64,
    /// Expected and there.
    pub matched: u64,
    /// Expected and not there.
    pub missing: u64,
    /// There and not taken.
    pub rejected: u64,
    /// There and kept for later.
    pub held_back: u64,
    /// Not looked for yet.
    pub unseen: u64,
    /// There and not expected.
    pub unexpected: u64,
    /// Of those, without an explanation.
    pub unexplained: u64,
}

impl Tally {
    /// Counts the lines of a hand-over in which `expected` tubes should be.
    pub fn of<'a>(expected: u64, lines: impl IntoIterator<Item = &'a dyn Values>) -> Self {
        let mut tally = Self { expected, ..Self::default() };
        for line in lines {
            let count = match Outcome::of(line) {
                Outcome::Unseen => &mut tally.unseen,
                Outcome::Matched => &mut tally.matched,
                Outcome::Missing => &mut tally.missing,
                Outcome::Rejected => &mut tally.rejected,
                Outcome::HeldBack => &mut tally.held_back,
                Outcome::Unexpected => {
                    tally.unexplained += u64::from(!line.has("explanation"));
                    &mut tally.unexpected
                }
            };
            *count += 1;
        }
        tally
    }

    /// Says whether it comes out even: `expected = matched + missing + rejected + held back`, nothing is unseen, and
    /// every unexpected tube has an explanation.
    pub fn is_balanced(&self) -> bool {
        self.unseen == 0
            && self.unexplained == 0
            && self.expected == self.matched + self.missing + self.rejected + self.held_back
    }
}
