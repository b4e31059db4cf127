//! The key by which an SFTP server is known: what a person confirmed, as OpenSSH prints it.

use std::{fmt, str::FromStr};

use russh::keys::{
    HashAlg, PublicKey,
    ssh_key::{Algorithm, EcdsaCurve, Fingerprint},
};

use super::SftpError;

/// Kinds of host keys, the strongest first. No RSA: its crate has a known timing weakness, and every OpenSSH since 2014
/// has an Ed25519 key as well.
pub(super) const KINDS: [Algorithm; 4] = [
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
];

/// The SHA-256 fingerprint of a server's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostKey(Fingerprint);

impl HostKey {
    pub(super) fn of(key: &PublicKey) -> Self {
        Self(key.fingerprint(HashAlg::Sha256))
    }
}

impl FromStr for HostKey {
    type Err = SftpError;

    fn from_str(text: &str) -> Result<Self, SftpError> {
        let text = text.trim().trim_end_matches('=');
        let fingerprint: Fingerprint = text.parse().map_err(|_| SftpError::NotAHostKey)?;
        matches!(fingerprint, Fingerprint::Sha256(_)).then_some(Self(fingerprint)).ok_or(SftpError::NotAHostKey)
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
