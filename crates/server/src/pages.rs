//! The pages for people with a server account: files, sessions and the `/rpc` call.

pub(crate) mod assets;
mod attachments;
mod host;
mod rows;
mod rpc;
mod session;

pub(crate) use rpc::failure;

use axum::{
    Router,
    routing::{get, post},
};

use crate::api::App;

/// Returns the pages.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/rpc", post(rpc::call))
        .route("/attachments/{record}", get(attachments::serve))
        .fallback(get(assets::serve))
}
