//! A person who takes part in the study.

use crate::{
    identifiers::IdentifierKind,
    model::{
        Choices, Field, FieldKind, MatchKey, ModelKind, RecordModel, Values,
        field::{choice, reference, yes_no},
        joined,
    },
};

/// A person who takes part in the study.
pub struct Participant;

/// The match key of people with one identity document.
pub const SAME_IDENTITY: &str = "identity";
/// The match key of people with the same names and date of birth.
pub const SAME_PERSON: &str = "person";

impl RecordModel for Participant {
    const NAME: &'static str = "participant";
    const LABEL: &'static str = "Participant";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "subject_identifier";
    const FIELDS: &'static [Field] = &[
        Field::new("subject_identifier", "Subject identifier", FieldKind::Identifier(IdentifierKind::Subject))
            .computed()
            .locked(),
        reference("household", "Household", "household").required(),
        reference("member", "Household member", "household_member").required(),
        Field::new("first_name", "First name", FieldKind::Name).required(),
        Field::new("last_name", "Last name", FieldKind::Name).required(),
        Field::new("initials", "Initials", FieldKind::Initials).required(),
        choice("gender", "Gender", "gender").required(),
        Field::new("dob", "Date of birth", FieldKind::Date).past().required(),
        choice("is_dob_estimated", "Date of birth estimated", "dob_estimated").required(),
        choice("identity_type", "Type of identity", "identity_type").required(),
        Field::new("identity", "Identity", FieldKind::Identity).required(),
        Field::new("confirm_identity", "Identity, again", FieldKind::Identity)
            .transient()
            .required_when("the identity is new or has changed"),
        yes_no("citizen", "Citizen").required(),
        Field::new("language", "Language", FieldKind::Choice(Choices::Languages)).required(),
        yes_no("is_literate", "Can read and write").required(),
        Field::new("phone", "Phone", FieldKind::Phone),
        Field::new("physical_address", "Physical address", FieldKind::Text { max: 500 }),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        values.text("subject_identifier").map(str::to_owned)
    }

    fn match_keys(values: &dyn Values) -> Vec<MatchKey> {
        let identity = joined(&[values.text("identity_type"), values.text("identity")]);
        let person = joined(&[values.text("first_name"), values.text("last_name"), values.text("dob")]);
        [(SAME_IDENTITY, identity), (SAME_PERSON, person)]
            .into_iter()
            .filter_map(|(kind, value)| value.map(|value| (kind, value)))
            .collect()
    }
}
