//! A laptop's credential runs out by the server's clock: it is renewed while the laptop comes by; once it has ended, that
//! is told, and the laptop goes on after an administrator has renewed it. Nothing is lost on the way.
#![cfg(target_os = "linux")]

use serde_json::{Value, json};
use tsela_core::time::Timestamp;
use tsela_tests::{
    bin::{PASSPHRASE, Ran, Study},
    browser::Browser,
    day::records_in,
};

/// For how many days a credential holds here.
const DAYS: i64 = 10;
const DAY_MS: i64 = 86_400_000;

/// A study in which days pass, with a laptop that has sent one household.
struct Road {
    study: Study,
    day: i64,
}

impl Road {
    /// Begins on the first day; `None` where clocks cannot be moved.
    fn begin() -> Option<Self> {
        let study = Study::open_with(|policies| policies["enrolment"]["credential_days"] = DAYS.into());
        study.command(&["status"]).moved("+1d")?;
        study.enrol("lesedi");
        study.enter("lesedi", &study.households(1, 1));
        study.push("lesedi");
        Some(Self { study, day: 0 })
    }

    /// Lets days pass, for the server and for all that is run.
    fn pass(&mut self, days: i64) {
        self.day += days;
        let moved = self.moved();
        self.study.serve_as(|command| command.moved(&moved).expect("it could be moved before"));
    }

    fn moved(&self) -> String {
        format!("+{}d", self.day)
    }

    fn tsela(&self, arguments: &[&str]) -> Ran {
        self.entering(arguments, "")
    }

    fn entering(&self, arguments: &[&str], input: &str) -> Ran {
        let command = self.study.command(arguments).input(input);
        command.moved(&self.moved()).expect("it could be moved before").run()
    }

    /// The laptop as the server knows it.
    fn device(&self) -> Value {
        self.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines().remove(0)
    }

    /// When the credential ends, as the server has signed it.
    fn until(&self) -> Timestamp {
        serde_json::from_value(self.device()["credential_until"].clone()).unwrap()
    }
}

/// By how many days the later is later; what a test itself takes is minutes.
fn days_between(earlier: Timestamp, later: Timestamp) -> i64 {
    (later.millis_since(earlier) + DAY_MS / 2).div_euclid(DAY_MS)
}

#[test]
fn a_laptop_that_comes_by_is_renewed_before_it_is_late() {
    let Some(mut road) = Road::begin() else { return };
    let first = road.until();
    road.pass(4);
    road.tsela(&["push", "--dir", "lesedi"]).quietly();
    assert_eq!(road.until(), first, "less than half of its time is over");
    road.pass(2);
    road.tsela(&["push", "--dir", "lesedi"]).quietly();
    assert_eq!(days_between(first, road.until()), 6);
    // Past the first one's end.
    road.pass(6);
    let lines = road.study.households(2, 1);
    road.entering(&["enter", "--dir", "lesedi", "-"], &lines).quietly();
    road.tsela(&["push", "--dir", "lesedi"]).quietly();
    assert_eq!(days_between(first, road.until()), 12);
    assert_eq!(road.device()["expired"], false);
    road.study.assert_both_hold_the_same("lesedi");
}

#[test]
fn a_laptop_that_stayed_away_is_told_and_goes_on_when_it_is_renewed() {
    let Some(mut road) = Road::begin() else { return };
    let first = road.until();
    let stored = road.study.records("S");
    road.pass(DAYS + 1);
    let lines = road.study.households(2, 1);
    road.entering(&["enter", "--dir", "lesedi", "-"], &lines).quietly();
    let unsent = road.study.status("lesedi")["unsent"].clone();
    assert_eq!(unsent, records_in(&lines));
    for _ in 0..2 {
        let told = road.tsela(&["push", "--dir", "lesedi"]).expect(77).err;
        assert!(told.contains("credential has expired") && told.contains("Nothing is lost"), "{told}");
        assert!(told.contains("Ask the administrator to renew this laptop"), "{told}");
    }
    // It works on, and marks nothing as received.
    let more = road.study.households(3, 1);
    road.entering(&["enter", "--dir", "lesedi", "-"], &more).quietly();
    assert_eq!(road.study.status("lesedi")["unsent"], records_in(&lines) + records_in(&more));
    assert_eq!(road.study.records("S"), stored, "nothing is taken from it");
    // The administrator sees it, and renews it; again is no harm, and a device that is not there is none to renew.
    let device = road.device();
    assert_eq!(device["expired"], true);
    let id = device["device"].as_str().unwrap();
    assert!(road.tsela(&["server", "devices", "--dir", "S"]).quietly().out.contains("expired"));
    road.tsela(&["server", "renew", "--dir", "S", "01980000-0000-7000-8000-00000000dd00"]).expect(65);
    for _ in 0..2 {
        assert!(road.tsela(&["server", "renew", "--dir", "S", id]).expect(0).err.contains("Renewed until"));
    }
    assert_eq!(days_between(first, road.until()), DAYS + 1);
    road.tsela(&["push", "--dir", "lesedi"]).quietly();
    assert_eq!(road.study.status("lesedi")["unsent"], 0);
    assert_eq!(road.device()["expired"], false);
    road.study.assert_both_hold_the_same("lesedi");
    let sent = stored.len() as u64 + records_in(&lines) + records_in(&more);
    assert_eq!(road.study.records("S").len() as u64, sent, "each of them once");
}

#[test]
fn what_was_packed_at_sign_out_waits_for_the_renewal_too() {
    let Some(mut road) = Road::begin() else { return };
    road.study.kill_server();
    let lines = road.study.households(2, 1);
    road.study.enter("lesedi", &lines);
    let browser = Browser::open(&road.study);
    browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    let out = browser.call("sign_out", &json!({}));
    assert_eq!(out["ok"]["outbox"]["records"], records_in(&lines), "{out}");
    drop(browser);
    road.pass(DAYS + 1);
    let refused = road.tsela(&["push", "--dir", "lesedi", "--outbox"]);
    assert!(refused.code == Some(77) && refused.err.contains("Nothing is lost"), "{refused:?}");
    let id = road.device()["device"].as_str().unwrap().to_owned();
    road.tsela(&["server", "renew", "--dir", "S", &id]).expect(0);
    road.tsela(&["push", "--dir", "lesedi", "--outbox"]).expect(0);
    assert_eq!(road.study.records("S").len(), road.study.records("lesedi").len());
    road.tsela(&["push", "--dir", "lesedi"]).quietly();
    road.study.assert_both_hold_the_same("lesedi");
}

#[test]
fn the_laptops_own_clock_ends_no_credential() {
    let Some(road) = Road::begin() else { return };
    let lines = road.study.households(2, 1);
    let ahead = |arguments: &[&str], input: &str| {
        let command = road.study.command(arguments).input(input);
        command.moved("+400d").expect("it could be moved before").run()
    };
    ahead(&["enter", "--dir", "lesedi", "-"], &lines).quietly();
    let told = ahead(&["push", "--dir", "lesedi"], "").expect(0).err;
    assert!(!told.contains("expired"), "{told}");
    assert_eq!(road.study.status("lesedi")["unsent"], 0);
    road.study.assert_both_hold_the_same("lesedi");
}
