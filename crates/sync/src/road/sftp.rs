//! The SFTP road: a folder on a server that both sides reach, as on a stick that both hold. See [`super::files`] for what
//! lies there.
//!
//! The server is known by its key, which a person has confirmed once; another key is refused before anything secret is
//! said. A file is written under another name, put on the server's disk where that is offered, renamed, and then read
//! again and compared. A connection that breaks off is made again a few times, and an upload then goes on where it
//! stopped, if what is there is its beginning. Whoever runs that server is nobody special: what lies there is sealed, and
//! names, lengths and links in its listings are believed no more than those on a found stick.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::runtime::{Builder, Runtime};
use tsela_core::{bundle::BundleId, ids::DeviceId};

use super::files::{
    ARCHIVE, Content, EXTENSION, FileRoad, FilesError, Found, Listing, PART, READ_ME, READ_ME_NAME, TOP, Way,
    device_of, is_superseded, shortened,
};

mod address;
pub mod confirmed;
mod connect;
mod error;
mod host_key;
mod login;
mod session;

pub use address::SftpAddress;
pub use error::SftpError;
pub use host_key::HostKey;
pub use login::Login;

use session::{Kind, Session};

/// Most connections that are made for one step, whatever each of them moved.
const MOST_CONNECTIONS: usize = 200;
/// How long to wait before each further attempt after a connection broke off; from the beginning again after one that
/// moved something, as it is worth going on then.
const WAITS: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

/// Most bytes of bundles that are kept after they were read.
const KEPT: usize = 32 << 20;

/// Bundles that were read and fit their names. Whoever takes them in looks into all of them for their order before it
/// receives the first, and a slow link should bring each once.
#[derive(Default)]
struct Fetched {
    bundles: HashMap<BundleId, Vec<u8>>,
    bytes: usize,
}

impl Fetched {
    fn keep(&mut self, id: BundleId, bytes: &[u8]) {
        if self.bytes + bytes.len() <= KEPT && self.bundles.insert(id, bytes.to_vec()).is_none() {
            self.bytes += bytes.len();
        }
    }

    fn forget(&mut self, id: BundleId) {
        self.bytes -= self.bundles.remove(&id).map_or(0, |bytes| bytes.len());
    }
}

/// An SFTP server as a road.
pub struct SftpRoad {
    address: SftpAddress,
    login: Login,
    pin: HostKey,
    session: Mutex<Option<Arc<Session>>>,
    /// Bytes of files that went or came.
    moved: Arc<AtomicU64>,
    fetched: Mutex<Fetched>,
    // Last, so that what lives in it is dropped before it; taken out when dropped.
    runtime: Option<Runtime>,
}

impl SftpRoad {
    /// Connects and signs in.
    ///
    /// # Errors
    /// [`SftpError::UnknownHost`] if no key is expected, with the key that a person may confirm, and every other.
    pub fn open(address: SftpAddress, login: Login, pin: Option<HostKey>) -> Result<Self, SftpError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(SftpError::Here)?;
        let moved = Arc::new(AtomicU64::new(0));
        let session = runtime.block_on(connect::connect(&address, &login, pin, &moved))?;
        // Without an expected key there is no session.
        let Some(pin) = pin else { return Err(SftpError::NotAHostKey) };
        let session = Mutex::new(Some(Arc::new(session)));
        Ok(Self { address, login, pin, session, moved, fetched: Mutex::default(), runtime: Some(runtime) })
    }

    fn fetched(&self) -> MutexGuard<'_, Fetched> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something over the connection, and again over a new one if it broke off.
    fn over<T>(&self, mut step: impl AsyncFnMut(&Session) -> Result<T, SftpError>) -> Result<T, SftpError> {
        let runtime = self.runtime.as_ref().expect("it is taken out only when the road is dropped");
        let mut waits = WAITS.iter();
        for _ in 1..MOST_CONNECTIONS {
            let before = self.moved.load(Ordering::Relaxed);
            let done = runtime.block_on(async { step(self.session().await?.as_ref()).await });
            let Err(error) = &done else { return done };
            if self.moved.load(Ordering::Relaxed) > before {
                waits = WAITS.iter();
            }
            let Some(wait) = waits.next().filter(|_| error.is_passing()) else { return done };
            tracing::info!(road = "sftp", "the connection broke off; trying again");
            *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
            thread::sleep(*wait);
        }
        runtime.block_on(async { step(self.session().await?.as_ref()).await })
    }

    /// Reads what may be a bundle, each connection going on where the one before broke off; `None` if it is none.
    fn read(&self, path: &[&str]) -> Result<Option<Vec<u8>>, SftpError> {
        let mut bytes = Vec::new();
        let is_one = self.over(async |session| session.read(&session.path(path), &mut bytes).await)?;
        Ok(is_one.then_some(bytes))
    }

    fn holds(&self, path: &[&str], bundle: &[u8]) -> Result<bool, SftpError> {
        let is_there = self.over(async |session| session.kind(&session.path(path)).await)?.is_some();
        Ok(is_there && self.read(path)?.as_deref() == Some(bundle))
    }

    /// Uploads a file, each connection going on where the one before broke off.
    fn upload(&self, part: &[&str], bundle: &[u8]) -> Result<(), SftpError> {
        let mut begun = match self.over(async |session| session.kind(&session.path(part)).await)? {
            // Left by a program that was cut off: gone on with only if it is the beginning of the same.
            Some(Kind::File { size }) if size <= bundle.len() as u64 => {
                self.read(part)?.is_some_and(|begun| !begun.is_empty() && bundle.starts_with(&begun))
            }
            _ => false,
        };
        self.over(async |session| {
            let path = session.path(part);
            let from = match session.kind(&path).await? {
                // An empty one is begun anew: it could not be told from a file of somebody else's that is in the way.
                Some(Kind::File { size }) if begun && size > 0 => usize::try_from(size).unwrap_or(usize::MAX),
                Some(_) => {
                    session.remove(&path).await;
                    0
                }
                None => 0,
            };
            if from > 0 {
                tracing::info!(road = "sftp", from, "an upload goes on");
            }
            // From here on what stands there is what this program writes.
            begun = true;
            session.write(&path, bundle, from).await
        })
    }

    /// Gives an uploaded file its name. A connection that broke off may have done it.
    fn name(&self, part: &[&str], path: &[&str]) -> Result<(), SftpError> {
        self.over(async |session| {
            let (from, to) = (session.path(part), session.path(path));
            let is_named = async || Ok(session.kind(&from).await?.is_none() && session.kind(&to).await?.is_some());
            if is_named().await? {
                return Ok(());
            }
            match session.rename(&from, &to).await {
                Err(error) if error.is_passing() || !is_named().await? => Err(error),
                _ => Ok(()),
            }
        })
    }

    async fn session(&self) -> Result<Arc<Session>, SftpError> {
        let open = self.session.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(session) = open.filter(|session| !session.is_closed()) {
            return Ok(session);
        }
        let session = Arc::new(connect::connect(&self.address, &self.login, Some(self.pin), &self.moved).await?);
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&session));
        Ok(session)
    }
}

impl Drop for SftpRoad {
    fn drop(&mut self) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // Waits for nothing: a server that does not answer must not hold anybody up.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for SftpRoad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SftpRoad").field("address", &self.address.server()).finish_non_exhaustive()
    }
}

impl FileRoad for SftpRoad {
    fn kind(&self) -> &'static str {
        "sftp"
    }

    fn explain(&self) -> Result<(), FilesError> {
        Ok(self.over(async |session| {
            let path = format!("{}/{READ_ME_NAME}", session.make_folder(&[TOP]).await?);
            match session.kind(&path).await? {
                Some(_) => Ok(()),
                None => session.write(&path, READ_ME.as_bytes(), 0).await,
            }
        })?)
    }

    fn put(&self, way: Way, device: DeviceId, bundle: &[u8]) -> Result<BundleId, FilesError> {
        let (id, device) = (BundleId::of(bundle), device.to_string());
        let (name, part) = (format!("{id}.{EXTENSION}"), format!("{id}.{PART}"));
        let (path, part) = ([TOP, way.name(), &device, &name], [TOP, way.name(), &device, &part]);
        self.over(async |session| session.make_folder(&[TOP, way.name(), &device]).await)?;
        if self.holds(&path, bundle)? {
            return Ok(id);
        }
        // Twice: a length that a server gave for what it had not written yet would leave a hole, which this finds.
        for _ in 0..2 {
            self.upload(&part, bundle)?;
            self.name(&part, &path)?;
            if self.holds(&path, bundle)? {
                return Ok(id);
            }
        }
        let (host, path) = self.over(async |session| Ok((session.host().to_owned(), session.path(&path))))?;
        Err(SftpError::NotWhatWasWritten { host, path }.into())
    }

    fn list(&self, way: Way, device: Option<DeviceId>) -> Result<Listing, FilesError> {
        Ok(self.over(async |session| {
            let mut listing = Listing::default();
            let devices = match device {
                Some(device) => vec![device],
                None => devices(session, way, &mut listing).await?,
            };
            for device in devices {
                for (name, kind) in session.entries(&session.path(&[TOP, way.name(), &device.to_string()])).await? {
                    listing.note(device, &name, matches!(kind, Kind::File { .. }));
                }
            }
            Ok(listing.sorted())
        })?)
    }

    fn get(&self, way: Way, found: &Found) -> Result<Content, FilesError> {
        if let Some(bytes) = self.fetched().bundles.get(&found.id) {
            return Ok(Content::Whole(bytes.clone()));
        }
        let content =
            Content::of(self.read(&[TOP, way.name(), &found.device.to_string(), &found.file_name()])?, found.id);
        if let Content::Whole(bytes) = &content {
            self.fetched().keep(found.id, bytes);
        }
        Ok(content)
    }

    fn archive(&self, way: Way, found: &Found) -> Result<(), FilesError> {
        self.fetched().forget(found.id);
        let (device, name) = (found.device.to_string(), found.file_name());
        self.over(async |session| session.make_folder(&[TOP, ARCHIVE, way.name(), &device]).await)?;
        Ok(self.name(&[TOP, way.name(), &device, &name], &[TOP, ARCHIVE, way.name(), &device, &name])?)
    }

    fn keep_only(&self, way: Way, device: DeviceId, kept: &[BundleId]) {
        let _ = self.over(async |session| {
            let folder = session.path(&[TOP, way.name(), &device.to_string()]);
            for (name, kind) in session.entries(&folder).await? {
                if matches!(kind, Kind::File { .. }) && is_superseded(&name, kept) {
                    session.remove(&format!("{folder}/{name}")).await;
                }
            }
            Ok(())
        });
    }
}

async fn devices(session: &Session, way: Way, listing: &mut Listing) -> Result<Vec<DeviceId>, SftpError> {
    let mut devices = Vec::new();
    for (name, kind) in session.entries(&session.path(&[TOP, way.name()])).await? {
        match device_of(&name).filter(|_| kind == Kind::Folder) {
            Some(device) => devices.push(device),
            None => listing.others.push(shortened(&name)),
        }
    }
    devices.sort();
    devices.dedup();
    Ok(devices)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
