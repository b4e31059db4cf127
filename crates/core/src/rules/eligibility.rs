//! Rules of a screening: one answer per criterion, the outcome computed.

use super::judge::Judge;
use crate::{
    entry::{Fields, Value},
    model::Values,
    package::{CompiledPackage, Limits},
    problem::Rule,
};

pub(super) static RULES: &[&Rule] = &[&OUTCOME];

static OUTCOME: Rule = Rule::error(
    "eligibility.outcome",
    "{field} does not follow from the answers. Save the form again so that it is computed anew.",
);

pub(super) fn judge(judge: &Judge<'_>) {
    let computed = losses(judge.values, judge.limits()).is_empty();
    if !judge.is_form() && judge.values.yes_no("eligible").is_some_and(|eligible| eligible != computed) {
        judge.breaks(&OUTCOME, "eligible");
    }
}

pub(super) fn derive(fields: &mut Fields, package: &CompiledPackage) {
    let losses = losses(fields, &package.package().limits);
    fields.insert("eligible".to_owned(), losses.is_empty().into());
    let reasons = if losses.is_empty() { Value::Null } else { losses.join(",").into() };
    if reasons != Value::Null || fields.contains_key("reasons_for_loss") {
        fields.insert("reasons_for_loss".to_owned(), reasons);
    }
}

/// Returns the criteria that are not met, none for a person who can take part. A missing answer is not met.
pub(super) fn losses(values: &dyn Values, limits: &Limits) -> Vec<&'static str> {
    let yes = |field: &str| values.yes_no(field) == Some(true);
    let no = |field: &str| values.yes_no(field) == Some(false);
    let age = values.integer("age_in_years");
    let minor = age.is_some_and(|age| age < limits.full_age);
    let criteria = [
        ("age", age.is_some_and(|age| limits.consent_age.contains(&age))),
        ("residency", values.text("study_resident") == Some("yes")),
        ("citizenship", yes("citizen") || !limits.citizens_only),
        ("literacy", yes("is_literate") || !no("witness_available")),
        ("able", yes("can_consent") || yes("guardian_available")),
        ("guardian", !(minor && no("guardian_available"))),
        ("willing", yes("willing")),
    ];
    criteria.into_iter().filter(|(_, met)| !met).map(|(criterion, _)| criterion).collect()
}
