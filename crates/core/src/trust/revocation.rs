//! Devices that are no longer trusted, and up to where their entries are.
//!
//! A revocation names the last accepted seq of each of the device's streams. Later entries are not thrown away: they
//! are stored in quarantine until a person admits them, as a lost laptop that turns up holds true data too.

use serde::{Deserialize, Serialize};

use super::{Document, Signed, TrustError};
use crate::{
    ids::{DeviceId, StreamCode, StudyId},
    seal::{Context, VerifyKey},
    time::Timestamp,
};

/// The last entry of one stream that is still accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamLimit {
    /// The stream.
    pub stream: StreamCode,
    /// Number of its last accepted entry; 0 if none is.
    pub last_accepted: u64,
}

/// One device's revocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The device.
    pub device: DeviceId,
    /// Where each of its streams ends; of a stream not listed, nothing is accepted.
    pub streams: Vec<StreamLimit>,
    /// When it was revoked.
    pub at: Timestamp,
    /// Why, in the administrator's words.
    pub reason: String,
}

/// All revocations of a study; a higher version replaces a lower one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationList {
    /// The study.
    pub study: StudyId,
    /// Number of this list.
    pub version: u64,
    /// The revoked devices.
    pub revocations: Vec<Revocation>,
}

/// What to do with an entry of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Store and fold it.
    Accept,
    /// Store it apart until a person admits it.
    Quarantine,
}

impl Document for RevocationList {
    const CONTEXT: Context = Context::Revocations;
    const WHAT: &'static str = "list of revoked devices";
}

impl RevocationList {
    /// Checks a list: signed by the server's key, of this study, not older than the known one.
    pub fn check(signed: &Signed<Self>, key: &VerifyKey, study: StudyId, known: u64) -> Result<Self, TrustError> {
        let what = Self::WHAT;
        let list = signed.verify(key)?;
        if list.study != study {
            return Err(TrustError::OtherStudy { what, expected: study, found: list.study });
        }
        if list.version < known {
            return Err(TrustError::Stale { what, known, found: list.version });
        }
        Ok(list)
    }

    /// Returns a device's revocation.
    pub fn of(&self, device: DeviceId) -> Option<&Revocation> {
        self.revocations.iter().find(|revocation| revocation.device == device)
    }

    /// Says what to do with the entry numbered `seq` of a device's stream.
    pub fn admission(&self, device: DeviceId, stream: StreamCode, seq: u64) -> Admission {
        match self.of(device) {
            Some(revocation) if seq > revocation.last_accepted(stream) => Admission::Quarantine,
            _ => Admission::Accept,
        }
    }
}

impl Revocation {
    /// Returns the number of a stream's last accepted entry, 0 if none is.
    pub fn last_accepted(&self, stream: StreamCode) -> u64 {
        self.streams.iter().find(|limit| limit.stream == stream).map_or(0, |limit| limit.last_accepted)
    }
}
