//! The description of the device API, served at `/openapi.json`.
//!
//! The types here describe what [`tsela_core::api`] declares, as core knows nothing of OpenAPI; a test compares the names
//! of their fields with what is really written.

#![allow(dead_code, reason = "described, never made")]

use std::collections::BTreeMap;

use axum::response::Response;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::{bundles, calls, contents, enrol, introduce, json};

/// A signed JSON document: the text is what is signed.
#[derive(ToSchema)]
pub(crate) struct Signed {
    /// The document's JSON text, verbatim.
    document: String,
    /// Id of the signing key, 16 hexadecimal digits.
    key: String,
    /// Ed25519 signature over context, 00 and text; 128 hexadecimal digits.
    signature: String,
}

/// A stream's last entry and the chain's hash there.
#[derive(ToSchema)]
pub(crate) struct Head {
    /// Number of the entry.
    seq: u64,
    /// 64 hexadecimal digits.
    hash: String,
}

/// A head with its author's signature.
#[derive(ToSchema)]
pub(crate) struct SignedHead {
    /// The head.
    head: Head,
    /// 128 hexadecimal digits.
    signature: String,
}

/// An error in words.
#[derive(ToSchema)]
pub(crate) struct ErrorBody {
    /// What a client branches on.
    code: String,
    /// One line.
    title: String,
    /// The likely cause and what to do.
    detail: String,
}

/// Asks to become a device of the study.
#[derive(ToSchema)]
pub(crate) struct EnrolRequest {
    /// The one-time secret of the enrolment code, 32 hexadecimal digits.
    secret: String,
    /// The id that the device gave itself, a UUIDv7.
    device: String,
    /// What people call it, 1 to 80 characters.
    device_name: String,
    /// Name of the person who enrols it.
    user: String,
    /// Ed25519 public key, 64 hexadecimal digits.
    verify_key: String,
    /// X25519 public key, 64 hexadecimal digits.
    sealing_key: String,
    /// Program and version.
    app: String,
}

/// The device is enrolled.
#[derive(ToSchema)]
pub(crate) struct EnrolAnswer {
    /// The device's credential.
    credential: Signed,
    /// The bearer token.
    token: String,
    /// The server's keys, signed by root.
    server_key: Signed,
    /// This life of the server's database, a UUID.
    incarnation: String,
    /// The server's name.
    server_name: String,
    /// The person's id.
    user: String,
    /// Code of the person's role.
    user_role: String,
    /// The study package.
    package: Signed,
}

/// Shows a server that has forgotten the device who it is.
#[derive(ToSchema)]
pub(crate) struct IntroduceRequest {
    /// The server's keys that signed the credential, signed by root.
    server_key: Signed,
    /// The device's credential.
    credential: Signed,
    /// Study, device, server, incarnation, the server's time, a nonce, the new token's hash, the version of the device's
    /// study package: signed by the device.
    introduction: Signed,
    /// Program and version.
    app: String,
}

/// The device is known (again).
#[derive(ToSchema)]
pub(crate) struct IntroduceAnswer {
    /// The device's credential, perhaps a newer one.
    credential: Signed,
    /// Whether the device's study package is to be given back.
    wants_package: bool,
}

/// Gives a restored server its own study package back.
#[derive(ToSchema)]
pub(crate) struct PackageBack {
    /// The package as this server signed it.
    package: Signed,
    /// Ids of the people who sign in on the device; at most 100 are taken.
    people: Vec<String>,
}

/// What a restored server learned.
#[derive(ToSchema)]
pub(crate) struct PackageTaken {
    /// People that it had forgotten.
    people: u64,
    /// Devices that it had forgotten.
    devices: u64,
    /// Revocations that it had forgotten.
    revoked: u64,
}

/// A server's keys and what vouches for them.
#[derive(ToSchema)]
pub(crate) struct ServerKeys {
    /// The study's root key; trusted by its fingerprint only.
    root: String,
    /// The server's keys, signed by root.
    server_key: Signed,
}

/// The answer to "is it you, and what time is it?".
#[derive(ToSchema)]
pub(crate) struct HealthReply {
    /// Nonce, server time, study, server, incarnation, epoch, versions.
    answer: Signed,
    /// The server's keys, if asked for.
    keys: Option<ServerKeys>,
}

/// What the server has of one stream.
#[derive(ToSchema)]
pub(crate) struct StreamAnswer {
    /// The stream's code.
    stream: String,
    /// Last stored entry.
    stored: Head,
    /// Last applied entry.
    applied_through: u64,
    /// Whether it is quarantined for a fork.
    forked: bool,
    /// Last accepted entry, if the device was revoked.
    revoked_after: Option<u64>,
}

/// What the server has of the device's streams.
#[derive(ToSchema)]
pub(crate) struct StreamsAnswer {
    /// The server's device id.
    server: String,
    /// This life of its database.
    incarnation: String,
    /// The streams.
    streams: Vec<StreamAnswer>,
}

/// The newest study package.
#[derive(ToSchema)]
pub(crate) struct PackageAnswer {
    /// The package.
    package: Signed,
}

/// Records that others changed.
#[derive(ToSchema)]
pub(crate) struct FeedAnswer {
    /// Folds: values with their dots, and what was seen.
    changed: Vec<serde_json::Value>,
    /// Number to ask with next time.
    through: u64,
    /// Whether there is more.
    more: bool,
}

/// A gapless piece of a stream.
#[derive(ToSchema)]
pub(crate) struct EntriesRun {
    /// Number of the first entry.
    first_seq: u64,
    /// The entries' JSON texts, verbatim.
    entries: Vec<String>,
    /// The head where the run ends.
    head: SignedHead,
}

/// A device's own entries.
#[derive(ToSchema)]
pub(crate) struct EntriesAnswer {
    /// The stream's code.
    stream: String,
    /// The device.
    device: String,
    /// Runs in order.
    runs: Vec<EntriesRun>,
    /// Whether there is more.
    more: bool,
}

/// Number of records and their hash.
#[derive(ToSchema)]
pub(crate) struct DigestRow {
    /// Records.
    count: u64,
    /// 64 hexadecimal digits.
    hash: String,
}

/// Digests of the records of some streams.
#[derive(ToSchema)]
pub(crate) struct DigestAnswer {
    /// The server's time.
    at: String,
    /// By model.
    models: BTreeMap<String, DigestRow>,
    /// Over all models.
    total: DigestRow,
}

/// Asks what is here of contents of attachments.
#[derive(ToSchema)]
pub(crate) struct ContentsRequest {
    /// BLAKE3 of each, 64 hexadecimal digits; at most 100.
    contents: Vec<String>,
}

/// What is here of contents of attachments.
#[derive(ToSchema)]
pub(crate) struct ContentsAnswer {
    /// In the order in which they were asked about.
    contents: Vec<ContentStanding>,
}

/// What is here of one content.
#[derive(ToSchema)]
pub(crate) struct ContentStanding {
    /// BLAKE3 of it, 64 hexadecimal digits.
    content: String,
    /// Whether all of it is here.
    complete: bool,
    /// What came of it from this device; left out if nothing did, or if it is complete.
    held: Vec<Span>,
}

/// Some bytes of a content.
#[derive(ToSchema)]
pub(crate) struct Span {
    /// The first byte.
    from: u64,
    /// The byte behind the last one.
    to: u64,
}

/// New stream codes.
#[derive(ToSchema)]
pub(crate) struct CodesAnswer {
    /// The device's credential, with all its codes.
    credential: Signed,
    /// The codes that no stream uses yet.
    spare: Vec<String>,
}

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("Given at enrolment.")).build();
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("device_token", SecurityScheme::Http(scheme));
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tsela device API",
        description = "What laptops and carriers call. Every answer carries the header `tsela-server`; an answer without it \
            comes from someone in between. Requests carry `tsela-time` (milliseconds since 1970 by the caller's clock) \
            and `tsela-app`.",
    ),
    paths(
        enrol::enrol, introduce::introduce, introduce::package_back, calls::health, calls::streams, bundles::put,
        bundles::head, bundles::patch, bundles::receipts, calls::package, calls::feed,
        calls::entries, calls::digest, calls::codes,
        contents::standing, serve,
    ),
    components(schemas(Signed, Head, SignedHead, ErrorBody, ServerKeys, StreamAnswer, EntriesRun, DigestRow)),
    modifiers(&Bearer),
    security(("device_token" = [])),
)]
struct Description;

/// Returns the description of the device API.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Description::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    document
}

/// Returns this description.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "server",
    responses((status = 200, description = "OpenAPI")),
    security(()),
)]
pub(crate) async fn serve() -> Response {
    json(&document())
}
