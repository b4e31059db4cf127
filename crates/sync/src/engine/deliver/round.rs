//! One round of delivering, without I/O: whose bundle is next, and what an answer means for those behind it.
//!
//! The server stores only what continues a stream. A bundle that it cannot store yet goes behind the others that are carried,
//! because what must come first may have been taken later: when it was set aside before, or was lost with an older state of
//! the server or of a laptop. That costs a transfer each time, so that an author of whom several do not continue waits for
//! the next round, which begins where this one ended.

use std::collections::{BTreeMap, BTreeSet};

use tsela_core::{api::codes, bundle::BundleId, ids::DeviceId, receipt::CarrierReceipt, time::Timestamp};
use tsela_store::{
    Store, StoreError,
    carried::{self, Pending},
};

use crate::{
    identity::{DeviceIdentity, RemoteServer},
    road::RoadError,
};

/// Bundles of one author that may be put in vain in a row in one round.
const IN_VAIN: usize = 4;

/// What became of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// The server has it, or will not have it.
    Settled,
    /// The server wants something else first.
    Waits,
}

/// A round.
#[derive(Clone, Debug, Default)]
pub struct Round {
    waiting: BTreeSet<DeviceId>,
    in_vain: BTreeMap<DeviceId, BTreeSet<BundleId>>,
}

impl Round {
    /// Returns the bundle that is to be put next.
    ///
    /// # Errors
    /// Returns what the store said.
    pub fn next(&mut self, store: &Store) -> Result<Option<Pending>, StoreError> {
        loop {
            let Some(next) = store.read(|conn| carried::next(conn, &self.waiting))? else { return Ok(None) };
            let tried = self.in_vain.get(&next.author);
            if !tried.is_some_and(|tried| tried.contains(&next.id) || tried.len() >= IN_VAIN) {
                return Ok(Some(next));
            }
            self.leave(next.author);
        }
    }

    /// Takes the server's answer to a bundle: receipts, or a refusal.
    ///
    /// # Errors
    /// The refusal, if it concerns more than this bundle; [`RoadError::Malformed`] if the answer is no receipt for it, in
    /// which case nothing is marked as delivered. Otherwise what the store said.
    pub fn answered(
        &mut self,
        store: &Store,
        who: (&DeviceIdentity, &RemoteServer),
        now: Timestamp,
        next: &Pending,
        answer: Result<Vec<Vec<u8>>, RoadError>,
    ) -> Result<Became, RoadError> {
        match answer {
            Ok(receipts) => note_delivered(store, who, now, next, &receipts)?,
            Err(RoadError::Api { body, .. }) if [codes::GAP, codes::UNKNOWN_AUTHOR].contains(&body.code.as_str()) => {
                store.write(|tx| carried::put_behind(tx, next.id))?;
                self.in_vain.entry(next.author).or_default().insert(next.id);
                return Ok(Became::Waits);
            }
            Err(RoadError::Api { status, body, .. }) if is_about_the_bundle(status, &body.code) => {
                let (why, has) = (format!("{} {}", body.title, body.detail), body.code == codes::AUTHOR_REVOKED);
                store.write(|tx| carried::refused(tx, next.id, &why, has))?;
            }
            Err(error) => return Err(error),
        }
        // What did not continue before may do so now.
        self.in_vain.remove(&next.author);
        Ok(Became::Settled)
    }

    /// Leaves an author's bundles for the next round.
    pub fn leave(&mut self, author: DeviceId) {
        self.waiting.insert(author);
    }
}

/// Says whether a refusal concerns this bundle and not the carrier or the server's present state.
fn is_about_the_bundle(status: u16, code: &str) -> bool {
    [codes::BAD_BUNDLE, codes::AUTHOR_REVOKED, codes::TOO_LARGE].contains(&code) || status == 422
}

/// Keeps the receipt that answers a bundle. What is no receipt of the server for it marks nothing as delivered.
fn note_delivered(
    store: &Store,
    (identity, remote): (&DeviceIdentity, &RemoteServer),
    now: Timestamp,
    next: &Pending,
    receipts: &[Vec<u8>],
) -> Result<(), RoadError> {
    let keys = std::slice::from_ref(&identity.sealing_key);
    let receipt = receipts.first().ok_or_else(|| RoadError::malformed("a carried bundle", "no receipt is there"))?;
    let part = CarrierReceipt::open(receipt, &remote.keys, keys);
    let part = part.map_err(|error| RoadError::malformed("a carried bundle", error))?;
    if part.device != next.author || !part.bundles.contains(&next.id) {
        return Err(RoadError::malformed("a carried bundle", "the receipt is for something else"));
    }
    store.write(|tx| {
        carried::bring(tx, next.author, part.number, part.at, receipt)?;
        carried::delivered(tx, next.id, now)
    })?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
