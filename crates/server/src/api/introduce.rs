//! `POST /v1/introduce` and `PUT /v1/package`: what a laptop tells a server that was restored from a backup.

use axum::{
    extract::{Request, State},
    response::Response,
};
use tsela_core::api::{IntroduceRequest, MAX_PACKAGE, PackageBack, codes};

use super::{ApiError, App, auth, auth::Device, json, read_body};
use crate::error::{Refusal, ServerError};

/// Most bytes of an introduction: two signed documents and a credential with all its codes.
const MAX_BODY: usize = 64 * 1024;
/// What an introduction that proves nothing costs beyond the attempt itself.
const WRONG_COST: f64 = 4.0;
/// Bytes around a package and the people named with it.
const AROUND_PACKAGE: usize = 64 * 1024;

/// Makes a device known again that this server has forgotten.
#[utoipa::path(
    post,
    path = "/v1/introduce",
    tag = "devices",
    request_body = super::openapi::IntroduceRequest,
    responses(
        (status = 200, description = "The device is known and may call with its new token; the same request again changes \
            nothing", body = super::openapi::IntroduceAnswer),
        (status = 403, description = "`introduction`: it does not prove what it must. `revoked`. `credential_expired`", body = super::openapi::ErrorBody),
        (status = 409, description = "`code_taken`: another device holds one of its stream codes", body = super::openapi::ErrorBody),
        (status = 429, description = "`busy`: too many attempts", body = super::openapi::ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn introduce(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let address = auth::address(&parts)?;
    let (now, limits) = (app.server.now(), &app.server.inner().limits);
    limits.introduce.take(address, 1.0, now)?;
    limits.introduce_all.take((), 1.0, now)?;
    let body = read_body(Request::from_parts(parts, body), MAX_BODY).await?;
    let asked: IntroduceRequest = serde_json::from_slice(&body)
        .map_err(|e| Refusal::bad_request(format!("Not an introduction: line {}, column {}.", e.line(), e.column())))?;
    let answer = app
        .blocking(move |server| {
            let answer = server.introduce(&asked);
            if let Err(ServerError::Refused(refusal)) = &answer
                && refusal.code == codes::INTRODUCTION
            {
                // An empty bucket refuses the next attempt; this one is refused anyway.
                let _ = server.inner().limits.introduce.take(address, WRONG_COST, server.now());
            }
            answer
        })
        .await?;
    Ok(json(&answer))
}

/// Takes the server's own study package back after a restore: people, devices and revocations that it has forgotten.
#[utoipa::path(
    put,
    path = "/v1/package",
    tag = "devices",
    request_body = super::openapi::PackageBack,
    responses(
        (status = 200, description = "What the server learned; nothing that it knew is changed", body = super::openapi::PackageTaken),
        (status = 401, description = "`unauthorised`", body = super::openapi::ErrorBody),
        (status = 413, description = "`too_large`", body = super::openapi::ErrorBody),
        (status = 422, description = "`bad_request`: this server has not signed it, or it is of another study", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn package_back(
    State(app): State<App>,
    Device(device): Device,
    request: Request,
) -> Result<Response, ApiError> {
    let body = read_body(request, MAX_PACKAGE + AROUND_PACKAGE).await?;
    let kib = (body.len() as f64 / 1024.0).max(1.0);
    app.server.inner().limits.device_kib.take(device.id, kib, app.server.now())?;
    let given: PackageBack = serde_json::from_slice(&body)
        .map_err(|e| Refusal::bad_request(format!("Not a package: line {}, column {}.", e.line(), e.column())))?;
    let taken = app.blocking(move |server| server.remember(&device, &given)).await?;
    Ok(json(&taken))
}
