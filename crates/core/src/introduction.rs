//! How a laptop shows a server that has forgotten it who it is.
//!
//! A server restored from a backup does not know the laptops that were enrolled after it. Each of them holds a
//! [credential](crate::credential) that this very server signed, and the root's word for the key that signed it; what
//! is left to prove is that the caller holds the device's key, now and towards this server. That is the introduction.
//!
//! The new token is made by the laptop and stands here as its hash only: request and answer hold no secret, so whoever
//! has recorded them gains nothing by playing them back, and asking again after a lost answer is harmless.

use serde::{Deserialize, Serialize};

use crate::{
    credential::Credential,
    health::Nonce,
    ids::{DeviceId, Incarnation, StudyId},
    seal::{Context, hex},
    time::Timestamp,
    trust::{Document, Signed, TrustError},
};

/// How far the time in an introduction may be from the server's, milliseconds: ten minutes, for slow links.
pub const VALID_MS: i64 = 10 * 60 * 1000;

/// What a device says, signed with its own key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// The study.
    pub study: StudyId,
    /// The device that speaks.
    pub device: DeviceId,
    /// The server that it speaks to.
    pub server: DeviceId,
    /// The life of that server's database, as its signed health answer named it.
    pub incarnation: Incarnation,
    /// The server's time, reckoned from its health answer: the laptop's own clock may be wrong.
    pub at: Timestamp,
    /// Random, so that no two introductions are the same.
    #[serde(with = "hex::array")]
    pub nonce: Nonce,
    /// [Hash](token_hash) of the token that the device will show from now on.
    #[serde(with = "hex::array")]
    pub token_hash: [u8; 32],
    /// Version of the newest study package that the device has.
    pub package_version: u64,
}

impl Document for Introduction {
    const CONTEXT: Context = Context::Introduction;
    const WHAT: &'static str = "laptop's introduction";
}

/// Why an introduction is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntroductionError {
    /// It is not signed by the device whose credential is shown.
    #[error(transparent)]
    Untrusted(#[from] TrustError),
    /// It names another device than the credential.
    #[error("the introduction is of another device than the credential")]
    OtherDevice,
    /// It was meant for another server, or for another life of this one.
    #[error("the introduction is for another server, or for an earlier life of this one: it was played back")]
    ElseWhere,
    /// It is too old, or of the future.
    #[error(
        "the introduction is of {at}, which is too far from this server's time: it was played back, or the link is very slow"
    )]
    Stale {
        /// The time in it.
        at: Timestamp,
    },
}

impl Introduction {
    /// Checks what a device says against its credential, which the caller has checked, and against who is asked when.
    ///
    /// # Errors
    /// [`IntroductionError`] says what does not fit.
    pub fn check(
        signed: &Signed<Self>,
        credential: &Credential,
        server: DeviceId,
        incarnation: Incarnation,
        now: Timestamp,
    ) -> Result<Self, IntroductionError> {
        let said = signed.verify(&credential.verify_key)?;
        if (said.study, said.device) != (credential.study, credential.device) {
            return Err(IntroductionError::OtherDevice);
        }
        if (said.server, said.incarnation) != (server, incarnation) {
            return Err(IntroductionError::ElseWhere);
        }
        if now.millis_since(said.at).saturating_abs() > VALID_MS {
            return Err(IntroductionError::Stale { at: said.at });
        }
        Ok(said)
    }
}

/// Returns what a server keeps of a token. The token is random, so no slow hash is needed.
pub fn token_hash(token: &str) -> [u8; 32] {
    blake3::derive_key("tsela/device-token-hash/1", token.as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        credential::DeviceRole,
        seal::{SealingKey, SigningKey},
    };

    const NOW: Timestamp = Timestamp(1_772_430_000_000);
    const CLINIC: DeviceId = DeviceId(Uuid::from_u128(0x33));
    const LIFE: Incarnation = Incarnation(Uuid::from_u128(0x55));

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn credential() -> Credential {
        Credential {
            study: StudyId(Uuid::from_u128(0x11)),
            device: DeviceId(Uuid::from_u128(0x22)),
            name: "Lesedi's laptop".into(),
            role: DeviceRole::Field,
            site: None,
            codes: vec!["A01".parse().unwrap()],
            verify_key: key().verify_key(),
            sealing_key: SealingKey::from_bytes(&[8; 32]).public(),
            issued_at: NOW,
            expires_at: NOW.plus_millis(1000),
            server_epoch: 1,
        }
    }

    fn said() -> Introduction {
        Introduction {
            study: StudyId(Uuid::from_u128(0x11)),
            device: DeviceId(Uuid::from_u128(0x22)),
            server: CLINIC,
            incarnation: LIFE,
            at: NOW,
            nonce: [3; 16],
            token_hash: token_hash("a token"),
            package_version: 7,
        }
    }

    fn check(said: &Introduction, signer: &SigningKey, now: Timestamp) -> Result<Introduction, IntroductionError> {
        Introduction::check(&Signed::sign(said, signer), &credential(), CLINIC, LIFE, now)
    }

    #[test]
    fn layout_is_frozen() {
        insta::assert_json_snapshot!(Signed::sign(&said(), &key()));
    }

    #[test]
    fn what_the_device_says_to_this_server_now_is_taken() {
        assert_eq!(check(&said(), &key(), NOW), Ok(said()));
        assert_eq!(check(&said(), &key(), NOW.plus_millis(VALID_MS)), Ok(said()));
        assert_eq!(check(&said(), &key(), NOW.plus_millis(-VALID_MS)), Ok(said()));
    }

    #[test]
    fn what_was_said_by_or_to_another_or_long_ago_is_not() {
        let stranger = SigningKey::from_bytes(&[9; 32]);
        assert!(matches!(check(&said(), &stranger, NOW), Err(IntroductionError::Untrusted(_))));
        let other_device = Introduction { device: CLINIC, ..said() };
        assert_eq!(check(&other_device, &key(), NOW), Err(IntroductionError::OtherDevice));
        let other_server = Introduction { server: said().device, ..said() };
        assert_eq!(check(&other_server, &key(), NOW), Err(IntroductionError::ElseWhere));
        let other_life = Introduction { incarnation: Incarnation(Uuid::nil()), ..said() };
        assert_eq!(check(&other_life, &key(), NOW), Err(IntroductionError::ElseWhere));
        for late in [VALID_MS + 1, -VALID_MS - 1] {
            assert_eq!(check(&said(), &key(), NOW.plus_millis(late)), Err(IntroductionError::Stale { at: NOW }));
        }
    }
}
