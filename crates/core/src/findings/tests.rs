use serde_json::json;

use super::*;
use crate::{
    entry::Op,
    world::day::{Day, entry, fields, id, package, stream},
};

mod incremental;

fn of(day: &Day, record: RecordId) -> Vec<(String, String)> {
    let package = package();
    let found = findings(day.world.get(record).unwrap(), &day.world, &|version| (version == 1).then_some(&package));
    found.into_iter().map(|finding| (finding.code, finding.field)).collect()
}

fn pair(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

#[test]
fn a_valid_day_has_no_finding() {
    let day = Day::new();
    for state in day.world.records() {
        assert_eq!(of(&day, state.id), [], "{}", state.model);
    }
}

#[test]
fn a_broken_rule_is_found_by_code_and_field() {
    let mut day = Day::new();
    day.update(id(8), json!({"estimated_volume": "9"}));
    assert_eq!(of(&day, id(8)), [pair("requisition.volume_range", "estimated_volume")]);
    day.update(id(8), json!({"estimated_volume": "3"}));
    assert_eq!(of(&day, id(8)), []);
}

#[test]
fn a_computed_outcome_must_follow_from_the_answers() {
    let mut day = Day::new();
    day.update(id(4), json!({"willing": false}));
    assert_eq!(of(&day, id(4)), [pair("eligibility.outcome", "eligible")]);
    day.update(id(4), json!({"eligible": false}));
    assert_eq!(of(&day, id(4)), []);
    assert_eq!(of(&day, id(6)), [pair("consent.screening_ineligible", "participant")]);
}

#[test]
fn a_finding_holds_nothing_that_a_participant_said() {
    let mut day = Day::new();
    day.update(
        id(5),
        json!({"identity": "CANARY-IDENTITY", "phone": "CANARY-PHONE", "first_name": "CANARY", "language": "canary"}),
    );
    let package = package();
    let found = findings(day.world.get(id(5)).unwrap(), &day.world, &|_| Some(&package));
    assert!(found.len() >= 4, "{found:?}");
    assert!(!serde_json::to_string(&found).unwrap().to_lowercase().contains("canary"));
}

#[test]
fn two_heads_of_a_household_are_found_at_both() {
    let mut day = Day::new();
    let second = day.form("household_member", &json!({"first_name": "OBED"}));
    day.insert("household_member", id(50), second);
    for head in [id(3), id(50)] {
        assert_eq!(of(&day, head), [pair("household_member.head_second", "head_of_household")]);
    }
    day.update(id(50), json!({"_void": true}));
    assert_eq!((of(&day, id(3)), of(&day, id(50))), (vec![], vec![]));
}

#[test]
fn a_duplicate_goes_away_by_merging_and_comes_back_by_undoing() {
    let mut day = Day::new();
    let again = day.form("participant", &json!({"subject_identifier": null}));
    day.insert("participant", id(50), again);
    let duplicate = vec![pair("participant.same_identity", "identity")];
    assert_eq!((of(&day, id(5)), of(&day, id(50))), (duplicate.clone(), duplicate.clone()));
    day.update(id(50), json!({"_merged_into": id(5)}));
    assert_eq!((of(&day, id(5)), of(&day, id(50))), (vec![], vec![]));
    day.update(id(50), json!({"_merged_into": null}));
    assert_eq!((of(&day, id(5)), of(&day, id(50))), (duplicate.clone(), duplicate));
}

#[test]
fn merges_in_a_circle_are_found() {
    let mut day = Day::new();
    for n in [50, 51, 52] {
        let form = day.form("participant", &json!({"subject_identifier": null, "identity": format!("20341{n}75")}));
        day.insert("participant", id(n), form);
    }
    day.update(id(50), json!({"_merged_into": id(51)}));
    day.update(id(51), json!({"_merged_into": id(5)}));
    assert_eq!(of(&day, id(51)), []);
    day.update(id(5), json!({"_merged_into": id(50)}));
    day.update(id(52), json!({"_merged_into": id(50)}));
    for n in [5, 50, 51] {
        assert_eq!(of(&day, id(n)), [pair("finding.merge_cycle", "_merged_into")]);
    }
    assert_eq!(of(&day, id(52)), [], "it leads into the circle, but is not of it");
    day.update(id(52), json!({"_merged_into": id(99)}));
    assert_eq!(of(&day, id(52)), [pair("finding.merged_into_missing", "_merged_into")]);
}

#[test]
fn an_update_that_came_before_its_insert_is_found() {
    let mut day = Day::new();
    let early = entry(Op::Update, "participant", id(50), 90, fields(json!({"phone": "71234567"})));
    day.world.put(RecordState::begin(stream(), early));
    assert_eq!(of(&day, id(50)), [pair("finding.update_without_insert", "")]);
}

#[test]
fn an_edit_made_beside_a_void_is_found() {
    let mut day = Day::new();
    day.update(id(5), json!({"_void": true}));
    assert_eq!(of(&day, id(5)), []);
    let mut state = day.world.get(id(5)).unwrap().clone();
    let mut beside = entry(Op::Update, "participant", id(5), 1, fields(json!({"phone": "71234567"})));
    beside.seen.insert(stream(), 5);
    state.apply("B02".parse().unwrap(), &beside);
    day.world.put(state);
    assert_eq!(of(&day, id(5)), [pair("finding.edit_beside_void", "phone")]);
}

#[test]
fn a_record_of_an_unknown_package_waits_for_it() {
    let mut day = Day::new();
    let form = day.form("household", &json!({"household_identifier": null}));
    let mut newer = entry(Op::Insert, "household", id(50), 90, form);
    newer.package = 2;
    day.world.put(RecordState::begin(stream(), newer));
    assert_eq!(of(&day, id(50)), [pair(PACKAGE_UNKNOWN_CODE, "")]);
}

#[test]
fn every_code_of_a_finding_is_listed() {
    let listed = crate::rules::codes();
    assert!(RULES.iter().all(|rule| listed.iter().any(|known| known.code == rule.code)));
    assert_eq!(PACKAGE_UNKNOWN_CODE, PACKAGE_UNKNOWN.code);
}

/// Not a benchmark: it fails only if judging becomes a hundred times slower than it is.
#[test]
fn judging_is_quick() {
    let (day, package) = (Day::new(), package());
    let packages = |_| Some(&package);
    let start = std::time::Instant::now();
    let rounds = 2_000;
    for _ in 0..rounds {
        for state in day.world.records() {
            assert!(findings(state, &day.world, &packages).is_empty());
        }
    }
    let each = start.elapsed() / (rounds * 9);
    println!("judging one record takes {each:?}");
    assert!(each.as_millis() < 5, "judging one record takes {each:?}");
}
