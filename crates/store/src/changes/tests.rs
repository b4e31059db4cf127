//! A changed record is found by what it is now.

use serde_json::json;
use tsela_core::{
    entry::{Entry, Op},
    ids::{SaveId, UserId},
    time::Timestamp,
};
use uuid::Uuid;

use super::*;

fn household(seq: u64, plot: &str) -> Entry {
    Entry {
        seq,
        save: SaveId(Uuid::from_u128(1)),
        last: true,
        at: Timestamp(i64::try_from(seq).unwrap()),
        tz: "+02:00".into(),
        user: UserId(Uuid::from_u128(2)),
        app: "tsela/0.1.0".into(),
        package: 1,
        op: if seq == 1 { Op::Insert } else { Op::Update },
        model: "household".into(),
        version: 1,
        record: RecordId(Uuid::from_u128(9)),
        seen: Default::default(),
        set: [("household_identifier".to_owned(), json!(plot))].into(),
        was: Default::default(),
        settles: Vec::new(),
        reason: None,
        source: None,
    }
}

#[test]
fn a_record_is_found_by_what_it_has_become_and_no_more_by_what_it_was() {
    let (stream, mut changes) = ("A01".parse().unwrap(), Changes::default());
    let mut state = RecordState::begin(stream, household(1, "one"));
    let id = state.id;
    changes.after.insert(id, Box::new(state.clone()));
    assert!(!changes.holds(id), "not before it is indexed");
    changes.index(id);
    assert_eq!(changes.by_key("household", "one").collect::<Vec<_>>(), [id]);
    state.apply(stream, &household(2, "two"));
    changes.after.insert(id, Box::new(state));
    changes.index(id);
    assert_eq!(changes.by_key("household", "one").count(), 0);
    assert_eq!(changes.by_key("household", "two").collect::<Vec<_>>(), [id]);
}
