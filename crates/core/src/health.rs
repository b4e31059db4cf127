//! The signed answer to "is it you, and what time is it?".
//!
//! A log-in page of some Wi-Fi answers everything with 200; only the server can sign the caller's nonce. The time in
//! the answer measures how far the caller's clock is off.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeviceId, Incarnation, StudyId},
    seal::{Context, hex},
    time::Timestamp,
    trust::{Document, ServerKeyDoc, Signed, TrustError},
};

/// What a caller asks with: sixteen random bytes, written as hexadecimal digits.
pub type Nonce = [u8; 16];

/// A server's answer about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthAnswer {
    /// The caller's nonce.
    #[serde(with = "hex::array")]
    pub nonce: Nonce,
    /// The server's clock.
    pub server_time: Timestamp,
    /// The study.
    pub study: StudyId,
    /// The server.
    pub server: DeviceId,
    /// This life of the server's database.
    pub incarnation: Incarnation,
    /// Epoch of the server's keys.
    pub epoch: u64,
    /// Version of the server's program.
    pub app_version: String,
    /// Newest bundle format that the server reads.
    pub bundle_version: u16,
    /// Version of the newest study package.
    pub package_version: u64,
}

impl Document for HealthAnswer {
    const CONTEXT: Context = Context::Health;
    const WHAT: &'static str = "server's answer";
}

impl HealthAnswer {
    /// Checks an answer: signed by the server's key, to this nonce, of the same study.
    ///
    /// A different `epoch` in a good answer means that the server has newer keys, signed by root, to be fetched.
    pub fn check(signed: &Signed<Self>, server: &ServerKeyDoc, nonce: &Nonce) -> Result<Self, TrustError> {
        let what = Self::WHAT;
        let answer = signed.verify(&server.verify_key)?;
        if answer.study != server.study {
            return Err(TrustError::OtherStudy { what, expected: server.study, found: answer.study });
        }
        if &answer.nonce != nonce {
            return Err(TrustError::WrongNonce { what });
        }
        Ok(answer)
    }

    /// Returns how far a clock is ahead of the server's, in milliseconds; negative if it is behind.
    ///
    /// The server's time is taken to be that of the middle between question and answer.
    pub fn drift(&self, asked_at: Timestamp, answered_at: Timestamp) -> i64 {
        let half = answered_at.millis_since(asked_at) / 2;
        asked_at.plus_millis(half).millis_since(self.server_time)
    }
}
