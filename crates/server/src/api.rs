//! The device API: what laptops and carriers call.
//!
//! Each call is a few lines that read the request, call the [`Server`](crate::Server) off the event loop and write the
//! answer. Wire types are in [`tsela_core::api`].

mod answer;
mod auth;
mod bundles;
mod calls;
mod contents;
mod enrol;
mod introduce;
mod linger;
pub mod openapi;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, head, patch, post, put},
};
use tokio::sync::Semaphore;

pub(crate) use answer::{ApiError, json, pieces, read_body};
pub(crate) use auth::address;

use crate::{
    error::{Refusal, Result},
    pages::assets::Assets,
    server::Server,
};

/// Bundles that are unpacked or stored at once; more wait in their turn.
const AT_ONCE: usize = 8;
/// Bundles that may wait; a caller beyond is told to come back.
const WAITING: usize = 256;
/// Digests computed at once: each folds a device's whole journal.
const DIGESTS: usize = 1;

/// What every handler is given.
#[derive(Clone)]
pub(crate) struct App {
    pub server: Server,
    pub assets: Arc<Assets>,
    /// Whether callers came over TLS; decides the cookie's `Secure`.
    pub secure: bool,
    pub receiving: Arc<Semaphore>,
    pub waiting: Arc<Semaphore>,
    pub digests: Arc<Semaphore>,
}

impl App {
    pub fn new(server: Server, assets: Assets, secure: bool) -> Self {
        Self {
            server,
            assets: Arc::new(assets),
            secure,
            receiving: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(Semaphore::new(WAITING)),
            digests: Arc::new(Semaphore::new(DIGESTS)),
        }
    }

    /// Runs `work` where it may block.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Server) -> Result<T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let server = self.server.clone();
        match tokio::task::spawn_blocking(move || work(&server)).await {
            Ok(done) => done.map_err(|error| ApiError(Refusal::of(error))),
            Err(panic) => {
                tracing::error!(error = %panic, "a handler panicked");
                Err(ApiError(Refusal::new(500, "internal", "The server failed.", "Nothing was lost.")))
            }
        }
    }
}

/// Every route of the device API; a test compares them with the description.
pub(crate) const ROUTES: &[(&str, &str)] = &[
    ("post", "/v1/enrol"),
    ("post", "/v1/introduce"),
    ("get", "/v1/health"),
    ("get", "/v1/streams"),
    ("put", "/v1/bundles/{id}"),
    ("head", "/v1/bundles/{id}"),
    ("patch", "/v1/bundles/{id}"),
    ("get", "/v1/receipts"),
    ("get", "/v1/package"),
    ("put", "/v1/package"),
    ("get", "/v1/feed"),
    ("get", "/v1/streams/{code}/entries"),
    ("get", "/v1/digest"),
    ("post", "/v1/codes"),
    ("post", "/v1/contents"),
    ("get", "/openapi.json"),
];

/// Returns the device API.
pub(crate) fn router() -> Router<App> {
    let router = ROUTES.iter().fold(Router::new(), |router, (method, path)| {
        let handler = match (*method, *path) {
            ("post", "/v1/enrol") => post(enrol::enrol),
            ("post", "/v1/introduce") => post(introduce::introduce),
            ("get", "/v1/health") => get(calls::health),
            ("get", "/v1/streams") => get(calls::streams),
            ("put", "/v1/bundles/{id}") => put(bundles::put),
            ("head", "/v1/bundles/{id}") => head(bundles::head),
            ("patch", "/v1/bundles/{id}") => patch(bundles::patch),
            ("get", "/v1/receipts") => get(bundles::receipts),
            ("get", "/v1/package") => get(calls::package),
            ("put", "/v1/package") => put(introduce::package_back),
            ("get", "/v1/feed") => get(calls::feed),
            ("get", "/v1/streams/{code}/entries") => get(calls::entries),
            ("get", "/v1/digest") => get(calls::digest),
            ("post", "/v1/codes") => post(calls::codes),
            ("post", "/v1/contents") => post(contents::standing),
            _ => get(openapi::serve),
        };
        router.route(path, handler)
    });
    router.layer(middleware::from_fn(linger::linger))
}
