//! Small files beside the store, written so that a power cut leaves the old or the new one, never half of one.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::error::{Result, StoreError};

/// The places of one store's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// Names the folder; nothing is created.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    /// Returns the folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Creates the folder if it is not there, for its owner only.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn create(&self) -> Result<()> {
        create_dir_private(&self.0)
    }

    /// The encrypted store.
    pub fn store(&self) -> PathBuf {
        self.0.join("store.db")
    }

    /// Users and wrapped data keys of a laptop.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys.json")
    }

    /// The key file of a server.
    pub fn server_key(&self) -> PathBuf {
        self.0.join("store.key")
    }

    /// What the store must agree with; see [`crate::marker`].
    pub fn marker(&self) -> PathBuf {
        self.0.join("marker.json")
    }

    /// The writer's lock.
    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// Backups.
    pub fn backups(&self) -> PathBuf {
        self.0.join("backups")
    }

    /// Bundles packed at sign-out, which can be pushed without a key.
    pub fn outbox(&self) -> PathBuf {
        self.0.join("outbox")
    }
}

/// Replaces a file at once: a temporary file beside it, synced, renamed over it, and the folder synced.
///
/// # Errors
/// Returns what the disk said; the file is then as it was.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut file = private_options().create(true).truncate(true).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, path)
    };
    write().map_err(|e| {
        let _ = fs::remove_file(&temporary);
        StoreError::io("cannot write", path, e)
    })?;
    sync_dir_of(path)
}

/// Reads a file, `None` if there is none.
pub(crate) fn read_optional(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(StoreError::io("cannot read", path, e)),
    }
}

pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|e| StoreError::io("cannot rename to", to, e))?;
    sync_dir_of(to)
}

/// Makes a folder that only its owner reads, with those above it.
///
/// # Errors
/// Returns what the disk said.
pub fn create_dir_private(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| StoreError::io("cannot create", path, e))
}

pub(crate) fn sync_file(path: &Path) -> Result<()> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .and_then(|file| file.sync_all())
        .map_err(|e| StoreError::io("cannot sync", path, e))
}

/// Makes a rename in this file's folder durable. Windows cannot sync a folder; NTFS journals the rename itself.
pub(crate) fn sync_dir_of(path: &Path) -> Result<()> {
    let dir = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) {
        File::open(dir).and_then(|d| d.sync_all()).map_err(|e| StoreError::io("cannot sync", dir, e))?;
    }
    Ok(())
}

/// Opens for writing; on Unix a new file is readable for its owner only. On Windows the folder under the user's profile
/// already keeps others out.
pub(crate) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Says whether others than the owner can read a file; on Windows the folder's own protection is relied on.
pub(crate) fn check_private(path: &Path) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others can read it: chmod 600 it"));
    }
    let _ = metadata;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        write_private(&path, b"old and longer").unwrap();
        write_private(&path, b"new").unwrap();
        assert_eq!(read_optional(&path).unwrap().unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(read_optional(&dir.path().join("none")).unwrap(), None);
    }
}
