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
    /// Both, by a configured way.
    Send,
}

/// A configured way to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WayView {
    /// Its number.
    #[ts(type = "number")]
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// A folder, or an SFTP address.
    pub place: String,
    /// Whether that is a folder.
    pub is_folder: bool,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// When it last worked.
    pub worked_at: Option<Timestamp>,
    /// What stood in the way when it was tried last.
    pub problem: Option<SyncProblem>,
}

/// A way to add; one of the same name is replaced.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PutWayArgs {
    /// What people call it.
    pub name: String,
    /// A folder, or `sftp://user@host:port/folder`.
    pub place: String,
    /// A private key's file; empty to sign in by password.
    pub identity: String,
    /// The password, or what opens the key file. Kept in the encrypted store, and never shown.
    pub secret: String,
}

/// One way.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct WayArgs {
    /// Its number.
    #[ts(type = "number")]
    pub id: i64,
}

/// Which way to move.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct ShiftWayArgs {
    /// Its number.
    #[ts(type = "number")]
    pub id: i64,
    /// Tried earlier than now, or later.
    pub earlier: bool,
}

/// Which way to send by now.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SendByArgs {
    /// Its number.
    #[ts(type = "number")]
    pub id: i64,
    /// For an SFTP server: the key that the person has just confirmed; empty otherwise.
    pub host_key: String,
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
    /// The configured way, if it was one.
    #[ts(type = "number | null")]
    pub way: Option<i64>,
    /// Whether that is a folder, which may be a stick to be pulled out.
    pub is_folder: bool,
    /// When it ended.
    pub at: Timestamp,
    /// Out: unsent records, all of which were written and read back.
    #[ts(type = "number")]
    pub records: usize,
    /// Out: unsent files of attachments, all of which were written and read back.
    #[ts(type = "number")]
    pub files: usize,
    /// Out: bytes of all of it.
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
