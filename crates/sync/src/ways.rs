//! Which way is taken when the server is not in reach: the first that works, in the order that people gave them.
//!
//! One rule for the window, `tsela push`, and the outbox of a laptop at which nobody is signed in. What was written counts
//! for nothing but this: it is not written again while it lies there and nothing else has become unsent.

use serde::{Deserialize, Serialize};
use tsela_core::{bundle::BundleId, ids::DeviceId};
use tsela_store::{Connection, StoreError, acks, attachments, outgoing};

use crate::{
    problem::{Problem, ProblemCode},
    road::files::{FileRoad, FilesError, Way},
};

/// What is unsent at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsentNow {
    entries: u64,
    acked: u64,
    contents: usize,
}

impl UnsentNow {
    /// Asks the store.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn of(conn: &Connection) -> Result<Self, StoreError> {
        let acked = acks::own_streams(conn)?.into_iter().map(|(_, acked)| acked).sum();
        let entries = outgoing::unsent(conn)?.entries;
        Ok(Self { entries, acked, contents: attachments::unsent(conn)?.contents })
    }

    /// Says whether anything is.
    pub fn is_any(self) -> bool {
        self.entries > 0 || self.contents > 0
    }
}

/// What was written to a way last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// What was unsent then, all of which is in it.
    pub unsent: UnsentNow,
    /// Its bundles.
    pub bundles: Vec<BundleId>,
}

impl Written {
    /// Says whether this is what is unsent still, and lies there still: another stick may have been plugged in.
    ///
    /// # Errors
    /// The road's.
    pub fn stands(&self, unsent: UnsentNow, road: &dyn FileRoad, device: DeviceId) -> Result<bool, FilesError> {
        Ok(self.unsent == unsent && lies_there(road, device, &self.bundles)?)
    }
}

/// Says whether bundles of a laptop lie on a road.
///
/// # Errors
/// The road's.
pub(crate) fn lies_there(road: &dyn FileRoad, device: DeviceId, bundles: &[BundleId]) -> Result<bool, FilesError> {
    let found = road.list(Way::ToServer, Some(device))?.found;
    let found: std::collections::BTreeSet<BundleId> = found.into_iter().map(|found| found.id).collect();
    Ok(bundles.iter().all(|id| found.contains(id)))
}

/// Says whether other ways are tried: the server is not in reach, or a log-in page answers in its place. What the server
/// itself says, such as that this laptop was revoked, is no reason to go round it.
pub fn stand_in_for(problem: &Problem) -> bool {
    problem.code().is_offline() || problem.code() == ProblemCode::Portal
}

/// Takes the first way that works, each once.
///
/// # Errors
/// Why each did not, in their order; none if there are no ways. `ends` says which error lets no further way be tried.
pub fn first<W, T, E>(
    ways: impl IntoIterator<Item = W>,
    ends: impl Fn(&E) -> bool,
    mut by: impl FnMut(&W) -> Result<T, E>,
) -> Result<(W, T), Vec<(W, E)>> {
    let mut failed = Vec::new();
    for way in ways {
        match by(&way) {
            Ok(done) => return Ok((way, done)),
            Err(error) => {
                let is_end = ends(&error);
                failed.push((way, error));
                if is_end {
                    break;
                }
            }
        }
    }
    Err(failed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_first_way_that_works_is_taken_and_no_other_is_tried() {
        let mut tried = Vec::new();
        let taken = first(
            ["share", "clinic", "stick"],
            |_: &&str| false,
            |way| {
                tried.push(*way);
                if *way == "share" { Err("not there") } else { Ok(way.len()) }
            },
        );
        assert_eq!((taken, tried), (Ok(("clinic", 6)), vec!["share", "clinic"]));
        let none: Result<(&str, ()), _> = first(["share", "stick"], |_| false, |_| Err("not there"));
        assert_eq!(none, Err(vec![("share", "not there"), ("stick", "not there")]));
        let ended: Result<(&str, ()), _> = first(["share", "stick"], |_| true, |_| Err("ended"));
        assert_eq!(ended, Err(vec![("share", "ended")]));
        let nothing: Result<(&str, ()), Vec<(&str, ())>> = first([], |()| false, |_| Ok(()));
        assert_eq!(nothing, Err(Vec::new()));
    }

    #[test]
    fn only_a_server_that_is_not_in_reach_is_gone_round() {
        for code in ProblemCode::ALL {
            let expected = matches!(
                code,
                ProblemCode::NoNetwork
                    | ProblemCode::NameNotFound
                    | ProblemCode::Refused
                    | ProblemCode::Unreachable
                    | ProblemCode::Timeout
                    | ProblemCode::Portal
            );
            assert_eq!(stand_in_for(&Problem::new(code, &[])), expected, "{code:?}");
        }
    }
}
