//! Counting wrong passphrases: each costs a growing wait, the fifth locks.
//!
//! A wait is kept as its beginning and length, not as its end. If the clock now shows a time before the beginning, it
//! was set back, and the whole wait begins again from there: setting the clock back never helps, and a clock that was
//! far ahead and is put right costs no more than one wait.

use serde::{Deserialize, Serialize};
use tsela_core::time::Timestamp;

/// How many wrong passphrases in a row lock a user out.
pub const LOCK_AFTER: u32 = 5;
/// How long the first lock-out lasts, in milliseconds: 15 minutes. Each further wrong attempt doubles it.
pub const LOCK_MS: i64 = 15 * 60 * 1000;
/// The longest lock-out: four hours, half a shift.
const MAX_LOCK_MS: i64 = 4 * 60 * 60 * 1000;

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
    pub(super) fn wait_ms(&mut self, now: Timestamp) -> i64 {
        let Some(since) = self.since else { return 0 };
        let passed = now.millis_since(since);
        if passed < 0 && self.wait_after_failures() > 0 {
            self.since = Some(now);
        }
        (self.wait_after_failures() - passed.max(0)).max(0)
    }

    /// Says whether the wait is a lock-out.
    pub(super) fn is_locked(&self) -> bool {
        self.failed >= LOCK_AFTER
    }

    /// Returns how many attempts are left before the lock-out.
    pub(super) fn left(&self) -> u32 {
        LOCK_AFTER.saturating_sub(self.failed)
    }

    /// 1, 2, 4, 8 seconds, then 15 minutes, doubling to four hours.
    fn wait_after_failures(&self) -> i64 {
        match self.failed {
            0 => 0,
            n if n < LOCK_AFTER => 1000 << (n - 1),
            n => LOCK_MS.saturating_mul(1 << (n - LOCK_AFTER).min(8)).min(MAX_LOCK_MS),
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
        for _ in 0..12 {
            attempts.count(Timestamp(0));
            waits.push(attempts.wait_ms(Timestamp(0)) / 1000);
        }
        assert_eq!(waits, [1, 2, 4, 8, 900, 1800, 3600, 7200, 14400, 14400, 14400, 14400]);
        assert_eq!(attempts.wait_ms(Timestamp(-1_000_000)), MAX_LOCK_MS);
        assert_eq!(attempts.wait_ms(Timestamp(-1_000_000 + MAX_LOCK_MS - 1)), 1);
        assert_eq!(attempts.wait_ms(Timestamp(-1_000_000 + MAX_LOCK_MS)), 0);
    }
}
