//! Reading bodies within bounds, and writing answers and refusals.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt as _;
use serde::Serialize;
use tsela_core::api::{ErrorBody, codes};

use crate::error::{Refusal, ServerError};

/// How long a body may take to arrive: one MiB at 32 kbit/s.
const BODY_TIME: Duration = Duration::from_secs(270);

/// A refusal on its way out.
#[derive(Debug)]
pub(crate) struct ApiError(pub Refusal);

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<ServerError> for ApiError {
    fn from(error: ServerError) -> Self {
        Self(Refusal::of(error))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Refusal { status, code, title, detail, retry_after } = self.0;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json(&ErrorBody { code: code.to_owned(), title, detail });
        *response.status_mut() = status;
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            // The rest of the body stays unread, so nothing else can come over this connection.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Writes a JSON answer.
pub(crate) fn json<T: Serialize>(value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => ([(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Reads a body of at most `limit` bytes. One that says it is longer is refused before any of it is read.
pub(crate) async fn read_body(request: Request<Body>, limit: usize) -> Result<Bytes, Refusal> {
    let mut body = Vec::new();
    pieces(request, limit, |piece| {
        body.extend_from_slice(piece);
        Ok(())
    })
    .await?;
    Ok(body.into())
}

/// Hands each piece of a body of at most `limit` bytes to `take` as it comes.
pub(crate) async fn pieces(
    request: Request<Body>,
    limit: usize,
    mut take: impl FnMut(&[u8]) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > limit as u64) {
        return Err(Refusal::too_large(limit));
    }
    let mut body = request.into_body();
    let mut left = limit;
    let read = async {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Refusal::bad_request("The body broke off."))?;
            let Some(piece) = frame.data_ref() else { continue };
            left = left.checked_sub(piece.len()).ok_or_else(|| Refusal::too_large(limit))?;
            take(piece)?;
        }
        Ok(())
    };
    let too_slow = || Refusal::new(408, codes::BAD_REQUEST, "The body took too long.", "Send smaller bundles.");
    tokio::time::timeout(BODY_TIME, read).await.unwrap_or_else(|_| Err(too_slow()))
}
