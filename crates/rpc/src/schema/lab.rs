//! The laboratory's desk on the server: what is on the road, what has arrived, what was decided, what is missing.
//!
//! A delivery is a hand-over to the laboratory; its tubes are looked at with the commands of [`handover`](super::handover).

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::{ids::RecordId, time::Timestamp};

use super::{common::RecordRef, handover::HandedTube};

/// What the server knows of a tube before it is in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TubeSource {
    /// Its data are here, and somebody has dispatched it.
    Dispatched,
    /// It was dispatched, or a manifest names it, and its data are not here yet.
    Announced,
    /// Its data are here, and nobody has dispatched it.
    Undispatched,
    /// Nothing is known of it.
    Unknown,
}

/// Tubes that one driver has on the road.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Delivery {
    /// Who has them.
    pub driver: String,
    /// The hand-overs by which the driver has got them, oldest first.
    pub transfers: Vec<RecordRef>,
    /// Who gave them.
    pub givers: Vec<String>,
    /// Where.
    pub places: Vec<String>,
    /// When the first of them was handed over.
    pub handed_at: Option<Timestamp>,
    /// When the most urgent tube must be at the laboratory; none if its data are not here.
    pub due_at: Option<Timestamp>,
    /// Whether the driver has signed all of the hand-overs, as far as the server knows.
    pub signed: bool,
    /// The bags.
    pub bags: Vec<RecordRef>,
    /// The tubes, most urgent first.
    pub tubes: Vec<HandedTube>,
}

/// Tubes that a manifest names and of which no data are here yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Announcement {
    /// The laptop on which they were drawn.
    pub device: String,
    /// When the manifest was written, by that laptop's clock.
    pub at: Timestamp,
    /// The tubes, most urgent first.
    pub tubes: Vec<HandedTube>,
}

/// What is on the road.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Arriving {
    /// What drivers have, the most urgent first.
    pub deliveries: Vec<Delivery>,
    /// What manifests announce; the newest first.
    pub announced: Vec<Announcement>,
    /// How many drawn tubes of the last days are still with assistants, as far as the server knows.
    #[ts(type = "number")]
    pub with_assistants: usize,
    /// Deliveries that are being received.
    pub open: Vec<super::handover::HandoverRow>,
}

/// A delivery that is opened: what is chosen is expected, and none of it is seen.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BeginDeliveryArgs {
    /// Who brings it.
    pub giver: String,
    /// Where it is received.
    pub place: String,
    /// The hand-overs whose tubes are expected; may be empty, for somebody who walks in.
    pub transfers: Vec<RecordId>,
    /// Announced tubes that are expected too, by specimen identifier.
    pub tubes: Vec<String>,
}

/// A tube that the laboratory has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReceivedTube {
    /// The tube.
    pub tube: HandedTube,
    /// `received`, `accepted`, `rejected` or `recollection_requested`.
    pub state: String,
    /// The delivery by which it came.
    pub delivery: Option<RecordRef>,
    /// When it was in hand there.
    pub received_at: Option<Timestamp>,
    /// What is wrong with it.
    pub discrepancy: Option<String>,
    /// What was said of it.
    pub explanation: Option<String>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// By whom.
    pub decided_by: Option<String>,
}

/// The tubes that the laboratory has received in the last days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReceivedTubes {
    /// Those that wait for a decision, most urgent first.
    pub undecided: Vec<ReceivedTube>,
    /// Those that were accepted or rejected, the newest first.
    pub decided: Vec<ReceivedTube>,
}

/// What is decided of received tubes. A decision that was made before is changed only with a reason.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DecideTubesArgs {
    /// Their specimen identifiers, as scanned or chosen; at most 400.
    pub tubes: Vec<String>,
    /// `accepted`, `rejected` or `recollect`: rejected, and to be drawn again.
    pub decision: String,
    /// What is wrong; not for accepted tubes.
    pub discrepancy: Option<String>,
    /// Why; for a change of what was decided before it is needed.
    pub explanation: String,
}

/// Why a tube is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MissingWhy {
    /// It was expected at a hand-over and not there.
    Missed,
    /// Its data are here, its time is over, and it has not come.
    Overdue,
}

/// A tube that is looked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MissingTubeView {
    /// The tube.
    pub tube: HandedTube,
    /// Why it is looked for.
    pub why: MissingWhy,
    /// Since when: the hand-over that missed it, or the end of its time.
    pub since: Timestamp,
    /// Seconds since then.
    #[ts(type = "number")]
    pub age_seconds: i64,
    /// Where it is as far as the server knows: `collected`, `packed`, `with_carrier`, `missing`, `received` …
    pub state: String,
    /// Who had it last.
    pub last_with: String,
    /// The hand-over that missed it.
    pub transfer: Option<RecordRef>,
    /// Who looks for it; empty if nobody does.
    pub owner: String,
    /// What is known.
    pub note: String,
    /// `lost`, `destroyed` or `never_drawn`, if it is not looked for any more.
    pub conclusion: Option<String>,
}

/// The tubes that are looked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MissingTubes {
    /// Those that are looked for, the longest missing first.
    pub open: Vec<MissingTubeView>,
    /// Those that were looked for and have come, the newest first.
    pub found: Vec<MissingTubeView>,
    /// Those that were given up.
    pub given_up: Vec<MissingTubeView>,
    /// Who may look for tubes: the people with an account for the laboratory.
    pub people: Vec<String>,
}

/// Who looks for a tube, and what is known. What was said before is changed only with a reason.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ChaseTubeArgs {
    /// Its specimen identifier.
    pub tube: String,
    /// Who looks for it.
    pub owner: String,
    /// What is known.
    pub note: String,
    /// `lost`, `destroyed` or `never_drawn` to give it up; none to look for it.
    pub conclusion: Option<String>,
}

/// By what tubes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReportBy {
    /// By the day on which they were requisitioned, in the study's zone.
    Day,
    /// By the community of the participant's household.
    Community,
    /// By who wrote the requisition.
    Assistant,
    /// By who drove them.
    Driver,
    /// By panel.
    Panel,
}

/// Which tubes are counted: those requisitioned on these days, both included, in the study's zone.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ReportArgs {
    /// First day, `2026-03-02`.
    pub from: String,
    /// Last day; at most 92 days.
    pub to: String,
    /// By what they are counted.
    pub by: ReportBy,
}

/// How many tubes came how far. A tube that came further is counted in all columns before, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportRow {
    /// What is counted: a day, a code or a name; empty in the row of sums, and for what has none.
    pub key: String,
    /// How it is shown.
    pub label: String,
    /// Containers asked for.
    #[ts(type = "number")]
    pub requisitioned: u64,
    /// Drawn, with a checked label.
    #[ts(type = "number")]
    pub collected: u64,
    /// Put into a bag, or handed over without one.
    #[ts(type = "number")]
    pub packed: u64,
    /// Taken by a driver, or brought to the laboratory without one.
    #[ts(type = "number")]
    pub with_driver: u64,
    /// In hand at the laboratory.
    #[ts(type = "number")]
    pub received: u64,
    /// Accepted there.
    #[ts(type = "number")]
    pub accepted: u64,
    /// Rejected there.
    #[ts(type = "number")]
    pub rejected: u64,
    /// Missing now.
    #[ts(type = "number")]
    pub missing: u64,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Report {
    /// The rows, in the order of their keys.
    pub rows: Vec<ReportRow>,
    /// Their sums.
    pub total: ReportRow,
    /// When it was made, by the server's clock.
    pub at: Timestamp,
}

/// A report as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportFile {
    /// Its name.
    pub name: String,
    /// Its text: comma-separated values (RFC 4180), UTF-8, with a row of names; no cell is taken for a formula.
    pub text: String,
}
