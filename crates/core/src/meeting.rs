//! Two laptops of a study that meet where there is no server: an author and the carrier that takes its bundles along.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /v1/meetings` | [`Hello`] | [`Welcome`] |
//! | `POST /v1/meetings/{id}` | [`Proof`] | [`Proven`] |
//! | `GET /v1/meetings/{id}` | – | [`Progress`]: whether the driver has said that the digits are the same |
//! | `PUT /v1/bundles/{id}` | a journal bundle | [`Signed`] [`Carried`] |
//! | `GET /v1/receipts` | – | [`frames`](crate::api::frames) of receipt bundles that the carrier has brought along for this author |
//! | `DELETE /v1/meetings/{id}` | – | nothing: the author has finished |
//!
//! Each shows its credential, signed by the study's server, and signs what both have said together with the key of this
//! very TLS connection: whoever stands in between holds neither key. What is left is that somebody in between is a device
//! of the study as well; so both screens show six digits of the same hash, and two people compare them. The author commits
//! to its part of the randomness before it sees the carrier's, so nobody can search for digits that fit.

use serde::{Deserialize, Serialize};

use crate::{
    bundle::BundleId,
    credential::{Credential, DeviceRole},
    ids::{DeviceId, StudyId},
    seal::{BadSignature, Context, Signature, SigningKey, VerifyKey, hex},
    time::Timestamp,
    trust::{Document, RevocationList, ServerKeyDoc, Signed, TrustError},
};

/// 256 random bits.
pub type Nonce = [u8; 32];

/// What the author says first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// Who it is.
    pub credential: Signed<Credential>,
    /// [Hash](commitment) of the nonce that it will show.
    #[serde(with = "hex::array")]
    pub commitment: [u8; 32],
}

/// What the carrier answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Names the meeting in the calls that follow: 32 hexadecimal digits.
    pub meeting: String,
    /// Who it is.
    pub credential: Signed<Credential>,
    /// Its part of the randomness.
    #[serde(with = "hex::array")]
    pub nonce: Nonce,
}

/// What the author proves itself by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Its part of the randomness.
    #[serde(with = "hex::array")]
    pub nonce: Nonce,
    /// Its signature over the [transcript](Transcript).
    pub signature: Signature,
}

/// What the carrier proves itself by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// Its signature over the [transcript](Transcript).
    pub signature: Signature,
    /// Bearer token of the calls that follow, for this meeting alone.
    pub token: String,
    /// Bundles of this author that it has already, so that they need not be sent again.
    pub held: Vec<BundleId>,
    /// Bytes that it can take.
    pub free_bytes: u64,
}

/// What the driver has said so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Nothing yet.
    Waiting,
    /// The digits are the same.
    Agreed,
    /// They are not, or the driver does not want it.
    Declined,
}

/// A carrier's word that it holds bundles of an author. It says nothing of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// The study.
    pub study: StudyId,
    /// The carrier.
    pub carrier: DeviceId,
    /// Whose bundles they are.
    pub author: DeviceId,
    /// The bundles.
    pub bundles: Vec<BundleId>,
    /// When it took them, by its clock.
    pub at: Timestamp,
}

impl Document for Carried {
    const CONTEXT: Context = Context::Carried;
    const WHAT: &'static str = "carrier's word";
}

/// All that both sides have said, which both sign.
#[derive(Clone, Copy, Debug)]
pub struct Transcript<'a> {
    /// The study.
    pub study: StudyId,
    /// SHA-256 of the TLS key of this connection, as the author sees it and the carrier has it.
    pub tls_spki: &'a [u8; 32],
    /// The author.
    pub author: DeviceId,
    /// The carrier.
    pub carrier: DeviceId,
    /// The author's nonce.
    pub author_nonce: &'a Nonce,
    /// The carrier's nonce.
    pub carrier_nonce: &'a Nonce,
}

/// Which side of a meeting signs: the same words of the other side are no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Hands bundles over.
    Author,
    /// Takes them along.
    Carrier,
}

/// Why the other side is not dealt with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeetingError {
    /// Its credential.
    #[error(transparent)]
    Untrusted(#[from] TrustError),
    /// It was revoked.
    #[error("{name} was revoked on {at}: it takes no part in the study any more")]
    Revoked {
        /// Its name.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// It is no carrier.
    #[error("{0} is not a driver's laptop: it carries nothing for others")]
    NoCarrier(String),
    /// It begins again and again.
    #[error("too many meetings began within a minute: wait a moment, and begin anew")]
    TooMany,
    /// It hands nothing over.
    #[error("{0} is a server: it has nothing to be carried")]
    NoAuthor(String),
    /// Its nonce is not the one that it committed itself to.
    #[error("the other laptop contradicts itself: somebody may be in between")]
    Commitment,
    /// It does not hold the key of its credential, or another connection is between the two.
    #[error("the other laptop cannot prove who it is: somebody may be in between")]
    Proof,
}

impl From<BadSignature> for MeetingError {
    fn from(_: BadSignature) -> Self {
        Self::Proof
    }
}

/// Returns the hash by which the author commits itself to its nonce.
pub fn commitment(nonce: &Nonce) -> [u8; 32] {
    blake3::derive_key("tsela/meeting-commitment/1", nonce)
}

/// Checks the credential that the other side shows. It needs no network: the study's server has signed it, and the list
/// of revoked devices is the newest that this laptop has got. A laptop that was enrolled after that is known by its
/// credential alone.
///
/// # Errors
/// [`MeetingError`] in words for people.
pub fn check_credential(
    shown: &Signed<Credential>,
    side: Side,
    server: &ServerKeyDoc,
    revoked: &RevocationList,
    now: Timestamp,
) -> Result<Credential, MeetingError> {
    let credential = Credential::check(shown, server, now)?;
    if let Some(revocation) = revoked.of(credential.device) {
        return Err(MeetingError::Revoked { name: credential.name, at: revocation.at });
    }
    let laptop = matches!(credential.role, DeviceRole::Field | DeviceRole::Carrier);
    match side {
        Side::Carrier if credential.role != DeviceRole::Carrier => Err(MeetingError::NoCarrier(credential.name)),
        Side::Author if !laptop => Err(MeetingError::NoAuthor(credential.name)),
        _ => Ok(credential),
    }
}

impl Transcript<'_> {
    /// Returns the hash of it all.
    fn hash(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("tsela/meeting/1");
        hasher.update(self.study.0.as_bytes());
        hasher.update(self.tls_spki);
        hasher.update(self.author.0.as_bytes()).update(self.carrier.0.as_bytes());
        hasher.update(self.author_nonce).update(self.carrier_nonce);
        *hasher.finalize().as_bytes()
    }

    /// Returns the six digits that both screens show.
    pub fn digits(&self) -> String {
        let hash = self.hash();
        let number = hash.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte)) % 1_000_000;
        format!("{:03} {:03}", number / 1_000, number % 1_000)
    }

    /// Signs for one side.
    pub fn sign(&self, side: Side, key: &SigningKey) -> Signature {
        key.sign(Context::Meeting, &self.said_by(side))
    }

    /// Checks one side's signature.
    ///
    /// # Errors
    /// [`MeetingError::Proof`].
    pub fn verify(&self, side: Side, key: &VerifyKey, signature: &Signature) -> Result<(), MeetingError> {
        Ok(key.verify(Context::Meeting, &self.said_by(side), signature)?)
    }

    fn said_by(&self, side: Side) -> Vec<u8> {
        let side = match side {
            Side::Author => b'A',
            Side::Carrier => b'C',
        };
        [&[side], self.hash().as_slice()].concat()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
