//! What an engine is given.

use std::sync::{Arc, Mutex, RwLock};

use rand_core::CryptoRng;
use tsela_store::{Folder, Packages, Store, StoreError, journal::Author};

use crate::{
    clock::Clock,
    identity::{self, DeviceIdentity, RemoteServer},
    road::http::Timeouts,
};

/// The study packages in use, shared with those who save. The engine adds newer ones.
pub type SharedPackages = Arc<RwLock<Arc<Packages>>>;

/// Entropy that several threads draw from.
pub type SharedRng = Arc<Mutex<dyn CryptoRng + Send>>;

/// What an engine is given.
#[derive(Clone)]
pub struct EngineConfig {
    /// The laptop's folder.
    pub folder: Folder,
    /// The laptop's store.
    pub store: Arc<Store>,
    /// Who the laptop is.
    pub identity: DeviceIdentity,
    /// The server.
    pub remote: RemoteServer,
    /// The study packages.
    pub packages: SharedPackages,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Entropy for keys of bundles, nonces and jitter.
    pub rng: SharedRng,
    /// In whose name pushes are noted in the journal; without one they stand in the history only.
    pub author: Option<Author>,
    /// The rest.
    pub options: EngineOptions,
}

/// What can be set and usually is not.
#[derive(Clone, Copy, Debug, Default)]
pub struct EngineOptions {
    /// How long the road waits.
    pub timeouts: Timeouts,
    /// Whether nothing is started by the timer: for the command line, which pushes once.
    pub manual: bool,
}

impl EngineConfig {
    /// Reads from a store who the laptop is and whom it sends to; `None` before enrolment.
    ///
    /// # Errors
    /// Returns what the store said.
    pub fn load(folder: Folder, store: Arc<Store>, clock: Arc<dyn Clock>) -> Result<Option<Self>, StoreError> {
        let Some((device, remote)) = identity::load(&store)? else { return Ok(None) };
        let packages = Arc::new(RwLock::new(Arc::new(identity::load_packages(&store)?)));
        let options = EngineOptions::default();
        Ok(Some(Self {
            folder,
            store,
            identity: device,
            remote,
            packages,
            clock,
            rng: system_rng(),
            author: None,
            options,
        }))
    }
}

impl std::fmt::Debug for EngineConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineConfig").field("remote", &self.remote.url).finish_non_exhaustive()
    }
}

/// Returns the operating system's entropy.
pub fn system_rng() -> SharedRng {
    Arc::new(Mutex::new(rand_core::UnwrapErr(getrandom::SysRng)))
}
