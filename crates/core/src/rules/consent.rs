//! Rules of consent: who may give it, with whom beside them, and after which screening.

use std::borrow::Cow;

use super::{age_on, eligibility::losses, judge::Judge};
use crate::{
    fold::RecordState,
    model::Values,
    problem::{Broken, Rule},
    time::Timestamp,
};

pub(super) static RULES: &[&Rule] = &[
    &AGE,
    &GUARDIAN_REQUIRED,
    &GUARDIAN_REFUSED,
    &WITNESS_REQUIRED,
    &SCREENING_MISSING,
    &SCREENING_INELIGIBLE,
    &WITHDRAWAL_REASON,
    &WITHDRAWAL_TIME,
    &WITHDRAWAL_EARLY,
];

static AGE: Rule = Rule::error(
    "consent.age",
    "{field}: the participant is {age} on that day; consent is for ages {low} to {high}. Check the date of birth; if it is right, the person cannot take part.",
);
static GUARDIAN_REQUIRED: Rule = Rule::error(
    "consent.guardian_required",
    "{field} is empty: a participant under {limit}, or who cannot consent, needs a guardian. Enter the guardian's name.",
);
static GUARDIAN_REFUSED: Rule = Rule::error(
    "consent.guardian_refused",
    "{field}: a participant of {limit} or older consents alone. Remove the guardian, or correct the screening if the person cannot consent.",
);
static WITNESS_REQUIRED: Rule = Rule::error(
    "consent.witness_required",
    "{field} is empty: a participant who cannot read needs a literate witness. Enter the witness's name.",
);
static SCREENING_MISSING: Rule = Rule::error(
    "consent.screening_missing",
    "{field}: the participant was not screened before this consent. Fill in the screening first.",
);
static SCREENING_INELIGIBLE: Rule = Rule::error(
    "consent.screening_ineligible",
    "{field}: the last screening before this consent says that the person cannot take part ({reasons}). Correct the screening if it is wrong; otherwise there is no consent.",
);
static WITHDRAWAL_REASON: Rule =
    Rule::error("consent.withdrawal_reason", "{field} is empty. Say why the consent was withdrawn.");
static WITHDRAWAL_TIME: Rule =
    Rule::error("consent.withdrawal_time", "{field} is empty. Say when the consent was withdrawn.");
static WITHDRAWAL_EARLY: Rule =
    Rule::error("consent.withdrawal_early", "{field} is before the consent. Correct one of the two times.");

pub(super) fn judge(judge: &Judge<'_>) {
    withdrawal(judge);
    let Some(at) = judge.values.instant("consent_datetime") else { return };
    let Some(participant) = judge.referred("participant") else { return };
    let screening = screening(judge, participant, at);
    guardian(judge, participant, screening.as_deref(), at);
    if participant.yes_no("is_literate") == Some(false) && !judge.has("witness_name") {
        judge.breaks(&WITNESS_REQUIRED, "witness_name");
    }
    match screening {
        None => judge.breaks(&SCREENING_MISSING, "participant"),
        Some(screening) => {
            let losses = losses(screening.as_ref(), judge.limits());
            if !losses.is_empty() {
                let broken = Broken::at(&SCREENING_INELIGIBLE, "participant").with("reasons", losses.join(", "));
                judge.note(broken.among(vec![screening.id]));
            }
        }
    }
}

/// Returns the last screening of the participant's member that was not after the consent.
fn screening<'a>(judge: &Judge<'a>, participant: &RecordState, at: Timestamp) -> Option<Cow<'a, RecordState>> {
    let member = participant.reference("member")?;
    let mut screenings = judge.referring(member, "eligibility", "member");
    screenings.retain(|screening| screening.instant("screened_at").is_some_and(|screened| screened <= at));
    screenings.into_iter().max_by_key(|screening| (screening.instant("screened_at"), screening.id))
}

fn guardian(judge: &Judge<'_>, participant: &RecordState, screening: Option<&RecordState>, at: Timestamp) {
    let limits = judge.limits();
    let age = participant.date("dob").map(|dob| age_on(dob, judge.date(at)));
    if let Some(age) = age.filter(|age| !limits.consent_age.contains(age)) {
        let broken = Broken::at(&AGE, "consent_datetime").with("age", age);
        judge.note(broken.with("low", limits.consent_age.low).with("high", limits.consent_age.high));
    }
    let minor = age.map(|age| age < limits.full_age);
    let cannot_consent = screening.is_some_and(|screening| screening.yes_no("can_consent") == Some(false));
    let named = judge.has("guardian_name");
    if (minor == Some(true) || cannot_consent) && !named {
        judge.note(Broken::at(&GUARDIAN_REQUIRED, "guardian_name").with("limit", limits.full_age));
    }
    if minor == Some(false) && !cannot_consent && named {
        judge.note(Broken::at(&GUARDIAN_REFUSED, "guardian_name").with("limit", limits.full_age));
    }
}

fn withdrawal(judge: &Judge<'_>) {
    let withdrawn = judge.values.instant("withdrawn_at");
    match (withdrawn, judge.has("withdrawal_reason")) {
        (Some(_), false) => judge.breaks(&WITHDRAWAL_REASON, "withdrawal_reason"),
        (None, true) => judge.breaks(&WITHDRAWAL_TIME, "withdrawn_at"),
        _ => {}
    }
    if withdrawn.is_some_and(|withdrawn| judge.values.instant("consent_datetime").is_some_and(|at| withdrawn < at)) {
        judge.breaks(&WITHDRAWAL_EARLY, "withdrawn_at");
    }
}
