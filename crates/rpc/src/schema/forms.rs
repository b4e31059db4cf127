//! Commands around forms: describe, check, save, drafts.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::{
    entry::Fields,
    ids::{RecordId, SaveId},
    model::ModelDescription,
    problem::Problem,
    time::Timestamp,
};

use super::common::RecordRef;

/// The forms of the study: models with their fields, choices and ranges.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Forms {
    /// All models that people fill in.
    pub models: Vec<ModelDescription>,
    /// Panels of the study, for requisitions.
    pub panels: Vec<PanelView>,
}

/// A panel as the requisition form shows it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PanelView {
    /// Code stored in a requisition.
    pub code: String,
    /// Name in words.
    pub name: String,
    /// As printed on labels.
    pub abbreviation: String,
    /// Item type (tube, microtube, dbs_card …).
    pub item_type: String,
    /// Tube type, such as EDTA.
    pub tube_type: String,
    /// Colour of the cap, a CSS colour; shown with the tube type in words.
    pub colour: String,
    /// How many items are drawn as a rule.
    pub item_count: u32,
    /// Smallest volume, mL.
    pub volume_min: String,
    /// Largest volume, mL.
    pub volume_max: String,
    /// Hours from collection to lab.
    pub hours_to_lab: u32,
}

/// One change of a form.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct FormChange {
    /// `insert`, `update`, `void` or `restore`.
    pub op: String,
    /// The model.
    pub model: String,
    /// The record; for an insert, an id made by [`new_ids`](super::client::ClientHost::new_ids), so that other changes
    /// of the same save can refer to it.
    pub record: RecordId,
    /// The new values.
    #[ts(type = "Record<string, string | number | boolean | null>")]
    pub set: Fields,
    /// Why; needed after finalising, and where there are warnings.
    pub reason: Option<String>,
    /// `paper` for data entered later from paper.
    pub source: Option<String>,
}

/// Asks what is wrong with a form so far.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CheckArgs {
    /// The change being typed.
    pub change: FormChange,
    /// Changes of the same save that it may refer to.
    pub with: Vec<FormChange>,
}

/// Saves a form: all changes or none.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SaveArgs {
    /// The changes, in order.
    pub changes: Vec<FormChange>,
    /// The draft that this save finalises.
    #[ts(type = "string | null")]
    pub draft: Option<uuid::Uuid>,
}

/// A save that is on disk.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Saved {
    /// The save.
    pub save: SaveId,
    /// The records it touched, with their natural keys.
    pub records: Vec<RecordRef>,
    /// Warnings that were accepted with a reason.
    pub warnings: Vec<Problem>,
}

/// Asks for fresh record ids.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct NewIdsArgs {
    /// How many, at most 100.
    pub count: u32,
}

/// A form that is not saved yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Draft {
    /// Its id.
    #[ts(type = "string")]
    pub id: uuid::Uuid,
    /// Which form, such as `participant` or `requisition`.
    pub form: String,
    /// Where to open it again: a route of the interface.
    pub route: String,
    /// One line for the list of drafts, such as a name.
    pub label: String,
    /// The form's content as the interface keeps it: JSON text, at most 256 KiB.
    pub content: String,
    /// When it was last kept.
    pub updated_at: Timestamp,
}

/// Keeps a draft as it is typed.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DraftPutArgs {
    /// Its id, made by the interface.
    #[ts(type = "string")]
    pub id: uuid::Uuid,
    /// Which form.
    pub form: String,
    /// Where to open it again.
    pub route: String,
    /// One line for the list of drafts.
    pub label: String,
    /// The form's content: JSON text, at most 256 KiB.
    pub content: String,
}

/// Names a draft.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct DraftArgs {
    /// Its id.
    #[ts(type = "string")]
    pub id: uuid::Uuid,
}

/// Settles a conflict.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ResolveArgs {
    /// The record.
    pub record: RecordId,
    /// The field in conflict.
    pub field: String,
    /// The value chosen.
    #[ts(type = "string | number | boolean | null")]
    pub value: serde_json::Value,
    /// Why.
    pub reason: String,
}
