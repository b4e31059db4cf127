//! Two laptops with one stream code, or one enrolment code: the second is told, the first goes on, and nothing is lost.

use serde_json::Value;
use tsela_tests::{bin::Study, day::records_in};

/// The stream that lines were entered into.
fn stream(entered: &[Value]) -> String {
    entered[0]["stream"].as_str().unwrap().to_owned()
}

/// Puts a copy of the server's folder back in place, as an older image of its disk does.
fn put_back(study: &mut Study, copy: &str) {
    study.kill_server();
    std::fs::remove_dir_all(study.path("S")).unwrap();
    study.copy(copy, "S");
}

/// The server's disk was put back to before lesedi came, unseen, so that thabo was given lesedi's codes; later it is
/// restored by the command, which begins a new life in which every laptop introduces itself.
#[test]
fn a_stream_code_that_was_given_out_twice_is_told_and_both_laptops_keep_everything() {
    let mut study = Study::open();
    study.kill_server();
    study.copy("S", "image");
    study.serve();
    let [first, second, third] = [1, 2, 3].map(|number| study.households(number, 1));
    study.enrol("lesedi");
    let used = stream(&study.enter("lesedi", &first));
    study.push("lesedi");
    put_back(&mut study, "image");
    study.serve();
    study.enrol("thabo");
    assert_eq!(stream(&study.enter("thabo", &second)), used, "the same code is out twice");
    study.push("thabo");
    let stored = study.records("S");

    // In the same life no laptop introduces itself: it is unknown, and what was confirmed to it is not said again.
    study.enter("lesedi", &third);
    let told = study.tsela(&["push", "--dir", "lesedi"]).expect(77).err;
    assert!(told.contains("does not know this laptop") && told.contains("Nothing is lost"), "{told}");

    study.kill_server();
    study.tsela(&["backup", "--dir", "S"]).expect(0);
    study.tsela(&["server", "restore", "--dir", "S"]).expect(0);
    study.serve();
    assert!(study.push("thabo").contains("restored from a backup"));
    let here = study.records("lesedi");
    for _ in 0..2 {
        let told = study.tsela(&["push", "--dir", "lesedi"]).expect(77).err;
        assert!(told.contains("Another laptop holds this laptop's code"), "{told}");
        assert!(told.contains("Keep this laptop as it is and call the administrator"), "{told}");
    }
    assert_eq!(study.records("lesedi"), here);
    assert_eq!(study.status("lesedi")["unsent"], records_in(&first) + records_in(&third), "not one counts as received");
    assert_eq!(study.records("S"), stored, "nothing of it is mixed into the other's stream");
    let known = study.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines();
    assert_eq!(known.len(), 1, "all of an introduction is taken, or nothing");

    // Both work on; the one that holds the code sends, too.
    study.enter("lesedi", &study.households(4, 1));
    study.enter("thabo", &study.households(5, 1));
    study.push("thabo");
    study.assert_both_hold_the_same("thabo");
    study.assert_clean("lesedi");

    // What people then do: the old folder is kept, and the laptop begins again in a new one.
    let enrol = ["enrol", "--dir", "lesedi anew", "--code", &study.code(), "--user", "lesedi"];
    study.tsela(&enrol).expect(0);
    let anew = study.enter("lesedi anew", &study.households(6, 1));
    assert!(stream(&anew) > used, "none of the codes that are out: {}", stream(&anew));
    study.push("lesedi anew");
    study.assert_both_hold_the_same("lesedi anew");
    let kept = study.records("lesedi");
    assert!(here.keys().all(|record| kept.contains_key(record)));
}

#[test]
fn an_enrolment_code_is_for_one_laptop() {
    let study = Study::open();
    let code = study.code();
    let enrol = |laptop: &str, code: &str| study.tsela(&["enrol", "--dir", laptop, "--code", code, "--user", laptop]);
    enrol("lesedi", &code).expect(0);
    let lines = study.households(1, 1);
    study.enter("lesedi", &lines);
    for _ in 0..2 {
        let told = enrol("thabo", &code).expect(65).err;
        assert!(told.contains("used by another laptop") && told.contains("Ask the administrator"), "{told}");
    }
    let known = study.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines();
    assert_eq!(known.len(), 1);
    study.push("lesedi");
    study.assert_both_hold_the_same("lesedi");

    // The refusal leaves nothing behind that stands in the way of a code of its own.
    enrol("thabo", &study.code()).expect(0);
    let other = study.enter("thabo", &study.households(2, 1));
    assert_ne!(stream(&other), study.status("lesedi")["streams"][0]["code"].as_str().unwrap());
    study.push("thabo");
    study.assert_both_hold_the_same("thabo");
}
