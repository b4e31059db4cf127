//! A hand-over as it goes from the giver's laptop to the taker's, and the taker's signature on its way back.
//!
//! The giver authors a hand-over. What the taker signs is an entry of the taker's own stream over the hash of its content;
//! a carrier has no specimens and opens no journal, so the content comes by itself: the very bytes that are hashed, signed
//! by the giver's device.

use serde::{Deserialize, Serialize};

use super::{ContentHash, Tally};
use crate::{
    entry::Fields,
    ids::{DeviceId, RecordId, StudyId},
    model::Values,
    seal::Context,
    time::Timestamp,
    trust::Document,
};

/// Most bytes of a content: some 4,000 lines.
pub const MAX_CONTENT: usize = 1024 * 1024;

/// A hand-over that the giver has signed, for the taker to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The study.
    pub study: StudyId,
    /// The giver's laptop.
    pub author: DeviceId,
    /// The hand-over.
    pub transfer: RecordId,
    /// The bytes that are hashed; see [`content_hash`](super::content_hash).
    pub content: String,
    /// The giver's printed name.
    pub giver: String,
    /// When the giver signed, by the giver's clock.
    pub given_at: Timestamp,
}

/// The taker's signature, as its laptop has saved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countersigned {
    /// The study.
    pub study: StudyId,
    /// The taker's laptop.
    pub carrier: DeviceId,
    /// The hand-over.
    pub transfer: RecordId,
    /// The signature's record.
    pub record: RecordId,
    /// Hash of what was signed.
    pub content: String,
    /// The taker's printed name.
    pub name: String,
    /// When the taker signed, by the taker's clock.
    pub signed_at: Timestamp,
}

impl Document for Offer {
    const CONTEXT: Context = Context::Custody;
    const WHAT: &'static str = "hand-over";
}

impl Document for Countersigned {
    const CONTEXT: Context = Context::Custody;
    const WHAT: &'static str = "signature under a hand-over";
}

/// What an offer says, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// The hand-over's fields.
    pub transfer: Fields,
    /// Its lines, in the order of their tubes.
    pub lines: Vec<Fields>,
    /// What was counted.
    pub tally: Tally,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    transfer: Fields,
    lines: Vec<Fields>,
}

impl Offer {
    /// Returns the hash that is signed.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of(self.content.as_bytes())
    }

    /// Reads what it says; `None` if it is no content, is too long, or does not come out even, in which case nobody signs.
    pub fn read(&self) -> Option<Offered> {
        if self.content.len() > MAX_CONTENT {
            return None;
        }
        let Content { transfer, lines } = serde_json::from_str(&self.content).ok()?;
        let expected = u64::try_from(transfer.integer("expected")?).ok()?;
        let tally = Tally::of(expected, lines.iter().map(|line| line as &dyn Values));
        tally.is_balanced().then_some(Offered { transfer, lines, tally })
    }
}
