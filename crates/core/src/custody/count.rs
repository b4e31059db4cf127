//! Tubes that the taker has counted on the taker's own screen, against the list that the giver's laptop has brought.
//!
//! It is no hand-over: the giver authors that one, and takes over what was counted. Until then it is a text of the taker's
//! laptop, which knows neither specimens nor participants.

mod compare;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;

pub use compare::{Compared, Differs, compare, told_otherwise};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{InHand, Otherwise, Outcome, Tally};
use crate::{
    entry::{Fields, Value},
    ids::{DeviceId, RecordId, StreamCode, StudyId},
    manifest::{MAX_TUBES, Manifest, TubeState},
    model::{CustodyLine, MATCHED, RecordModel as _, UNEXPECTED, UNSEEN, Values},
    rules,
    seal::Context,
    time::Timestamp,
    trust::Document,
};

/// Most lines of a count: every tube of a list, and those that nobody expected.
pub const MAX_LINES: usize = MAX_TUBES + super::MOST_AT_ONCE;
/// Most bytes of a count on its way.
pub const MAX_COUNT: usize = 4 * 1024 * 1024;

/// What was counted on the taker's laptop, as its device signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// The study.
    pub study: StudyId,
    /// The taker's laptop.
    pub carrier: DeviceId,
    /// The giver's laptop, whose tubes these are.
    pub author: DeviceId,
    /// Names the count.
    pub id: RecordId,
    /// Who counts, by the name at sign-in.
    pub by: String,
    /// When it was begun, by the taker's clock.
    pub begun_at: Timestamp,
    /// When something was said last, by the taker's clock.
    pub changed_at: Timestamp,
    /// The giver's stream in which that list is numbered.
    pub stream: StreamCode,
    /// Number of the list that it goes by.
    pub manifest: u64,
    /// When that list was made, by the giver's clock.
    pub manifest_at: Timestamp,
    /// One line for each tube.
    pub lines: Vec<CountLine>,
}

/// One tube of a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountLine {
    /// Names the line.
    pub id: RecordId,
    /// What was seen of it: the fields of a `custody_line` but for its hand-over.
    pub said: Fields,
}

impl Document for Count {
    const CONTEXT: Context = Context::Custody;
    const WHAT: &'static str = "count of tubes";
}

/// Why a tube was not taken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotCounted {
    /// It was seen already, as this.
    Again(String),
    /// The list does not expect it; if it names it, that is where it was then.
    NotExpected(Option<TubeState>),
    /// There is no such line.
    NoLine,
    /// An expected tube is not unexpected, and the other way round.
    Unexpected,
    /// That cannot be said of a tube.
    NotSaid,
    /// There are too many lines.
    TooMany,
}

/// What of a newer list differs from the one that a count goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Newer {
    /// Tubes that the newer one expects besides.
    pub more: Vec<String>,
    /// Tubes that it does not expect any more.
    pub gone: Vec<String>,
}

/// Who counts whose tubes.
#[derive(Clone, Debug)]
pub struct Counting {
    /// The study.
    pub study: StudyId,
    /// The taker's laptop.
    pub carrier: DeviceId,
    /// Names the count.
    pub id: RecordId,
    /// Who counts.
    pub by: String,
    /// The time.
    pub now: Timestamp,
}

impl Values for CountLine {
    fn value(&self, field: &str) -> Option<&Value> {
        self.said.get(field)
    }
}

impl Count {
    /// Begins to count: every tube that can be handed over is expected, and nobody has looked for it.
    pub fn begin(who: Counting, list: &Manifest, fresh: impl FnMut() -> RecordId) -> Self {
        let Counting { study, carrier, id, by, now } = who;
        let mut count = Self {
            study,
            carrier,
            author: list.device,
            id,
            by,
            begun_at: now,
            changed_at: now,
            stream: list.stream,
            manifest: list.number,
            manifest_at: list.at,
            lines: Vec::new(),
        };
        count.go_on_with(list, now, fresh);
        count
    }

    /// Takes down that an expected tube is there. One that was missing is found.
    ///
    /// # Errors
    /// [`NotCounted`].
    pub fn see(&mut self, code: &str, seen: InHand<'_>, list: Option<&Manifest>) -> Result<&CountLine, NotCounted> {
        let Some(line) = self.lines.iter_mut().find(|line| line.text("tube") == Some(code)) else {
            let tube = list.and_then(|list| list.tubes.iter().find(|tube| tube.specimen.as_str() == code));
            return Err(NotCounted::NotExpected(tube.map(|tube| tube.state)));
        };
        if !matches!(Outcome::of(line), Outcome::Unseen | Outcome::Missing) {
            return Err(NotCounted::Again(line.text("outcome").unwrap_or_default().to_owned()));
        }
        self.changed_at = seen.at;
        line.say(seen.matched());
        Ok(line)
    }

    /// Takes down a tube that is there and was not expected; without a code if its label cannot be read.
    ///
    /// # Errors
    /// [`NotCounted`].
    pub fn unexpected(
        &mut self,
        id: RecordId,
        code: Option<&str>,
        seen: InHand<'_>,
        (explanation, discrepancy): (&str, Option<&str>),
    ) -> Result<&CountLine, NotCounted> {
        let known = self.lines.iter().find(|line| code.is_some() && line.text("tube") == code);
        if let Some(known) = known {
            return Err(NotCounted::Again(known.text("outcome").unwrap_or_default().to_owned()));
        }
        if self.lines.len() >= MAX_LINES {
            return Err(NotCounted::TooMany);
        }
        self.changed_at = seen.at;
        let mut line = CountLine { id, said: Fields::new() };
        line.say(code.map(|code| ("tube".to_owned(), code.into())).into_iter().collect());
        line.say(seen.unexpected(explanation, discrepancy));
        self.lines.push(line);
        self.lines.last().ok_or(NotCounted::NoLine)
    }

    /// Says of a tube what no scan says. An unexpected one can only be taken out again.
    ///
    /// # Errors
    /// [`NotCounted`].
    pub fn say(&mut self, id: RecordId, what: Otherwise<'_>, now: Timestamp) -> Result<Option<&CountLine>, NotCounted> {
        let at = self.lines.iter().position(|line| line.id == id).ok_or(NotCounted::NoLine)?;
        let line = self.lines.get_mut(at).ok_or(NotCounted::NoLine)?;
        if Outcome::of(line) == Outcome::Unexpected {
            if what.outcome != UNSEEN {
                return Err(NotCounted::Unexpected);
            }
            self.lines.remove(at);
            self.changed_at = now;
            return Ok(None);
        }
        let set = what.of(line, now).ok_or(NotCounted::NotSaid)?;
        self.changed_at = now;
        line.say(set);
        Ok(self.lines.get(at))
    }

    /// Counts the lines. What is expected is what the list names.
    pub fn tally(&self) -> Tally {
        let expected = self.lines.iter().filter(|line| Outcome::of(*line) != Outcome::Unexpected).count();
        Tally::of(expected as u64, self.lines.iter().map(|line| line as &dyn Values))
    }

    /// Says whether the giver's newest list is another than the one that this goes by. Numbers tell; clocks may be wrong.
    pub fn is_older_than(&self, newest: &Manifest) -> bool {
        (self.stream, self.manifest) != (newest.stream, newest.number)
    }

    /// Says what a list expects that this count does not, and the other way round.
    pub fn against(&self, list: &Manifest) -> Newer {
        let theirs: BTreeSet<&str> = expected(list).collect();
        let ours: BTreeMap<&str, Outcome> =
            self.lines.iter().filter_map(|line| Some((line.text("tube")?, Outcome::of(line)))).collect();
        let more = theirs.iter().filter(|code| ours.get(*code).is_none_or(|seen| *seen == Outcome::Unexpected));
        let gone = ours.iter().filter(|(code, seen)| !theirs.contains(*code) && **seen != Outcome::Unexpected);
        Newer {
            more: more.map(|code| (*code).to_owned()).collect(),
            gone: gone.map(|(code, _)| (*code).to_owned()).collect(),
        }
    }

    /// Goes on with another list. What somebody had in hand stays as it was seen; of what the list does not name any more, only
    /// what nobody has found is left out; an unexpected tube that it names was expected.
    pub fn go_on_with(&mut self, list: &Manifest, now: Timestamp, mut fresh: impl FnMut() -> RecordId) {
        let Newer { more, gone } = self.against(list);
        self.lines.retain(|line| {
            Outcome::of(line).is_seen() || !line.text("tube").is_some_and(|code| gone.iter().any(|gone| gone == code))
        });
        for code in more {
            if let Some(line) = self.lines.iter_mut().find(|line| line.text("tube") == Some(&code)) {
                line.say([("outcome".to_owned(), MATCHED.into()), ("explanation".to_owned(), Value::Null)].into());
            } else {
                let said = [("tube".to_owned(), code.into()), ("outcome".to_owned(), UNSEEN.into())].into();
                self.lines.push(CountLine { id: fresh(), said });
            }
        }
        (self.stream, self.manifest, self.manifest_at, self.changed_at) = (list.stream, list.number, list.at, now);
    }

    /// Says whether this count has served: hand-overs that the taker has signed since it was begun have all its tubes that were
    /// seen; if none was, all that are missing.
    pub fn has_served(&self, signed: &[SignedTubes]) -> bool {
        let since = || signed.iter().filter(|signed| signed.at >= self.begun_at);
        let of = |kind: fn(Outcome) -> bool| -> Vec<&str> {
            let lines = self.lines.iter().filter(|line| kind(Outcome::of(*line)));
            lines.filter_map(|line| line.text("tube")).collect()
        };
        let mut said = of(Outcome::is_seen);
        if said.is_empty() {
            said = of(|outcome| outcome == Outcome::Missing);
        }
        !said.is_empty() && said.iter().all(|code| since().any(|signed| signed.tubes.contains(*code)))
    }

    /// Brings what another laptop has sent into its stored form; `None` if it is no count, or longer than any.
    pub fn checked(mut self) -> Option<Self> {
        if self.lines.len() > MAX_LINES || self.by.chars().count() > 200 {
            return None;
        }
        let mut codes = BTreeSet::new();
        for line in &mut self.lines {
            let (said, broken) = rules::normalise(crate::model::find(CustodyLine::NAME)?, &line.said);
            let twice = said.text("tube").is_some_and(|code| !codes.insert(code.to_owned()));
            let nameless = !said.has("tube") && said.text("outcome") != Some(UNEXPECTED);
            if !broken.is_empty() || said.contains_key("transfer") || twice || nameless {
                return None;
            }
            line.said = said;
        }
        Some(self)
    }
}

/// What of a hand-over matters for whether a count has served.
#[derive(Clone, Debug)]
pub struct SignedTubes {
    /// When the taker signed it, by the taker's clock.
    pub at: Timestamp,
    /// The codes of its tubes.
    pub tubes: BTreeSet<String>,
}

impl CountLine {
    fn say(&mut self, set: Fields) {
        for (field, value) in set {
            if value.is_null() {
                self.said.remove(&field);
            } else {
                self.said.insert(field, value);
            }
        }
    }
}

/// Returns the tubes that a list says can be handed over.
fn expected(list: &Manifest) -> impl Iterator<Item = &str> {
    let ready = list.tubes.iter().filter(|tube| matches!(tube.state, TubeState::Collected | TubeState::Packed));
    ready.map(|tube| tube.specimen.as_str())
}
