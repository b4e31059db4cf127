//! What the laboratory decided of a tube after it had received it: the disposition of a specimen (42 CFR 493.1283).

use crate::model::{
    Choices, DISCREPANCIES, Field, FieldKind, MatchKey, ModelKind, REJECTED, RecordModel, Values,
    field::{event_time, text},
};

/// What the laboratory decided of a tube.
pub struct SpecimenDisposition;

/// The match key of the decisions on one tube.
pub const SAME_SPECIMEN: &str = "disposition";

/// What may be decided, the worst last.
pub const DISPOSITIONS: &[&str] = &[ACCEPTED, REJECTED, RECOLLECT];
/// Fit for testing.
pub const ACCEPTED: &str = "accepted";
/// Unfit for testing, and to be drawn again.
pub const RECOLLECT: &str = "recollect";

impl RecordModel for SpecimenDisposition {
    const NAME: &'static str = "specimen_disposition";
    const LABEL: &'static str = "Laboratory's decision";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "tube";
    const FIELDS: &'static [Field] = &[
        // A text and not a reference: a tube may be received before its data.
        Field::new("tube", "Specimen identifier", FieldKind::Text { max: 32 }).required().locked(),
        Field::new("decision", "Decision", FieldKind::Choice(Choices::Fixed(DISPOSITIONS))).required(),
        Field::new("discrepancy", "What is wrong", FieldKind::Choice(Choices::Fixed(DISCREPANCIES)))
            .required_when("the tube is not accepted"),
        text("explanation", "Explanation"),
        event_time("decided_at", "Decided").required(),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        values.text("tube").map(str::to_owned)
    }

    fn match_keys(values: &dyn Values) -> Vec<MatchKey> {
        values.text("tube").map(|tube| (SAME_SPECIMEN, tube.to_owned())).into_iter().collect()
    }
}
