//! Rules of a household member.

use super::{
    judge::{Judge, ids},
    names,
};
use crate::{
    model::Values,
    problem::{Broken, Rule},
};

pub(super) static RULES: &[&Rule] = &[&HEAD_SECOND, &HEAD_YOUNG, &HEAD_RELATION, &RELATION_GENDER, &DEAD_PRESENT];

static HEAD_SECOND: Rule = Rule::error(
    "household_member.head_second",
    "{field}: this household has a head already. Only one member can be it; correct this member or the other.",
);
static HEAD_YOUNG: Rule = Rule::error(
    "household_member.head_young",
    "{field}: a head of household is {limit} years or older. Correct the age, or choose another head.",
);
static HEAD_RELATION: Rule = Rule::error(
    "household_member.head_relation",
    "{field} does not agree with the answer to head of household. Correct one of them.",
);
static RELATION_GENDER: Rule = Rule::error(
    "household_member.relation_gender",
    "{field} does not go with the gender. Correct the relation or the gender.",
);
static DEAD_PRESENT: Rule = Rule::error(
    "household_member.dead_present",
    "{field}: a member who has died cannot be present. Correct this or the survival status.",
);

pub(super) fn judge(judge: &Judge<'_>) {
    names::judge(judge);
    let values = judge.values;
    let head = values.yes_no("head_of_household");
    if head == Some(true) {
        head_of_household(judge);
    }
    if let (Some(head), Some(relation)) = (head, values.text("relation")) {
        if head != (relation == "head") {
            judge.breaks(&HEAD_RELATION, "relation");
        }
        let implied = judge.package.package().code("relation", relation).and_then(|code| code.gender.as_deref());
        if implied.is_some_and(|implied| values.text("gender").is_some_and(|gender| gender != implied)) {
            judge.breaks(&RELATION_GENDER, "relation");
        }
    }
    if values.text("survival_status") == Some("dead") && values.yes_no("present_today") == Some(true) {
        judge.breaks(&DEAD_PRESENT, "present_today");
    }
}

fn head_of_household(judge: &Judge<'_>) {
    let limit = judge.limits().head_age;
    if judge.values.integer("age_in_years").is_some_and(|age| age < limit) {
        judge.note(Broken::at(&HEAD_YOUNG, "head_of_household").with("limit", limit));
    }
    let Some(household) = judge.values.reference("household") else { return };
    let mut heads = judge.referring(household, "household_member", "household");
    heads.retain(|member| member.yes_no("head_of_household") == Some(true));
    if !heads.is_empty() {
        judge.note(Broken::at(&HEAD_SECOND, "head_of_household").among(ids(&heads)));
    }
}
