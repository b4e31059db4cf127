//! The receipt: the only thing that means *delivered*.
//!
//! A server answers a device with what it has stored and applied of each of its streams, with the head's hash: the
//! device believes it only where the hash is its own. Receipts are numbered, and applying one again changes nothing.
//! What went wrong is told by codes and field names, never by values. The payload (section P) is sealed to the
//! device; a carrier reads the [carrier's part](CarrierReceipt) (section M) only.

mod outcome;
mod sealed;

use serde::{Deserialize, Serialize};

pub use outcome::{Outcome, OutcomeKind, TubeOutcome};

use crate::{
    attachment::ContentId,
    bundle::{BundleError, BundleId},
    chain::{ChainHash, Head},
    ids::{DeviceId, Incarnation, StreamCode, StudyId},
    time::Timestamp,
};

/// Most streams, gaps, outcomes or changed records that a receipt may list; more wait for the next one.
pub const MAX_LIST: usize = 10_000;

/// Most bytes of a receipt before it is packed.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A run of entries that the server asks for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// First missing entry.
    pub from: u64,
    /// Last missing entry.
    pub to: u64,
}

/// What a server has of one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamReceipt {
    /// The stream.
    pub stream: StreamCode,
    /// Last entry of the stored, gapless run; 0 if none.
    pub stored_through: u64,
    /// Hash of the stream up to there.
    pub stored_hash: ChainHash,
    /// Last entry of the run that was folded or held; 0 if none.
    pub applied_through: u64,
    /// Hash of the stream up to there.
    pub applied_hash: ChainHash,
    /// Entries asked for again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

/// Says whether a number need not be written.
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A server's receipt for one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The study.
    pub study: StudyId,
    /// The server.
    pub server: DeviceId,
    /// This life of the server's database; `acked_through` is kept per server and incarnation.
    pub incarnation: Incarnation,
    /// The device that it is for.
    pub device: DeviceId,
    /// Number of the receipt for this device and incarnation, dense from 1.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The device's streams.
    pub streams: Vec<StreamReceipt>,
    /// Bundles that this receipt answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bundles: Vec<BundleId>,
    /// Entries that were held, forked, quarantined or found wanting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    /// What became of tubes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tubes: Vec<TubeOutcome>,
    /// Folds of records that this device authored and others changed since: values with their dots and what was seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<serde_json::Value>,
    /// Feed number from which on `changed` and `tubes` go: the device was told what is before it. A device that was not, as
    /// its store was put back, does not count this receipt as one that it has.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub changed_after: u64,
    /// Highest feed number that `changed` covers.
    #[serde(default)]
    pub changed_through: u64,
    /// Open findings on records of this device.
    #[serde(default)]
    pub findings: u64,
    /// Contents of attachments that the server has whole and that the device is not known to know of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<ContentId>,
    /// New stream codes, where the device's were running out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<StreamCode>,
    /// Version of the newest study package.
    pub package_version: u64,
}

/// What a carrier may see of a receipt: bundle ids and tubes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierReceipt {
    /// The server.
    pub server: DeviceId,
    /// The device that the receipt is for.
    pub device: DeviceId,
    /// Number of the receipt.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// Bundles that arrived and need not be carried any more.
    pub bundles: Vec<BundleId>,
    /// What became of tubes.
    pub tubes: Vec<TubeOutcome>,
}

/// Bytes that are not a receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not the JSON of a receipt.
    #[error("the receipt cannot be read: {0}")]
    Unreadable(String),
    /// A list is longer than a server may send.
    #[error("the receipt lists {found} {what}, more than {MAX_LIST}")]
    TooMany {
        /// Which list.
        what: &'static str,
        /// How many there are.
        found: usize,
    },
    /// Longer than any receipt.
    #[error("the receipt has {0} bytes, at most {MAX_BYTES} are allowed")]
    TooLarge(usize),
    /// Damaged, or not signed by the server.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Whole, but it says something else than the file it came in, or is for someone else.
    #[error("the receipt's {0} is not the expected one")]
    NotOurs(&'static str),
    /// The numbers contradict each other.
    #[error("the receipt for stream {0} contradicts itself")]
    Contradiction(StreamCode),
}

/// What a device may conclude of a stream from a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledgement {
    /// The server holds exactly what the device wrote, up to this entry.
    Confirmed(u64),
    /// The server claims a hash that this device never wrote: nothing is confirmed, and people must be told.
    OtherHistory,
    /// The server claims more than the device ever wrote (a restored laptop): its entries can be fetched back.
    Ahead,
}

impl Receipt {
    /// Returns the bytes that section P holds: JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a receipt has text keys and finite numbers only")
    }

    /// Reads section P and checks that its lists and numbers are within bounds.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > MAX_BYTES {
            return Err(ReceiptError::TooLarge(bytes.len()));
        }
        let receipt: Self =
            serde_json::from_slice(bytes).map_err(|error| ReceiptError::Unreadable(error.to_string()))?;
        receipt.check()?;
        Ok(receipt)
    }

    /// Returns what a carrier may see.
    pub fn for_carrier(&self) -> CarrierReceipt {
        CarrierReceipt {
            server: self.server,
            device: self.device,
            number: self.number,
            at: self.at,
            bundles: self.bundles.clone(),
            tubes: self.tubes.clone(),
        }
    }

    /// Returns what is said of a stream.
    pub fn stream(&self, code: StreamCode) -> Option<&StreamReceipt> {
        self.streams.iter().find(|stream| stream.stream == code)
    }

    fn check(&self) -> Result<(), ReceiptError> {
        let lists = [
            ("streams", self.streams.len()),
            ("bundles", self.bundles.len()),
            ("outcomes", self.outcomes.len()),
            ("tubes", self.tubes.len()),
            ("changed records", self.changed.len()),
            ("codes", self.codes.len()),
            ("contents", self.contents.len()),
            ("gaps", self.streams.iter().map(|s| s.gaps.len()).max().unwrap_or(0)),
        ];
        if let Some((what, found)) = lists.into_iter().find(|(_, length)| *length > MAX_LIST) {
            return Err(ReceiptError::TooMany { what, found });
        }
        self.streams.iter().try_for_each(StreamReceipt::check)
    }
}

impl StreamReceipt {
    /// Returns the stored head.
    pub fn stored(&self) -> Head {
        Head { seq: self.stored_through, hash: self.stored_hash }
    }

    /// Returns the applied head.
    pub fn applied(&self) -> Head {
        Head { seq: self.applied_through, hash: self.applied_hash }
    }

    /// Compares with the device's own stream: its last entry, and its hash at any entry (`None` if it has not got it).
    pub fn acknowledgement(&self, last: u64, hash_at: impl Fn(u64) -> Option<ChainHash>) -> Acknowledgement {
        if self.stored_through > last {
            return Acknowledgement::Ahead;
        }
        match hash_at(self.stored_through) {
            Some(own) if own == self.stored_hash => Acknowledgement::Confirmed(self.stored_through),
            _ => Acknowledgement::OtherHistory,
        }
    }

    fn check(&self) -> Result<(), ReceiptError> {
        let ordered = self.applied_through <= self.stored_through
            && self.gaps.iter().all(|gap| gap.from > self.stored_through && gap.from <= gap.to);
        if ordered { Ok(()) } else { Err(ReceiptError::Contradiction(self.stream)) }
    }
}

impl CarrierReceipt {
    /// Returns the bytes that section M of a receipt holds: JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a receipt has text keys and finite numbers only")
    }

    /// Reads section M of a receipt.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        serde_json::from_slice(bytes).map_err(|error| ReceiptError::Unreadable(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
