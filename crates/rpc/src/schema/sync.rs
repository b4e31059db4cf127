//! Commands of the sync panel and of the pending records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::{ids::StreamCode, time::Timestamp};

use super::common::RecordStatus;

/// What the sync engine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncPhase {
    /// Nothing to do.
    Idle,
    /// The server is not in reach; calm and grey.
    Offline,
    /// Asking the server for its health.
    Connecting,
    /// Bundles are on their way.
    Sending,
    /// All sent; waiting for and reading receipts.
    Receiving,
    /// Paused by a person.
    Paused,
    /// A person must do something; see `problem`.
    Problem,
}

/// The sync panel and the badge, derived from the journal and from receipts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SyncStatus {
    /// What the engine is doing.
    pub phase: SyncPhase,
    /// The remote's name.
    pub remote: String,
    /// Saved records that no receipt covers yet.
    #[ts(type = "number")]
    pub unsent_records: usize,
    /// Those of them that a driver has taken along.
    #[ts(type = "number")]
    pub with_driver: usize,
    /// Unsent records by model.
    #[ts(type = "Record<string, number>")]
    pub unsent_by_model: BTreeMap<String, usize>,
    /// Unsent files of attachments, which are not counted among the records.
    #[ts(type = "number")]
    pub unsent_files: usize,
    /// Their bytes.
    #[ts(type = "number")]
    pub unsent_file_bytes: u64,
    /// Those of them that a driver has taken along.
    #[ts(type = "number")]
    pub files_with_driver: usize,
    /// Seconds since the oldest unsent change, by this laptop's clock.
    #[ts(type = "number | null")]
    pub oldest_unsent_seconds: Option<i64>,
    /// Records that need attention.
    #[ts(type = "number")]
    pub attention: usize,
    /// Records that the server has received.
    #[ts(type = "number")]
    pub received: usize,
    /// Tubes of which the laboratory says something that nobody here has looked at yet: rejected, missing.
    #[ts(type = "number")]
    pub tube_news: usize,
    /// Progress of the push under way.
    pub progress: Option<Progress>,
    /// The last receipt.
    pub last_receipt: Option<LastReceipt>,
    /// When the engine will try again by itself.
    pub next_try_at: Option<Timestamp>,
    /// What stands in the way.
    pub problem: Option<SyncProblem>,
    /// Things to know that do not stop anything: server restored from a backup, this laptop restored, clock drift.
    pub notices: Vec<SyncNotice>,
    /// Whether to push by itself when the server appears.
    pub auto: bool,
    /// Minutes between automatic pushes.
    pub auto_interval_minutes: u32,
    /// Server's clock minus this laptop's, seconds; known after the first health answer.
    #[ts(type = "number | null")]
    pub clock_drift_seconds: Option<i64>,
    /// When the server last answered.
    pub last_contact_at: Option<Timestamp>,
}

/// How far a push has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Progress {
    /// Entries that a receipt covers, of this push.
    #[ts(type = "number")]
    pub entries_done: u64,
    /// Entries in this push.
    #[ts(type = "number")]
    pub entries_total: u64,
    /// Bytes sent.
    #[ts(type = "number")]
    pub bytes_sent: u64,
    /// Bytes to send, estimated.
    #[ts(type = "number")]
    pub bytes_total: u64,
    /// Seconds left at the present rate, if known.
    #[ts(type = "number | null")]
    pub seconds_left: Option<u64>,
}

/// The last receipt that was believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LastReceipt {
    /// When the server made it, by the server's clock.
    pub at: Timestamp,
    /// The server's name.
    pub from: String,
    /// Its number.
    #[ts(type = "number")]
    pub number: u64,
}

/// An error of a push: title, detail, one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncProblem {
    /// `no_network`, `name_not_found`, `refused`, `portal`, `wrong_key`, `clock`, `revoked`, `disk_full`, `server_error`,
    /// `fork`, `too_old` …
    pub code: String,
    /// One line.
    pub title: String,
    /// Its likely cause, and that nothing was lost.
    pub detail: String,
    /// The one thing to do.
    pub action: String,
    /// Values for translated texts.
    pub params: BTreeMap<String, String>,
}

/// Something to know that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncNotice {
    /// `server_restored`, `laptop_restored`, `laptop_copied`, `clock_drift`, `codes_low`, `held`, `fork` …
    pub code: String,
    /// In words.
    pub message: String,
    /// Values for translated texts.
    pub params: BTreeMap<String, String>,
}

/// One push of the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PushRecord {
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// `done`, `failed`, `cancelled`, `under_way` or `interrupted`.
    pub outcome: String,
    /// Who pressed Push; empty for an automatic one.
    pub by: String,
    /// Entries that receipts covered in it.
    #[ts(type = "number")]
    pub entries: u64,
    /// Bytes sent.
    #[ts(type = "number")]
    pub bytes: u64,
    /// The problem that ended it.
    pub problem: Option<SyncProblem>,
}

/// Switches automatic pushing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct AutoArgs {
    /// On or off.
    pub auto: bool,
    /// Minutes between automatic pushes, 1 to 1440.
    pub interval_minutes: u32,
}

/// A comparison of laptop and server, model by model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Comparison {
    /// Whether both hold the same.
    pub equal: bool,
    /// When the server answered.
    pub at: Timestamp,
    /// The streams compared.
    pub streams: Vec<StreamCode>,
    /// One row a model, and `total`.
    pub rows: Vec<ComparisonRow>,
}

/// One model's digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ComparisonRow {
    /// Model, or `total`.
    pub model: String,
    /// Records here.
    #[ts(type = "number")]
    pub here_count: u64,
    /// Hash here.
    pub here_hash: String,
    /// Records there.
    #[ts(type = "number")]
    pub there_count: u64,
    /// Hash there.
    pub there_hash: String,
}

/// Which pending records to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct PendingArgs {
    /// Only these states; all of `ready`, `with_driver`, `attention` if empty.
    pub status: Vec<RecordStatus>,
    /// Only these models.
    pub models: Vec<String>,
    /// Only changes at least this old, seconds.
    #[ts(type = "number | null")]
    pub older_than_seconds: Option<i64>,
    /// Words to search for.
    pub text: String,
    /// Rows to leave out.
    #[ts(type = "number")]
    pub offset: usize,
    /// Rows to return, at most 500.
    #[ts(type = "number")]
    pub limit: usize,
}
