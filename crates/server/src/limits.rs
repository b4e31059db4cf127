//! How often a caller may call: token buckets that are told the time.
//!
//! A bucket holds so many calls and refills steadily. Buckets live in memory: a restart forgives everyone, which costs
//! an attacker more than it gains. Full buckets are forgotten, so that many addresses take no memory for long.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use tsela_core::{ids::DeviceId, time::Timestamp};

use crate::error::Refusal;

/// How much a bucket holds and how fast it refills.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    /// Calls at once, after a rest.
    pub burst: f64,
    /// Calls a second in the long run.
    pub per_second: f64,
}

impl Rate {
    const fn new(burst: u32, calls: u32, seconds: u32) -> Self {
        Self { burst: burst as f64, per_second: calls as f64 / seconds as f64 }
    }
}

/// Buckets of one kind, by whom they limit.
pub(crate) struct Buckets<K> {
    rate: Rate,
    /// Calls left, and when that was.
    left: Mutex<HashMap<K, (f64, Timestamp)>>,
}

/// When to forget full buckets.
const MANY: usize = 10_000;

impl<K: Eq + Hash + Copy> Buckets<K> {
    fn new(rate: Rate) -> Self {
        Self { rate, left: Mutex::new(HashMap::new()) }
    }

    /// Takes `cost` calls out of a bucket, or says in how many seconds it will hold them.
    pub fn take(&self, key: K, cost: f64, now: Timestamp) -> Result<(), Refusal> {
        let mut buckets = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MANY {
            let rate = self.rate;
            buckets.retain(|_, (left, since)| refilled(rate, *left, *since, now) < rate.burst);
        }
        let (left, since) = buckets.get(&key).copied().unwrap_or((self.rate.burst, now));
        let left = refilled(self.rate, left, since, now);
        if left >= cost {
            buckets.insert(key, (left - cost, now));
            return Ok(());
        }
        buckets.insert(key, (left, now));
        let seconds = ((cost.min(self.rate.burst) - left) / self.rate.per_second).ceil();
        Err(Refusal::busy(seconds.clamp(1.0, 3600.0) as u32))
    }
}

/// A clock that was set back refills nothing.
fn refilled(rate: Rate, left: f64, since: Timestamp, now: Timestamp) -> f64 {
    let seconds = now.millis_since(since).max(0) as f64 / 1000.0;
    (left + seconds * rate.per_second).min(rate.burst)
}

/// All limits of a server.
pub(crate) struct Limits {
    /// Enrolments from one address.
    pub enrol: Buckets<IpAddr>,
    /// Enrolments in all.
    pub enrol_all: Buckets<()>,
    /// Introductions from one address; apart from enrolments, which they must not hold up after a restore.
    pub introduce: Buckets<IpAddr>,
    /// Introductions in all.
    pub introduce_all: Buckets<()>,
    /// Health answers to one address.
    pub health: Buckets<IpAddr>,
    /// Unknown tokens from one address.
    pub unknown_token: Buckets<IpAddr>,
    /// Calls of one device.
    pub device: Buckets<DeviceId>,
    /// Bytes that one device sends, in KiB.
    pub device_kib: Buckets<DeviceId>,
    /// Sign-ins from one address.
    pub sign_in: Buckets<IpAddr>,
    /// Calls of the pages from one address.
    pub pages: Buckets<IpAddr>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            enrol: Buckets::new(Rate::new(10, 10, 60)),
            enrol_all: Buckets::new(Rate::new(60, 60, 60)),
            introduce: Buckets::new(Rate::new(10, 10, 60)),
            introduce_all: Buckets::new(Rate::new(60, 60, 60)),
            health: Buckets::new(Rate::new(120, 20, 1)),
            unknown_token: Buckets::new(Rate::new(30, 30, 60)),
            // A fast push of small bundles is some hundred calls a second.
            device: Buckets::new(Rate::new(2_000, 1_000, 1)),
            device_kib: Buckets::new(Rate::new(512 * 1024, 64 * 1024, 1)),
            sign_in: Buckets::new(Rate::new(20, 20, 60)),
            pages: Buckets::new(Rate::new(600, 60, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_says_when_it_refills_and_forgets_nobody_else() {
        let buckets: Buckets<u8> = Buckets::new(Rate::new(3, 1, 2));
        let now = Timestamp(1_000_000);
        for _ in 0..3 {
            buckets.take(1, 1.0, now).unwrap();
        }
        assert_eq!(buckets.take(1, 1.0, now).unwrap_err().retry_after, Some(2));
        buckets.take(2, 1.0, now).unwrap();
        assert!(buckets.take(1, 1.0, now.plus_millis(1_999)).is_err());
        buckets.take(1, 1.0, now.plus_millis(2_000)).unwrap();
        assert!(buckets.take(1, 1.0, now.plus_millis(-1_000_000)).is_err(), "a clock set back refills nothing");
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let buckets: Buckets<u32> = Buckets::new(Rate::new(2, 1, 1));
        for n in 0..=MANY as u32 {
            buckets.take(n, 1.0, Timestamp(0)).unwrap();
        }
        buckets.take(u32::MAX, 1.0, Timestamp(10_000)).unwrap();
        assert_eq!(buckets.left.lock().unwrap().len(), 1);
    }
}
