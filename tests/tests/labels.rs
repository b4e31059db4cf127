//! Labels from the command line: what others draw from them is read back, and printers with all their moods.

use std::{
    fs,
    io::Read as _,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tsela_tests::{
    bin::{PASSPHRASE, Ran, Study},
    browser::Browser,
    day::tubes_of_the_sample,
    printer::{Mood, Printer},
};

/// A laptop with two tubes, and their identifiers.
fn two_tubes() -> (Study, Vec<String>) {
    let study = Study::open();
    study.enrol("lesedi");
    study.command(&["enter", "--dir", "lesedi", "--moved-to-today", "-"]).input(tubes_of_the_sample(2)).run().expect(0);
    let tubes = tubes(&study);
    assert_eq!(tubes.len(), 2);
    (study, tubes)
}

fn tubes(study: &Study) -> Vec<String> {
    let listed = study.tsela(&["list", "specimen", "--dir", "lesedi", "--json"]).quietly().json_lines();
    let mut tubes: Vec<String> =
        listed.iter().map(|line| line["fields"]["specimen_identifier"].as_str().unwrap().to_owned()).collect();
    tubes.sort();
    tubes
}

fn label(study: &Study, more: &[&str]) -> Vec<u8> {
    study.command(&[&["label", "--dir", "lesedi"], more].concat()).bytes()
}

/// Reads the barcodes of a picture, sorted.
fn read_back(program: &str, arguments: &[&str]) -> Vec<String> {
    let ran = Command::new(program).args(arguments).stderr(Stdio::null()).output().unwrap();
    let mut read: Vec<String> = String::from_utf8(ran.stdout).unwrap().lines().map(str::to_owned).collect();
    read.sort();
    read
}

fn code128(picture: &str) -> Vec<String> {
    read_back("zbarimg", &["--quiet", "--raw", "-S*.enable=0", "-Scode128.enable=1", picture])
}

/// Draws ZPL with a renderer that is not ours; returns the folder's pictures.
fn drawn_by_others(study: &Study, zpl: &[u8], width_mm: &str, height_mm: &str) -> Vec<String> {
    let folder = study.path("drawn");
    fs::create_dir_all(&folder).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("labels/render.js");
    let mut node = Command::new("node")
        .arg(script)
        .args([&folder, width_mm, height_mm, "8"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("node can be run");
    std::io::Write::write_all(&mut node.stdin.take().unwrap(), zpl).unwrap();
    assert!(node.wait().unwrap().success(), "the label could not be drawn");
    let mut pictures: Vec<String> =
        fs::read_dir(&folder).unwrap().flatten().map(|file| file.path().to_str().unwrap().to_owned()).collect();
    pictures.sort();
    pictures
}

#[test]
fn what_another_renderer_draws_of_the_zpl_reads_as_the_tube() {
    let (study, tubes) = two_tubes();
    let zpl = label(&study, &[&tubes[0], &tubes[1], "--format", "zpl"]);
    let pictures = drawn_by_others(&study, &zpl, "50.8", "25.4");
    let read: Vec<String> = pictures.iter().flat_map(|picture| code128(picture)).collect();
    assert_eq!(read, tubes);
}

#[test]
fn a_small_tube_has_a_datamatrix_that_reads_as_the_tube() {
    let (study, tubes) = two_tubes();
    let small = ["--template", "small", "--format"];
    let zpl = label(&study, &[&[tubes[0].as_str()], &small[..], &["zpl"]].concat());
    let read = |picture: &str| read_back("dmtxread", &["-m", "5000", "-N", "1", picture]);
    assert_eq!(read(&drawn_by_others(&study, &zpl, "25.4", "12.7")[0]), [tubes[0].clone()]);
    let picture = study.path("small.png");
    fs::write(&picture, label(&study, &[&[tubes[0].as_str()], &small[..], &["png"]].concat())).unwrap();
    assert_eq!(read(&picture), [tubes[0].clone()]);
}

#[test]
fn picture_and_sheet_read_as_the_tubes() {
    let (study, tubes) = two_tubes();
    let picture = study.path("label.png");
    fs::write(&picture, label(&study, &[&tubes[0], "--format", "png"])).unwrap();
    assert_eq!(code128(&picture), [tubes[0].clone()]);

    let pdf = study.path("sheet.pdf");
    fs::write(&pdf, label(&study, &[&tubes[0], &tubes[1], "--format", "pdf", "--skip", "32"])).unwrap();
    let pages = study.path("page");
    assert!(Command::new("pdftoppm").args(["-r", "203", "-png", &pdf, &pages]).status().unwrap().success());
    // The first label takes the last place of the first sheet, the second the first place of the next.
    assert_eq!(code128(&format!("{pages}-1.png")), [tubes[0].clone()]);
    assert_eq!(code128(&format!("{pages}-2.png")), [tubes[1].clone()]);
    let info = Command::new("pdfinfo").arg(&pdf).output().unwrap();
    let info = String::from_utf8(info.stdout).unwrap();
    assert!(info.contains("A4"), "{info}");
}

/// The prints that a tube's history tells of: how many copies, where, and why.
fn prints(study: &Study, tube: &str) -> Vec<(u64, String, Value)> {
    let lines = study.tsela(&["history", tube, "--dir", "lesedi", "--json"]).quietly().json_lines();
    let prints = lines.into_iter().filter(|line| line["op"] == "event" && line["set"]["kind"] == "print");
    let told = |line: Value| {
        (
            line["set"]["copies"].as_u64().unwrap(),
            line["set"]["to"].as_str().unwrap().to_owned(),
            line["reason"].clone(),
        )
    };
    prints.map(told).collect()
}

fn print(study: &Study, printer: &str, more: &[&str]) -> Ran {
    study.tsela(&[&["print", "--dir", "lesedi", "--json", "--printer", printer], more].concat())
}

#[test]
fn a_print_is_told_and_a_second_one_needs_a_reason() {
    let (study, tubes) = two_tubes();
    let printer = Printer::on(Mood::Ready);
    let printed = print(&study, &printer.address, &[&tubes[0], &tubes[1]]).quietly().json();
    assert_eq!(printed, json!({"labels": 2, "delivery": "answered", "printer": printer.address}));
    let zpl = String::from_utf8(label(&study, &[&tubes[0], &tubes[1]])).unwrap();
    assert_eq!(printer.labels(), zpl);

    let refused = print(&study, &printer.address, &[&tubes[0]]).expect(65);
    assert!(refused.err.contains(&tubes[0]) && refused.err.contains("say why"), "{}", refused.err);
    print(&study, &printer.address, &[&tubes[0], "--copies", "2", "--reason", "torn"]).quietly();
    let to = printer.address.clone();
    assert_eq!(prints(&study, &tubes[0]), [(1, to.clone(), Value::Null), (2, to.clone(), json!("torn"))]);
    assert_eq!(prints(&study, &tubes[1]), [(1, to, Value::Null)]);

    // Prints are part of the chain and of no record: nothing more is unsent, and both sides stay equal.
    study.tsela(&["push", "--dir", "lesedi"]).expect(0);
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
    let there = study.tsela(&["history", &tubes[0], "--dir", "S", "--json"]).quietly().json_lines();
    assert_eq!(there.iter().filter(|line| line["set"]["kind"] == "print").count(), 2);
    study.tsela(&["verify", "--dir", "lesedi"]).expect(0);
}

#[test]
fn a_printer_that_is_off_or_empty_prints_nothing_and_nothing_is_told() {
    let (study, tubes) = two_tubes();
    let off = print(&study, &Printer::off(), &[&tubes[0]]).expect(69);
    assert!(off.err.contains("switch it on"), "{}", off.err);
    let unnamed = print(&study, "tcp://no-such-printer.invalid", &[&tubes[0]]).expect(69);
    assert!(unnamed.err.contains("name"), "{}", unnamed.err);
    let empty = Printer::on(Mood::PaperOut);
    let refused = print(&study, &empty.address, &[&tubes[0]]).expect(69);
    assert!(refused.err.contains("put in a new roll"), "{}", refused.err);
    assert_eq!(empty.labels(), "");
    let file = study.path("labels.txt");
    fs::write(&file, "").unwrap();
    let refused = print(&study, &format!("file:{file}"), &[&tubes[0]]).expect(69);
    assert!(refused.err.contains("ordinary file"), "{}", refused.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), "");
    let none = study.tsela(&["print", "--dir", "lesedi", &tubes[0]]).expect(65);
    assert!(none.err.contains("Settings"), "{}", none.err);
    assert_eq!(prints(&study, &tubes[0]), []);
}

#[test]
fn a_printer_that_goes_away_is_told_of_as_labels_may_have_come_out() {
    let (study, tubes) = two_tubes();
    let printer = Printer::on(Mood::GoesAway);
    let broken = print(&study, &printer.address, &[&tubes[0], &tubes[1], "--copies", "20"]).expect(69);
    assert!(broken.err.contains("look which labels came out"), "{}", broken.err);
    assert_eq!(prints(&study, &tubes[0]).len(), 1);
    // What may have come out is a print: the next one is a second.
    print(&study, &Printer::on(Mood::Ready).address, &[&tubes[0]]).expect(65);
}

#[test]
fn slow_and_silent_printers_get_everything_and_a_device_file_too() {
    let (study, tubes) = two_tubes();
    let zpl = String::from_utf8(label(&study, &[&tubes[0]])).unwrap();
    for (mood, delivery) in [(Mood::Slow, "answered"), (Mood::Silent, "sent")] {
        let printer = Printer::on(mood);
        let printed = print(&study, &printer.address, &[&tubes[0], "--reason", "again"]).quietly().json();
        assert_eq!(printed["delivery"], delivery, "{mood:?}");
        assert_eq!(printer.labels(), zpl, "{mood:?}");
    }
    if cfg!(unix) {
        let device = study.path("lp0");
        assert!(Command::new("mkfifo").arg(&device).status().unwrap().success());
        let reading = {
            let device = device.clone();
            std::thread::spawn(move || {
                let mut taken = String::new();
                fs::File::open(device).unwrap().read_to_string(&mut taken).unwrap();
                taken
            })
        };
        let printed = print(&study, &format!("file:{device}"), &[&tubes[0], "--reason", "again"]).quietly().json();
        assert_eq!(printed["delivery"], "sent");
        assert_eq!(reading.join().unwrap(), zpl);
    }
}

#[test]
fn a_test_label_is_nobodys_and_stands_in_the_journal() {
    let (study, tubes) = two_tubes();
    let printer = Printer::on(Mood::Ready);
    print(&study, &printer.address, &["--test"]).quietly();
    let labels = printer.labels();
    assert!(labels.contains("TEST") && !labels.contains(&tubes[0]), "{labels}");
}

#[test]
fn labels_of_a_roll_are_taken_up_by_scanning_and_never_twice() {
    let (study, _) = two_tubes();
    let printer = Printer::on(Mood::Ready);
    let spare = |study: &Study| study.status("lesedi")["spare_codes"].as_array().unwrap().len();
    let before = spare(&study);
    print(&study, &printer.address, &["--roll", "3"]).quietly();
    print(&study, &printer.address, &["--roll", "2"]).quietly();
    assert_eq!(spare(&study), before - 1, "both belong to one roll");
    let zpl = printer.labels();
    let labels: Vec<&str> =
        zpl.split("^BCN,64,N,N,N^FH_^FD").skip(1).map(|rest| rest.split_once("^FS").unwrap().0).collect();
    assert_eq!(labels.len(), 5);
    let unique: std::collections::BTreeSet<&str> = labels.iter().copied().collect();
    assert_eq!(unique.len(), 5, "{labels:?}");

    // Another tube for a requisition that has room: of the sample's, one is made again under a new one.
    let requisition = study.tsela(&["list", "requisition", "--dir", "lesedi", "--json"]).quietly().json_lines();
    let requisition = requisition.iter().find(|line| line["fields"]["is_drawn"] == true).unwrap();
    let more = json!({"op": "update", "model": "requisition", "record": requisition["id"], "set": {"item_count": 3},
        "reason": "three tubes"});
    let tube = |item: u8, code: &str| {
        json!({"model": "specimen", "set": {"requisition": requisition["id"], "item": item, "volume_ml": "3.0",
            "collected_at": requisition["fields"]["drawn_datetime"], "condition": "ok", "specimen_identifier": code}})
    };
    let enter = |line: Value| study.command(&["enter", "--dir", "lesedi", "-"]).input(format!("{line}\n")).run();
    enter(more).expect(0);
    enter(tube(2, &labels[1].to_lowercase())).expect(0);
    assert!(tubes(&study).contains(&labels[1].to_owned()));
    let used = enter(tube(3, labels[1])).expect(65);
    assert!(used.err.contains("is on another tube already"), "{}", used.err);
    let beyond = enter(tube(3, &never_printed(labels[0]))).expect(65);
    assert!(beyond.err.contains("not on a roll"), "{}", beyond.err);
    // Between save and push nothing of it may be lost: both sides agree.
    study.tsela(&["push", "--dir", "lesedi"]).expect(0);
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
}

/// Returns the label of the same roll with the number 9, which was not printed.
fn never_printed(label: &str) -> String {
    let code = label[..3].parse().unwrap();
    tsela_core::identifiers::specimen(code, 9, 1).to_string()
}

/// A window's host at the laptop, with somebody signed in.
fn signed_in(study: &Study) -> Browser {
    let browser = Browser::open(study);
    let state = browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    assert_eq!(state["ok"]["phase"], "open", "{state}");
    browser
}

#[test]
fn a_tube_is_collected_once_its_own_label_was_scanned_back() {
    let (study, tubes) = two_tubes();
    let browser = signed_in(&study);
    let rows = browser.call("tubes", &json!({ "text": "", "offset": 0, "limit": 10 }))["ok"]["rows"].clone();
    let id = |tube: &str| {
        rows.as_array().unwrap().iter().find(|row| row["identifier"] == tube).unwrap()["specimen"]["id"].clone()
    };
    let both = json!([id(&tubes[0]), id(&tubes[1])]);
    assert!(rows.as_array().unwrap().iter().all(|row| row["custody"] == "planned"), "{rows}");
    let check = |code: &str, among: &Value, by: &str, reason: Value| {
        browser.call("check_label", &json!({ "code": code, "among": among, "by": by, "reason": reason }))
    };

    for (code, among, failure) in [
        ("A05", &both, "unreadable_label"),
        (&*never_printed(&tubes[0]), &both, "unknown_label"),
        (&*tubes[1], &json!([id(&tubes[0])]), "other_label"),
    ] {
        let refused = check(code, among, "scanned", Value::Null);
        assert_eq!(refused["failure"]["code"], failure, "{code}: {refused}");
    }
    let spoken = format!(" {} ", tubes[0].to_lowercase());
    let checked = check(&spoken, &both, "scanned", Value::Null);
    assert_eq!((&checked["ok"]["tube"]["custody"], &checked["ok"]["again"]), (&json!("collected"), &json!(false)));
    let again = check(&tubes[0], &both, "scanned", Value::Null);
    assert_eq!(again["ok"]["again"], true, "{again}");

    let typed = check(&tubes[1], &both, "typed", Value::Null);
    assert_eq!(typed["failure"]["problems"][0][0]["code"], "specimen.labelled_why", "{typed}");
    let one = json!([id(&tubes[1])]);
    let by_hand = check("", &one, "by_hand", json!("the reader is flat"));
    assert_eq!(by_hand["ok"]["tube"]["custody"], "collected", "{by_hand}");
    assert_eq!(check("", &both, "by_hand", json!("both"))["failure"]["code"], "bad_arguments");

    let listed = study.tsela(&["list", "specimen", "--dir", "lesedi", "--json"]).quietly().json_lines();
    let how = |tube: &str| {
        let line = listed.iter().find(|line| line["fields"]["specimen_identifier"] == tube).unwrap();
        (line["fields"]["labelled_by"].clone(), line["fields"]["labelled_reason"].clone())
    };
    assert_eq!(how(&tubes[0]), (json!("scanned"), Value::Null));
    assert_eq!(how(&tubes[1]), (json!("by_hand"), json!("the reader is flat")));
}

#[test]
fn printer_and_template_are_chosen_on_the_pages_and_what_is_no_printer_is_refused() {
    let (study, tubes) = two_tubes();
    let browser = signed_in(&study);
    let choose = |printer: &str, template: &str| {
        browser.call("set_printer", &json!({ "printer": printer, "template": template }))
    };
    assert_eq!(choose("http://10.0.0.7", "standard")["failure"]["code"], "bad_address");
    assert_eq!(choose("10.0.0.7", "enormous")["failure"]["code"], "invalid");
    assert_eq!(browser.call("print_test", &json!({}))["failure"]["code"], "no_printer");
    let printer = Printer::on(Mood::Ready);
    let chosen = choose(&printer.address, "reduced");
    assert_eq!(chosen["ok"]["template"], "reduced", "{chosen}");

    let tube = browser.call("tubes", &json!({ "text": tubes[0], "offset": 0, "limit": 1 }))["ok"]["rows"][0].clone();
    let specimen = json!({ "specimen": tube["specimen"]["id"] });
    let label = browser.call("label", &specimen)["ok"].clone();
    assert!(label["picture"].as_str().unwrap().starts_with("data:image/png;base64,iVBORw0KGgo"), "{label}");
    let initials = tube["participant"].as_str().unwrap().rsplit(' ').next().unwrap().to_owned();
    assert!(!label["text"].as_str().unwrap().contains(&format!(" {initials}")), "a reduced label: {label}");
    let request = json!({ "specimens": [tube["specimen"]["id"]], "copies": 1, "reason": null });
    assert_eq!(browser.call("print_labels", &request)["ok"]["delivery"], "answered");
    assert_eq!(browser.call("print_labels", &request)["failure"]["code"], "print_reason");
    let again = json!({ "specimens": [tube["specimen"]["id"]], "copies": 2, "reason": "wet" });
    let sheets = browser.call("label_sheets", &json!({ "print": again, "skip": 32 }));
    assert_eq!((sheets["ok"]["pages"].as_array().unwrap().len(), &sheets["ok"]["labels"]), (2, &json!(2)));
    let shown = browser.call("label", &specimen);
    assert_eq!(shown["ok"]["tube"]["prints"], 3, "one on the printer, two on sheets");
}
