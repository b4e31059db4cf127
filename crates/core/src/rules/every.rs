//! Rules of every model: what is filled in, of the right kind, refers to records that are here, and has its own key.

use super::judge::{Judge, ids};
use crate::{
    model::{self, ANY_MODEL, Choices, Field, FieldKind, Required, Values},
    problem::{Broken, Rule},
    time::Timestamp,
};

pub(super) static RULES: &[&Rule] = &[
    &REQUIRED,
    &CHOICE,
    &TIME_AHEAD,
    &DATE_AHEAD,
    &REFERENCE_MISSING,
    &REFERENCE_MODEL,
    &REFERENCE_VOID,
    &KEY_TAKEN,
    &LOCKED,
];

pub(crate) static REQUIRED: Rule = Rule::error("record.required", "{field} is empty. Fill it in.");
static CHOICE: Rule =
    Rule::error("record.choice", "{field} holds “{value}”, which is not one of its choices. Choose one from the list.");
static TIME_AHEAD: Rule = Rule::warning(
    "record.time_ahead",
    "{field} is {minutes} min ahead of the clock. Correct it, or give a reason if it is the clock that is wrong.",
);
static DATE_AHEAD: Rule = Rule::warning(
    "record.date_ahead",
    "{field} is a day that has not come yet. Correct it, or give a reason if it is the clock that is wrong.",
);
static REFERENCE_MISSING: Rule = Rule::error(
    "record.reference_missing",
    "{field} names a record that is not here. Choose one from the list, or wait until it has arrived.",
);
static REFERENCE_MODEL: Rule =
    Rule::error("record.reference_model", "{field} names a record of another kind: {found}. Choose one from the list.");
static REFERENCE_VOID: Rule = Rule::error(
    "record.reference_void",
    "{field} names a record that was voided. Choose another one, or have it restored.",
);
static KEY_TAKEN: Rule = Rule::error(
    "record.key_taken",
    "{field}: there is another record with the same key. Open that one instead, or change this field.",
);
static LOCKED: Rule = Rule::error("record.locked", "{field} was printed and stays as it is. Put the old value back.");

pub(super) fn judge(judge: &Judge<'_>) {
    for field in judge.model.fields {
        value(judge, field);
    }
    references(judge);
    key(judge);
    if judge.is_form() {
        locked(judge);
    }
}

fn value(judge: &Judge<'_>, field: &Field) {
    let Some(value) = judge.values.value(field.name).filter(|value| !value.is_null() && *value != "") else {
        if field.required == Required::Yes && !field.computed {
            judge.breaks(&REQUIRED, field.name);
        }
        return;
    };
    if !judge.is_form()
        && let Err(unfit) = field.normalise(value)
    {
        return judge.note(unfit);
    }
    match field.kind {
        FieldKind::Choice(choices) => choice(judge, field, choices, value.as_str().unwrap_or_default()),
        FieldKind::DateTime if field.past => time_ahead(judge, field),
        FieldKind::Date if field.past => date_ahead(judge, field),
        _ => {}
    }
}

fn choice(judge: &Judge<'_>, field: &Field, choices: Choices, code: &str) {
    if !judge.package.has_choice(choices, code) {
        judge.note(Broken::at(&CHOICE, field.name).with("value", code));
    }
}

fn date_ahead(judge: &Judge<'_>, field: &Field) {
    if judge.values.date(field.name).is_some_and(|date| date > judge.date(judge.clock)) {
        judge.breaks(&DATE_AHEAD, field.name);
    }
}

fn time_ahead(judge: &Judge<'_>, field: &Field) {
    let ahead = judge.values.instant(field.name).map_or(0, |at: Timestamp| at.millis_since(judge.clock) / 60_000);
    if ahead > judge.limits().clock_tolerance_minutes {
        judge.note(Broken::at(&TIME_AHEAD, field.name).with("minutes", ahead));
    }
}

fn references(judge: &Judge<'_>) {
    for (name, id, state) in judge.references() {
        let expected = judge.model.field(name).map(|field| field.kind);
        match state {
            // A taker signs what lies on the giver's laptop, and has not got its records.
            None if judge.model.name == "custody_signature" => {}
            None => judge.note(Broken::at(&REFERENCE_MISSING, name).among(vec![id])),
            Some(state) if expected.is_some_and(|kind| !names(kind, &state.model)) => {
                judge.note(Broken::at(&REFERENCE_MODEL, name).with("found", &state.model).among(vec![id]));
            }
            Some(state) if state.is_void() => judge.note(Broken::at(&REFERENCE_VOID, name).among(vec![id])),
            Some(_) => {}
        }
    }
}

fn names(kind: FieldKind, model: &str) -> bool {
    match kind {
        FieldKind::Reference(ANY_MODEL) => model::find(model).is_some_and(|model| model.syncs),
        FieldKind::Reference(expected) => expected == model,
        _ => false,
    }
}

fn key(judge: &Judge<'_>) {
    let Some(key) = judge.model.natural_key(judge.values) else { return };
    let taken = judge.others(judge.world.by_key(judge.model.name, &key));
    if !taken.is_empty() {
        judge.note(Broken::at(&KEY_TAKEN, judge.model.key_field).among(ids(&taken)));
    }
}

fn locked(judge: &Judge<'_>) {
    let Some(before) = judge.before() else { return };
    for field in judge.model.fields.iter().filter(|field| field.locked) {
        if before.has(field.name) && before.value(field.name) != judge.values.value(field.name) {
            judge.breaks(&LOCKED, field.name);
        }
    }
}
