//! A transport bag: tubes that travel together, kept at one temperature.

use crate::{
    identifiers::IdentifierKind,
    model::{
        Field, FieldKind, ModelKind, RecordModel, Values,
        field::{event_time, integer, text},
    },
};

/// A transport bag with its own barcode. Its tubes name it; see the specimen's `bag`.
pub struct Bag;

impl RecordModel for Bag {
    const NAME: &'static str = "bag";
    const LABEL: &'static str = "Bag";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "bag_identifier";
    const FIELDS: &'static [Field] = &[
        Field::new("bag_identifier", "Bag identifier", FieldKind::Identifier(IdentifierKind::Bag))
            .computed()
            .locked()
            .carrier(),
        integer("celsius_low", "Kept at (°C), from", -90, 60).required().carrier(),
        integer("celsius_high", "Kept at (°C), to", -90, 60).required().carrier(),
        Field::new("seal", "Seal number", FieldKind::Text { max: 40 }).carrier(),
        event_time("sealed_at", "Closed").carrier(),
        text("comments", "Comments"),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        values.text("bag_identifier").map(str::to_owned)
    }
}
