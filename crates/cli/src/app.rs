//! The client's pages on a loopback address.
//!
//! Other programs and other people's pages on this computer can reach the address too, so every call needs the random
//! token that only the printed address holds, and the `Host` must be this very address: a page of another name that
//! was made to resolve to 127.0.0.1 is refused (DNS rebinding).

use std::{future::Future, net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use axum::{
    Router, middleware,
    routing::{get, post},
};
use tsela_rpc::{
    client::host::{ClientHostState, ClientOptions},
    web,
};
use tsela_sync::clock::SystemClock;

use crate::{
    exit::{Exit, UNAVAILABLE},
    output,
};

mod guard;
mod pages;
mod rpc;

/// How the client is served.
#[derive(Debug)]
pub struct AppOptions {
    /// Loopback address.
    pub listen: SocketAddr,
    /// Folder of the pages.
    pub ui: Option<PathBuf>,
    /// The client.
    pub client: ClientOptions,
}

/// What every call needs.
#[derive(Clone)]
struct App {
    host: Arc<ClientHostState>,
    guard: Arc<guard::Guard>,
    pages: Arc<pages::Pages>,
}

/// Serves until told to end; the address with its token is printed once calls are taken.
///
/// # Errors
/// Exit code 75 if another window has the folder, 69 if the port is taken.
pub async fn serve(options: AppOptions) -> anyhow::Result<()> {
    let host = Arc::new(ClientHostState::start(options.client, Arc::new(SystemClock::new()))?);
    let taken =
        |error: &std::io::Error| Exit::new(UNAVAILABLE, format!("cannot listen on {}: {error}", options.listen));
    let listener = tokio::net::TcpListener::bind(options.listen).await.map_err(|error| taken(&error))?;
    let address = listener.local_addr().context("the address is not known")?;
    let guard = Arc::new(guard::Guard::new(address));
    let pages = Arc::new(pages::Pages::read(web::folder(options.ui).as_deref())?);
    let url = format!("http://{address}/#token={}", guard.token());
    let app = App { host: Arc::clone(&host), guard, pages };
    let _ = output::line(&url);
    let serving = axum::serve(listener, router(app)).into_future();
    let ended = tokio::select! {
        ended = serving => ended.context("the pages cannot be served any more"),
        () = told_to_end() => Ok(()),
    };
    tokio::task::spawn_blocking(move || host.close()).await.context("the client did not close")?;
    ended
}

fn router(app: App) -> Router {
    Router::new()
        .route("/rpc", post(rpc::call))
        .fallback(get(pages::serve))
        .layer(middleware::from_fn_with_state(app.clone(), guard::check_host))
        .with_state(app)
}

#[cfg(unix)]
pub(crate) fn told_to_end() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    async {
        let terminated = async {
            match signal(SignalKind::terminate()) {
                Ok(mut terminated) => {
                    terminated.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated => {}
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn told_to_end() -> impl Future<Output = ()> {
    async {
        let _ = tokio::signal::ctrl_c().await;
    }
}
