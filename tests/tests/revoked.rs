//! A laptop that was revoked and turns up again: what it had is kept apart, and admitted by a person.

use tsela_tests::bin::Study;

#[test]
fn what_a_revoked_laptop_had_is_kept_apart_until_a_person_admits_it() {
    let study = Study::open();
    study.enrol("lesedi");
    let [before, after, later] = [1, 2, 3].map(|number| study.households(number, 1));
    study.enter("lesedi", &before);
    study.push("lesedi");
    let stored = study.records("S");
    let device = study.status("lesedi")["device"]["id"].as_str().unwrap().to_owned();
    study.tsela(&["server", "revoke", "--dir", "S", &device, "--reason", "thought stolen"]).expect(0);
    study.enter("lesedi", &after);
    let told = study.tsela(&["push", "--dir", "lesedi"]).expect(77).err;
    assert!(told.contains("revoked"), "{told}");
    let unsent = study.status("lesedi")["unsent"].clone();
    assert_ne!(unsent, 0, "nothing is marked as received");
    assert_eq!(study.records("S"), stored, "nothing is applied");

    let kept = study.tsela(&["server", "quarantine", "--dir", "S", "--json"]).quietly().json_lines();
    assert_eq!((kept.len(), &kept[0]["kind"]), (1, &"revoked".into()), "{kept:?}");
    let stream = kept[0]["stream"].as_str().unwrap().to_owned();
    let last = kept[0]["admissible"].as_array().unwrap().last().unwrap().to_string();
    let entries = study.tsela(&["server", "quarantine", "--dir", "S", "--stream", &stream, "--json"]).quietly();
    assert_eq!(entries.json_lines().len() as u64, kept[0]["entries"].as_u64().unwrap());
    study.tsela(&["server", "admit", "--dir", "S", &stream, "--through", "999999", "--reason", "found"]).expect(65);
    study.tsela(&["server", "close", "--dir", "S", &stream, "--reason", "found"]).expect(65);
    let admit = ["server", "admit", "--dir", "S", &stream, "--through", &last, "--reason", "it was found"];
    study.tsela(&admit).expect(0);
    study.assert_both_hold_the_same("lesedi");
    assert_eq!(study.tsela(&["server", "quarantine", "--dir", "S"]).quietly().out, "");

    // It stays revoked; what it writes from now on waits again, and is sent once.
    study.enter("lesedi", &later);
    for _ in 0..2 {
        study.tsela(&["push", "--dir", "lesedi"]).expect(77);
    }
    let kept = study.tsela(&["server", "quarantine", "--dir", "S", "--json"]).quietly().json_lines();
    assert_eq!(kept.len(), 1);
    assert!(kept[0]["seq"].as_u64().unwrap() > last.parse().unwrap());
}
