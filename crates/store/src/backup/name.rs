//! The names of backups: `store-000012-20261120T194500000Z.db`, and `.keys.json` beside it.
//!
//! The number comes first because clocks are set back; the time is for people.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use chrono::NaiveDateTime;
use tsela_core::time::Timestamp;

pub(super) fn of(number: u64, taken_at: Timestamp) -> String {
    format!("store-{number:06}-{}.db", compact(taken_at))
}

pub(super) fn parse(name: &str) -> Option<(u64, Timestamp)> {
    let (number, time) = name.strip_prefix("store-")?.strip_suffix(".db")?.split_once('-')?;
    let time = NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%M%S%3fZ").ok()?;
    Some((number.parse().ok()?, Timestamp(time.and_utc().timestamp_millis())))
}

/// A time without the characters that Windows keeps out of names.
pub(super) fn compact(time: Timestamp) -> String {
    time.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect()
}

pub(super) fn keys_beside(path: &Path) -> PathBuf {
    path.with_extension("keys.json")
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_not() {
        let time: Timestamp = "2026-11-20T19:45:00.123Z".parse().unwrap();
        let name = of(12, time);
        assert_eq!(name, "store-000012-20261120T194500123Z.db");
        assert_eq!(parse(&name), Some((12, time)));
        for other in ["unfinished.db", "store-x-20261120T194500123Z.db", "store-000012-20261120T194500123Z.keys.json"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
