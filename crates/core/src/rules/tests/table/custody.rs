//! The rules of a tube on its way: packed, handed over, signed for.

use serde_json::json;

use super::{Case, form};
use crate::world::day::id;

pub(super) fn cases() -> Vec<Case> {
    let packed = |changes: serde_json::Value| {
        let mut set = json!({"bag": id(10).to_string(), "packed_at": "2026-03-02T05:50:00Z",
            "packed_by": "scanned", "labelled_at": "2026-03-02T05:44:00Z", "labelled_by": "scanned"});
        set.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        form("specimen", set)
    };
    let line = |changes| form("custody_line", changes);
    let signature = |changes| form("custody_signature", changes);
    let disposition = |changes| form("specimen_disposition", changes);
    let missing = |changes| form("missing_tube", changes);
    let other = id(20);
    vec![
        ("specimen.unlabelled", "bag", packed(json!({"labelled_at": null})), packed(json!({}))),
        ("specimen.packed_how", "packed_by", packed(json!({"packed_by": null})), packed(json!({}))),
        (
            "specimen.packed_why",
            "packed_reason",
            packed(json!({"packed_by": "by_hand"})),
            packed(json!({"packed_by": "by_hand", "packed_reason": "label wet"})),
        ),
        ("specimen.bag_range", "bag", packed(json!({})).given("bag", json!({"celsius_low": 2})), packed(json!({}))),
        ("specimen.bag_range", "bag", packed(json!({})).given("bag", json!({"celsius_high": 26})), packed(json!({}))),
        (
            "specimen.handed_over",
            "bag",
            packed(json!({})).signed(&["giver", "taker"]),
            packed(json!({})).signed(&["giver"]),
        ),
        ("bag.range", "celsius_low", form("bag", json!({"celsius_low": 26})), form("bag", json!({"celsius_low": 25}))),
        ("custody_line.not_a_code", "tube", line(json!({"tube": "A010001012"})), line(json!({}))),
        ("custody_line.not_a_code", "tube", line(json!({"tube": "a010001011"})), line(json!({}))),
        (
            "custody_line.no_code",
            "tube",
            line(json!({"tube": null})),
            line(json!({"tube": null, "outcome": "unexpected", "explanation": "no label on it"})),
        ),
        (
            "custody_line.seen_how",
            "identified_by",
            line(json!({"identified_by": null})),
            line(json!({"identified_by": null, "outcome": "missing"})),
        ),
        ("custody_line.seen_how", "seen_at", line(json!({"seen_at": null})), line(json!({}))),
        (
            "custody_line.seen_why",
            "identified_reason",
            line(json!({"identified_by": "typed"})),
            line(json!({"identified_by": "typed", "identified_reason": "torn"})),
        ),
        (
            "custody_line.what_is_wrong",
            "discrepancy",
            line(json!({"outcome": "rejected"})),
            line(json!({"outcome": "rejected", "discrepancy": "leaking"})),
        ),
        ("custody_line.not_a_code", "tube", disposition(json!({"tube": "066-40"})), disposition(json!({}))),
        ("custody_line.not_a_code", "tube", missing(json!({"tube": "066-40"})), missing(json!({}))),
        (
            "custody_line.what_is_wrong",
            "discrepancy",
            disposition(json!({"decision": "recollect"})),
            disposition(json!({"decision": "recollect", "discrepancy": "haemolysed"})),
        ),
        (
            "missing_tube.given_up_when",
            "concluded_at",
            missing(json!({"conclusion": "lost"})),
            missing(json!({"conclusion": "lost", "concluded_at": "2026-03-02T11:00:00Z"})),
        ),
        (
            "missing_tube.given_up_when",
            "concluded_at",
            missing(json!({"concluded_at": "2026-03-02T11:00:00Z"})),
            missing(json!({})),
        ),
        (
            "custody_line.unexplained",
            "explanation",
            line(json!({"outcome": "unexpected"})),
            line(json!({"outcome": "unexpected", "explanation": "from another household"})),
        ),
        ("custody.signed", "outcome", line(json!({})).signed(&["giver"]), line(json!({}))),
        (
            "custody.signed",
            "handed_at",
            form("custody_transfer", json!({"place": "Kanye"})).signed(&["taker"]),
            form("custody_transfer", json!({"place": "Kanye"})),
        ),
        (
            "custody_signature.unbalanced",
            "side",
            signature(json!({})).given_record(other, json!({"expected": 1})),
            signature(json!({})),
        ),
        ("custody_signature.stale", "content", signature(json!({"content": "00"})), signature(json!({}))),
    ]
}
