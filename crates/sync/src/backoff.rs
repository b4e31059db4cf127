//! How long to wait before trying again.
//!
//! Exponential, so that a server that is down is not hammered; jittered, so that fifty laptops that lost it at the same
//! moment do not come back at the same moment ("equal jitter": half of the delay is fixed, half is random).

use rand_core::Rng;

/// The delay before the first retry, milliseconds, before jitter.
pub const BASE: u64 = 1_000;
/// The longest delay while the server is out of reach, milliseconds.
pub const CAP: u64 = 60_000;
/// The delay while a person must act: still tried, as an administrator may have acted elsewhere; milliseconds.
pub const SLOW: u64 = 15 * 60_000;

/// Returns the delay before the next try after this many failures in a row (from 1), in milliseconds.
pub fn delay(failures: u32, cap: u64, rng: &mut (impl Rng + ?Sized)) -> u64 {
    let doublings = failures.saturating_sub(1).min(20);
    jitter(BASE.saturating_mul(1 << doublings).min(cap), rng)
}

/// Returns a delay between half of `full` and `full`.
pub fn jitter(full: u64, rng: &mut (impl Rng + ?Sized)) -> u64 {
    let half = full / 2;
    full - half + rng.next_u64() % (half + 1)
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;

    #[test]
    fn delays_grow_stay_within_bounds_and_differ() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for failures in 1..100 {
            let full = (BASE << (failures - 1).min(20)).min(CAP);
            let some: Vec<u64> = (0..20).map(|_| delay(failures, CAP, &mut rng)).collect();
            assert!(some.iter().all(|d| (full / 2..=full).contains(d)), "{failures}: {some:?}");
            assert!(some.windows(2).any(|pair| pair[0] != pair[1]), "no jitter after {failures} failures");
        }
    }
}
