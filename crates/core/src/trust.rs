//! Who vouches for whom: the study's root key → a server's keys → devices' credentials, and revocations.
//!
//! The root key is offline and known to a device by its fingerprint, which comes with the enrolment code. It signs a
//! [`ServerKeyDoc`] for each server and epoch; that server's key signs [credentials](crate::credential), study
//! packages, revocations and health answers. Documents are JSON, signed and kept as the very bytes that were signed.

mod revocation;
mod server_key;
mod signed;

pub use revocation::{Admission, Revocation, RevocationList, StreamLimit};
pub use server_key::{KnownServer, ServerKeyDoc, ServerRole};
pub use signed::{Document, Signed};

use crate::{
    ids::StudyId,
    seal::{Fingerprint, KeyId},
    time::Timestamp,
};

/// Why a document is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The root key that a server shows is not the one of the enrolment code.
    #[error(
        "the study's root key is {found}, the enrolment code names {expected}: this is another study's server, or someone in between"
    )]
    WrongRoot {
        /// Fingerprint that the enrolment code holds.
        expected: Fingerprint,
        /// Fingerprint of the key that was shown.
        found: Fingerprint,
    },
    /// Another key than the trusted one has signed.
    #[error("the {what} is signed by key {found}, not by the trusted key {expected}")]
    WrongSigner {
        /// The kind of document.
        what: &'static str,
        /// The trusted key.
        expected: KeyId,
        /// The key named by the document.
        found: KeyId,
    },
    /// The content was changed after it was signed.
    #[error("the {what}'s signature does not fit its content: it was changed on the way")]
    BadSignature {
        /// The kind of document.
        what: &'static str,
    },
    /// The signed content is not a document of this kind that this version can read.
    #[error("the {what} is signed but cannot be read ({reason}): this version of Tsela may be too old")]
    Unreadable {
        /// The kind of document.
        what: &'static str,
        /// What the parser says.
        reason: String,
    },
    /// The document belongs to another study.
    #[error("the {what} belongs to study {found}, not to {expected}")]
    OtherStudy {
        /// The kind of document.
        what: &'static str,
        /// The study that is expected.
        expected: StudyId,
        /// The study of the document.
        found: StudyId,
    },
    /// An older document than one already trusted: someone plays back an old answer.
    #[error("the {what} is of epoch {found}, but epoch {known} is already known: an old one was played back")]
    Stale {
        /// The kind of document.
        what: &'static str,
        /// The newest known epoch or version.
        known: u64,
        /// The epoch or version of the document.
        found: u64,
    },
    /// The document's time is over.
    #[error("the {what} expired at {at}: ask the administrator for a new one")]
    Expired {
        /// The kind of document.
        what: &'static str,
        /// When it expired.
        at: Timestamp,
    },
    /// The document is not valid yet.
    #[error("the {what} is valid from {from} only: is this machine's clock wrong?")]
    NotYet {
        /// The kind of document.
        what: &'static str,
        /// When it begins.
        from: Timestamp,
    },
    /// The answer is for another question.
    #[error("the {what} answers another question: an old answer was played back")]
    WrongNonce {
        /// The kind of document.
        what: &'static str,
    },
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
