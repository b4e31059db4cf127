//! The hash chain that makes a stream's entries tamper-evident.
//!
//! h₀ = BLAKE3("tsela/stream/1" ‖ study ‖ device ‖ code) and hₙ = BLAKE3("tsela/entry/1" ‖ hₙ₋₁ ‖ BLAKE3(bytesₙ)).
//! The inner hash lets an entry be withheld by law while the chain still verifies.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use ts_rs::TS;

use crate::ids::{DeviceId, StreamCode, StudyId};

/// The hash of a stream up to one of its entries. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, TS)]
#[ts(type = "string")]
pub struct ChainHash(pub [u8; 32]);

/// The hash of one entry's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryHash(pub [u8; 32]);

/// The last contiguous entry of a stream. An empty stream's head is number 0 with the first hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Head {
    /// Number of the entry.
    #[ts(type = "number")]
    pub seq: u64,
    /// Hash of the stream up to it.
    pub hash: ChainHash,
}

impl EntryHash {
    /// Hashes an entry's bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl ChainHash {
    /// Returns h₀ of a stream.
    pub fn genesis(study: StudyId, device: DeviceId, code: StreamCode) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"tsela/stream/1").update(study.0.as_bytes()).update(device.0.as_bytes());
        hasher.update(code.as_str().as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    /// Returns the hash after one more entry.
    #[must_use]
    pub fn next(self, entry: EntryHash) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"tsela/entry/1").update(&self.0).update(&entry.0);
        Self(*hasher.finalize().as_bytes())
    }
}

impl Head {
    /// Returns the head of a stream without entries.
    pub fn empty(study: StudyId, device: DeviceId, code: StreamCode) -> Self {
        Self { seq: 0, hash: ChainHash::genesis(study, device, code) }
    }

    /// Returns the head after one more entry.
    #[must_use]
    pub fn after(self, entry_bytes: &[u8]) -> Self {
        Self { seq: self.seq + 1, hash: self.hash.next(EntryHash::of(entry_bytes)) }
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a hash of 64 hexadecimal digits")]
pub struct BadHash(String);

impl FromStr for ChainHash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        blake3::Hash::from_hex(text).map(|hash| Self(*hash.as_bytes())).map_err(|_| BadHash(text.to_owned()))
    }
}

impl Serialize for ChainHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChainHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_layout_is_frozen() {
        let empty = Head::empty(StudyId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(2)), "A01".parse().unwrap());
        let one = empty.after(b"{}");
        insta::assert_snapshot!(format!("{}\n{}\n{}", empty.hash, one.hash, one.after(b"{}").hash));
        assert_eq!(one.hash.to_string().parse::<ChainHash>().unwrap(), one.hash);
    }

    #[test]
    fn study_device_code_and_order_all_count() {
        let genesis = |study, device, code: &str| {
            Head::empty(StudyId(Uuid::from_u128(study)), DeviceId(Uuid::from_u128(device)), code.parse().unwrap())
        };
        let heads = [genesis(1, 2, "A01"), genesis(3, 2, "A01"), genesis(1, 3, "A01"), genesis(1, 2, "A02")];
        for (i, a) in heads.iter().enumerate() {
            assert!(heads.iter().skip(i + 1).all(|b| a != b));
        }
        assert_ne!(heads[0].after(b"a").after(b"b"), heads[0].after(b"b").after(b"a"));
    }
}
