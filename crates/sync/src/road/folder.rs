//! The folder road: a stick or a network share between a laptop and a server that never meet.
//!
//! ```text
//! FOLDER/tsela/to-server/DEVICE/BUNDLE.tsela     what a laptop has packed for servers
//! FOLDER/tsela/to-device/DEVICE/BUNDLE.tsela     receipts for a laptop
//! FOLDER/tsela/archive/…                         the same, once taken in
//! ```
//!
//! A file is named by the hash of its bytes. It is written under another name, flushed, renamed, its folder flushed, and
//! then read again and compared, before anybody is told that the stick may be pulled out. What has another name, is a
//! link, is larger than any bundle, or does not fit its name is left where it is and told of: a folder may hold anything.
//! The road knows nothing of what bundles say.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use tsela_core::{
    bundle::{BundleId, MAX_BUNDLE},
    ids::DeviceId,
};

const TOP: &str = "tsela";
const ARCHIVE: &str = "archive";
const EXTENSION: &str = "tsela";
/// A file on its way to its name. One that is found was left by a program that was cut off.
const PART: &str = "part";
/// Most files that are looked at in one folder.
const MOST_FILES: usize = 100_000;

const READ_ME: &str = "\
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
    fn name(self) -> &'static str {
        match self {
            Self::ToServer => "to-server",
            Self::ToDevice => "to-device",
        }
    }
}

/// Why a folder cannot be used, or a file in it.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder is not there, or no folder.
    #[error("{path} is not a folder that can be used ({source}); plug the stick in, and check its name")]
    NoFolder {
        /// The folder.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be written to.
    #[error(
        "cannot write to {path} ({source}); what is on this computer stays as it was. Free some space, or take another stick"
    )]
    Write {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be read.
    #[error("cannot read {path} ({source}); was the stick pulled out? Plug it in and try again")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// What was written is not what stands there.
    #[error("{0} does not hold what was written to it: this stick is broken. Take another one")]
    NotWhatWasWritten(String),
}

/// A folder as a road.
#[derive(Clone, Debug)]
pub struct FolderRoad {
    top: PathBuf,
}

/// A bundle that lies in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What its name says that it is.
    pub id: BundleId,
    /// The device in whose folder it lies.
    pub device: DeviceId,
    path: PathBuf,
}

/// What lies in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Bundles by name, not looked into yet.
    pub found: Vec<Found>,
    /// Files and links that are none, by name.
    pub others: Vec<String>,
}

/// A bundle's bytes, or why they are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// They fit the name.
    Whole(Vec<u8>),
    /// They do not: damaged, cut off, or never a bundle.
    Damaged,
}

impl FolderRoad {
    /// Names a folder, which must be there.
    ///
    /// # Errors
    /// [`FolderError::NoFolder`].
    pub fn at(folder: &Path) -> Result<Self, FolderError> {
        let none = |source| FolderError::NoFolder { path: shown(folder), source };
        let metadata = fs::metadata(folder).map_err(none)?;
        if !metadata.is_dir() {
            return Err(none(io::Error::from(io::ErrorKind::NotADirectory)));
        }
        Ok(Self { top: folder.join(TOP) })
    }

    /// Puts a bundle there. When this returns, it stands there as it should, whatever happens to the power.
    ///
    /// # Errors
    /// [`FolderError`]; nothing half-written is left under a bundle's name.
    pub fn put(&self, way: Way, device: DeviceId, bundle: &[u8]) -> Result<BundleId, FolderError> {
        let id = BundleId::of(bundle);
        let folder = self.folder(way, device);
        create(&folder)?;
        let path = folder.join(format!("{id}.{EXTENSION}"));
        let part = path.with_extension(PART);
        let written = write(&part, bundle).and_then(|()| fs::rename(&part, &path)).and_then(|()| flush_folder(&folder));
        if let Err(source) = written {
            let _ = fs::remove_file(&part);
            return Err(FolderError::Write { path: shown(&path), source });
        }
        let again = read(&path).map_err(|source| FolderError::Read { path: shown(&path), source })?;
        if again.as_deref() == Some(bundle) { Ok(id) } else { Err(FolderError::NotWhatWasWritten(shown(&path))) }
    }

    /// Writes beside the bundles what this folder is, for people who find it.
    ///
    /// # Errors
    /// [`FolderError::Write`].
    pub fn explain(&self) -> Result<(), FolderError> {
        create(&self.top)?;
        let path = self.top.join("README.txt");
        fs::write(&path, READ_ME).map_err(|source| FolderError::Write { path: shown(&path), source })
    }

    /// Lists what goes one way: of one device, or of all.
    ///
    /// # Errors
    /// [`FolderError::Read`]; a folder that is not there holds nothing.
    pub fn list(&self, way: Way, device: Option<DeviceId>) -> Result<Listing, FolderError> {
        let mut listing = Listing::default();
        let devices = match device {
            Some(device) => vec![device],
            None => self.devices(way, &mut listing)?,
        };
        for device in devices {
            let folder = self.folder(way, device);
            for (name, kind) in entries(&folder)? {
                let id = kind.is_file().then(|| name.strip_suffix(&format!(".{EXTENSION}"))?.parse().ok()).flatten();
                match id {
                    Some(id) => listing.found.push(Found { id, device, path: folder.join(&name) }),
                    None => listing.others.push(format!("{device}/{name}")),
                }
            }
        }
        listing.found.sort_by(|a, b| a.path.cmp(&b.path));
        listing.others.sort();
        Ok(listing)
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// [`FolderError::Read`], as when the stick was pulled out.
    pub fn get(&self, found: &Found) -> Result<Content, FolderError> {
        let bytes = read(&found.path).map_err(|source| FolderError::Read { path: shown(&found.path), source })?;
        Ok(bytes.filter(|bytes| BundleId::of(bytes) == found.id).map_or(Content::Damaged, Content::Whole))
    }

    /// Moves a bundle that was taken in out of the way. It is kept: a stick is a copy, too.
    ///
    /// # Errors
    /// [`FolderError::Write`]; taking the bundle in again does no harm.
    pub fn archive(&self, way: Way, found: &Found) -> Result<(), FolderError> {
        let folder = self.top.join(ARCHIVE).join(way.name()).join(found.device.to_string());
        create(&folder)?;
        let path = folder.join(format!("{}.{EXTENSION}", found.id));
        let moved = fs::rename(&found.path, &path).and_then(|()| flush_folder(&folder));
        moved.map_err(|source| FolderError::Write { path: shown(&path), source })
    }

    /// Removes a device's files of one way but for those named: what they say stands in these as well. Also what a
    /// program that was cut off has left. What cannot be removed stays; it does no harm.
    pub fn keep_only(&self, way: Way, device: DeviceId, kept: &[BundleId]) {
        let folder = self.folder(way, device);
        for (name, kind) in entries(&folder).unwrap_or_default() {
            let id: Option<BundleId> = name.strip_suffix(&format!(".{EXTENSION}")).and_then(|id| id.parse().ok());
            let is_part = name.ends_with(&format!(".{PART}"));
            if kind.is_file() && (is_part || id.is_some_and(|id| !kept.contains(&id))) {
                let _ = fs::remove_file(folder.join(name));
            }
        }
    }

    fn folder(&self, way: Way, device: DeviceId) -> PathBuf {
        self.top.join(way.name()).join(device.to_string())
    }

    fn devices(&self, way: Way, listing: &mut Listing) -> Result<Vec<DeviceId>, FolderError> {
        let mut devices = Vec::new();
        for (name, kind) in entries(&self.top.join(way.name()))? {
            match name.parse().ok().filter(|_| kind.is_dir()) {
                Some(device) => devices.push(device),
                None => listing.others.push(name),
            }
        }
        devices.sort();
        Ok(devices)
    }
}

/// Lists a folder by name, links as links; nothing if it is not there.
fn entries(folder: &Path) -> Result<Vec<(String, fs::FileType)>, FolderError> {
    let failed = |source| FolderError::Read { path: shown(folder), source };
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.map_err(failed)?,
    };
    let mut entries = Vec::new();
    for entry in listed.take(MOST_FILES) {
        let entry = entry.map_err(failed)?;
        // The kind of the entry itself: a link is a link, wherever it leads.
        entries.push((entry.file_name().to_string_lossy().into_owned(), entry.file_type().map_err(failed)?));
    }
    Ok(entries)
}

/// Reads a file that may be a bundle; `None` if it is too large for one, or no file any more.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    // One byte more than a bundle can have tells a longer file, whatever its length was said to be.
    File::open(path)?.take(MAX_BUNDLE as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() <= MAX_BUNDLE))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn create(folder: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(folder).map_err(|source| FolderError::Write { path: shown(folder), source })
}

/// Makes a rename durable. Windows cannot flush a folder, and FAT has nothing to flush for it there.
fn flush_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
