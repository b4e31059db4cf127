//! Backups put back: a laptop gets its own lost entries again, a server those of its laptops.

use serde_json::Value;
use tsela_tests::bin::Study;

fn house(plot: &str) -> String {
    format!(r#"{{"model":"household","set":{{"community":"Otse","plot":"{plot}","status":"enumerated"}}}}"#)
}

fn keys(study: &Study, dir: &str) -> Vec<String> {
    let listed = study.tsela(&["list", "household", "--dir", dir, "--json"]).quietly().json_lines();
    let mut keys: Vec<String> = listed.iter().map(|line| line["key"].as_str().unwrap().to_owned()).collect();
    keys.sort();
    keys
}

#[test]
fn a_laptop_from_a_backup_gets_its_lost_saves_back_and_writes_under_a_new_code() {
    let study = Study::open();
    study.enrol("lesedi");
    study.enter("lesedi", &house("1"));
    let backup = study.tsela(&["backup", "--dir", "lesedi"]).quietly().out.trim().to_owned();
    study.enter("lesedi", &house("2"));
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
    let before = keys(&study, "lesedi");
    let old = study.status("lesedi")["streams"][0]["code"].clone();

    study.tsela(&["restore", "--dir", "lesedi", &backup]).expect(0);
    assert_eq!(keys(&study, "lesedi").len(), 1);
    let entered = study.enter("lesedi", &house("3"));
    assert_ne!(entered[0]["stream"], old);
    study.tsela(&["push", "--dir", "lesedi"]).expect(0);

    let after = keys(&study, "lesedi");
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|key| after.contains(key)), "{before:?} in {after:?}");
    assert_eq!(keys(&study, "S"), after);
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
    for dir in ["lesedi", "S"] {
        study.tsela(&["verify", "--dir", dir]).quietly();
    }
}

#[test]
fn a_server_from_a_backup_is_a_new_incarnation_and_laptops_refill_it() {
    let mut study = Study::open();
    study.enrol("lesedi");
    study.enter("lesedi", &house("1"));
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
    study.tsela(&["backup", "--dir", "S"]).quietly();
    study.enter("lesedi", &house("2"));
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
    let before = study.tsela(&["server", "key", "--dir", "S"]).quietly().json()["incarnation"].clone();

    study.kill_server();
    let restored = study.tsela(&["server", "restore", "--dir", "S"]).expect(0);
    assert_ne!(Value::from(restored.out.trim()), before);
    assert_eq!(keys(&study, "S").len(), 1);
    study.serve();

    study.tsela(&["push", "--dir", "lesedi"]).expect(0);
    assert_eq!(keys(&study, "S").len(), 2);
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
    assert_eq!(study.status("lesedi")["unsent"], 0);
}
