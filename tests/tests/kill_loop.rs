//! Programs are killed at random moments of entering and pushing, on both sides, again and again: every save that was
//! acknowledged is there, entering the same file again completes it without doubling anything, and in the end both
//! sides hold the same.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use rand_core::Rng;
use serde_json::Value;
use tsela_core::ids::StreamCode;
use tsela_store::streams;
use tsela_tests::{
    bin::Study,
    day::{assert_printed_once, dice, records_in, rounds},
};

/// Rounds of a usual run.
const ROUNDS: u64 = 20;

#[test]
fn entering_is_killed_at_random_moments() {
    let mut dice = dice("enter");
    let study = Study::open();
    study.enrol("lesedi");
    let (mut records, mut acknowledged_in_all, mut cut_short) = (0, 0, 0);
    for round in 1..=rounds(ROUNDS) {
        let lines = study.households(round, 1);
        let count = lines.lines().count();
        records += records_in(&lines);
        std::fs::write(study.path("lines"), &lines).unwrap();
        let acknowledged = killed_while_entering(&study, &mut dice, count);
        study.assert_clean("lesedi");
        let again = study.enter("lesedi", &lines);
        assert_eq!(again.len(), count, "round {round}");
        for line in &acknowledged {
            let same = &again[line["line"].as_u64().unwrap() as usize - 1];
            assert_eq!(same["repeated"], true, "round {round}: {line} was acknowledged and is lost");
            assert_eq!(same["record"], line["record"], "round {round}");
        }
        // One save may have been on disk before it could be told.
        let repeated = again.iter().filter(|line| line["repeated"] == true).count();
        assert!((acknowledged.len()..=acknowledged.len() + 1).contains(&repeated), "round {round}: {repeated}");
        acknowledged_in_all += acknowledged.len();
        cut_short += usize::from(acknowledged.len() < count);
    }
    println!("{acknowledged_in_all} saves were acknowledged before a kill; {cut_short} files were cut short");
    study.push("lesedi");
    assert_whole(&study, records);
}

/// Enters the file until some lines are acknowledged and then a moment longer, and returns those that were.
fn killed_while_entering(study: &Study, dice: &mut impl Rng, count: usize) -> Vec<Value> {
    let mut entering = study.command(&["enter", "--dir", "lesedi", "lines"]).start();
    let wanted = dice.next_u64() as usize % count;
    let mut acknowledged: Vec<String> = (0..wanted).map(|_| entering.line()).collect();
    // Without a line to wait for, the kill falls into the opening of the store.
    let longest = if wanted == 0 { 300_000 } else { 20_000 };
    sleep(Duration::from_micros(dice.next_u64() % longest));
    entering.kill();
    acknowledged.extend(std::iter::from_fn(|| Some(entering.line()).filter(|line| !line.is_empty())));
    // The last line may be half a line, which acknowledges nothing.
    let half = |(n, line): (usize, &String)| match serde_json::from_str(line) {
        Ok(line) => Some(line),
        Err(error) => {
            assert_eq!(n + 1, acknowledged.len(), "{error}: {line}");
            None
        }
    };
    acknowledged.iter().enumerate().filter_map(half).collect()
}

#[test]
fn pushing_is_killed_at_random_moments() {
    let mut dice = dice("push");
    let study = Study::open();
    study.enrol("lesedi");
    let (mut records, mut length, mut killed) = (0, pushes_in(&study), 0);
    for round in 1..=rounds(ROUNDS) {
        let lines = study.households(round, 2);
        records += records_in(&lines);
        study.enter("lesedi", &lines);
        let (began, mut pushing) = (Instant::now(), study.command(&["push", "--dir", "lesedi", "--json"]).start());
        sleep(length.mul_f64(f64::from(dice.next_u32()) / f64::from(u32::MAX)));
        pushing.kill();
        match pushing.wait() {
            Some(0) => length = began.elapsed(),
            _ => killed += 1,
        }
        study.assert_clean("lesedi");
        assert_received_is_there(&study);
        if round % 5 == 0 {
            length = pushes_in(&study);
            study.assert_both_hold_the_same("lesedi");
        }
    }
    println!("{killed} pushes were killed before their end");
    study.push("lesedi");
    assert_whole(&study, records);
}

#[test]
fn the_server_is_killed_at_random_moments_of_a_push() {
    let mut dice = dice("serve");
    let mut study = Study::open();
    study.enrol("lesedi");
    let (mut records, mut length, mut failed) = (0, pushes_in(&study), 0);
    for round in 1..=rounds(ROUNDS) {
        let lines = study.households(round, 2);
        records += records_in(&lines);
        study.enter("lesedi", &lines);
        let mut pushing = study.command(&["push", "--dir", "lesedi", "--json"]).start();
        sleep(length.mul_f64(f64::from(dice.next_u32()) / f64::from(u32::MAX)));
        study.kill_server();
        match pushing.wait() {
            Some(0) => {}
            // Not in reach is all that may be said; nothing is wrong with the laptop or its data.
            code => assert_eq!(code, Some(69), "round {round}: {}", pushing.line()),
        }
        failed += u64::from(study.status("lesedi")["unsent"] != 0);
        study.assert_clean("S");
        assert_received_is_there(&study);
        study.serve();
        if round % 5 == 0 {
            length = pushes_in(&study);
            study.assert_both_hold_the_same("lesedi");
        }
    }
    println!("{failed} pushes were not received whole when the server was killed");
    study.push("lesedi");
    assert_whole(&study, records);
}

/// Pushes, which must go through, and returns how long it took.
fn pushes_in(study: &Study) -> Duration {
    let began = Instant::now();
    study.push("lesedi");
    began.elapsed()
}

/// Whatever the laptop believes to be received, the server has on its disk.
fn assert_received_is_there(study: &Study) {
    let server = tsela_server::Server::open(study.path("S").as_ref()).unwrap();
    for stream in study.status("lesedi")["streams"].as_array().unwrap() {
        let code: StreamCode = stream["code"].as_str().unwrap().parse().unwrap();
        let there = server.store().read(|conn| streams::find(conn, code)).unwrap();
        let (received, stored) = (stream["acked_through"].as_u64().unwrap(), there.map_or(0, |there| there.head.seq));
        assert!(received <= stored, "{code}: {received} are called received, the server has {stored}");
    }
}

/// Both sides hold the same, all of it, clean, and no identifier twice.
fn assert_whole(study: &Study, records: u64) {
    study.assert_both_hold_the_same("lesedi");
    let (here, there) = (study.records("lesedi"), study.records("S"));
    assert_eq!((here.len() as u64, there.len() as u64), (records, records));
    assert_eq!(study.status("lesedi")["unsent"], 0);
    assert_eq!(study.printed("lesedi"), study.printed("S"));
    assert_printed_once(study.printed("S"));
}
