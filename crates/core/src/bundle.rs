//! The bundle: the one immutable, signed, sealed file that travels, whatever the road.
//!
//! All numbers are little-endian.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 8 | magic `89 54 53 45 4C 41 0D 0A` (`\x89TSELA\r\n`: a transfer in text mode breaks it visibly) |
//! | 8 | 2 | format of the writer, 1 |
//! | 10 | 2 | least format that a reader must know, 1 |
//! | 12 | 1 | suite, 1: BLAKE3, Ed25519, HPKE base mode with X25519-HKDF-SHA256 and AES-256-GCM, zstd |
//! | 13 | 1 | kind: 1 journal, 2 receipt, 3 package, 4 attachment part |
//! | 14 | 4 | length of the header: up to and with the last wrap |
//! | 18 | 16 | study |
//! | 34 | 16 | packer: device id |
//! | 50 | 8 | id of the packer's signing key |
//! | 58 | 1 | number of sections, 1 to 4 |
//!
//! then for each section: name (1, `M` or `P`), length of its ciphertext (4), number of recipients (1, from 1), and the
//! recipients' key ids (8 each). All up to here is the *prefix*. Then for each section and recipient one wrap (80: HPKE
//! encapsulated key 32, wrapped section key 32, tag 16), with info `tsela/wrap/1` and as associated data
//! BLAKE3(prefix) ‖ section name. Here the header ends; the ciphertexts follow in order, encrypted as told in
//! [`section`](crate::seal::section), with associated data BLAKE3(header) ‖ section name. Then the trailer:
//! checksums (first 8 bytes of BLAKE3) of the header and of each chunk of each ciphertext, which let anyone find
//! where a file is damaged, and last the packer's Ed25519 signature (64) over
//! `tsela/bundle/1` ‖ 00 ‖ BLAKE3(header) ‖ for each section name ‖ BLAKE3(ciphertext).
//!
//! Seqs, counts and chain hashes are inside the seal.

pub(crate) mod dictionary;
mod error;
mod header;
pub mod journal;
mod pack;
mod view;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use error::{BundleError, Place};
pub use header::{Inspection, SectionInspection};
pub use pack::{PackError, PackRequest, SectionRequest, pack};
pub use view::BundleView;

use crate::seal::hex;

/// Newest bundle format that this version reads and writes.
pub const FORMAT: u16 = 1;
/// Most bytes of a bundle.
pub const MAX_BUNDLE: usize = 1024 * 1024;
/// Most recipients of one section.
pub const MAX_RECIPIENTS: usize = 255;

/// BLAKE3 of the file: the bundle's name on every road. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BundleId(#[serde(with = "hex::array")] pub [u8; 32]);

/// What a bundle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum BundleKind {
    /// Entries on their way up.
    Journal = 1,
    /// A server's receipt for a device.
    Receipt = 2,
    /// A study package on its way down.
    Package = 3,
    /// A part of an attachment.
    Attachment = 4,
}

/// Which of a bundle's sealed sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum SectionName {
    /// What carriers and servers may read: the specimen manifest.
    #[serde(rename = "M")]
    Manifest = b'M',
    /// What only the final reader may read: the journal, a receipt.
    #[serde(rename = "P")]
    Payload = b'P',
}

impl BundleId {
    /// Names a file.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl BundleKind {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Journal, Self::Receipt, Self::Package, Self::Attachment].into_iter().find(|kind| *kind as u8 == byte)
    }
}

impl SectionName {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Manifest, Self::Payload].into_iter().find(|name| *name as u8 == byte)
    }
}

impl fmt::Display for SectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(*self as u8))
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(f, &self.0)
    }
}

impl fmt::Debug for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BundleId({self})")
    }
}

/// A text that is not a bundle's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bundle's id is 64 hexadecimal digits")]
pub struct BadBundleId;

impl FromStr for BundleId {
    type Err = BadBundleId;

    fn from_str(text: &str) -> Result<Self, BadBundleId> {
        hex::decode(text).map(Self).ok_or(BadBundleId)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
