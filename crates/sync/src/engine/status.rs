//! What the engine shows of itself. What is unsent and received is not here: that is asked of the store.

use serde::{Deserialize, Serialize};
use tsela_core::time::Timestamp;

use crate::problem::{Notice, Problem};

/// What the engine is doing, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnginePhase {
    /// Nothing to do.
    Idle,
    /// The server is not in reach; calm and grey.
    Offline,
    /// Asking the server for its health.
    Connecting,
    /// Bundles are on their way.
    Sending,
    /// Reading receipts and what else waits at the server.
    Receiving,
    /// Paused by a person.
    Paused,
    /// A person should know or act; see `problem`.
    Problem,
}

/// How far a push has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Entries that a receipt covers, of this push.
    pub entries_done: u64,
    /// Entries in this push.
    pub entries_total: u64,
    /// Bytes of bundles sent.
    pub bytes_sent: u64,
    /// Bytes to send in all, estimated.
    pub bytes_total: u64,
    /// Seconds left at the present rate, if known.
    pub seconds_left: Option<u64>,
}

/// The last receipt that was believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReceipt {
    /// When the server wrote it, by its clock.
    pub at: Timestamp,
    /// The server's name.
    pub from: String,
    /// Its number.
    pub number: u64,
}

/// The engine as it shows itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineStatus {
    /// What it is doing.
    pub phase: EnginePhase,
    /// The server's name.
    pub remote: String,
    /// Whether a push is under way; it may rest between two tries.
    pub pushing: bool,
    /// Progress of that push.
    pub progress: Option<Progress>,
    /// The last receipt.
    pub last_receipt: Option<LastReceipt>,
    /// When it tries again by itself.
    pub next_try_at: Option<Timestamp>,
    /// What stands in the way.
    pub problem: Option<Problem>,
    /// Things to know that stop nothing.
    pub notices: Vec<Notice>,
    /// Whether pushes start by themselves.
    pub auto: bool,
    /// Seconds between automatic pushes.
    pub auto_interval_seconds: u32,
    /// Server's clock minus this laptop's, seconds; known after the first answer.
    pub clock_drift_seconds: Option<i64>,
    /// Seconds by which a test shifts this program's clock; 0 outside tests.
    pub clock_offset_seconds: i64,
    /// When the server last answered, by this laptop's clock.
    pub last_contact_at: Option<Timestamp>,
    /// Version of the newest study package here.
    pub package_version: u32,
    /// Rises whenever records or receipts changed, so that pages know when to read again.
    pub revision: u64,
}
