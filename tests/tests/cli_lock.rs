//! The study says after how many wrong passphrases a laptop and a server lock, and for how long.

use std::fs;

use serde_json::{Value, json};
use tsela_tests::bin::{Ran, Study};

fn try_wrong(study: &Study, seconds_later: u32) -> Ran {
    let status = study.command(&["status", "--dir", "lesedi"]).env("TSELA_PASSPHRASE", "wrong wrong");
    status.env("TSELA_CLOCK_OFFSET_SECONDS", &seconds_later.to_string()).run().expect(77)
}

#[test]
fn three_attempts_and_half_an_hour_as_the_study_package_says() {
    let study = Study::open_with(|policies| policies["lock"] = json!({ "attempts": 3, "wait_minutes": 30 }));
    study.enrol("lesedi");
    let first = try_wrong(&study, 0).err;
    assert!(first.contains("2 attempts"), "{first}");
    let keys = study.path("lesedi/keys.json");
    let written: Value = serde_json::from_slice(&fs::read(&keys).unwrap()).unwrap();
    assert_eq!(written["lock"], json!({ "attempts": 3, "wait_minutes": 30 }));
    let second = try_wrong(&study, 60).err;
    assert!(second.contains("one attempt is left"), "{second}");
    let locked = try_wrong(&study, 120).err;
    assert!(locked.contains("30 minutes"), "{locked}");
    // The right one is not tried either, and no other command gets around it.
    study.tsela(&["push", "--dir", "lesedi"]).expect(77);
}
