//! Roads that are files in folders: a stick, a network share, an SFTP server. What lies there is the same on each.
//!
//! ```text
//! FOLDER/tsela/to-server/DEVICE/BUNDLE.tsela     what a laptop has packed for servers
//! FOLDER/tsela/to-device/DEVICE/BUNDLE.tsela     receipts for a laptop
//! FOLDER/tsela/archive/…                         the same, once taken in
//! ```
//!
//! A file is named by the hash of its bytes. It is written under another name, flushed, renamed, and then read again and
//! compared, before anybody is told that it lies there. What has another name, is a link, is larger than any bundle, or
//! does not fit its name is left where it is and told of: a folder may hold anything. Such a road knows nothing of what
//! bundles say.

use tsela_core::{bundle::BundleId, ids::DeviceId};
use tsela_store::StoreError;

use super::{folder::FolderError, sftp::SftpError};

/// The folder of Tsela's own within whatever a road leads to.
pub(super) const TOP: &str = "tsela";
pub(super) const ARCHIVE: &str = "archive";
pub(super) const EXTENSION: &str = "tsela";
/// A file on its way to its name. One that is found was left by a program that was cut off.
pub(super) const PART: &str = "part";
/// Most files that are looked at in one folder.
pub(super) const MOST_FILES: usize = 100_000;

pub(super) const READ_ME_NAME: &str = "README.txt";
pub(super) const READ_ME: &str = "\
This folder carries sealed data of a field study. Nothing in it can be read without the study's keys.
Please do not rename or delete anything. If you have found it, please give it back to the study.
";

/// Which way a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From a laptop to servers.
    ToServer,
    /// From a server to a laptop.
    ToDevice,
}

impl Way {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ToServer => "to-server",
            Self::ToDevice => "to-device",
        }
    }
}

/// Why a road of files cannot be used, or a file on it.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A stick or a share.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// An SFTP server.
    #[error(transparent)]
    Sftp(#[from] SftpError),
    /// The store, which knows the keys of SFTP servers.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FilesError {
    /// Returns the exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Folder(FolderError::NoFolder { .. }) => 65,
            Self::Folder(_) => 74,
            Self::Sftp(error) => error.exit_code(),
            Self::Store(error) => error.code().exit_code(),
        }
    }
}

/// A bundle that lies on a road.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The device in whose folder it lies.
    pub device: DeviceId,
    /// What its name says that it is.
    pub id: BundleId,
}

impl Found {
    pub(super) fn file_name(&self) -> String {
        format!("{}.{EXTENSION}", self.id)
    }
}

/// What lies on a road.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Bundles by name, not looked into yet.
    pub found: Vec<Found>,
    /// Files and links that are none, by name.
    pub others: Vec<String>,
}

impl Listing {
    /// Notes what lies in a device's folder, by name.
    pub(super) fn note(&mut self, device: DeviceId, name: &str, is_file: bool) {
        match bundle_of(name).filter(|_| is_file) {
            Some(id) => self.found.push(Found { device, id }),
            None => self.others.push(format!("{device}/{}", shortened(name))),
        }
    }

    pub(super) fn sorted(mut self) -> Self {
        self.found.sort();
        self.others.sort();
        self
    }
}

/// A bundle's bytes, or why they are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// They fit the name.
    Whole(Vec<u8>),
    /// They do not: damaged, cut off, or never a bundle.
    Damaged,
}

impl Content {
    /// Compares what was read, if anything could be, with the name under which it lay.
    pub(super) fn of(bytes: Option<Vec<u8>>, id: BundleId) -> Self {
        bytes.filter(|bytes| BundleId::of(bytes) == id).map_or(Self::Damaged, Self::Whole)
    }
}

/// A road of files. Whoever brings bundles along it need not know which it is.
pub trait FileRoad {
    /// Names the kind of road, for the journal and the logs: never an address.
    fn kind(&self) -> &'static str;

    /// Writes beside the bundles what this folder is, for people who find it.
    ///
    /// # Errors
    /// [`FilesError`].
    fn explain(&self) -> Result<(), FilesError>;

    /// Puts a bundle there. When this returns, it stands there as it should, whatever happens to the power. Putting the
    /// same one again is harmless.
    ///
    /// # Errors
    /// [`FilesError`]; nothing half-written is left under a bundle's name.
    fn put(&self, way: Way, device: DeviceId, bundle: &[u8]) -> Result<BundleId, FilesError>;

    /// Lists what goes one way: of one device, or of all. A folder that is not there holds nothing.
    ///
    /// # Errors
    /// [`FilesError`].
    fn list(&self, way: Way, device: Option<DeviceId>) -> Result<Listing, FilesError>;

    /// Reads a bundle.
    ///
    /// # Errors
    /// [`FilesError`], as when the stick was pulled out or the connection ended.
    fn get(&self, way: Way, found: &Found) -> Result<Content, FilesError>;

    /// Moves a bundle that was taken in out of the way. It is kept: what carried it is a copy, too.
    ///
    /// # Errors
    /// [`FilesError`]; taking the bundle in again does no harm.
    fn archive(&self, way: Way, found: &Found) -> Result<(), FilesError>;

    /// Removes a device's files of one way but for those named: what they say stands in these as well. Also what a
    /// program that was cut off has left. What cannot be removed stays; it does no harm.
    fn keep_only(&self, way: Way, device: DeviceId, kept: &[BundleId]);
}

/// Reads a device's id from a folder's name.
pub(super) fn device_of(name: &str) -> Option<DeviceId> {
    let id: DeviceId = name.parse().ok()?;
    (name == id.to_string()).then_some(id)
}

/// Reads a bundle's id from a file's name.
pub(super) fn bundle_of(name: &str) -> Option<BundleId> {
    let id: BundleId = name.strip_suffix(&format!(".{EXTENSION}"))?.parse().ok()?;
    // Written in another way, it would not be found again under the name that its id gives.
    (name == format!("{id}.{EXTENSION}")).then_some(id)
}

/// Says whether a file of this name may go when only `kept` are to stay.
pub(super) fn is_superseded(name: &str, kept: &[BundleId]) -> bool {
    name.ends_with(&format!(".{PART}")) || bundle_of(name).is_some_and(|id| !kept.contains(&id))
}

/// Shortens a name that somebody may have made long on purpose.
pub(super) fn shortened(name: &str) -> String {
    const SHOWN: usize = 120;
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}
