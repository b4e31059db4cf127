//! A whole day and the next: two assistants with no network, a printer, bags, a driver's laptop, a clinic, a stick. In the
//! end everybody says the same of each tube.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};
use tsela_core::identifiers;
use tsela_tests::{
    bin::{PASSPHRASE, Study},
    browser::Browser,
    day::tubes_of_the_sample,
    desk::Desk,
    printer::{Mood, Printer},
};

/// Where each tube is, by the code on its label.
type Tubes = BTreeMap<String, String>;

fn tubes(study: &Study, folder: &str) -> Tubes {
    let lines = study.tsela(&["tubes", "--dir", folder, "--json"]).quietly().json_lines();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lines.iter().map(|line| (text(&line["specimen"]), text(&line["custody"]))).collect()
}

/// Gives a command that must be done.
#[track_caller]
fn done(browser: &Browser, command: &str, args: &Value) -> Value {
    let answer = browser.call(command, args);
    assert!(answer.get("ok").is_some(), "{command} {args}: {answer}");
    answer["ok"].clone()
}

fn signed_in(study: &Study, laptop: &str) -> Browser {
    let browser = Browser::of(study, laptop);
    done(&browser, "sign_in", &json!({ "user": laptop, "passphrase": PASSPHRASE }));
    browser
}

fn until(what: &str, mut ask: impl FnMut() -> Option<Value>) -> Value {
    for _ in 0..400 {
        if let Some(found) = ask() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} does not come");
}

/// Prints the labels of these tubes on a printer, scans them back, and packs the tubes into bags that suit them.
fn label_and_pack(study: &Study, laptop: &str, codes: &[String]) -> Browser {
    let printer = Printer::on(Mood::Ready);
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    study.tsela(&[&["print", "--dir", laptop, "--printer", &printer.address], &codes[..]].concat()).expect(0);
    let printed = printer.labels();
    assert!(codes.iter().all(|code| printed.contains(code)), "each label has its code");
    let browser = signed_in(study, laptop);
    for code in &codes {
        done(&browser, "check_label", &json!({ "code": code, "among": [], "by": "scanned", "reason": null }));
    }
    let view = done(&browser, "bags", &json!({}));
    let mine = |tube: &&Value| codes.contains(&tube["identifier"].as_str().unwrap());
    let mut loose: Vec<&Value> = view["loose"].as_array().unwrap().iter().filter(mine).collect();
    for range in view["ranges"].as_array().unwrap() {
        // A panel may bear several temperatures: what is packed is left out of the next bag.
        let panels = range["panels"].as_array().unwrap();
        let (of_range, rest): (Vec<&Value>, _) = loose.into_iter().partition(|tube| panels.contains(&tube["panel"]));
        loose = rest;
        if of_range.is_empty() {
            continue;
        }
        let bag = done(&browser, "new_bag", &json!({ "celsius_low": range["low"], "celsius_high": range["high"] }));
        for tube in of_range {
            let pack = json!({ "bag": bag["bag"]["id"], "code": tube["identifier"], "by": "scanned", "reason": null });
            done(&browser, "pack", &pack);
        }
        done(&browser, "close_bag", &json!({ "bag": bag["bag"]["id"], "seal": "S-1" }));
    }
    browser
}

fn begin(browser: &Browser) -> Value {
    let waiting = done(browser, "waiting_tubes", &json!({}));
    let bags: Vec<&Value> = waiting["bags"].as_array().unwrap().iter().map(|bag| &bag["bag"]["id"]).collect();
    done(browser, "begin_handover", &json!({ "taker": "driver", "place": "Otse", "bags": bags, "loose": true }))
}

fn seen(view: &Value, code: &str) -> Value {
    json!({ "transfer": view["row"]["transfer"]["id"], "code": code, "by": "scanned", "reason": null })
}

fn line(view: &Value, code: &str) -> Value {
    let lines = view["lines"].as_array().unwrap();
    lines.iter().find(|line| line["tube"]["identifier"] == code).unwrap_or_else(|| panic!("{code}: {view}"))["line"]
        .clone()
}

fn sign(browser: &Browser, view: &Value) {
    let args = json!({ "transfer": view["row"]["transfer"]["id"], "side": "giver", "name": "The giver",
        "passphrase": PASSPHRASE });
    done(browser, "sign_handover", &args);
}

/// The two laptops meet, people compare digits, bundles flow, and the driver signs what the assistant has signed.
fn meet(assistant: &Browser, driver: &Browser) -> Value {
    let place = done(driver, "collect", &json!({ "on": true }))["places"][0]["host"].clone();
    done(assistant, "meet_carrier", &json!({ "address": place }));
    done(assistant, "answer_digits", &json!({ "same": true }));
    let meetings = done(driver, "collecting", &json!({}))["meetings"].clone();
    let meeting = meetings.as_array().unwrap().iter().find(|meeting| meeting["stage"] == "compare").unwrap();
    done(driver, "answer_meeting", &json!({ "meeting": meeting["meeting"], "same": true }));
    until("the hand-over", || {
        let view = done(assistant, "handing_over", &json!({}));
        assert_ne!(view["phase"], "failed", "{view}");
        if view["phase"] == "signing" {
            for offer in done(driver, "offers", &json!({})).as_array().unwrap() {
                if offer["signed_by"] == "" {
                    let args = json!({ "transfer": offer["transfer"], "name": "The driver", "passphrase": PASSPHRASE });
                    done(driver, "countersign", &args);
                }
            }
        }
        (view["phase"] == "done").then_some(view)
    })
}

fn push(browser: &Browser) {
    done(browser, "push", &json!({}));
    until("the push", || {
        let sync = done(browser, "app_state", &json!({}))["sync"].clone();
        (sync["unsent_records"] == 0 && sync["phase"] != "sending").then_some(sync)
    });
}

fn deliver(driver: &Browser) {
    done(driver, "push", &json!({}));
    until("the delivery", || (done(driver, "collecting", &json!({}))["pending"] == 0).then_some(Value::Null));
}

/// The driver and the laboratory's assistant sign a delivery on the desk's screen.
fn both_sign(desk: &mut Desk, delivery: &Value) {
    let transfer = &delivery["row"]["transfer"]["id"];
    for (side, account) in [("giver", json!("driver")), ("taker", Value::Null)] {
        let args = json!({ "transfer": transfer, "side": side, "name": "As printed", "passphrase": PASSPHRASE,
            "account": account });
        desk.done("sign_handover", &args);
    }
}

fn open_delivery(desk: &mut Desk) -> Value {
    let arriving = desk.done("arriving", &json!({}));
    let transfers: Vec<Value> = arriving["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|delivery| delivery["transfers"].as_array().unwrap())
        .map(|transfer| transfer["id"].clone())
        .collect();
    let args = json!({ "giver": "driver", "place": "Clinic", "transfers": transfers, "tubes": [] });
    desk.done("begin_delivery", &args)
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

#[test]
fn in_the_end_everybody_says_the_same_of_each_tube() {
    let mut study = Study::open();
    study.enrol_carrier("driver");
    study.enrol("lesedi");
    study.enrol("thabo");
    study.tsela(&["server", "user", "--dir", "S", "--name", "driver", "--role", "driver"]).expect(0);
    for (laptop, count) in [("lesedi", 11), ("thabo", 3)] {
        let day = tubes_of_the_sample(count);
        study.command(&["enter", "--dir", laptop, "--moved-to-today", "-"]).input(day).run().expect(0);
    }
    study.kill_server();
    let ten: Vec<String> = tubes(&study, "lesedi").into_keys().collect();
    let (late, ten) = ten.split_last().unwrap();
    let three: Vec<String> = tubes(&study, "thabo").into_keys().collect();
    let foreign = identifiers::specimen("ZZZ".parse().unwrap(), 1, 1).to_string();

    // In the field: labels, bags, and the driver, who gets nine of ten and one that nobody expected.
    let lesedi = label_and_pack(&study, "lesedi", ten);
    let thabo = label_and_pack(&study, "thabo", &three);
    let driver = signed_in(&study, "driver");
    let first = begin(&lesedi);
    assert_eq!(first["row"]["balance"]["expected"], 10, "{first}");
    let (gone, nine) = ten.split_first().unwrap();
    nine.iter().for_each(|code| drop(done(&lesedi, "see_tube", &seen(&first, code))));
    let missing = json!({ "transfer": first["row"]["transfer"]["id"], "line": line(&first, gone), "outcome": "missing",
        "discrepancy": null, "reason": "not in the bag" });
    done(&lesedi, "tube_outcome", &missing);
    let unexpected = json!({ "seen": seen(&first, &foreign), "explanation": "another laptop's", "discrepancy": null });
    done(&lesedi, "unexpected_tube", &unexpected);
    sign(&lesedi, &first);
    meet(&lesedi, &driver);
    let second = begin(&thabo);
    three.iter().for_each(|code| drop(done(&thabo, "see_tube", &seen(&second, code))));
    sign(&thabo, &second);
    meet(&thabo, &driver);
    assert!(nine.iter().all(|code| tubes(&study, "lesedi")[code] == "with_carrier"));

    // At the clinic: one assistant pushes directly too, the driver delivers, the laboratory receives.
    study.serve();
    push(&thabo);
    deliver(&driver);
    let mut desk = Desk::of(&study, "Kago Sello", "lab_assistant");
    let delivery = open_delivery(&mut desk);
    assert_eq!(delivery["row"]["balance"]["expected"], 13, "nine, three, and the unexpected one: {delivery}");
    let (haemolysed, fit) = nine.split_first().unwrap();
    fit.iter().chain(&three).chain([&foreign]).for_each(|code| drop(desk.done("see_tube", &seen(&delivery, code))));
    let rejected = json!({ "transfer": delivery["row"]["transfer"]["id"], "line": line(&delivery, haemolysed),
        "outcome": "rejected", "discrepancy": "haemolysed", "recollect": true, "reason": "red plasma" });
    desk.done("tube_outcome", &rejected);
    both_sign(&mut desk, &delivery);
    let accepted: Vec<&String> = fit.iter().chain(&three).collect();
    let decide = json!({ "tubes": accepted, "decision": "accepted", "discrepancy": null, "explanation": "" });
    desk.done("decide_tubes", &decide);
    let missing = desk.done("missing_tubes", &json!({}));
    assert_eq!(missing["open"][0]["tube"]["identifier"], gone.as_str(), "{missing}");
    study.kill_server();

    // The next day: the missing tube is found and joins a new hand-over; the driver brings yesterday's receipt.
    done(&lesedi, "check_label", &json!({ "code": late, "among": [], "by": "scanned", "reason": null }));
    let third = begin(&lesedi);
    let told = lesedi.call("see_tube", &seen(&third, gone));
    assert_eq!(told["failure"]["code"], "found_tube", "{told}");
    done(&lesedi, "add_late_tubes", &json!({ "transfer": third["row"]["transfer"]["id"], "tubes": [gone] }));
    [gone, late].iter().for_each(|code| drop(done(&lesedi, "see_tube", &seen(&third, code))));
    sign(&lesedi, &third);
    let met = meet(&lesedi, &driver);
    assert_eq!(met["receipts"], 1, "yesterday's receipt came along: {met}");
    study.serve();
    deliver(&driver);
    let mut desk = Desk::of(&study, "Kago Sello", "lab_assistant");
    let delivery = open_delivery(&mut desk);
    assert_eq!(delivery["row"]["balance"]["expected"], 2, "{delivery}");
    [gone, late].iter().for_each(|code| drop(desk.done("see_tube", &seen(&delivery, code))));
    both_sign(&mut desk, &delivery);
    let decide = json!({ "tubes": [gone, late], "decision": "accepted", "discrepancy": null, "explanation": "" });
    desk.done("decide_tubes", &decide);
    let found = desk.done("missing_tubes", &json!({}))["found"][0]["tube"]["identifier"].clone();
    assert_eq!(found, gone.as_str());

    // Receipts travel back: to one by stick, to the other by the network.
    push(&thabo);
    drop((lesedi, thabo, driver));
    let stick = study.path("stick");
    fs::create_dir(&stick).unwrap();
    study.enter("lesedi", "{\"model\":\"household\",\"set\":{\"community\":\"Otse\",\"status\":\"absent\"}}\n");
    study.tsela(&["export", "--dir", "lesedi", "--to", &stick]).expect(0);
    study.tsela(&["import", "--dir", "S", "--from", &stick]).expect(0);
    study.tsela(&["import", "--dir", "lesedi", "--from", &stick]).expect(0);
    study.tsela(&["push", "--dir", "thabo"]).expect(0);

    let there = tubes(&study, "S");
    let expected = |code: &String| if code == haemolysed { "recollection_requested" } else { "accepted" };
    for laptop in ["lesedi", "thabo"] {
        for (code, state) in tubes(&study, laptop) {
            assert_eq!((state.as_str(), &state), (expected(&code), &there[&code]), "{laptop}: {code}");
        }
        study.assert_both_hold_the_same(laptop);
    }
    assert_eq!(there.len(), 14);
    study.assert_clean("driver");
    let pages = signed_in(&study, "lesedi");
    let news = done(&pages, "tube_news", &json!({}));
    assert_eq!((news.as_array().unwrap().len(), &news[0]["identifier"]), (1, &json!(haemolysed)), "{news}");
    assert_eq!(news[0]["discrepancy"], "haemolysed");
    assert_eq!(done(&pages, "tube_news_seen", &json!({}))["tube_news"], 0);

    // Whoever finds the driver's laptop or the stick learns of no participant.
    let people = study.tsela(&["list", "participant", "--dir", "S", "--json"]).quietly().json_lines();
    let canaries = people.iter().flat_map(|person| {
        ["last_name", "identity", "subject_identifier"].map(|field| person["fields"][field].as_str().unwrap())
    });
    let canaries: Vec<&str> = canaries.collect();
    for file in files(study.path("driver").into()).into_iter().chain(files(stick.into())) {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let told = canaries.iter().find(|canary| text.contains(**canary));
        assert_eq!(told, None, "{} tells it", file.display());
    }
}
