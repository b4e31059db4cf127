//! Commands of first run, sign-in and settings.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::{
    ids::{DeviceId, StreamCode, StudyId, UserId},
    time::Timestamp,
};

use super::{
    Failure,
    sync::{SyncProblem, SyncStatus},
};

/// Which page the client must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No study yet: enrol.
    Enrol,
    /// Enrolled; nobody is signed in.
    SignIn,
    /// Someone is signed in and the screen is locked.
    Locked,
    /// Someone is signed in.
    Open,
    /// The store cannot be used; see `problem`.
    Blocked,
}

/// What the client is and who is using it; asked often, so cheap.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct AppState {
    /// Which page to show.
    pub phase: Phase,
    /// The study's name; empty before enrolment.
    pub study: String,
    /// Whether the study is a demonstration, which the pages say.
    pub demonstration: bool,
    /// In a demonstration, the sign-in to show on the sign-in page: name and passphrase.
    pub demonstration_sign_in: Option<(String, String)>,
    /// The laptop's name.
    pub device: String,
    /// Whether it is a driver's laptop; known while somebody is signed in.
    pub carrier: bool,
    /// The people who may sign in here.
    pub users: Vec<LocalUser>,
    /// Who is signed in.
    pub user: Option<LocalUser>,
    /// Version of the program.
    pub version: String,
    /// Interface language, `en` or `tn`.
    pub language: String,
    /// `light`, `dark` or `system`.
    pub theme: String,
    /// Minutes without use until the screen locks.
    pub auto_lock_minutes: u32,
    /// This laptop's time.
    pub now: Timestamp,
    /// Why the store cannot be used.
    pub problem: Option<Failure>,
    /// The badge; `None` while signed out.
    pub sync: Option<SyncStatus>,
    /// What was packed at sign-out and can be sent without a key; `None` if there is none, and while signed in.
    pub outbox: Option<OutboxView>,
}

/// What was unsent at sign-out, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutboxView {
    /// Unsent records in it.
    #[ts(type = "number")]
    pub records: usize,
    /// Unsent files of attachments in it.
    #[ts(type = "number")]
    pub files: usize,
    /// Whether the server has answered for all of it. *Received* it is when somebody has signed in.
    pub answered: bool,
    /// Whether it is sent by itself when the server is in reach.
    pub auto: bool,
    /// The server's name.
    pub server: String,
    /// The way to which it was written at the last try because the server was not in reach. It is not received by that.
    pub written: Option<String>,
    /// What stood in the way of the last try.
    pub problem: Option<SyncProblem>,
}

/// What a person tells the administrator to be let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RescueRequest {
    /// The request, in groups.
    pub request: String,
}

/// Uses an administrator's code.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct RescueArgs {
    /// The person's name.
    pub user: String,
    /// The code.
    pub code: String,
    /// The new passphrase, for a code that lets the person choose one.
    pub passphrase: String,
}

/// A person who may sign in on this laptop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LocalUser {
    /// Id given by the server.
    pub id: UserId,
    /// Name.
    pub name: String,
    /// Role, such as `research_assistant`.
    pub role: String,
    /// Locked after wrong passphrases until then.
    pub locked_until: Option<Timestamp>,
}

/// Enrols this laptop.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct EnrolArgs {
    /// The enrolment code, pasted or read from a file.
    pub code: String,
    /// The person's name.
    pub user: String,
    /// The passphrase that person will sign in with, at least 8 characters.
    pub passphrase: String,
    /// A name for the laptop; the computer's own if empty.
    pub device_name: String,
}

/// What an enrolment code says, before it is used.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CodeArgs {
    /// The code.
    pub code: String,
}

/// The server an enrolment code names.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CodeView {
    /// The server's address.
    pub url: String,
    /// Fingerprint of the study's root key, in groups for comparing by eye.
    pub fingerprint: String,
}

/// Signs in.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct SignInArgs {
    /// Name.
    pub user: String,
    /// Passphrase.
    pub passphrase: String,
}

/// Unlocks the screen for the person who is signed in.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct UnlockArgs {
    /// Passphrase.
    pub passphrase: String,
}

/// Changes one's own passphrase.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct ChangePassphraseArgs {
    /// The present one.
    pub old: String,
    /// The new one, at least 8 characters.
    pub new: String,
}

/// Admits another person to this laptop.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct AdmitArgs {
    /// Name; must be a user of the study package.
    pub user: String,
    /// The passphrase that person will use.
    pub passphrase: String,
}

/// Chooses language and appearance.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PreferencesArgs {
    /// `en` or `tn`.
    pub language: String,
    /// `light`, `dark` or `system`.
    pub theme: String,
}

/// About this laptop.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DeviceView {
    /// The laptop.
    pub device: DeviceId,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// The study.
    pub study: StudyId,
    /// The study's name.
    pub study_name: String,
    /// The stream that entries go to now.
    pub stream: Option<StreamCode>,
    /// All streams this laptop has written.
    pub streams: Vec<StreamView>,
    /// Codes left for a new stream.
    #[ts(type = "number")]
    pub spare_codes: usize,
    /// Version of the study package.
    pub package: u32,
    /// The server's address.
    pub remote_url: String,
    /// The server's name.
    pub remote_name: String,
    /// The pinned TLS key, SHA-256 in hexadecimal.
    pub pinned_key: String,
    /// Folder of the store.
    pub folder: String,
    /// Size of the store, bytes.
    #[ts(type = "number")]
    pub store_bytes: u64,
    /// Program version.
    pub version: String,
    /// Version of SQLite and SQLCipher.
    pub sqlite: String,
}

/// One stream of this laptop.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct StreamView {
    /// Its code.
    pub code: StreamCode,
    /// `active`, `closed` or `spare`.
    pub state: String,
    /// Entries in it.
    #[ts(type = "number")]
    pub entries: u64,
    /// Last entry that a receipt covers.
    #[ts(type = "number")]
    pub acked_through: u64,
}

/// One backup.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BackupView {
    /// File name.
    pub name: String,
    /// When it was made.
    pub at: Timestamp,
    /// Size, bytes.
    #[ts(type = "number")]
    pub bytes: u64,
}
