//! One attempt to meet somebody of a household.

use crate::model::{
    Field, FieldKind, ModelKind, RecordModel, Values,
    field::{choice, event_time, integer, reference, text},
    joined,
};

/// One attempt to meet somebody of a household.
pub struct HouseholdVisit;

impl RecordModel for HouseholdVisit {
    const NAME: &'static str = "household_visit";
    const LABEL: &'static str = "Household visit";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "visited_at";
    const FIELDS: &'static [Field] = &[
        reference("household", "Household", "household").required(),
        event_time("visited_at", "Time of the visit").required(),
        integer("attempt", "Attempt that day", 1, 99).computed(),
        choice("outcome", "Outcome", "visit_outcome").required(),
        Field::new("next_visit", "Next visit", FieldKind::Date),
        text("notes", "Notes"),
    ];

    /// The date is that of the time in UTC: a key must not depend on where it is computed.
    fn natural_key(values: &dyn Values) -> Option<String> {
        let date = values.instant("visited_at")?.date(0).to_string();
        let attempt = values.integer("attempt").unwrap_or(1).to_string();
        joined(&[values.text("household"), Some(&date), Some(&attempt)])
    }
}
