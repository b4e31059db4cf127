//! `PUT /v1/bundles/{id}`, going on with one that broke off, and `GET /v1/receipts`: entries up, receipts down.

use axum::{
    body::Bytes,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use tsela_core::{
    api::{BUNDLE_TYPE, FRAMES_TYPE, OFFSET_HEADER, codes, frames},
    bundle::{BundleId, MAX_BUNDLE},
};
use tsela_store::server::devices::DeviceRow;

use super::{
    ApiError, App,
    auth::{Device, Uploader},
    pieces,
};
use crate::{error::Refusal, uploads::NotTaken};

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
    Uploader(device): Uploader,
    request: Request,
) -> Result<Response, ApiError> {
    take_in(app, bundle_id(&id)?, device, 0, request).await
}

/// Says how much of a bundle came before its transfer broke off.
#[utoipa::path(
    head,
    path = "/v1/bundles/{id}",
    tag = "journal",
    params(("id" = String, Path, description = "BLAKE3 of the bundle, 64 hexadecimal digits")),
    responses(
        (status = 200, description = "The header `upload-offset` holds the number of bytes that are here: 0 if nothing is, \
            or if the bundle is stored, which receipts tell"),
        (status = 401, description = "`unauthorised`", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn head(
    State(app): State<App>,
    Path(id): Path<String>,
    Uploader(device): Uploader,
) -> Result<Response, ApiError> {
    let held = app.server.inner().uploads.held(device.id, bundle_id(&id)?);
    Ok([(OFFSET_HEADER, HeaderValue::from(held))].into_response())
}

/// Goes on with a bundle whose transfer broke off.
#[utoipa::path(
    patch,
    path = "/v1/bundles/{id}",
    tag = "journal",
    params(
        ("id" = String, Path, description = "BLAKE3 of the whole bundle, 64 hexadecimal digits"),
        ("upload-offset" = u64, Header, description = "Bytes of the bundle that came before, as `HEAD` says"),
    ),
    request_body(content = Vec<u8>, content_type = "application/vnd.tsela.bundle", description = "The bundle from that byte on"),
    responses(
        (status = 200, description = "As for `PUT`", body = Vec<u8>, content_type = "application/vnd.tsela.bundle"),
        (status = 400, description = "`bad_request`: the header is missing", body = super::openapi::ErrorBody),
        (status = 409, description = "`upload_offset`: what is here does not end there; put the whole bundle", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn patch(
    State(app): State<App>,
    Path(id): Path<String>,
    Uploader(device): Uploader,
    request: Request,
) -> Result<Response, ApiError> {
    let offset = request.headers().get(OFFSET_HEADER).and_then(|offset| offset.to_str().ok()?.parse().ok());
    let offset = offset.ok_or_else(|| Refusal::bad_request(format!("The header {OFFSET_HEADER} is missing.")))?;
    take_in(app, bundle_id(&id)?, device, offset, request).await
}

fn bundle_id(id: &str) -> Result<BundleId, Refusal> {
    id.parse().map_err(|e| Refusal::bad_request(format!("{e}.")))
}

/// Reads a bundle from `offset` on, keeping what came should it break off, and stores it.
async fn take_in(
    app: App,
    id: BundleId,
    device: DeviceRow,
    offset: usize,
    request: Request,
) -> Result<Response, ApiError> {
    let inner = app.server.inner();
    let turn = inner.uploads.begin(device.id, id, offset).map_err(not_taken)?;
    let limit = MAX_BUNDLE.saturating_sub(offset);
    let mut length = 0;
    pieces(request, limit, |piece| {
        length += piece.len();
        inner.uploads.append(turn, piece).map_err(not_taken)
    })
    .await?;
    let kib = (length as f64 / 1024.0).max(1.0);
    inner.limits.device_kib.take(device.id, kib, app.server.now())?;
    let waiting = app.waiting.clone().try_acquire_owned();
    let _waits = waiting.map_err(|_| Refusal { status: 503, ..Refusal::busy(2) })?;
    let _turn = app.receiving.clone().acquire_owned().await.map_err(|_| Refusal::busy(5))?;
    let body = inner.uploads.finish(turn).map_err(not_taken)?;
    let received = app.blocking(move |server| server.receive(&device, id, &body)).await?;
    let mut response = bytes(BUNDLE_TYPE, received.receipt.into());
    response.headers_mut().insert(RECEIPT_HEADER, HeaderValue::from(received.number));
    Ok(response)
}

fn not_taken(reason: NotTaken) -> Refusal {
    let title = "The transfer does not go on from here.";
    match reason {
        NotTaken::Offset(held) => {
            let detail = format!("{held} bytes of the bundle are here. Put the whole bundle.");
            Refusal::new(409, codes::UPLOAD_OFFSET, title, detail)
        }
        NotTaken::Overtaken => {
            Refusal::new(409, codes::UPLOAD_OFFSET, title, "The device has begun another transfer since.")
        }
        NotTaken::TooLarge => Refusal::too_large(MAX_BUNDLE),
    }
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
