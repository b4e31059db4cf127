//! `PUT /v1/bundles/{id}` and `GET /v1/receipts`: entries up, receipts down.

use axum::{
    body::Bytes,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use tsela_core::{
    api::{BUNDLE_TYPE, FRAMES_TYPE, frames},
    bundle::{BundleId, MAX_BUNDLE},
};

use super::{
    ApiError, App,
    auth::{Caller, Device},
    read_body,
};
use crate::error::Refusal;

/// Header of the answer to a bundle: the receipt's number.
pub(crate) const RECEIPT_HEADER: &str = "tsela-receipt";

/// Stores a bundle and answers with the receipt.
#[utoipa::path(
    put,
    path = "/v1/bundles/{id}",
    tag = "journal",
    params(("id" = String, Path, description = "BLAKE3 of the body, 64 hexadecimal digits")),
    request_body(content = Vec<u8>, content_type = "application/vnd.tsela.bundle", description = "A journal bundle, at most 1 MiB"),
    responses(
        (status = 200, description = "Stored, now or before: a receipt bundle, sealed to the device. The header \
            `tsela-receipt` holds its number", body = Vec<u8>, content_type = "application/vnd.tsela.bundle"),
        (status = 403, description = "`revoked`: the entries are kept in quarantine", body = super::openapi::ErrorBody),
        (status = 413, description = "`too_large`", body = super::openapi::ErrorBody),
        (status = 422, description = "`bad_bundle`: damaged, of another study, not signed by its packer, not sealed to \
            this server, or with a stream of another device; nothing of it is stored", body = super::openapi::ErrorBody),
        (status = 429, description = "`busy`", body = super::openapi::ErrorBody),
        (status = 507, description = "`disk_full`", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    Path(id): Path<String>,
    Caller(device): Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let id: BundleId = id.parse().map_err(|e| Refusal::bad_request(format!("{e}.")))?;
    let body = read_body(request, MAX_BUNDLE).await?;
    let kib = (body.len() as f64 / 1024.0).max(1.0);
    app.server.inner().limits.device_kib.take(device.id, kib, app.server.now())?;
    let waiting = app.waiting.clone().try_acquire_owned();
    let _waits = waiting.map_err(|_| Refusal { status: 503, ..Refusal::busy(2) })?;
    let _turn = app.receiving.clone().acquire_owned().await.map_err(|_| Refusal::busy(5))?;
    let received = app.blocking(move |server| server.receive(&device, id, &body)).await?;
    let mut response = bytes(BUNDLE_TYPE, received.receipt.into());
    response.headers_mut().insert(RECEIPT_HEADER, HeaderValue::from(received.number));
    Ok(response)
}

#[derive(Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    after: u64,
}

/// Returns the receipts that the device has not got.
#[utoipa::path(
    get,
    path = "/v1/receipts",
    tag = "journal",
    params(("after" = Option<u64>, Query, description = "Number of the last receipt that the device has in this life of \
        the server; receipts up to it may be forgotten")),
    responses(
        (status = 200, description = "Receipt bundles numbered above `after`, oldest first, each preceded by its length \
            (4 bytes, little-endian); empty if there is no news", body = Vec<u8>, content_type = "application/vnd.tsela.bundles"),
        (status = 401, description = "`unauthorised`", body = super::openapi::ErrorBody),
        (status = 403, description = "`revoked`", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn receipts(
    State(app): State<App>,
    Device(device): Device,
    Query(After { after }): Query<After>,
) -> Result<Response, ApiError> {
    let receipts = app.blocking(move |server| server.receipts_after(&device, after)).await?;
    Ok(bytes(FRAMES_TYPE, frames::join(receipts.iter().map(Vec::as_slice)).into()))
}

fn bytes(content_type: &'static str, body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}
