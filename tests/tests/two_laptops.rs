//! Two assistants write to the same records without knowing of each other: what can be merged is merged, what cannot is
//! kept and shown, a data manager decides, and after their next pushes both laptops show what the server shows.

use serde_json::{Value, json};
use tsela_core::ids::RecordId;
use tsela_server::{Server, admin::By};
use tsela_tests::{bin::Study, day::with_ids};

const LAPTOPS: [&str; 2] = ["lesedi", "thabo"];

/// A household that both have on paper: a visit, two members of whom nobody is head yet, and a participant.
struct Village {
    study: Study,
    server: Server,
    base: Vec<Value>,
}

impl Village {
    fn open() -> Self {
        let study = Study::open();
        LAPTOPS.iter().for_each(|laptop| study.enrol(laptop));
        let lines: String = include_str!("../../demo/shift.jsonl").lines().take(6).map(|l| format!("{l}\n")).collect();
        let lines = lines.replace(
            r#""relation":"head","head_of_household":true"#,
            r#""relation":"other","head_of_household":false"#,
        );
        let base = with_ids(&lines);
        LAPTOPS.iter().for_each(|laptop| drop(study.enter(laptop, &base)));
        let server = Server::open(study.path("S").as_ref()).unwrap();
        let base = base.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let village = Self { study, server, base };
        village.push_until_both_know();
        village
    }

    /// The id of the base's n-th record of a model.
    fn id(&self, model: &str, n: usize) -> String {
        let line = self.base.iter().filter(|line| line["model"] == model).nth(n).unwrap();
        line["id"].as_str().unwrap().to_owned()
    }

    fn change(&self, laptop: &str, op: &str, model: &str, n: usize, set: Value) {
        let record = self.id(model, n);
        let mut line = json!({ "op": op, "model": model, "record": record, "reason": format!("{laptop} says so") });
        if op == "update" {
            line["set"] = set;
        }
        self.study.enter(laptop, &line.to_string());
    }

    fn push_until_both_know(&self) {
        for laptop in LAPTOPS.iter().chain(&LAPTOPS) {
            assert_eq!(self.study.push(laptop), "", "{laptop} is told of nothing unusual");
        }
    }

    /// Both laptops and the server list the same, with conflicts and findings; returns one record of it.
    #[track_caller]
    fn shown_everywhere(&self, model: &str, n: usize) -> Value {
        let there = self.study.records("S");
        for laptop in LAPTOPS {
            assert_eq!(self.study.records(laptop), there, "{laptop} shows something else than the server");
        }
        there[&(model.to_owned(), self.id(model, n))].clone()
    }

    fn resolve(&self, model: &str, field: &str, value: &str) {
        let id: RecordId = self.id(model, 0).parse().unwrap();
        let by = By::operator();
        let refused = self.server.resolve(id, field, value.into(), " ", &by).unwrap_err();
        assert!(refused.to_string().contains("reason"), "{refused}");
        self.server.resolve(id, field, value.into(), "asked both assistants", &by).unwrap();
    }
}

fn conflicts(record: &Value) -> Vec<&str> {
    record["conflicts"].as_array().unwrap().iter().map(|conflict| conflict["field"].as_str().unwrap()).collect()
}

fn findings(record: &Value) -> Vec<&str> {
    record["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// Both printed labels for the same people: which of them counts is a decision like any other.
fn decide_identifiers(village: &Village) {
    for (model, field) in [("household", "household_identifier"), ("participant", "subject_identifier")] {
        let record = village.shown_everywhere(model, 0);
        assert_eq!(conflicts(&record), [field]);
        let printed = record["fields"][field].as_str().unwrap().to_owned();
        village.resolve(model, field, &printed);
        village.push_until_both_know();
    }
    for model in ["household", "participant"] {
        assert!(conflicts(&village.shown_everywhere(model, 0)).is_empty());
    }
}

#[test]
fn other_fields_merge_the_same_field_is_decided_and_stays_decided() {
    let village = Village::open();
    decide_identifiers(&village);
    village.change("lesedi", "update", "participant", 0, json!({ "phone": "71111111", "language": "en" }));
    village.change("thabo", "update", "participant", 0, json!({ "phone": "72222222", "physical_address": "Plot 9" }));
    village.push_until_both_know();
    let person = village.shown_everywhere("participant", 0);
    assert_eq!(
        (&person["fields"]["language"], &person["fields"]["physical_address"]),
        (&"en".into(), &"Plot 9".into())
    );
    assert_eq!(conflicts(&person), ["phone"]);
    let kept = person["conflicts"][0].to_string();
    assert!(kept.contains("71111111") && kept.contains("72222222"), "{kept}");

    village.resolve("participant", "phone", "71111111");
    village.push_until_both_know();
    let person = village.shown_everywhere("participant", 0);
    assert_eq!((conflicts(&person).len(), &person["fields"]["phone"]), (0, &"71111111".into()));

    // A later edit, by the one whose value was not taken, is an edit like any other.
    village.change("thabo", "update", "participant", 0, json!({ "phone": "73333333" }));
    village.push_until_both_know();
    let person = village.shown_everywhere("participant", 0);
    assert_eq!((conflicts(&person).len(), &person["fields"]["phone"]), (0, &"73333333".into()));
    LAPTOPS.iter().for_each(|laptop| village.study.assert_both_hold_the_same(laptop));
}

/// The study package has a new version with each person and laptop, and laptops fetch the newest only.
#[test]
fn a_decision_under_a_package_that_came_and_went_meanwhile_is_judged_on_the_laptops_too() {
    let village = Village::open();
    let account = |name: &str| {
        let user = ["server", "user", "--dir", "S", "--name", name, "--role", "data_manager"];
        village.study.command(&user).run().expect(0);
    };
    account("Kabo Molefe");
    decide_identifiers(&village);
    village.change("lesedi", "update", "participant", 0, json!({ "phone": "71111111" }));
    village.change("thabo", "update", "participant", 0, json!({ "phone": "72222222" }));
    village.push_until_both_know();
    account("Naledi Seretse");
    village.resolve("participant", "phone", "72222222");
    account("Tumelo Kgosi");
    village.push_until_both_know();
    let person = village.shown_everywhere("participant", 0);
    assert_eq!((conflicts(&person).len(), findings(&person).len()), (0, 0), "{person}");
}

#[test]
fn an_edit_beside_a_void_is_kept_and_flagged() {
    let village = Village::open();
    decide_identifiers(&village);
    village.change("lesedi", "void", "household_visit", 0, json!({}));
    village.change("thabo", "update", "household_visit", 0, json!({ "notes": "They asked for a morning" }));
    village.push_until_both_know();
    let visit = village.shown_everywhere("household_visit", 0);
    assert_eq!((&visit["void"], &visit["fields"]["notes"]), (&true.into(), &"They asked for a morning".into()));
    assert!(!findings(&visit).is_empty(), "{visit}");
    LAPTOPS.iter().for_each(|laptop| village.study.assert_both_hold_the_same(laptop));
}

#[test]
fn two_heads_of_one_household_are_found_on_the_server_and_on_both_laptops() {
    let village = Village::open();
    decide_identifiers(&village);
    let head = json!({ "relation": "head", "head_of_household": true });
    village.change("lesedi", "update", "household_member", 0, head.clone());
    village.change("thabo", "update", "household_member", 1, head);
    village.push_until_both_know();
    let heads = [0, 1].map(|n| village.shown_everywhere("household_member", n));
    for head in &heads {
        println!("{:?}", findings(head));
    }
    assert!(heads.iter().any(|head| findings(head).iter().any(|code| code.contains("head"))), "{heads:?}");
    // The correction takes the finding away everywhere.
    let member = json!({ "relation": "other", "head_of_household": false });
    village.change("lesedi", "update", "household_member", 1, member);
    village.push_until_both_know();
    for n in [0, 1] {
        assert!(findings(&village.shown_everywhere("household_member", n)).is_empty());
    }
    LAPTOPS.iter().for_each(|laptop| village.study.assert_both_hold_the_same(laptop));
}
