//! One tube, card, swab or cup.

use super::requisition::volume;
use crate::{
    identifiers::IdentifierKind,
    model::{
        Choices, Field, FieldKind, IDENTIFIED_BY, MatchKey, ModelKind, RecordModel, Values,
        field::{choice, event_time, integer, reference, text},
        joined,
    },
};

/// One tube, card, swab or cup, with its own barcode.
pub struct Specimen;

/// The match key of specimens that are the same item of a requisition.
pub const SAME_ITEM: &str = "item";

impl RecordModel for Specimen {
    const NAME: &'static str = "specimen";
    const LABEL: &'static str = "Specimen";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "specimen_identifier";
    const FIELDS: &'static [Field] = &[
        Field::new("specimen_identifier", "Specimen identifier", FieldKind::Identifier(IdentifierKind::Specimen))
            .computed()
            .locked()
            .carrier(),
        reference("requisition", "Requisition", "requisition").required().carrier(),
        integer("item", "Item", 1, 99).required().carrier(),
        choice("tube_type", "Type of tube", "tube_type").carrier(),
        Field::new("volume_ml", "Volume (mL)", volume()).required().carrier(),
        event_time("collected_at", "Time collected").required().carrier(),
        choice("condition", "Condition", "specimen_condition").required().carrier(),
        event_time("labelled_at", "Label checked").carrier(),
        Field::new("labelled_by", "Label checked by", FieldKind::Choice(Choices::Fixed(IDENTIFIED_BY)))
            .required_when("the label was checked")
            .carrier(),
        text("labelled_reason", "Why the label was not scanned").required_when("the label was not scanned"),
        reference("bag", "Bag", "bag").carrier(),
        event_time("packed_at", "Packed").required_when("the tube is in a bag").carrier(),
        Field::new("packed_by", "Put into the bag by", FieldKind::Choice(Choices::Fixed(IDENTIFIED_BY)))
            .required_when("the tube is in a bag")
            .carrier(),
        text("packed_reason", "Why the tube was not scanned into the bag")
            .required_when("the tube was not scanned into the bag"),
        // Written by early programs and read by nobody: where a tube is follows from what was done with it, see
        // `custody`, and how often its label was printed from the journal's events.
        integer("label_prints", "Labels printed", 0, 999).computed(),
        choice("custody_state", "Custody", "custody_state").computed(),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        values.text("specimen_identifier").map(str::to_owned)
    }

    fn match_keys(values: &dyn Values) -> Vec<MatchKey> {
        let item = values.integer("item").map(|item| item.to_string());
        let item = joined(&[values.text("requisition"), item.as_deref()]);
        item.map(|item| (SAME_ITEM, item)).into_iter().collect()
    }
}
