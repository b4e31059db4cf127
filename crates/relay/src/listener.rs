//! The driver's side: listening on the local network while *Collect* is on.

use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum_server::{
    Handle,
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use hyper_util::rt::TokioTimer;
use tokio::task::JoinHandle;
use tsela_core::time::Timestamp;
use tsela_store::{
    StoreError, carried,
    journal::{self, Event},
};
use tsela_sync::{
    engine::EngineConfig,
    road::pin::Spki,
    tls::{self, TlsError},
};

use crate::{
    address::CarrierAddress,
    api,
    certificate::{self, CertificateError},
    keep::Keeping,
    meetings::{Meeting, Meetings, Stage},
    nearby::Announcement,
};

/// How long transfers that are under way may take to end.
const GRACE: Duration = Duration::from_secs(5);

/// How long a caller may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(20);

/// Why a carrier does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on: {source}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The TLS key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This laptop carries nothing.
    #[error("this laptop was not enrolled as a driver's: ask an administrator for a code with the role carrier")]
    NoCarrier,
}

impl From<CertificateError> for ListenError {
    fn from(error: CertificateError) -> Self {
        match error {
            CertificateError::Store(error) => Self::Store(error),
            CertificateError::Tls(error) => Self::Tls(error),
        }
    }
}

/// What handlers and the driver's screen share.
pub(crate) struct Desk {
    pub config: EngineConfig,
    pub meetings: Mutex<Meetings>,
    pub spki: Spki,
    pub room: u64,
    /// Told whenever something came, so that the engine looks for the server and the screen is drawn anew.
    pub changed: Box<dyn Fn() + Send + Sync>,
}

impl Desk {
    pub fn now(&self) -> Timestamp {
        self.config.clock.now()
    }

    pub fn keeping(&self) -> Keeping<'_> {
        let EngineConfig { store, identity, .. } = &self.config;
        Keeping { store, identity, room: self.room, now: self.now() }
    }

    pub fn meetings(&self) -> std::sync::MutexGuard<'_, Meetings> {
        self.meetings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A carrier that listens. Dropping it ends that.
pub struct Listener {
    desk: Arc<Desk>,
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    serving: JoinHandle<std::io::Result<()>>,
    announcement: Option<Announcement>,
}

impl Listener {
    /// Begins to listen, and to tell the local network of it. To be called within a tokio runtime.
    ///
    /// # Errors
    /// [`ListenError::Address`] if the address is taken, [`ListenError::NoCarrier`] on an assistant's laptop.
    pub async fn start(
        config: EngineConfig,
        address: SocketAddr,
        announce: bool,
        changed: impl Fn() + Send + Sync + 'static,
    ) -> Result<Self, ListenError> {
        if config.identity.role() != tsela_core::credential::DeviceRole::Carrier {
            return Err(ListenError::NoCarrier);
        }
        let certificate = certificate::of(&config.store)?;
        let failed = |source| ListenError::Address { address, source };
        let socket = TcpListener::bind(address).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let (study, device, spki) = (config.identity.study, config.identity.device, certificate.spki);
        let name = config.identity.name.clone();
        let meetings = Mutex::new(Meetings::new(study, device, spki.0));
        let changed = Box::new(changed);
        let desk = Arc::new(Desk { config, meetings, spki, room: carried::USUAL_ROOM, changed });
        let tls = RustlsConfig::from_config(tls::server_config(&certificate.key, &certificate.certificate)?);
        let acceptor = RustlsAcceptor::new(tls).acceptor(NoDelayAcceptor);
        let handle = Handle::new();
        let mut https = axum_server::from_tcp(socket).map_err(failed)?.acceptor(acceptor).http1_only();
        https.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
        let serving = https.handle(handle.clone()).serve(api::router(Arc::clone(&desk)).into_make_service());
        let serving = tokio::spawn(serving);
        handle.listening().await;
        tracing::info!(%address, "collecting");
        let announcement = if announce { Announcement::begin(study, &name, address, spki) } else { None };
        Ok(Self { desk, address, handle, serving, announcement })
    }

    /// Returns the addresses at which laptops of this network find it, with the key for a picture.
    pub fn addresses(&self) -> Vec<CarrierAddress> {
        let ips = match self.address.ip() {
            ip if !ip.is_unspecified() => vec![ip],
            _ => local_addresses(),
        };
        let pin = Some(self.desk.spki);
        let of = |ip| CarrierAddress { host: SocketAddr::new(ip, self.address.port()).to_string(), pin };
        ips.into_iter().map(of).collect()
    }

    /// Says whether the local network is told that it listens.
    pub fn is_announced(&self) -> bool {
        self.announcement.is_some()
    }

    /// Returns the meetings, the newest first.
    pub fn meetings(&self) -> Vec<Meeting> {
        self.desk.meetings().shown(self.desk.now())
    }

    /// Takes what the driver says of the digits; `false` if that meeting does not wait for it any more. An agreed meeting
    /// stands in the journal.
    ///
    /// # Errors
    /// Returns what the store said; nothing is agreed then.
    pub fn answer(&self, id: &str, agreed: bool) -> Result<bool, StoreError> {
        let waits = |meeting: &Meeting| meeting.id == id && meeting.stage == Stage::Compare;
        let Some(meeting) = self.meetings().into_iter().find(waits) else { return Ok(false) };
        if agreed {
            self.note(&meeting)?;
        }
        Ok(self.desk.meetings().answer(id, agreed).is_some())
    }

    fn note(&self, meeting: &Meeting) -> Result<(), StoreError> {
        let config = &self.desk.config;
        let Some(author) = &config.author else { return Ok(()) };
        let packages =
            config.packages.read().map_or_else(|lock| lock.into_inner().clone(), |packages| packages.clone());
        let version = packages.newest()?.package().version;
        let fields = [
            ("author".to_owned(), meeting.author.to_string().into()),
            ("name".to_owned(), meeting.name.clone().into()),
        ];
        journal::event(&config.store, self.desk.now(), author, version, &[Event::new("collect", fields.into())])
    }

    /// Returns how many bytes are carried, and how many can be.
    ///
    /// # Errors
    /// Returns what the store said.
    pub fn room(&self) -> Result<(u64, u64), StoreError> {
        Ok((self.desk.config.store.read(carried::bytes)?, self.desk.room))
    }

    /// Takes nothing more, lets transfers that are under way end, and returns.
    pub async fn stop(mut self) {
        self.announcement.take();
        self.handle.graceful_shutdown(Some(GRACE));
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.handle.shutdown();
        self.serving.abort();
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Returns this machine's addresses in local networks, IPv4 first, as people type them.
pub(crate) fn local_addresses() -> Vec<IpAddr> {
    let mut ips: Vec<IpAddr> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(|interface| interface.ip())
        .collect();
    ips.sort_by_key(|ip| (ip.is_ipv6(), *ip));
    ips.dedup();
    ips
}
