//! Putting a backup in the store's place, without destroying what is there.
//!
//! The backup is copied and verified first. The present store is moved aside with its log, never deleted: it may hold
//! saves that no server has. The copy keeps its mark as a backup, so that the next opening begins a new stream
//! (see [`crate::marker`]); the marker itself stays, as it knows which stream codes were used.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tsela_core::time::Timestamp;

use super::{name, remove_store_files, verify};
use crate::{
    data_key::DataKey,
    error::{Result, StoreError},
    files::{self, Folder},
    keyring::Keyring,
    lock::WriterLock,
    password::Kdf,
};

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the store that was there is now, if one was.
    pub moved_aside: Option<PathBuf>,
    /// Whether users and passphrases are those of the backup, because the folder had none that could be read.
    pub keys_restored: bool,
}

/// Puts a backup in a folder's store's place. The lock shows that nobody has the store open.
///
/// # Errors
/// [`StoreError::WrongKey`], [`StoreError::Damaged`], [`StoreError::NewerStore`] or [`StoreError::Invalid`] for a file
/// that is not a usable backup; what the disk said. Up to the last step the present store is where it was or beside it.
pub fn restore(backup: &Path, folder: &Folder, key: &DataKey, _lock: &WriterLock, now: Timestamp) -> Result<Restored> {
    let incoming = name::with_suffix(&folder.store(), ".restoring");
    remove_store_files(&incoming)?;
    let placed = copy(backup, &incoming)
        .and_then(|()| verify(&incoming, key))
        .and_then(|()| files::sync_file(&incoming))
        .and_then(|()| restore_keys(backup, folder))
        .and_then(|keys_restored| Ok((keys_restored, move_aside(folder, now)?)));
    match placed {
        Ok((keys_restored, moved_aside)) => {
            files::rename(&incoming, &folder.store())?;
            tracing::warn!(backup = %backup.display(), "a backup was restored");
            Ok(Restored { moved_aside, keys_restored })
        }
        Err(error) => {
            let _ = remove_store_files(&incoming);
            Err(error)
        }
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.is_file() {
        return Err(StoreError::NotAStore { path: from.to_path_buf() });
    }
    fs::copy(from, to).map(|_| ()).map_err(|e| StoreError::io("cannot copy to", to, e))
}

/// Moves the store and then its log and index aside. If the power goes between, no store is there and restoring again
/// finishes: a log that is left is moved before anything is put beside it.
fn move_aside(folder: &Folder, now: Timestamp) -> Result<Option<PathBuf>> {
    let store = folder.store();
    let aside = free_name(&name::with_suffix(&store, &format!(".before-restore-{}", name::compact(now))));
    let mut moved = None;
    for suffix in ["", "-wal", "-shm"] {
        let from = name::with_suffix(&store, suffix);
        if from.exists() {
            files::rename(&from, &name::with_suffix(&aside, suffix))?;
            moved = Some(aside.clone());
        }
    }
    Ok(moved)
}

/// The present users stay if they can be read: they may have changed their passphrases since the backup.
fn restore_keys(backup: &Path, folder: &Folder) -> Result<bool> {
    let saved = name::keys_beside(backup);
    if Keyring::load(&folder.keys(), Kdf::STANDARD).is_ok() || !saved.exists() {
        return Ok(false);
    }
    let bytes = fs::read(&saved).map_err(|e| StoreError::io("cannot read", &saved, e))?;
    if folder.keys().exists() {
        files::rename(&folder.keys(), &free_name(&name::with_suffix(&folder.keys(), ".unreadable")))?;
    }
    files::write_private(&folder.keys(), &bytes)?;
    Ok(true)
}

/// Returns the name, or the first numbered one that is free: nothing is overwritten even within one millisecond.
fn free_name(path: &Path) -> PathBuf {
    let numbered = (2u32..).map(|n| name::with_suffix(path, &format!("-{n}")));
    std::iter::once(path.to_path_buf()).chain(numbered).find(|p| !p.exists()).unwrap_or_else(|| path.to_path_buf())
}
