//! `tsela enter`: whatever a file holds, good lines are saved and bad ones are named.

use serde_json::{Value, json};
use tsela_tests::bin::{Study, Tsela};

const SHIFT: &str = include_str!("../../demo/shift.jsonl");
const ID: &str = "018f3b1c-6a00-7000-8000-0000000000b1";

fn house(plot: &str) -> String {
    json!({ "model": "household", "set": { "community": "Otse", "plot": plot, "status": "enumerated" } }).to_string()
}

#[test]
fn lines_with_ids_of_their_own_are_entered_once() {
    let study = Study::open();
    study.enrol("lesedi");
    let insert =
        format!(r#"{{"model":"household","id":"{ID}","set":{{"community":"Otse","status":"enumerated","plot":"7"}}}}"#);
    let change = format!(
        r#"{{"op":"update","model":"household","id":"018f3b1c-6a00-7000-8000-0000000000b2","record":"{ID}","set":{{"plot":"8"}},"reason":"misread"}}"#
    );
    let file = format!("{insert}\n{change}\n");
    let first = study.enter("lesedi", &file);
    assert!(first.iter().all(|line| line.get("repeated").is_none()));
    assert_eq!(first[0]["record"], ID);
    let before = study.tsela(&["digest", "--dir", "lesedi"]).quietly().out;

    let again = study.enter("lesedi", &file);
    assert!(again.iter().all(|line| line["repeated"] == true), "{again:?}");
    assert_eq!(study.tsela(&["digest", "--dir", "lesedi"]).quietly().out, before);
    assert_eq!(study.status("lesedi")["unsent_entries"], 2);
}

#[test]
fn a_line_that_fails_is_named_with_all_its_reasons_and_the_rest_goes_on() {
    let study = Study::open();
    study.enrol("lesedi");
    let bad = r#"{"model":"household","set":{"community":"Nowhere","status":"haunted"}}"#;
    let orphan = r#"{"model":"household_visit","set":{"household":"@h9","visited_at":"2026-03-02T05:37:00Z","outcome":"absent"}}"#;
    let file = [&house("1"), bad, "{half", orphan, &house("2")].join("\n");
    let ran = study.command(&["enter", "--dir", "lesedi", "-"]).input(file).run().expect(65);
    let lines: Vec<Value> = ran.json_lines().iter().map(|line| line["line"].clone()).collect();
    assert_eq!(lines, [1, 5]);
    assert_eq!(ran.err.matches("line 2: household.").count(), 2, "{}", ran.err);
    assert!(ran.err.contains("household.community") && ran.err.contains("household.status"), "{}", ran.err);
    assert!(ran.err.contains("line 3: ") && ran.err.contains("line 4: ") && ran.err.contains("@h9"), "{}", ran.err);
    assert!(ran.err.contains("3 lines were not entered"), "{}", ran.err);
    assert_eq!(study.status("lesedi")["unsent"], 2);
}

#[test]
fn files_of_other_programs_and_broken_ones_are_taken_as_far_as_they_go() {
    let study = Study::open();
    study.enrol("lesedi");
    let mut file = b"\xef\xbb\xbf".to_vec();
    file.extend(house("1").bytes());
    file.extend(b"\r\n\r\n   \r\n{\"model\":\"household\",\"set\":{\"notes\":\"\xff\xfe\"}}\r\n");
    let long = json!({ "model": "household", "set": { "community": "Otse", "status": "enumerated", "notes": "x".repeat(1_000_000) } });
    file.extend(format!("{long}\n").bytes());
    file.extend(vec![b'['; 3_000_000]);
    file.extend(b"\n");
    file.extend(house("2").bytes());
    let ran = study.command(&["enter", "--dir", "lesedi", "-"]).input(file).run().expect(65);
    let lines: Vec<Value> = ran.json_lines().iter().map(|line| line["line"].clone()).collect();
    assert_eq!(lines, [1, 7], "{}", ran.err);
    assert!(ran.err.contains("line 4: the line is not UTF-8"), "{}", ran.err);
    assert!(ran.err.contains("line 5: household.notes"), "{}", ran.err);
    assert!(ran.err.contains("line 6: the line is longer"), "{}", ran.err);
    study.enter("lesedi", "");
    study.tsela(&["verify", "--dir", "lesedi"]).quietly();
}

#[test]
fn hostile_names_and_notes_arrive_as_they_were_written() {
    let study = Study::open();
    study.enrol("lesedi");
    let lines = Tsela::new(["simulate", "--households", "20", "--seed", "3", "--hostile"]).run().quietly().out;
    study.enter("lesedi", &lines);
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
    let listed = |dir: &str| {
        let mut lines = study.tsela(&["list", "household", "--dir", dir, "--json"]).quietly().json_lines();
        lines.sort_by_key(|line| line["id"].to_string());
        lines.into_iter().map(|line| line["fields"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed("lesedi"), listed("S"));
    let note =
        listed("S").iter().any(|fields| fields["notes"].as_str().is_some_and(|note| note.contains("DROP TABLE")));
    assert!(note, "seed 3 writes a hostile note");
    // People's eyes are spared what could drive their terminal.
    assert!(!study.tsela(&["list", "household", "--dir", "S"]).quietly().out.contains('\u{1b}'));
}

#[test]
fn simulated_data_breaks_no_rule_and_raises_no_warning() {
    let study = Study::open();
    study.enrol("lesedi");
    for seed in ["1", "2"] {
        let lines = Tsela::new(["simulate", "--households", "40", "--seed", seed]).run().quietly().out;
        let entered = study.enter("lesedi", &lines);
        let odd: Vec<&Value> = entered.iter().filter(|line| line["warnings"] != json!([])).collect();
        assert!(odd.is_empty(), "seed {seed}: {odd:?}");
    }
    assert_eq!(study.status("lesedi")["attention"], 0);
    let exactly = Tsela::new(["simulate", "--saves", "17"]).run().quietly().out;
    assert_eq!(exactly.lines().count(), 17);
}

#[test]
fn a_day_moved_to_today_has_just_ended() {
    let study = Study::open();
    study.enrol("lesedi");
    let args = ["enter", "--dir", "lesedi", "--moved-to-today", "--source", "paper", "-"];
    let entered = study.command(&args).input(SHIFT).run().quietly().json_lines();
    assert!(entered.iter().all(|line| line["warnings"] == json!([])));
    let tubes = study.tsela(&["list", "specimen", "--dir", "lesedi", "--json"]).quietly().json_lines();
    let now = chrono::Utc::now();
    let age = |tube: &Value| {
        let text = tube["fields"]["collected_at"].as_str().unwrap();
        (now - chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc()).num_minutes()
    };
    let ages: Vec<i64> = tubes.iter().map(age).collect();
    assert!(ages.iter().all(|age| (0..12 * 60).contains(age)), "{ages:?}");
    let people = study.tsela(&["list", "participant", "--dir", "lesedi", "--json"]).quietly().json_lines();
    assert!(people.iter().any(|person| person["fields"]["dob"] == "1962-12-15"), "a date of birth is not moved");
    let key = people[0]["key"].as_str().unwrap();
    let history = study.tsela(&["history", key, "--dir", "lesedi", "--json"]).quietly().json_lines();
    assert_eq!(history[0]["source"], "paper");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_between_two_lines() {
    let study = Study::open();
    study.enrol("lesedi");
    let mut entering = study.command(&["enter", "--dir", "lesedi", "-"]).start();
    entering.tell(&house("1"));
    assert!(entering.line().starts_with('{'));
    let told = std::process::Command::new("kill").args(["-INT", &entering.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(entering.wait(), Some(130));
    assert_eq!(study.status("lesedi")["unsent"], 1);
    study.tsela(&["verify", "--dir", "lesedi"]).quietly();
}
