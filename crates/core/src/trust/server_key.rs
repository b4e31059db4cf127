//! A server's keys, signed by the study's root key.

use serde::{Deserialize, Serialize};

use super::{Document, Signed, TrustError};
use crate::{
    ids::{DeviceId, StudyId},
    seal::{Context, Fingerprint, SealingPublic, VerifyKey, hex},
    time::Timestamp,
};

/// What a server is in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerRole {
    /// Serves the laptops of one community.
    Community,
    /// The study's central server.
    Central,
}

/// One server's keys of one epoch. A higher epoch replaces a lower one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerKeyDoc {
    /// The study.
    pub study: StudyId,
    /// Number of these keys, from 1; each new set of keys of this server has a higher one.
    pub epoch: u64,
    /// The server's own device id.
    pub server: DeviceId,
    /// What the server is.
    pub role: ServerRole,
    /// Verifies what this server signs.
    pub verify_key: VerifyKey,
    /// Journals are sealed to it.
    pub sealing_key: SealingPublic,
    /// The study's offline recovery key; journals are sealed to it as well.
    pub recovery_key: SealingPublic,
    /// SHA-256 of the DER SubjectPublicKeyInfo of the server's TLS certificate.
    #[serde(with = "hex::array")]
    pub tls_spki_sha256: [u8; 32],
    /// From when on the keys are used.
    pub not_before: Timestamp,
}

/// What a device already knows of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownServer {
    /// The study.
    pub study: StudyId,
    /// The server.
    pub server: DeviceId,
    /// Highest epoch seen.
    pub epoch: u64,
}

impl Document for ServerKeyDoc {
    const CONTEXT: Context = Context::ServerKey;
    const WHAT: &'static str = "server's key document";
}

impl ServerKeyDoc {
    /// Checks a server's first document against the fingerprint of an enrolment code.
    ///
    /// `root` is what the server shows; nothing is taken from it unless its fingerprint is the expected one.
    pub fn first(signed: &Signed<Self>, root: &VerifyKey, expected: Fingerprint) -> Result<Self, TrustError> {
        if root.fingerprint() != expected {
            return Err(TrustError::WrongRoot { expected, found: root.fingerprint() });
        }
        signed.verify(root)
    }

    /// Checks a later document of a known server: same study and server, no lower epoch.
    pub fn next(signed: &Signed<Self>, root: &VerifyKey, known: &KnownServer) -> Result<Self, TrustError> {
        let what = Self::WHAT;
        let document = signed.verify(root)?;
        if document.study != known.study {
            return Err(TrustError::OtherStudy { what, expected: known.study, found: document.study });
        }
        if document.server == known.server && document.epoch < known.epoch {
            return Err(TrustError::Stale { what, known: known.epoch, found: document.epoch });
        }
        Ok(document)
    }

    /// Returns the keys that a device seals its journal to when this is its only server.
    pub fn journal_recipients(&self) -> [SealingPublic; 2] {
        [self.sealing_key, self.recovery_key]
    }

    /// Returns what to remember in order to refuse older documents.
    pub fn known(&self) -> KnownServer {
        KnownServer { study: self.study, server: self.server, epoch: self.epoch }
    }
}
