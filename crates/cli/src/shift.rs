//! Moving a file of saves to today: what happened on its last day happens now.
//!
//! Times of events and dates of appointments move by whole minutes, so that the last event was a few minutes ago. What
//! says who somebody is stays: a date of birth moves by whole years only, once the file is older than a year, so that
//! ages stay what they were to the year.

use chrono::{Datelike as _, Days, NaiveDate};
use serde_json::Value;
use tsela_core::{
    entry::Fields,
    model::{self, Field, FieldKind},
    time::Timestamp,
};

/// How long ago the last event of a moved file was, milliseconds.
const AGO_MS: i64 = 5 * 60_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// By how much a file is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    millis: i64,
}

impl Shift {
    /// Returns the shift that makes the last event of these lines happen shortly before now. Lines that cannot be read
    /// do not count.
    pub fn to_today<'a>(lines: impl IntoIterator<Item = &'a str>, now: Timestamp) -> Self {
        let last = lines.into_iter().filter_map(last_event).max();
        let millis = last.map_or(0, |last| now.plus_millis(-AGO_MS).millis_since(last));
        Self { millis: millis.div_euclid(MINUTE_MS) * MINUTE_MS }
    }

    /// Moves the times of one line.
    pub fn apply(self, model: &str, set: &mut Fields) {
        let Some(model) = model::find(model) else { return };
        for (name, value) in set {
            if let Some(field) = model.field(name)
                && let Some(moved) = value.as_str().and_then(|text| self.moved(field, text))
            {
                *value = Value::String(moved);
            }
        }
    }

    fn moved(self, field: &Field, text: &str) -> Option<String> {
        match field.kind {
            FieldKind::DateTime => {
                let moved = text.parse::<Timestamp>().ok()?.plus_millis(self.millis);
                Some(
                    chrono::DateTime::from_timestamp_millis(moved.0)?
                        .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
                )
            }
            FieldKind::Date if field.name == "dob" => {
                let years = i32::try_from(self.millis / DAY_MS / 366).ok()?;
                let date: NaiveDate = text.parse().ok()?;
                // The 29th of February is not in every year.
                let moved =
                    date.with_year(date.year() + years).or_else(|| date.pred_opt()?.with_year(date.year() + years));
                Some(moved?.to_string())
            }
            FieldKind::Date => {
                let date: NaiveDate = text.parse().ok()?;
                let days = self.millis.div_euclid(DAY_MS);
                let by = Days::new(days.unsigned_abs());
                let moved = if days < 0 { date.checked_sub_days(by) } else { date.checked_add_days(by) };
                Some(moved?.to_string())
            }
            _ => None,
        }
    }
}

fn last_event(line: &str) -> Option<Timestamp> {
    let line: Value = serde_json::from_str(line).ok()?;
    let model = model::find(line.get("model")?.as_str()?)?;
    let is_time = |name: &str| model.field(name).is_some_and(|field| field.kind == FieldKind::DateTime);
    let times = line.get("set")?.as_object()?.iter().filter(|(name, _)| is_time(name));
    times.filter_map(|(_, value)| value.as_str()?.parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 3] = [
        r#"{"model":"consent","set":{"consent_datetime":"2026-03-02T05:41:00Z"}}"#,
        r#"{"model":"household_visit","set":{"visited_at":"2026-03-02T14:00:30Z","next_visit":"2026-03-09"}}"#,
        "not a line",
    ];

    fn moved(now: &str, model: &str, field: &str, value: &str) -> Value {
        let shift = Shift::to_today(LINES, now.parse().unwrap());
        let mut set: Fields = [(field.to_owned(), value.into())].into();
        shift.apply(model, &mut set);
        set.remove(field).unwrap()
    }

    #[test]
    fn the_last_event_is_shortly_before_now_and_intervals_stay() {
        let now = "2026-11-20T10:10:00Z";
        assert_eq!(moved(now, "household_visit", "visited_at", "2026-03-02T14:00:30Z"), "2026-11-20T10:04:30Z");
        assert_eq!(moved(now, "consent", "consent_datetime", "2026-03-02T05:41:00Z"), "2026-11-20T01:45:00Z");
        assert_eq!(moved(now, "household_visit", "next_visit", "2026-03-09"), "2026-11-26");
        assert_eq!(moved(now, "household_visit", "notes", "2026-03-09"), "2026-03-09");
    }

    #[test]
    fn people_stay_who_they_are_and_do_not_grow_old() {
        assert_eq!(moved("2026-11-20T10:10:00Z", "participant", "dob", "1962-12-15"), "1962-12-15");
        assert_eq!(moved("2029-03-10T10:10:00Z", "participant", "dob", "1964-02-29"), "1967-02-28");
    }

    #[test]
    fn a_file_from_the_future_moves_back_and_one_without_times_stays() {
        assert_eq!(
            moved("2025-03-02T14:05:30Z", "consent", "consent_datetime", "2026-03-02T05:41:00Z"),
            "2025-03-02T05:41:00Z"
        );
        assert_eq!(Shift::to_today([], Timestamp(0)).millis, 0);
    }
}
