//! How large the next bundle should be on this link.
//!
//! Nothing of a bundle counts before its receipt, so bundles are small where links are bad; each costs a round trip and a
//! commit at both ends, so they are larger where links are good. A push begins small and grows with every bundle that
//! arrives quickly. What a break has brought over is not sent again, so breaks make bundles no smaller than a bad link
//! does: smaller ones would cost more in their headers than they save.

use tsela_core::bundle::journal::BAD_LINK;

/// The first bundle of a push, bytes of the file.
pub const FIRST: usize = BAD_LINK;
/// The smallest bundle, bytes of the file: only where texts hardly shrink.
pub const LEAST: usize = 4 * 1024;
/// The largest bundle, bytes of the file; above it nothing is gained.
pub const MOST: usize = 512 * 1024;

/// A bundle that took no longer may be followed by one of twice the size, milliseconds.
const QUICK: u64 = 1_000;
/// A bundle that took longer is followed by one of half the size, milliseconds.
const SLOW: u64 = 8_000;
/// Weight of the newest measurement of the rate, in eighths.
const WEIGHT: u64 = 3;

/// What is known of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    target: usize,
    /// Bytes a second, smoothed; 0 until measured.
    rate: u64,
}

impl Default for Link {
    fn default() -> Self {
        Self { target: FIRST, rate: 0 }
    }
}

impl Link {
    /// Returns the size to aim at, bytes of the file.
    pub fn target(&self) -> usize {
        self.target
    }

    /// Returns the rate of sending, bytes a second, if known.
    pub fn rate(&self) -> Option<u64> {
        (self.rate > 0).then_some(self.rate)
    }

    /// Learns from a bundle that arrived: its bytes, and milliseconds from the first byte to the receipt.
    pub fn arrived(&mut self, bytes: usize, millis: u64) {
        let rate = (bytes as u64).saturating_mul(1000) / millis.max(1);
        self.rate = if self.rate == 0 { rate } else { smooth(self.rate, rate) };
        // A bundle far below the target says nothing of what a full one would have cost.
        if millis <= QUICK && bytes * 3 >= self.target() {
            self.target = (self.target * 2).min(MOST);
        } else if millis > SLOW {
            self.target = (self.target / 2).max(FIRST);
        }
    }

    /// Learns that a bundle did not arrive.
    pub fn failed(&mut self) {
        self.target = (self.target / 2).max(FIRST);
    }
}

fn smooth(known: u64, newest: u64) -> u64 {
    known.saturating_mul(8 - WEIGHT).saturating_add(newest.saturating_mul(WEIGHT)) / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_on_a_fast_link_up_to_the_bound() {
        let mut link = Link::default();
        let mut sizes = Vec::new();
        for _ in 0..7 {
            sizes.push(link.target() / 1024);
            link.arrived(link.target(), 40);
        }
        assert_eq!(sizes, [16, 32, 64, 128, 256, 512, 512]);
    }

    #[test]
    fn stays_small_at_64_kbit_and_where_it_is_cut_and_recovers() {
        let mut link = Link::default();
        link.arrived(FIRST, 2_000);
        assert_eq!((link.target(), link.rate()), (FIRST, Some(8_192)));
        (0..3).for_each(|_| link.arrived(link.target(), 40));
        assert_eq!(link.target(), 8 * FIRST);
        (0..5).for_each(|_| link.failed());
        assert_eq!(link.target(), FIRST);
        (0..2).for_each(|_| link.arrived(link.target(), 500));
        assert_eq!(link.target(), 4 * FIRST);
    }

    #[test]
    fn a_small_last_bundle_teaches_nothing_about_size() {
        let mut link = Link::default();
        link.arrived(700, 30);
        assert_eq!(link.target(), FIRST);
    }

    #[test]
    fn a_fast_link_that_turns_slow_is_noticed_before_it_breaks() {
        let mut link = Link::default();
        (0..3).for_each(|_| link.arrived(link.target(), 40));
        link.arrived(link.target(), 16_000);
        assert_eq!(link.target(), 64 * 1024);
    }
}
