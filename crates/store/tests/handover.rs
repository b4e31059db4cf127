//! Hand-overs at their largest: one save brings every line, and is quick to look at.

mod common;

use common::Peer;
use serde_json::json;
use tsela_core::{custody::MOST_AT_ONCE, identifiers, ids::RecordId};
use tsela_store::{
    custody,
    journal::{Change, ChangeOp},
};

fn insert(model: &str, record: RecordId, set: serde_json::Value) -> Change {
    let set = serde_json::from_value(set).expect("fields are an object");
    Change { op: ChangeOp::Insert, model: model.to_owned(), record, set, reason: None, source: None }
}

/// A hand-over of so many tubes, its texts as long as they may be.
fn begun(peer: &Peer, tubes: usize) -> (RecordId, Vec<Change>) {
    let (transfer, long) = (RecordId(peer.fresh()), "ŵ".repeat(100));
    let set = json!({ "stage": "to_carrier", "giver": long, "taker": long, "place": long,
        "handed_at": common::NOW.to_string(), "expected": tubes });
    let mut changes = vec![insert("custody_transfer", transfer, set)];
    for n in 1..=tubes as u64 {
        let tube = identifiers::specimen("A01".parse().expect("a stream code"), 1_000_000 + n, 1).to_string();
        let line = json!({ "transfer": transfer.to_string(), "tube": tube, "outcome": "unseen" });
        changes.push(insert("custody_line", RecordId(peer.fresh()), line));
    }
    (transfer, changes)
}

#[test]
fn the_largest_hand_over_is_one_save_and_every_tube_of_it_is_promised() {
    let lesedi = Peer::new('A');
    let (transfer, changes) = begun(&lesedi, MOST_AT_ONCE);
    lesedi.save(lesedi.fresh(), &changes).unwrap();
    lesedi.assert_clean();
    let (closing, underway, lines) = lesedi
        .store
        .read(|conn| {
            Ok((
                custody::closing(conn, transfer)?,
                custody::underway(conn, "to_carrier")?,
                custody::lines(conn, transfer)?,
            ))
        })
        .unwrap();
    let tally = closing.unwrap().tally;
    assert_eq!((tally.expected, tally.unseen, lines.len()), (400, 400, 400));
    assert_eq!(underway.len(), MOST_AT_ONCE);
    assert!(underway.values().all(|named_by| *named_by == transfer));

    // Twice as many do not fit: the limit is there for a reason, and nothing of them is kept.
    let (other, changes) = begun(&lesedi, 2 * MOST_AT_ONCE);
    assert!(lesedi.save(lesedi.fresh(), &changes).is_err());
    assert_eq!(lesedi.store.read(|conn| custody::closing(conn, other)).unwrap(), None);
}
