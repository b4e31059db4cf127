//! The courier behind the pages: begun by a command, watched by another, ended by a third.

use std::{
    fs,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tsela_tests::{
    bin::{PASSPHRASE, Study},
    browser::Browser,
    day::tubes_of_the_sample,
    sshd::Sshd,
};

/// A laptop with a day's work on it, far from its server, and its pages with somebody signed in.
fn signed_in() -> (Study, Browser) {
    let mut study = Study::open();
    study.enrol("lesedi");
    let lines = tubes_of_the_sample(3);
    study.command(&["enter", "--dir", "lesedi", "--moved-to-today", "-"]).input(lines).run().expect(0);
    study.kill_server();
    let browser = Browser::open(&study);
    let refused = browser.call("courier_status", &json!({}));
    assert_eq!(refused["failure"]["code"], "signed_out");
    let state = browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    assert_eq!(state["ok"]["phase"], "open", "{state}");
    (study, browser)
}

fn to(place: &str) -> Value {
    json!({ "place": place, "identity": "", "secret": "", "host_key": "" })
}

/// Begins and waits until it has ended.
fn carry(browser: &Browser, command: &str, args: &Value) -> Value {
    let begun = browser.call(command, args);
    assert!(begun["ok"]["work"].is_object(), "{begun}");
    ended(browser)
}

fn ended(browser: &Browser) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let status = browser.call("courier_status", &json!({}));
        if status["ok"]["work"].is_null() {
            return status["ok"]["last"].clone();
        }
        assert!(Instant::now() < end, "{status}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn unsent(browser: &Browser) -> u64 {
    browser.call("sync_status", &json!({}))["ok"]["unsent_records"].as_u64().unwrap()
}

#[test]
fn a_stick_goes_out_and_comes_back_through_the_pages() {
    let (study, browser) = signed_in();
    let records = unsent(&browser);
    let stick = study.path("stick");
    for bad in ["stick", "", "../stick"] {
        let refused = browser.call("courier_export", &to(bad));
        assert_eq!(refused["failure"]["code"], "road_folder", "{refused}");
    }
    let nowhere = carry(&browser, "courier_export", &to(&stick));
    assert_eq!(nowhere["problem"]["code"], "road_folder", "{nowhere}");
    fs::create_dir(&stick).unwrap();
    let out = carry(&browser, "courier_export", &to(&stick));
    assert_eq!((&out["records"], &out["problem"], &out["is_folder"]), (&json!(records), &Value::Null, &json!(true)));
    assert_eq!(unsent(&browser), records, "nothing counts as sent");
    study.tsela(&["import", "--dir", "S", "--from", &stick]).quietly();
    let receipts = fs::read_dir(format!("{stick}/tsela/to-device")).unwrap().next().unwrap().unwrap().path();
    fs::write(receipts.join("holiday.jpg"), b"x").unwrap();
    let back = carry(&browser, "courier_import", &to(&stick));
    assert!(back["receipts"].as_u64() > Some(0) && back["unsent"] == 0, "{back}");
    assert_eq!(back["left"].as_array().unwrap().len(), 1, "{back}");
    assert_eq!(back["left"][0]["why"], "no_receipt");
    assert_eq!(unsent(&browser), 0);
    // Who signs in next is not told of it.
    browser.call("sign_out", &json!({}));
    browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    assert!(browser.call("courier_status", &json!({}))["ok"]["last"].is_null());
}

#[test]
fn the_key_of_an_sftp_server_is_confirmed_on_the_page() {
    let Some(mut sshd) = Sshd::start() else { return };
    let (study, browser) = signed_in();
    let mut args = to(&sshd.url());
    let no_login = carry(&browser, "courier_export", &args);
    assert_eq!(no_login["problem"]["code"], "road_login", "{no_login}");
    args["identity"] = sshd.identity().into();
    let key = sshd.fingerprint("ed25519");
    let unknown = carry(&browser, "courier_export", &args);
    assert_eq!(unknown["problem"]["code"], "road_unknown_host", "{unknown}");
    assert_eq!(unknown["problem"]["params"]["shown"], key);
    args["host_key"] = key.as_str().into();
    let out = carry(&browser, "courier_export", &args);
    assert!(out["problem"].is_null() && out["is_folder"] == false, "{out}");
    args["host_key"] = "".into();
    study.tsela(&["import", "--dir", "S", "--from", &sshd.url(), "--identity", &sshd.identity(), "--host-key", &key]);
    assert_eq!(carry(&browser, "courier_import", &args)["unsent"], 0);
    sshd.again(Sshd::renew_key);
    let changed = carry(&browser, "courier_import", &args);
    assert_eq!(changed["problem"]["code"], "road_changed_host", "{changed}");
    assert_eq!(changed["problem"]["params"]["pinned"], key);
    let refused = browser.call("courier_export", &to("sftp://l:hunter2@h/x"));
    assert_eq!(refused["failure"]["code"], "road_address");
    assert!(!refused.to_string().contains("hunter2"));
}

#[test]
fn one_thing_at_a_time_which_can_be_ended() {
    let (study, browser) = signed_in();
    let line = |n: usize| {
        let notes = tsela_core::bundle::BundleId::of(&n.to_be_bytes()).to_string();
        let set = json!({"community": "Otse", "status": "enumerated", "section": format!("S{n}"), "notes": notes});
        json!({ "model": "household", "set": set }).to_string() + "\n"
    };
    browser.call("sign_out", &json!({}));
    drop(browser);
    study.command(&["enter", "--dir", "lesedi", "-"]).input((0..4_000).map(line).collect::<String>()).run().expect(0);
    let browser = Browser::open(&study);
    browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    let stick = study.path("stick");
    fs::create_dir(&stick).unwrap();
    let begun = browser.call("courier_export", &to(&stick));
    assert!(begun["ok"]["work"].is_object(), "{begun}");
    let again = browser.call("courier_export", &to(&stick));
    let stopped = browser.call("courier_stop", &json!({}));
    let last = ended(&browser);
    if again["failure"]["code"] == "courier_busy" && stopped["ok"]["work"]["stopping"] == true {
        assert!(last["problem"].is_null() || last["problem"]["code"] == "road_stopped", "{last}");
    }
    // Signing out while it works ends it, and what was unsent is unsent still.
    let records = unsent(&browser);
    browser.call("courier_export", &to(&stick));
    browser.call("sign_out", &json!({}));
    browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    assert_eq!(unsent(&browser), records);
    assert!(carry(&browser, "courier_export", &to(&stick))["problem"].is_null());
    study.tsela(&["import", "--dir", "S", "--from", &stick]);
    assert_eq!(carry(&browser, "courier_import", &to(&stick))["unsent"], 0);
}

#[test]
fn while_the_network_fails_the_first_way_that_works_is_taken_by_itself() {
    let (study, browser) = signed_in();
    let (share, gone) = (study.path("share"), study.path("gone"));
    fs::create_dir(&share).unwrap();
    let add = |name: &str, place: &str| {
        let way = json!({ "name": name, "place": place, "identity": "", "secret": "" });
        browser.call("put_way", &way)
    };
    assert_eq!(add("bad", "relative")["failure"]["code"], "road_folder");
    assert_eq!(add(" ", &share)["failure"]["code"], "invalid");
    // Begun before there is any way, the engine finds that the server is away.
    let records = unsent(&browser);
    add("share", &share);
    let ways = add("gone", &gone)["ok"].clone();
    let id = ways[1]["id"].clone();
    let moved = browser.call("shift_way", &json!({ "id": id, "earlier": true }))["ok"].clone();
    assert_eq!((&moved[0]["name"], &moved[1]["name"]), (&json!("gone"), &json!("share")));
    browser.call("set_auto", &json!({ "auto": true, "interval_minutes": 1 }));
    browser.call("push", &json!({}));
    let end = Instant::now() + Duration::from_secs(90);
    let worked = loop {
        let ways = browser.call("ways", &json!({}))["ok"].clone();
        if ways[1]["worked_at"].is_i64() || ways[1]["worked_at"].is_string() {
            break ways;
        }
        let sync = browser.call("sync_status", &json!({}));
        assert!(Instant::now() < end, "{ways} {sync}");
        std::thread::sleep(Duration::from_millis(200));
    };
    assert_eq!(worked[0]["problem"]["code"], "road_folder", "the first was tried and does not work: {worked}");
    assert!(worked[1]["problem"].is_null());
    assert_eq!(unsent(&browser), records, "nothing counts as sent");
    study.tsela(&["import", "--dir", "S", "--from", &share]).quietly();
    // The receipt that lies there is found when it is next looked for, or when a person asks.
    let id = worked[1]["id"].clone();
    let sent = carry(&browser, "send_by_way", &json!({ "id": id, "host_key": "" }));
    assert!(sent["problem"].is_null() && sent["way"] == id, "{sent}");
    assert_eq!(unsent(&browser), 0);
    assert_eq!(browser.call("remove_way", &json!({ "id": id }))["ok"].as_array().unwrap().len(), 1);
}

#[test]
fn a_way_is_kept_and_used_by_name() {
    let mut study = Study::open();
    study.enrol("lesedi");
    let lines = tubes_of_the_sample(1);
    study.command(&["enter", "--dir", "lesedi", "--moved-to-today", "-"]).input(lines).run().expect(0);
    study.kill_server();
    let share = study.path("share");
    fs::create_dir(&share).unwrap();
    let none = study.tsela(&["push", "--dir", "lesedi", "--to", "share"]).expect(65);
    assert!(none.err.contains("no way of the name share"), "{}", none.err);
    study.tsela(&["ways", "--dir", "lesedi", "--add", "share", "--place", &share]).quietly();
    let bad = "sftp://l:hunter2@h/x";
    let refused = study.tsela(&["ways", "--dir", "lesedi", "--add", "bad", "--place", bad]).expect(65);
    assert!(!refused.err.contains("hunter2"), "{}", refused.err);
    let written = study.tsela(&["push", "--dir", "lesedi", "--to", "share", "--json"]).quietly().json();
    assert!(written["records"].as_u64() > Some(0), "{written}");
    study.tsela(&["import", "--dir", "S", "--from", &share]).quietly();
    let back = study.tsela(&["push", "--dir", "lesedi", "--to", "share", "--json"]).quietly().json();
    assert_eq!((&back["records"], back["receipts"].as_u64() > Some(0)), (&json!(0), true), "{back}");
    let listed = study.tsela(&["ways", "--dir", "lesedi", "--json"]).quietly().json();
    assert_eq!((&listed["name"], &listed["problem"]), (&json!("share"), &Value::Null));
    fs::remove_dir_all(&share).unwrap();
    study.tsela(&["push", "--dir", "lesedi", "--to", "share"]).expect(65);
    let listed = study.tsela(&["ways", "--dir", "lesedi", "--json"]).quietly().json();
    assert_eq!(listed["problem"], "road_folder");
    study.tsela(&["ways", "--dir", "lesedi", "--remove", "share"]).quietly();
    study.tsela(&["ways", "--dir", "lesedi", "--remove", "share"]).expect(65);
}

#[test]
fn the_password_of_a_way_is_kept_where_nobody_sees_it() {
    let (study, browser) = signed_in();
    let secret = "hunter2-and-more";
    let way = json!({ "name": "clinic", "place": "sftp://l@127.0.0.1:1/x", "identity": "", "secret": secret });
    let kept = browser.call("put_way", &way);
    assert!(kept["ok"].is_array() && !kept.to_string().contains("hunter2"), "{kept}");
    drop(browser);
    let listed = study.tsela(&["ways", "--dir", "lesedi", "--json"]).quietly();
    assert!(!listed.out.contains("hunter2"));
    for file in fs::read_dir(study.path("lesedi")).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = fs::read(file.path()).unwrap();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{} holds the password in clear", file.path().display());
    }
}
