//! Clocks: one time that passes for all, and for each machine a wall clock that may be off by years.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tsela_core::time::Timestamp;
use tsela_sync::clock::Clock;

/// 2026-03-02T15:00:00Z, after the sample day.
const EVENING: i64 = 1_772_463_600_000;

/// The time that passes, milliseconds since the day began.
#[derive(Clone, Debug, Default)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    /// Lets time pass.
    pub fn pass(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Returns the milliseconds since the day began.
    pub fn millis(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A wall clock with hands that can be set.
#[derive(Clone, Debug)]
pub struct Hands {
    time: Time,
    off: Arc<AtomicI64>,
}

impl Hands {
    /// Hangs up a clock that is right.
    pub fn of(time: &Time) -> Self {
        Self { time: time.clone(), off: Arc::default() }
    }

    /// Sets the clock wrong by so many milliseconds.
    pub fn set(&self, off: i64) {
        self.off.store(off, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(EVENING + self.time.millis() + self.off.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.time.millis()).unwrap_or(0))
    }
}
