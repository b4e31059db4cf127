//! A laptop whose clock is wrong by a year, either way: everything works, and the wrong clock is named.
#![cfg(target_os = "linux")]

use tsela_tests::bin::{Ran, Study};

const SHIFT: &str = include_str!("../../demo/shift.jsonl");
const YEAR: i64 = 365 * 86_400;

/// Runs a command with its clock moved; `None` where that cannot be done.
fn at(study: &Study, moved: &str, arguments: &[&str], input: &str) -> Option<Ran> {
    Some(study.command(arguments).input(input).moved(moved)?.run())
}

fn a_wrong_clock(moved: &str, ahead: i64) {
    let study = Study::open();
    let enrol = ["enrol", "--dir", "lesedi", "--code", &study.code(), "--user", "lesedi"];
    let Some(enrolled) = at(&study, moved, &enrol, "") else { return };
    enrolled.expect(0);
    let tsela = |arguments: &[&str], input: &str| at(&study, moved, arguments, input).expect("the library is there");
    let entered = tsela(&["enter", "--dir", "lesedi", "-"], SHIFT).quietly().json_lines();
    let warned = entered.iter().filter(|line| line["warnings"].as_array().is_some_and(|all| !all.is_empty())).count();
    // A clock that lags makes every event of the day one of the future: told, and not refused.
    assert_eq!(warned > 0, ahead < 0, "{warned} warnings");
    tsela(&["push", "--dir", "lesedi"], "").expect(0);

    let status = tsela(&["status", "--dir", "lesedi", "--json"], "").quietly().json();
    assert_eq!(status["unsent"], 0);
    let drift = status["server"]["clock_drift_seconds"].as_i64().unwrap();
    assert!((drift - ahead).abs() < 600, "{drift} s");
    let told = status["notices"].as_array().unwrap().iter().any(|notice| notice["code"] == "clock");
    assert!(told, "{status}");

    let here = tsela(&["digest", "--dir", "lesedi"], "").quietly().out;
    assert_eq!(study.tsela(&["digest", "--dir", "S"]).quietly().out, here);
    study.tsela(&["verify", "--dir", "S"]).quietly();
    let devices = study.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines();
    let known = devices[0]["clock_drift_seconds"].as_i64().unwrap();
    assert!((known.abs() - YEAR).abs() < 600, "the server knows: {known} s");
}

#[test]
fn a_year_ahead() {
    a_wrong_clock("+365d", YEAR);
}

#[test]
fn a_year_behind() {
    a_wrong_clock("-365d", -YEAR);
}
