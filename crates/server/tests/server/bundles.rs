use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde_json::json;
use tsela_core::{
    api::{DigestAnswer, EntriesAnswer},
    chain::Head,
    entry::Op,
    ids::RecordId,
    receipt::{Acknowledgement, CarrierReceipt, Gap, OutcomeKind},
};
use tsela_server::admin::By;
use uuid::Uuid;

use crate::{
    clinic::{Clinic, MINUTE},
    laptop::{Laptop, code_of},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_is_stored_folded_and_acknowledged() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    for n in 1..=3 {
        lesedi.household(n, &n.to_string(), clinic.now());
    }
    let receipt = lesedi.push(&clinic, 0).await;
    let stream = receipt.stream(lesedi.codes[0]).unwrap();
    assert_eq!(stream.stored(), lesedi.head());
    assert_eq!(stream.applied(), lesedi.head());
    let head = lesedi.head();
    let confirmed = stream.acknowledgement(3, |seq| (seq == 3).then_some(head.hash));
    assert_eq!(confirmed, Acknowledgement::Confirmed(3));
    assert_eq!((receipt.number, receipt.bundles.len(), receipt.streams.len()), (1, 1, 4));
    let digest: DigestAnswer = lesedi.get(&clinic, "/v1/digest").await.json().await.unwrap();
    assert_eq!((digest.total.count, digest.models["household"].count), (3, 3));
    let device = clinic.server.devices().unwrap().remove(0);
    assert_eq!((device.last_sent.as_str(), device.users[0].as_str()), ("3 entries, A05 1–3", "Lesedi"));
    assert_eq!(device.clock_drift_seconds, Some(-3 * 60 * 60), "the laptop's clock is three hours ahead");
    assert_eq!(lesedi.receipts(&clinic, 0).await, std::slice::from_ref(&receipt));
    assert_eq!(lesedi.receipts(&clinic, 1).await, [], "no news");
    // A laptop put back to before its first receipt is told again where the server stands.
    let again = lesedi.receipts(&clinic, 0).await;
    assert_eq!((again.len(), again[0].number, &again[0].streams), (1, 2, &receipt.streams));
    assert_eq!(lesedi.receipts(&clinic, 99).await, [], "a number of another life changes nothing");
    assert_eq!(lesedi.receipts(&clinic, 1).await, again);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_copies_at_once_make_one() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    lesedi.household(1, "1", clinic.now());
    let bundle = lesedi.bundle(0);
    let copies = futures_five(&lesedi, &clinic, &bundle).await;
    assert!(copies.iter().all(|(status, _)| *status == StatusCode::OK), "{copies:?}");
    let receipts: Vec<_> = copies.iter().map(|(_, body)| lesedi.open(body)).collect();
    assert!(receipts.iter().all(|receipt| receipt == &receipts[0]), "one receipt");
    assert_eq!(receipts[0].number, 1);
    let stored: (i64, i64) = clinic
        .server
        .store()
        .read(|conn| {
            Ok(conn.query_row(
                "SELECT (SELECT count(*) FROM bundle), (SELECT count(*) FROM entry e JOIN stream s \
                ON s.id = e.id >> 40 WHERE s.code = 'A05')",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?)
        })
        .unwrap();
    assert_eq!(stored, (1, 1));
    // And once more, after the laptop has said that it has the receipt and the server has forgotten it.
    lesedi.receipts(&clinic, 1).await;
    let later = lesedi.put(&clinic, &bundle).await.bytes().await.unwrap();
    let later = lesedi.open(&later);
    assert_eq!((later.number, later.stream(lesedi.codes[0]).unwrap().stored_through), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_broke_off_goes_on_from_where_it_was_cut() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    for n in 1..=20 {
        lesedi.household(n, &n.to_string(), clinic.now());
    }
    let bundle = lesedi.bundle(0);
    let cut = bundle.len() / 2;
    assert_eq!(lesedi.held(&clinic, &bundle).await, 0);
    lesedi.put_and_break_off(&clinic, &bundle, &bundle, cut).await;
    assert_eq!(lesedi.held(&clinic, &bundle).await, cut);
    let other = Laptop::enrol(&clinic, 2, "Thabo").await;
    assert_eq!(other.held(&clinic, &bundle).await, 0, "a part is its device's alone");
    let elsewhere = lesedi.patch(&clinic, &bundle, cut - 1).await;
    assert_eq!(elsewhere.status(), StatusCode::CONFLICT);
    assert_eq!(elsewhere.json::<serde_json::Value>().await.unwrap()["code"], "upload_offset");
    let answer = lesedi.patch(&clinic, &bundle, cut).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let receipt = lesedi.open(&answer.bytes().await.unwrap());
    assert_eq!(receipt.stream(lesedi.codes[0]).unwrap().stored(), lesedi.head());
    assert_eq!(lesedi.held(&clinic, &bundle).await, 0, "it is stored and no part any more");
    let digest: DigestAnswer = lesedi.get(&clinic, "/v1/digest").await.json().await.unwrap();
    assert_eq!(digest.total.count, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_was_changed_on_the_way_is_refused_whole_and_can_be_sent_anew() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    lesedi.household(1, "1", clinic.now());
    let bundle = lesedi.bundle(0);
    let cut = bundle.len() / 2;
    let mut changed = bundle.clone();
    changed[cut / 2] ^= 1;
    lesedi.put_and_break_off(&clinic, &bundle, &changed, cut).await;
    assert_eq!(lesedi.patch(&clinic, &bundle, cut).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(lesedi.put(&clinic, &bundle).await.status(), StatusCode::OK);
}

async fn futures_five(laptop: &Laptop, clinic: &Clinic, bundle: &[u8]) -> Vec<(StatusCode, Vec<u8>)> {
    let put = || async {
        let response = laptop.put(clinic, bundle).await;
        (response.status(), response.bytes().await.unwrap().to_vec())
    };
    let (a, b, c, d, e) = tokio::join!(put(), put(), put(), put(), put());
    vec![a, b, c, d, e]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_asked_for_and_nothing_behind_it_is_stored() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    for n in 1..=5 {
        lesedi.household(n, &n.to_string(), clinic.now());
    }
    let receipt = lesedi.push(&clinic, 3).await;
    let stream = receipt.stream(lesedi.codes[0]).unwrap();
    assert_eq!((stream.stored_through, &stream.gaps), (0, &vec![Gap { from: 1, to: 3 }]));
    let receipt = lesedi.push(&clinic, 0).await;
    let stream = receipt.stream(lesedi.codes[0]).unwrap();
    assert_eq!((stream.stored_through, stream.gaps.len()), (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_quarantined_and_shown() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    lesedi.household(1, "1", clinic.now());
    lesedi.household(2, "2", clinic.now());
    lesedi.push(&clinic, 0).await;
    lesedi.roll_back(1);
    lesedi.household(3, "other", clinic.now());
    let receipt = lesedi.push(&clinic, 0).await;
    assert_eq!(receipt.outcomes.iter().map(|o| (o.kind, o.dot.seq)).collect::<Vec<_>>(), [(OutcomeKind::Forked, 2)]);
    let head = lesedi.head();
    let said = receipt.stream(lesedi.codes[0]).unwrap();
    assert_eq!(said.acknowledgement(2, |_| Some(head.hash)), Acknowledgement::OtherHistory);
    let forks = clinic.server.forks().unwrap();
    assert_eq!((forks.len(), forks[0].seq, forks[0].device.as_str()), (1, 2, "laptop 1"));
    assert_eq!(clinic.server.counts().unwrap().forks, 1);
    assert_eq!(clinic.server.devices().unwrap()[0].streams[0].state, "forked");
}

/// A driver brings what continues the other version: it need not carry it for ever.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_brought_of_a_forked_stream_is_taken_from_the_driver() {
    let clinic = Clinic::open().await;
    let driver = Laptop::enrol_as(&clinic, 9, "Kago", "carrier").await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    for n in 1..=4 {
        lesedi.household(n, &n.to_string(), clinic.now());
    }
    let (first, rest) = (lesedi.bundle(0), lesedi.bundle(3));
    lesedi.roll_back(0);
    lesedi.household(5, "other", clinic.now());
    lesedi.push(&clinic, 0).await;
    assert_eq!(code_of(driver.put(&clinic, &rest).await).await.1, "gap");
    assert_eq!(driver.put(&clinic, &first).await.status(), 200);
    assert_eq!(driver.put(&clinic, &rest).await.status(), 200);
    assert_eq!(clinic.server.kept_entries(lesedi.codes[0]).unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_this_version_does_not_know_is_held_shown_with_its_age_and_the_rest_goes_on() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let at = clinic.now();
    lesedi.household(1, "1", at);
    lesedi.write(Op::Insert, "autopsy", RecordId(Uuid::from_u128(8)), json!({"finding": "KEFILWE"}), at);
    lesedi.write_seeing(
        Op::Insert,
        "household",
        99,
        RecordId(Uuid::from_u128(9)),
        json!({"plot": "KEFILWE"}),
        BTreeMap::new(),
        at,
    );
    lesedi.household(2, "2", at);
    let receipt = lesedi.push(&clinic, 0).await;
    let stream = receipt.stream(lesedi.codes[0]).unwrap();
    assert_eq!((stream.stored_through, stream.applied_through), (4, 1));
    let outcomes: Vec<_> = receipt.outcomes.iter().map(|o| (o.kind, o.dot.seq, o.code.as_str())).collect();
    assert_eq!(outcomes, [(OutcomeKind::Held, 2, "unknown_model"), (OutcomeKind::Held, 3, "newer_version")]);
    clinic.pass(90 * MINUTE);
    let held = clinic.server.held().unwrap();
    assert_eq!(held.iter().map(|h| (h.seq, h.age_seconds)).collect::<Vec<_>>(), [(2, 5400), (3, 5400)]);
    assert!(held.iter().all(|h| h.reason.contains("upgrade") && !h.reason.contains("KEFILWE")), "{held:?}");
    let digest: DigestAnswer = lesedi.get(&clinic, "/v1/digest").await.json().await.unwrap();
    assert_eq!(digest.total.count, 2, "the entry behind them is folded");
}

#[tokio::test(flavor = "multi_thread")]
async fn held_entries_fold_by_themselves_after_an_upgrade_and_the_device_is_told() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    lesedi.household(1, "1", clinic.now());
    lesedi.push(&clinic, 0).await;
    // As an older version would have left it: held for a model that this version knows.
    let hold = "INSERT INTO held SELECT e.id, e.id >> 40, e.record, 'unknown_model', 'as by an older version', 1 \
                FROM entry e JOIN stream s ON s.id = e.id >> 40 WHERE s.code = 'A05'";
    clinic.server.store().write(|tx| Ok(tx.execute(hold, [])?)).unwrap();
    assert_eq!(lesedi.receipts(&clinic, 1).await[0].stream(lesedi.codes[0]).unwrap().applied_through, 0);
    let (dir, clock) = clinic.close().await;
    let clinic = Clinic::reopen(dir, clock).await;
    assert!(clinic.server.held().unwrap().is_empty());
    let receipts = lesedi.receipts(&clinic, 2).await;
    assert_eq!((receipts.len(), receipts[0].stream(lesedi.codes[0]).unwrap().applied_through), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_changed_comes_with_the_next_receipt_and_a_resolve_closes_it_everywhere() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let mut thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    let record = lesedi.household(1, "1", clinic.now());
    lesedi.push(&clinic, 0).await;
    thabo.write(Op::Update, "household", record, json!({"plot": "2"}), clinic.now().plus_millis(1));
    let told = thabo.push(&clinic, 0).await;
    assert_eq!(told.changed.len(), 1, "nobody had told him what she wrote before");
    let receipts = lesedi.receipts(&clinic, 1).await;
    assert_eq!((receipts.len(), receipts[0].changed.len()), (1, 1));
    let fold: tsela_core::fold::RecordState = serde_json::from_value(receipts[0].changed[0].clone()).unwrap();
    assert_eq!(fold.conflicts()[0].candidates.len(), 2);
    assert_eq!(lesedi.receipts(&clinic, 2).await, [], "told once");

    let conflicts = clinic.server.conflicts().unwrap();
    assert!(conflicts[0].authors.values().any(|who| who == "Thabo, laptop 2"), "{:?}", conflicts[0].authors);
    let by = By::operator();
    assert!(clinic.server.resolve(record, "plot", json!("2"), " ", &by).is_err(), "no reason");
    clinic.server.resolve(record, "plot", json!("2"), "seen on the gate", &by).unwrap();
    assert!(clinic.server.resolve(record, "plot", json!("1"), "again", &by).is_err(), "no conflict any more");
    for (laptop, after) in [(&lesedi, 2), (&thabo, 1)] {
        let receipt = laptop.receipts(&clinic, after).await.remove(0);
        let fold: tsela_core::fold::RecordState = serde_json::from_value(receipt.changed[0].clone()).unwrap();
        assert_eq!((fold.conflicts().len(), fold.text("plot")), (0, Some("2")));
    }
    let report = clinic.server.store().read(tsela_store::verify::verify).unwrap();
    assert!(report.clean, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_told_in_a_receipt_that_was_lost_is_told_again() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let mut thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    let record = lesedi.household(1, "1", clinic.now());
    lesedi.push(&clinic, 0).await;
    thabo.write(Op::Update, "household", record, json!({"plot": "2"}), clinic.now());
    thabo.push(&clinic, 0).await;
    assert_eq!(lesedi.receipts(&clinic, 1).await[0].changed.len(), 1, "and say that this answer is lost");
    lesedi.household(2, "2", clinic.now());
    let next = lesedi.push(&clinic, 1).await;
    assert_eq!((next.number, next.changed.len()), (3, 1), "it continues what receipt 1 or 2 said: 1 at least was seen");
    lesedi.household(3, "3", clinic.now());
    let next = lesedi.push(&clinic, 2).await;
    assert_eq!((next.number, next.changed.len()), (4, 0), "it continues what only receipt 3 said");
    let kept: i64 = clinic
        .server
        .store()
        .read(|conn| {
            Ok(conn.query_row(
                "SELECT count(*) FROM receipt WHERE incarnation = 1 AND length(sealed) > 0",
                [],
                |r| r.get(0),
            )?)
        })
        .unwrap();
    assert_eq!(kept, 2, "Thabo's one and Lesedi's newest: a long push leaves no heap of receipts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_that_lost_what_it_had_been_told_of_changes_is_told_again() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let mut thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    let record = lesedi.household(1, "1", clinic.now());
    lesedi.push(&clinic, 0).await;
    thabo.write(Op::Update, "household", record, json!({"plot": "2"}), clinic.now());
    thabo.push(&clinic, 0).await;
    assert_eq!(lesedi.receipts(&clinic, 1).await[0].changed.len(), 1);
    lesedi.household(2, "2", clinic.now());
    assert_eq!(lesedi.push(&clinic, 1).await.number, 3);
    assert_eq!(lesedi.receipts(&clinic, 3).await, [], "it has all three");

    // Restored from a backup of before, or a copy that was left behind: it has the first receipt alone.
    let again = lesedi.receipts(&clinic, 1).await;
    assert_eq!(again.iter().map(|receipt| receipt.changed.len()).collect::<Vec<_>>(), [1], "{again:?}");
    assert_eq!(lesedi.receipts(&clinic, again[0].number).await, [], "told once more, and not for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_gets_its_own_entries_back_and_nobody_elses() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    lesedi.household(1, "1", clinic.now());
    lesedi.household(2, "2", clinic.now());
    lesedi.push(&clinic, 0).await;
    lesedi.household(3, "3", clinic.now());
    lesedi.push(&clinic, 2).await;
    let path = format!("/v1/streams/{}/entries", lesedi.codes[0]);
    let answer: EntriesAnswer = lesedi.get(&clinic, &path).await.json().await.unwrap();
    assert_eq!(answer.runs.iter().map(|run| run.entries.len()).collect::<Vec<_>>(), [2, 1]);
    let mut head = Head::empty(lesedi.study, lesedi.device, lesedi.codes[0]);
    for run in &answer.runs {
        head = run.entries.iter().fold(head, |head, entry| head.after(entry.as_bytes()));
        assert_eq!(run.head.head, head);
        run.head.verify(lesedi.study, lesedi.codes[0], &lesedi.signing.verify_key()).unwrap();
    }
    let rest: EntriesAnswer = lesedi.get(&clinic, &format!("{path}?after=1")).await.json().await.unwrap();
    assert_eq!((rest.runs[0].first_seq, rest.runs[0].entries.len(), rest.more), (2, 1, false));
    assert_eq!(code_of(thabo.get(&clinic, &path).await).await, (404, "not_found".into()));
    let digest = format!("/v1/digest?streams={}", lesedi.codes[0]);
    assert_eq!(code_of(thabo.get(&clinic, &digest).await).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn bundles_that_are_not_right_are_refused_and_leave_nothing() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let mut thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    lesedi.household(1, "1", clinic.now());
    let good = lesedi.bundle(0);
    let id = tsela_core::bundle::BundleId::of(&good).to_string();
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    assert_eq!(code_of(lesedi.put_as(&clinic, &id, &flipped).await).await, (422, "bad_bundle".into()));
    assert_eq!(code_of(lesedi.put(&clinic, &flipped).await).await, (422, "bad_bundle".into()));
    assert_eq!(code_of(lesedi.put_as(&clinic, "nonsense", &good).await).await, (400, "bad_request".into()));
    assert_eq!(code_of(thabo.put(&clinic, &good).await).await, (422, "bad_bundle".into()), "packed by another");
    // Thabo signs a bundle of his own with entries for Lesedi's stream, and one that names Lesedi as their author.
    let (entries, stream, head) = (lesedi.entries.clone(), lesedi.codes[0], lesedi.head());
    for device in [thabo.device, lesedi.device] {
        let stolen = thabo.bundle_of(stream, device, 1, entries.clone(), head);
        assert_eq!(code_of(thabo.put(&clinic, &stolen).await).await, (422, "bad_bundle".into()));
    }
    // Entries that do not lead to the signed head.
    let wrong = lesedi.bundle_of(
        stream,
        lesedi.device,
        1,
        entries,
        Head { seq: 1, hash: tsela_core::chain::ChainHash([9; 32]) },
    );
    assert_eq!(code_of(lesedi.put(&clinic, &wrong).await).await, (422, "bad_bundle".into()));
    let counted: i64 = clinic
        .server
        .store()
        .read(|conn| Ok(conn.query_row("SELECT count(*) FROM bundle", [], |r| r.get(0))?))
        .unwrap();
    assert_eq!(counted, 0);
    assert_eq!(lesedi.put(&clinic, &good).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_carrier_brings_too_early_stays_with_it_and_what_is_there_is_answered_anew() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let driver = Laptop::enrol_as(&clinic, 2, "Tiro", "carrier").await;
    lesedi.household(1, "1", clinic.now());
    let first = lesedi.bundle(0);
    lesedi.household(2, "2", clinic.now());
    let second = lesedi.bundle(1);
    assert_eq!(code_of(driver.put(&clinic, &second).await).await, (409, "gap".into()));
    let mut numbers = Vec::new();
    // The same again, as another driver or the author has brought it before: a receipt of now, for this carrier to read.
    for bundle in [&first, &second, &first] {
        let answer = driver.put(&clinic, bundle).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let receipt = answer.bytes().await.unwrap();
        let part = CarrierReceipt::open(&receipt, &driver.server, std::slice::from_ref(&driver.sealing)).unwrap();
        assert_eq!((part.device, part.bundles), (lesedi.device, vec![tsela_core::bundle::BundleId::of(bundle)]));
        numbers.push(part.number);
        assert_eq!(lesedi.open(&receipt).streams[0].stored_through, numbers.len().min(2) as u64);
    }
    assert_eq!(numbers, [1, 2, 3]);
    // None of them is known to have come to its laptop, whatever was brought after it.
    let waiting = lesedi.receipts(&clinic, 0).await;
    assert_eq!(waiting.iter().map(|receipt| receipt.number).collect::<Vec<_>>(), [1, 2, 3]);
}
