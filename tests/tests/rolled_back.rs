//! A laptop put back to an older state, a laptop that became two, a server restored from yesterday: nothing is lost,
//! nothing is doubled, no identifier is printed twice, and people are told.

use std::path::Path;

use tsela_tests::{
    bin::Study,
    day::{assert_printed_once, records_in},
};

/// Puts the bytes of a folder's files into the files of another in place, as an older image of the disk does.
fn put_back(study: &Study, from: &str, to: &str, files: &[&str]) {
    for file in files {
        let (from, to) = (Path::new(&study.path(from)).join(file), Path::new(&study.path(to)).join(file));
        if from.exists() {
            std::fs::write(to, std::fs::read(from).unwrap()).unwrap();
        } else if to.exists() {
            std::fs::remove_file(to).unwrap();
        }
    }
}

const STORE: [&str; 3] = ["store.db", "store.db-wal", "store.db-shm"];

/// Expects the records of these lines in a folder.
#[track_caller]
fn assert_holds(study: &Study, dir: &str, lines: &[&str]) {
    let records = study.records(dir);
    let wanted: u64 = lines.iter().map(|lines| records_in(lines)).sum();
    assert_eq!(records.len() as u64, wanted, "records of {dir}");
}

fn active(study: &Study, laptop: &str) -> String {
    let streams = study.status(laptop)["streams"].clone();
    let active = streams.as_array().unwrap().iter().find(|stream| stream["state"] == "active").cloned();
    active.expect("a stream to write to")["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_laptop_restored_from_its_backup_gets_back_what_it_had_sent() {
    let study = Study::open();
    study.enrol("lesedi");
    let [before, sent, unsent, later] = [1, 2, 3, 4].map(|number| study.households(number, 1));
    study.enter("lesedi", &before);
    study.push("lesedi");
    study.tsela(&["backup", "--dir", "lesedi"]).expect(0);
    study.enter("lesedi", &sent);
    study.push("lesedi");
    study.enter("lesedi", &unsent);
    let (printed, first) = (study.printed("lesedi"), active(&study, "lesedi"));

    let told = study.tsela(&["restore", "--dir", "lesedi"]).expect(0).err;
    assert!(told.contains("is kept as") && told.contains("new stream"), "{told}");
    assert_holds(&study, "lesedi", &[&before]);
    let entered = study.command(&["enter", "--dir", "lesedi", "-"]).input(later.as_str()).run().expect(0);
    println!("told at the next entering: {}", entered.err);
    assert_ne!(active(&study, "lesedi"), first);
    let told = study.push("lesedi");
    assert!(told.contains("restored"), "{told}");
    study.push("lesedi");
    assert_holds(&study, "lesedi", &[&before, &sent, &later]);
    // What no server had lies in the store that was moved aside; entered again from paper, it prints afresh.
    study.enter("lesedi", &unsent);
    study.push("lesedi");
    study.assert_both_hold_the_same("lesedi");
    assert_holds(&study, "S", &[&before, &sent, &unsent, &later]);
    let again = study.printed("S");
    let lost: Vec<_> = printed.difference(&again).cloned().collect();
    assert!(!lost.is_empty() && lost.iter().all(|(code, _)| again.iter().all(|(other, _)| other != code)));
    assert_printed_once(again);
}

#[test]
fn an_older_store_put_back_unseen_is_noticed() {
    let study = Study::open();
    study.enrol("lesedi");
    let [before, sent, later] = [1, 2, 3].map(|number| study.households(number, 1));
    study.enter("lesedi", &before);
    study.copy("lesedi", "older");
    study.enter("lesedi", &sent);
    study.push("lesedi");
    let (printed, first) = (study.printed("lesedi"), active(&study, "lesedi"));
    put_back(&study, "older", "lesedi", &STORE);
    let told = study.command(&["enter", "--dir", "lesedi", "-"]).input(later.as_str()).run().expect(0).err;
    println!("told at the next entering: {told}");
    assert_ne!(active(&study, "lesedi"), first);
    let told = study.push("lesedi");
    assert!(told.contains("restored"), "{told}");
    study.push("lesedi");
    study.assert_both_hold_the_same("lesedi");
    for dir in ["lesedi", "S"] {
        assert_holds(&study, dir, &[&before, &sent, &later]);
        assert_printed_once(study.printed(dir).into_iter().chain(printed.clone()));
    }
}

/// The whole disk as it was: nothing on the laptop can tell. The server does, and both histories are kept.
#[test]
fn an_older_image_of_the_whole_disk_is_noticed_by_the_server() {
    older_image();
}

#[test]
fn an_older_image_of_the_whole_disk_is_shown_as_a_fork_on_the_server() {
    let study = older_image();
    let forks = tsela_server::Server::open(study.path("S").as_ref()).unwrap().forks().unwrap();
    assert!(!forks.is_empty(), "the server shows the fork");
}

fn older_image() -> Study {
    let study = Study::open();
    study.enrol("lesedi");
    let [before, sent, later] = [1, 2, 3].map(|number| study.households(number, 1));
    study.enter("lesedi", &before);
    study.push("lesedi");
    study.copy("lesedi", "older");
    study.enter("lesedi", &sent);
    study.push("lesedi");
    let image = [STORE.as_slice(), &["marker.json", "keys.json"]].concat();
    put_back(&study, "older", "lesedi", &image);
    study.command(&["enter", "--dir", "lesedi", "-"]).input(later.as_str()).run().expect(0);
    let told = study.push("lesedi");
    assert!(told.contains("new code"), "{told}");
    study.push("lesedi");
    study.push("lesedi");
    for dir in ["lesedi", "S"] {
        study.assert_clean(dir);
    }
    assert_holds(&study, "S", &[&before, &sent, &later]);
    assert_eq!(study.status("lesedi")["unsent"], 0);
    study
}

#[test]
fn a_laptop_that_became_two_loses_and_doubles_nothing_in_any_order() {
    for order in [["lesedi", "copy"], ["copy", "lesedi"]] {
        for sent_before in [true, false] {
            two_of_one(order, sent_before);
        }
    }
}

fn two_of_one(order: [&str; 2], sent_before: bool) {
    let study = Study::open();
    study.enrol("lesedi");
    let lines = [1, 2, 3, 4, 5].map(|number| study.households(number, 1));
    let [before, here, there, here_later, there_later] = &lines;
    study.enter("lesedi", before);
    if sent_before {
        study.push("lesedi");
    }
    study.copy("lesedi", "copy");
    let mut told = study.command(&["enter", "--dir", "copy", "-"]).input(there.as_str()).run().expect(0).err;
    study.enter("lesedi", here);
    assert_ne!(active(&study, "lesedi"), active(&study, "copy"));
    order.iter().for_each(|dir| told += &study.push(dir));
    for (dir, lines) in [("lesedi", here_later), ("copy", there_later)] {
        told += &study.command(&["enter", "--dir", dir, "-"]).input(lines.as_str()).run().expect(0).err;
    }
    // Each hears of the other's with its next pushes.
    for dir in order.into_iter().chain(order).chain(order) {
        told += &study.push(dir);
    }
    println!("{order:?}, sent before: {sent_before}; told:\n{told}");
    assert!(!told.is_empty(), "nobody was told");
    let all: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_holds(&study, "S", &all);
    for dir in ["lesedi", "copy"] {
        study.assert_both_hold_the_same(dir);
        assert_holds(&study, dir, &all);
        assert_eq!(study.status(dir)["unsent"], 0, "{dir}");
    }
    assert_eq!(study.records("lesedi"), study.records("copy"));
    assert_printed_once(study.printed("S").into_iter().chain(study.printed("lesedi")).chain(study.printed("copy")));
}

#[test]
fn a_server_restored_from_yesterday_is_refilled() {
    let mut study = Study::open();
    study.enrol("lesedi");
    study.enrol("thabo");
    let [first, second, third, fourth] = [1, 2, 3, 4].map(|number| study.households(number, 1));
    study.enter("lesedi", &first);
    study.push("lesedi");
    study.tsela(&["backup", "--dir", "S"]).expect(0);
    study.enter("lesedi", &second);
    study.enter("thabo", &third);
    study.push("lesedi");
    study.push("thabo");
    study.kill_server();
    study.tsela(&["server", "restore", "--dir", "S"]).expect(0);
    study.serve();
    study.enter("lesedi", &fourth);
    for laptop in ["lesedi", "thabo"] {
        let told = study.push(laptop);
        assert!(told.contains("server was restored"), "{laptop} was told {told:?}");
        study.assert_both_hold_the_same(laptop);
        assert_eq!(study.status(laptop)["unsent"], 0);
    }
    assert_holds(&study, "S", &[&first, &second, &third, &fourth]);
    // A laptop enrolled afterwards gets no code that one of before has.
    study.enrol("kago");
    let fifth = study.households(5, 1);
    study.enter("kago", &fifth);
    study.push("kago");
    study.assert_both_hold_the_same("kago");
    assert_holds(&study, "S", &[&first, &second, &third, &fourth, &fifth]);
    assert_printed_once(study.printed("S"));
}

/// The server forgets the laptop itself, its codes, its person, and what it sent; the laptop forgets nothing.
#[test]
fn a_laptop_enrolled_after_the_backup_is_known_again_to_the_restored_server() {
    let mut study = Study::open();
    study.enrol("lesedi");
    let [before, first, second, lost, later] = [1, 2, 3, 4, 5].map(|number| study.households(number, 1));
    study.enter("lesedi", &before);
    study.push("lesedi");
    study.tsela(&["backup", "--dir", "S"]).expect(0);
    study.enrol("thabo");
    study.enter("thabo", &first);
    study.push("thabo");
    study.enrol("mpho");
    study.enter("mpho", &lost);
    let printed = ["thabo", "mpho"].map(|laptop| study.printed(laptop));
    let codes = codes_of(&study, "thabo");
    study.kill_server();
    study.tsela(&["server", "restore", "--dir", "S"]).expect(0);
    study.serve();
    study.enter("thabo", &second);

    // One has never reached the server since its enrolment, which was in the life that is over.
    for laptop in ["lesedi", "thabo", "mpho"] {
        let told = study.push(laptop);
        assert!(told.contains("server was restored"), "{laptop} was told {told:?}");
        study.assert_both_hold_the_same(laptop);
        assert_eq!(study.status(laptop)["unsent"], 0);
    }
    assert_holds(&study, "S", &[&before, &first, &second, &lost]);
    let devices = study.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines();
    let people: Vec<&str> = devices.iter().filter_map(|device| device["users"][0].as_str()).collect();
    assert_eq!((devices.len(), people.len()), (3, 3), "{devices:?}");
    assert!(["lesedi", "thabo", "mpho"].iter().all(|name| people.contains(name)), "{people:?}");

    study.enrol("kago");
    study.enter("kago", &later);
    study.push("kago");
    study.assert_both_hold_the_same("kago");
    let others = codes_of(&study, "kago");
    assert!(others.iter().all(|code| !codes.contains(code)), "{others:?} {codes:?}");
    assert_printed_once(study.printed("S").into_iter().chain(printed.into_iter().flatten()));
    // From now on it is a push like any other.
    assert_eq!(study.push("thabo"), "");
}

/// All stream codes that the server says a laptop has.
fn codes_of(study: &Study, laptop: &str) -> Vec<String> {
    let device = study.status(laptop)["device"]["id"].clone();
    let devices = study.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines();
    let own = devices.into_iter().find(|row| row["device"] == device).expect("the server knows the laptop");
    let streams = own["streams"].as_array().cloned().unwrap_or_default();
    streams.iter().map(|stream| stream["code"].as_str().expect("a code is text").to_owned()).collect()
}
