//! One writer at a time: the lock that a second window meets.
//!
//! The operating system's own file lock is released when its process ends, however it ends, so nobody ever has to
//! delete a lock file by hand. Who holds it is written beside it and not into it, as Windows keeps others from reading
//! a locked file. Readers need no lock.

use std::{
    fs::{self, File, TryLockError},
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tsela_core::time::Timestamp;

use crate::{
    error::{Result, StoreError},
    files::{self, Folder},
};

/// How often a waiting command looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// What it is, as in "the window" or "tsela push".
    pub what: String,
    /// Since when, by this laptop's clock.
    pub since: Timestamp,
}

impl Holder {
    /// Describes this process.
    pub fn this_process(what: &str, now: Timestamp) -> Self {
        Self { pid: std::process::id(), what: what.to_owned(), since: now }
    }
}

/// The right to write to a folder's store, until dropped.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
    holder_file: PathBuf,
}

impl WriterLock {
    /// Takes the lock, waiting for at most `wait` (zero: not at all).
    ///
    /// # Errors
    /// [`StoreError::AlreadyOpen`] naming the holder; [`StoreError::NotAStore`] if there is no such folder.
    pub fn acquire(folder: &Folder, holder: &Holder, wait: Duration) -> Result<Self> {
        if !folder.path().is_dir() {
            return Err(StoreError::NotAStore { path: folder.path().to_path_buf() });
        }
        let path = folder.lock();
        let open = files::private_options().create(true).truncate(false).open(&path);
        let file = open.map_err(|e| StoreError::io("cannot open", &path, e))?;
        let holder_file = path.with_extension("holder");
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(e)) => return Err(StoreError::io("cannot lock", &path, e)),
                Err(TryLockError::WouldBlock) if started.elapsed() < wait => thread::sleep(LOOK_AGAIN),
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::AlreadyOpen { holder: describe(&holder_file) });
                }
            }
        }
        // Only a courtesy to the second window: without it the lock works all the same.
        if let Ok(text) = serde_json::to_vec(holder) {
            let _ = fs::write(&holder_file, text);
        }
        Ok(Self { _file: file, holder_file })
    }

    /// Returns who holds a folder's lock, as far as it said so; it may have ended since.
    pub fn holder(folder: &Folder) -> Option<Holder> {
        read_holder(&folder.lock().with_extension("holder"))
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.holder_file);
    }
}

fn read_holder(path: &PathBuf) -> Option<Holder> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn describe(path: &PathBuf) -> String {
    read_holder(path).map_or_else(String::new, |h| format!(" ({}, process {}, since {})", h.what, h.pid, h.since))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn window() -> Holder {
        Holder::this_process("the window", Timestamp(0))
    }

    fn folder() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path());
        (dir, folder)
    }

    #[test]
    fn a_second_window_is_told_who_has_the_store() {
        let (_dir, folder) = folder();
        let first = WriterLock::acquire(&folder, &window(), Duration::ZERO).unwrap();
        let error = WriterLock::acquire(&folder, &window(), Duration::ZERO).unwrap_err();
        assert_eq!(error.code(), Code::Busy);
        let text = error.to_string();
        assert!(text.contains("already open") && text.contains("the window") && text.contains("since 1970"), "{text}");
        assert_eq!(WriterLock::holder(&folder), Some(window()));
        drop(first);
        WriterLock::acquire(&folder, &window(), Duration::ZERO).unwrap();
    }

    #[test]
    fn a_waiting_command_gets_the_lock_when_it_is_free() {
        let (_dir, folder) = folder();
        let first = WriterLock::acquire(&folder, &window(), Duration::ZERO).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| WriterLock::acquire(&folder, &window(), Duration::from_secs(60)));
            drop(first);
            waiting.join().unwrap().unwrap();
        });
    }

    #[test]
    fn what_a_killed_process_left_does_not_lock() {
        let (_dir, folder) = folder();
        fs::write(folder.lock(), b"").unwrap();
        fs::write(folder.lock().with_extension("holder"), b"{half").unwrap();
        WriterLock::acquire(&folder, &window(), Duration::ZERO).unwrap();
    }

    #[test]
    fn a_missing_folder_is_no_store_and_is_not_made() {
        let (dir, _) = folder();
        let folder = Folder::new(dir.path().join("nowhere"));
        let error = WriterLock::acquire(&folder, &window(), Duration::ZERO).unwrap_err();
        assert_eq!(error.code(), Code::NotAStore);
        assert!(!folder.path().exists());
    }
}
