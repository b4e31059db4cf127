//! Rules of a participant: names, identity, phone, and whether the person is here already.

use super::{
    every::REQUIRED,
    judge::{Judge, ids},
    names,
};
use crate::{
    model::{Participant, RecordModel, SAME_IDENTITY, Values},
    problem::{Broken, Rule},
};

pub(super) static RULES: &[&Rule] = &[
    &IDENTITY_TWICE,
    &IDENTITY_FORMAT,
    &IDENTITY_GENDER,
    &PHONE_FORMAT,
    &HOUSEHOLD_DIFFERS,
    &SAME_IDENTITY_AS,
    &SAME_PERSON_AS,
];

static IDENTITY_TWICE: Rule = Rule::error(
    "participant.identity_twice",
    "{field} is not the same as the identity. Look at the document and type both again.",
);
static IDENTITY_FORMAT: Rule = Rule::error(
    "participant.identity_format",
    "{field} must be {looks_like} for this type of identity. Look at the document and correct it.",
);
static IDENTITY_GENDER: Rule = Rule::error(
    "participant.identity_gender",
    "{field}: its character {position} is that of the other gender. Correct the identity or the gender.",
);
static PHONE_FORMAT: Rule = Rule::error(
    "participant.phone_format",
    "{field} is not a number of this country ({looks_like}). Correct it, or leave it empty.",
);
static HOUSEHOLD_DIFFERS: Rule = Rule::error(
    "participant.household_differs",
    "{field} is not the household of the chosen member. Choose the member again.",
);
static SAME_IDENTITY_AS: Rule = Rule::warning(
    "participant.same_identity",
    "{field}: another participant has this identity. Look whether it is the same person, or say why it is not.",
);
static SAME_PERSON_AS: Rule = Rule::warning(
    "participant.same_person",
    "{field}: another participant has these names and this date of birth. Look whether it is the same person, or say why it is not.",
);

pub(super) fn judge(judge: &Judge<'_>) {
    names::judge(judge);
    if judge.is_form() {
        typed_twice(judge);
    }
    identity(judge);
    if let Some(phone) = judge.values.text("phone")
        && !judge.package.phone_fits(phone)
    {
        judge.note(Broken::at(&PHONE_FORMAT, "phone").with("looks_like", judge.package.phone_looks_like()));
    }
    let household_of_member = judge.referred("member").and_then(|member| member.reference("household"));
    if household_of_member.is_some_and(|of| judge.values.reference("household").is_some_and(|own| own != of)) {
        judge.breaks(&HOUSEHOLD_DIFFERS, "household");
    }
    duplicates(judge);
}

/// An identity that is new or has changed is typed a second time, unseen.
fn typed_twice(judge: &Judge<'_>) {
    let Some(identity) = judge.values.text("identity") else { return };
    match judge.values.text("confirm_identity") {
        Some(again) if again == identity => {}
        Some(_) => judge.breaks(&IDENTITY_TWICE, "confirm_identity"),
        None => {
            let unchanged = judge.before().is_some_and(|before| before.text("identity") == Some(identity));
            if !unchanged {
                judge.breaks(&REQUIRED, "confirm_identity");
            }
        }
    }
}

fn identity(judge: &Judge<'_>) {
    let (Some(kind), Some(identity)) = (judge.values.text("identity_type"), judge.values.text("identity")) else {
        return;
    };
    let package = judge.package;
    if !package.identity_fits(kind, identity) {
        let looks_like = package.identity_format(kind).map_or("", |format| &format.looks_like);
        return judge.note(Broken::at(&IDENTITY_FORMAT, "identity").with("looks_like", looks_like));
    }
    let gender = judge.values.text("gender").unwrap_or_default();
    if package.identity_contradicts_gender(kind, identity, gender) {
        let digit = package.identity_format(kind).and_then(|format| format.gender_digit.as_ref());
        let position = digit.map_or(0, |digit| digit.position);
        judge.note(Broken::at(&IDENTITY_GENDER, "identity").with("position", position));
    }
}

/// Somebody with the same identity, or with the same names and date of birth but another identity.
fn duplicates(judge: &Judge<'_>) {
    let same_identity = |other: &dyn Values| {
        ["identity_type", "identity"].iter().all(|field| other.value(field) == judge.values.value(field))
    };
    for (kind, value) in Participant::match_keys(judge.values) {
        let mut found = judge.others(judge.world.by_match(kind, &value));
        let (rule, field) = if kind == SAME_IDENTITY {
            (&SAME_IDENTITY_AS, "identity")
        } else {
            found.retain(|other| !same_identity(other));
            (&SAME_PERSON_AS, "last_name")
        };
        if !found.is_empty() {
            judge.note(Broken::at(rule, field).among(ids(&found)));
        }
    }
}
