//! The rules of the field, the same everywhere: on a laptop what breaks one keeps a form from being saved as final, on
//! a server it makes a finding.
//!
//! One file per model. A rule reads the record's values, the records it refers to, and the study package; what the
//! study decides (ages, formats, volumes) is in the package. Rules need no clock of their own: "now" is the laptop's
//! clock for a form and the entry's own time for a finding.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    entry::{Fields, Value},
    fold::RecordState,
    ids::RecordId,
    model::{self, Field, Model, Values},
    package::CompiledPackage,
    problem::{Broken, Problem, Rule, Severity},
    time::Timestamp,
    world::World,
};

mod attachment;
mod consent;
mod custody;
mod eligibility;
mod every;
mod household;
mod household_member;
mod household_visit;
mod judge;
mod names;
mod participant;
mod requisition;
mod specimen;
#[cfg(test)]
mod tests;
mod visit;

pub(crate) use judge::{Judge, Stage, is_live};

/// A form to be judged.
#[derive(Clone, Copy)]
pub struct CheckInput<'a> {
    /// The form's model.
    pub model: &'static Model,
    /// The record, if the form changes one that exists.
    pub record: Option<RecordId>,
    /// All values of the form, those of the record that stay included, as typed.
    pub fields: &'a Fields,
    /// The laptop's clock.
    pub clock: Timestamp,
    /// The author's role.
    pub role: Option<&'a str>,
    /// The author's reason for the change.
    pub reason: Option<&'a str>,
    /// The study package in force.
    pub package: &'a CompiledPackage,
    /// All records here, this one included as it was.
    pub world: &'a dyn World,
}

/// Judges a form. Errors come first; no problem means that it can be saved as final.
pub fn check(input: &CheckInput<'_>) -> Vec<Problem> {
    let (fields, mut broken) = normalise(input.model, input.fields);
    let stage = Stage::Form { role: input.role, reason: input.reason };
    let judge = Judge::new(input.model, input.record, &fields, input.clock, stage, input.package, input.world);
    judge.all();
    broken.extend(judge.into_broken());
    let mut problems: Vec<Problem> = broken.iter().map(|broken| broken.problem(input.model.name)).collect();
    problems.sort_by_key(|problem| problem.severity);
    problems
}

/// Brings a form's values into their stored form. What does not fit its field is left out and returned as broken.
pub fn normalise(model: &Model, fields: &Fields) -> (Fields, Vec<Broken>) {
    let (mut normal, mut broken) = (Fields::new(), Vec::new());
    for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with('_')) {
        let known = model.field(name).ok_or_else(|| model::unknown_field(name));
        match known.and_then(|field| field.normalise(value)) {
            Ok(value) => {
                normal.insert(name.clone(), value.into_owned());
            }
            Err(unfit) => broken.push(unfit),
        }
    }
    (normal, broken)
}

/// Fills in the computed fields of a form whose values are in their stored form, and clears what no longer applies.
/// Printed identifiers are not made here: they need the stream's counter.
pub fn derive(
    model: &Model,
    record: Option<RecordId>,
    fields: &mut Fields,
    package: &CompiledPackage,
    world: &dyn World,
) {
    match model.name {
        "household_visit" => household_visit::derive(record, fields, world),
        "eligibility" => eligibility::derive(fields, package),
        "visit" => visit::derive(record, fields, world),
        "requisition" => requisition::derive(fields),
        "specimen" => specimen::derive(fields, package, world),
        _ => {}
    }
}

/// Says why a record may not be voided, or restored, whatever the reason; `None` if it may.
pub fn stays(state: &RecordState, world: &dyn World) -> Option<Broken> {
    custody::stays(state, world)
}

/// Returns the values of a form that are to be journaled: without transient fields.
pub fn kept(model: &Model, fields: &Fields) -> Fields {
    let transient = |name: &str| model.field(name).is_some_and(|field: &Field| field.transient);
    fields.iter().filter(|(name, _)| !transient(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Returns the age in whole years on a date; negative before birth.
pub fn age_on(dob: chrono::NaiveDate, date: chrono::NaiveDate) -> i64 {
    use chrono::Datelike;
    let had_birthday = (date.month(), date.day()) >= (dob.month(), dob.day());
    i64::from(date.year() - dob.year()) - i64::from(!had_birthday)
}

/// A rule, for translations and documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct RuleDescription {
    /// Stable name.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// The sentence in English, with its places in braces.
    pub message: String,
}

/// Returns all rules, sorted by code: those of values, of forms, and those that only findings have.
pub fn codes() -> Vec<RuleDescription> {
    let sorted: BTreeMap<&str, RuleDescription> = all().into_iter().map(|rule| (rule.code, described(rule))).collect();
    sorted.into_values().collect()
}

/// Returns all rules.
pub(crate) fn all() -> Vec<&'static Rule> {
    let parts = [
        model::value_codes(),
        every::RULES,
        names::RULES,
        household::RULES,
        household_visit::RULES,
        household_member::RULES,
        eligibility::RULES,
        participant::RULES,
        consent::RULES,
        attachment::RULES,
        custody::RULES,
        requisition::RULES,
        specimen::RULES,
        visit::RULES,
        crate::findings::RULES,
    ];
    parts.concat()
}

/// Returns a rule's sentence in English with its places filled in; the code itself if there is no such rule.
pub fn message(code: &str, params: &BTreeMap<String, String>) -> String {
    let rule = all().into_iter().find(|rule| rule.code == code);
    rule.map_or_else(|| code.to_owned(), |rule| crate::problem::fill(rule.message, params))
}

fn described(rule: &Rule) -> RuleDescription {
    RuleDescription { code: rule.code.to_owned(), severity: rule.severity, message: rule.message.to_owned() }
}

/// Empties fields that hold something.
fn clear(fields: &mut Fields, names: &[&str]) {
    for name in names {
        if let Some(value) = fields.get_mut(*name) {
            *value = Value::Null;
        }
    }
}

/// Fills in a field that is empty.
fn fill(fields: &mut Fields, name: &str, value: impl Into<Value>) {
    if !fields.has(name) {
        fields.insert(name.to_owned(), value.into());
    }
}
