//! Rules of a visit to a household.

use super::{
    fill,
    judge::{Judge, is_live},
};
use crate::{entry::Fields, ids::RecordId, model::Values, problem::Rule, world::World};

pub(super) static RULES: &[&Rule] = &[&NEXT_VISIT_EARLY];

static NEXT_VISIT_EARLY: Rule = Rule::error(
    "household_visit.next_visit_early",
    "{field} is before this visit. Enter the day on which you will come again.",
);

pub(super) fn judge(judge: &Judge<'_>) {
    let (next, visited) = (judge.values.date("next_visit"), judge.values.instant("visited_at"));
    if let (Some(next), Some(visited)) = (next, visited)
        && next < judge.date(visited)
    {
        judge.breaks(&NEXT_VISIT_EARLY, "next_visit");
    }
}

/// Numbers the attempt among those of its day; the day is that of the natural key.
pub(super) fn derive(record: Option<RecordId>, fields: &mut Fields, world: &dyn World) {
    let (Some(household), Some(at)) = (fields.reference("household"), fields.instant("visited_at")) else { return };
    let day = at.date(0);
    let visits = world.referring(household, "household_visit", "household").into_iter();
    let others = visits.filter(|id| Some(*id) != record).filter_map(|id| world.record(id));
    let same_day =
        others.filter(|state| is_live(state) && state.instant("visited_at").is_some_and(|t| t.date(0) == day));
    let last = same_day.map(|state| state.integer("attempt").unwrap_or(1)).max().unwrap_or(0);
    fill(fields, "attempt", last + 1);
}
