//! What a device shows for itself: its codes, keys and role, signed by a server.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeviceId, StreamCode, StudyId},
    seal::{Context, SealingPublic, VerifyKey},
    time::Timestamp,
    trust::{Document, ServerKeyDoc, Signed, TrustError},
};

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceRole {
    /// A research assistant's laptop.
    Field,
    /// A driver's laptop: carries bundles it cannot read.
    Carrier,
    /// A community server.
    Community,
    /// The central server.
    Central,
}

/// A device's credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The study.
    pub study: StudyId,
    /// The device.
    pub device: DeviceId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub role: DeviceRole,
    /// Where it works, if the study says so.
    pub site: Option<String>,
    /// The stream codes it may use.
    pub codes: Vec<StreamCode>,
    /// Verifies what it signs.
    pub verify_key: VerifyKey,
    /// What is sealed to it.
    pub sealing_key: SealingPublic,
    /// When it was issued; a later one replaces an earlier one.
    pub issued_at: Timestamp,
    /// When it stops being shown as valid. Entries made before stay valid.
    pub expires_at: Timestamp,
    /// Epoch of the server key that signed it.
    pub server_epoch: u64,
}

impl Document for Credential {
    const CONTEXT: Context = Context::Credential;
    const WHAT: &'static str = "device's credential";
}

impl Credential {
    /// Checks a credential that a device shows: signed by the server's key, of the same study, not expired at `now`.
    ///
    /// Whether the device was revoked since is said by the [revocation list](crate::trust::RevocationList).
    pub fn check(signed: &Signed<Self>, server: &ServerKeyDoc, now: Timestamp) -> Result<Self, TrustError> {
        let credential = Self::check_signature(signed, server)?;
        if now >= credential.expires_at {
            return Err(TrustError::Expired { what: Self::WHAT, at: credential.expires_at });
        }
        Ok(credential)
    }

    /// Checks all but the expiry: for stored entries, and where this machine's clock may be wrong.
    pub fn check_signature(signed: &Signed<Self>, server: &ServerKeyDoc) -> Result<Self, TrustError> {
        let credential = signed.verify(&server.verify_key)?;
        if credential.study != server.study {
            let (expected, found) = (server.study, credential.study);
            return Err(TrustError::OtherStudy { what: Self::WHAT, expected, found });
        }
        Ok(credential)
    }

    /// Says whether the device may write a stream of this code.
    pub fn owns(&self, code: StreamCode) -> bool {
        self.codes.contains(&code)
    }
}
