//! Attachments on every road: after the records, only what is lacking, once however often it is attached, and received
//! because a receipt says so.

use std::{fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};
use tsela_core::{attachment::ContentId, ids::RecordId};
use tsela_store::{attachments, contents, records};
use tsela_tests::{
    bin::{PASSPHRASE, Study},
    browser::Browser,
    peers::{Clinic, Laptop},
    proxy::{Link, Proxy},
};

const HOUSEHOLD: &str = "{\"model\":\"household\",\"set\":{\"community\":\"Otse\",\"status\":\"absent\"}}\n";

/// What nobody may read without a key.
const CANARY: &[u8] = b"KEFILWE HAS SIGNED THIS";

/// A photo of so many bytes that does not shrink, with canaries in it.
fn photo(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes: Vec<u8> = (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect();
    bytes[..3].copy_from_slice(&[0xff, 0xd8, 0xff]);
    for at in (100..length.saturating_sub(CANARY.len())).step_by(20_000) {
        bytes[at..at + CANARY.len()].copy_from_slice(CANARY);
    }
    bytes
}

fn household(laptop: &Laptop) -> RecordId {
    laptop.enter(HOUSEHOLD)[0].records[0]
}

fn unsent(laptop: &Laptop) -> (usize, u64) {
    let unsent = laptop.store.read(attachments::unsent).unwrap();
    (unsent.contents, unsent.bytes)
}

fn at_server(clinic: &Clinic, content: ContentId) -> Option<Vec<u8>> {
    clinic.server.store().read(|conn| contents::read(conn, content)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_follows_its_record_and_is_received_once_a_receipt_says_so() {
    let clinic = Clinic::open().await;
    let lesedi = clinic.laptop("lesedi", clinic.address()).await;
    let about = household(&lesedi);
    let bytes = photo(1, 700_001);
    let content = lesedi.attach(about, &bytes);
    assert_eq!(unsent(&lesedi), (1, 700_001));
    let record = || {
        let id = lesedi.store.read(|conn| attachments::of_content(conn, content)).unwrap()[0];
        lesedi.store.read(|conn| records::get(conn, id)).unwrap().unwrap()
    };
    assert_eq!(record().status, records::Status::Ready);
    let pushed = lesedi.engine.push_and_wait("lesedi").await.unwrap();
    assert!(pushed.bytes > 700_000, "{pushed:?}");
    assert_eq!(at_server(&clinic, content), Some(bytes));
    assert_eq!(unsent(&lesedi), (0, 0));
    assert_eq!(record().status, records::Status::Received);
    assert!(lesedi.all_received());
    // Pressing Push again sends nothing.
    assert_eq!(lesedi.engine.push_and_wait("lesedi").await.unwrap().bytes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_photo_twice_is_sent_once_and_of_another_laptop_not_at_all() {
    let clinic = Clinic::open().await;
    let lesedi = clinic.laptop("lesedi", clinic.address()).await;
    let bytes = photo(2, 400_000);
    let content = lesedi.attach(household(&lesedi), &bytes);
    assert_eq!(lesedi.attach(household(&lesedi), &bytes), content);
    assert_eq!(unsent(&lesedi), (1, 400_000), "one content, however often it is attached");
    let pushed = lesedi.engine.push_and_wait("lesedi").await.unwrap();
    assert!((400_000..450_000).contains(&pushed.bytes), "{pushed:?}");

    let thabo = clinic.laptop("thabo", clinic.address()).await;
    thabo.attach(household(&thabo), &bytes);
    let pushed = thabo.engine.push_and_wait("thabo").await.unwrap();
    assert!(pushed.bytes < 20_000, "what is there already costs a question: {pushed:?}");
    assert_eq!(unsent(&thabo), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_broke_off_goes_on_where_it_was() {
    let clinic = Clinic::open().await;
    let proxy = Proxy::start(clinic.address(), Link::GOOD, 1).await.unwrap();
    let lesedi = clinic.laptop("lesedi", proxy.address()).await;
    let about = household(&lesedi);
    lesedi.engine.push_and_wait("lesedi").await.unwrap();
    let bytes = photo(3, 600_000);
    let content = lesedi.attach(about, &bytes);
    let before = proxy.bytes_up();
    proxy.set(Link { bytes_per_second: Some(150_000), ..Link::GOOD });
    lesedi.engine.push("lesedi");
    let device = clinic.server.devices().unwrap()[0].device;
    let held = || {
        let spans = clinic.server.store().read(|conn| contents::held(conn, content, device)).unwrap();
        spans.iter().map(|span| span.to - span.from).sum::<usize>()
    };
    let begun = async {
        while held() < 200_000 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), begun).await.expect("the first parts arrive");
    // Cut, and the program is closed and opened.
    proxy.cut();
    let lesedi = lesedi.restart().await;
    proxy.set(Link::GOOD);
    assert_eq!(unsent(&lesedi), (1, 600_000), "what came in part is not received");
    lesedi.engine.push_and_wait("lesedi").await.unwrap();
    assert_eq!(at_server(&clinic, content), Some(bytes));
    let up = proxy.bytes_up() - before;
    assert!(up < 800_000, "{up} bytes for 600,000: one part at most is sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_a_photo_goes_before_its_record() {
    let clinic = Clinic::open().await;
    let lesedi = clinic.laptop("lesedi", clinic.address()).await;
    let about = household(&lesedi);
    lesedi.attach(about, &photo(4, 50_000));
    let waiting = lesedi.store.read(attachments::waiting).unwrap();
    assert!(!waiting[0].record_received);
    lesedi.engine.push_and_wait("lesedi").await.unwrap();
    // A photo of a mistake that was voided in time is not sent.
    let content = lesedi.attach(about, &photo(5, 50_000));
    let record = lesedi.store.read(|conn| attachments::of_content(conn, content)).unwrap()[0];
    let void = json!({"op": "void", "model": "attachment", "record": record, "reason": "another person's"});
    lesedi.enter(&void.to_string());
    assert_eq!(unsent(&lesedi), (0, 0));
    lesedi.engine.push_and_wait("lesedi").await.unwrap();
    assert!(lesedi.all_received());
    assert_eq!(at_server(&clinic, content), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_photo_is_not_sent_and_keeps_nothing_back() {
    let clinic = Clinic::open().await;
    let lesedi = clinic.laptop("lesedi", clinic.address()).await;
    let about = household(&lesedi);
    let damaged = lesedi.attach(about, &photo(6, 50_000));
    let sound = lesedi.attach(about, &photo(7, 50_000));
    let spoil = "UPDATE content_block SET bytes = zeroblob(length(bytes)) WHERE content = 1 AND n = 1";
    lesedi.store.write(|tx| Ok(tx.execute(spoil, [])?)).unwrap();
    lesedi.engine.push_and_wait("lesedi").await.unwrap();
    assert!(at_server(&clinic, sound).is_some());
    assert!(at_server(&clinic, damaged).is_none());
    assert_eq!(unsent(&lesedi).0, 1, "it is never taken for received");
    let notices = lesedi.engine.status().notices;
    assert!(notices.iter().any(|notice| notice.code == "attachment_damaged"), "{notices:?}");
    assert_eq!(lesedi.engine.push_and_wait("lesedi").await.unwrap().bytes, 0, "it is not tried for ever");
}

/// A laptop with a household, to which a photo is attached with the command line.
fn attached(study: &Study, laptop: &str, seed: u64, length: usize) -> Value {
    let record = study.enter(laptop, HOUSEHOLD)[0]["record"].as_str().unwrap().to_owned();
    let file = study.path(&format!("photo {seed}.jpg"));
    fs::write(&file, photo(seed, length)).unwrap();
    let attach = ["attach", &record, &file, "--dir", laptop, "--shows", "the signed page", "--json"];
    study.tsela(&attach).quietly().json()
}

fn files_unsent(study: &Study, laptop: &str) -> (u64, u64) {
    let status = study.status(laptop);
    (status["unsent_attachments"].as_u64().unwrap(), status["attachments_with_driver"].as_u64().unwrap())
}

fn state(study: &Study, laptop: &str) -> String {
    let listed = study.tsela(&["list", "attachment", "--dir", laptop, "--json"]).quietly().json_lines();
    listed[0]["state"].as_str().unwrap().to_owned()
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

#[track_caller]
fn assert_sealed(study: &Study, folder: &str) {
    let files = files(study.path(folder).into());
    assert!(!files.is_empty());
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let told = bytes.windows(CANARY.len()).any(|window| window == CANARY);
        assert!(!told, "{} tells what is on the photo", file.display());
    }
}

#[test]
fn by_stick_a_photo_arrives_and_its_receipt_comes_back() {
    let mut study = Study::open();
    study.enrol("lesedi");
    let told = attached(&study, "lesedi", 8, 900_000);
    assert_eq!((&told["media_type"], &told["size"]), (&json!("image/jpeg"), &json!(900_000)), "{told}");
    assert_eq!(told["file_name"], "photo 8.jpg");
    study.kill_server();
    let stick = study.path("stick");
    fs::create_dir(&stick).unwrap();
    let export = || study.tsela(&["export", "--dir", "lesedi", "--to", &stick, "--json"]).quietly().json();
    let written = export();
    assert_eq!(written["attachments"], 1, "{written}");
    assert!(written["bundles"].as_u64().unwrap() >= 4, "{written}");
    assert_eq!(files_unsent(&study, "lesedi"), (1, 0), "a file that was written says nothing of what is received");
    for folder in ["stick", "lesedi", "S"] {
        assert_sealed(&study, folder);
    }
    let taken = study.tsela(&["import", "--dir", "S", "--from", &stick, "--json"]).quietly().json();
    assert_eq!((&taken["bundles"], &taken["left"]), (&written["bundles"], &json!(0)), "{taken}");
    assert_sealed(&study, "S");
    // Without any server, the study's recovery key opens what lies on the stick.
    let archive = files(PathBuf::from(&stick).join("tsela/archive/to-server"));
    let key = study.path("S/offline/recovery.key");
    let recover = |file: &PathBuf| study.tsela(&["recover", "bundle", file.to_str().unwrap(), "--key", &key]);
    let lines: Vec<Value> = archive.iter().flat_map(|file| recover(file).quietly().json_lines()).collect();
    let parts = lines.iter().filter(|line| line["content"] == told["content"]);
    let bytes: usize = parts.map(|part| part["bytes"].as_str().unwrap().len() / 4 * 3).sum();
    assert!((900_000..900_020).contains(&bytes), "{bytes}");
    let back = study.tsela(&["import", "--dir", "lesedi", "--from", &stick, "--json"]).quietly().json();
    assert_eq!((&back["receipts"], &back["unsent"]), (&json!(1), &json!(0)), "{back}");
    assert_eq!(files_unsent(&study, "lesedi"), (0, 0));
    assert_eq!(state(&study, "lesedi"), "received");
    assert_eq!(export()["bundles"], 0, "nothing is unsent");
    for folder in ["lesedi", "S"] {
        let verified = study.tsela(&["verify", "--dir", folder, "--json"]).expect(0).json();
        assert_eq!(verified["contents"], 1, "{verified}");
    }
}

#[test]
fn what_is_packed_at_sign_out_has_the_photos_too() {
    let mut study = Study::open();
    study.enrol("lesedi");
    attached(&study, "lesedi", 13, 500_000);
    study.kill_server();
    let browser = Browser::open(&study);
    browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    let out = browser.call("sign_out", &json!({}));
    assert_eq!(out["ok"]["outbox"]["files"], 1, "{out}");
    drop(browser);
    assert_sealed(&study, "lesedi/outbox");
    study.serve();
    let push = || study.command(&["push", "--dir", "lesedi", "--outbox", "--json"]).without("TSELA_PASSPHRASE").run();
    let sent = push().quietly().json();
    assert_eq!((&sent["outcome"], &sent["left"]), (&json!("done"), &json!(0)), "{sent}");
    study.kill_server();
    // What came back is believed when somebody opens the laptop, and the outbox is empty.
    study.enter("lesedi", HOUSEHOLD);
    assert_eq!((files_unsent(&study, "lesedi"), state(&study, "lesedi")), ((0, 0), "received".to_owned()));
    assert!(files(study.path("lesedi/outbox").into()).is_empty());
}

#[test]
fn by_the_drivers_laptop_a_photo_is_with_the_driver_and_then_received() {
    let mut study = Study::open();
    study.enrol_carrier("driver");
    study.enrol("lesedi");
    attached(&study, "lesedi", 9, 600_000);
    study.kill_server();
    let collect =
        ["serve", "--dir", "driver", "--role", "relay", "--listen", "127.0.0.1:0", "--quiet", "--without-comparing"];
    let hand_over = |study: &Study| {
        let mut collecting = study.command(&collect).start();
        let address = collecting.line();
        let push = ["push", "--dir", "lesedi", "--to", &address, "--without-comparing", "--json"];
        let handed = study.tsela(&push).quietly().json();
        collecting.kill();
        handed
    };
    let handed = hand_over(&study);
    assert_eq!(handed["attachments"], 1, "{handed}");
    assert_eq!((files_unsent(&study, "lesedi"), state(&study, "lesedi")), ((1, 1), "with_driver".to_owned()));
    assert_sealed(&study, "driver");
    let again = hand_over(&study);
    assert_eq!(again["bundles"], 1, "the event of this hand-over; nothing that the driver has goes again: {again}");

    study.serve();
    let pushed = study.tsela(&["push", "--dir", "driver", "--json"]).expect(0).json();
    assert_eq!(pushed["carried"]["left"], 0, "{pushed}");
    study.kill_server();
    assert_eq!(state(&study, "lesedi"), "with_driver", "its receipt is still on the way");
    hand_over(&study);
    assert_eq!((files_unsent(&study, "lesedi"), state(&study, "lesedi")), ((0, 0), "received".to_owned()));
    study.tsela(&["verify", "--dir", "S"]).expect(0);
}

#[test]
fn a_restored_server_is_believed_and_sent_the_photo_again() {
    let mut study = Study::open();
    study.enrol("lesedi");
    study.push("lesedi");
    study.tsela(&["backup", "--dir", "S"]).expect(0);
    let told = attached(&study, "lesedi", 10, 300_000);
    study.push("lesedi");
    assert_eq!(files_unsent(&study, "lesedi"), (0, 0));
    study.kill_server();
    study.tsela(&["restore", "--dir", "S"]).expect(0);
    study.serve();
    study.push("lesedi");
    study.push("lesedi");
    assert_eq!((files_unsent(&study, "lesedi"), state(&study, "lesedi")), ((0, 0), "received".to_owned()));
    let verified = study.tsela(&["verify", "--dir", "S", "--json"]).expect(0).json();
    assert_eq!(verified["contents"], 1, "{verified} {told}");
}

#[test]
fn what_cannot_be_attached_is_refused_in_words() {
    let study = Study::open();
    study.enrol("lesedi");
    let record = study.enter("lesedi", HOUSEHOLD)[0]["record"].as_str().unwrap().to_owned();
    let attach = |record: &str, name: &str, bytes: &[u8]| {
        let file = study.path(name);
        fs::write(&file, bytes).unwrap();
        study.tsela(&["attach", record, &file, "--dir", "lesedi"])
    };
    let too_large = attach(&record, "large.jpg", &vec![0xff; 8_388_609]).expect(65).err;
    assert!(too_large.contains("8388609") && too_large.contains("8388608"), "{too_large}");
    let page = attach(&record, "page.jpg", b"<html><script>alert(1)</script></html>").expect(65).err;
    assert!(page.contains("JPEG, PNG or WebP"), "a name says nothing: {page}");
    assert!(attach(&record, "empty.jpg", b"").expect(65).err.contains("empty"));
    let nowhere = attach("018f3b1c-6a00-7000-8000-000000000000", "a.jpg", &photo(12, 5_000)).expect(65).err;
    assert!(nowhere.contains("not here") || nowhere.contains("no record"), "{nowhere}");
    assert_eq!(files_unsent(&study, "lesedi"), (0, 0), "nothing of it was kept");

    let first = attach(&record, "a.jpg", &photo(12, 5_000)).quietly().out;
    assert!(first.contains("attached"), "{first}");
    let again = attach(&record, "b.jpg", &photo(12, 5_000)).quietly().out;
    assert!(again.contains("already"), "{again}");
    assert_eq!(study.tsela(&["list", "attachment", "--dir", "lesedi", "--json"]).quietly().json_lines().len(), 1);
}
