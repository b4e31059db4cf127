//! Locked out, or the passphrase forgotten: back in with an administrator's code, with no network between the two, or
//! with the study's recovery key.

use tsela_tests::bin::{PASSPHRASE, Ran, Study};

const HOUSE: &str = r#"{"model":"household","set":{"community":"Otse","status":"enumerated"}}"#;
const NEW: &str = "another road altogether";

/// A laptop with one save, and nobody to reach.
fn offline() -> (Study, String) {
    let mut study = Study::open();
    study.enrol("lesedi");
    study.enter("lesedi", HOUSE);
    let device = study.status("lesedi")["device"]["id"].as_str().unwrap().to_owned();
    study.kill_server();
    (study, device)
}

fn lock_out(study: &Study) {
    for seconds in [0, 60, 120, 180, 240] {
        let status = study.command(&["status", "--dir", "lesedi"]).env("TSELA_PASSPHRASE", "wrong wrong");
        status.env("TSELA_CLOCK_OFFSET_SECONDS", &seconds.to_string()).run().expect(77);
    }
    assert!(study.tsela(&["status", "--dir", "lesedi"]).expect(77).err.contains("locked"));
}

fn request(study: &Study, laptop: &str) -> String {
    study.tsela(&["unlock", "--dir", laptop]).expect(0).out.trim().to_owned()
}

fn answer(study: &Study, device: &str, request: &str, admit: bool) -> Ran {
    let mut arguments = vec!["server", "unlock", "--dir", "S", device, "--request", request];
    arguments.extend(["--user", "lesedi", "--reason", "called from the tent"]);
    arguments.extend(admit.then_some("--admit"));
    study.tsela(&arguments)
}

fn use_code(study: &Study, code: &str, passphrase: &str) -> Ran {
    let unlock = study.command(&["unlock", "--dir", "lesedi", "--user", "lesedi", "--code", code]);
    unlock.env("TSELA_PASSPHRASE", passphrase).run()
}

/// Says whether an event waits beside the store, to be journaled at the next sign-in.
fn waits(study: &Study, what: &str) -> bool {
    std::fs::read_to_string(study.path("lesedi/keys.json")).unwrap().contains(what)
}

#[test]
fn a_lock_out_ends_by_a_code_told_on_the_telephone_once() {
    let (study, device) = offline();
    lock_out(&study);
    let asked = request(&study, "lesedi");
    assert_eq!(asked.len(), 17, "two groups of eight: {asked}");
    let code = answer(&study, &device, &asked, false).expect(0).out.trim().to_owned();
    assert_eq!(code.len(), 17, "two groups of eight: {code}");
    // One letter misheard is noticed before it is tried.
    let mut slip = code.clone();
    slip.replace_range(2..3, if code.as_bytes()[2] == b'7' { "8" } else { "7" });
    let typo = use_code(&study, &slip, PASSPHRASE).expect(65);
    assert!(typo.err.contains("group 1"), "{}", typo.err);
    use_code(&study, &code.to_lowercase().replace('-', " "), PASSPHRASE).expect(0);
    assert!(waits(&study, "unlocked_by_code"));
    assert_eq!(study.status("lesedi")["unsent"], 1);
    // Used up.
    lock_out(&study);
    use_code(&study, &code, PASSPHRASE).expect(65);
    let again = request(&study, "lesedi");
    assert_ne!(again, asked);
    assert!(use_code(&study, &code, PASSPHRASE).expect(77).err.contains("4 more"));
}

#[test]
fn a_forgotten_passphrase_is_replaced_by_a_code_once() {
    let (study, device) = offline();
    let asked = request(&study, "lesedi");
    let code = answer(&study, &device, &asked, true).expect(0).out.trim().to_owned();
    assert_eq!(code.len(), 35, "four groups of eight: {code}");
    use_code(&study, &code, "short").expect(65);
    use_code(&study, &code, NEW).expect(0);
    study.tsela(&["status", "--dir", "lesedi"]).expect(77);
    let status = study.command(&["enter", "--dir", "lesedi", "-"]).env("TSELA_PASSPHRASE", NEW).input(HOUSE).run();
    // The wrong passphrase before costs a second.
    status.expect(0);
    let replayed = use_code(&study, &code, "a third road").expect(65);
    assert!(replayed.err.contains("new request"), "{}", replayed.err);
    assert_ne!(request(&study, "lesedi"), asked);
    assert_eq!(use_code(&study, &code, "a third road").code, Some(77));
}

#[test]
fn a_code_is_for_one_laptop_and_guesses_are_limited() {
    let mut study = Study::open();
    study.enrol("lesedi");
    study.enrol("thabo");
    let id = |laptop: &str| study.status(laptop)["device"]["id"].as_str().unwrap().to_owned();
    let (lesedi, thabo) = (id("lesedi"), id("thabo"));
    let asked = request(&study, "lesedi");
    let other = answer(&study, &thabo, &asked, false).expect(65);
    assert!(other.err.contains("another laptop"), "{}", other.err);
    // A code that fits another laptop's request.
    let theirs = answer(&study, &thabo, &request(&study, "thabo"), false).expect(0).out;
    for left in ["4 more", "3 more", "2 more", "one more", "new request"] {
        let wrong = use_code(&study, theirs.trim(), PASSPHRASE).expect(77);
        assert!(wrong.err.contains(left), "{}", wrong.err);
    }
    let right = answer(&study, &lesedi, &asked, false).expect(0).out;
    use_code(&study, right.trim(), PASSPHRASE).expect(65);
    assert_ne!(request(&study, "lesedi"), asked);
    // A laptop that is no longer trusted is not let in.
    study.tsela(&["server", "revoke", "--dir", "S", &lesedi, "--reason", "stolen"]).expect(0);
    let revoked = answer(&study, &lesedi, &request(&study, "lesedi"), true).expect(65);
    assert!(revoked.err.contains("revoked"), "{}", revoked.err);
    study.kill_server();
}

#[test]
fn the_recovery_key_opens_a_laptop_and_its_bundles() {
    let (study, _) = offline();
    let key = study.path("S/offline/recovery.key");
    let recover = |key: &str, passphrase: &str| {
        let recover = study.command(&["recover", "laptop", "--dir", "lesedi", "--key", key, "--user", "lesedi"]);
        recover.env("TSELA_PASSPHRASE", passphrase).run()
    };
    let root = study.path("S/offline/root.key");
    let other = recover(&root, NEW).expect(77);
    assert!(other.err.contains("another study"), "{}", other.err);
    recover(&study.path("S/store.db"), NEW).expect(65);
    recover(&key, "short").expect(65);
    recover(&key, NEW).expect(0);
    assert!(waits(&study, "admitted_by_recovery_key"));
    let status = study.command(&["status", "--dir", "lesedi", "--json"]).env("TSELA_PASSPHRASE", NEW).run();
    assert_eq!(status.quietly().json()["unsent"], 1);
}
