//! The device API's requests and answers: what a client and a server say to each other besides bundles.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET /v1/health?nonce=…[&keys=true]` | – | [`HealthReply`]; no token needed |
//! | `POST /v1/enrol` | [`EnrolRequest`] | [`EnrolAnswer`]; the secret stands in the request, no token |
//! | `POST /v1/introduce` | [`IntroduceRequest`] | [`IntroduceAnswer`]; signed by the device, no token |
//! | `GET /v1/streams` | – | [`StreamsAnswer`] |
//! | `PUT /v1/bundles/{id}` | a journal bundle, or a part of an attachment | 200 and a receipt bundle, sealed to the device; the same bundle again gets the same or a newer receipt |
//! | `HEAD /v1/bundles/{id}` | – | how much of a bundle came before its transfer broke off: header [`OFFSET_HEADER`] |
//! | `PATCH /v1/bundles/{id}` | the rest of the bundle, from [`OFFSET_HEADER`] on | as `PUT` |
//! | `GET /v1/receipts?after=n` | – | [`frames`] of receipt bundles numbered above n, oldest first; empty if there are none |
//! | `GET /v1/package[?have=v]` | – | [`PackageAnswer`]; 204 if version v is the newest |
//! | `GET /v1/package?version=v` | – | [`PackageAnswer`] of an older version |
//! | `PUT /v1/package` | [`PackageBack`] | [`PackageTaken`]: what a restored server learned from its own package |
//! | `GET /v1/streams/{code}/entries?after=n` | – | [`EntriesAnswer`]; the device's own streams only |
//! | `GET /v1/digest?streams=A01,A02` | – | [`DigestAnswer`] |
//! | `POST /v1/codes` | – | [`CodesAnswer`] |
//! | `POST /v1/contents` | [`ContentsRequest`] | [`ContentsAnswer`]: what of attachments is there already |
//!
//! Every answer of a Tsela server, errors too, carries the header [`SERVER_HEADER`]; an answer without it comes from
//! someone in between. Errors have status 4xx or 5xx and an [`ErrorBody`]. A server that has not issued a receipt to a
//! device in its present incarnation issues one when the device asks for receipts: it says where the server stands, so
//! that after a restore only what is missing is sent again.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    attachment::{ContentId, Span},
    bundle::journal::SignedHead,
    chain::Head,
    credential::Credential,
    health::HealthAnswer,
    ids::{DeviceId, Incarnation, StreamCode, StudyId, UserId},
    introduction::Introduction,
    seal::{Context, SealingPublic, VerifyKey, hex},
    time::Timestamp,
    trust::{Document, ServerKeyDoc, Signed},
};

/// Header of every answer: the server's device id.
pub const SERVER_HEADER: &str = "tsela-server";
/// Header of every request: the caller's clock, milliseconds since 1970 UTC.
pub const TIME_HEADER: &str = "tsela-time";
/// Header of every request: the caller's program, `tsela/0.1.0`.
pub const APP_HEADER: &str = "tsela-app";
/// Header that says at which byte of a bundle a transfer goes on, named as in the IETF's resumable uploads.
pub const OFFSET_HEADER: &str = "upload-offset";
/// Content type of one bundle.
pub const BUNDLE_TYPE: &str = "application/vnd.tsela.bundle";
/// Content type of [`frames`].
pub const FRAMES_TYPE: &str = "application/vnd.tsela.bundles";
/// Most bytes of an answer that is neither a bundle nor a study package.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// Most bytes of a study package.
pub const MAX_PACKAGE: usize = 16 * 1024 * 1024;
/// Most entries in one [`EntriesAnswer`].
pub const MAX_ENTRIES_PAGE: usize = 5_000;

/// Most contents in one [`ContentsRequest`].
pub const MAX_CONTENTS_ASKED: usize = 100;

/// Codes of an [`ErrorBody`] that clients branch on.
pub mod codes {
    /// No token, or one that the server does not know (401).
    pub const UNAUTHORISED: &str = "unauthorised";
    /// The device was revoked (403).
    pub const REVOKED: &str = "revoked";
    /// The enrolment code is unknown, was used by another laptop or has expired (403).
    pub const ENROLMENT_CODE: &str = "enrolment_code";
    /// The enrolment names a person without an account (422).
    pub const UNKNOWN_USER: &str = "unknown_user";
    /// The enrolment's name belongs to an account of the server (422).
    pub const USER_REFUSED: &str = "user_refused";
    /// The introduction does not prove what it must (403).
    pub const INTRODUCTION: &str = "introduction";
    /// Another device holds one of the stream codes (409).
    pub const CODE_TAKEN: &str = "code_taken";
    /// The device's credential has expired (403).
    pub const CREDENTIAL_EXPIRED: &str = "credential_expired";
    /// The other laptop is not one to deal with, or has not agreed yet (403).
    pub const NOT_TRUSTED: &str = "not_trusted";
    /// The bundle's author was revoked; its entries are kept in quarantine. Told to the carrier that brings it (409).
    pub const AUTHOR_REVOKED: &str = "author_revoked";
    /// Entries before those of a bundle that somebody brought are missing here (409): it is to be kept and tried again.
    pub const GAP: &str = "gap";
    /// The author of a bundle that somebody brought is not known here, or not yet (409): as for [`GAP`].
    pub const UNKNOWN_AUTHOR: &str = "unknown_author";
    /// The bundle cannot be accepted as it is: damaged, of another study, signed by another key (422).
    pub const BAD_BUNDLE: &str = "bad_bundle";
    /// The rest of a bundle begins elsewhere than its part ends here (409).
    pub const UPLOAD_OFFSET: &str = "upload_offset";
    /// The bundle or request is too large (413).
    pub const TOO_LARGE: &str = "too_large";
    /// The client is older than this server accepts (426).
    pub const TOO_OLD: &str = "too_old";
    /// Too many requests, or shutting down; `Retry-After` says when (429, 503).
    pub const BUSY: &str = "busy";
    /// The server's disk is full (507).
    pub const DISK_FULL: &str = "disk_full";
    /// What was asked for is not there (404).
    pub const NOT_FOUND: &str = "not_found";
    /// The request cannot be understood (400).
    pub const BAD_REQUEST: &str = "bad_request";
    /// A defect of the server (500).
    pub const INTERNAL: &str = "internal";
}

/// An error in words. Never holds anything of a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// One of [`codes`].
    pub code: String,
    /// One line.
    pub title: String,
    /// The likely cause and what to do.
    pub detail: String,
}

/// A study package on its way: the JSON of a [`StudyPackage`](crate::package), signed by the server.
///
/// Kept as JSON here, so that keys of a newer version survive on an older client that stores and shows the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PackageDoc(pub serde_json::Value);

/// A signed study package.
pub type SignedPackage = Signed<PackageDoc>;

impl Document for PackageDoc {
    const CONTEXT: Context = Context::Package;
    const WHAT: &'static str = "study package";
}

impl PackageDoc {
    /// Returns the package's version, 0 if it names none.
    pub fn version(&self) -> u64 {
        self.0.get("version").and_then(serde_json::Value::as_u64).unwrap_or(0)
    }

    /// Returns the package's study.
    pub fn study(&self) -> Option<StudyId> {
        self.0.get("study")?.as_str()?.parse().ok()
    }
}

/// The answer to "is it you, and what time is it?".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthReply {
    /// The signed answer.
    pub answer: Signed<HealthAnswer>,
    /// The server's keys, if asked for with `keys=true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<ServerKeys>,
}

/// A server's keys and what vouches for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerKeys {
    /// The study's root key; trusted by its fingerprint only.
    pub root: VerifyKey,
    /// The server's keys, signed by root.
    pub server_key: Signed<ServerKeyDoc>,
}

/// Asks to become a device of the study. Asking again with the same secret, device and keys gives the same answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The one-time secret of the enrolment code.
    #[serde(with = "hex::array")]
    pub secret: [u8; 16],
    /// The id that the device gave itself, a UUIDv7.
    pub device: DeviceId,
    /// What people call it, 1 to 80 characters.
    pub device_name: String,
    /// Name of the person who enrols it and will sign in on it.
    pub user: String,
    /// Verifies what the device signs.
    pub verify_key: VerifyKey,
    /// What is sealed to the device.
    pub sealing_key: SealingPublic,
    /// The program, `tsela/0.1.0`.
    pub app: String,
}

impl fmt::Debug for EnrolRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolRequest").field("device", &self.device).field("user", &self.user).finish_non_exhaustive()
    }
}

/// The device is enrolled.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The device's credential; its stream codes stand in it.
    pub credential: Signed<Credential>,
    /// The bearer token for the device API; shown once.
    pub token: String,
    /// The server's keys, signed by root.
    pub server_key: Signed<ServerKeyDoc>,
    /// This life of the server's database.
    pub incarnation: Incarnation,
    /// The server's name, for people.
    pub server_name: String,
    /// The person's id.
    pub user: UserId,
    /// Code of the person's role.
    pub user_role: String,
    /// The study package.
    pub package: SignedPackage,
}

impl fmt::Debug for EnrolAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolAnswer").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Shows a server that has forgotten the device who it is: the chain from the root to the device, and the device's word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntroduceRequest {
    /// The server's keys, signed by root, that signed the credential.
    pub server_key: Signed<ServerKeyDoc>,
    /// The device's credential.
    pub credential: Signed<Credential>,
    /// What the device says, signed by it.
    pub introduction: Signed<Introduction>,
    /// The program, `tsela/0.1.0`.
    pub app: String,
}

/// The device is known (again).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntroduceAnswer {
    /// The device's credential, perhaps a newer one.
    pub credential: Signed<Credential>,
    /// Whether the server has forgotten the study package that the device has: it is to be given back.
    pub wants_package: bool,
}

/// Gives a restored server its own study package back: people, devices and revocations that it has forgotten stand in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PackageBack {
    /// The package, as this server signed it.
    pub package: SignedPackage,
    /// The people who sign in on the device.
    pub people: Vec<UserId>,
}

/// What a restored server learned from its own package.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageTaken {
    /// People that it had forgotten.
    pub people: usize,
    /// Devices that it had forgotten.
    pub devices: usize,
    /// Revocations that it had forgotten.
    pub revoked: usize,
}

/// What the server has of the device's streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamsAnswer {
    /// The server.
    pub server: DeviceId,
    /// This life of its database.
    pub incarnation: Incarnation,
    /// The device's streams, spare ones too.
    pub streams: Vec<StreamAnswer>,
}

/// What the server has of one stream. A hint only: receipts are what is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamAnswer {
    /// The stream.
    pub stream: StreamCode,
    /// Last stored entry and hash.
    pub stored: Head,
    /// Last applied entry.
    pub applied_through: u64,
    /// Whether it is quarantined for saying two things under one number.
    pub forked: bool,
    /// Last accepted entry, if the device was revoked.
    pub revoked_after: Option<u64>,
}

/// The newest study package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PackageAnswer {
    /// The package.
    pub package: SignedPackage,
}

/// A device's own entries, given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntriesAnswer {
    /// The stream.
    pub stream: StreamCode,
    /// The device whose stream it is.
    pub device: DeviceId,
    /// Runs in order, gapless from `after + 1`; each ends at a head that the device signed.
    pub runs: Vec<EntriesRun>,
    /// Whether there is more after the last run.
    pub more: bool,
}

/// A gapless piece of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntriesRun {
    /// Number of the first entry.
    pub first_seq: u64,
    /// The entries' JSON texts, verbatim.
    pub entries: Vec<String>,
    /// The head where the run ends.
    pub head: SignedHead,
}

/// Digests of the records of some streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestAnswer {
    /// The server's clock.
    pub at: Timestamp,
    /// By model.
    pub models: BTreeMap<String, DigestRow>,
    /// Over all models.
    pub total: DigestRow,
}

/// Number of records and their hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestRow {
    /// Records.
    pub count: u64,
    /// Their hash.
    #[serde(with = "hex::array")]
    pub hash: [u8; 32],
}

/// New stream codes. Codes that were given and not used yet are given again, so that a lost answer costs none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodesAnswer {
    /// The device's new credential, with all its codes.
    pub credential: Signed<Credential>,
    /// All its codes that no stream uses yet, as far as the server knows.
    pub spare: Vec<StreamCode>,
}

/// Asks what the server has of contents of attachments, before they are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentsRequest {
    /// The contents, at most [`MAX_CONTENTS_ASKED`].
    pub contents: Vec<ContentId>,
}

/// What the server has of contents of attachments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentsAnswer {
    /// One for each content that was asked about, in that order.
    pub contents: Vec<ContentStanding>,
}

/// What the server has of one content. A hint: that a content was received, receipts tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentStanding {
    /// The content.
    pub content: ContentId,
    /// Whether all of it is there; then the next receipt says so.
    pub complete: bool,
    /// What of it came from this device, in order, without what lies next to each other being told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Span>,
}

/// Several bundles in one body: each preceded by its length, 4 bytes little-endian.
pub mod frames {
    use crate::{bundle::MAX_BUNDLE, bytes::Reader};

    /// Joins bundles.
    pub fn join<'a>(bundles: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut out = Vec::new();
        for bundle in bundles {
            out.extend_from_slice(&(bundle.len() as u32).to_le_bytes());
            out.extend_from_slice(bundle);
        }
        out
    }

    /// Takes them apart; `None` if a length does not fit or is more than a bundle may have.
    pub fn split(body: &[u8]) -> Option<Vec<&[u8]>> {
        let (mut reader, mut bundles) = (Reader::new(body), Vec::new());
        while !reader.rest().is_empty() {
            let length = usize::try_from(reader.u32()?).ok().filter(|length| *length <= MAX_BUNDLE)?;
            bundles.push(reader.take(length)?);
        }
        Some(bundles)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_apart_as_they_were_joined_and_a_cut_one_is_refused() {
        let body = frames::join([b"one".as_slice(), b"", b"three"]);
        assert_eq!(frames::split(&body).unwrap(), [b"one".as_slice(), b"", b"three"]);
        assert_eq!(frames::split(&[]).unwrap(), Vec::<&[u8]>::new());
        assert_eq!(frames::split(&body[..body.len() - 1]), None);
        assert_eq!(frames::split(&u32::MAX.to_le_bytes()), None, "a length that no bundle has");
    }

    #[test]
    fn a_secret_is_never_printed() {
        let request = EnrolRequest {
            secret: [0xA7; 16],
            device: DeviceId(uuid::Uuid::from_u128(1)),
            device_name: "lesedi".to_owned(),
            user: "lesedi".to_owned(),
            verify_key: crate::seal::SigningKey::from_bytes(&[7; 32]).verify_key(),
            sealing_key: crate::seal::SealingKey::from_bytes(&[8; 32]).public(),
            app: "tsela/0.1.0".to_owned(),
        };
        assert!(!format!("{request:?}").contains("a7a7"), "{request:?}");
    }
}
