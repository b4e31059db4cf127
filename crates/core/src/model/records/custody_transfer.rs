//! A hand-over of tubes from one person to the next. The giver authors it.

use crate::{
    identifiers::IdentifierKind,
    model::{
        Choices, Decimal, Field, FieldKind, ModelKind, RecordModel, Values,
        field::{event_time, integer, text, yes_no},
    },
};

/// A hand-over of tubes.
pub struct CustodyTransfer;

/// To whom tubes are handed over.
pub const STAGES: &[&str] = &[TO_CARRIER, TO_LAB];
/// To a driver.
pub const TO_CARRIER: &str = "to_carrier";
/// To the laboratory.
pub const TO_LAB: &str = "to_lab";

impl RecordModel for CustodyTransfer {
    const NAME: &'static str = "custody_transfer";
    const LABEL: &'static str = "Hand-over";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "transfer_identifier";
    const FIELDS: &'static [Field] = &[
        Field::new("transfer_identifier", "Hand-over identifier", FieldKind::Identifier(IdentifierKind::Transfer))
            .computed()
            .locked()
            .carrier(),
        Field::new("stage", "Handed over to", FieldKind::Choice(Choices::Fixed(STAGES))).required().carrier(),
        Field::new("giver", "Given by", FieldKind::Text { max: 100 }).required().carrier(),
        Field::new("taker", "Taken by", FieldKind::Text { max: 100 }).required().carrier(),
        Field::new("place", "Place", FieldKind::Text { max: 100 }).required().carrier(),
        event_time("handed_at", "Time of the hand-over").required().carrier(),
        integer("expected", "Tubes expected", 0, 4096).required().carrier(),
        Field::new("seal", "Seal number", FieldKind::Text { max: 40 }).carrier(),
        yes_no("seal_intact", "Seal intact").carrier(),
        Field::new("celsius", "Temperature measured (°C)", celsius()).carrier(),
        text("comments", "Comments"),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        values.text("transfer_identifier").map(str::to_owned)
    }
}

/// A temperature measured in a bag, degrees Celsius.
const fn celsius() -> FieldKind {
    FieldKind::Decimal { places: 1, min: Decimal::whole(-90), max: Decimal::whole(60) }
}
