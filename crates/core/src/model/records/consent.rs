//! A participant's consent to one version of the consent form.

use crate::model::{
    Field, FieldKind, ModelKind, RecordModel, Values,
    field::{choice, event_time, reference, text, yes_no},
    joined,
};

/// A consent. Re-consent is a new record, never an overwrite.
pub struct Consent;

impl RecordModel for Consent {
    const NAME: &'static str = "consent";
    const LABEL: &'static str = "Consent";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "consent_version";
    const FIELDS: &'static [Field] = &[
        reference("participant", "Participant", "participant").required(),
        choice("consent_version", "Version of the consent form", "consent_version").required(),
        event_time("consent_datetime", "Time of consent").required(),
        Field::new("guardian_name", "Name of the guardian", FieldKind::FullName)
            .required_when("the participant is under age or cannot consent"),
        Field::new("witness_name", "Name of the witness", FieldKind::FullName)
            .required_when("the participant cannot read and write"),
        yes_no("may_store_samples", "Samples may be stored").required(),
        choice("scope", "Scope", "consent_scope"),
        event_time("withdrawn_at", "Withdrawn at").required_when("there is a reason for withdrawal"),
        text("withdrawal_reason", "Reason for withdrawal").required_when("the consent was withdrawn"),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        joined(&[values.text("participant"), values.text("consent_version")])
    }
}
