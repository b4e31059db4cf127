//! Hand-overs to a driver: tube by tube, until it comes out even and both have signed.

use serde_json::{Value, json};
use tsela_core::identifiers;
use tsela_tests::{
    bin::{PASSPHRASE, Study},
    browser::Browser,
    day::tubes_of_the_sample,
};

/// A laptop with labelled tubes, its pages, and the hand-over that has begun.
struct Giving {
    study: Study,
    browser: Browser,
    codes: Vec<String>,
}

impl Giving {
    /// Has some labelled tubes, and one more without a checked label.
    fn with(labelled: usize) -> Self {
        let study = Study::open();
        // Before the other laptop, whose study package then names both.
        study.enrol("thabo");
        study.enrol("lesedi");
        let day = tubes_of_the_sample(labelled + 1);
        study.command(&["enter", "--dir", "lesedi", "--moved-to-today", "-"]).input(day).run().expect(0);
        let mut codes: Vec<String> = tubes(&study, "lesedi").into_iter().map(|(code, _)| code).collect();
        codes.sort();
        let browser = signed_in(&study, "lesedi");
        let day = Self { study, browser, codes };
        day.codes.iter().take(labelled).for_each(|code| day.label(code));
        day
    }

    fn label(&self, code: &str) {
        let args = json!({ "code": code, "among": [], "by": "scanned", "reason": null });
        assert_eq!(self.browser.call("check_label", &args)["ok"]["tube"]["custody"], "collected");
    }

    fn begin(&self) -> Value {
        let args = json!({ "taker": "Tiro Pheko", "place": "Otse", "bags": [], "loose": true });
        let begun = self.browser.call("begin_handover", &args);
        assert!(begun["ok"]["row"]["transfer"]["id"].is_string(), "{begun}");
        begun["ok"].clone()
    }

    fn see(&self, transfer: &Value, code: &str, by: &str, reason: Value) -> Value {
        let id = &transfer["row"]["transfer"]["id"];
        self.browser.call("see_tube", &json!({ "transfer": id, "code": code, "by": by, "reason": reason }))
    }

    fn scan(&self, transfer: &Value, code: &str) -> Value {
        self.see(transfer, code, "scanned", Value::Null)
    }

    fn shown(&self, transfer: &Value) -> Value {
        self.browser.call("handover", &json!({ "transfer": transfer["row"]["transfer"]["id"] }))["ok"].clone()
    }

    /// Says something of a tube that no scan says.
    fn say(&self, transfer: &Value, code: &str, outcome: &str, discrepancy: Value, reason: &str) -> Value {
        let line = line(&self.shown(transfer), code)["line"].clone();
        let args = json!({ "transfer": transfer["row"]["transfer"]["id"], "line": line, "outcome": outcome,
            "discrepancy": discrepancy, "reason": reason });
        self.browser.call("tube_outcome", &args)
    }

    fn unexpected(&self, transfer: &Value, code: &str, explanation: &str) -> Value {
        let seen = json!({ "transfer": transfer["row"]["transfer"]["id"], "code": code, "by": "scanned",
            "reason": null });
        let args = json!({ "seen": seen, "explanation": explanation, "discrepancy": null });
        self.browser.call("unexpected_tube", &args)
    }

    fn sign(&self, transfer: &Value, side: &str, passphrase: &str) -> Value {
        let args = json!({ "transfer": transfer["row"]["transfer"]["id"], "side": side, "name": "Kabo Molefe",
            "passphrase": passphrase });
        self.browser.call("sign_handover", &args)
    }

    /// Goes away and somebody else sits down at the laptop, whom `lesedi` lets in.
    fn instead(self, user: &str) -> Self {
        let admit = json!({ "user": user, "passphrase": PASSPHRASE });
        self.browser.call("admit_user", &admit);
        self.browser.call("sign_out", &json!({}));
        let answer = self.browser.call("sign_in", &admit);
        assert_eq!(answer["ok"]["user"]["name"], user, "{answer}");
        self
    }
}

fn signed_in(study: &Study, user: &str) -> Browser {
    let browser = Browser::open(study);
    browser.call("sign_in", &json!({ "user": user, "passphrase": PASSPHRASE }));
    browser
}

fn line<'v>(view: &'v Value, code: &str) -> &'v Value {
    let lines = view["lines"].as_array().unwrap_or_else(|| panic!("no lines: {view}"));
    lines.iter().find(|line| line["tube"]["identifier"] == code).unwrap_or_else(|| panic!("no {code} in {view}"))
}

fn code(answer: &Value) -> &str {
    let failure = &answer["failure"];
    failure["problems"][0][0]["code"].as_str().or(failure["code"].as_str()).unwrap_or_else(|| panic!("{answer}"))
}

/// What `tsela tubes` says of each tube.
fn tubes(study: &Study, dir: &str) -> Vec<(String, String)> {
    let lines = study.tsela(&["tubes", "--dir", dir, "--json"]).quietly().json_lines();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut tubes: Vec<_> = lines.iter().map(|line| (text(&line["specimen"]), text(&line["custody"]))).collect();
    tubes.sort();
    tubes
}

fn foreign(counter: u64) -> String {
    identifiers::specimen("ZZZ".parse().unwrap(), counter, 1).to_string()
}

#[test]
fn ten_tubes_go_to_a_driver_and_everybody_says_the_same_of_them() {
    let day = Giving::with(10);
    let begun = day.begin();
    let balance = |view: &Value| view["row"]["balance"].clone();
    assert_eq!((&balance(&begun)["expected"], &balance(&begun)["unseen"]), (&json!(10), &json!(10)), "{begun}");
    assert!(begun["lines"].as_array().unwrap().iter().all(|line| line["outcome"] == "unseen"));
    let codes = day.codes.clone();
    let (gone, there) = codes[..10].split_first().unwrap();
    for code in there {
        let seen = day.scan(&begun, &format!(" {} ", code.to_lowercase()));
        assert_eq!(seen["ok"]["line"]["outcome"], "matched", "{seen}");
    }
    let refused = day.sign(&begun, "giver", PASSPHRASE);
    assert_eq!(code(&refused), "unbalanced", "{refused}");
    assert_eq!(refused["failure"]["params"]["tubes"], json!(gone), "{refused}");
    let missing = day.say(&begun, gone, "missing", Value::Null, "not in the bag");
    assert_eq!(line(&missing["ok"], gone)["explanation"], "not in the bag", "{missing}");
    assert_eq!(code(&day.scan(&begun, &foreign(1))), "not_expected");
    assert_eq!(code(&day.unexpected(&begun, &foreign(1), " ")), "custody_line.unexplained");
    let explained = day.unexpected(&begun, &foreign(1), "Thabo gave it to me on the road");
    assert_eq!(balance(&explained["ok"])["unexpected"], 1, "{explained}");

    let signed = day.sign(&begun, "giver", PASSPHRASE);
    assert_eq!(signed["ok"]["row"]["state"], "signed", "{signed}");
    assert_eq!(signed["ok"]["signatures"][0]["holds"], true, "{signed}");
    assert!(tubes(&day.study, "lesedi").iter().all(|(_, custody)| custody != "with_carrier"), "one has signed");
    assert_eq!(code(&day.sign(&begun, "giver", PASSPHRASE)), "signed_already");
    assert_eq!(code(&day.sign(&begun, "taker", PASSPHRASE)), "same_person");
    let day = day.instead("thabo");
    let closed = day.sign(&begun, "taker", PASSPHRASE);
    assert_eq!(closed["ok"]["row"]["state"], "closed", "{closed}");

    let Giving { study, browser, .. } = day;
    drop(browser);
    study.tsela(&["push", "--dir", "lesedi", "--user", "thabo"]).expect(0);
    let here = study.tsela(&["tubes", "--dir", "lesedi", "--user", "thabo", "--json"]).quietly().json_lines();
    for tube in &here {
        let expected = match tube["specimen"].as_str() {
            Some(code) if code == gone => "missing",
            Some(code) if code == codes[10] => "planned",
            _ => "with_carrier",
        };
        assert_eq!(tube["custody"], expected, "{tube}");
    }
    let mut here: Vec<(String, String)> = here
        .iter()
        .map(|tube| (tube["specimen"].as_str().unwrap().to_owned(), tube["custody"].as_str().unwrap().to_owned()))
        .collect();
    here.sort();
    assert_eq!(here, tubes(&study, "S"), "laptop and server say the same");
    for model in ["custody_transfer", "custody_line", "custody_signature"] {
        let listed = study.tsela(&["list", model, "--dir", "S", "--json"]).quietly().json_lines();
        assert!(listed.iter().all(|record| record["findings"] == json!([])), "{model}: {listed:?}");
    }
}

#[test]
fn each_scan_is_told_for_what_it_is_and_survives_a_kill() {
    let day = Giving::with(4);
    let begun = day.begin();
    let codes = day.codes.clone();
    assert_eq!(code(&day.scan(&begun, "ZZZ")), "unreadable_label");
    assert_eq!(day.scan(&begun, &codes[0])["ok"]["balance"]["matched"], 1);
    assert_eq!(code(&day.scan(&begun, &codes[0])), "seen_already");
    assert_eq!(code(&day.scan(&begun, &codes[4])), "unchecked_tube");
    assert_eq!(code(&day.see(&begun, &codes[1], "typed", Value::Null)), "custody_line.seen_why");
    let typed = day.see(&begun, &codes[1], "typed", json!("reader flat"));
    assert_eq!(typed["ok"]["line"]["identified_by"], "typed", "{typed}");
    assert_eq!(typed["ok"]["line"]["identified_reason"], "reader flat", "{typed}");
    let leaking = day.say(&begun, &codes[2], "rejected", Value::Null, "wet");
    assert_eq!(code(&leaking), "custody_line.what_is_wrong", "{leaking}");
    let leaking = day.say(&begun, &codes[2], "rejected", json!("leaking"), "wet");
    assert_eq!(line(&leaking["ok"], &codes[2])["identified_by"], "by_hand", "{leaking}");
    assert_eq!(code(&day.say(&begun, &codes[3], "missing", Value::Null, " ")), "no_reason");
    day.say(&begun, &codes[3], "missing", Value::Null, "not in the bag");

    // Nothing says goodbye: the power is gone.
    let Giving { study, browser, .. } = day;
    drop(browser);
    let day = Giving { browser: signed_in(&study, "lesedi"), study, codes };
    let listed = day.browser.call("handovers", &json!({}));
    assert_eq!(listed["ok"]["open"][0]["transfer"], begun["row"]["transfer"], "{listed}");
    let again = day.shown(&begun);
    let outcomes: Vec<&Value> = day.codes[..4].iter().map(|code| &line(&again, code)["outcome"]).collect();
    assert_eq!(outcomes, ["matched", "matched", "rejected", "missing"]);
    // A missing tube turns up, and a rejected one goes along after all.
    assert_eq!(day.scan(&begun, &day.codes[3])["ok"]["line"]["outcome"], "matched");
    let unseen = day.say(&begun, &day.codes[2], "unseen", Value::Null, "the lid was wet, the tube is whole");
    assert_eq!(line(&unseen["ok"], &day.codes[2])["identified_by"], Value::Null, "{unseen}");
    assert_eq!(day.scan(&begun, &day.codes[2])["ok"]["balance"]["even"], true);
}

#[test]
fn a_late_tube_joins_until_somebody_has_signed_and_what_was_signed_stays() {
    let day = Giving::with(2);
    let begun = day.begin();
    let transfer = begun["row"]["transfer"]["id"].clone();
    let codes = day.codes.clone();
    codes[..2].iter().for_each(|code| drop(day.scan(&begun, code)));
    let none = day.browser.call("begin_handover", &json!({ "taker": "T", "place": "O", "bags": [], "loose": true }));
    assert_eq!(code(&none), "nothing_to_hand_over", "both are promised");
    day.label(&codes[2]);
    let late = json!({ "transfer": transfer, "tubes": [codes[2]] });
    assert_eq!(code(&day.scan(&begun, &codes[2])), "late_tube");
    let joined = day.browser.call("add_late_tubes", &late);
    assert_eq!(joined["ok"]["row"]["balance"]["expected"], 3, "{joined}");
    assert_eq!(code(&day.browser.call("add_late_tubes", &late)), "not_waiting");
    let details = |celsius: &str, reason: Value| {
        let args = json!({ "transfer": transfer, "seal": "S-1", "seal_intact": true, "celsius": celsius,
            "comments": "", "reason": reason });
        day.browser.call("handover_details", &args)
    };
    assert_eq!(details("4.5", Value::Null)["ok"]["celsius"], "4.5");
    assert_eq!(code(&details("5.5", Value::Null)), "no_reason");
    assert_eq!(details("5.5", json!("read again"))["ok"]["celsius"], "5.5");
    assert_eq!(day.scan(&begun, &codes[2])["ok"]["balance"]["even"], true);

    let wrong = day.sign(&begun, "giver", "not my passphrase");
    assert_eq!((code(&wrong), &wrong["failure"]["params"]["left"]), ("wrong_passphrase", &json!("4")), "{wrong}");
    let soon = day.sign(&begun, "giver", PASSPHRASE);
    let signed = if soon["failure"].is_null() { soon } else { wait_and_sign(&day, &begun, &soon) };
    assert_eq!(signed["ok"]["row"]["state"], "signed", "{signed}");
    assert_eq!(code(&details("6.5", json!("again"))), "custody.signed");
    assert_eq!(code(&day.say(&begun, &codes[0], "missing", Value::Null, "lost")), "custody.signed");
    assert_eq!(code(&day.unexpected(&begun, &foreign(1), "found")), "custody.signed");
    let cancel = json!({ "transfer": transfer, "reason": "no driver" });
    assert_eq!(code(&day.browser.call("cancel_handover", &cancel)), "custody.signed");
    let signature = signed["ok"]["signatures"][0]["id"].clone();
    let void = json!({ "transfer": transfer, "signature": signature, "reason": "the driver found another tube" });
    let open = day.browser.call("void_handover_signature", &void);
    assert_eq!((&open["ok"]["row"]["state"], &open["ok"]["signatures"]), (&json!("open"), &json!([])), "{open}");
    let given_up = day.browser.call("cancel_handover", &cancel);
    assert_eq!(given_up["ok"]["open"], json!([]), "{given_up}");
    let waiting = day.browser.call("waiting_tubes", &json!({}));
    assert_eq!(waiting["ok"]["tubes"].as_array().unwrap().len(), 3, "they can be handed over again: {waiting}");
    let study = day.study;
    drop(day.browser);
    let lines = study.tsela(&["list", "custody_line", "--dir", "lesedi", "--json"]).quietly().json_lines();
    assert!(lines.iter().all(|line| line["void"] == true || line["findings"] == json!([])), "{lines:?}");
}

/// Waits as long as a wrong passphrase costs, and signs.
fn wait_and_sign(day: &Giving, begun: &Value, refused: &Value) -> Value {
    let seconds: u64 = refused["failure"]["params"]["wait_seconds"].as_str().unwrap().parse().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(seconds + 1));
    day.sign(begun, "giver", PASSPHRASE)
}

/// Asks until an answer is as it should be.
fn until(what: &str, mut ask: impl FnMut() -> Option<Value>) -> Value {
    for _ in 0..300 {
        if let Some(found) = ask() {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{what} does not come");
}

#[test]
fn each_signs_on_a_laptop_of_their_own_and_the_server_sees_both() {
    let mut day = Giving::with(3);
    day.study.enrol_carrier("driver");
    day.study.kill_server();
    let begun = day.begin();
    let codes = day.codes.clone();
    let [gone, first, second] = &codes[..3] else { panic!("three tubes: {codes:?}") };
    [first, second].iter().for_each(|code| drop(day.scan(&begun, code)));
    day.say(&begun, gone, "missing", Value::Null, "not in the bag");
    day.sign(&begun, "giver", PASSPHRASE);

    // The driver's laptop: nothing is there to be signed before it was brought.
    let driver = Browser::of(&day.study, "driver");
    driver.call("sign_in", &json!({ "user": "driver", "passphrase": PASSPHRASE }));
    assert_eq!(driver.call("offers", &json!({}))["ok"], json!([]));
    let place = driver.call("collect", &json!({ "on": true }))["ok"]["places"][0]["host"].clone();
    day.browser.call("meet_carrier", &json!({ "address": place }));
    day.browser.call("answer_digits", &json!({ "same": true }));
    let meeting = driver.call("collecting", &json!({}))["ok"]["meetings"][0]["meeting"].clone();
    driver.call("answer_meeting", &json!({ "meeting": meeting, "same": true }));
    let waiting = until("the hand-over of tubes", || {
        let view = day.browser.call("handing_over", &json!({}))["ok"].clone();
        (view["phase"] == "signing").then_some(view)
    });
    assert_eq!((&waiting["to_sign"], &waiting["signed"]), (&json!(1), &json!(0)), "{waiting}");

    let offers = driver.call("offers", &json!({}))["ok"].clone();
    let offer = &offers[0];
    assert_eq!((&offer["balance"]["matched"], &offer["balance"]["missing"]), (&json!(2), &json!(1)), "{offer}");
    assert_eq!((&offer["giver"], &offer["tubes"].as_array().unwrap().len()), (&json!("Kabo Molefe"), &3), "{offer}");
    let sign = |name: &str, passphrase: &str| {
        let args = json!({ "transfer": offer["transfer"], "name": name, "passphrase": passphrase });
        driver.call("countersign", &args)
    };
    assert_eq!(code(&sign("Kabo Molefe", PASSPHRASE)), "same_person");
    assert_eq!(code(&sign("Tiro Pheko", "not this one")), "wrong_passphrase");
    // The next try is taken after a moment.
    let signed = until("the signature", || {
        let signed = sign("Tiro Pheko", PASSPHRASE);
        signed["ok"].is_array().then_some(signed)
    });
    assert_eq!(signed["ok"][0]["signed_by"], "Tiro Pheko", "{signed}");
    assert_eq!(code(&sign("Tiro Pheko", PASSPHRASE)), "signed_already");
    let needs = driver.call("app_state", &json!({}))["ok"]["sync"]["attention"].clone();
    assert_eq!(needs, json!(0), "that the giver's records are not here is no finding");

    // It comes back at once: closed on the assistant's laptop, and the tubes are with the driver.
    until("the driver's signature", || {
        let view = day.browser.call("handing_over", &json!({}))["ok"].clone();
        (view["phase"] == "done" && view["signed"] == 1).then_some(view)
    });
    let closed = day.shown(&begun);
    assert_eq!(closed["row"]["state"], "closed", "{closed}");
    let here = tubes(&day.study, "lesedi");
    let of = |code: &String| here.iter().find(|(found, _)| found == code).map(|(_, custody)| custody.as_str());
    assert_eq!((of(gone), of(first), of(second)), (Some("missing"), Some("with_carrier"), Some("with_carrier")));

    // Both journals reach the server, each with its copy of the driver's signature: one record there, and no finding.
    day.study.serve();
    for browser in [&driver, &day.browser] {
        browser.call("push", &json!({}));
    }
    until("the deliveries", || {
        let done = |browser: &Browser| browser.call("app_state", &json!({}))["ok"]["sync"]["unsent_records"] == 0;
        (done(&driver) && done(&day.browser)).then_some(Value::Null)
    });
    assert_eq!(tubes(&day.study, "S"), here);
    let list = ["list", "custody_signature", "--dir", "S", "--json"];
    let signatures = day.study.tsela(&list).quietly().json_lines();
    assert_eq!(signatures.len(), 2, "{signatures:?}");
    for signature in &signatures {
        assert_eq!((&signature["conflicts"], &signature["findings"]), (&json!([]), &json!([])), "{signature}");
    }
    for folder in ["lesedi", "driver", "S"] {
        day.study.tsela(&["verify", "--dir", folder]).expect(0);
    }
}
