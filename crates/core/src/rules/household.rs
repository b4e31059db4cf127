//! Rules of a household.

use super::judge::Judge;
use crate::problem::{Broken, Rule};

pub(super) static RULES: &[&Rule] = &[&GPS_INCOMPLETE, &GPS_INACCURATE];

static GPS_INCOMPLETE: Rule = Rule::error(
    "household.gps_incomplete",
    "{field} is empty while the other half of the position is given. Fill in both or neither.",
);
static GPS_INACCURATE: Rule = Rule::warning(
    "household.gps_inaccurate",
    "{field} is above {limit} m. Measure again outdoors, or say why that is not possible.",
);

pub(super) fn judge(judge: &Judge<'_>) {
    for (one, other) in [("gps_lat", "gps_lon"), ("gps_lon", "gps_lat")] {
        if !judge.has(one) && judge.has(other) {
            judge.breaks(&GPS_INCOMPLETE, one);
        }
    }
    let limit = judge.limits().gps_accuracy_m;
    if judge.values.integer("gps_accuracy_m").is_some_and(|metres| metres > limit) {
        judge.note(Broken::at(&GPS_INACCURATE, "gps_accuracy_m").with("limit", limit));
    }
}
