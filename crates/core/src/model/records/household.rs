//! A household: the place where people live together.

use crate::{
    identifiers::IdentifierKind,
    model::{
        Choices, Decimal, Field, FieldKind, ModelKind, RecordModel, Values,
        field::{choice, integer, text},
    },
};

/// A household, tent or compound that an assistant has found or was sent to.
pub struct Household;

impl RecordModel for Household {
    const NAME: &'static str = "household";
    const LABEL: &'static str = "Household";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "household_identifier";
    const FIELDS: &'static [Field] = &[
        Field::new("household_identifier", "Household identifier", FieldKind::Identifier(IdentifierKind::Household))
            .computed()
            .locked(),
        Field::new("community", "Community", FieldKind::Choice(Choices::Communities)).required(),
        Field::new("section", "Section", FieldKind::Text { max: 100 }),
        Field::new("plot", "Plot", FieldKind::Text { max: 100 }),
        degrees("gps_lat", "GPS latitude", 90).required_when("there is a longitude"),
        degrees("gps_lon", "GPS longitude", 180).required_when("there is a latitude"),
        integer("gps_accuracy_m", "GPS accuracy (m)", 0, 100_000),
        choice("gps_source", "GPS source", "gps_source"),
        choice("status", "Status", "household_status").required(),
        text("notes", "Notes"),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        values.text("household_identifier").map(str::to_owned)
    }
}

const fn degrees(name: &'static str, label: &'static str, limit: i64) -> Field {
    let (min, max) = (Decimal::whole(-limit), Decimal::whole(limit));
    Field::new(name, label, FieldKind::Decimal { places: 7, min, max })
}
