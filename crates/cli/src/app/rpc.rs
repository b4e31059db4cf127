//! `POST /rpc`: one call of the pages.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::Value;

use super::App;

/// Most bytes of a call: the largest attachment as base64, with room.
const MOST: usize = tsela_core::attachment::MAX_CONTENT / 3 * 4 + 64 * 1024;

/// Answers a call, on a thread that may block.
pub(super) async fn call(State(app): State<App>, request: Request) -> Response {
    if !app.guard.admits(request.headers()) {
        return refused(
            StatusCode::UNAUTHORIZED,
            "Open the address that Tsela printed: it holds the key to these pages.",
        );
    }
    let is_json = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if is_json.and_then(|kind| kind.split(';').next()) != Some("application/json") {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "A call is JSON.");
    }
    let Ok(body) = axum::body::to_bytes(Body::new(request.into_body()), MOST).await else {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "The call is too large.");
    };
    let Ok(call) = serde_json::from_slice::<Value>(&body) else {
        return refused(StatusCode::BAD_REQUEST, "The call is not JSON.");
    };
    match tokio::task::spawn_blocking(move || app.host.answer(call)).await {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], axum::Json(answer)).into_response(),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "Tsela stopped in the middle of answering."),
    }
}

fn refused(status: StatusCode, why: &'static str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], why).into_response()
}
