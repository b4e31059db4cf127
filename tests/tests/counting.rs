//! Tubes counted on the driver's laptop: two real laptops, and the driver's is killed on the way.

use std::time::Duration;

use serde_json::{Value, json};
use tsela_core::identifiers;
use tsela_tests::{
    bin::{PASSPHRASE, Study},
    browser::Browser,
    day::tubes_of_the_sample,
};

/// A laptop's pages, with its person signed in.
fn screen(study: &Study, laptop: &str) -> Browser {
    let browser = Browser::of(study, laptop);
    let signed_in = browser.call("sign_in", &json!({ "user": laptop, "passphrase": PASSPHRASE }));
    assert_eq!(signed_in["ok"]["carrier"], laptop == "driver", "{signed_in}");
    browser
}

fn until(what: &str, mut ask: impl FnMut() -> Option<Value>) -> Value {
    for _ in 0..300 {
        if let Some(found) = ask() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} does not come");
}

fn handing(lesedi: &Browser, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    until(what, || Some(lesedi.call("handing_over", &json!({}))["ok"].clone()).filter(|view| is(view)))
}

/// Both say that the digits are the same.
fn meet(driver: &Browser, lesedi: &Browser) {
    let place = driver.call("collect", &json!({ "on": true }))["ok"]["places"][0]["host"].clone();
    lesedi.call("meet_carrier", &json!({ "address": place }));
    lesedi.call("answer_digits", &json!({ "same": true }));
    let meeting = driver.call("collecting", &json!({}))["ok"]["meetings"][0]["meeting"].clone();
    driver.call("answer_meeting", &json!({ "meeting": meeting, "same": true }));
}

fn scan(at: &Browser, transfer: &Value, code: &str) -> Value {
    at.call("see_tube", &json!({ "transfer": transfer, "code": code, "by": "scanned", "reason": null }))
}

fn line<'v>(view: &'v Value, code: &str) -> &'v Value {
    let lines = view["lines"].as_array().unwrap_or_else(|| panic!("no lines: {view}"));
    lines.iter().find(|line| line["tube"]["identifier"] == code).unwrap_or_else(|| panic!("no {code} in {view}"))
}

fn say(at: &Browser, transfer: &Value, code: &str, outcome: &str, reason: &str) -> Value {
    let view = at.call("handover", &json!({ "transfer": transfer }))["ok"].clone();
    let args = json!({ "transfer": transfer, "line": line(&view, code)["line"], "outcome": outcome,
        "discrepancy": null, "reason": reason });
    at.call("tube_outcome", &args)
}

fn check_label(lesedi: &Browser, code: &str) {
    let args = json!({ "code": code, "among": [], "by": "scanned", "reason": null });
    assert_eq!(lesedi.call("check_label", &args)["ok"]["tube"]["custody"], "collected");
}

#[test]
fn what_the_driver_counts_survives_a_kill_and_becomes_the_hand_over_of_the_giver() {
    let mut study = Study::open();
    study.enrol("lesedi");
    study.enrol_carrier("driver");
    let day = tubes_of_the_sample(5);
    study.command(&["enter", "--dir", "lesedi", "--moved-to-today", "-"]).input(day).run().expect(0);
    let tubes = study.tsela(&["tubes", "--dir", "lesedi", "--json"]).quietly().json_lines();
    let mut codes: Vec<String> = tubes.iter().map(|tube| tube["specimen"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    let [gone, first, second, late, unchecked] = &codes[..5] else { panic!("five tubes: {codes:?}") };
    study.kill_server();
    let (driver, lesedi) = (screen(&study, "driver"), screen(&study, "lesedi"));
    [gone, first, second].iter().for_each(|code| check_label(&lesedi, code));
    meet(&driver, &lesedi);
    handing(&lesedi, "the list", |view| view["phase"] == "done");

    // The driver counts against the list: codes in any case, each once, and what the list does not expect is said to be so.
    let load = driver.call("collecting", &json!({}))["ok"]["loads"][0].clone();
    assert_eq!(load["manifest"], 1, "{load}");
    let begun = driver.call("begin_count", &json!({ "author": load["author"] }))["ok"].clone();
    let count = begun["row"]["transfer"]["id"].clone();
    assert_eq!((&begun["row"]["balance"]["expected"], &begun["row"]["balance"]["unseen"]), (&json!(3), &json!(3)));
    assert!(begun["lines"].as_array().unwrap().iter().all(|line| line["tube"]["participant"] == ""), "{begun}");
    let seen = scan(&driver, &count, &first.to_lowercase());
    assert_eq!((&seen["ok"]["line"]["outcome"], &seen["ok"]["balance"]["matched"]), (&json!("matched"), &json!(1)));
    let code = |answer: &Value| answer["failure"]["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    assert_eq!(code(&scan(&driver, &count, first)), "seen_already");
    assert_eq!(code(&scan(&driver, &count, "A0100010")), "unreadable_label");
    assert_eq!(code(&scan(&driver, &count, unchecked)), "unchecked_tube");
    let foreign = identifiers::specimen("ZZZ".parse().unwrap(), 1, 1).to_string();
    assert_eq!(code(&scan(&driver, &count, &foreign)), "not_expected");
    let odd = |explanation: &str| {
        let seen = json!({ "transfer": count, "code": foreign, "by": "scanned", "reason": null });
        driver.call("unexpected_tube", &json!({ "seen": seen, "explanation": explanation, "discrepancy": null }))
    };
    assert_eq!(odd(" ")["failure"]["problems"][0][0]["code"], "custody_line.unexplained");
    assert_eq!(odd("lay beside the bag")["ok"]["row"]["balance"]["unexpected"], 1);
    let by_hand = json!({ "transfer": count, "code": second, "by": "by_hand", "reason": null });
    let unsaid = driver.call("see_tube", &by_hand);
    assert_eq!(unsaid["failure"]["problems"][0][0]["code"], "custody_line.seen_why", "{unsaid}");

    // Killed, and where it was.
    drop(driver);
    let driver = screen(&study, "driver");
    let again = driver.call("begin_count", &json!({ "author": load["author"] }))["ok"].clone();
    assert_eq!((&again["row"]["transfer"]["id"], &again["row"]["balance"]["matched"]), (&count, &json!(1)), "{again}");
    let missing = say(&driver, &count, gone, "missing", "not in the bag");
    assert_eq!(missing["ok"]["row"]["balance"]["missing"], 1, "{missing}");
    assert_eq!(scan(&driver, &count, second)["ok"]["balance"]["even"], true);

    // A late tube: the newer list comes with the next meeting, and what was counted goes with it.
    check_label(&lesedi, late);
    meet(&driver, &lesedi);
    handing(&lesedi, "the count", |view| view["counted"] == 4);
    let list = driver.call("count_list", &json!({ "transfer": count }))["ok"].clone();
    assert_eq!(
        (&list["number"], &list["newer_number"], &list["more"]),
        (&json!(1), &json!(2), &json!([late])),
        "{list}"
    );
    let newer = driver.call("count_newer", &json!({ "transfer": count }))["ok"].clone();
    let balance = &newer["row"]["balance"];
    assert_eq!((&balance["expected"], &balance["matched"], &balance["unseen"]), (&json!(4), &json!(2), &json!(1)));
    assert_eq!(scan(&driver, &count, late)["ok"]["balance"]["even"], true);

    // The giver's hand-over takes it over; what was said here already stays, and shows.
    let args = json!({ "taker": "Tiro Pheko", "place": "Otse", "bags": [], "loose": true });
    let transfer = lesedi.call("begin_handover", &args)["ok"]["row"]["transfer"]["id"].clone();
    say(&lesedi, &transfer, second, "missing", "I do not see it");
    let shown = until("all that was counted", || {
        let shown = lesedi.call("counted", &json!({ "transfer": transfer }))["ok"][0].clone();
        (shown["balance"]["matched"] == 3).then_some(shown)
    });
    assert_eq!((&shown["to_take"], &shown["carrier"], &shown["by"]), (&json!(4), &json!("driver"), &json!("driver")));
    assert_eq!(shown["differs"], json!([{ "tube": second, "here": "missing", "counted": "matched" }]), "{shown}");
    // What was taken over into a hand-over that is then given up is taken over into the next one, too.
    let take = |transfer: &Value| lesedi.call("take_count", &json!({ "transfer": transfer, "count": shown["count"] }));
    assert_eq!(line(&take(&transfer)["ok"], &foreign)["outcome"], "unexpected");
    lesedi.call("cancel_handover", &json!({ "transfer": transfer, "reason": "the wrong driver" }));
    let transfer = lesedi.call("begin_handover", &args)["ok"]["row"]["transfer"]["id"].clone();
    say(&lesedi, &transfer, second, "missing", "I do not see it");
    let to_take = lesedi.call("counted", &json!({ "transfer": transfer }))["ok"][0]["to_take"].clone();
    assert_eq!(to_take, 4);
    let taken = take(&transfer);
    let taken = &taken["ok"];
    let outcome = |code: &str| line(taken, code)["outcome"].clone();
    assert_eq!(
        (outcome(gone), outcome(second), outcome(&foreign)),
        ("missing".into(), "missing".into(), "unexpected".into())
    );
    assert_eq!(line(taken, gone)["explanation"], "not in the bag", "{taken}");
    assert_eq!(scan(&lesedi, &transfer, second)["ok"]["balance"]["even"], true);
    let nothing_left = lesedi.call("counted", &json!({ "transfer": transfer }))["ok"][0].clone();
    assert_eq!((&nothing_left["to_take"], &nothing_left["differs"]), (&json!(0), &json!([])), "{nothing_left}");
    let again = take(&transfer);
    assert_eq!(again["ok"]["lines"].as_array().unwrap().len(), 5, "{again}");

    // Both sign, in the same meeting; then there is nothing to count any more. Who signs for something else than was counted here
    // is told so before.
    assert_eq!(say(&lesedi, &transfer, late, "held_back", "it goes tomorrow")["ok"]["row"]["balance"]["even"], true);
    let sign = json!({ "transfer": transfer, "side": "giver", "name": "Kabo Molefe", "passphrase": PASSPHRASE });
    assert_eq!(lesedi.call("sign_handover", &sign)["ok"]["row"]["state"], "signed");
    let offer =
        until("the hand-over", || Some(driver.call("offers", &json!({}))["ok"][0].clone()).filter(Value::is_object));
    let clocks = offer["tubes"].as_array().unwrap().iter().map(|tube| {
        let left =
            |clock: &Value| clock["hours_to_lab"].as_i64().unwrap() * 3600 - clock["age_seconds"].as_i64().unwrap();
        (!tube["clock"].is_null()).then(|| left(&tube["clock"]))
    });
    let clocks: Vec<Option<i64>> = clocks.collect();
    assert!(clocks[..4].is_sorted() && clocks[0].is_some() && clocks[4].is_none(), "the most urgent first: {offer}");
    assert_eq!(offer["differs"], json!([{ "tube": late, "here": "held_back", "counted": "matched" }]), "{offer}");
    let sign = json!({ "transfer": offer["transfer"], "name": "Tiro Pheko", "passphrase": PASSPHRASE });
    let signed = driver.call("countersign", &sign)["ok"][0].clone();
    assert_eq!((&signed["signed_by"], &signed["differs"]), (&json!("Tiro Pheko"), &json!([])), "{signed}");
    handing(&lesedi, "the signature", |view| view["phase"] == "done" && view["signed"] == 1);
    assert_eq!(lesedi.call("handover", &json!({ "transfer": transfer }))["ok"]["row"]["state"], "closed");
    assert_eq!(driver.call("handovers", &json!({}))["ok"]["open"], json!([]));
    assert_eq!(lesedi.call("counted", &json!({ "transfer": null }))["ok"], json!([]));
    drop((driver, lesedi));
    for folder in ["lesedi", "driver"] {
        study.tsela(&["verify", "--dir", folder]).expect(0);
    }
    let history = study.tsela(&["list", "custody_line", "--dir", "lesedi", "--json"]).quietly().json_lines();
    assert_eq!(history.len(), 10, "those of the hand-over that was given up, and these: {history:?}");
}
