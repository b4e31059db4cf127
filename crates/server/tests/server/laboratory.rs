//! The laboratory's desk: what is on the road, what comes, what is decided of it, and who is told.

use serde_json::{Value, json};
use tsela_core::{
    bundle::{BundleKind, PackRequest, SectionName, SectionRequest, journal, pack},
    entry::Op,
    identifiers,
    ids::RecordId,
    manifest::{Manifest, Tube, TubeState},
    receipt::Receipt,
};
use tsela_server::admin::By;
use uuid::Uuid;

use crate::{
    clinic::{Clinic, MINUTE},
    laptop::Laptop,
};

const PASSPHRASE: &str = "pula e na thata";
/// What a participant's records say and no laboratory needs.
const CANARY: &str = "KEFILWE";

/// A clinic with a laboratory assistant at its desk, and a laptop in the field.
struct Lab {
    clinic: Clinic,
    lesedi: Laptop,
    desk: String,
    pushed: usize,
}

fn record(n: u128) -> RecordId {
    RecordId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0001_0000 + n))
}

impl Lab {
    async fn open() -> Self {
        let clinic = Clinic::open().await;
        let lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
        let desk = clinic.sign_in("Kago Sello", "lab_assistant").await;
        clinic.server.set_account("Tiro Pheko", "driver", PASSPHRASE, &By::operator()).unwrap();
        let mut lab = Self { clinic, lesedi, desk, pushed: 0 };
        let at = lab.clinic.now();
        lab.lesedi.household(record(1).0.as_u128(), "0926", at);
        let person = json!({"household": record(1).to_string(), "first_name": CANARY, "last_name": CANARY, "initials": "KK",
            "gender": "F", "dob": "1980-05-06", "identity": "203421975", "identity_type": "omang",
            "subject_identifier": "066-40-A05-0001-X", "phone": "74628745"});
        lab.lesedi.write(Op::Insert, "participant", record(2), person, at);
        lab
    }

    /// Draws a tube on the laptop and returns the code on its label.
    fn draw(&mut self, n: u128) -> String {
        let at = self.clinic.now();
        let stream = self.lesedi.codes[0];
        let code = identifiers::specimen(stream, u64::try_from(n).unwrap(), 1).to_string();
        let requisition = json!({"requisition_identifier": identifiers::requisition(stream, n as u64).to_string(),
            "participant": record(2).to_string(), "panel": "fbc", "requisition_datetime": at.to_string(), "is_drawn": true,
            "drawn_datetime": at.to_string(), "item_type": "tube", "item_count": 1, "estimated_volume": "3.0"});
        self.lesedi.write(Op::Insert, "requisition", record(100 + n), requisition, at);
        let specimen = json!({"specimen_identifier": code, "requisition": record(100 + n).to_string(), "item": 1,
            "tube_type": "edta", "volume_ml": "3.0", "collected_at": at.to_string(), "condition": "ok",
            "labelled_at": at.to_string(), "labelled_by": "scanned"});
        self.lesedi.write(Op::Insert, "specimen", record(200 + n), specimen, at);
        code
    }

    /// Hands tubes over to the driver on the laptop, both signatures included.
    fn dispatch(&mut self, n: u128, codes: &[&str]) -> RecordId {
        let (at, transfer) = (self.clinic.now(), record(1000 * n));
        let set = json!({"transfer_identifier": identifiers::transfer(self.lesedi.codes[0], n as u64).to_string(),
            "stage": "to_carrier", "giver": "Lesedi", "taker": "Tiro Pheko", "place": "Otse", "handed_at": at.to_string(),
            "expected": codes.len()});
        let lines: Vec<Value> = codes
            .iter()
            .map(|code| {
                json!({"transfer": transfer.to_string(), "tube": code, "outcome": "matched", "seen_at": at.to_string(),
                    "identified_by": "scanned"})
            })
            .collect();
        self.lesedi.write(Op::Insert, "custody_transfer", transfer, set, at);
        for (i, line) in lines.into_iter().enumerate() {
            self.lesedi.write(Op::Insert, "custody_line", record(1000 * n + 1 + i as u128), line, at);
        }
        transfer
    }

    /// Signs a hand-over as it stands at the server.
    fn sign(&mut self, n: u128, transfer: RecordId, sides: &[&str]) {
        let at = self.clinic.now();
        let read = |conn: &tsela_store::Connection| tsela_store::custody::closing(conn, transfer);
        let content = self.clinic.server.store().read(read).unwrap().unwrap().content.to_string();
        for (i, side) in sides.iter().enumerate() {
            let set = json!({"transfer": transfer.to_string(), "side": side, "name": "N", "signed_at": at.to_string(),
                "content": content});
            self.lesedi.write(Op::Insert, "custody_signature", record(1000 * n + 900 + i as u128), set, at);
        }
    }

    async fn push(&mut self) -> Receipt {
        let receipt = self.lesedi.push(&self.clinic, self.pushed).await;
        self.pushed = self.lesedi.entries.len();
        receipt
    }

    /// Draws, dispatches and pushes.
    async fn on_the_road(&mut self, n: u128, codes: &[&str]) -> RecordId {
        let transfer = self.dispatch(n, codes);
        self.push().await;
        self.sign(n, transfer, &["giver", "taker"]);
        self.push().await;
        transfer
    }

    async fn call(&self, command: &str, args: Value) -> Value {
        self.clinic.page(Some(&self.desk), command, args).await.0
    }

    async fn ok(&self, command: &str, args: Value) -> Value {
        let answer = self.call(command, args).await;
        assert!(answer.get("ok").is_some(), "{command}: {answer}");
        answer["ok"].clone()
    }

    async fn refused(&self, command: &str, args: Value) -> String {
        let answer = self.call(command, args).await;
        answer["failure"]["code"].as_str().unwrap_or_else(|| panic!("{command}: {answer}")).to_owned()
    }

    async fn begin(&self, transfers: &[RecordId]) -> Value {
        let transfers: Vec<String> = transfers.iter().map(ToString::to_string).collect();
        let args = json!({"giver": "Tiro Pheko", "place": "Clinic", "transfers": transfers, "tubes": []});
        self.ok("begin_delivery", args).await
    }

    fn seen(delivery: &Value, code: &str) -> Value {
        json!({"transfer": delivery["row"]["transfer"]["id"], "code": code, "by": "scanned", "reason": null})
    }

    async fn both_sign(&self, delivery: &Value) -> Value {
        let id = &delivery["row"]["transfer"]["id"];
        let args = |side: &str, account: Value| json!({"transfer": id, "side": side, "name": "As printed", "passphrase": PASSPHRASE, "account": account});
        self.ok("sign_handover", args("giver", json!("Tiro Pheko"))).await;
        self.ok("sign_handover", args("taker", Value::Null)).await
    }

    async fn outcomes(&self) -> Vec<(String, TubeState, Option<String>)> {
        let receipts = self.lesedi.receipts(&self.clinic, 0).await;
        let last = receipts.last().unwrap();
        let said = last.tubes.iter().map(|tube| {
            let wrong = tube.discrepancy.as_ref().map(ToString::to_string);
            (tube.specimen.to_string(), tube.state, wrong)
        });
        said.collect()
    }
}

fn line<'v>(delivery: &'v Value, code: &str) -> &'v Value {
    let lines = delivery["lines"].as_array().unwrap();
    lines.iter().find(|line| line["tube"]["identifier"] == code).unwrap_or_else(|| panic!("{code}: {delivery}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_the_road_is_received_decided_and_told_to_its_laptop() {
    let mut lab = Lab::open().await;
    let codes: Vec<String> = (1..=4).map(|n| lab.draw(n)).collect();
    let transfer = lab.on_the_road(1, &[&codes[0], &codes[1], &codes[2]]).await;
    let arriving = lab.ok("arriving", json!({})).await;
    let delivery = &arriving["deliveries"][0];
    assert_eq!(delivery["driver"], "Tiro Pheko");
    assert_eq!(delivery["tubes"].as_array().unwrap().len(), 3, "{arriving}");
    assert_eq!((&delivery["signed"], &arriving["with_assistants"]), (&json!(true), &json!(1)));
    assert!(delivery["due_at"].is_string(), "the first must be there by then: {delivery}");

    let begun = lab.begin(&[transfer]).await;
    assert_eq!(begun["row"]["balance"]["expected"], 3);
    assert_eq!(line(&begun, &codes[0])["tube"]["source"], "dispatched");
    assert_eq!(lab.ok("arriving", json!({})).await["deliveries"], json!([]), "what is being received is on no road");
    let seen = lab.ok("see_tube", Lab::seen(&begun, &codes[0].to_lowercase())).await;
    assert_eq!((&seen["line"]["outcome"], &seen["balance"]["matched"]), (&json!("matched"), &json!(1)));
    assert_eq!(lab.refused("see_tube", Lab::seen(&begun, &codes[0])).await, "seen_already");

    let id = &begun["row"]["transfer"]["id"];
    let say = |code: &str, outcome: &str, wrong: Value| {
        json!({"transfer": id, "line": line(&begun, code)["line"], "outcome": outcome, "discrepancy": wrong,
            "recollect": outcome == "rejected", "reason": "seen at the counter"})
    };
    lab.ok("tube_outcome", say(&codes[1], "rejected", json!("haemolysed"))).await;
    lab.ok("tube_outcome", say(&codes[2], "missing", Value::Null)).await;
    let closed = lab.both_sign(&begun).await;
    assert_eq!(closed["row"]["state"], "closed", "{closed}");

    let mut told = lab.outcomes().await;
    told.sort();
    let wrong = Some("haemolysed".to_owned());
    let expected = [
        (codes[0].clone(), TubeState::Received, None),
        (codes[1].clone(), TubeState::RecollectionRequested, wrong),
        (codes[2].clone(), TubeState::Missing, None),
    ];
    assert_eq!(told, expected);

    // It is accepted, and the laptop hears of that too.
    let received = lab.ok("received_tubes", json!({})).await;
    assert_eq!(received["undecided"][0]["tube"]["identifier"], codes[0].as_str());
    assert_eq!(received["decided"].as_array().unwrap().len(), 1, "{received}");
    let decide = |decision: &str, wrong: Value, why: &str| json!({"tubes": [codes[0]], "decision": decision, "discrepancy": wrong, "explanation": why});
    lab.ok("decide_tubes", decide("accepted", Value::Null, "")).await;
    assert_eq!(lab.refused("decide_tubes", decide("rejected", json!("clotted"), " ")).await, "no_reason");
    assert!(lab.outcomes().await.contains(&(codes[0].clone(), TubeState::Accepted, None)));
    lab.ok("decide_tubes", decide("rejected", json!("clotted"), "looked at again")).await;
    assert!(lab.outcomes().await.contains(&(codes[0].clone(), TubeState::Rejected, Some("clotted".to_owned()))));
    let waiting = json!({"tubes": [codes[3]], "decision": "accepted", "discrepancy": null, "explanation": ""});
    assert_eq!(lab.refused("decide_tubes", waiting).await, "not_received");

    let report = json!({"from": "2026-03-02", "to": "2026-03-02", "by": "community"});
    let report = lab.ok("report", report).await;
    let counts = ["requisitioned", "collected", "packed", "with_driver", "received", "accepted", "rejected", "missing"];
    let row = counts.map(|name| report["rows"][0][name].as_u64().unwrap());
    assert_eq!((report["rows"][0]["label"].as_str(), row), (Some("Otse"), [4, 4, 3, 3, 2, 0, 2, 1]), "{report}");
    assert_eq!(report["rows"].as_array().unwrap().len(), 1);
    for (by, label) in [("driver", "Tiro Pheko"), ("panel", "FBC"), ("assistant", "Lesedi"), ("day", "2026-03-02")] {
        let args = json!({"from": "2026-03-01", "to": "2026-03-03", "by": by});
        let rows = lab.ok("report", args.clone()).await["rows"].clone();
        assert!(rows.as_array().unwrap().iter().any(|row| row["label"] == label), "{by}: {rows}");
        let file = lab.ok("report_csv", args).await;
        assert!(file["text"].as_str().unwrap().starts_with(&format!("{by},requisitioned,")), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_ways_in_which_a_tube_and_its_data_miss_each_other_are_different_things() {
    let mut lab = Lab::open().await;
    let (dispatched, walked_in) = (lab.draw(1), lab.draw(2));
    let transfer = lab.on_the_road(1, &[&dispatched]).await;
    let stream = lab.lesedi.codes[0];
    let unknown = identifiers::specimen(stream, 77, 1).to_string();
    let announced = identifiers::specimen(stream, 78, 1).to_string();
    announce(&mut lab, &announced).await;
    let shown = lab.ok("arriving", json!({})).await["announced"][0].clone();
    assert_eq!((&shown["device"], &shown["tubes"][0]["identifier"]), (&json!("laptop 1"), &json!(announced)));

    let begun = lab.begin(&[transfer]).await;
    assert_eq!(lab.refused("see_tube", Lab::seen(&begun, &walked_in)).await, "no_dispatch");
    assert_eq!(lab.refused("see_tube", Lab::seen(&begun, &unknown)).await, "no_data");
    assert_eq!(lab.refused("see_tube", Lab::seen(&begun, &announced)).await, "late_tube");
    let late = |code: &str| json!({"transfer": begun["row"]["transfer"]["id"], "tubes": [code]});
    assert_eq!(lab.refused("add_late_tubes", late(&unknown)).await, "not_waiting");
    lab.ok("add_late_tubes", late(&announced)).await;
    for code in [&dispatched, &announced] {
        lab.ok("see_tube", Lab::seen(&begun, code)).await;
    }
    let mut now = Value::Null;
    for code in [&walked_in, &unknown] {
        let args = json!({"seen": Lab::seen(&begun, code), "explanation": "brought by hand", "discrepancy": null});
        now = lab.ok("unexpected_tube", args).await;
    }
    let source = |code: &str| line(&now, code)["tube"]["source"].as_str().unwrap().to_owned();
    let sources = [&dispatched, &announced, &walked_in, &unknown].map(|code| source(code));
    assert_eq!(sources, ["dispatched", "announced", "undispatched", "unknown"]);
    lab.both_sign(&now).await;
    let findings = lab.clinic.server.findings(0, 100).unwrap().1;
    let mut codes: Vec<String> = findings.into_iter().map(|found| found.finding.code).collect();
    codes.retain(|code| code.starts_with("finding.no_d"));
    codes.sort();
    let expected =
        ["finding.no_data", "finding.no_data", "finding.no_dispatch", "finding.no_dispatch", "finding.no_dispatch"];
    assert_eq!(codes, expected);
    assert_eq!(lab.refused("see_tube", Lab::seen(&begun, &dispatched)).await, "seen_already");
    let next = lab.begin(&[]).await;
    assert_eq!(lab.refused("see_tube", Lab::seen(&next, &dispatched)).await, "received_before");

    // The data of a tube come after the laboratory has it: its laptop is told all the same.
    lab.draw(77);
    lab.push().await;
    assert!(lab.outcomes().await.contains(&(unknown, TubeState::Received, None)));
}

/// Sends a bundle with a manifest that names a tube of which no data come.
async fn announce(lab: &mut Lab, code: &str) {
    let at = lab.clinic.now();
    lab.lesedi.household(record(3).0.as_u128(), "0927", at);
    let tube = Tube {
        specimen: code.parse().unwrap(),
        panel: "fbc".parse().unwrap(),
        tube_type: "edta".parse().unwrap(),
        drawn_at: Some(at),
        state: TubeState::Packed,
    };
    let manifest = Manifest::new(1, lab.lesedi.device, lab.lesedi.codes[0], at, vec![tube]).unwrap().to_bytes();
    let (laptop, pushed) = (&mut lab.lesedi, lab.pushed);
    let head = journal::SignedHead::sign(laptop.study, laptop.codes[0], laptop.head(), &laptop.signing);
    let run = journal::Run {
        stream: laptop.codes[0],
        device: laptop.device,
        first_seq: pushed as u64 + 1,
        entries: laptop.entries[pushed..].to_vec(),
        head,
    };
    let plaintext = journal::encode(&[run]);
    let recipients = laptop.server.journal_recipients().to_vec();
    let section = |name, plaintext| SectionRequest { name, plaintext, recipients: recipients.clone() };
    let request = PackRequest {
        kind: BundleKind::Journal,
        study: laptop.study,
        packer: laptop.device,
        signing_key: &laptop.signing,
        sections: vec![section(SectionName::Manifest, &manifest), section(SectionName::Payload, &plaintext)],
    };
    let bundle = pack(request, &mut laptop.rng).unwrap();
    assert_eq!(laptop.put(&lab.clinic, &bundle).await.status(), 200);
    lab.pushed = lab.lesedi.entries.len();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_tube_has_somebody_who_looks_for_it_until_it_is_found() {
    let mut lab = Lab::open().await;
    let (lost, late) = (lab.draw(1), lab.draw(2));
    let transfer = lab.on_the_road(1, &[&lost]).await;
    let begun = lab.begin(&[transfer]).await;
    let args = json!({"transfer": begun["row"]["transfer"]["id"], "line": line(&begun, &lost)["line"], "outcome": "missing",
        "discrepancy": null, "reason": "not in the bag"});
    lab.ok("tube_outcome", args).await;
    lab.both_sign(&begun).await;
    lab.clinic.pass(26 * 60 * MINUTE);
    lab.desk = lab.clinic.sign_in("Kago Sello", "lab_assistant").await;
    let missing = lab.ok("missing_tubes", json!({})).await;
    let why = |n: usize| {
        let tube = &missing["open"][n];
        [&tube["tube"]["identifier"], &tube["why"], &tube["last_with"]].map(|value| value.as_str().unwrap().to_owned())
    };
    assert_eq!(why(0), [lost.as_str(), "missed", "Tiro Pheko"], "{missing}");
    assert_eq!(why(1), [late.as_str(), "overdue", "Lesedi"], "{missing}");
    assert_eq!(missing["people"], json!(["Kago Sello"]));
    let chase = |tube: &str, conclusion: Value| json!({"tube": tube, "owner": "Kago Sello", "note": "asked the driver", "conclusion": conclusion});
    let now = lab.ok("chase_tube", chase(&lost, Value::Null)).await;
    assert_eq!((&now["open"][0]["owner"], &now["open"][0]["note"]), (&json!("Kago Sello"), &json!("asked the driver")));
    let now = lab.ok("chase_tube", chase(&late, json!("never_drawn"))).await;
    assert_eq!(now["given_up"][0]["tube"]["identifier"], late.as_str(), "{now}");
    assert_eq!(lab.refused("chase_tube", chase(&late, json!("eaten"))).await, "bad_arguments");

    let next = lab.begin(&[]).await;
    assert_eq!(lab.refused("see_tube", Lab::seen(&next, &lost)).await, "found_tube");
    let args = json!({"transfer": next["row"]["transfer"]["id"], "tubes": [lost]});
    let next = lab.ok("add_late_tubes", args).await;
    lab.ok("see_tube", Lab::seen(&next, &lost)).await;
    lab.both_sign(&next).await;
    let now = lab.ok("missing_tubes", json!({})).await;
    let found = &now["found"][0];
    assert_eq!((&found["tube"]["identifier"], &found["state"]), (&json!(lost), &json!("received")), "{now}");
    assert!(lab.outcomes().await.contains(&(lost, TubeState::Received, None)));
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_are_of_two_people_with_their_own_passphrases() {
    let lab = Lab::open().await;
    lab.clinic.server.set_account("Lesedi M", "research_assistant", PASSPHRASE, &By::operator()).unwrap();
    let begun = lab.begin(&[]).await;
    let id = &begun["row"]["transfer"]["id"];
    let sign = |side: &str, account: Value, passphrase: &str| json!({"transfer": id, "side": side, "name": "T P", "passphrase": passphrase, "account": account});
    assert_eq!(lab.refused("sign_handover", sign("giver", Value::Null, PASSPHRASE)).await, "unknown_giver");
    assert_eq!(
        lab.refused("sign_handover", sign("giver", json!("Tiro Pheko"), "wrong wrong")).await,
        "wrong_passphrase"
    );
    assert_eq!(lab.refused("sign_handover", sign("taker", json!("Tiro Pheko"), PASSPHRASE)).await, "not_allowed");
    lab.ok("sign_handover", sign("taker", Value::Null, PASSPHRASE)).await;
    assert_eq!(lab.refused("sign_handover", sign("giver", json!("Kago Sello"), PASSPHRASE)).await, "same_person");
    let closed = lab.ok("sign_handover", sign("giver", json!("Lesedi M"), PASSPHRASE)).await;
    assert_eq!(closed["row"]["state"], "closed", "an assistant who walks in signs too");
    let users: Vec<&str> =
        closed["signatures"].as_array().unwrap().iter().map(|one| one["user"].as_str().unwrap()).collect();
    assert_eq!(users.len(), 2);
    assert!(users.contains(&"Lesedi M") && users.contains(&"Kago Sello"), "{users:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_sees_the_road_without_people_and_the_laboratory_no_identities() {
    let mut lab = Lab::open().await;
    let code = lab.draw(1);
    let transfer = lab.on_the_road(1, &[&code]).await;
    lab.begin(&[]).await;
    let driver = {
        let args = json!({"user": "Tiro Pheko", "passphrase": PASSPHRASE});
        let cookie = lab.clinic.page(None, "server_sign_in", args).await.1.unwrap();
        cookie.split(';').next().unwrap().to_owned()
    };
    let road = lab.clinic.page(Some(&driver), "arriving", json!({})).await.0;
    assert_eq!(road["ok"]["deliveries"][0]["tubes"][0]["identifier"], code.as_str(), "{road}");
    assert!(!road.to_string().contains("066-40"), "no participant: {road}");
    assert_eq!(road["ok"]["open"], json!([]));

    let args = |command: &str| match command {
        "begin_delivery" => json!({"giver": "x", "place": "x", "transfers": [], "tubes": []}),
        "handover" | "cancel_handover" => json!({"transfer": transfer.to_string(), "reason": "x"}),
        "report" | "report_csv" => json!({"from": "2026-03-02", "to": "2026-03-02", "by": "day"}),
        "server_record" | "server_history" => json!({"id": record(2).to_string()}),
        "server_list" => {
            json!({"model": "consent", "parent": null, "text": "", "with_void": true, "offset": 0, "limit": 9})
        }
        "findings" => json!({"offset": 0, "limit": 9}),
        _ => json!({}),
    };
    let laboratory = ["begin_delivery", "handovers", "received_tubes", "missing_tubes", "report", "report_csv"];
    let desk = ["devices", "held", "conflicts", "forks", "findings", "server_list", "server_record", "server_history"];
    for command in laboratory.into_iter().chain(desk) {
        let refused = lab.clinic.page(Some(&driver), command, args(command)).await.0;
        assert_eq!(refused["failure"]["code"], "not_allowed", "a driver: {command}: {refused}");
    }
    for command in desk {
        assert_eq!(lab.refused(command, args(command)).await, "not_allowed", "{command}");
    }
    for command in laboratory.into_iter().chain(["arriving", "server_forms"]) {
        let said = lab.ok(command, args(command)).await.to_string();
        for secret in [CANARY, "203421975", "74628745", "1980-05-06"] {
            assert!(!said.contains(secret), "{command} tells {secret}");
        }
    }
    // Hand-overs between assistants and drivers are none of the desk's to change.
    assert_eq!(lab.refused("handover", args("handover")).await, "not_found");
    assert_eq!(lab.refused("cancel_handover", args("cancel_handover")).await, "not_found");
    let state = lab.ok("server_state", json!({})).await;
    assert_eq!((&state["areas"], &state["counts"]), (&json!(["laboratory"]), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_work_at_one_delivery_count_each_tube_once() {
    let mut lab = Lab::open().await;
    let codes: Vec<String> = (1..=7).map(|n| lab.draw(n)).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let transfer = lab.on_the_road(1, &codes).await;
    let begun = lab.begin(&[]).await;
    assert_eq!(
        lab.refused(
            "begin_delivery",
            json!({"giver": "x", "place": "x", "transfers": [record(9).to_string()], "tubes": []})
        )
        .await,
        "not_on_the_road"
    );
    let id = &begun["row"]["transfer"]["id"];
    let late = codes.iter().map(|code| lab.call("add_late_tubes", json!({"transfer": id, "tubes": [code]})));
    let joined = futures_util::future::join_all(late).await;
    assert!(joined.iter().all(|answer| answer.get("ok").is_some()), "{joined:?}");
    let twice = codes.iter().chain(&codes).map(|code| lab.call("see_tube", Lab::seen(&begun, code)));
    let seen = futures_util::future::join_all(twice).await;
    let again = seen.iter().filter(|answer| answer["failure"]["code"] == "seen_already").count();
    assert_eq!(again, codes.len(), "{seen:?}");
    let now = lab.ok("handover", json!({"transfer": id})).await;
    let balance = &now["row"]["balance"];
    assert_eq!(
        (&balance["expected"], &balance["matched"], &balance["even"]),
        (&json!(7), &json!(7), &json!(true)),
        "{now}"
    );
    let again = json!({"giver": "x", "place": "x", "transfers": [transfer.to_string()], "tubes": []});
    assert_eq!(lab.refused("begin_delivery", again).await, "not_on_the_road");
}
