//! Listening: TLS, limits around every call, and an end in good order.

use std::{
    future::Future,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};
use axum_server::{
    Handle,
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use tokio::task::JoinHandle;
use tsela_core::api::SERVER_HEADER;
use tsela_store::{WriterLock, lock::Holder, meta};
use tsela_sync::tls;

use crate::{
    api::{self, App},
    error::{Result, ServerError},
    identity,
    pages::{self, assets},
    server::Server,
};

/// How long calls that are under way may take to end.
const GRACE: Duration = Duration::from_secs(20);
/// How long a caller may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How often the store is backed up while it is served.
const BACKUP_EVERY: Duration = Duration::from_secs(60 * 60);

/// How a server is served.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where laptops reach the server, if that is not the address listened on: `https://clinic.example:8443`.
    pub url: Option<String>,
    /// Folder of the pages; `ui` beside the program or `ui/dist` if `None`.
    pub ui: Option<PathBuf>,
    /// Plain HTTP instead of TLS; on loopback only.
    pub plain_http: bool,
    /// Whether a verified backup is made every hour, the last three kept.
    pub backups: bool,
}

impl ServeOptions {
    /// Returns the usual options for an address.
    pub fn new(listen: SocketAddr) -> Self {
        Self { listen, url: None, ui: None, plain_http: false, backups: true }
    }
}

/// A server that listens. Dropping it without [`Running::stop`] ends it at once.
pub struct Running {
    address: SocketAddr,
    url: String,
    handle: Handle<SocketAddr>,
    listening: JoinHandle<std::io::Result<()>>,
    backups: Option<JoinHandle<()>>,
    _lock: WriterLock,
}

impl Running {
    /// Returns the address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address as enrolment codes name it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes no more calls, lets those under way end, and returns.
    ///
    /// # Errors
    /// What the operating system said of listening.
    pub async fn stop(self) -> Result<()> {
        self.handle.graceful_shutdown(Some(GRACE));
        self.wait().await
    }

    async fn wait(self) -> Result<()> {
        let Self { address, listening, backups, .. } = self;
        let ended = listening.await;
        if let Some(backups) = backups {
            backups.abort();
        }
        match ended {
            Ok(Ok(())) => Ok(()),
            Ok(Err(source)) => Err(ServerError::Listen { address, source }),
            Err(panic) => Err(ServerError::Ended(panic.to_string())),
        }
    }
}

/// Serves until the program is told to end (Ctrl-C, SIGTERM), blocking. `ready` is told the address once calls are
/// taken.
///
/// # Errors
/// As [`start`].
pub fn serve(server: Server, options: &ServeOptions, ready: impl FnOnce(&Running)) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|source| ServerError::Listen { address: options.listen, source })?;
    runtime.block_on(async {
        let running = start(server, options).await?;
        ready(&running);
        told_to_end().await;
        tracing::info!("ending: no more calls are taken");
        running.stop().await
    })
}

/// Begins to serve and returns once calls are taken. To be called within a tokio runtime.
///
/// # Errors
/// [`ServerError::Listen`] if the address is taken, [`ServerError::PlainHttp`] if others could reach plain HTTP,
/// [`StoreError::AlreadyOpen`](tsela_store::StoreError::AlreadyOpen) if the folder is served already.
pub async fn start(server: Server, options: &ServeOptions) -> Result<Running> {
    if options.plain_http && !options.listen.ip().is_loopback() {
        return Err(ServerError::PlainHttp(options.listen));
    }
    let holder = Holder::this_process("tsela serve", server.now());
    let lock = WriterLock::acquire(server.folder(), &holder, Duration::ZERO)?;
    let failed = |source| ServerError::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let url = match &options.url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => own_url(address, options.plain_http),
    };
    // An unspecified address (0.0.0.0) is none that a laptop could go to: codes then need an address by name.
    let known = options.url.is_some() || !address.ip().is_unspecified();
    settle_in(&server, known.then_some(url.as_str()))?;
    let files = assets::Assets::read(tsela_rpc::web::folder(options.ui.clone()).as_deref())?;
    let service = router(App::new(server.clone(), files, !options.plain_http))
        .into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let listening = if options.plain_http {
        let mut http = axum_server::from_tcp(listener).map_err(failed)?.acceptor(NoDelayAcceptor).http1_only();
        bound_heads(http.http_builder());
        tokio::spawn(http.handle(handle.clone()).serve(service))
    } else {
        let (key, certificate) = server.identity().tls();
        let config = RustlsConfig::from_config(tls::server_config(key, certificate)?);
        let acceptor = RustlsAcceptor::new(config).acceptor(NoDelayAcceptor);
        let mut https = axum_server::from_tcp(listener).map_err(failed)?.acceptor(acceptor).http1_only();
        bound_heads(https.http_builder());
        tokio::spawn(https.handle(handle.clone()).serve(service))
    };
    handle.listening().await;
    tracing::info!(%address, tls = !options.plain_http, "serving");
    let backups = options.backups.then(|| tokio::spawn(back_up_hourly(server)));
    Ok(Running { address, url, handle, listening, backups, _lock: lock })
}

/// Puts the store in order for serving: what waits for an upgrade, what a crash left untold, the address.
fn settle_in(server: &Server, url: Option<&str>) -> Result<()> {
    server.write(|tx| {
        match url {
            Some(url) => meta::set(tx, identity::URL, url)?,
            None => meta::remove(tx, identity::URL)?,
        }
        server.feed_own_entries(tx)
    })?;
    server.fold_held()?;
    Ok(())
}

fn router(app: App) -> Router {
    api::router()
        .merge(pages::router())
        .layer(middleware::from_fn_with_state(app.clone(), around_every_call))
        .with_state(app)
}

/// Marks every answer as this server's and logs the call by its route, never by its query or content.
async fn around_every_call(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&app.server.device().to_string()) {
        headers.insert(SERVER_HEADER, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let (status, route) = (response.status().as_u16(), route.unwrap_or_else(|| "page".to_owned()));
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::error!(%method, route, status, ms, "call failed");
    } else {
        tracing::debug!(%method, route, status, ms, "call");
    }
    response
}

fn own_url(address: SocketAddr, plain_http: bool) -> String {
    let scheme = if plain_http { "http" } else { "https" };
    let ip = match address.ip() {
        ip if ip.is_unspecified() && ip.is_ipv4() => std::net::Ipv4Addr::LOCALHOST.into(),
        ip if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

fn bound_heads(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    let timer = hyper_util::rt::TokioTimer::new();
    builder.http1().timer(timer).header_read_timeout(HEAD_TIME).keep_alive(true);
}

async fn back_up_hourly(server: Server) {
    let mut hours = tokio::time::interval(BACKUP_EVERY);
    hours.tick().await;
    loop {
        hours.tick().await;
        let server = server.clone();
        match tokio::task::spawn_blocking(move || server.backup()).await {
            Ok(Ok(info)) => tracing::info!(bytes = info.bytes, "store backed up"),
            Ok(Err(error)) => tracing::error!(%error, "the backup failed; the earlier ones are kept"),
            Err(panic) => tracing::error!(error = %panic, "the backup failed"),
        }
    }
}

#[cfg(unix)]
fn told_to_end() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    async {
        let terminate = async {
            match signal(SignalKind::terminate()) {
                Ok(mut terminate) => {
                    terminate.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminate => {}
        }
    }
}

#[cfg(not(unix))]
fn told_to_end() -> impl Future<Output = ()> {
    async {
        let _ = tokio::signal::ctrl_c().await;
    }
}
