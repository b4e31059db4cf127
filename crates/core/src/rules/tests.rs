//! Each rule, once broken and once kept; the sample files; computed fields.

use serde_json::{Value, json};

use super::*;
use crate::world::day::{Day, NOON, id, instant, package};

mod sample;
mod table;

/// A form on a day that may be spoiled first.
pub(super) struct Scenario {
    day: Day,
    model: &'static str,
    changes: Value,
    record: Option<RecordId>,
    role: Option<&'static str>,
    reason: Option<&'static str>,
}

/// The form of the model's record, opened again and changed.
pub(super) fn form(model: &'static str, changes: Value) -> Scenario {
    let day = Day::new();
    let record = Some(day.id(model));
    Scenario { day, model, changes, record, role: None, reason: None }
}

impl Scenario {
    /// Changes what is stored before the form is judged.
    pub fn given(mut self, model: &str, changes: Value) -> Self {
        let record = self.day.id(model);
        self.day.update(record, changes);
        self
    }

    /// Changes a certain record before the form is judged.
    pub fn given_record(mut self, record: RecordId, changes: Value) -> Self {
        self.day.update(record, changes);
        self
    }

    /// Puts these sides' signatures under the hand-over of the tube.
    pub fn signed(mut self, sides: &[&str]) -> Self {
        self.day.sign(self.day.id("custody_transfer"), sides);
        self
    }

    /// Hands the tube over to the laboratory.
    pub fn received_at_lab(self) -> Self {
        let transfer = self.day.id("custody_transfer");
        self.given_record(transfer, json!({"stage": "to_lab"})).signed(&["giver", "taker"])
    }

    /// Stores another record like the model's.
    pub fn beside(mut self, model: &str, changes: Value) -> Self {
        let other = id(100 + self.day.world.records().count() as u128);
        let form = self.day.form(model, &changes);
        self.day.insert(model, other, form);
        self
    }

    /// Judges the form as that of a new record.
    pub fn new_record(mut self) -> Self {
        self.record = None;
        self
    }

    pub fn by(mut self, role: &'static str, reason: &'static str) -> Self {
        (self.role, self.reason) = (Some(role), Some(reason));
        self
    }

    pub fn problems(&self) -> Vec<Problem> {
        let package = package();
        let mut fields = self.day.form(self.model, &self.changes);
        if self.record.is_none() {
            fields.retain(|name, _| !name.ends_with("_identifier"));
        }
        check(&CheckInput {
            model: model::find(self.model).unwrap(),
            record: self.record,
            fields: &fields,
            clock: instant(NOON),
            role: self.role,
            reason: self.reason,
            package: &package,
            world: &self.day.world,
        })
    }
}

#[test]
fn a_valid_day_has_no_problem() {
    for model in Day::new().forms.keys() {
        assert_eq!(form(model, json!({})).problems(), vec![], "{model}");
    }
}

#[test]
fn errors_come_before_warnings() {
    let problems = form("household", json!({"gps_accuracy_m": 500, "community": null})).problems();
    let severities: Vec<Severity> = problems.iter().map(|problem| problem.severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Warning]);
}

#[test]
fn codes_are_unique_and_every_sentence_says_what_to_do() {
    let all = all();
    assert_eq!(codes().len(), all.len(), "two rules share a code");
    for rule in all {
        let sentences = rule.message.split(". ").count() + rule.message.matches("; ").count();
        let takes_its_own_words = rule.code == "value.identifier";
        assert!(sentences >= 2 || takes_its_own_words, "{} does not say what to do: {}", rule.code, rule.message);
        let names_field = rule.message.contains("{field}") || rule.code.starts_with("finding.");
        assert!(names_field, "{} does not name the field", rule.code);
    }
}

#[test]
fn a_birthday_is_the_day_on_which_age_grows() {
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(age_on(day("2008-03-02"), day("2026-03-01")), 17);
    assert_eq!(age_on(day("2008-03-02"), day("2026-03-02")), 18);
    assert_eq!(age_on(day("2008-02-29"), day("2026-02-28")), 17);
    assert_eq!(age_on(day("2008-02-29"), day("2026-03-01")), 18);
}

#[test]
fn the_outcome_of_a_screening_is_computed_with_its_reasons() {
    let day = Day::new();
    let mut fields = day.form("eligibility", &json!({"willing": false, "citizen": false}));
    let model = model::find("eligibility").unwrap();
    derive(model, None, &mut fields, &package(), &day.world);
    assert_eq!(
        (fields["eligible"].clone(), fields["reasons_for_loss"].clone()),
        (json!(false), json!("citizenship,willing"))
    );
    fields.extend([("willing".to_owned(), json!(true)), ("citizen".to_owned(), json!(true))]);
    derive(model, None, &mut fields, &package(), &day.world);
    assert_eq!((fields["eligible"].clone(), fields["reasons_for_loss"].clone()), (json!(true), json!(null)));
}

#[test]
fn attempts_of_a_day_are_numbered() {
    let day = Day::new();
    let model = model::find("household_visit").unwrap();
    let attempt = |at: &str| {
        let mut fields = day.form("household_visit", &json!({"visited_at": at, "attempt": null}));
        derive(model, None, &mut fields, &package(), &day.world);
        fields["attempt"].clone()
    };
    assert_eq!(attempt("2026-03-02T09:00:00Z"), json!(2));
    assert_eq!(attempt("2026-03-03T09:00:00Z"), json!(1));
}

#[test]
fn visits_are_numbered() {
    let day = Day::new();
    let model = model::find("visit").unwrap();
    for (reason, sequence) in [("scheduled", 0), ("unscheduled", 1)] {
        let mut fields = day.form("visit", &json!({"reason": reason, "sequence": null}));
        derive(model, None, &mut fields, &package(), &day.world);
        assert_eq!(fields["sequence"], json!(sequence));
    }
}

#[test]
fn what_was_not_drawn_has_no_details_of_a_drawing() {
    let day = Day::new();
    let model = model::find("requisition").unwrap();
    let mut fields = day.form("requisition", &json!({"is_drawn": false, "reason_not_drawn": "absent"}));
    derive(model, None, &mut fields, &package(), &day.world);
    for field in ["drawn_datetime", "item_type", "item_count", "estimated_volume"] {
        assert!(!fields.has(field), "{field} stays");
    }
    let again = form("requisition", json!(fields)).problems();
    assert_eq!(again, vec![]);
}

#[test]
fn a_specimen_takes_the_tube_of_its_panel() {
    let day = Day::new();
    let mut fields = day.form("specimen", &json!({}));
    derive(model::find("specimen").unwrap(), None, &mut fields, &package(), &day.world);
    assert_eq!(fields["tube_type"], json!("edta"));
}

/// Translations, findings in stores and receipts refer to codes: one may be added, none renamed.
#[test]
fn codes_are_frozen() {
    let listed: Vec<String> = codes().iter().map(|rule| format!("{} {:?}", rule.code, rule.severity)).collect();
    insta::assert_snapshot!(listed.join("\n"));
}
