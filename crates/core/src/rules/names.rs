//! Initials against the names they stand for. A member has no last name, so there only the first is checked.

use super::judge::Judge;
use crate::{
    model::{first_letter, last_letter},
    problem::{Broken, Rule},
};

pub(super) static RULES: &[&Rule] = &[&INITIALS_FIRST, &INITIALS_LAST];

static INITIALS_FIRST: Rule = Rule::error(
    "name.initials_first",
    "{field} must begin with “{letter}”, the first letter of the first name. Correct the initials or the name.",
);
static INITIALS_LAST: Rule = Rule::error(
    "name.initials_last",
    "{field} must end with “{letter}”, the first letter of the last name. Correct the initials or the name.",
);

pub(super) fn judge(judge: &Judge<'_>) {
    let Some(initials) = judge.values.text("initials") else { return };
    let differs = |name: &str, initial: Option<char>| {
        judge.values.text(name).and_then(first_letter).filter(|letter| Some(*letter) != initial)
    };
    if let Some(letter) = differs("first_name", first_letter(initials)) {
        judge.note(Broken::at(&INITIALS_FIRST, "initials").with("letter", letter));
    }
    if let Some(letter) = differs("last_name", last_letter(initials)) {
        judge.note(Broken::at(&INITIALS_LAST, "initials").with("letter", letter));
    }
}
