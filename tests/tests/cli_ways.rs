//! What is sent where the server is not in reach: the first configured way that works, by command and by the outbox of a laptop
//! at which nobody is signed in.

use std::{fs, path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tsela_core::ids::{RecordId, SaveId};
use tsela_rpc::client::{
    courier::Carried,
    laptop::{Laptop, Opened},
};
use tsela_store::journal::{Change, ChangeOp, Warnings};
use tsela_sync::clock::SystemClock;
use tsela_tests::bin::{PASSPHRASE, Ran, Study};

const HOUSE: &str = "{\"model\":\"household\",\"set\":{\"community\":\"Otse\",\"status\":\"enumerated\"}}\n";

/// A laptop out of reach of its server, with a household that is unsent.
fn apart() -> Study {
    let mut study = Study::open();
    study.enrol("lesedi");
    study.kill_server();
    study.enter("lesedi", HOUSE);
    study
}

fn add(study: &Study, name: &str, place: &str) {
    study.tsela(&["ways", "--dir", "lesedi", "--add", name, "--place", place]).expect(0);
}

fn push(study: &Study) -> Ran {
    study.tsela(&["push", "--dir", "lesedi", "--json"])
}

fn ways(study: &Study) -> Vec<Value> {
    study.tsela(&["ways", "--dir", "lesedi", "--json"]).quietly().json_lines()
}

fn order(study: &Study) -> Vec<String> {
    ways(study).iter().map(|way| way["name"].as_str().unwrap().to_owned()).collect()
}

fn folder(study: &Study, name: &str) -> String {
    let path = study.path(name);
    fs::create_dir(&path).unwrap();
    path
}

fn bundles(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for device in fs::read_dir(Path::new(folder).join("tsela/to-server")).into_iter().flatten().flatten() {
        for file in fs::read_dir(device.path()).unwrap().flatten() {
            found.push(file.file_name().to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

#[test]
fn a_push_out_of_reach_is_written_to_the_first_way_that_works_and_counts_as_unsent() {
    let mut study = apart();
    push(&study).expect(69);
    add(&study, "share", &study.path("not-plugged-in"));
    let nowhere = push(&study).expect(69);
    assert!(nowhere.err.contains("share: ") && nowhere.err.contains("plug the stick in"), "{}", nowhere.err);
    assert_eq!(nowhere.json()["outcome"], "failed");

    let (stick, spare) = (folder(&study, "stick"), folder(&study, "spare"));
    add(&study, "O'Brien's 🚙", &stick);
    add(&study, "spare", &spare);
    let pushed = push(&study).expect(79).json();
    assert_eq!((&pushed["outcome"], &pushed["problem"]["code"]), (&json!("written"), &json!("refused")), "{pushed}");
    assert_eq!(
        (&pushed["written"]["way"], &pushed["written"]["records"], &pushed["entries"]),
        (&json!("O'Brien's 🚙"), &json!(1), &json!(0)),
        "{pushed}"
    );
    assert!(bundles(&spare).is_empty(), "one way is enough");
    assert_eq!(study.status("lesedi")["unsent"], 1, "nothing counts as sent by it");
    let noted = ways(&study);
    assert_eq!(noted[0]["problem"], "road_folder", "{noted:?}");
    assert!(noted[1]["worked_at"].is_string() && noted[2]["tried_at"].is_null(), "{noted:?}");

    // Again: it lies there, and is not written again, by another run of the program either.
    let lies = bundles(&stick);
    let again = study.tsela(&["push", "--dir", "lesedi"]).expect(79);
    assert!(again.out.contains("nothing was written again") && again.out.contains("until a receipt"), "{}", again.out);
    assert_eq!(bundles(&stick), lies);
    // Another stick in its place is empty: there it is written.
    fs::rename(&stick, study.path("taken-away")).unwrap();
    fs::create_dir(&stick).unwrap();
    assert!(push(&study).expect(79).json()["written"]["bundles"].as_u64().unwrap() > 0);
    // So is what becomes unsent since.
    study.enter("lesedi", HOUSE);
    assert_eq!(push(&study).expect(79).json()["written"]["records"], 2);

    // The receipts that lie there are believed, and then there is nothing to be sent.
    study.tsela(&["import", "--dir", "S", "--from", &stick]).expect(0);
    let received = push(&study).expect(0).json();
    assert_eq!((&received["outcome"], &received["written"]["receipts"]), (&json!("done"), &json!(1)), "{received}");
    assert_eq!(study.status("lesedi")["unsent"], 0);
    // Back in reach, the network comes first, and nothing doubles.
    study.enter("lesedi", HOUSE);
    study.serve();
    assert!(push(&study).expect(0).json()["written"].is_null());
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
}

#[test]
fn what_the_server_refuses_goes_round_it_by_no_other_way() {
    let study = Study::open();
    study.enrol("lesedi");
    study.enter("lesedi", HOUSE);
    let stick = folder(&study, "stick");
    add(&study, "stick", &stick);
    let devices = study.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines();
    let device =
        devices.iter().find(|device| device["role"] == "field").unwrap()["device"].as_str().unwrap().to_owned();
    study.tsela(&["server", "revoke", "--dir", "S", &device, "--reason", "lost"]).expect(0);
    push(&study).expect(77);
    assert!(bundles(&stick).is_empty());
}

#[test]
fn the_order_of_ways_can_be_changed_by_command() {
    let study = apart();
    for name in ["share", "clinic", "stick"] {
        add(&study, name, &study.path(name));
    }
    let moved = |more: &[&str]| study.tsela(&[&["ways", "--dir", "lesedi", "--move"], more].concat());
    moved(&["stick", "--first"]).expect(0);
    assert_eq!(order(&study), ["stick", "share", "clinic"]);
    moved(&["stick", "--before", "clinic"]).expect(0);
    assert_eq!(order(&study), ["share", "stick", "clinic"]);
    moved(&["share", "--last"]).expect(0);
    assert_eq!(order(&study), ["stick", "clinic", "share"]);
    let unknown = moved(&["'; DROP TABLE way", "--first"]).expect(65);
    assert!(unknown.err.contains("there is no way of the name"), "{}", unknown.err);
    moved(&["stick", "--before", "nobody"]).expect(65);
    moved(&["stick", "--before", "stick"]).expect(65);
    moved(&["stick"]).expect(2);
    moved(&["stick", "--first", "--last"]).expect(2);
    study.tsela(&["ways", "--dir", "lesedi", "--first"]).expect(2);
    assert_eq!(order(&study), ["stick", "clinic", "share"], "nothing was moved by what was refused");
}

#[test]
fn what_is_entered_while_bundles_are_written_is_written_the_next_time() {
    let study = apart();
    let stick = folder(&study, "stick");
    add(&study, "stick", &stick);
    let laptop = Laptop::at(Path::new(&study.path("lesedi")), Arc::new(SystemClock::new()));
    let opened = laptop.open_writer(None, PASSPHRASE, "a test", Duration::from_secs(5)).unwrap();
    // The last word of progress comes when all is packed, and the folder has still to be put in order.
    let enter = |carried: Carried| {
        if carried.done == carried.total {
            let set = [("community".to_owned(), "Otse".into()), ("status".to_owned(), "absent".into())].into();
            let house = Change {
                op: ChangeOp::Insert,
                model: "household".to_owned(),
                record: RecordId(opened.fresh_id()),
                set,
                reason: None,
                source: None,
            };
            opened.save(SaveId(opened.fresh_id()), &[house], None, Warnings::Accept).unwrap();
        }
        true
    };
    let (_, (first, _)) = opened.send_by_first(&enter).unwrap().unwrap();
    let again = |opened: &Opened| opened.send_by_first(&|_| true).unwrap().unwrap().1.0.bundles;
    assert!(first.bundles > 0 && again(&opened) > 0, "what was entered meanwhile is in no bundle yet");
    assert_eq!(again(&opened), 0, "nothing else has become unsent");
}
