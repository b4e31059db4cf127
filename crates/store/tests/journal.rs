//! What is saved is there, once, in order, and can be derived again.

mod common;

use common::{Peer, sample, study};
use serde_json::json;
use tsela_core::{
    entry::Fields,
    ids::{DeviceId, Incarnation, RecordId},
    manifest::TubeState,
    receipt::{Receipt, StreamReceipt, TubeOutcome},
};
use tsela_store::{
    acks::{self, Peer as Server},
    journal::{Change, ChangeOp},
    lines::Names,
    outgoing, projection, records, search, streams, tube_outcomes,
};

#[test]
fn the_sample_day_is_entered_and_verified() {
    let lesedi = Peer::new('A');
    let saved = lesedi.enter(&sample("shift.jsonl"));
    assert_eq!(saved.len(), 252);
    assert_eq!((saved[251].stream.as_str(), saved[251].seq), ("A01", 252));
    lesedi.assert_clean();
    let unsent = lesedi.store.read(outgoing::unsent).unwrap();
    assert_eq!((unsent.records, unsent.entries), (251, 252));
    assert_eq!(unsent.by_model["participant"], 25);
    let findings = lesedi.store.read(|conn| records::all_findings(conn, 0, 10)).unwrap();
    assert_eq!(findings.0, 0, "{findings:?}");
}

#[test]
fn identifiers_are_printed_once_and_checked() {
    let lesedi = Peer::new('A');
    lesedi.enter(&sample("shift.jsonl"));
    let keys: Vec<String> = lesedi
        .store
        .read(|conn| {
            let mut statement = conn.prepare(
                "SELECT value FROM place WHERE kind = 2 AND name IN ('household', 'participant', 'requisition', 'specimen')",
            )?;
            Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?)
        })
        .unwrap();
    let unique: std::collections::BTreeSet<&String> = keys.iter().collect();
    assert_eq!((keys.len(), unique.len()), (128, 128));
    assert!(keys.iter().all(|key| tsela_core::alphabet::is_consistent(key)), "{keys:?}");
}

#[test]
fn the_projection_is_rebuilt_byte_for_byte() {
    let lesedi = Peer::new('A');
    lesedi.enter(&sample("shift.jsonl"));
    let before = (lesedi.projection(), lesedi.entries());
    lesedi.store.write(|tx| projection::rebuild(tx, &lesedi.packages)).unwrap();
    assert!(before == (lesedi.projection(), lesedi.entries()));
    let found = lesedi.store.read(|conn| search::search(conn, "oteng", &[], 9)).unwrap();
    assert!(!found.is_empty(), "the words are indexed again");
}

#[test]
fn what_is_saved_is_found_at_once_indexed_or_not() {
    let lesedi = Peer::new('A');
    let search = |text: &str, model: &[&str]| lesedi.store.read(|conn| search::search(conn, text, model, 9)).unwrap();
    let mut names = Names::default();
    let mut newest = Vec::new();
    // More saves than the index waits for, so that it catches up on the way.
    for line in sample("shift.jsonl").lines() {
        let saved = lesedi.enter_line(&mut names, line).unwrap();
        let record = lesedi.store.read(|conn| records::get(conn, saved.records[0])).unwrap().unwrap();
        if let Some(code) = record.state.text("subject_identifier") {
            assert_eq!(search(code, &["participant"]), [record.state.id], "{code}");
            newest.push(record.state.id);
        }
    }
    let (first, last) = (newest[0], newest[newest.len() - 1]);
    for (id, name) in [(first, "Nàme"), (last, "Wezi")] {
        let old = lesedi.store.read(|conn| records::get(conn, id)).unwrap().unwrap().state;
        let initials: String = name.chars().take(1).chain(old.text("initials").unwrap().chars().skip(1)).collect();
        let set = [("first_name", name), ("initials", &initials)].map(|(field, text)| (field.to_owned(), json!(text)));
        let change = Change {
            op: ChangeOp::Update,
            model: "participant".into(),
            record: id,
            set: set.into(),
            reason: Some("as on the card".into()),
            source: None,
        };
        lesedi.save(lesedi.fresh(), &[change]).unwrap();
        assert_eq!(search(&name.to_lowercase(), &["participant"]), [id], "{name}");
        let by_old = format!("{} {}", old.text("first_name").unwrap(), old.text("subject_identifier").unwrap());
        assert!(search(&by_old, &[]).is_empty(), "{by_old}");
    }
    assert_eq!(search("name", &["participant"]), [first], "without its accent");
    let before = search("o", &[]);
    lesedi.store.write(|tx| projection::rebuild(tx, &lesedi.packages)).unwrap();
    assert_eq!(search("o", &[]), before);
    assert_eq!((search("wezi", &[]), search("namE", &["participant"])), (vec![last], vec![first]));
}

#[test]
fn a_server_holds_the_same_after_any_cut_repetition_and_order() {
    let lesedi = Peer::new('A');
    lesedi.enter(&sample("shift.jsonl"));
    let clinic = Peer::new('S');
    let runs = lesedi.runs("A01", 0, 8 * 1024);
    assert!(runs.len() > 10);
    assert_eq!(clinic.take(&runs[3]).gap, Some((1, runs[2].last_seq())));
    for (i, run) in runs.iter().enumerate() {
        let taken = clinic.take(run);
        assert_eq!((taken.stored, taken.new_entries), (run.head.head, run.entries.len() as u64));
        assert_eq!(clinic.take(&runs[i / 2]).new_entries, 0, "again changes nothing");
    }
    assert_eq!(lesedi.digest(None), clinic.digest(Some(&["A01"])));
    assert_eq!(lesedi.projection(), clinic.projection());
    clinic.assert_clean();
}

#[test]
fn records_judged_while_they_are_written_have_the_same_findings() {
    let (lesedi, thabo) = (Peer::new('A'), Peer::new('T'));
    let (alone, beside) = (Peer::new('S'), Peer::new('S'));
    // The same people entered on two laptops: each is a possible duplicate of one that is stored already.
    for (laptop, code) in [(&lesedi, "A01"), (&thabo, "T01")] {
        laptop.enter(&sample("shift.jsonl"));
        let run = laptop.runs(code, 0, usize::MAX).remove(0);
        assert!(run.entries.len() > 200, "enough for a second thread");
        let (one, other) = (alone.take(&run), beside.take_beside(&run));
        assert_eq!(one, other);
        assert_eq!(one.begun, one.touched, "nobody else has written to them");
    }
    let found = beside.store.read(|conn| records::all_findings(conn, 0, 10)).unwrap();
    assert!(found.0 >= 50, "both of each pair: {found:?}");
    assert_eq!(alone.projection(), beside.projection());
    beside.store.write(|tx| projection::rebuild(tx, &beside.packages)).unwrap();
    assert_eq!(alone.projection(), beside.projection(), "and the same when all is judged at once");
    beside.assert_clean();
}

#[test]
fn another_version_of_a_stored_entry_is_a_fork() {
    let (lesedi, clinic) = (Peer::new('A'), Peer::new('S'));
    lesedi.enter(&sample("shift.jsonl"));
    let clone = Peer::new('A');
    clone.enter(&sample("campaign.jsonl").lines().take(100).collect::<Vec<_>>().join("\n"));
    for run in lesedi.runs("A01", 0, 20_000) {
        clinic.take(&run);
    }
    let before = clinic.projection();
    let taken = clinic.take(&clone.runs("A01", 0, usize::MAX)[0]);
    assert_eq!(taken.fork, Some(1));
    assert_eq!(before, clinic.projection(), "nothing of the fork is folded");
    let kept: i64 =
        clinic.store.read(|c| Ok(c.query_row("SELECT count(*) FROM quarantine", [], |r| r.get(0))?)).unwrap();
    assert_eq!(kept, 100);
    clinic.assert_clean();
}

#[test]
fn entries_that_do_not_lead_to_the_signed_head_are_refused_whole() {
    let (lesedi, clinic) = (Peer::new('A'), Peer::new('S'));
    lesedi.enter(&sample("shift.jsonl"));
    let mut run = lesedi.runs("A01", 0, 20_000).remove(0);
    run.entries[4] =
        String::from_utf8(run.entries[4].clone()).unwrap().replace("tsela/0.1.0", "tsela/0.1.1").into_bytes();
    clinic.try_take(&run).unwrap_err();
    assert!(clinic.projection().is_empty());
}

#[test]
fn what_a_server_cannot_read_is_held_with_its_save_and_the_rest_goes_on() {
    let (lesedi, clinic) = (Peer::new('A'), Peer::new('S'));
    let saved = lesedi.enter(&sample("shift.jsonl").lines().take(3).collect::<Vec<_>>().join("\n"));
    // A newer laptop's entries: the same stream goes on with a model that this server does not know.
    let mut run = lesedi.runs("A01", 0, usize::MAX).remove(0);
    run.entries[1] =
        String::from_utf8(run.entries[1].clone()).unwrap().replace("household_visit", "household_aerial").into_bytes();
    let mut head = tsela_core::chain::Head::empty(study(), lesedi.device, "A01".parse().unwrap());
    for bytes in &run.entries {
        head = head.after(bytes);
    }
    run.head.head = head;
    let taken = clinic.take(&run);
    assert_eq!(taken.held.len(), 1);
    assert_eq!((taken.held[0].seq, taken.held[0].code.as_str()), (2, "unknown_model"));
    assert_eq!((taken.stored.seq, taken.applied), (3, 1));
    assert!(taken.touched.contains(&saved[2].records[0]), "the save behind it is folded");
    clinic.assert_clean();
}

#[test]
fn a_file_is_entered_again_without_effect() {
    let lesedi = Peer::new('A');
    let id = lesedi.fresh();
    let insert = json!({"model": "household", "id": id, "ref": "h", "set": {"community": "Otse", "status": "enumerated", "gps_lat": "-24.70", "gps_lon": "25.68", "gps_accuracy_m": 8, "section": "S1", "plot": "1"}});
    let update = json!({"op": "update", "model": "household", "id": lesedi.fresh(), "record": "@h", "set": {"plot": "2"}, "reason": "mistyped"});
    let again = json!({"op": "update", "model": "household", "id": lesedi.fresh(), "record": "@h", "set": {"plot": "3"}, "reason": "moved"});
    let file = [insert, update, again].map(|line| line.to_string()).join("\n");
    assert!(lesedi.enter(&file).iter().all(|saved| !saved.repeated));
    let before = lesedi.projection();
    let saved = lesedi.enter(&file);
    assert!(saved.iter().all(|saved| saved.repeated), "{saved:?}");
    assert_eq!((saved[0].stream.as_str(), saved[0].seq), ("A01", 1));
    assert_eq!(before, lesedi.projection());
    let other =
        json!({"model": "household", "id": id, "set": {"community": "Ranaka", "status": "enumerated"}}).to_string();
    lesedi.enter_line(&mut Names::default(), &other).unwrap_err();
}

#[test]
fn a_save_is_written_whole_or_not_at_all() {
    let lesedi = Peer::new('A');
    let (good, bad) = (RecordId(lesedi.fresh()), RecordId(lesedi.fresh()));
    let change = |record, set: serde_json::Value| Change {
        op: ChangeOp::Insert,
        model: "household".into(),
        record,
        set: serde_json::from_value::<Fields>(set).unwrap(),
        reason: None,
        source: None,
    };
    let fine = json!({"community": "Otse", "status": "enumerated", "gps_lat": "-24.70", "gps_lon": "25.68", "gps_accuracy_m": 8});
    let changes = [change(good, fine.clone()), change(bad, json!({"community": "Atlantis"}))];
    let refused = lesedi.save(lesedi.fresh(), &changes).unwrap_err();
    let tsela_store::journal::SaveError::Refused(problems) = refused else { panic!("{refused}") };
    assert!(problems[0].is_empty() && !problems[1].is_empty());
    assert!(lesedi.projection().is_empty());
    let saved = lesedi.save(lesedi.fresh(), &changes[..1]).unwrap();
    assert_eq!(saved.seq, 1);
    let key: String =
        lesedi.store.read(|c| Ok(c.query_row("SELECT value FROM place WHERE kind = 2", [], |r| r.get(0))?)).unwrap();
    assert!(key.contains("A01-0001"), "{key}: no number was lost to the refused save");
}

#[test]
fn the_database_refuses_to_change_an_entry() {
    let lesedi = Peer::new('A');
    lesedi.enter(&sample("shift.jsonl").lines().take(1).collect::<String>());
    for sql in ["UPDATE entry SET bytes = x'00'", "DELETE FROM entry"] {
        lesedi.store.write(|tx| Ok(tx.execute(sql, [])?)).unwrap_err();
    }
}

#[test]
fn only_a_receipt_with_our_own_hash_counts() {
    let lesedi = Peer::new('A');
    lesedi.enter(&sample("shift.jsonl"));
    let code = "A01".parse().unwrap();
    let hash = |seq| {
        let read = |conn: &rusqlite::Connection| {
            let stream = streams::find(conn, code)?.unwrap();
            streams::hash_at(conn, study(), &stream, seq)
        };
        lesedi.store.read(read).unwrap().unwrap()
    };
    let receipt = |life, number, through, hash| Receipt {
        streams: vec![StreamReceipt {
            stream: code,
            stored_through: through,
            stored_hash: hash,
            applied_through: through,
            applied_hash: hash,
            gaps: vec![],
        }],
        ..says(&lesedi, life, number, (0, 0), None)
    };
    let believe =
        |receipt| lesedi.store.write(|tx| acks::believe(tx, &receipt, common::NOW, &lesedi.packages)).unwrap();
    assert_eq!(believe(receipt(1, 1, 100, hash(99))).other_history, [code]);
    assert_eq!(lesedi.store.read(outgoing::unsent).unwrap().entries, 252);
    assert_eq!(believe(receipt(1, 2, 100, hash(100))).acked, [(code, 100)]);
    assert_eq!(believe(receipt(1, 2, 100, hash(100))).acked, [(code, 100)], "again changes nothing");
    assert_eq!(believe(receipt(1, 3, 300, hash(252))).ahead, [code]);
    assert_eq!(lesedi.store.read(outgoing::unsent).unwrap().entries, 152);
    let restored = believe(receipt(2, 1, 40, hash(40)));
    assert!(restored.server_restored);
    assert_eq!(lesedi.store.read(outgoing::unsent).unwrap().entries, 212, "a restored server is believed");
    assert!(believe(receipt(1, 4, 252, hash(252))).stale, "a life that is over says nothing any more");
    assert_eq!(lesedi.store.read(outgoing::unsent).unwrap().entries, 212);
    let peer = lesedi.store.read(acks::present_peer).unwrap().unwrap();
    assert_eq!(
        peer.peer,
        Server { server: DeviceId(uuid::Uuid::from_u128(9)), incarnation: Incarnation(uuid::Uuid::from_u128(2)) }
    );
}

/// What a server says in one of its lives: of no stream, and that the laboratory has a tube.
fn says(laptop: &Peer, life: u128, number: u64, changed: (u64, u64), state: Option<TubeState>) -> Receipt {
    let outcome =
        |state| TubeOutcome { specimen: TUBE.parse().expect("a code"), state, at: common::NOW, discrepancy: None };
    Receipt {
        study: study(),
        server: DeviceId(uuid::Uuid::from_u128(9)),
        incarnation: Incarnation(uuid::Uuid::from_u128(life)),
        device: laptop.device,
        number,
        at: common::NOW,
        streams: vec![],
        bundles: vec![],
        outcomes: vec![],
        tubes: state.map(outcome).into_iter().collect(),
        changed: vec![],
        changed_after: changed.0,
        changed_through: changed.1,
        findings: 0,
        contents: vec![],
        codes: vec![],
        package_version: 1,
    }
}

const TUBE: &str = "A01000101A";

fn told(laptop: &Peer) -> Option<TubeState> {
    laptop.store.read(|conn| tube_outcomes::of(conn, TUBE)).expect("the store answers").map(|told| told.state)
}

#[test]
fn a_receipt_that_leaves_out_what_a_restored_laptop_has_lost_does_not_count_as_one_that_it_has() {
    let lesedi = Peer::new('A');
    let believe =
        |receipt| lesedi.store.write(|tx| acks::believe(tx, &receipt, common::NOW, &lesedi.packages)).unwrap();
    let has = || lesedi.store.read(acks::present_peer).unwrap().map(|peer| (peer.receipt, peer.changed_through));
    assert!(!believe(says(&lesedi, 1, 3, (0, 4), None)).leaves_out);
    // It has never heard of changes 5 to 9: a driver brings what was written for the laptop that it was before.
    assert!(believe(says(&lesedi, 1, 8, (9, 12), Some(TubeState::Accepted))).leaves_out);
    assert_eq!((told(&lesedi), has()), (Some(TubeState::Accepted), Some((3, 4))), "it is believed, and not counted");
    assert!(!believe(says(&lesedi, 1, 9, (0, 12), None)).leaves_out);
    assert_eq!(has(), Some((9, 12)));
}

#[test]
fn what_a_restored_server_has_lost_of_a_tube_is_not_so_any_more() {
    let lesedi = Peer::new('A');
    let believe =
        |receipt| lesedi.store.write(|tx| acks::believe(tx, &receipt, common::NOW, &lesedi.packages)).unwrap();
    let news = || lesedi.store.read(tube_outcomes::news).unwrap().len();
    believe(says(&lesedi, 1, 1, (0, 1), Some(TubeState::Rejected)));
    assert_eq!((told(&lesedi), news()), (Some(TubeState::Rejected), 1));
    lesedi.store.write(|tx| tube_outcomes::looked(tx)).unwrap();
    believe(says(&lesedi, 2, 1, (0, 0), None));
    assert_eq!((told(&lesedi), news()), (None, 0), "the restored server knows of no rejection");
    believe(says(&lesedi, 2, 2, (0, 1), Some(TubeState::Rejected)));
    assert_eq!(
        (told(&lesedi), news()),
        (Some(TubeState::Rejected), 0),
        "of what it still holds somebody has taken note"
    );
}

#[test]
fn what_a_fork_keeps_from_the_server_is_said_again_in_a_new_stream() {
    use tsela_store::{Folder, marker, recover};
    let (lesedi, copy, clinic) = (Peer::new('A'), Peer::new('A'), Peer::new('S'));
    let lines = sample("shift.jsonl");
    let lines: Vec<&str> = lines.lines().collect();
    let shared = lines[..4].join("\n");
    lesedi.enter(&shared);
    copy.enter(&shared);
    copy.enter(&sample("campaign.jsonl").lines().take(6).collect::<Vec<_>>().join("\n"));
    let id = uuid::Uuid::from_u128(77);
    let household = json!({"community": "Otse", "status": "enumerated", "gps_lat": "-24.70", "gps_lon": "25.68", "gps_accuracy_m": 8, "plot": "1"});
    lesedi.enter(&json!({"model": "household", "id": id, "set": household}).to_string());
    lesedi.enter(
        &json!({"op": "update", "model": "household", "record": id, "set": {"plot": "2"}, "reason": "mistyped"})
            .to_string(),
    );
    for run in copy.runs("A01", 0, usize::MAX) {
        clinic.take(&run);
    }
    assert_eq!(clinic.take(&lesedi.runs("A01", 0, usize::MAX)[0]).fork, Some(5));

    let folder = Folder::new(lesedi.dir.path());
    marker::settle(&folder, &lesedi.store, streams::heads).unwrap();
    lesedi.store.write(|tx| marker::demand_new_stream(tx, "the server holds another history")).unwrap();
    assert_eq!(recover::begin_due(&folder, &lesedi.store).unwrap().unwrap().as_str(), "A02");
    assert_eq!(recover::reissue(&lesedi.store, "A01".parse().unwrap(), 5, &lesedi.packages).unwrap(), 2);
    assert_eq!(
        recover::reissue(&lesedi.store, "A01".parse().unwrap(), 5, &lesedi.packages).unwrap(),
        0,
        "nothing twice"
    );
    lesedi.assert_clean();
    clinic.take(&lesedi.runs("A02", 0, usize::MAX)[0]);
    clinic.assert_clean();
    for peer in [&lesedi, &clinic] {
        let state = peer.store.read(|conn| records::state(conn, RecordId(id))).unwrap().unwrap();
        assert_eq!((state.text("plot"), state.conflicts().len()), (Some("2"), 0));
    }
}
