//! A server that is open: its store, who it is, and what it remembers between calls.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use tsela_core::{
    ids::{DeviceId, StudyId},
    time::Timestamp,
};
use tsela_store::{Folder, Kdf, Options, Pages, Store, data_key, server::keys};

use crate::{
    error::Result, heard::Heard, identity::Identity, limits::Limits, publish::PackageCache, receipts::FindingCounts,
    uploads::Uploads,
};

/// Where the server gets its time from; tests turn the hands.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Returns the machine's clock: the one place that reads it.
#[allow(clippy::disallowed_methods, reason = "this is the clock that is passed in everywhere else")]
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}

/// How a server is opened.
#[derive(Clone)]
pub struct OpenOptions {
    /// Its clock.
    pub clock: Clock,
    /// Whether every page of the store is checked; left out by commands beside a running server.
    pub quick_check: bool,
    /// Cost of a guess at an account's passphrase.
    pub kdf: Kdf,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { clock: system_clock(), quick_check: false, kdf: Kdf::from_environment() }
    }
}

/// An open server. Clones are the same server.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

pub(crate) struct Inner {
    pub folder: Folder,
    pub store: Store,
    pub identity: Identity,
    pub life: keys::Life,
    pub clock: Clock,
    pub kdf: Kdf,
    pub packages: PackageCache,
    pub limits: Limits,
    pub uploads: Uploads,
    pub heard: Heard,
    pub finding_counts: FindingCounts,
    /// Held while somebody writes at the laboratory's desk: two who scan at once count one after the other.
    pub desk: Mutex<()>,
}

/// Says whether a folder holds a server's store rather than a laptop's.
pub fn is_server(dir: &Path) -> bool {
    let folder = Folder::new(dir);
    folder.server_key().exists() || (folder.store().exists() && !folder.keys().exists())
}

/// Returns how a server's store is made and opened.
pub(crate) fn store_options() -> Options {
    Options { readers: 4, busy_timeout: Duration::from_secs(20), pages: Pages::Large, ..Options::default() }
}

impl Server {
    /// Opens the server in a folder, beside others that may have it open.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::NoKey`](tsela_store::StoreError::NoKey) if the key file is missing or readable
    /// by others.
    pub fn open(dir: &Path) -> Result<Self> {
        Self::open_with(dir, OpenOptions::default())
    }

    /// Opens the server in a folder.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(dir: &Path, options: OpenOptions) -> Result<Self> {
        let folder = Folder::new(dir);
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
        let key = data_key::read_server_key(&folder.server_key(), credentials.as_deref().map(Path::new))?;
        let store_options = Options { quick_check: options.quick_check, ..store_options() };
        let store = Store::open(&folder.store(), &key, &store_options)?;
        let mut identity = None;
        let life = store.read(|conn| {
            identity = Some(Identity::read(conn));
            keys::life(conn)
        })?;
        let identity = identity.expect("the closure ran, as the read succeeded")?;
        let packages = PackageCache::default();
        Ok(Self(Arc::new(Inner {
            folder,
            store,
            identity,
            life,
            clock: options.clock,
            kdf: options.kdf,
            packages,
            limits: Limits::default(),
            uploads: Uploads::default(),
            heard: Heard::default(),
            finding_counts: FindingCounts::default(),
            desk: Mutex::default(),
        })))
    }

    /// Returns the store.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Folder {
        &self.0.folder
    }

    /// Returns who the server is.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// Returns the study.
    pub fn study(&self) -> StudyId {
        self.0.identity.study
    }

    /// Returns the server's own device id.
    pub fn device(&self) -> DeviceId {
        self.0.identity.server
    }

    /// Returns this life of the server's database.
    pub fn life(&self) -> keys::Life {
        self.0.life
    }

    /// Returns the time.
    pub fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }
}
