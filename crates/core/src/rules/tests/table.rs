//! Every rule, broken at a field and kept. A rule that is not here fails the test of completeness.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Scenario, form};
use crate::rules;

mod attachment;
mod custody;

type Case = (&'static str, &'static str, Scenario, Scenario);

fn values() -> Vec<Case> {
    let household = |changes| form("household", changes);
    let member = |changes| form("household_member", changes);
    vec![
        ("value.unknown_field", "colour", household(json!({"colour": "blue"})), household(json!({"notes": "blue"}))),
        ("value.not_text", "notes", household(json!({"notes": 5})), household(json!({"notes": "5"}))),
        (
            "value.too_long",
            "notes",
            household(json!({"notes": "x".repeat(2001)})),
            household(json!({"notes": "é".repeat(2000)})),
        ),
        ("value.control", "notes", household(json!({"notes": "a\u{7}b"})), household(json!({"notes": "a\nb"}))),
        (
            "value.name",
            "first_name",
            member(json!({"first_name": "OTEN6"})),
            member(json!({"first_name": "O'TENG-NEO"})),
        ),
        ("value.initials", "initials", member(json!({"initials": "O"})), member(json!({"initials": "OMN"}))),
        (
            "value.not_integer",
            "gps_accuracy_m",
            household(json!({"gps_accuracy_m": "8"})),
            household(json!({"gps_accuracy_m": 8})),
        ),
        ("value.not_decimal", "gps_lat", household(json!({"gps_lat": "south"})), household(json!({"gps_lat": "-24"}))),
        (
            "value.places",
            "gps_lat",
            household(json!({"gps_lat": "-24.70784112"})),
            household(json!({"gps_lat": "-24.7078411"})),
        ),
        ("value.range", "gps_lat", household(json!({"gps_lat": "90.1"})), household(json!({"gps_lat": "90.0"}))),
        (
            "value.not_yes_no",
            "present_today",
            member(json!({"present_today": "yes"})),
            member(json!({"present_today": true})),
        ),
        (
            "value.not_date",
            "dob",
            form("participant", json!({"dob": "1962-02-30"})),
            form("participant", json!({"dob": "1962-02-28"})),
        ),
        (
            "value.not_time",
            "visited_at",
            form("household_visit", json!({"visited_at": "2026-03-02 05:37"})),
            form("household_visit", json!({"visited_at": "2026-03-02T07:37:00+02:00"})),
        ),
        ("value.not_reference", "household", member(json!({"household": "the blue one"})), member(json!({}))),
        (
            "value.identifier",
            "subject_identifier",
            form("participant", json!({"subject_identifier": "066-40-A01-0002-0"})),
            form("participant", json!({})),
        ),
    ]
}

fn every_record() -> Vec<Case> {
    let household = |changes| form("household", changes);
    let missing = crate::world::day::id(999).to_string();
    let visit_id = form("visit", json!({})).day.id("visit").to_string();
    vec![
        (
            "record.required",
            "community",
            household(json!({"community": " "})),
            household(json!({"community": "Ranaka"})),
        ),
        (
            "record.choice",
            "community",
            household(json!({"community": "Paris"})),
            household(json!({"community": "Ranaka"})),
        ),
        (
            "record.time_ahead",
            "visited_at",
            form("household_visit", json!({"visited_at": "2026-03-02T12:06:00Z"})),
            form("household_visit", json!({"visited_at": "2026-03-02T12:05:00Z"})),
        ),
        (
            "record.date_ahead",
            "dob",
            form("participant", json!({"dob": "2026-03-03"})),
            form("participant", json!({"dob": "2026-03-02"})),
        ),
        (
            "record.reference_missing",
            "household",
            form("household_member", json!({"household": missing})),
            form("household_member", json!({})),
        ),
        (
            "record.reference_model",
            "household",
            form("household_member", json!({"household": visit_id})),
            form("household_member", json!({})),
        ),
        (
            "record.reference_void",
            "household",
            form("household_member", json!({})).given("household", json!({"_void": true})),
            form("household_member", json!({})).given("household", json!({"_void": false})),
        ),
        (
            "record.key_taken",
            "consent_version",
            form("consent", json!({})).new_record(),
            form("consent", json!({"consent_version": "2"})).new_record(),
        ),
        (
            "record.locked",
            "subject_identifier",
            form("participant", json!({"subject_identifier": null})),
            form("participant", json!({"phone": null})),
        ),
        (
            "name.initials_first",
            "initials",
            form("household_member", json!({"initials": "TN"})),
            form("household_member", json!({"initials": "on"})),
        ),
        (
            "name.initials_last",
            "initials",
            form("participant", json!({"initials": "OT"})),
            form("participant", json!({"initials": "OTN"})),
        ),
    ]
}

fn households() -> Vec<Case> {
    let household = |changes| form("household", changes);
    let member = |changes| form("household_member", changes);
    vec![
        (
            "household.gps_incomplete",
            "gps_lon",
            household(json!({"gps_lon": null})),
            household(json!({"gps_lat": null, "gps_lon": null})),
        ),
        (
            "household.gps_inaccurate",
            "gps_accuracy_m",
            household(json!({"gps_accuracy_m": 51})),
            household(json!({"gps_accuracy_m": 50})),
        ),
        (
            "household_visit.next_visit_early",
            "next_visit",
            form("household_visit", json!({"next_visit": "2026-03-01"})),
            form("household_visit", json!({"next_visit": "2026-03-02"})),
        ),
        (
            "household_member.head_second",
            "head_of_household",
            member(json!({})).beside("household_member", json!({"first_name": "OBED"})),
            member(json!({})).beside("household_member", json!({"first_name": "OBED", "head_of_household": false})),
        ),
        (
            "household_member.head_young",
            "head_of_household",
            member(json!({"age_in_years": 17})),
            member(json!({"age_in_years": 18})),
        ),
        (
            "household_member.head_relation",
            "relation",
            member(json!({"relation": "other"})),
            member(json!({"relation": "other", "head_of_household": false})),
        ),
        (
            "household_member.relation_gender",
            "relation",
            member(json!({"relation": "wife", "head_of_household": false})),
            member(json!({"relation": "husband", "head_of_household": false})),
        ),
        (
            "household_member.dead_present",
            "present_today",
            member(json!({"survival_status": "dead"})),
            member(json!({"survival_status": "dead", "present_today": false})),
        ),
    ]
}

fn participants() -> Vec<Case> {
    let participant = |changes| form("participant", changes);
    let other_household = crate::world::day::id(117).to_string();
    vec![
        (
            "participant.identity_twice",
            "confirm_identity",
            participant(json!({"confirm_identity": "203411976"})),
            participant(json!({"confirm_identity": " 203411975"})),
        ),
        ("record.required", "confirm_identity", participant(json!({"identity": "203411976"})), participant(json!({}))),
        (
            "record.required",
            "confirm_identity",
            participant(json!({})).new_record(),
            participant(json!({"confirm_identity": "203411975"})).new_record(),
        ),
        (
            "participant.identity_format",
            "identity",
            participant(json!({"identity": "2034119755"})),
            participant(json!({"identity": "2034119755", "identity_type": "passport"})),
        ),
        (
            "participant.identity_gender",
            "identity",
            participant(json!({"gender": "F"})),
            participant(json!({"gender": "F", "identity": "203421975"})),
        ),
        (
            "participant.phone_format",
            "phone",
            participant(json!({"phone": "79123456"})),
            participant(json!({"phone": "78 123 456"})),
        ),
        (
            "participant.phone_format",
            "phone",
            participant(json!({"phone": "912345"})),
            participant(json!({"phone": "5912345"})),
        ),
        (
            "participant.household_differs",
            "household",
            participant(json!({"household": other_household}))
                .beside("household", json!({"household_identifier": null})),
            participant(json!({})).beside("household", json!({"household_identifier": null})),
        ),
        (
            "participant.same_identity",
            "identity",
            participant(json!({})).beside("participant", json!({"subject_identifier": null, "last_name": "OTHER"})),
            participant(json!({})).beside(
                "participant",
                json!({"subject_identifier": null, "identity": "203411976", "dob": "1962-12-16"}),
            ),
        ),
        (
            "participant.same_person",
            "last_name",
            participant(json!({})).beside("participant", json!({"subject_identifier": null, "identity": "203411976"})),
            participant(json!({})).beside(
                "participant",
                json!({"subject_identifier": null, "identity": "203411976", "last_name": "NEO"}),
            ),
        ),
    ]
}

fn consents() -> Vec<Case> {
    let consent = |changes| form("consent", changes);
    let of = |dob: &str| consent(json!({})).given("participant", json!({"dob": dob}));
    let minor =
        |guardian| consent(json!({"guardian_name": guardian})).given("participant", json!({"dob": "2009-03-01"}));
    vec![
        ("consent.age", "consent_datetime", of("2010-03-03"), of("2010-03-02")),
        ("consent.age", "consent_datetime", of("1961-03-02"), of("1961-03-03")),
        ("consent.guardian_required", "guardian_name", minor(json!(null)), minor(json!("PHIRI, DINEO"))),
        (
            "consent.guardian_required",
            "guardian_name",
            consent(json!({})).given("eligibility", json!({"can_consent": false, "guardian_available": true})),
            consent(json!({"guardian_name": "NEO"}))
                .given("eligibility", json!({"can_consent": false, "guardian_available": true})),
        ),
        (
            "consent.guardian_refused",
            "guardian_name",
            consent(json!({"guardian_name": "NEO"})),
            consent(json!({"guardian_name": "NEO"}))
                .given("eligibility", json!({"can_consent": false, "guardian_available": true})),
        ),
        (
            "consent.witness_required",
            "witness_name",
            consent(json!({})).given("participant", json!({"is_literate": false})),
            consent(json!({"witness_name": "Seretse, Thabo"})).given("participant", json!({"is_literate": false})),
        ),
        (
            "consent.screening_missing",
            "participant",
            consent(json!({"consent_datetime": "2026-03-02T05:40:00Z"})),
            consent(json!({"consent_datetime": "2026-03-02T05:41:00Z"})),
        ),
        (
            "consent.screening_ineligible",
            "participant",
            consent(json!({})).given("eligibility", json!({"willing": false})),
            consent(json!({})).given("eligibility", json!({"is_literate": false})),
        ),
        (
            "consent.withdrawal_reason",
            "withdrawal_reason",
            consent(json!({"withdrawn_at": "2026-03-02T08:00:00Z"})),
            consent(json!({"withdrawn_at": "2026-03-02T08:00:00Z", "withdrawal_reason": "moves away"})),
        ),
        (
            "consent.withdrawal_time",
            "withdrawn_at",
            consent(json!({"withdrawal_reason": "moves away"})),
            consent(json!({"withdrawn_at": "2026-03-02T08:00:00Z", "withdrawal_reason": "moves away"})),
        ),
        (
            "consent.withdrawal_early",
            "withdrawn_at",
            consent(json!({"withdrawn_at": "2026-03-02T05:40:59Z", "withdrawal_reason": "moves away"})),
            consent(json!({"withdrawn_at": "2026-03-02T05:41:00Z", "withdrawal_reason": "moves away"})),
        ),
        (
            "eligibility.outcome",
            "eligible",
            form("eligibility", json!({"willing": false})),
            form("eligibility", json!({"willing": false, "eligible": false})),
        ),
    ]
}

fn requisitions() -> Vec<Case> {
    let requisition = |changes| form("requisition", changes);
    let withdrawn = |at: &str| {
        requisition(json!({})).given("consent", json!({"withdrawn_at": at, "withdrawal_reason": "moves away"}))
    };
    let not_drawn = |changes: serde_json::Value| {
        let mut form = json!({"is_drawn": false, "reason_not_drawn": "absent", "drawn_datetime": null, "item_type": null,
            "item_count": null, "estimated_volume": null});
        form.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        requisition(form)
    };
    let received = || requisition(json!({"comments": "late"})).received_at_lab();
    let other = crate::world::day::id(117).to_string();
    let of_other = move |visit: &str| {
        let scenario = form("requisition", json!({"visit": visit}));
        scenario.beside("visit", json!({"participant": crate::world::day::id(118).to_string()}))
    };
    vec![
        ("record.required", "drawn_datetime", requisition(json!({"drawn_datetime": null})), not_drawn(json!({}))),
        ("record.required", "item_type", requisition(json!({"item_type": null})), not_drawn(json!({}))),
        ("record.required", "item_count", requisition(json!({"item_count": null})), not_drawn(json!({}))),
        ("record.required", "estimated_volume", requisition(json!({"estimated_volume": null})), not_drawn(json!({}))),
        ("record.required", "reason_not_drawn", not_drawn(json!({"reason_not_drawn": null})), not_drawn(json!({}))),
        (
            "record.required",
            "reason_not_drawn_other",
            not_drawn(json!({"reason_not_drawn": "other"})),
            not_drawn(json!({"reason_not_drawn": "other", "reason_not_drawn_other": "rain"})),
        ),
        ("requisition.not_drawn_but", "item_count", not_drawn(json!({"item_count": 1})), not_drawn(json!({}))),
        (
            "requisition.drawn_but",
            "reason_not_drawn",
            requisition(json!({"reason_not_drawn": "absent"})),
            requisition(json!({})),
        ),
        (
            "requisition.volume_range",
            "estimated_volume",
            requisition(json!({"estimated_volume": "4.1"})),
            requisition(json!({"estimated_volume": "4.0"})),
        ),
        (
            "requisition.volume_range",
            "estimated_volume",
            requisition(json!({"estimated_volume": "1.99"})),
            requisition(json!({"estimated_volume": "2"})),
        ),
        (
            "requisition.item_type",
            "item_type",
            requisition(json!({"item_type": "swab"})),
            requisition(json!({"item_type": "tube"})),
        ),
        (
            "requisition.drawn_late",
            "drawn_datetime",
            requisition(json!({"requisition_datetime": "2026-03-01T05:42:59Z"})),
            requisition(json!({"requisition_datetime": "2026-03-01T05:43:00Z"})),
        ),
        (
            "requisition.drawn_before_consent",
            "drawn_datetime",
            requisition(json!({"drawn_datetime": "2026-03-02T05:40:59Z"})),
            requisition(json!({"drawn_datetime": "2026-03-02T05:41:00Z"})),
        ),
        (
            "requisition.consent_missing",
            "participant",
            requisition(json!({})).given("consent", json!({"_void": true})),
            not_drawn(json!({})).given("consent", json!({"_void": true})),
        ),
        (
            "requisition.consent_withdrawn",
            "requisition_datetime",
            withdrawn("2026-03-02T05:42:00Z"),
            withdrawn("2026-03-02T05:44:00Z"),
        ),
        (
            "requisition.consent_withdrawn",
            "drawn_datetime",
            withdrawn("2026-03-02T05:43:00Z"),
            withdrawn("2026-03-02T05:44:00Z"),
        ),
        (
            "requisition.consent_withdrawn",
            "requisition_datetime",
            withdrawn("2026-03-02T05:41:30Z"),
            withdrawn("2026-03-02T05:41:30Z").beside("consent", json!({"consent_version": "2"})),
        ),
        ("requisition.visit_differs", "visit", of_other(&other), requisition(json!({}))),
        (
            "requisition.twice",
            "panel",
            requisition(json!({})).new_record(),
            requisition(json!({"panel": "cd4"})).new_record(),
        ),
        ("requisition.received", "comments", received(), received().by("data_manager", "time misread")),
        (
            "requisition.received",
            "comments",
            received().by("data_manager", " "),
            requisition(json!({"comments": "late"})),
        ),
        (
            "requisition.received",
            "comments",
            received().by("research_assistant", "time misread"),
            received().by("data_manager", "x"),
        ),
        (
            "specimen.not_drawn",
            "requisition",
            form("specimen", json!({})).given("requisition", json!({"is_drawn": false})),
            form("specimen", json!({})),
        ),
        (
            "specimen.item_beyond",
            "item",
            form("specimen", json!({"item": 2})),
            form("specimen", json!({"item": 2})).given("requisition", json!({"item_count": 2})),
        ),
        (
            "specimen.item_twice",
            "item",
            form("specimen", json!({})).new_record(),
            form("specimen", json!({"item": 2})).new_record(),
        ),
        (
            "specimen.labelled_how",
            "labelled_by",
            form("specimen", json!({"labelled_at": "2026-03-02T05:44:00Z"})),
            form("specimen", json!({"labelled_at": "2026-03-02T05:44:00Z", "labelled_by": "scanned"})),
        ),
        (
            "specimen.labelled_why",
            "labelled_reason",
            form("specimen", json!({"labelled_at": "2026-03-02T05:44:00Z", "labelled_by": "typed"})),
            form(
                "specimen",
                json!({"labelled_at": "2026-03-02T05:44:00Z", "labelled_by": "by_hand",
                    "labelled_reason": "the reader is flat"}),
            ),
        ),
        (
            "specimen.no_volume",
            "volume_ml",
            form("specimen", json!({"volume_ml": "0.0"})),
            form("specimen", json!({"volume_ml": "0.1"})),
        ),
    ]
}

fn all_cases() -> Vec<Case> {
    [
        values(),
        every_record(),
        households(),
        participants(),
        consents(),
        requisitions(),
        custody::cases(),
        attachment::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn at(scenario: &Scenario, code: &str, field: &str) -> Option<String> {
    let problems = scenario.problems();
    problems.iter().find(|problem| problem.code == code && problem.field == field).map(ToString::to_string)
}

#[test]
fn every_rule_is_broken_and_kept() {
    let mut wrong = Vec::new();
    for (code, field, broken, kept) in all_cases() {
        // The outcome of a screening is computed on a form, so only a finding can break it.
        if code == "eligibility.outcome" {
            continue;
        }
        match at(&broken, code, field) {
            None => wrong.push(format!("{code} is not broken at {field}, but {:?}", broken.problems())),
            Some(message) if message.contains('…') || message.contains('{') => {
                wrong.push(format!("{code}: {message}"))
            }
            Some(_) => {}
        }
        if let Some(message) = at(&kept, code, field) {
            wrong.push(format!("{code} at {field} should be kept: {message}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_rule_is_left_out() {
    let tested: BTreeSet<&str> = all_cases().iter().map(|(code, ..)| *code).collect();
    let all: BTreeSet<&str> =
        rules::all().iter().map(|rule| rule.code).filter(|code| !code.starts_with("finding.")).collect();
    assert_eq!(tested, all);
}
