//! What the engine's task and its work beside it have in common.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use rand_core::CryptoRng;
use reqwest::Url;
use tokio::sync::watch;
use tsela_core::{attachment::ContentId, bundle::BundleId, time::Timestamp};
use tsela_store::{Folder, Packages, Store, StoreError, journal::Author, recover};

use super::{
    config::{EngineConfig, SharedPackages, SharedRng},
    status::EngineStatus,
};
use crate::{
    clock::Clock,
    identity::{DeviceIdentity, RemoteServer},
    problem::Notice,
    road::{RoadError, http::HttpRoad, http::Timeouts, pin::Trust},
};

pub(super) struct Shared {
    pub folder: Folder,
    pub store: Arc<Store>,
    pub identity: DeviceIdentity,
    pub packages: SharedPackages,
    pub clock: Arc<dyn Clock>,
    pub rng: SharedRng,
    pub author: Option<Author>,
    pub status: watch::Sender<EngineStatus>,
    /// The carried bundle that was tried last and has not arrived as far as is known.
    pub delivering: Mutex<Option<BundleId>>,
    /// Contents that the server will not have, or that are damaged here: not tried again by this engine.
    pub aside: Mutex<BTreeSet<ContentId>>,
    timeouts: Timeouts,
    server: RwLock<(Arc<RemoteServer>, HttpRoad)>,
}

impl Shared {
    pub fn new(config: EngineConfig, status: watch::Sender<EngineStatus>) -> Result<Self, RoadError> {
        let timeouts = config.options.timeouts;
        let road = road_to(&config.remote, &config.clock, timeouts)?;
        Ok(Self {
            folder: config.folder,
            store: config.store,
            identity: config.identity,
            packages: config.packages,
            clock: config.clock,
            rng: config.rng,
            author: config.author,
            status,
            delivering: Mutex::default(),
            aside: Mutex::default(),
            timeouts,
            server: RwLock::new((Arc::new(config.remote), road)),
        })
    }

    pub fn remote(&self) -> Arc<RemoteServer> {
        Arc::clone(&self.server.read().unwrap_or_else(PoisonError::into_inner).0)
    }

    pub fn road(&self) -> HttpRoad {
        self.server.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    pub fn url(&self) -> Url {
        self.road().url().clone()
    }

    /// Goes on with what the server newly says of itself.
    pub fn replace_remote(&self, remote: RemoteServer) -> Result<(), RoadError> {
        let road = road_to(&remote, &self.clock, self.timeouts)?;
        *self.server.write().unwrap_or_else(PoisonError::into_inner) = (Arc::new(remote), road);
        Ok(())
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn packages(&self) -> Arc<Packages> {
        Arc::clone(&self.packages.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn with_rng<T>(&self, work: impl FnOnce(&mut (dyn CryptoRng + Send)) -> T) -> T {
        work(&mut *self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a new stream if one is due, as nothing can be saved before. Without a spare code it stays due.
    pub fn begin_due_stream(&self) -> Result<(), RoadError> {
        if let Some(code) = recover::begin_due(&self.folder, &self.store)? {
            tracing::info!(%code, "a new stream begins");
            self.changed();
        }
        Ok(())
    }

    /// Adds a notice, replacing one of the same code.
    pub fn note(&self, notice: Notice) {
        self.status.send_modify(|status| {
            status.notices.retain(|known| known.code != notice.code);
            status.notices.push(notice);
        });
    }

    pub fn forget_notice(&self, code: &str) {
        self.status.send_if_modified(|status| {
            let before = status.notices.len();
            status.notices.retain(|known| known.code != code);
            status.notices.len() != before
        });
    }

    /// Tells those who watch that records or receipts changed.
    pub fn changed(&self) {
        self.status.send_modify(|status| status.revision += 1);
    }
}

fn road_to(remote: &RemoteServer, clock: &Arc<dyn Clock>, timeouts: Timeouts) -> Result<HttpRoad, RoadError> {
    let trust = Trust::Pinned(vec![remote.spki]);
    Ok(HttpRoad::new(&remote.url, trust, Arc::clone(clock), timeouts)?.with_token(&remote.token))
}

/// Runs work on the store where blocking is allowed.
pub(super) async fn blocking<T: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) -> Result<T, RoadError> + Send + 'static,
) -> Result<T, RoadError> {
    let shared = Arc::clone(shared);
    match tokio::task::spawn_blocking(move || work(&shared)).await {
        Ok(result) => result,
        Err(error) if error.is_cancelled() => Err(RoadError::Stopping),
        Err(error) => Err(StoreError::Internal(error.to_string()).into()),
    }
}

/// A mutex that a panic elsewhere does not close: its content is replaced as a whole or reset before use.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
