//! What happened on a day.

use std::iter::Sum;

/// What happened on a day, to see that it was no idle one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// Saves that were taken.
    pub saves: usize,
    /// Records in the end.
    pub records: usize,
    /// Hand-overs that both have signed.
    pub closed: usize,
    /// Streams that were forked.
    pub forks: usize,
    /// Laptops that were restored, from a backup or an image.
    pub restored: usize,
    /// Laptops that became two.
    pub cloned: usize,
    /// Restores of the server.
    pub server_restored: usize,
    /// Things that the laboratory did.
    pub at_lab: usize,
    /// Bundles that came by a stick.
    pub by_stick: usize,
}

impl Sum for Happened {
    fn sum<I: Iterator<Item = Self>>(days: I) -> Self {
        days.fold(Self::default(), |all, day| Self {
            saves: all.saves + day.saves,
            records: all.records + day.records,
            closed: all.closed + day.closed,
            forks: all.forks + day.forks,
            restored: all.restored + day.restored,
            cloned: all.cloned + day.cloned,
            server_restored: all.server_restored + day.server_restored,
            at_lab: all.at_lab + day.at_lab,
            by_stick: all.by_stick + day.by_stick,
        })
    }
}
