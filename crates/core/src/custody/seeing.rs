//! What a line says once its tube was seen, or missed: the same at every desk where two people count.

use crate::{
    entry::{Fields, Value},
    model::{HELD_BACK, MATCHED, MISSING, REJECTED, UNEXPECTED, UNSEEN, Values},
    time::Timestamp,
};

/// What a line says of how its tube was seen.
const SEEN: [&str; 3] = ["seen_at", "identified_by", "identified_reason"];

/// A tube that somebody has in hand.
#[derive(Clone, Copy, Debug)]
pub struct InHand<'a> {
    /// When, by the clock of the laptop that it is counted on.
    pub at: Timestamp,
    /// `scanned`, `typed` or `by_hand`.
    pub by: &'a str,
    /// Why it was not scanned.
    pub reason: Option<&'a str>,
}

/// What is said of an expected tube that no scan says.
#[derive(Clone, Copy, Debug)]
pub struct Otherwise<'a> {
    /// `missing`, `rejected`, `held_back` or `unseen`.
    pub outcome: &'a str,
    /// What is wrong with it.
    pub discrepancy: Option<&'a str>,
    /// Whether a rejected tube is to be drawn again.
    pub recollect: bool,
    /// Why.
    pub reason: &'a str,
}

impl InHand<'_> {
    /// Returns what a line of an expected tube says from now on.
    pub fn matched(&self) -> Fields {
        self.with([("outcome", MATCHED.into()), ("explanation", Value::Null)])
    }

    /// Returns what a line of a tube says that nobody expected.
    pub fn unexpected(&self, explanation: &str, discrepancy: Option<&str>) -> Fields {
        let discrepancy = text(discrepancy.unwrap_or_default());
        self.with([("outcome", UNEXPECTED.into()), ("explanation", text(explanation)), ("discrepancy", discrepancy)])
    }

    fn with<const N: usize>(&self, said: [(&str, Value); N]) -> Fields {
        let [at, how, why] = SEEN;
        let reason = self.reason.map_or(Value::Null, Value::from);
        let seen = [(at, self.at.to_string().into()), (how, self.by.into()), (why, reason)];
        said.into_iter().chain(seen).map(|(field, value)| (field.to_owned(), value)).collect()
    }
}

impl Otherwise<'_> {
    /// Returns what a line of an expected tube says from now on; `None` if that is nothing to be said. A tube that is rejected
    /// or held back is there, so that it is identified: by hand, unless it was scanned before.
    pub fn of(&self, line: &dyn Values, now: Timestamp) -> Option<Fields> {
        let mut set = Fields::from([
            ("outcome".to_owned(), self.outcome.into()),
            ("discrepancy".to_owned(), Value::Null),
            ("explanation".to_owned(), self.reason.into()),
        ]);
        if line.has("recollect") || self.recollect {
            let recollect = self.recollect && self.outcome == REJECTED;
            set.insert("recollect".to_owned(), if recollect { true.into() } else { Value::Null });
        }
        match self.outcome {
            REJECTED | HELD_BACK => {
                set.insert("discrepancy".to_owned(), text(self.discrepancy.unwrap_or_default()));
                if !line.has("identified_by") {
                    set.extend(InHand { at: now, by: "by_hand", reason: Some(self.reason) }.with([]));
                }
            }
            MISSING | UNSEEN => set.extend(SEEN.map(|field| (field.to_owned(), Value::Null))),
            _ => return None,
        }
        if self.outcome == UNSEEN {
            set.insert("explanation".to_owned(), Value::Null);
        }
        Some(set)
    }
}

/// Returns a typed text, or nothing if it is blank.
fn text(typed: &str) -> Value {
    let typed = typed.trim();
    if typed.is_empty() { Value::Null } else { typed.into() }
}
