//! The one source of chance of a simulated day.

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use tsela_core::time::Timestamp;
use uuid::{Builder, Uuid};

/// Dice that fall the same way for the same seed.
#[derive(Debug)]
pub struct Dice(pub ChaCha20Rng);

impl Dice {
    /// Takes dice by their seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    /// Takes other dice, so that what one part draws changes nothing for another.
    pub fn apart(&mut self) -> Self {
        Self::new(self.0.next_u64())
    }

    /// Returns a number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.0.next_u64() % n as u64).expect("it is below a usize")
    }

    /// Says yes in so many of a thousand cases.
    pub fn chance(&mut self, of_thousand: usize) -> bool {
        self.below(1_000) < of_thousand
    }

    /// Picks one, if there is any.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.below(from.len())) }
    }

    /// Makes a UUIDv7.
    pub fn id(&mut self, now: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.0.fill_bytes(&mut random);
        Builder::from_unix_timestamp_millis(u64::try_from(now.0).unwrap_or(0), &random).into_uuid()
    }

    /// Puts things into any order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for end in (1..things.len()).rev() {
            things.swap(end, self.below(end + 1));
        }
    }
}
