//! Forks: nothing that a laptop has entered waits for ever, or comes back over what was entered later.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of tests fails the test")]

mod common;

use common::{NOW, Peer, study};
use serde_json::json;
use tsela_core::{
    ids::{DeviceId, Dot, Incarnation, RecordId, StreamCode},
    receipt::{Outcome, OutcomeKind, Receipt, StreamReceipt},
};
use tsela_store::{
    Connection, Folder,
    acks::{self, Believed},
    ingest::{self, IncomingRun},
    marker, outgoing, records, recover, streams,
};
use uuid::Uuid;

fn code(text: &str) -> StreamCode {
    text.parse().unwrap()
}

fn household(n: u128, plot: &str) -> String {
    let set = json!({"community": "Otse", "status": "enumerated", "gps_lat": "-24.70", "gps_lon": "25.68",
        "gps_accuracy_m": 8, "plot": plot});
    json!({"model": "household", "id": Uuid::from_u128(n), "set": set}).to_string()
}

fn plot(n: u128, plot: &str) -> String {
    let set = json!({ "plot": plot });
    json!({"op": "update", "model": "household", "record": Uuid::from_u128(n), "set": set, "reason": "mistyped"})
        .to_string()
}

/// A laptop whose folder has its marker.
fn laptop() -> (Peer, Folder) {
    let lesedi = Peer::new('A');
    let folder = Folder::new(lesedi.dir.path());
    marker::settle(&folder, &lesedi.store, streams::heads).unwrap();
    (lesedi, folder)
}

fn goes_on_in_another_stream(lesedi: &Peer, folder: &Folder) {
    lesedi.store.write(|tx| marker::demand_new_stream(tx, "a fork")).unwrap();
    recover::begin_due(folder, &lesedi.store).unwrap().unwrap();
}

/// Believes what a server says in one of its lives: how much of A01 it has as this laptop has it, and whether it is forked.
fn hears(lesedi: &Peer, life: u128, number: u64, through: u64, forked: Option<u64>) -> Believed {
    let hash = |conn: &Connection| {
        let stream = streams::find(conn, code("A01"))?.unwrap();
        streams::hash_at(conn, study(), &stream, through)
    };
    let hash = lesedi.store.read(hash).unwrap().unwrap();
    let line = StreamReceipt {
        stream: code("A01"),
        stored_through: through,
        stored_hash: hash,
        applied_through: through,
        applied_hash: hash,
        gaps: vec![],
    };
    let fork = |seq| Outcome {
        kind: OutcomeKind::Forked,
        dot: Dot { stream: code("A01"), seq },
        record: None,
        code: "fork".to_owned(),
        field: None,
    };
    let receipt = Receipt {
        study: study(),
        server: DeviceId(Uuid::from_u128(9)),
        incarnation: Incarnation(Uuid::from_u128(life)),
        device: lesedi.device,
        number,
        at: NOW,
        streams: vec![line],
        bundles: vec![],
        outcomes: forked.map(fork).into_iter().collect(),
        tubes: vec![],
        changed: vec![],
        changed_after: 0,
        changed_through: 0,
        findings: 0,
        contents: vec![],
        codes: vec![],
        package_version: 1,
    };
    lesedi.store.write(|tx| acks::believe(tx, &receipt, NOW, &lesedi.packages)).unwrap()
}

fn settled(lesedi: &Peer) -> Vec<(String, u64, u64)> {
    let own = lesedi.store.read(acks::own_streams).unwrap().into_iter();
    own.map(|(stream, settled)| (stream.code.to_string(), settled, stream.head.seq)).collect()
}

fn shown(peer: &Peer, n: u128) -> (Option<String>, usize) {
    let state = peer.store.read(|conn| records::state(conn, RecordId(Uuid::from_u128(n)))).unwrap().unwrap();
    (state.text("plot").map(str::to_owned), state.conflicts().len())
}

#[test]
fn what_is_behind_a_fork_in_which_the_server_has_kept_our_version_is_said_again() {
    let (lesedi, folder) = laptop();
    lesedi.enter(&[household(1, "1"), household(2, "2"), household(3, "3")].join("\n"));
    // Somebody else's version of entry 2 came after ours: the stream takes nothing more.
    let heard = hears(&lesedi, 1, 1, 2, Some(2));
    assert_eq!((heard.acked, heard.other_history, heard.closed), (vec![(code("A01"), 2)], vec![], vec![code("A01")]));
    assert_eq!(recover::say_closed_again(&lesedi.store, &lesedi.packages).unwrap(), 0, "there is no other stream yet");
    goes_on_in_another_stream(&lesedi, &folder);
    assert_eq!(recover::say_closed_again(&lesedi.store, &lesedi.packages).unwrap(), 1);
    assert_eq!(recover::say_closed_again(&lesedi.store, &lesedi.packages).unwrap(), 0, "nothing twice");
    assert_eq!(settled(&lesedi), [("A01".into(), 3, 3), ("A02".into(), 0, 1)]);
    let clinic = Peer::new('S');
    clinic.take(&lesedi.runs("A02", 0, usize::MAX)[0]);
    assert_eq!(shown(&clinic, 3), (Some("3".to_owned()), 0));
    // Said in every receipt, it is done once.
    hears(&lesedi, 1, 2, 2, Some(2));
    assert_eq!(recover::say_closed_again(&lesedi.store, &lesedi.packages).unwrap(), 0);
    lesedi.assert_clean();
}

#[test]
fn a_stream_that_is_active_and_forked_is_left_even_if_all_of_it_is_received() {
    let (lesedi, _) = laptop();
    lesedi.enter(&household(1, "1"));
    assert_eq!(hears(&lesedi, 1, 1, 1, Some(1)).closed, [code("A01")], "what comes next would not be taken");
}

#[test]
fn a_restored_server_gets_what_stood_before_a_fork() {
    let (lesedi, folder) = laptop();
    lesedi.enter(&[household(1, "1"), household(2, "2"), household(3, "3")].join("\n"));
    hears(&lesedi, 1, 1, 2, Some(3));
    goes_on_in_another_stream(&lesedi, &folder);
    assert_eq!(recover::say_closed_again(&lesedi.store, &lesedi.packages).unwrap(), 1);
    assert!(settled(&lesedi).contains(&("A01".into(), 3, 3)));
    // Of its next life the server has one entry, and knows of no fork.
    hears(&lesedi, 2, 1, 1, None);
    assert!(settled(&lesedi).contains(&("A01".into(), 1, 3)), "{:?}", settled(&lesedi));
    assert!(lesedi.store.read(outgoing::is_anything_unsent).unwrap());
    hears(&lesedi, 2, 2, 3, None);
    assert!(settled(&lesedi).contains(&("A01".into(), 3, 3)));
    // One that closes the stream earlier than the one before hears again what stands between, and no more.
    hears(&lesedi, 3, 1, 1, Some(1));
    assert_eq!(recover::say_closed_again(&lesedi.store, &lesedi.packages).unwrap(), 1);
    assert!(settled(&lesedi).contains(&("A01".into(), 3, 3)));
    lesedi.assert_clean();
}

#[test]
fn what_was_changed_since_is_not_undone_by_being_said_again() {
    let (lesedi, folder) = laptop();
    lesedi.enter(&[household(1, "1"), plot(1, "2")].join("\n"));
    goes_on_in_another_stream(&lesedi, &folder);
    lesedi.enter(&plot(1, "3"));
    assert_eq!(recover::reissue(&lesedi.store, code("A01"), 1, &lesedi.packages).unwrap(), 2);
    assert_eq!(shown(&lesedi, 1), (Some("3".to_owned()), 0));
    lesedi.assert_clean();
    let clinic = Peer::new('S');
    clinic.take(&lesedi.runs("A02", 0, usize::MAX)[0]);
    assert_eq!(shown(&clinic, 1), (Some("3".to_owned()), 0));
}

#[test]
fn what_does_not_continue_a_forked_stream_is_kept_apart_too() {
    let (lesedi, other, clinic) = (Peer::new('A'), Peer::new('A'), Peer::new('S'));
    lesedi.enter(&household(1, "1"));
    other.enter(&[household(2, "2"), household(3, "3"), household(4, "4"), household(5, "5")].join("\n"));
    clinic.take(&lesedi.runs("A01", 0, usize::MAX)[0]);
    let of_other = other.runs("A01", 0, 1);
    assert_eq!(clinic.take(&of_other[2]).gap, Some((2, 2)), "the stream may go on");
    assert_eq!(clinic.take(&of_other[0]).fork, Some(1));
    let after = clinic.take(&of_other[2]);
    assert_eq!(
        (after.gap, after.fork, after.new_entries),
        (None, Some(1), 0),
        "nothing will ever fill what is missing"
    );
    let kept: i64 =
        clinic.store.read(|c| Ok(c.query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0))?)).unwrap();
    assert_eq!(kept, 2);
    // A hole in a run of a stream that nobody disputes stays a hole.
    let run = &of_other[3];
    let incoming = IncomingRun {
        stream: code("A02"),
        first_seq: 4,
        entries: &run.entries,
        head: run.head.head,
        signature: run.head.signature,
    };
    let gap = clinic.store.write(|tx| {
        streams::register_foreign(tx, study(), other.device, code("A02"))?;
        ingest::ingest(tx, &incoming, NOW, &clinic.packages)
    });
    assert_eq!(gap.unwrap().gap, Some((1, 3)));
}
