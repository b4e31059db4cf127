//! A person who lives in a household, as enumerated with its representative.

use crate::model::{
    Field, FieldKind, ModelKind, RecordModel, Values,
    field::{choice, integer, reference, yes_no},
    joined,
};

/// A person who lives in a household.
pub struct HouseholdMember;

impl RecordModel for HouseholdMember {
    const NAME: &'static str = "household_member";
    const LABEL: &'static str = "Household member";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "disambiguator";
    const FIELDS: &'static [Field] = &[
        reference("household", "Household", "household").required(),
        Field::new("first_name", "First name", FieldKind::Name).required(),
        Field::new("initials", "Initials", FieldKind::Initials).required(),
        Field::new("disambiguator", "Disambiguator", FieldKind::Text { max: 20 })
            .required_when("another member of the household has the same first name and initials"),
        choice("gender", "Gender", "gender").required(),
        integer("age_in_years", "Age in years", 0, 120).required(),
        choice("relation", "Relation to the head of household", "relation").required(),
        yes_no("head_of_household", "Head of household").required(),
        choice("survival_status", "Survival status", "survival_status").required(),
        yes_no("present_today", "Present today").required(),
        choice("inability_to_participate", "Inability to participate", "inability").required(),
        choice("study_resident", "Resident of the study community", "yes_no_unsure").required(),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        let disambiguator = Some(values.text("disambiguator").unwrap_or_default());
        joined(&[values.text("household"), values.text("first_name"), values.text("initials"), disambiguator])
    }
}
