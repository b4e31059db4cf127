//! Shapes that several commands share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::{
    entry::{Fields, Op},
    fold::Conflict,
    ids::{Dot, RecordId, UserId},
    problem::Problem,
    time::Timestamp,
};

/// Where a record stands on its road, computed from receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordStatus {
    /// Not finalised; never leaves the laptop.
    Draft,
    /// Saved and unsent: no receipt covers it yet.
    Ready,
    /// Handed to a driver; no receipt yet.
    WithDriver,
    /// A receipt of the server covers every change made here.
    Received,
    /// A conflict, an error finding or a held entry waits for a person.
    Attention,
}

/// A broken rule or doubt about a record, told to people and blocking nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FindingView {
    /// The record it is about.
    pub record: RecordId,
    /// Stable code; the interface may translate it.
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    /// The field, if it is about one.
    pub field: Option<String>,
    /// In words: what is wrong and what to do.
    pub message: String,
    /// Values for translated texts.
    pub params: BTreeMap<String, String>,
    /// Other records concerned.
    pub related: Vec<RecordRef>,
}

/// A record named for a person: enough for a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordRef {
    /// Id.
    pub id: RecordId,
    /// Model.
    pub model: String,
    /// Natural key as shown.
    pub key: String,
    /// A short description, such as a participant's name; empty if there is none.
    pub label: String,
}

/// A record as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RecordRow {
    /// Id.
    pub id: RecordId,
    /// Model.
    pub model: String,
    /// Natural key as shown.
    pub key: String,
    /// A short description, such as a participant's name.
    pub label: String,
    /// Where it stands.
    pub status: RecordStatus,
    /// Shown values.
    #[ts(type = "Record<string, string | number | boolean | null>")]
    pub fields: Fields,
    /// For each reference field, the record it names.
    pub references: BTreeMap<String, RecordRef>,
    /// Names of fields in conflict.
    pub conflicts: Vec<String>,
    /// How many findings are open.
    #[ts(type = "number")]
    pub findings: usize,
    /// Void records stay readable.
    pub is_void: bool,
    /// When it was last changed, by the author's clock.
    pub modified_at: Timestamp,
    /// Who changed it last.
    pub modified_by: String,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RecordPage {
    /// How many there are in all.
    #[ts(type = "number")]
    pub total: usize,
    /// The rows asked for.
    pub rows: Vec<RecordRow>,
}

/// Everything about one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RecordDetail {
    /// The record.
    pub row: RecordRow,
    /// Conflicts with all their values.
    pub conflicts: Vec<Conflict>,
    /// Open findings.
    pub findings: Vec<FindingView>,
    /// Records that refer to this one, oldest first (visits, requisitions, specimens, members …).
    pub children: Vec<RecordRow>,
    /// Why it is void, if it is.
    pub void_reason: Option<String>,
    /// Which driver has its newest change that no receipt covers.
    pub driver: Option<WithDriver>,
}

/// A driver's laptop that has taken something along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct WithDriver {
    /// Its name.
    pub name: String,
    /// Since when, by its own clock.
    pub at: Timestamp,
}

/// One line of a record's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HistoryLine {
    /// The entry.
    pub dot: Dot,
    /// What it did.
    pub op: Op,
    /// When, by the author's clock.
    pub at: Timestamp,
    /// The author's zone, `+02:00`.
    pub tz: String,
    /// Who.
    pub user: UserId,
    /// Who, by name; the id if the name is not known here.
    pub user_name: String,
    /// The device whose stream it is, by name if known.
    pub device: String,
    /// Program and version.
    pub app: String,
    /// What changed, field by field.
    pub changes: Vec<FieldChange>,
    /// Why.
    pub reason: Option<String>,
    /// Where it came from, such as `paper`.
    pub source: Option<String>,
    /// Whether a receipt covers it.
    pub received: bool,
}

/// One field's change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// Value before, as its author saw it.
    #[ts(type = "string | number | boolean | null")]
    pub old: serde_json::Value,
    /// Value after.
    #[ts(type = "string | number | boolean | null")]
    pub new: serde_json::Value,
}

/// The record asked for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct RecordArgs {
    /// Its id.
    pub id: RecordId,
}

/// What a check found: errors keep a form from being finalised, warnings take a reason.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CheckAnswer {
    /// Problems, errors first.
    pub problems: Vec<Problem>,
    /// Values that the rules compute from the others, to be shown beside what was typed.
    #[ts(type = "Record<string, string | number | boolean | null>")]
    pub derived: Fields,
}
