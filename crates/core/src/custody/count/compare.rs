//! What a count says that a hand-over does not say yet, and where the two differ. Nothing that was said there is overwritten.

use super::{Count, CountLine};
use crate::{
    custody::Outcome,
    ids::RecordId,
    model::{UNSEEN, Values},
};

/// A tube of which the two say different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// What is printed on it; empty if it has no label that can be read.
    pub tube: String,
    /// What the hand-over says.
    pub here: String,
    /// What the count says.
    pub counted: String,
}

/// A hand-over beside a count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared<'a> {
    /// Lines of the hand-over that nobody has looked at, with what was counted.
    pub says: Vec<(RecordId, &'a CountLine)>,
    /// Tubes that were in hand and that the hand-over does not name.
    pub new: Vec<&'a CountLine>,
    /// Tubes of which it says something else.
    pub differs: Vec<Differs>,
    /// Tubes of the hand-over that the count does not know.
    pub not_counted: Vec<String>,
}

/// Compares a count with the lines of a hand-over.
pub fn compare<'a, L: Values>(count: &'a Count, lines: &[(RecordId, L)]) -> Compared<'a> {
    let mut found = Compared::default();
    for counted in count.lines.iter().filter(|line| Outcome::of(*line) != Outcome::Unseen) {
        let code = counted.text("tube");
        let here =
            lines.iter().find(|(id, line)| if code.is_some() { line.text("tube") == code } else { *id == counted.id });
        match here {
            None if Outcome::of(counted) == Outcome::Missing => {}
            None => found.new.push(counted),
            Some((id, line)) if Outcome::of(line) == Outcome::Unseen => found.says.push((*id, counted)),
            Some((_, line)) if is_same(counted, line) => {}
            Some((_, line)) => found.differs.push(Differs {
                tube: code.unwrap_or_default().to_owned(),
                here: line.text("outcome").unwrap_or(UNSEEN).to_owned(),
                counted: counted.text("outcome").unwrap_or(UNSEEN).to_owned(),
            }),
        }
    }
    let knows = |code: &str| count.lines.iter().any(|line| line.text("tube") == Some(code));
    let unknown = lines.iter().filter_map(|(_, line)| line.text("tube")).filter(|code| !knows(code));
    found.not_counted = unknown.map(str::to_owned).collect();
    found
}

/// Says of which tubes a hand-over that is to be signed tells something else than was counted. One that was in hand and is not
/// named there stands with nothing: it may go by another hand-over, and whoever signs should know.
pub fn told_otherwise<L: Values>(count: &Count, lines: &[L]) -> Vec<Differs> {
    let mut told = Vec::new();
    for counted in count.lines.iter().filter(|line| Outcome::of(*line) != Outcome::Unseen) {
        let Some(code) = counted.text("tube") else { continue };
        let here = match lines.iter().find(|line| line.text("tube") == Some(code)) {
            None if Outcome::of(counted) == Outcome::Missing => continue,
            Some(line) if is_same(counted, line) => continue,
            Some(line) => line.text("outcome").unwrap_or(UNSEEN),
            None => "",
        };
        let said = counted.text("outcome").unwrap_or(UNSEEN);
        told.push(Differs { tube: code.to_owned(), here: here.to_owned(), counted: said.to_owned() });
    }
    told
}

/// Says whether two lines say the same of a tube. Whether it was expected depends on who looks; that it is there does not.
fn is_same(counted: &dyn Values, here: &dyn Values) -> bool {
    let there = |outcome| matches!(outcome, Outcome::Matched | Outcome::Unexpected);
    let (one, other) = (Outcome::of(counted), Outcome::of(here));
    one == other || there(one) && there(other)
}
