//! A driver's laptop between assistants and a server that never meet: three real processes, and nothing claimed that is not
//! so.

use std::{fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};
use tsela_tests::{
    bin::{PASSPHRASE, Running, Study},
    browser::Browser,
    day::tubes_of_the_sample,
};

/// Two assistants with some tubes and a driver, all of whom have seen the server once, which is out of reach now.
fn apart() -> Study {
    let mut study = Study::open();
    // The driver's study package knows of neither: what they show is enough.
    study.enrol_carrier("driver");
    for laptop in ["lesedi", "thabo"] {
        study.enrol(laptop);
        let lines = tubes_of_the_sample(3);
        study.command(&["enter", "--dir", laptop, "--moved-to-today", "-"]).input(lines).run().expect(0);
    }
    study.kill_server();
    study
}

/// The driver collects; returns the address that the driver's screen shows.
fn collect(study: &Study, more: &[&str]) -> (Running, String) {
    let serve = ["serve", "--dir", "driver", "--role", "relay", "--listen", "127.0.0.1:0", "--quiet"];
    let mut collecting = study.command(&[&serve, more].concat()).start();
    let address = collecting.line();
    assert!(address.starts_with("tsela-carrier:127.0.0.1:"), "{address}");
    (collecting, address)
}

fn hand_over(study: &Study, laptop: &str, address: &str) -> Value {
    let push = ["push", "--dir", laptop, "--to", address, "--without-comparing", "--json"];
    study.tsela(&push).quietly().json()
}

fn count(study: &Study, laptop: &str, what: &str) -> u64 {
    study.status(laptop)[what].as_u64().unwrap()
}

/// All states in which records of a laptop are.
fn states(study: &Study, laptop: &str) -> Vec<String> {
    let mut states = Vec::new();
    for model in ["household", "participant", "specimen"] {
        let records = study.tsela(&["list", model, "--dir", laptop, "--json"]).quietly().json_lines();
        states.extend(records.iter().map(|record| record["state"].as_str().unwrap().to_owned()));
    }
    states.sort();
    states.dedup();
    states
}

/// All files below a folder.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() { found.extend(files(path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_day_by_the_drivers_laptop() {
    let mut study = apart();
    let (mut collecting, address) = collect(&study, &["--without-comparing"]);
    let records = count(&study, "lesedi", "unsent");
    let handed = hand_over(&study, "lesedi", &address);
    assert_eq!((&handed["carrier"], &handed["receipts"]), (&json!("driver"), &json!(0)), "{handed}");
    assert_eq!((&handed["with_driver"], &handed["unsent"]), (&json!(records), &json!(records)), "{handed}");
    assert!(handed["tubes"].as_u64().unwrap() >= 3, "{handed}");
    assert_eq!(states(&study, "lesedi"), ["with_driver"], "with the driver, and received by nobody");

    // What is saved since waits, and only that goes along the next time.
    study.enter("lesedi", "{\"model\":\"household\",\"set\":{\"community\":\"Otse\",\"status\":\"absent\"}}\n");
    assert_eq!(states(&study, "lesedi"), ["ready", "with_driver"]);
    let again = hand_over(&study, "lesedi", &address);
    assert_eq!((&again["bundles"], &again["with_driver"]), (&json!(1), &json!(records + 1)), "{again}");
    hand_over(&study, "thabo", &address);
    collecting.kill();

    // The driver's laptop has nothing that it could read, and nothing that a finder could.
    let participant = &study.tsela(&["list", "participant", "--dir", "lesedi", "--json"]).quietly().json_lines()[0];
    let known = study.tsela(&["list", "participant", "--dir", "driver", "--json"]).quietly().json_lines();
    assert_eq!(known, Vec::<Value>::new());
    for file in files(study.path("driver").into()) {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for field in ["last_name", "identity", "subject_identifier"] {
            let canary = participant["fields"][field].as_str().unwrap();
            assert!(!text.contains(canary), "{} tells {canary}", file.display());
        }
    }

    // One assistant meanwhile pushes directly too: nothing doubles.
    study.serve();
    study.tsela(&["push", "--dir", "thabo"]).quietly();
    let pushed = study.tsela(&["push", "--dir", "driver", "--json"]).expect(0).json();
    assert_eq!(pushed["carried"]["left"], 0, "{pushed}");
    assert!(pushed["carried"]["delivered"].as_u64().unwrap() >= 3, "{pushed}");
    for laptop in ["lesedi", "thabo"] {
        let (here, there) = study.digests(laptop);
        assert_eq!(here, there, "{laptop}");
    }
    assert_eq!(count(&study, "lesedi", "unsent"), records + 1, "its receipt is still on the way");
    study.kill_server();

    // At the next collection the receipts come along.
    let (_collecting, address) = collect(&study, &["--without-comparing"]);
    let back = hand_over(&study, "lesedi", &address);
    assert_eq!((&back["receipts"], &back["unsent"]), (&json!(1), &json!(0)), "{back}");
    assert_eq!(states(&study, "lesedi"), ["received"]);
    hand_over(&study, "thabo", &address);
    for folder in ["lesedi", "thabo", "S"] {
        study.tsela(&["verify", "--dir", folder]).expect(0);
    }
}

#[test]
fn nothing_goes_along_before_the_driver_has_said_yes() {
    let study = apart();
    let (mut collecting, address) = collect(&study, &[]);
    let push = ["push", "--dir", "lesedi", "--to", &address, "--without-comparing"];
    std::thread::scope(|scope| {
        let declined = scope.spawn(|| study.tsela(&push));
        let shown = collecting.line();
        collecting.tell("no");
        let declined = declined.join().unwrap().expect(77);
        assert!(shown.chars().next().unwrap().is_ascii_digit(), "{shown}");
        assert!(declined.err.contains("the driver declined"), "{}", declined.err);
    });
    assert_eq!(count(&study, "lesedi", "with_driver"), 0);
    std::thread::scope(|scope| {
        let agreed = scope.spawn(|| study.tsela(&push));
        collecting.line();
        collecting.tell("yes");
        agreed.join().unwrap().quietly();
    });
    assert!(count(&study, "lesedi", "with_driver") > 0);
}

/// A screen of a laptop, with its person signed in.
fn screen(study: &Study, laptop: &str) -> Browser {
    let browser = Browser::of(study, laptop);
    let signed_in = browser.call("sign_in", &json!({ "user": laptop, "passphrase": PASSPHRASE }));
    assert_eq!(signed_in["ok"]["carrier"], laptop == "driver", "{signed_in}");
    browser
}

/// Asks until what is looked for is there.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(found) = ask() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} does not come");
}

#[test]
fn two_people_compare_digits_on_two_screens() {
    let mut study = apart();
    let records = count(&study, "lesedi", "unsent");
    let (driver, lesedi) = (screen(&study, "driver"), screen(&study, "lesedi"));
    let collecting = driver.call("collect", &json!({ "on": true }));
    let place = &collecting["ok"]["places"][0];
    assert!(place["qr_svg"].as_str().unwrap().contains("<svg"), "{place}");
    let meet = json!({ "address": place["host"] });

    // The first time the driver says no: nothing has gone.
    for same in [false, true] {
        let met = lesedi.call("meet_carrier", &meet);
        assert_eq!((&met["ok"]["phase"], &met["ok"]["carrier"]), (&json!("compare"), &json!("driver")), "{met}");
        lesedi.call("answer_digits", &json!({ "same": true }));
        let shown = driver.call("collecting", &json!({}))["ok"]["meetings"][0].clone();
        assert_eq!((&shown["stage"], &shown["digits"]), (&json!("compare"), &met["ok"]["digits"]), "{shown}");
        let answered = driver.call("answer_meeting", &json!({ "meeting": shown["meeting"], "same": same }));
        let over = driver.call("answer_meeting", &json!({ "meeting": shown["meeting"], "same": true }));
        assert_eq!(over["failure"]["code"], "over", "{answered} {over}");
        let phase = if same { "done" } else { "failed" };
        let ended = until(phase, || {
            let view = lesedi.call("handing_over", &json!({}))["ok"].clone();
            (view["phase"] == phase).then_some(view)
        });
        assert_eq!(ended["failure"]["code"], if same { Value::Null } else { json!("declined") }, "{ended}");
    }
    assert_eq!(count(&study, "lesedi", "with_driver"), records);
    let view = driver.call("collecting", &json!({}))["ok"].clone();
    let load = &view["loads"][0];
    assert!(load["tubes"].as_array().unwrap().len() >= 3 && load["pending"].as_u64().unwrap() > 0, "{view}");
    assert_eq!((&view["meetings"][0]["stage"], &view["on"]), (&json!("finished"), &json!(true)), "{view}");
    assert_eq!(driver.call("collect", &json!({ "on": false }))["ok"]["on"], false);
    let unreached = lesedi.call("meet_carrier", &meet);
    assert_eq!(unreached["failure"]["code"], "offline", "{unreached}");

    // At the clinic it goes by itself once the server is in reach, or at a press.
    study.serve();
    driver.call("push", &json!({}));
    until("the delivery", || (driver.call("collecting", &json!({}))["ok"]["pending"] == 0).then_some(()));
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
    assert_eq!(driver.call("collecting", &json!({}))["ok"]["loads"][0]["receipt"], true);
    assert_eq!(lesedi.call("collect", &json!({ "on": true }))["failure"]["code"], "not_listening");
}

#[test]
fn a_drivers_laptop_that_is_lost_costs_nothing() {
    let mut study = apart();
    let (mut collecting, address) = collect(&study, &["--without-comparing"]);
    hand_over(&study, "lesedi", &address);
    collecting.kill();
    fs::remove_dir_all(study.path("driver")).unwrap();
    // Another driver gets all of it.
    study.serve();
    study.enrol_carrier("driver");
    let (_collecting, address) = collect(&study, &["--without-comparing"]);
    let again = hand_over(&study, "lesedi", &address);
    assert!(again["bundles"].as_u64().unwrap() > 0, "{again}");
    // And it can always be pushed.
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
    assert_eq!((count(&study, "lesedi", "unsent"), count(&study, "lesedi", "with_driver")), (0, 0));
}

#[test]
fn a_revoked_laptop_is_refused_without_a_network() {
    let mut study = Study::open();
    study.enrol("lesedi");
    study.enrol_carrier("driver");
    study.enter("lesedi", "{\"model\":\"household\",\"set\":{\"community\":\"Otse\",\"status\":\"absent\"}}\n");
    let devices = study.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines();
    let lesedi = devices.iter().find(|device| device["role"] == "field").unwrap();
    let id = lesedi["device"].as_str().unwrap();
    study.tsela(&["server", "revoke", "--dir", "S", id, "--reason", "lost"]).expect(0);
    study.tsela(&["push", "--dir", "driver"]).expect(0);
    study.kill_server();
    let (_collecting, address) = collect(&study, &["--without-comparing"]);
    let refused = study.tsela(&["push", "--dir", "lesedi", "--to", &address, "--without-comparing"]).expect(77);
    assert!(refused.err.contains("was revoked"), "{}", refused.err);
}

#[test]
fn what_a_revoked_laptop_wrote_is_kept_apart_and_keeps_nothing_else_back() {
    let mut study = apart();
    let (mut collecting, address) = collect(&study, &["--without-comparing"]);
    hand_over(&study, "lesedi", &address);
    hand_over(&study, "thabo", &address);
    collecting.kill();
    study.serve();
    let lesedi = study.status("lesedi")["device"]["id"].as_str().unwrap().to_owned();
    study.tsela(&["server", "revoke", "--dir", "S", &lesedi, "--reason", "stolen"]).expect(0);
    let pushed = study.tsela(&["push", "--dir", "driver", "--json"]).expect(0).json();
    assert_eq!(pushed["carried"]["left"], 0, "{pushed}");
    let (here, there) = study.digests("thabo");
    assert_eq!(here, there);
    let apart = study.tsela(&["server", "quarantine", "--dir", "S"]).expect(0).out;
    assert!(apart.contains("revoked"), "{apart}");
    study.tsela(&["verify", "--dir", "S"]).expect(0);
}

#[test]
fn what_is_no_carrier_is_told_apart() {
    let study = apart();
    // An assistant's laptop carries nothing.
    let serve = study.tsela(&["serve", "--dir", "thabo", "--role", "relay", "--listen", "127.0.0.1:0"]).expect(65);
    assert!(serve.err.contains("was not enrolled as a driver's"), "{}", serve.err);
    for (address, code) in [("127.0.0.1:1", 69), ("no address", 65), ("tsela-carrier:127.0.0.1:1#00", 65)] {
        study.tsela(&["push", "--dir", "lesedi", "--to", address, "--without-comparing"]).expect(code);
    }
    // Nobody is at the screen: nothing is handed over unasked.
    let (_collecting, address) = collect(&study, &[]);
    let asked = study.tsela(&["push", "--dir", "lesedi", "--to", &address]).expect(77);
    assert!(asked.err.contains("six digits"), "{}", asked.err);
}
