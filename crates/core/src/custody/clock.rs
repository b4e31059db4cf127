//! The clock of a tube: how long since it was collected, against what its panel allows.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How urgent it is that a tube reaches the laboratory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Less than half of its time is gone.
    Calm,
    /// Half of it is gone.
    Warning,
    /// All of it is gone.
    Alarm,
}

impl Urgency {
    /// Judges an age in seconds against hours from collection to the laboratory.
    pub fn of(age_seconds: i64, hours_to_lab: u32) -> Self {
        let limit = i64::from(hours_to_lab) * 3600;
        match age_seconds {
            age if age >= limit => Self::Alarm,
            age if age.saturating_mul(2) >= limit => Self::Warning,
            _ => Self::Calm,
        }
    }

    /// Returns its code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Warning => "warning",
            Self::Alarm => "alarm",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Urgency::{self, Alarm, Calm, Warning};

    #[test]
    fn a_tube_warns_at_half_of_its_time_and_alarms_at_the_end() {
        let seen = [0, 3599, 3600, 7199, 7200, i64::MAX, i64::MIN].map(|age| Urgency::of(age, 2));
        assert_eq!(seen, [Calm, Calm, Warning, Warning, Alarm, Alarm, Calm]);
    }
}
