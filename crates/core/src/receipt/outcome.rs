//! What a receipt says of single entries and tubes: codes and field names, never values.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{Dot, RecordId},
    manifest::{PackageCode, SpecimenCode, TubeState},
    time::Timestamp,
};

/// What happened to an entry beyond being stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Cannot be folded here yet; its whole save waits with it.
    Held,
    /// The stream says two things under one number; it is quarantined.
    Forked,
    /// Came after the device's revocation; waits for a person.
    Quarantined,
    /// Folded; breaks a rule, shown to people.
    Finding,
    /// Folded; stands beside another value that was written at the same time.
    Conflict,
}

/// What happened to one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What happened.
    pub kind: OutcomeKind,
    /// The entry.
    pub dot: Dot,
    /// The record it changes, if it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    /// Code of the reason, such as `unknown_model`.
    pub code: String,
    /// Field that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// What became of a tube.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TubeOutcome {
    /// What is printed on it.
    pub specimen: SpecimenCode,
    /// Where it is.
    pub state: TubeState,
    /// Since when.
    pub at: Timestamp,
    /// What is wrong with it, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discrepancy: Option<PackageCode>,
}
