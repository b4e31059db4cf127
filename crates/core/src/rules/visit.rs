//! Rules of a study visit, and its sequence.

use super::{
    fill,
    judge::{Judge, is_live},
};
use crate::{entry::Fields, ids::RecordId, model::Values, problem::Rule, world::World};

pub(super) static RULES: &[&Rule] = &[];

/// A visit has no rules beyond those of every record.
pub(super) fn judge(_judge: &Judge<'_>) {}

/// Numbers the visit: a scheduled one is 0, each unscheduled one after it the next.
pub(super) fn derive(record: Option<RecordId>, fields: &mut Fields, world: &dyn World) {
    let Some(participant) = fields.reference("participant").filter(|_| !fields.has("sequence")) else { return };
    if fields.text("reason") != Some("unscheduled") {
        return fill(fields, "sequence", 0);
    }
    let visits = world.referring(participant, "visit", "participant").into_iter();
    let others = visits.filter(|id| Some(*id) != record).filter_map(|id| world.record(id));
    let code = fields.text("visit_code");
    let same = others.filter(|state| is_live(state) && state.text("visit_code") == code);
    let last = same.map(|state| state.integer("sequence").unwrap_or(0)).max().unwrap_or(0);
    fill(fields, "sequence", last + 1);
}
