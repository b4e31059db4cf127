//! The folder road: a stick or a network share between a laptop and a server that never meet. See [`super::files`] for
//! what lies there.
//!
//! A file is written under another name, flushed, renamed, its folder flushed, and then read again and compared, before
//! anybody is told that the stick may be pulled out.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use tsela_core::{
    bundle::{BundleId, MAX_BUNDLE},
    ids::DeviceId,
};

use super::files::{
    ARCHIVE, Content, EXTENSION, FileRoad, FilesError, Found, Listing, MOST_FILES, PART, READ_ME, READ_ME_NAME, TOP,
    Way, device_of, is_superseded, shortened,
};

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
    /// Where a folder of Tsela's own should be is a link, which may lead anywhere.
    #[error("{0} is a link to somewhere else: nothing is read or written through it. Remove it, or take another stick")]
    Link(String),
    /// What was written is not what stands there.
    #[error("{0} does not hold what was written to it: this stick is broken. Take another one")]
    NotWhatWasWritten(String),
}

/// A folder as a road.
#[derive(Clone, Debug)]
pub struct FolderRoad {
    top: PathBuf,
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

    /// Puts a copy of a bundle where bundles lie that were taken in.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn put_archived(&self, way: Way, device: DeviceId, bundle: &[u8]) -> Result<(), FolderError> {
        self.put_in(&self.archived(way, device), bundle).map(|_| ())
    }

    fn put_in(&self, folder: &Path, bundle: &[u8]) -> Result<BundleId, FolderError> {
        let id = BundleId::of(bundle);
        self.create(folder)?;
        let path = folder.join(format!("{id}.{EXTENSION}"));
        let part = path.with_extension(PART);
        let written = write(&part, bundle).and_then(|()| fs::rename(&part, &path)).and_then(|()| flush_folder(folder));
        if let Err(source) = written {
            let _ = fs::remove_file(&part);
            return Err(FolderError::Write { path: shown(&path), source });
        }
        let again = read(&path).map_err(|source| FolderError::Read { path: shown(&path), source })?;
        if again.as_deref() == Some(bundle) { Ok(id) } else { Err(FolderError::NotWhatWasWritten(shown(&path))) }
    }

    fn folder(&self, way: Way, device: DeviceId) -> PathBuf {
        self.top.join(way.name()).join(device.to_string())
    }

    fn archived(&self, way: Way, device: DeviceId) -> PathBuf {
        self.top.join(ARCHIVE).join(way.name()).join(device.to_string())
    }

    /// Makes a folder of Tsela's own.
    fn create(&self, folder: &Path) -> Result<(), FolderError> {
        self.refuse_links(folder)?;
        fs::create_dir_all(folder).map_err(|source| FolderError::Write { path: shown(folder), source })
    }

    /// Lists a folder of Tsela's own by name, links as links; nothing if it is not there.
    fn entries(&self, folder: &Path) -> Result<Vec<(String, fs::FileType)>, FolderError> {
        self.refuse_links(folder)?;
        entries(folder)
    }

    /// Refuses a way into a folder of Tsela's own that leads through a link: who prepared the stick may mean this computer's own
    /// files.
    fn refuse_links(&self, folder: &Path) -> Result<(), FolderError> {
        let mut own = folder.ancestors().take_while(|path| path.starts_with(&self.top));
        let is_link = |path: &&Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        own.find(is_link).map_or(Ok(()), |link| Err(FolderError::Link(shown(link))))
    }

    fn devices(&self, way: Way, listing: &mut Listing) -> Result<Vec<DeviceId>, FolderError> {
        let mut devices = Vec::new();
        for (name, kind) in self.entries(&self.top.join(way.name()))? {
            match device_of(&name).filter(|_| kind.is_dir()) {
                Some(device) => devices.push(device),
                None => listing.others.push(shortened(&name)),
            }
        }
        devices.sort();
        Ok(devices)
    }
}

impl FileRoad for FolderRoad {
    fn kind(&self) -> &'static str {
        "folder"
    }

    fn explain(&self) -> Result<(), FilesError> {
        self.create(&self.top)?;
        let path = self.top.join(READ_ME_NAME);
        let part = path.with_extension(PART);
        let written = write(&part, READ_ME.as_bytes()).and_then(|()| fs::rename(&part, &path));
        Ok(written.map_err(|source| FolderError::Write { path: shown(&path), source })?)
    }

    fn put(&self, way: Way, device: DeviceId, bundle: &[u8]) -> Result<BundleId, FilesError> {
        Ok(self.put_in(&self.folder(way, device), bundle)?)
    }

    fn list(&self, way: Way, device: Option<DeviceId>) -> Result<Listing, FilesError> {
        let mut listing = Listing::default();
        let devices = match device {
            Some(device) => vec![device],
            None => self.devices(way, &mut listing)?,
        };
        for device in devices {
            for (name, kind) in self.entries(&self.folder(way, device))? {
                listing.note(device, &name, kind.is_file());
            }
        }
        Ok(listing.sorted())
    }

    fn get(&self, way: Way, found: &Found) -> Result<Content, FilesError> {
        let folder = self.folder(way, found.device);
        self.refuse_links(&folder)?;
        let path = folder.join(found.file_name());
        let bytes = read(&path).map_err(|source| FolderError::Read { path: shown(&path), source })?;
        Ok(Content::of(bytes, found.id))
    }

    fn archive(&self, way: Way, found: &Found) -> Result<(), FilesError> {
        let folder = self.archived(way, found.device);
        self.create(&folder)?;
        let from = self.folder(way, found.device).join(found.file_name());
        let path = folder.join(found.file_name());
        let moved = fs::rename(from, &path).and_then(|()| flush_folder(&folder));
        Ok(moved.map_err(|source| FolderError::Write { path: shown(&path), source })?)
    }

    fn keep_only(&self, way: Way, device: DeviceId, kept: &[BundleId]) {
        let folder = self.folder(way, device);
        for (name, kind) in self.entries(&folder).unwrap_or_default() {
            if kind.is_file() && is_superseded(&name, kept) {
                let _ = fs::remove_file(folder.join(name));
            }
        }
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

/// Writes a file of that name, and through no link that has it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
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
