//! The whole chain by the command line: enrol, enter, push, and both sides prove that they hold the same.

use serde_json::Value;
use tsela_tests::bin::Study;

const SHIFT: &str = include_str!("../../demo/shift.jsonl");

/// Records in the sample day: 252 saves, one of them a correction.
const RECORDS: u64 = 251;

#[test]
fn a_day_reaches_the_server_and_both_hold_the_same() {
    let study = Study::open();
    study.enrol("lesedi");
    let entered = study.enter("lesedi", SHIFT);
    assert_eq!(entered.len(), SHIFT.lines().count());
    assert!(entered.iter().all(|line| line["warnings"] == Value::Array(vec![]) && line.get("repeated").is_none()));
    assert!(entered.iter().enumerate().all(|(n, line)| line["line"] == n + 1));

    let before = study.status("lesedi");
    assert_eq!((&before["unsent"], &before["received"]), (&RECORDS.into(), &0.into()));
    assert_eq!(before["attention"], 0);
    assert_eq!(before["streams"][0]["acked_through"], 0);
    assert!(before["oldest_unsent_seconds"].as_i64().unwrap() >= 0);
    assert!(states(&study, "lesedi", "participant").iter().all(|state| state == "ready"));

    let pushed = study.tsela(&["push", "--dir", "lesedi", "--json"]).quietly().json();
    assert_eq!((&pushed["outcome"], &pushed["problem"]), (&"done".into(), &Value::Null));

    let after = study.status("lesedi");
    assert_eq!((&after["unsent"], &after["received"]), (&0.into(), &RECORDS.into()));
    assert_eq!(after["oldest_unsent_seconds"], Value::Null);
    assert_eq!(after["streams"][0]["acked_through"], after["streams"][0]["head"]["seq"]);
    assert_eq!(pushed["acked"][0]["through"], after["streams"][0]["head"]["seq"]);
    assert!(states(&study, "lesedi", "participant").iter().all(|state| state == "received"));

    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
    assert_eq!(here.lines().last().unwrap().split(' ').nth(1), Some("251"));
    assert_eq!(study.tsela(&["digest", "--dir", "S"]).quietly().out, here, "a server's default is all streams");
    for dir in ["lesedi", "S"] {
        assert_eq!(study.tsela(&["verify", "--dir", dir, "--json"]).quietly().json()["clean"], true);
    }
}

#[test]
fn pushing_again_is_harmless_and_a_change_goes_alone() {
    let study = Study::open();
    study.enrol("lesedi");
    study.enter("lesedi", SHIFT);
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
    // Only that somebody opened the laptop for this push is new; it is an event and no record.
    let again = study.tsela(&["push", "--dir", "lesedi", "--json"]).quietly().json();
    assert_eq!((&again["outcome"], &again["problem"]), (&"done".into(), &Value::Null));
    assert!(again["entries"].as_u64().unwrap() <= 2, "{again}");
    assert_eq!(study.status("lesedi")["unsent"], 0);

    let person = study.tsela(&["list", "participant", "--dir", "lesedi", "--json"]).quietly().json_lines().remove(0);
    let key = person["key"].as_str().unwrap();
    let change = format!(
        r#"{{"op":"update","model":"participant","record":"{key}","set":{{"phone":"71234567"}},"reason":"new"}}"#
    );
    study.enter("lesedi", &change);
    assert_eq!(study.status("lesedi")["unsent"], 1);
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);

    // The audit trail is the same on both sides, by key and by id: who, when, old, new and why.
    let by_key = study.tsela(&["history", key, "--dir", "lesedi", "--json"]).quietly().json_lines();
    let by_id =
        study.tsela(&["history", person["id"].as_str().unwrap(), "--dir", "S", "--json"]).quietly().json_lines();
    assert_eq!(by_key.len(), 2);
    for lines in [&by_key, &by_id] {
        assert_eq!((&lines[1]["op"], &lines[1]["reason"]), (&"update".into(), &"new".into()));
        assert_eq!(lines[1]["set"]["phone"], "71234567");
        assert_eq!(lines[1]["was"]["phone"], person["fields"]["phone"]);
        assert_eq!(lines[1]["user_name"], "lesedi");
    }
}

#[test]
fn two_laptops_at_odds_are_shown_and_the_digest_is_asked_stream_by_stream() {
    let study = Study::open();
    study.enrol("lesedi");
    study.enrol("thabo");
    let id = "018f3b1c-6a00-7000-8000-0000000000a1";
    let house = |plot: &str| {
        format!(
            r#"{{"model":"household","id":"{id}","set":{{"community":"Otse","plot":"{plot}","status":"enumerated"}}}}"#
        )
    };
    study.enter("lesedi", &house("1"));
    study.enter("thabo", &house("2"));
    for laptop in ["lesedi", "thabo"] {
        study.tsela(&["push", "--dir", laptop]).expect(0);
        let (here, there) = study.digests(laptop);
        assert_eq!(here, there, "{laptop}");
    }
    let listed = study.tsela(&["list", "household", "--dir", "S", "--json"]).quietly().json_lines();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["state"], "attention");
    let conflicts = listed[0]["conflicts"].as_array().unwrap();
    let plot = conflicts.iter().find(|conflict| conflict["field"] == "plot").unwrap();
    let mut values: Vec<&str> = plot["values"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    values.sort_unstable();
    assert_eq!(values, ["1", "2"]);
}

#[test]
fn commands_for_reading_work_beside_a_writer_and_a_second_writer_is_told_who_has_it() {
    let study = Study::open();
    study.enrol("lesedi");
    let mut writing = study.command(&["enter", "--dir", "lesedi", "-"]).start();
    writing.tell(r#"{"model":"household","set":{"community":"Otse","status":"enumerated"}}"#);
    let saved: Value = serde_json::from_str(&writing.line()).unwrap();
    assert_eq!(saved["line"], 1, "the line is acknowledged while the input is still open");

    assert_eq!(study.status("lesedi")["unsent"], 1);
    assert_eq!(study.tsela(&["list", "household", "--dir", "lesedi", "--json"]).quietly().json_lines().len(), 1);
    study.tsela(&["verify", "--dir", "lesedi"]).quietly();
    study.tsela(&["digest", "--dir", "lesedi"]).quietly();
    let key = saved["record"].as_str().unwrap();
    assert_eq!(study.tsela(&["history", key, "--dir", "lesedi", "--json"]).quietly().json_lines().len(), 1);

    for second in [["push", "--dir", "lesedi", "--wait=0"], ["enter", "--dir", "lesedi", "-"]] {
        let refused = study.tsela(&second).expect(75);
        assert!(refused.err.contains("tsela enter"), "{}", refused.err);
        assert_eq!(refused.out, "");
    }
    study.tsela(&["restore", "--dir", "lesedi", "nothing.db"]).expect(75);

    // What was acknowledged survives the writer's violent end, and its lock ends with it.
    writing.kill();
    assert_eq!(study.status("lesedi")["unsent"], 1);
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
}

fn states(study: &Study, dir: &str, model: &str) -> Vec<String> {
    let listed = study.tsela(&["list", model, "--dir", dir, "--json"]).quietly().json_lines();
    assert!(!listed.is_empty());
    listed.iter().map(|line| line["state"].as_str().unwrap().to_owned()).collect()
}
