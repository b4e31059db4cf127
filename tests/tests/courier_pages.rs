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
