//! `POST /v1/enrol`.

use axum::{
    extract::{Request, State},
    response::Response,
};
use tsela_core::api::{EnrolRequest, codes};

use super::{ApiError, App, auth, json, read_body};
use crate::error::{Refusal, ServerError};

/// Most bytes of an enrolment.
const MAX_BODY: usize = 16 * 1024;
/// What a wrong secret costs beyond the attempt itself: guessing is five times as slow as failing.
const WRONG_COST: f64 = 4.0;

/// Makes the caller a device of the study.
#[utoipa::path(
    post,
    path = "/v1/enrol",
    tag = "devices",
    request_body = super::openapi::EnrolRequest,
    responses(
        (status = 200, description = "The device is enrolled; the same request again gives the same answer until the \
            device has called with its token or the code has expired", body = super::openapi::EnrolAnswer),
        (status = 403, description = "`enrolment_code`: unknown, expired, or used by another device", body = super::openapi::ErrorBody),
        (status = 422, description = "`user_refused`: the name belongs to an account on the server", body = super::openapi::ErrorBody),
        (status = 429, description = "`busy`: too many attempts", body = super::openapi::ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn enrol(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let address = auth::address(&parts)?;
    let (now, limits) = (app.server.now(), &app.server.inner().limits);
    limits.enrol.take(address, 1.0, now)?;
    limits.enrol_all.take((), 1.0, now)?;
    let body = read_body(Request::from_parts(parts, body), MAX_BODY).await?;
    let asked: EnrolRequest = serde_json::from_slice(&body)
        .map_err(|e| Refusal::bad_request(format!("Not an enrolment: line {}, column {}.", e.line(), e.column())))?;
    let answer = app
        .blocking(move |server| {
            let answer = server.enrol(&asked);
            if let Err(ServerError::Refused(refusal)) = &answer
                && refusal.code == codes::ENROLMENT_CODE
            {
                tracing::warn!("an enrolment code was refused");
                // An empty bucket refuses the next attempt; this one is refused anyway.
                let _ = server.inner().limits.enrol.take(address, WRONG_COST, server.now());
            }
            answer
        })
        .await?;
    Ok(json(&answer))
}
