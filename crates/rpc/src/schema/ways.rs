//! Commands of the ways to send: what a courier carries out and brings back.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::time::Timestamp;

use super::sync::SyncProblem;

/// A removable drive or a mounted share that is there now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Drive {
    /// Where it is found.
    pub path: String,
    /// What people call it.
    pub name: String,
    /// Whether it cannot be written to.
    pub read_only: bool,
}

/// Where to carry to, or from.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct CourierArgs {
    /// A folder, or `sftp://user@host:port/folder`.
    pub place: String,
    /// For an SFTP server: a private key's file; empty to sign in by password.
    pub identity: String,
    /// For an SFTP server: the password, or what opens the key file. Never kept.
    pub secret: String,
    /// For an SFTP server: the key that the person has just confirmed; empty otherwise.
    pub host_key: String,
}

/// Which way a courier's work goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CourierTask {
    /// What is unsent goes out.
    Export,
    /// Receipts come in.
    Import,
}

/// What the courier is doing, and what came of the last time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CourierStatus {
    /// What is under way.
    pub work: Option<CourierWork>,
    /// How the last one ended, since this person signed in.
    pub last: Option<CourierOutcome>,
}

/// Work that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CourierWork {
    /// Out or in.
    pub task: CourierTask,
    /// To or from where.
    pub place: String,
    /// Entries written and read back, or files looked at.
    #[ts(type = "number")]
    pub done: u64,
    /// Of how many; 0 while that is not known.
    #[ts(type = "number")]
    pub total: u64,
    /// Bytes written or read.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Whether it was told to end.
    pub stopping: bool,
}

/// What came of a courier's work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CourierOutcome {
    /// Out or in.
    pub task: CourierTask,
    /// To or from where.
    pub place: String,
    /// Whether that is a folder, which may be a stick to be pulled out.
    pub is_folder: bool,
    /// When it ended.
    pub at: Timestamp,
    /// Out: unsent records, all of which were written and read back.
    #[ts(type = "number")]
    pub records: usize,
    /// Out: bytes of them.
    #[ts(type = "number")]
    pub bytes: u64,
    /// In: receipts that were believed.
    #[ts(type = "number")]
    pub receipts: usize,
    /// In: records that are unsent still.
    #[ts(type = "number")]
    pub unsent: usize,
    /// In: files that were left where they are.
    pub left: Vec<LeftFile>,
    /// What stood in the way.
    pub problem: Option<SyncProblem>,
}

/// A file that was left where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LeftFile {
    /// Its name.
    pub name: String,
    /// Why: `no_receipt`, `damaged`, `other_life` or `not_ours`.
    pub why: String,
}
