//! What goes wrong has an exit code for programs and plain words for people, and loses nothing.

use std::fs;

use serde_json::Value;
use tsela_tests::{
    bin::{Study, Tsela},
    portal::Portal,
};

const HOUSE: &str = r#"{"model":"household","set":{"community":"Otse","status":"enumerated"}}"#;

fn with_one_save() -> Study {
    let study = Study::open();
    study.enrol("lesedi");
    study.enter("lesedi", HOUSE);
    study
}

#[test]
fn a_server_that_is_down_is_69_and_everything_waits() {
    let mut study = with_one_save();
    study.kill_server();
    let ran = study.tsela(&["push", "--dir", "lesedi", "--json"]).expect(69);
    let told = ran.json();
    assert_eq!((&told["outcome"], &told["problem"]["code"]), (&"failed".into(), &"refused".into()));
    for part in ["title", "detail", "action"] {
        assert!(ran.err.contains(told["problem"][part].as_str().unwrap()), "{part} in {}", ran.err);
    }
    assert_eq!(study.status("lesedi")["unsent"], 1);
    study.serve();
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
    assert_eq!(study.status("lesedi")["unsent"], 0);
}

#[test]
fn a_log_in_page_is_69_is_named_and_marks_nothing() {
    let mut study = with_one_save();
    study.kill_server();
    let portal = Portal::start(study.address().parse().unwrap()).unwrap();
    let ran = study.tsela(&["push", "--dir", "lesedi", "--json"]).expect(69);
    assert_eq!(ran.json()["problem"]["code"], "portal");
    assert!(ran.err.to_lowercase().contains("log-in page"), "{}", ran.err);
    assert_eq!(study.status("lesedi")["unsent"], 1);
    assert_eq!(study.status("lesedi")["streams"][0]["acked_through"], 0);
    assert!(portal.asked().iter().all(|request| !request.to_lowercase().contains("authorization: bearer")));
}

#[test]
fn another_server_at_the_address_is_76() {
    let mut study = with_one_save();
    study.kill_server();
    fs::rename(study.path("S"), study.path("theirs")).unwrap();
    study.tsela(&["server", "init", "--dir", "S"]).expect(0);
    study.serve();
    let ran = study.tsela(&["push", "--dir", "lesedi", "--json"]).expect(76);
    assert_eq!(ran.json()["problem"]["code"], "wrong_key");
    assert_eq!(study.status("lesedi")["unsent"], 1);
}

#[test]
fn a_revoked_laptop_is_77_and_keeps_what_it_has() {
    let study = with_one_save();
    let device = study.status("lesedi")["device"]["id"].as_str().unwrap().to_owned();
    study.tsela(&["server", "revoke", "--dir", "S", &device, "--reason", "stolen"]).expect(0);
    let ran = study.tsela(&["push", "--dir", "lesedi", "--json"]).expect(77);
    assert_eq!(ran.json()["problem"]["code"], "revoked");
    assert_eq!(study.status("lesedi")["unsent"], 1);
    let devices = study.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines();
    assert_ne!(devices[0]["revoked_at"], Value::Null);
}

#[test]
fn a_wrong_passphrase_is_77_counted_and_after_five_locked() {
    let study = with_one_save();
    let status = |passphrase: &str| {
        study.command(&["status", "--dir", "lesedi", "--json"]).env("TSELA_PASSPHRASE", passphrase).run()
    };
    let first = status("a short road").expect(77);
    assert!(first.err.contains("passphrase is wrong") && first.err.contains("4 attempts"), "{}", first.err);
    for command in
        [vec!["push", "--dir", "lesedi"], vec!["enter", "--dir", "lesedi", "-"], vec!["digest", "--dir", "lesedi"]]
    {
        study.command(&command).env("TSELA_PASSPHRASE", "wrong again").run().expect(77);
    }
    study.tsela(&["status", "--dir", "lesedi", "--json", "--user", "nobody"]).expect(77);
}

#[test]
fn without_a_passphrase_and_a_terminal_it_is_said_what_to_set() {
    let study = with_one_save();
    let ran = study.command(&["status", "--dir", "lesedi"]).without("TSELA_PASSPHRASE").run().expect(77);
    assert!(ran.err.contains("TSELA_PASSPHRASE"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[test]
fn what_is_not_there_or_not_meant_is_65() {
    let study = with_one_save();
    for arguments in [
        vec!["status", "--dir", "nowhere"],
        vec!["digest", "--dir", "nowhere"],
        vec!["push", "--dir", "S"],
        vec!["status", "--dir", "S"],
        vec!["serve", "--dir", "lesedi"],
        vec!["server", "code", "--dir", "lesedi"],
        vec!["server", "init", "--dir", "S"],
        vec!["server", "init", "--dir", "lesedi"],
        vec!["server", "init", "--dir", "new", "--study", "/nowhere"],
        vec!["server", "user", "--dir", "S", "--name", "Kabo", "--role", "emperor"],
        vec!["server", "revoke", "--dir", "S", "018f3b1c-6a00-7000-8000-0000000000c1", "--reason", "x"],
        vec!["enrol", "--dir", "new", "--code", "TSELA1-ABC", "--user", "thabo"],
        vec!["enrol", "--dir", "lesedi", "--code", "TSELA1-ABC", "--user", "thabo"],
        vec!["enter", "--dir", "lesedi", "/nowhere.jsonl"],
        vec!["list", "panel", "--dir", "lesedi"],
        vec!["history", "no such key", "--dir", "lesedi"],
        vec!["digest", "--dir", "lesedi", "--stream", "ZZZ"],
        vec!["restore", "--dir", "lesedi", "/nowhere.db"],
        vec!["restore", "--dir", "lesedi"],
        vec!["inspect", "/nowhere"],
        vec!["app", "--dir", "lesedi", "--listen", "0.0.0.0:0"],
    ] {
        let ran = study.tsela(&arguments);
        assert_eq!(ran.code, Some(65), "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.starts_with("tsela: ") && ran.out.is_empty(), "{arguments:?}: {}{}", ran.out, ran.err);
    }
    assert_eq!(study.tsela(&["status"]).code, Some(2), "wrong arguments");
    study.tsela(&["verify", "--dir", "lesedi"]).quietly();
}

#[test]
fn a_code_is_used_once_and_an_unreachable_server_enrols_nobody() {
    let mut study = Study::open();
    let code = study.code();
    study.tsela(&["enrol", "--dir", "lesedi", "--code", &code, "--user", "lesedi"]).expect(0);
    study.tsela(&["enrol", "--dir", "thabo", "--code", &code, "--user", "thabo"]).expect(65);
    let code = study.code();
    study.kill_server();
    study.tsela(&["enrol", "--dir", "thabo", "--code", &code, "--user", "thabo"]).expect(69);
    study.serve();
    study.tsela(&["enrol", "--dir", "thabo", "--code", &code, "--user", "thabo"]).expect(0);
    study.tsela(&["status", "--dir", "thabo", "--json"]).quietly();
}

#[test]
fn a_served_folder_is_not_served_or_restored_a_second_time() {
    let study = Study::open();
    study.tsela(&["backup", "--dir", "S"]).quietly();
    study.tsela(&["server", "restore", "--dir", "S"]).expect(75);
    study.tsela(&["serve", "--dir", "S", "--listen", "127.0.0.1:0"]).expect(75);
}

#[test]
fn changed_and_cut_files_are_told() {
    let study = with_one_save();
    let backup = study.tsela(&["backup", "--dir", "lesedi"]).quietly().out.trim().to_owned();
    let inspect = |path: &str| Tsela::new(["inspect", path]).run();
    assert_eq!(inspect(&backup).quietly().json()["file"], "backup");
    let bytes = fs::read(&backup).unwrap();
    fs::write(&backup, &bytes[..bytes.len() - 100]).unwrap();
    assert_eq!(inspect(&backup).expect(65).json()["intact"], false);
    let text = study.path("text.txt");
    fs::write(&text, "a shopping list").unwrap();
    assert_eq!(inspect(&text).expect(65).json()["file"], "unknown");
}

#[test]
fn a_name_of_the_servers_own_pages_is_65_at_enrolment_and_says_what_to_do() {
    let study = Study::open();
    let user = ["server", "user", "--dir", "S", "--name", "Kabo Molefe", "--role", "administrator"];
    study.tsela(&user).expect(0);
    let code = study.code();
    let told = study.tsela(&["enrol", "--dir", "lesedi", "--code", &code, "--user", "kabo molefe"]).expect(65).err;
    for part in ["cannot be used on a laptop", "kabo molefe is the name of an account", "who works on this laptop"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    study.tsela(&["enrol", "--dir", "lesedi", "--code", &code, "--user", "Lesedi"]).expect(0);
}
