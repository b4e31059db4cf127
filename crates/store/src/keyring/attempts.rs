//! Counting wrong passphrases: each costs a growing wait, so many as the [study's rules](LockRules) say lock.
//!
//! A wait is kept as its beginning and length, not as its end. If the clock now shows a time before the beginning, it
//! was set back, and the whole wait begins again from there: setting the clock back never helps, and a clock that was
//! far ahead and is put right costs no more than one wait.

use serde::{Deserialize, Serialize};
use tsela_core::time::Timestamp;

use crate::lock_rules::LockRules;

/// The longest wait short of a lock-out, in milliseconds.
const MAX_DELAY_MS: i64 = 60 * 1000;

/// The attempts since the last success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Attempts {
    /// Wrong ones in a row.
    failed: u32,
    /// When the present wait began; there is none before the first attempt.
    since: Option<Timestamp>,
}

impl Attempts {
    /// Counts an attempt as failed, from now.
    pub(super) fn count(&mut self, now: Timestamp) {
        self.failed = self.failed.saturating_add(1);
        self.since = Some(now);
    }

    /// Returns how long until an attempt is taken, in milliseconds; a clock that was set back begins the wait again.
    pub(super) fn wait_ms(&mut self, rules: LockRules, now: Timestamp) -> i64 {
        let Some(since) = self.since else { return 0 };
        let passed = now.millis_since(since);
        let wait = self.wait_after_failures(rules);
        if passed < 0 && wait > 0 {
            self.since = Some(now);
        }
        (wait - passed.max(0)).max(0)
    }

    /// Says whether the wait is a lock-out.
    pub(super) fn is_locked(&self, rules: LockRules) -> bool {
        rules.is_locked(self.failed)
    }

    /// Returns how many attempts are left before the lock-out.
    pub(super) fn left(&self, rules: LockRules) -> u32 {
        rules.attempts().saturating_sub(self.failed)
    }

    /// 1, 2, 4, 8 seconds up to a minute, then what the rules say.
    fn wait_after_failures(&self, rules: LockRules) -> i64 {
        match self.failed {
            0 => 0,
            n if rules.is_locked(n) => rules.lock_ms(n),
            n => (1000 << (n - 1).min(16)).min(MAX_DELAY_MS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_a_clock_set_back_begins_them_again() {
        let mut attempts = Attempts::default();
        let mut waits = Vec::new();
        let rules = LockRules::default();
        for _ in 0..12 {
            attempts.count(Timestamp(0));
            waits.push(attempts.wait_ms(rules, Timestamp(0)) / 1000);
        }
        assert_eq!(waits, [1, 2, 4, 8, 900, 1800, 3600, 7200, 14400, 14400, 14400, 14400]);
        let four_hours = 14_400_000;
        assert_eq!(attempts.wait_ms(rules, Timestamp(-1_000_000)), four_hours);
        assert_eq!(attempts.wait_ms(rules, Timestamp(-1_000_000 + four_hours - 1)), 1);
        assert_eq!(attempts.wait_ms(rules, Timestamp(-1_000_000 + four_hours)), 0);
    }

    #[test]
    fn a_study_that_allows_many_attempts_makes_each_wait_a_minute_at_most() {
        let (rules, mut attempts) = (LockRules::new(20, 1), Attempts::default());
        let mut waits = Vec::new();
        for _ in 0..20 {
            attempts.count(Timestamp(0));
            waits.push(attempts.wait_ms(rules, Timestamp(0)) / 1000);
        }
        assert_eq!(waits, [vec![1, 2, 4, 8, 16, 32], vec![60; 14]].concat());
        assert!(attempts.is_locked(rules));
    }
}
