//! One tube of a hand-over: what was seen of it, and how.

use crate::model::{
    Choices, Field, FieldKind, IDENTIFIED_BY, MatchKey, ModelKind, RecordModel, Values,
    field::{event_time, reference, text, yes_no},
    joined,
};

/// One tube of a hand-over.
pub struct CustodyLine;

/// The match key of lines of one tube.
pub const SAME_TUBE: &str = "tube";

/// What was seen of a tube. The default is unseen, and nothing but a scan or a tick with a reason changes that.
pub const OUTCOMES: &[&str] = &[UNSEEN, MATCHED, MISSING, REJECTED, HELD_BACK, UNEXPECTED];
/// Nobody has looked for it yet.
pub const UNSEEN: &str = "unseen";
/// It was expected and is there.
pub const MATCHED: &str = "matched";
/// It was expected and is not there.
pub const MISSING: &str = "missing";
/// It is there and is not taken.
pub const REJECTED: &str = "rejected";
/// It is there and stays with the giver, for a later hand-over.
pub const HELD_BACK: &str = "held_back";
/// It is there and was not expected.
pub const UNEXPECTED: &str = "unexpected";

/// What may be wrong with a tube, by kind: presence, identity, container, quality, volume, cold chain.
pub const DISCREPANCIES: &[&str] = &[
    "duplicate_scan",
    "form_without_tube",
    "tube_without_form",
    "late",
    "unlabelled",
    "mislabelled",
    "mismatch",
    "unreadable",
    "broken",
    "leaking",
    "wrong_tube",
    "expired_tube",
    "outside_contaminated",
    "haemolysed",
    "clotted",
    "lipaemic",
    "icteric",
    "contaminated",
    "no_volume",
    "short_volume",
    "too_warm",
    "too_cold",
    "thawed",
    "frozen",
    "delayed",
    "outside_window",
];

impl RecordModel for CustodyLine {
    const NAME: &'static str = "custody_line";
    const LABEL: &'static str = "Tube of a hand-over";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "tube";
    const FIELDS: &'static [Field] = &[
        reference("transfer", "Hand-over", "custody_transfer").required().carrier(),
        // A text and not a reference: a carrier has no specimens, and a tube may turn up before its data.
        Field::new("tube", "Specimen identifier", FieldKind::Text { max: 32 })
            .required_when("the tube has a label that can be read")
            .carrier(),
        Field::new("outcome", "Seen as", FieldKind::Choice(Choices::Fixed(OUTCOMES))).required().carrier(),
        event_time("seen_at", "Seen").required_when("the tube was seen").carrier(),
        Field::new("identified_by", "Identified by", FieldKind::Choice(Choices::Fixed(IDENTIFIED_BY)))
            .required_when("the tube was seen")
            .carrier(),
        text("identified_reason", "Why the tube was not scanned").required_when("the tube was not scanned"),
        Field::new("discrepancy", "What is wrong", FieldKind::Choice(Choices::Fixed(DISCREPANCIES)))
            .required_when("the tube is rejected")
            .carrier(),
        text("explanation", "Explanation").required_when("the tube was not expected"),
        yes_no("recollect", "To be drawn again").carrier(),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        joined(&[values.text("transfer"), values.text("tube")])
    }

    fn match_keys(values: &dyn Values) -> Vec<MatchKey> {
        values.text("tube").map(|tube| (SAME_TUBE, tube.to_owned())).into_iter().collect()
    }
}
