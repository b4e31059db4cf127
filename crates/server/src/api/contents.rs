//! `POST /v1/contents`: what of attachments is here, before it is sent.

use axum::{
    extract::{Request, State},
    response::Response,
};
use tsela_core::api::{ContentsAnswer, ContentsRequest};

use super::{ApiError, App, auth::Device, json, read_body};
use crate::error::Refusal;

/// Most bytes of a question.
const MAX_BODY: usize = 16 * 1024;

/// Says what is here of contents of attachments.
#[utoipa::path(
    post,
    path = "/v1/contents",
    tag = "journal",
    request_body = super::openapi::ContentsRequest,
    responses(
        (status = 200, description = "What is here of each. A hint: of what is complete, the next receipt tells", body = super::openapi::ContentsAnswer),
        (status = 400, description = "`bad_request`: not a question, or about more than 100", body = super::openapi::ErrorBody),
        (status = 401, description = "`unauthorised`", body = super::openapi::ErrorBody),
    ),
)]
pub(crate) async fn standing(
    State(app): State<App>,
    Device(device): Device,
    request: Request,
) -> Result<Response, ApiError> {
    let body = read_body(request, MAX_BODY).await?;
    let asked: ContentsRequest = serde_json::from_slice(&body)
        .map_err(|e| Refusal::bad_request(format!("Not a question: line {}, column {}.", e.line(), e.column())))?;
    let contents = app.blocking(move |server| server.standing_of_contents(&device, &asked.contents)).await?;
    Ok(json(&ContentsAnswer { contents }))
}
