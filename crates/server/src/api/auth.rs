//! Who calls: the bearer token, and what the caller says of its clock and program.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use tsela_core::{
    api::{APP_HEADER, TIME_HEADER},
    introduction::token_hash,
    time::Timestamp,
};
use tsela_store::server::devices::{self, DeviceRow, Heard};

use super::{ApiError, App};
use crate::{
    enrol::keep_derived,
    error::{Refusal, Result},
    expiry,
    server::Server,
};

/// A clock further off than this is told as this: what fits a century, in milliseconds.
const MAX_DRIFT_MS: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// A device that the server knows, revoked or not, by its token or by that of its outbox.
pub(crate) struct Uploader(pub DeviceRow);

/// A device that is not revoked.
pub(crate) struct Device(pub DeviceRow);

impl FromRequestParts<App> for Uploader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        caller(parts, app, true).await.map(Self)
    }
}

async fn caller(parts: &Parts, app: &App, uploads: bool) -> Result<DeviceRow, ApiError> {
    let address = address(parts)?;
    let token = bearer(&parts.headers).ok_or_else(Refusal::unauthorised)?.to_owned();
    let (time, program) = (told_time(&parts.headers), told_app(&parts.headers));
    app.blocking(move |server| identify(server, address, &token, uploads, time, program)).await
}

impl FromRequestParts<App> for Device {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let device = caller(parts, app, false).await?;
        match device.revoked_at {
            Some(_) => Err(Refusal::revoked().into()),
            None => Ok(Self(device)),
        }
    }
}

fn identify(
    server: &Server,
    address: IpAddr,
    shown: &str,
    uploads: bool,
    time: Option<i64>,
    app: Option<String>,
) -> Result<DeviceRow> {
    let now = server.now();
    let limits = &server.inner().limits;
    let hash = token_hash(shown);
    let known = server.read(|conn| Ok(devices::by_token(conn, &hash)?))?;
    let Some((device, token)) = known.filter(|(_, token)| uploads || !token.upload_only) else {
        // Paid for on failure only, so that guessing is slow and a busy device is not.
        limits.unknown_token.take(address, 1.0, now)?;
        return Err(Refusal::unauthorised().into());
    };
    limits.device.take(device.id, 1.0, now)?;
    if !token.used {
        // A restored server has only the hash of the token that a device introduced itself with.
        server.write(|tx| {
            devices::token_used(tx, &hash, now)?;
            if token.upload_only { Ok(()) } else { keep_derived(tx, device.id, shown, now) }
        })?;
    }
    let drift_ms = time.map(|told| Timestamp(told).millis_since(now).clamp(-MAX_DRIFT_MS, MAX_DRIFT_MS));
    server.note_call(device.id, Heard { at: now, drift_ms, app })?;
    if device.revoked_at.is_none() {
        expiry::check(&device, now)?;
    }
    Ok(device)
}

/// Returns the address that a call came from.
pub(crate) fn address(parts: &Parts) -> Result<IpAddr, Refusal> {
    let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    info.map(|ConnectInfo(address)| address.ip()).ok_or_else(|| Refusal::bad_request("No address."))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && (32..=128).contains(&token.len())).then_some(token)
}

fn told_time(headers: &HeaderMap) -> Option<i64> {
    headers.get(TIME_HEADER)?.to_str().ok()?.trim().parse().ok()
}

fn told_app(headers: &HeaderMap) -> Option<String> {
    let app = headers.get(APP_HEADER)?.to_str().ok()?;
    let fits = (1..=80).contains(&app.len()) && app.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    fits.then(|| app.to_owned())
}
