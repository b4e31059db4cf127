//! Where the engine reads the time. Everything else is told it.

use std::{
    fmt,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use tsela_core::time::Timestamp;

/// Shifts the wall clock by this many seconds. For tests only: it shifts what this program takes for the time and
/// nothing else, and the engine's status shows the shift for as long as it is set.
pub const OFFSET_VARIABLE: &str = "TSELA_CLOCK_OFFSET_SECONDS";

/// A wall clock, which may be wrong or be set, and a steady one, which is used for waiting.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the time of day.
    fn now(&self) -> Timestamp;

    /// Returns how long this clock has been running; never goes back.
    fn monotonic(&self) -> Duration;

    /// Returns by how many seconds a test shifts the time of day.
    fn offset_seconds(&self) -> i64 {
        0
    }
}

/// The machine's own clock.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    offset_seconds: i64,
}

impl SystemClock {
    /// Starts a clock that is shifted by a number of seconds.
    pub fn with_offset(offset_seconds: i64) -> Self {
        Self { started: Instant::now(), offset_seconds }
    }

    /// Starts a clock; shifted if [`OFFSET_VARIABLE`] is set to a whole number.
    pub fn new() -> Self {
        let offset = std::env::var(OFFSET_VARIABLE).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        if offset != 0 {
            tracing::warn!(offset_seconds = offset, "a test shifts this program's clock");
        }
        Self::with_offset(offset)
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[allow(clippy::disallowed_methods, reason = "this is the clock type that everything else is given")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp(millis).plus_millis(self.offset_seconds.saturating_mul(1000))
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    fn offset_seconds(&self) -> i64 {
        self.offset_seconds
    }
}

/// A clock that a test moves by hand.
#[derive(Debug)]
pub struct FakeClock {
    now: AtomicI64,
    monotonic: AtomicU64,
}

impl FakeClock {
    /// Starts at an instant.
    pub fn at(now: Timestamp) -> Self {
        Self { now: AtomicI64::new(now.0), monotonic: AtomicU64::new(0) }
    }

    /// Lets time pass on both clocks.
    pub fn pass(&self, millis: u64) {
        self.now.fetch_add(i64::try_from(millis).unwrap_or(i64::MAX), Ordering::SeqCst);
        self.monotonic.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets the time of day, as a person may; the steady clock goes on.
    pub fn set(&self, now: Timestamp) {
        self.now.store(now.0, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_shifts_the_time_of_day_and_nothing_else() {
        let (right, wrong) = (SystemClock::with_offset(0), SystemClock::with_offset(-3 * 3600));
        let apart = right.now().millis_since(wrong.now());
        assert!((3 * 3_600_000 - 60_000..=3 * 3_600_000 + 60_000).contains(&apart), "{apart} ms");
        assert!(wrong.monotonic() < Duration::from_secs(60));
        assert_eq!(wrong.offset_seconds(), -10_800);
    }

    #[test]
    fn setting_the_time_does_not_move_the_steady_clock() {
        let clock = FakeClock::at(Timestamp(1_000));
        clock.pass(500);
        clock.set(Timestamp(0));
        assert_eq!((clock.now(), clock.monotonic()), (Timestamp(0), Duration::from_millis(500)));
    }
}
