//! Rules of a requisition: what a drawn specimen needs, under which consent, and when it is locked.

use std::borrow::Cow;

use super::{
    clear,
    every::REQUIRED,
    judge::{Judge, Stage, ids},
};
use crate::{
    custody,
    entry::Fields,
    fold::RecordState,
    manifest::TubeState,
    model::{RecordModel, Requisition, Values},
    package::DATA_MANAGER,
    problem::{Broken, Rule},
    time::Timestamp,
};

pub(super) static RULES: &[&Rule] = &[
    &NOT_DRAWN_BUT,
    &DRAWN_BUT,
    &VOLUME_RANGE,
    &ITEM_TYPE,
    &DRAWN_LATE,
    &DRAWN_BEFORE_CONSENT,
    &CONSENT_MISSING,
    &CONSENT_WITHDRAWN,
    &VISIT_DIFFERS,
    &TWICE,
    &RECEIVED,
];

static NOT_DRAWN_BUT: Rule = Rule::error(
    "requisition.not_drawn_but",
    "{field} is filled in although nothing was drawn. Clear it, or answer drawn with yes.",
);
static DRAWN_BUT: Rule = Rule::error(
    "requisition.drawn_but",
    "{field} is filled in although the specimen was drawn. Clear it, or answer drawn with no.",
);
static VOLUME_RANGE: Rule = Rule::error(
    "requisition.volume_range",
    "{field} must be from {low} to {high} mL for this panel. Correct it, or answer drawn with no if there is too little.",
);
static ITEM_TYPE: Rule = Rule::warning(
    "requisition.item_type",
    "{field} is not the container of this panel. Correct it, or say why another one was used.",
);
static DRAWN_LATE: Rule = Rule::error(
    "requisition.drawn_late",
    "{field} is more than {hours} h after the requisition. Correct the time, or write a new requisition.",
);
static DRAWN_BEFORE_CONSENT: Rule = Rule::error(
    "requisition.drawn_before_consent",
    "{field} is before the participant's consent. Correct the time; nothing may be drawn before consent.",
);
static CONSENT_MISSING: Rule = Rule::error(
    "requisition.consent_missing",
    "{field}: the participant has not consented. Fill in the consent before drawing.",
);
static CONSENT_WITHDRAWN: Rule = Rule::error(
    "requisition.consent_withdrawn",
    "{field} is after the participant's consent was withdrawn. Nothing may be requested or drawn any more.",
);
static VISIT_DIFFERS: Rule =
    Rule::error("requisition.visit_differs", "{field} is a visit of another participant. Choose the visit again.");
static TWICE: Rule = Rule::error(
    "requisition.twice",
    "{field} was already requested for this participant at this visit. Open that requisition instead.",
);
static RECEIVED: Rule = Rule::error(
    "requisition.received",
    "{field} cannot be changed: the laboratory has received a tube of this requisition. Ask a data manager, who corrects it with a reason.",
);

/// What a drawn specimen needs.
const IF_DRAWN: [&str; 4] = ["drawn_datetime", "item_type", "item_count", "estimated_volume"];
/// What a specimen that was not drawn needs.
const IF_NOT_DRAWN: [&str; 2] = ["reason_not_drawn", "reason_not_drawn_other"];
/// The states of a tube from its receipt at the laboratory.
const AT_LAB: [TubeState; 4] =
    [TubeState::Received, TubeState::Accepted, TubeState::Rejected, TubeState::RecollectionRequested];

pub(super) fn judge(judge: &Judge<'_>) {
    match judge.values.yes_no("is_drawn") {
        Some(true) => drawn(judge),
        Some(false) => not_drawn(judge),
        None => {}
    }
    consent(judge);
    let of_visit = judge.referred("visit").and_then(|visit| visit.reference("participant"));
    if of_visit.is_some_and(|of| judge.values.reference("participant").is_some_and(|own| own != of)) {
        judge.breaks(&VISIT_DIFFERS, "visit");
    }
    for (kind, value) in Requisition::match_keys(judge.values) {
        let found = judge.others(judge.world.by_match(kind, &value));
        if !found.is_empty() {
            judge.note(Broken::at(&TWICE, "panel").among(ids(&found)));
        }
    }
    locked(judge);
}

fn drawn(judge: &Judge<'_>) {
    let values = judge.values;
    for field in IF_DRAWN.into_iter().filter(|field| !judge.has(field)) {
        judge.breaks(&REQUIRED, field);
    }
    for field in IF_NOT_DRAWN.into_iter().filter(|field| judge.has(field)) {
        judge.breaks(&DRAWN_BUT, field);
    }
    if let Some(panel) = values.text("panel").and_then(|code| judge.package.panel(code)) {
        let range = panel.volume_ml;
        if values.decimal("estimated_volume").is_some_and(|volume| !range.contains(&volume)) {
            let broken = Broken::at(&VOLUME_RANGE, "estimated_volume");
            judge.note(broken.with("low", range.low).with("high", range.high));
        }
        if values.text("item_type").is_some_and(|item| item != panel.item_type) {
            judge.breaks(&ITEM_TYPE, "item_type");
        }
    }
    let hours = judge.limits().drawn_within_hours;
    if let (Some(drawn), Some(requested)) = (values.instant("drawn_datetime"), values.instant("requisition_datetime"))
        && drawn > requested.plus_millis(hours.saturating_mul(3_600_000))
    {
        judge.note(Broken::at(&DRAWN_LATE, "drawn_datetime").with("hours", hours));
    }
}

fn not_drawn(judge: &Judge<'_>) {
    for field in IF_DRAWN.into_iter().filter(|field| judge.has(field)) {
        judge.breaks(&NOT_DRAWN_BUT, field);
    }
    match judge.values.text("reason_not_drawn") {
        None => judge.breaks(&REQUIRED, "reason_not_drawn"),
        Some("other") if !judge.has("reason_not_drawn_other") => judge.breaks(&REQUIRED, "reason_not_drawn_other"),
        Some(_) => {}
    }
}

/// Drawing needs the consent that was valid at the time; a withdrawal stops new requisitions.
fn consent(judge: &Judge<'_>) {
    let Some(participant) = judge.referred("participant") else { return };
    let consents = judge.referring(participant.id, "consent", "participant");
    if let Some(requested) = judge.values.instant("requisition_datetime")
        && standing(&consents, requested) == Standing::Withdrawn
    {
        judge.breaks(&CONSENT_WITHDRAWN, "requisition_datetime");
    }
    if judge.values.yes_no("is_drawn") != Some(true) {
        return;
    }
    let Some(drawn) = judge.values.instant("drawn_datetime") else { return };
    match standing(&consents, drawn) {
        Standing::Missing => judge.breaks(&CONSENT_MISSING, "participant"),
        Standing::Later => judge.breaks(&DRAWN_BEFORE_CONSENT, "drawn_datetime"),
        Standing::Withdrawn => judge.breaks(&CONSENT_WITHDRAWN, "drawn_datetime"),
        Standing::Valid => {}
    }
}

#[derive(PartialEq)]
enum Standing {
    Missing,
    Later,
    Withdrawn,
    Valid,
}

fn standing(consents: &[Cow<'_, RecordState>], at: Timestamp) -> Standing {
    if consents.is_empty() {
        return Standing::Missing;
    }
    let given = |consent: &&Cow<'_, RecordState>| consent.instant("consent_datetime").is_some_and(|given| given <= at);
    let mut given = consents.iter().filter(given).peekable();
    if given.peek().is_none() {
        return Standing::Later;
    }
    let valid = given.any(|consent| consent.instant("withdrawn_at").is_none_or(|withdrawn| withdrawn > at));
    if valid { Standing::Valid } else { Standing::Withdrawn }
}

/// Once the laboratory has a tube of it, only a data manager corrects a requisition, with a reason.
fn locked(judge: &Judge<'_>) {
    let (Stage::Form { role, reason }, Some(record)) = (judge.stage, judge.record) else { return };
    if role == Some(DATA_MANAGER) && reason.is_some_and(|reason| !reason.trim().is_empty()) {
        return;
    }
    let Some(before) = judge.before() else { return };
    let differs = |name: &str| {
        before.has(name) != judge.has(name) || (judge.has(name) && before.value(name) != judge.values.value(name))
    };
    let Some(changed) = judge.model.fields.iter().find(|field| differs(field.name)) else { return };
    let tubes = judge.referring(record, "specimen", "requisition");
    if tubes.iter().any(|tube| AT_LAB.contains(&custody::Custody::of(judge.world).of_specimen(tube).state)) {
        judge.breaks(&RECEIVED, changed.name);
    }
}

/// Clears what no longer applies: the details of a drawing that did not happen, or the reason of one that did.
pub(super) fn derive(fields: &mut Fields) {
    match fields.yes_no("is_drawn") {
        Some(true) => clear(fields, &IF_NOT_DRAWN),
        Some(false) => clear(fields, &IF_DRAWN),
        None => {}
    }
    if fields.text("reason_not_drawn") != Some("other") {
        clear(fields, &["reason_not_drawn_other"]);
    }
}
