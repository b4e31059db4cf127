//! How many wrong passphrases lock a person out, and for how long: the study's numbers, within what makes sense.
//!
//! They come with the study package, which lies inside the store. As a lock-out is decided before the store can be
//! opened, a laptop keeps them in its `keys.json` too. Whatever is written there is brought into bounds when it is read:
//! neither a slip in the package nor a hand on the file may lock people out at once, for ever, or never.

use serde::{Deserialize, Serialize};
use tsela_core::package::LockPolicy;

/// The fewest wrong passphrases that may lock: everybody mistypes twice.
const MIN_ATTEMPTS: u32 = 3;
/// The most: beyond these there is no lock worth the name.
const MAX_ATTEMPTS: u32 = 20;
/// The longest lock-out: four hours, half a shift.
const MAX_WAIT_MINUTES: u32 = 4 * 60;
const MINUTE_MS: i64 = 60 * 1000;

/// The rules of a lock-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct LockRules {
    attempts: u32,
    wait_minutes: u32,
}

impl Default for LockRules {
    /// Five attempts and 15 minutes.
    fn default() -> Self {
        Self { attempts: 5, wait_minutes: 15 }
    }
}

impl LockRules {
    /// Takes a study's numbers and brings them into bounds: 3 to 20 attempts, 1 to 240 minutes.
    pub fn new(attempts: u32, wait_minutes: u32) -> Self {
        Self {
            attempts: attempts.clamp(MIN_ATTEMPTS, MAX_ATTEMPTS),
            wait_minutes: wait_minutes.clamp(1, MAX_WAIT_MINUTES),
        }
    }

    /// Returns how many wrong passphrases in a row lock a person out.
    pub fn attempts(self) -> u32 {
        self.attempts
    }

    /// Returns how long the first lock-out lasts, in minutes.
    pub fn wait_minutes(self) -> u32 {
        self.wait_minutes
    }

    /// Says whether so many wrong passphrases are a lock-out.
    pub fn is_locked(self, failed: u32) -> bool {
        failed >= self.attempts
    }

    /// Returns how long the lock-out after so many wrong passphrases lasts, in milliseconds: the study's minutes, doubled
    /// by each further one up to four hours; 0 if they are too few for one.
    pub fn lock_ms(self, failed: u32) -> i64 {
        let Some(further) = failed.checked_sub(self.attempts) else { return 0 };
        let first = i64::from(self.wait_minutes) * MINUTE_MS;
        first.saturating_mul(1 << further.min(8)).min(i64::from(MAX_WAIT_MINUTES) * MINUTE_MS)
    }
}

impl From<&LockPolicy> for LockRules {
    fn from(policy: &LockPolicy) -> Self {
        Self::new(policy.attempts, policy.wait_minutes)
    }
}

/// The two numbers as they stand in a file.
#[derive(Serialize, Deserialize)]
struct Written {
    attempts: u32,
    wait_minutes: u32,
}

impl From<Written> for LockRules {
    fn from(written: Written) -> Self {
        Self::new(written.attempts, written.wait_minutes)
    }
}

impl From<LockRules> for Written {
    fn from(rules: LockRules) -> Self {
        Self { attempts: rules.attempts, wait_minutes: rules.wait_minutes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_make_no_sense_are_brought_into_bounds_also_from_a_file() {
        let numbers = |rules: LockRules| (rules.attempts(), rules.wait_minutes());
        assert_eq!(numbers(LockRules::default()), (5, 15));
        assert_eq!(numbers(LockRules::new(0, 0)), (3, 1));
        assert_eq!(numbers(LockRules::new(u32::MAX, u32::MAX)), (20, 240));
        let written: LockRules = serde_json::from_str(r#"{"attempts": 4000000000, "wait_minutes": 0}"#).unwrap();
        assert_eq!(numbers(written), (20, 1));
    }

    #[test]
    fn each_further_attempt_doubles_the_lock_up_to_four_hours() {
        let rules = LockRules::new(3, 30);
        let minutes: Vec<i64> = (2..9).map(|failed| rules.lock_ms(failed) / MINUTE_MS).collect();
        assert_eq!(minutes, [0, 30, 60, 120, 240, 240, 240]);
        assert_eq!(rules.lock_ms(u32::MAX), 240 * MINUTE_MS);
    }
}
