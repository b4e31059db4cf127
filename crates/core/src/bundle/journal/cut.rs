//! Where to cut a journal into bundles.
//!
//! Always between saves, so that a save is stored whole or not at all; small, so that a broken transfer costs little.
//! How much smaller a bundle is than its entries is learned from the bundles packed before.

/// Target on a usual link, in bytes of the file.
pub const USUAL: usize = 64 * 1024;
/// Target on a bad link, in bytes of the file.
pub const BAD_LINK: usize = 16 * 1024;
/// Bytes of entries that fit into one bundle even if nothing shrinks, with room for the manifest.
pub const ALWAYS_FITS: usize = 800 * 1024;
/// Most bytes of entries in one bundle: above it little is gained, and a server holds all of it in memory. Where texts
/// hardly shrink it does not fit, and whoever packs cuts smaller.
pub const MAX_ENTRY_BYTES: usize = 2 * 1024 * 1024;

/// What a bundle costs besides its entries: header, wraps, signatures; in bytes.
const OVERHEAD: usize = 1024;
/// Entries become about a seventh at first guess.
const FIRST_GUESS: usize = 7;
/// Bounds of what is believed of the ratio.
const RATIOS: std::ops::RangeInclusive<usize> = 1..=30;

/// Decides how many saves go into the next bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutting {
    target: usize,
    /// Bytes of entries that make one byte of a bundle.
    ratio: usize,
}

impl Cutting {
    /// Aims at bundles of this many bytes, 4 KiB to 512 KiB.
    pub fn new(target: usize) -> Self {
        Self { target: target.clamp(4 * 1024, 512 * 1024), ratio: FIRST_GUESS }
    }

    /// Returns the same with another target, keeping what was learned.
    #[must_use]
    pub fn with_target(self, target: usize) -> Self {
        Self { ratio: self.ratio, ..Self::new(target) }
    }

    /// Returns the bytes of entries that fill a bundle.
    pub fn entry_bytes(&self) -> usize {
        (self.target.saturating_sub(OVERHEAD).max(1) * self.ratio).min(MAX_ENTRY_BYTES)
    }

    /// Returns how many saves go into the next bundle, given the bytes of each: one at least, if there is any.
    pub fn saves(&self, sizes: impl IntoIterator<Item = usize>) -> usize {
        let (mut bytes, mut count) = (0usize, 0);
        for size in sizes {
            bytes = bytes.saturating_add(size);
            if count > 0 && bytes > self.entry_bytes() {
                break;
            }
            count += 1;
        }
        count
    }

    /// Learns from a packed bundle: bytes of its entries, bytes of the file.
    ///
    /// Bundles much smaller than the target say little, as their fixed part weighs more.
    pub fn learn(&mut self, entry_bytes: usize, file_bytes: usize) {
        if file_bytes * 4 > self.target {
            let seen = entry_bytes / file_bytes.saturating_sub(OVERHEAD).max(1);
            self.ratio = seen.clamp(*RATIOS.start(), *RATIOS.end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_saves_and_takes_one_at_least() {
        let cutting = Cutting::new(BAD_LINK);
        let room = cutting.entry_bytes();
        assert_eq!(cutting.saves([]), 0);
        assert_eq!(cutting.saves([room + 1, 1]), 1, "a large save travels alone");
        assert_eq!(cutting.saves([room / 2, room / 2, 1, 1]), 2);
        assert_eq!(cutting.saves([room - 1, 2]), 1);
        assert_eq!(cutting.saves([usize::MAX, usize::MAX]), 1);
    }

    #[test]
    fn learns_the_ratio_within_bounds() {
        let mut cutting = Cutting::new(USUAL);
        cutting.learn(650_000, 66_000);
        assert_eq!(cutting.entry_bytes(), (USUAL - OVERHEAD) * 10);
        cutting.learn(100, 500);
        assert_eq!(cutting.entry_bytes(), (USUAL - OVERHEAD) * 10, "too small to learn from");
        cutting.learn(1_000, 90_000);
        assert_eq!(cutting.entry_bytes(), USUAL - OVERHEAD);
        cutting.learn(usize::MAX, 66_000);
        assert_eq!(cutting.entry_bytes(), (USUAL - OVERHEAD) * 30);
        assert_eq!(cutting.with_target(512 * 1024).entry_bytes(), MAX_ENTRY_BYTES);
    }
}
