//! A signature under a hand-over: whose, what it means, and of which content.

use crate::model::{
    Choices, Field, FieldKind, ModelKind, RecordModel, Values,
    field::{event_time, reference},
    joined,
};

/// A signature under a hand-over, in the stream of the one who signed.
pub struct CustodySignature;

/// The sides of a hand-over.
pub const SIDES: &[&str] = &[GIVER, TAKER];
/// Who hands over.
pub const GIVER: &str = "giver";
/// Who takes over.
pub const TAKER: &str = "taker";

impl RecordModel for CustodySignature {
    const NAME: &'static str = "custody_signature";
    const LABEL: &'static str = "Signature";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "side";
    const FIELDS: &'static [Field] = &[
        reference("transfer", "Hand-over", "custody_transfer").required().carrier(),
        Field::new("side", "Signed as", FieldKind::Choice(Choices::Fixed(SIDES))).required().locked().carrier(),
        Field::new("name", "Printed name", FieldKind::Text { max: 100 }).required().locked().carrier(),
        event_time("signed_at", "Signed").required().locked().carrier(),
        Field::new("content", "Hash of what was signed", FieldKind::Text { max: 64 }).required().locked().carrier(),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        joined(&[values.text("transfer"), values.text("side")])
    }
}
