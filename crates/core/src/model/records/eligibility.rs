//! Screening: one answer per criterion, kept for everyone screened, also those who cannot take part.

use crate::model::{
    Field, FieldKind, ModelKind, RecordModel, Values,
    field::{choice, event_time, integer, reference, yes_no},
    joined,
};

/// The screening of a household member.
pub struct Eligibility;

impl RecordModel for Eligibility {
    const NAME: &'static str = "eligibility";
    const LABEL: &'static str = "Screening";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "screened_at";
    const FIELDS: &'static [Field] = &[
        reference("member", "Household member", "household_member").required(),
        event_time("screened_at", "Time of the screening").required(),
        integer("age_in_years", "Age in years", 0, 120).required(),
        choice("study_resident", "Resident of the study community", "yes_no_unsure").required(),
        yes_no("citizen", "Citizen").required(),
        yes_no("is_literate", "Can read and write").required(),
        yes_no("witness_available", "A literate witness is there"),
        yes_no("can_consent", "Able to consent").required(),
        yes_no("guardian_available", "A guardian is there"),
        yes_no("willing", "Willing to take part").required(),
        yes_no("eligible", "Eligible").computed(),
        Field::new("reasons_for_loss", "Reasons for loss", FieldKind::Text { max: 200 }).computed(),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        let date = values.instant("screened_at")?.date(0).to_string();
        joined(&[values.text("member"), Some(&date)])
    }
}
