//! A study visit of a participant.

use crate::model::{
    Field, ModelKind, RecordModel, Values,
    field::{choice, event_time, integer, reference},
    joined,
};

/// A study visit.
pub struct Visit;

impl RecordModel for Visit {
    const NAME: &'static str = "visit";
    const LABEL: &'static str = "Visit";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "visit_code";
    const FIELDS: &'static [Field] = &[
        reference("participant", "Participant", "participant").required(),
        choice("visit_code", "Visit", "visit_code").required(),
        integer("sequence", "Sequence", 0, 999).computed(),
        event_time("report_datetime", "Time of the report").required(),
        choice("reason", "Reason", "visit_reason").required(),
        choice("info_source", "Source of information", "info_source").required(),
        choice("survival_status", "Survival status", "survival_status").required(),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        let sequence = values.integer("sequence").unwrap_or(0).to_string();
        joined(&[values.text("participant"), values.text("visit_code"), Some(&sequence)])
    }
}
