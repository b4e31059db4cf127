//! The commands of the server's pages, for people with a server account.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::{
    ids::{DeviceId, RecordId, StreamCode},
    time::Timestamp,
};

use super::{
    Nothing,
    client::ListArgs,
    commands,
    common::{FindingView, HistoryLine, RecordArgs, RecordDetail, RecordPage, RecordRow},
    forms::{Forms, ResolveArgs},
    handover::{
        CancelHandoverArgs, HandoverArgs, HandoverDetailsArgs, HandoverView, Handovers, LateTubesArgs, SeeTubeArgs,
        SignHandoverArgs, TubeOutcomeArgs, TubeSeen, UnexpectedTubeArgs, VoidSignatureArgs,
    },
    lab::{
        Arriving, BeginDeliveryArgs, ChaseTubeArgs, DecideTubesArgs, MissingTubes, ReceivedTubes, Report, ReportArgs,
        ReportFile,
    },
    settings::SignInArgs,
};

/// Who is signed in on the server's pages.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ServerState {
    /// The study's name.
    pub study: String,
    /// Whether the study is a demonstration.
    pub demonstration: bool,
    /// The server's name.
    pub server: String,
    /// Program version.
    pub version: String,
    /// The server's time.
    pub now: Timestamp,
    /// The day that it is in the study's zone, `2026-03-02`.
    pub today: String,
    /// Who is signed in.
    pub user: Option<ServerUser>,
    /// The server's incarnation, in short form; changes when it is restored from a backup.
    pub incarnation: String,
    /// Counts for the navigation.
    pub counts: Option<ServerCounts>,
    /// Which parts of the pages the person's role includes: `desk` (devices, findings, records), `laboratory`, `driver`.
    pub areas: Vec<String>,
}

/// A person with a server account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ServerUser {
    /// Name.
    pub name: String,
    /// Role: `administrator`, `data_manager` …
    pub role: String,
}

/// What waits for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ServerCounts {
    /// Devices enrolled.
    #[ts(type = "number")]
    pub devices: usize,
    /// Entries held.
    #[ts(type = "number")]
    pub held: usize,
    /// Open findings.
    #[ts(type = "number")]
    pub findings: usize,
    /// Records in conflict.
    #[ts(type = "number")]
    pub conflicts: usize,
    /// Quarantined streams that wait for somebody: open forks, and entries that came after a revocation.
    #[ts(type = "number")]
    pub forks: usize,
}

/// One device as the administrator sees it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DeviceRow {
    /// The device.
    pub device: DeviceId,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// Its people.
    pub users: Vec<String>,
    /// Its streams with what is stored of each.
    pub streams: Vec<DeviceStream>,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it was last heard of.
    pub last_heard_at: Option<Timestamp>,
    /// When it last sent entries.
    pub last_sent_at: Option<Timestamp>,
    /// What it last sent, in words: `17 entries, A01 1–17`.
    pub last_sent: String,
    /// The server's clock minus the device's, seconds.
    #[ts(type = "number | null")]
    pub clock_drift_seconds: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When its credential ends, by the server's clock; it renews by itself while the device comes by.
    pub credential_until: Timestamp,
    /// Whether it has ended: the device is refused until somebody renews it.
    pub expired: bool,
    /// Version of the program it last reported.
    pub app: String,
}

/// One stream of a device.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DeviceStream {
    /// Code.
    pub code: StreamCode,
    /// Stored through this entry.
    #[ts(type = "number")]
    pub stored_through: u64,
    /// Folded through this entry.
    #[ts(type = "number")]
    pub applied_through: u64,
    /// `open`, `forked` or `revoked`.
    pub state: String,
}

/// Revokes a device.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RevokeArgs {
    /// The device.
    pub device: DeviceId,
    /// Why.
    pub reason: String,
}

/// Answers a laptop's request to let a person in.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RescueCodeArgs {
    /// The device.
    pub device: DeviceId,
    /// The request that the laptop shows.
    pub request: String,
    /// The person's name.
    pub user: String,
    /// Whether the person may choose a new passphrase; otherwise only a lock-out ends.
    pub admit: bool,
    /// Why.
    pub reason: String,
}

/// A code that lets a person in.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RescueCode {
    /// The code, in groups, to be told to the person.
    pub code: String,
}

/// Renews a device's credential.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct RenewArgs {
    /// The device.
    pub device: DeviceId,
}

/// Makes an enrolment code.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct NewCodeArgs {
    /// Role of the device: `field`, `relay`.
    pub role: String,
    /// Hours until it expires, 1 to 168.
    pub hours: u32,
    /// A note for the list, such as a laptop's inventory number.
    pub note: String,
}

/// An enrolment code, shown once.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct NewCode {
    /// The code as text.
    pub code: String,
    /// The code as a QR picture, SVG text.
    pub qr_svg: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// An enrolment code in the list; the secret itself is never shown again.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CodeRow {
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Role it gives.
    pub role: String,
    /// The note.
    pub note: String,
    /// `open`, `used` or `expired`.
    pub state: String,
    /// The device that used it.
    pub used_by: Option<String>,
}

/// One held entry.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct HeldRow {
    /// Stream.
    pub stream: StreamCode,
    /// Number.
    #[ts(type = "number")]
    pub seq: u64,
    /// The device's name.
    pub device: String,
    /// Why, in words.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// Seconds it has been held.
    #[ts(type = "number")]
    pub age_seconds: i64,
}

/// One quarantined stream.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ForkRow {
    /// Stream.
    pub stream: StreamCode,
    /// The device's name.
    pub device: String,
    /// `fork`, or `revoked` for entries that came after the device was revoked.
    pub kind: String,
    /// The first entry of which two versions exist, or the first that came after the revocation.
    #[ts(type = "number")]
    pub seq: u64,
    /// How many entries are kept.
    #[ts(type = "number")]
    pub entries: u64,
    /// When it was noticed.
    pub noticed_at: Timestamp,
    /// Up to which entries a person may admit, in rising order; empty for a fork.
    #[ts(type = "number[]")]
    pub admissible: Vec<u64>,
    /// What somebody said of the fork, if it is closed.
    pub closed: Option<ClosedForkView>,
    /// What to do, in words.
    pub advice: String,
}

/// What somebody said of a fork.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ClosedForkView {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why nothing more is to be done.
    pub reason: String,
}

/// Admits entries that came after a revocation.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct AdmitEntriesArgs {
    /// The stream.
    pub stream: StreamCode,
    /// The last entry to be admitted; as far as they lead if none.
    #[ts(type = "number | null")]
    pub through: Option<u64>,
    /// Why.
    pub reason: String,
}

/// Closes a fork: both versions stay.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CloseForkArgs {
    /// The stream.
    pub stream: StreamCode,
    /// What was found out.
    pub reason: String,
}

/// One record in conflict.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ConflictRow {
    /// The record.
    pub record: RecordRow,
    /// Its conflicts.
    pub conflicts: Vec<tsela_core::fold::Conflict>,
    /// The names of the people and devices behind the values, by dot.
    #[ts(type = "Record<string, string>")]
    pub authors: std::collections::BTreeMap<String, String>,
}

/// Where a list begins.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, TS)]
pub struct PageArgs {
    /// Rows to leave out.
    #[ts(type = "number")]
    pub offset: usize,
    /// Rows to return, at most 500.
    #[ts(type = "number")]
    pub limit: usize,
}

/// One page of findings.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct FindingPage {
    /// How many there are in all.
    #[ts(type = "number")]
    pub total: usize,
    /// The rows, with their records.
    pub rows: Vec<FindingRow>,
}

/// A finding with its record.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct FindingRow {
    /// The record.
    pub record: RecordRow,
    /// The finding.
    pub finding: FindingView,
}

/// What was resolved.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct Resolved {
    /// The record.
    pub record: RecordId,
}

commands! {
    /// What the server does for its pages. Roles are enforced for each command.
    ServerHost, dispatch_server, server_typescript:

    /// Who is signed in and what waits.
    server_state(Nothing) -> ServerState;
    /// Signs in with a server account; the session is kept in a cookie that scripts cannot read.
    server_sign_in(SignInArgs) -> ServerState;
    /// Signs out.
    server_sign_out(Nothing) -> ServerState;
    /// All devices.
    devices(Nothing) -> Vec<DeviceRow>;
    /// Revokes a device; its later entries are stored in quarantine until a person admits them.
    revoke(RevokeArgs) -> Vec<DeviceRow>;
    /// Makes a code that lets a person in on a laptop which may have no network.
    rescue_code(RescueCodeArgs) -> RescueCode;
    /// Renews a device's credential for another full period.
    renew(RenewArgs) -> Vec<DeviceRow>;
    /// Enrolment codes, newest first.
    codes(Nothing) -> Vec<CodeRow>;
    /// Makes an enrolment code.
    new_code(NewCodeArgs) -> NewCode;
    /// Held entries, oldest first.
    held(Nothing) -> Vec<HeldRow>;
    /// Open findings.
    findings(PageArgs) -> FindingPage;
    /// Records in conflict.
    conflicts(Nothing) -> Vec<ConflictRow>;
    /// Settles a conflict, with a reason.
    server_resolve(ResolveArgs) -> Resolved;
    /// Quarantined streams.
    forks(Nothing) -> Vec<ForkRow>;
    /// Admits entries that came after a revocation: they are stored and folded like any others.
    admit_entries(AdmitEntriesArgs) -> Vec<ForkRow>;
    /// Notes that a fork was looked into; both versions are kept.
    close_fork(CloseForkArgs) -> Vec<ForkRow>;
    /// Describes all models of the study, for the names of fields and choices.
    server_forms(Nothing) -> Forms;
    /// Lists records of one model.
    server_list(ListArgs) -> RecordPage;
    /// Everything about one record.
    server_record(RecordArgs) -> RecordDetail;
    /// Who changed what in a record.
    server_history(RecordArgs) -> Vec<HistoryLine>;
    /// What is on the road to the laboratory. A driver sees no participants.
    arriving(Nothing) -> Arriving;
    /// Opens a delivery.
    begin_delivery(BeginDeliveryArgs) -> HandoverView;
    /// The deliveries.
    handovers(Nothing) -> Handovers;
    /// Everything about one delivery.
    handover(HandoverArgs) -> HandoverView;
    /// Lets tubes join an open delivery.
    add_late_tubes(LateTubesArgs) -> HandoverView;
    /// Takes down that an expected tube is there.
    see_tube(SeeTubeArgs) -> TubeSeen;
    /// Takes down a tube that is there and was not expected.
    unexpected_tube(UnexpectedTubeArgs) -> HandoverView;
    /// Says of a tube that it is missing, rejected or held back, or takes back what was said.
    tube_outcome(TubeOutcomeArgs) -> HandoverView;
    /// Takes down seal, temperature and remarks.
    handover_details(HandoverDetailsArgs) -> HandoverView;
    /// Signs a delivery, the taker as the person signed in, the giver by the account that is named.
    sign_handover(SignHandoverArgs) -> HandoverView;
    /// Takes a signature back while the delivery is not closed.
    void_handover_signature(VoidSignatureArgs) -> HandoverView;
    /// Gives a delivery up that nobody has signed.
    cancel_handover(CancelHandoverArgs) -> Handovers;
    /// What the laboratory has received.
    received_tubes(Nothing) -> ReceivedTubes;
    /// Accepts or rejects received tubes.
    decide_tubes(DecideTubesArgs) -> ReceivedTubes;
    /// The tubes that are looked for.
    missing_tubes(Nothing) -> MissingTubes;
    /// Says who looks for a tube, and what is known.
    chase_tube(ChaseTubeArgs) -> MissingTubes;
    /// Counts tubes from requisition to acceptance.
    report(ReportArgs) -> Report;
    /// The same as a file.
    report_csv(ReportArgs) -> ReportFile;
}
