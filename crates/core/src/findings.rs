//! Findings: what is odd in the folded records, shown to people, blocking nothing.
//!
//! A pure function of all folded records and the study packages, judged with the time and package version of the
//! record's own last entry, so that every server finds the same whenever it looks. [`affected`] says whose findings a
//! change may alter; judging only those again gives what judging everything would.
//!
//! A record that is void or merged away breaks no rules any more, and nothing is a duplicate of it. References are
//! judged as written, not through merges: a consent stays one of the participant that it names.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    entry::MERGED_INTO,
    fold::RecordState,
    ids::RecordId,
    model,
    package::CompiledPackage,
    problem::{Rule, Severity},
    rules::{Judge, Stage},
    world::World,
};

mod affected;
#[cfg(test)]
mod tests;

pub use affected::affected;

pub(crate) static RULES: &[&Rule] =
    &[&UPDATE_WITHOUT_INSERT, &EDIT_BESIDE_VOID, &MERGE_CYCLE, &MERGED_INTO_MISSING, &PACKAGE_UNKNOWN];

static UPDATE_WITHOUT_INSERT: Rule = Rule::error(
    "finding.update_without_insert",
    "A change of this record has arrived, but not the record. Wait for its laptop's next push; if it stays, tell a data manager.",
);
static EDIT_BESIDE_VOID: Rule = Rule::warning(
    "finding.edit_beside_void",
    "{field} was changed by somebody who did not know that the record was voided. Restore the record, or leave it void.",
);
static MERGE_CYCLE: Rule = Rule::error(
    "finding.merge_cycle",
    "These records were merged into each other in a circle. Undo one of the merges.",
);
static MERGED_INTO_MISSING: Rule = Rule::error(
    "finding.merged_into_missing",
    "The record into which this one was merged is not here. Wait for it, or undo the merge.",
);
static PACKAGE_UNKNOWN: Rule = Rule::warning(
    "finding.package_unknown",
    "The record was written under a study package that is not here, so its rules cannot be judged. Fetch the package.",
);

/// The code of the finding that goes away when a package arrives: the caller then judges these records again.
pub const PACKAGE_UNKNOWN_CODE: &str = "finding.package_unknown";

/// Something odd in a record. Holds codes and field names, never what a participant said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct Finding {
    /// The record.
    pub record: RecordId,
    /// The rule's code.
    pub code: String,
    /// The field, `_void` or `_merged_into`.
    pub field: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Values for the places of the sentence, never a participant's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// Other records concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<RecordId>,
}

impl Finding {
    fn new(record: RecordId, rule: &Rule, field: &str, related: Vec<RecordId>) -> Self {
        Self {
            record,
            code: rule.code.to_owned(),
            field: field.to_owned(),
            severity: rule.severity,
            params: BTreeMap::new(),
            related,
        }
    }
}

/// Returns what is odd in one record. `packages` gives a study package by its version.
pub fn findings<'p>(
    state: &RecordState,
    world: &dyn World,
    packages: &dyn Fn(u32) -> Option<&'p CompiledPackage>,
) -> BTreeSet<Finding> {
    let mut found = BTreeSet::new();
    let mut add = |rule: &Rule, field: &str, related| found.insert(Finding::new(state.id, rule, field, related));
    if !state.is_inserted() {
        add(&UPDATE_WITHOUT_INSERT, "", Vec::new());
        return found;
    }
    if let Some(winner) = state.merged_into() {
        let chain = merge_chain(state.id, Some(winner), world);
        if chain.contains(&state.id) {
            add(&MERGE_CYCLE, MERGED_INTO, chain.into_iter().filter(|id| *id != state.id).collect());
        } else if !world.record(winner).is_some_and(|winner| winner.is_inserted()) {
            add(&MERGED_INTO_MISSING, MERGED_INTO, vec![winner]);
        }
    }
    if state.is_void() {
        for field in state.edits_beside_void() {
            add(&EDIT_BESIDE_VOID, field, Vec::new());
        }
    }
    if state.is_void() || state.merged_into().is_some() {
        return found;
    }
    let Some(model) = model::find(&state.model) else { return found };
    let Some(package) = packages(state.modified.package) else {
        add(&PACKAGE_UNKNOWN, "", Vec::new());
        return found;
    };
    let judge = Judge::new(model, Some(state.id), state, state.modified.at, Stage::Finding, package, world);
    judge.all();
    for broken in judge.into_broken() {
        add(broken.rule, &broken.field, broken.related);
    }
    found
}

/// Returns the records that a merge leads to, one after the other, up to the first that was met before.
fn merge_chain(start: RecordId, first: Option<RecordId>, world: &dyn World) -> BTreeSet<RecordId> {
    let mut met = BTreeSet::new();
    let mut next = first;
    while let Some(id) = next {
        if !met.insert(id) || id == start {
            break;
        }
        next = world.record(id).and_then(|state| state.merged_into());
    }
    met
}
