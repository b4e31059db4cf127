//! What can be wrong with a bundle, and where.

use std::fmt;

use serde::Serialize;

use super::{FORMAT, MAX_BUNDLE, SectionName};
use crate::seal::{KeyId, section::ContentError};

/// Where a bundle is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "part")]
pub enum Place {
    /// In the clear header.
    Header,
    /// In a sealed section.
    Chunk {
        /// The section.
        section: SectionName,
        /// Number of the chunk of 64 KiB, from 0.
        chunk: usize,
    },
    /// In the checksums behind the sections.
    Checksums,
    /// In the signature.
    Signature,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("in the header"),
            Self::Chunk { section, chunk } => write!(f, "in section {section}, chunk {chunk}"),
            Self::Checksums => f.write_str("in the checksums at its end"),
            Self::Signature => f.write_str("in the signature at its end"),
        }
    }
}

/// Why a bundle is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Some other file.
    #[error("this is not a Tsela bundle, or its first bytes are damaged")]
    NotABundle,
    /// Written for newer readers.
    #[error("this bundle needs format {needs}, this version of Tsela reads up to {FORMAT}: update Tsela")]
    NewerVersion {
        /// Least format of a reader.
        needs: u16,
    },
    /// Unknown kind, suite or section.
    #[error("this bundle has {what} {found}, which this version of Tsela does not know: update Tsela")]
    Unknown {
        /// What is unknown.
        what: &'static str,
        /// Its number.
        found: u8,
    },
    /// The file ends too early.
    #[error("the bundle is cut short: {found} of {expected} bytes are here; copy or send it again")]
    Truncated {
        /// Bytes that the header announces, as far as known.
        expected: usize,
        /// Bytes there.
        found: usize,
    },
    /// Larger than any bundle.
    #[error("the file has {0} bytes, a bundle at most {MAX_BUNDLE}")]
    TooLarge(usize),
    /// The header contradicts itself or the file.
    #[error("the bundle's header is damaged: {0}")]
    Header(&'static str),
    /// Bytes were changed.
    #[error("the bundle is damaged {0}; copy or send it again")]
    Damaged(Place),
    /// Whole, but signed by another key.
    #[error("the bundle is signed by key {found}, not by {expected}")]
    WrongSigner {
        /// The trusted key.
        expected: KeyId,
        /// The key that the header names.
        found: KeyId,
    },
    /// Whole by its checksums, but the packer did not sign it: it was changed on purpose.
    #[error("the bundle's signature does not fit its content: it was changed, or signed by someone else")]
    BadSignature,
    /// The section is not there.
    #[error("the bundle has no section {0}")]
    NoSection(SectionName),
    /// The section is sealed to others.
    #[error("section {0} is not sealed to this device's key")]
    NotSealedToUs(SectionName),
    /// Decrypted, but not what it should be.
    #[error("section {section} cannot be unpacked: {source}")]
    Content {
        /// The section.
        section: SectionName,
        /// What is wrong.
        source: ContentError,
    },
}

impl BundleError {
    /// Returns where the damage is, if bytes are damaged.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Damaged(place) => Some(*place),
            Self::NotABundle | Self::NewerVersion { .. } | Self::Unknown { .. } | Self::Header(_) => {
                Some(Place::Header)
            }
            Self::WrongSigner { .. } => Some(Place::Header),
            Self::BadSignature => Some(Place::Signature),
            _ => None,
        }
    }
}
