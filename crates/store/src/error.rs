//! What can go wrong with a store, said so that a person knows what to do next.
//!
//! Every variant answers "and now?", because the reader is a research assistant in a household and not a programmer.
//! Sources are kept for the log. A program branches on [`Code`], never on the words.

use std::{io, path::PathBuf};

use rusqlite::ffi;
use serde::{Deserialize, Serialize};
use tsela_core::time::Timestamp;

/// The result of everything the store does.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The kind of an error, for a page or an exit code to branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The disk is full, read-only or failing.
    Disk,
    /// Another window or program has the store.
    Busy,
    /// The name or the passphrase is wrong.
    WrongPassphrase,
    /// Too many wrong passphrases: no attempt is taken for a while.
    Locked,
    /// An administrator's code is wrong.
    WrongCode,
    /// The store was written by a newer version of Tsela.
    NewerStore,
    /// The store was written by an older version and this command may not upgrade it.
    OlderStore,
    /// The file is there but its content is not what was written.
    Damaged,
    /// No usable key for this store.
    NoKey,
    /// There is no store here.
    NotAStore,
    /// What was asked for is not acceptable as it stands.
    Invalid,
    /// What was asked for is not there.
    NotFound,
    /// A defect in Tsela.
    Internal,
}

impl Code {
    /// Returns the exit code of the command line: 65 bad input, 74 disk, 75 busy, 77 passphrase, 70 a defect.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Disk | Self::Damaged => 74,
            Self::Busy => 75,
            Self::WrongPassphrase | Self::Locked | Self::WrongCode | Self::NoKey => 77,
            Self::NewerStore | Self::OlderStore | Self::NotAStore | Self::Invalid | Self::NotFound => 65,
            Self::Internal => 70,
        }
    }
}

/// An error of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No room is left where the store lives.
    #[error(
        "the disk is full: free some space (empty the bin, move films or photographs away) and try again; nothing that was saved is lost"
    )]
    DiskFull(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The place where the store lives cannot be written to.
    #[error(
        "the disk or folder is read-only: check that the folder belongs to you and that the disk is not write-protected"
    )]
    ReadOnly(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Reading or writing a file failed for another reason.
    #[error("{what} {path}: {source}; if this happens again, back up the folder and have the disk checked", path = path.display())]
    Io {
        /// What was being done, as in "cannot read".
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The disk failed beneath SQLite. Nothing more is written until the store is opened again.
    #[error(
        "the disk reported a failure; close Tsela, restart the laptop and open it again; if it happens again, have the disk replaced"
    )]
    DiskFailed(#[source] rusqlite::Error),
    /// Another connection holds the store for longer than the waiting time.
    #[error("the store is busy with another task: wait a moment and try again")]
    Busy(#[source] Option<rusqlite::Error>),
    /// Another window has the writer's lock.
    #[error("Tsela is already open on this laptop{holder}: go to that window, or close it first")]
    AlreadyOpen {
        /// Who holds it, as in " (the window, process 1234, since …)", or empty if unknown.
        holder: String,
    },
    /// The name is known and the passphrase is wrong.
    #[error("the passphrase is wrong: check Caps Lock and the keyboard language and try again{}", attempts(*left, *wait_ms))]
    WrongPassphrase {
        /// How many attempts are left before sign-in is locked.
        left: u32,
        /// How long until the next attempt is taken, in milliseconds.
        wait_ms: i64,
    },
    /// The last attempt was wrong and the next is not taken yet.
    #[error("wait {} before trying the passphrase again", duration(*wait_ms))]
    TooSoon {
        /// How long until the next attempt is taken, in milliseconds.
        wait_ms: i64,
    },
    /// Too many wrong passphrases.
    #[error("sign-in of this user is locked after too many wrong passphrases: wait {} or ask an administrator to unlock it", duration(*wait_ms))]
    LockedOut {
        /// When the lock ends by itself, by this laptop's clock.
        until: Timestamp,
        /// How long that is from now, in milliseconds.
        wait_ms: i64,
    },
    /// An administrator's code does not fit laptop, request and person.
    #[error("this code is not for this request and person: compare both with what the administrator has{}", codes(*left))]
    WrongCode {
        /// How many more are taken for this request.
        left: u32,
    },
    /// No such user on this laptop.
    #[error("there is no user {name:?} on this laptop: check the spelling, or ask an administrator to admit this user")]
    UnknownUser {
        /// The name as typed.
        name: String,
    },
    /// The passphrase breaks the policy.
    #[error("this passphrase cannot be used: {0}")]
    WeakPassphrase(&'static str),
    /// The store's version is above what this program knows.
    #[error(
        "this store was written by a newer version of Tsela (store version {found}, this program knows up to {known}): install the newer version; the store was left as it is"
    )]
    NewerStore {
        /// The store's version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// The store's version is below what this program needs and it may not upgrade it.
    #[error(
        "this store was written by an older version of Tsela (store version {found}, needed {needed}): open Tsela once to upgrade it, then run this command again"
    )]
    OlderStore {
        /// The store's version.
        found: u32,
        /// The version needed.
        needed: u32,
    },
    /// What is in the file is not what was written.
    #[error(
        "{what} is damaged and was left as it is: do not delete anything; restore the newest backup with `tsela restore`, then push ({detail})"
    )]
    Damaged {
        /// Which file or part.
        what: String,
        /// What the check said.
        detail: String,
    },
    /// The key does not open the file: another key, or not a store at all. The file was left as it is.
    #[error("the key does not open {path}: this is another study's or laptop's store, or it is damaged; it was left as it is. Put back the folder's own keys.json or restore a backup", path = path.display())]
    WrongKey {
        /// The store's file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// There is no key for the store. It is never given a new one.
    #[error("no usable key at {path}: put back the file from a backup, or have the study's recovery key used; the store was left as it is", path = path.display())]
    NoKey {
        /// Where the key was looked for.
        path: PathBuf,
        /// Why it is not usable.
        reason: String,
    },
    /// There is no store at this place.
    #[error("there is no Tsela store in {path}: check the folder, or enrol this laptop first", path = path.display())]
    NotAStore {
        /// The folder or file.
        path: PathBuf,
    },
    /// There is a store at this place already.
    #[error("there is a Tsela store in {path} already; it was left as it is: choose an empty folder", path = path.display())]
    AlreadyAStore {
        /// The folder or file.
        path: PathBuf,
    },
    /// A failure of the disk was met earlier: nothing is written any more.
    #[error("the disk failed a moment ago and nothing more is saved until Tsela is closed and opened again")]
    Stopped,
    /// What was asked for cannot be accepted as it stands.
    #[error("{0}")]
    Invalid(String),
    /// What was asked for is not there.
    #[error("{0} was not found")]
    NotFound(String),
    /// SQLite refused something it should not have: a defect in Tsela.
    #[error("an internal error of the store: {0}; please report it")]
    Sqlite(#[source] rusqlite::Error),
    /// Something that cannot happen did.
    #[error("an internal error: {0}; please report it")]
    Internal(String),
}

impl StoreError {
    /// Returns the kind of the error.
    pub fn code(&self) -> Code {
        match self {
            Self::DiskFull(_) | Self::ReadOnly(_) | Self::Io { .. } | Self::DiskFailed(_) | Self::Stopped => Code::Disk,
            Self::Busy(_) | Self::AlreadyOpen { .. } => Code::Busy,
            Self::WrongPassphrase { .. } | Self::UnknownUser { .. } => Code::WrongPassphrase,
            Self::TooSoon { .. } | Self::LockedOut { .. } => Code::Locked,
            Self::WrongCode { .. } => Code::WrongCode,
            Self::WeakPassphrase(_) | Self::Invalid(_) | Self::AlreadyAStore { .. } => Code::Invalid,
            Self::NewerStore { .. } => Code::NewerStore,
            Self::OlderStore { .. } => Code::OlderStore,
            Self::Damaged { .. } => Code::Damaged,
            Self::WrongKey { .. } | Self::NoKey { .. } => Code::NoKey,
            Self::NotAStore { .. } => Code::NotAStore,
            Self::NotFound(_) => Code::NotFound,
            Self::Sqlite(_) | Self::Internal(_) => Code::Internal,
        }
    }

    /// Wraps an error of the operating system, telling a full and a read-only disk apart from the rest.
    pub fn io(what: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(Box::new(source)),
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly(Box::new(source)),
            _ => Self::Io { what, path: path.into(), source },
        }
    }

    /// Says that a part of the store is damaged.
    pub fn damaged(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Damaged { what: what.into(), detail: detail.into() }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error().map(|e| e.extended_code) else {
            return match error {
                rusqlite::Error::QueryReturnedNoRows => Self::NotFound("the row".to_owned()),
                other => Self::Sqlite(other),
            };
        };
        match code & 0xff {
            ffi::SQLITE_FULL => Self::DiskFull(Box::new(error)),
            // Growing the log's index is where SQLite reports a full disk as a failure of input and output.
            ffi::SQLITE_IOERR if code == ffi::SQLITE_IOERR_SHMSIZE => Self::DiskFull(Box::new(error)),
            ffi::SQLITE_READONLY | ffi::SQLITE_CANTOPEN | ffi::SQLITE_PERM => Self::ReadOnly(Box::new(error)),
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Self::Busy(Some(error)),
            ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => Self::damaged("the store", error.to_string()),
            ffi::SQLITE_IOERR => Self::DiskFailed(error),
            _ => Self::Sqlite(error),
        }
    }
}

fn codes(left: u32) -> String {
    match left {
        0 => "; after so many wrong codes a new request is needed".to_owned(),
        1 => "; one more is taken for this request".to_owned(),
        n => format!("; {n} more are taken for this request"),
    }
}

fn attempts(left: u32, wait_ms: i64) -> String {
    let attempts = match left {
        0 => "; sign-in is now locked".to_owned(),
        1 => "; one attempt is left".to_owned(),
        n => format!("; {n} attempts are left"),
    };
    if wait_ms > 0 { format!("{attempts}, the next in {}", duration(wait_ms)) } else { attempts }
}

/// Writes a waiting time in the words people use, rounded up.
fn duration(millis: i64) -> String {
    let seconds = millis.max(0).saturating_add(999) / 1000;
    match seconds {
        ..=1 => "1 second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.saturating_add(59) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_and_a_read_only_disk_are_told_from_other_failures() {
        let io = |kind| StoreError::io("cannot write", "x", io::Error::from(kind));
        assert!(matches!(io(io::ErrorKind::StorageFull), StoreError::DiskFull(_)));
        assert!(matches!(io(io::ErrorKind::ReadOnlyFilesystem), StoreError::ReadOnly(_)));
        assert!(matches!(io(io::ErrorKind::NotFound), StoreError::Io { .. }));
        let sqlite = |code| StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        assert_eq!(sqlite(ffi::SQLITE_FULL).code(), Code::Disk);
        assert_eq!(sqlite(ffi::SQLITE_IOERR_FSYNC).code(), Code::Disk);
        assert_eq!(sqlite(ffi::SQLITE_BUSY_SNAPSHOT).code(), Code::Busy);
        assert_eq!(sqlite(ffi::SQLITE_NOTADB).code(), Code::Damaged);
    }

    #[test]
    fn messages_say_what_to_do() {
        let text = StoreError::WrongPassphrase { left: 3, wait_ms: 4000 }.to_string();
        assert!(text.contains("3 attempts are left") && text.contains("4 seconds"), "{text}");
        assert!(StoreError::LockedOut { until: Timestamp(0), wait_ms: 899_500 }.to_string().contains("15 minutes"));
        assert_eq!(StoreError::LockedOut { until: Timestamp(0), wait_ms: 1 }.code().exit_code(), 77);
        assert_eq!(StoreError::AlreadyOpen { holder: String::new() }.code().exit_code(), 75);
    }
}
