//! The calls of the device API that only read, and the one that asks for stream codes.

use axum::{
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use tsela_core::{
    api::{
        CodesAnswer, DigestAnswer, DigestRow, EntriesAnswer, HealthReply, MAX_ENTRIES_PAGE, PackageAnswer,
        StreamAnswer, StreamsAnswer,
    },
    bundle::FORMAT,
    digest::DigestLine,
    health::{HealthAnswer, Nonce},
    ids::StreamCode,
    seal::hex,
    trust::Signed,
};
use tsela_store::{
    digest,
    server::{entries, packages, stream_codes},
    streams,
};

use super::{ApiError, App, auth, auth::Device, json};
use crate::{error::Refusal, receipts};

/// Most bytes of entries in one answer.
const ENTRIES_BYTES: usize = 3 * 1024 * 1024;

#[derive(Deserialize)]
pub(crate) struct HealthQuery {
    nonce: String,
    #[serde(default)]
    keys: bool,
}

/// Signs the caller's nonce with the server's time.
#[utoipa::path(
    get,
    path = "/v1/health",
    tag = "server",
    params(
        ("nonce" = String, Query, description = "16 random bytes, 32 hexadecimal digits"),
        ("keys" = Option<bool>, Query, description = "Whether the server's keys, signed by root, are wanted"),
    ),
    responses(
        (status = 200, description = "The signed answer", body = super::openapi::HealthReply),
        (status = 400, description = "`bad_request`: no nonce", body = super::openapi::ErrorBody),
        (status = 429, description = "`busy`", body = super::openapi::ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn health(
    State(app): State<App>,
    Query(query): Query<HealthQuery>,
    parts: Parts,
) -> Result<Response, ApiError> {
    let now = app.server.now();
    app.server.inner().limits.health.take(auth::address(&parts)?, 1.0, now)?;
    let nonce: Nonce = hex::decode(&query.nonce)
        .ok_or_else(|| Refusal::bad_request("The nonce has 32 hexadecimal digits, lower case."))?;
    let package_version = app.blocking(|server| server.read(|conn| Ok(packages::newest_version(conn)?))).await?;
    let identity = app.server.identity();
    let answer = HealthAnswer {
        nonce,
        server_time: app.server.now(),
        study: identity.study,
        server: identity.server,
        incarnation: app.server.life().id,
        epoch: identity.document().epoch,
        app_version: concat!("tsela/", env!("CARGO_PKG_VERSION")).to_owned(),
        bundle_version: FORMAT,
        package_version,
    };
    let answer = Signed::sign(&answer, identity.signing());
    Ok(json(&HealthReply { answer, keys: query.keys.then(|| identity.server_keys()) }))
}

/// Says what the server has of the device's streams.
#[utoipa::path(
    get,
    path = "/v1/streams",
    tag = "journal",
    responses(
        (status = 200, description = "The device's streams, spare ones too. A hint: receipts are what is believed", body = super::openapi::StreamsAnswer),
        (status = 401, description = "`unauthorised`", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn streams(State(app): State<App>, Device(device): Device) -> Result<Response, ApiError> {
    let answer = app
        .blocking(move |server| {
            let own = server.read(|conn| {
                let own = streams::list(conn)?.into_iter().filter(|stream| stream.device == device.id);
                own.map(|stream| {
                    Ok(StreamAnswer {
                        stream: stream.code,
                        stored: stream.head,
                        applied_through: streams::applied_through(conn, &stream)?,
                        forked: stream.forked_at.is_some(),
                        revoked_after: stream.revoked_after,
                    })
                })
                .collect()
            })?;
            Ok(StreamsAnswer { server: server.device(), incarnation: server.life().id, streams: own })
        })
        .await?;
    Ok(json(&answer))
}

#[derive(Deserialize)]
pub(crate) struct PackageQuery {
    have: Option<u64>,
    version: Option<u64>,
}

/// Returns the newest study package, or an older one.
#[utoipa::path(
    get,
    path = "/v1/package",
    tag = "server",
    params(
        ("have" = Option<u64>, Query, description = "Version that the device has"),
        ("version" = Option<u64>, Query, description = "Version that is wanted, to judge records by that were written under it"),
    ),
    responses(
        (status = 200, description = "The package as signed by the server; `ETag` holds its version", body = super::openapi::PackageAnswer),
        (status = 204, description = "The version that the device has is the newest"),
        (status = 401, description = "`unauthorised`", body = super::openapi::ErrorBody),
        (status = 404, description = "`not_found`: no such version", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn package(
    State(app): State<App>,
    _: Device,
    Query(query): Query<PackageQuery>,
) -> Result<Response, ApiError> {
    if let Some(version) = query.version {
        let package = app.blocking(move |server| server.package_version(version)).await?;
        return Ok(json(&PackageAnswer { package }));
    }
    let newest = app.blocking(|server| server.newest_package()).await?;
    let mut response = if query.have == Some(newest.version) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        json(&PackageAnswer { package: (*newest.signed).clone() })
    };
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", newest.version)) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}

#[derive(Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    after: u64,
}

/// Records that the device wrote to and others changed since.
#[derive(Serialize)]
struct FeedAnswer {
    /// Their folds: values with their dots, and what was seen.
    changed: Vec<serde_json::Value>,
    /// Number to ask with next time.
    through: u64,
    /// Whether there is more.
    more: bool,
}

/// Returns the folds of records that the device wrote to and others changed since.
#[utoipa::path(
    get,
    path = "/v1/feed",
    tag = "journal",
    params(("after" = Option<u64>, Query, description = "Number of the feed through which the device has it; a receipt's \
        `changed_through`")),
    responses(
        (status = 200, description = "Folds, oldest change first: what receipts bring as `changed`", body = super::openapi::FeedAnswer),
        (status = 401, description = "`unauthorised`", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn feed(
    State(app): State<App>,
    Device(device): Device,
    Query(After { after }): Query<After>,
) -> Result<Response, ApiError> {
    let answer = app
        .blocking(move |server| {
            server.read(|conn| {
                let (changed, through) = receipts::changed(conn, device.id, after)?;
                let more = !tsela_store::server::feed::after(conn, device.id, through, 1)?.is_empty();
                Ok(FeedAnswer { changed, through, more })
            })
        })
        .await?;
    Ok(json(&answer))
}

/// Gives a device its own entries back.
#[utoipa::path(
    get,
    path = "/v1/streams/{code}/entries",
    tag = "journal",
    params(
        ("code" = String, Path, description = "One of the device's stream codes"),
        ("after" = Option<u64>, Query, description = "Number of the last entry that the device has"),
    ),
    responses(
        (status = 200, description = "Entries, verbatim, in runs that each end at a head signed by the device", body = super::openapi::EntriesAnswer),
        (status = 404, description = "`not_found`: not one of the device's streams", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn entries(
    State(app): State<App>,
    Device(device): Device,
    Path(code): Path<String>,
    Query(After { after }): Query<After>,
) -> Result<Response, ApiError> {
    let not_own = || Refusal::not_found("This is not one of the device's streams.");
    let code: StreamCode = code.parse().map_err(|_| not_own())?;
    let answer = app
        .blocking(move |server| {
            server.read(|conn| {
                let own = streams::find(conn, code)?.filter(|stream| stream.device == device.id);
                let stream = own.ok_or_else(not_own)?;
                let runs = entries::runs_after(conn, stream.id, after, MAX_ENTRIES_PAGE, ENTRIES_BYTES)?;
                let last = runs.last().map_or(after, |run| run.head.head.seq);
                let more = entries::has_signed_head_after(conn, stream.id, last)?;
                Ok(EntriesAnswer { stream: code, device: device.id, runs, more })
            })
        })
        .await?;
    Ok(json(&answer))
}

#[derive(Deserialize)]
pub(crate) struct DigestQuery {
    #[serde(default, alias = "stream")]
    streams: String,
}

/// Computes the digests of what the device's streams say.
#[utoipa::path(
    get,
    path = "/v1/digest",
    tag = "journal",
    params(("streams" = Option<String>, Query, description = "Codes of the device's streams, joined by commas; all if left out")),
    responses(
        (status = 200, description = "Number of records and hash, by model and in all", body = super::openapi::DigestAnswer),
        (status = 404, description = "`not_found`: one is not a stream of the device", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn digest(
    State(app): State<App>,
    Device(device): Device,
    Query(query): Query<DigestQuery>,
) -> Result<Response, ApiError> {
    let asked = query.streams.split(',').map(str::trim).filter(|code| !code.is_empty());
    let asked: Result<Vec<StreamCode>, _> = asked.map(str::parse).collect();
    let asked = asked.map_err(|e| Refusal::bad_request(format!("{e}.")))?;
    let _turn = app.digests.clone().acquire_owned().await.map_err(|_| Refusal::busy(5))?;
    let answer = app
        .blocking(move |server| {
            server.read(|conn| {
                let own = stream_codes::of_device(conn, device.id)?;
                if asked.iter().any(|code| !own.contains(code)) {
                    return Err(Refusal::not_found("One of these is not a stream of this device.").into());
                }
                let codes = if asked.is_empty() { own } else { asked };
                let found = digest::of(conn, Some(&codes))?;
                let row = |line: DigestLine| DigestRow { count: line.count, hash: line.hash };
                let models = found.models.into_iter().map(|(model, line)| (model, row(line))).collect();
                Ok(DigestAnswer { at: server.now(), models, total: row(found.total) })
            })
        })
        .await?;
    Ok(json(&answer))
}

/// Gives the device stream codes, up to the study's number of spare ones.
#[utoipa::path(
    post,
    path = "/v1/codes",
    tag = "devices",
    responses(
        (status = 200, description = "A credential with all of the device's codes. Asking again gives no more than are lacking", body = super::openapi::CodesAnswer),
        (status = 401, description = "`unauthorised`", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn codes(State(app): State<App>, Device(device): Device) -> Result<Response, ApiError> {
    let (credential, spare) = app.blocking(move |server| server.refill_codes(&device)).await?;
    Ok(json(&CodesAnswer { credential, spare }))
}
