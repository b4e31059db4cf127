//! The sealed outbox: packed at sign-out, sent without a key, believed at the next sign-in.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tsela_tests::{
    bin::{PASSPHRASE, Ran, Study},
    browser::Browser,
};

const HOUSES: &str = "{\"model\":\"household\",\"set\":{\"community\":\"Otse\",\"status\":\"enumerated\"}}\n\
                      {\"model\":\"household\",\"set\":{\"community\":\"Otse\",\"status\":\"absent\"}}\n";

/// Enters two households out of reach of the server.
fn apart() -> Study {
    let mut study = Study::open_with(|policies| policies["sync"]["interval_seconds"] = json!(10));
    study.enrol("lesedi");
    study.kill_server();
    study.enter("lesedi", HOUSES);
    study
}

/// And signs out.
fn signed_out() -> (Study, Browser) {
    let study = apart();
    let browser = Browser::open(&study);
    let signed_in = browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    assert_eq!(signed_in["ok"]["sync"]["unsent_records"], 2, "{signed_in}");
    assert_eq!(signed_in["ok"]["outbox"], Value::Null);
    let out = browser.call("sign_out", &json!({}));
    assert_eq!(
        (&out["ok"]["outbox"]["records"], &out["ok"]["outbox"]["answered"]),
        (&json!(2), &json!(false)),
        "{out}"
    );
    (study, browser)
}

fn push_outbox(study: &Study) -> Ran {
    study.command(&["push", "--dir", "lesedi", "--outbox", "--json"]).without("TSELA_PASSPHRASE").run()
}

fn on_the_server(study: &Study) -> usize {
    study.tsela(&["list", "household", "--dir", "S", "--json"]).quietly().json_lines().len()
}

#[test]
fn what_is_packed_at_sign_out_is_sent_without_a_passphrase_and_received_at_the_next_sign_in() {
    let (mut study, browser) = signed_out();
    drop(browser);
    let outbox = study.path("lesedi/outbox");
    for file in fs::read_dir(&outbox).unwrap().flatten() {
        let bytes = fs::read(file.path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("Otse"), "{:?} gives a household away", file.path());
    }
    let away = push_outbox(&study).expect(69);
    assert_eq!(away.json()["problem"]["code"], "refused");
    study.serve();
    let sent = push_outbox(&study).quietly().json();
    assert_eq!((&sent["outcome"], &sent["left"], &sent["records"]), (&json!("done"), &json!(0), &json!(2)), "{sent}");
    assert_eq!(on_the_server(&study), 2);
    // Again: nothing goes, nothing doubles. Nor where the receipts were lost and all goes once more.
    assert_eq!(push_outbox(&study).quietly().json()["bundles"], 0);
    for file in fs::read_dir(&outbox).unwrap().flatten() {
        if file.path().extension().is_some_and(|extension| extension == "receipt") {
            fs::remove_file(file.path()).unwrap();
        }
    }
    assert_eq!(push_outbox(&study).quietly().json()["bundles"], sent["bundles"]);
    assert_eq!(on_the_server(&study), 2);
    // Out of reach again: the receipts that were kept say it, when somebody signs in.
    assert_eq!(study.status("lesedi")["unsent"], 2, "a status comes from receipts that the store believed");
    study.kill_server();
    study.enter("lesedi", "");
    let status = study.status("lesedi");
    assert_eq!((&status["unsent"], &status["received"]), (&json!(0), &json!(2)), "{status}");
    assert!(!Path::new(&outbox).exists(), "what is received is taken out");
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
}

#[test]
fn the_sign_in_page_sends_by_itself_when_the_server_is_in_reach() {
    let (mut study, browser) = signed_out();
    let failed = browser.call("send_outbox", &json!({}));
    assert_eq!(failed["failure"]["code"], "refused", "{failed}");
    study.serve();
    let begun = Instant::now();
    while browser.call("app_state", &json!({}))["ok"]["outbox"]["answered"] != json!(true) {
        assert!(begun.elapsed() < Duration::from_secs(120), "nothing was sent");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(on_the_server(&study), 2);
    let sent = browser.call("send_outbox", &json!({}));
    assert_eq!(sent["ok"]["outbox"]["answered"], true, "pressing Send again is harmless: {sent}");
    study.kill_server();
    let back = browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    assert_eq!(
        (&back["ok"]["sync"]["unsent_records"], &back["ok"]["sync"]["received"]),
        (&json!(0), &json!(2)),
        "{back}"
    );
}

#[test]
fn the_recovery_key_prints_the_entries_of_an_outbox_and_another_key_does_not() {
    let (study, _browser) = signed_out();
    let recover =
        |key: &str| study.tsela(&["recover", "bundle", &study.path("lesedi/outbox"), "--key", &study.path(key)]);
    let lines = recover("S/offline/recovery.key").quietly().json_lines();
    let houses: Vec<&Value> = lines.iter().filter(|line| line["entry"]["model"] == "household").collect();
    assert_eq!(houses.len(), 2, "{lines:?}");
    assert!(houses.iter().all(|line| line["entry"]["set"]["community"] == "Otse" && line["stream"].is_string()));
    assert!(recover("S/offline/root.key").expect(77).err.contains("another study"));
    study
        .tsela(&["recover", "bundle", &study.path("lesedi/keys.json"), "--key", &study.path("S/offline/recovery.key")])
        .expect(65);
}

/// Returns how many bundles of laptops lie in a folder.
fn lie_at(folder: &str) -> usize {
    let devices = fs::read_dir(Path::new(folder).join("tsela/to-server")).into_iter().flatten().flatten();
    devices.map(|device| fs::read_dir(device.path()).unwrap().count()).sum()
}

#[test]
fn what_is_packed_is_written_to_the_first_folder_that_works_while_the_server_is_not_in_reach() {
    let mut study = apart();
    let stick = study.path("stick");
    let add = |name: &str, place: &str| {
        let command = study.command(&["ways", "--dir", "lesedi", "--add", name, "--place", place]);
        command.env("TSELA_SFTP_PASSWORD", "canary-of-a-password").run().expect(0);
    };
    add("clinic", "sftp://courier@127.0.0.1:1/srv");
    add("share", &study.path("not-there"));
    add("O'Brien's 🚙", &stick);
    fs::create_dir(&stick).unwrap();
    let browser = Browser::open(&study);
    browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    browser.call("sign_out", &json!({}));
    let index = fs::read_to_string(study.path("lesedi/outbox/outbox.json")).unwrap();
    assert!(!index.contains("canary-of-a-password") && !index.contains("sftp://"), "{index}");

    // By itself, at a window at which nobody is signed in; it shows where, and counts as unsent.
    let mut state = Value::Null;
    let end = Instant::now() + Duration::from_secs(60);
    while state["ok"]["outbox"]["written"].is_null() && Instant::now() < end {
        state = browser.call("app_state", &json!({}));
        std::thread::sleep(Duration::from_millis(200));
    }
    let outbox = &state["ok"]["outbox"];
    assert_eq!((&outbox["written"], &outbox["answered"]), (&json!("O'Brien's 🚙"), &json!(false)), "{state}");
    drop(browser);
    let bundles = lie_at(&stick);
    assert!(bundles > 0);
    // Again, by command: it lies there. On another stick in its place it does not.
    let again = push_outbox(&study).expect(79).json();
    assert_eq!((&again["outcome"], &again["written"]["bundles"]), (&json!("written"), &json!(0)), "{again}");
    assert_eq!(again["problem"]["code"], "refused");
    fs::rename(&stick, study.path("taken-away")).unwrap();
    fs::create_dir(&stick).unwrap();
    assert_eq!(push_outbox(&study).expect(79).json()["written"]["bundles"], bundles);
    assert_eq!(lie_at(&stick), bundles);

    study.tsela(&["import", "--dir", "S", "--from", &stick]).expect(0);
    assert_eq!(on_the_server(&study), 2);
    assert_eq!(study.status("lesedi")["unsent"], 2, "nothing is received by being written");
    study.tsela(&["import", "--dir", "lesedi", "--from", &stick]).expect(0);
    let unsent = study.status("lesedi")["unsent"].clone();
    study.serve();
    study.tsela(&["push", "--dir", "lesedi"]).expect(0);
    assert_eq!((unsent, on_the_server(&study)), (json!(0), 2));
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
}
