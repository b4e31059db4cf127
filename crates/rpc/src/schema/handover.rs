//! Hand-overs: which tubes go from one person to the next, what was seen of each, and who signed it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::{
    custody::{Tally, Urgency},
    ids::RecordId,
    time::Timestamp,
};

use super::{common::RecordRef, lab::TubeSource};

/// The clock of a tube.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TubeClock {
    /// Seconds since it was collected, by this laptop's clock.
    #[ts(type = "number")]
    pub age_seconds: i64,
    /// Hours from collection to lab that the panel allows.
    pub hours_to_lab: u32,
    /// How urgent it is.
    pub urgency: Urgency,
}

/// A tube as both people at a hand-over see it: what a carrier may know, and the participant where the specimen is here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HandedTube {
    /// The code on its label; empty if it has none that can be read.
    pub identifier: String,
    /// The specimen, if it is here.
    pub specimen: Option<RecordId>,
    /// The participant, by subject identifier and initials; empty on a carrier.
    pub participant: String,
    /// The panel's abbreviation; empty if nothing is known of the tube.
    pub panel: String,
    /// Tube type in words.
    pub tube_type: String,
    /// Its clock; none if nothing is known of the tube.
    pub clock: Option<TubeClock>,
    /// The bag it is in.
    pub bag: Option<RecordRef>,
    /// What the laboratory knew of it beforehand; none on a laptop.
    pub source: Option<TubeSource>,
}

/// A bag with tubes that can be handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct WaitingBag {
    /// The bag; its key is its barcode.
    pub bag: RecordRef,
    /// How many of its tubes can be handed over.
    #[ts(type = "number")]
    pub tubes: usize,
    /// Whether it was closed.
    pub closed: bool,
}

/// The tubes that can be handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct WaitingTubes {
    /// Tubes with a checked label that nobody else has and no open hand-over names, most urgent first.
    pub tubes: Vec<HandedTube>,
    /// The bags they are in, newest first.
    pub bags: Vec<WaitingBag>,
    /// Tubes whose label was not checked: they are not handed over.
    #[ts(type = "number")]
    pub unchecked: usize,
    /// Most tubes with which a hand-over begins.
    #[ts(type = "number")]
    pub most: usize,
}

/// How far a hand-over has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HandoverState {
    /// Tubes are looked for.
    Open,
    /// Somebody has signed: nothing is changed any more, and the other signature is awaited.
    Signed,
    /// Both have signed.
    Closed,
}

/// The balance of a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Balance {
    /// Tubes that should be there.
    #[ts(type = "number")]
    pub expected: u64,
    /// Expected and there.
    #[ts(type = "number")]
    pub matched: u64,
    /// Expected and not there.
    #[ts(type = "number")]
    pub missing: u64,
    /// There and not taken.
    #[ts(type = "number")]
    pub rejected: u64,
    /// There and kept for later.
    #[ts(type = "number")]
    pub held_back: u64,
    /// Not looked for yet.
    #[ts(type = "number")]
    pub unseen: u64,
    /// There and not expected.
    #[ts(type = "number")]
    pub unexpected: u64,
    /// Whether it comes out even.
    pub even: bool,
}

impl From<Tally> for Balance {
    fn from(tally: Tally) -> Self {
        Self {
            expected: tally.expected,
            matched: tally.matched,
            missing: tally.missing,
            rejected: tally.rejected,
            held_back: tally.held_back,
            unseen: tally.unseen,
            unexpected: tally.unexpected,
            even: tally.is_balanced(),
        }
    }
}

/// A hand-over as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HandoverRow {
    /// The hand-over.
    pub transfer: RecordRef,
    /// `to_carrier` or `to_lab`.
    pub stage: String,
    /// Who gives.
    pub giver: String,
    /// Who takes.
    pub taker: String,
    /// Where.
    pub place: String,
    /// When it was begun.
    pub handed_at: Option<Timestamp>,
    /// How far it has come.
    pub state: HandoverState,
    /// Whether a signature does not hold, as the hand-over says something else now.
    pub stale: bool,
    /// Its balance.
    pub balance: Balance,
}

/// The hand-overs of this laptop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Handovers {
    /// Those that are not closed, newest first.
    pub open: Vec<HandoverRow>,
    /// Those that are, newest first.
    pub closed: Vec<HandoverRow>,
}

/// One tube of a hand-over, and what was seen of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HandoverLine {
    /// The line.
    pub line: RecordId,
    /// The tube.
    pub tube: HandedTube,
    /// `unseen`, `matched`, `missing`, `rejected`, `held_back` or `unexpected`.
    pub outcome: String,
    /// When somebody had it in hand.
    pub seen_at: Option<Timestamp>,
    /// `scanned`, `typed` or `by_hand`.
    pub identified_by: Option<String>,
    /// Why it was not scanned.
    pub identified_reason: Option<String>,
    /// What is wrong with it.
    pub discrepancy: Option<String>,
    /// How it comes here, or why it is not handed over.
    pub explanation: Option<String>,
    /// Whether it is to be drawn again.
    pub recollect: bool,
}

/// A signature under a hand-over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SignatureView {
    /// The signature.
    pub id: RecordId,
    /// `giver` or `taker`.
    pub side: String,
    /// Printed name.
    pub name: String,
    /// Who signed, by the name at sign-in.
    pub user: String,
    /// When.
    pub signed_at: Option<Timestamp>,
    /// Whether the hand-over still says what was signed.
    pub holds: bool,
}

/// Everything about one hand-over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HandoverView {
    /// What a list shows of it.
    pub row: HandoverRow,
    /// The number of the seal; empty if there is none.
    pub seal: String,
    /// Whether the seal was intact.
    pub seal_intact: Option<bool>,
    /// The temperature measured, °C; empty if it was not.
    pub celsius: String,
    /// Remarks.
    pub comments: String,
    /// Its tubes, most urgent first; those without a clock at the end.
    pub lines: Vec<HandoverLine>,
    /// Its signatures.
    pub signatures: Vec<SignatureView>,
}

/// What a scan came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TubeSeen {
    /// The tube as it was seen.
    pub line: HandoverLine,
    /// The balance now.
    pub balance: Balance,
}

/// A hand-over.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct HandoverArgs {
    /// The hand-over.
    pub transfer: RecordId,
}

/// A hand-over to a driver that begins.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BeginHandoverArgs {
    /// Who takes the tubes.
    pub taker: String,
    /// Where.
    pub place: String,
    /// The bags that are handed over.
    pub bags: Vec<RecordId>,
    /// Also the tubes that are in no bag.
    pub loose: bool,
}

/// Tubes that join an open hand-over.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct LateTubesArgs {
    /// The hand-over.
    pub transfer: RecordId,
    /// Their specimen identifiers.
    pub tubes: Vec<String>,
}

/// A tube that somebody has in hand.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SeeTubeArgs {
    /// The hand-over.
    pub transfer: RecordId,
    /// What was scanned or typed; for a tick by hand, the specimen identifier.
    pub code: String,
    /// `scanned`, `typed` or `by_hand`.
    pub by: String,
    /// Why it was not scanned.
    pub reason: Option<String>,
}

/// A tube that is there and was not expected.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct UnexpectedTubeArgs {
    /// The tube, as it was identified; an empty code if it has none that can be read.
    pub seen: SeeTubeArgs,
    /// How it comes here.
    pub explanation: String,
    /// What is wrong with it, if anything is.
    pub discrepancy: Option<String>,
}

/// What is said of a tube that is not simply there.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct TubeOutcomeArgs {
    /// The hand-over.
    pub transfer: RecordId,
    /// The tube's line.
    pub line: RecordId,
    /// `missing`, `rejected`, `held_back` or `unseen`; the last takes an unexpected tube out again.
    pub outcome: String,
    /// What is wrong with it; for a rejected tube.
    pub discrepancy: Option<String>,
    /// Whether a rejected tube is to be drawn again.
    #[serde(default)]
    pub recollect: bool,
    /// Why.
    pub reason: String,
}

/// What was looked at besides the tubes.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct HandoverDetailsArgs {
    /// The hand-over.
    pub transfer: RecordId,
    /// The number of the seal.
    pub seal: String,
    /// Whether the seal was intact.
    pub seal_intact: Option<bool>,
    /// The temperature measured, °C.
    pub celsius: String,
    /// Remarks.
    pub comments: String,
    /// Why something that was said before is changed; not needed to say it for the first time.
    pub reason: Option<String>,
}

/// A signature by the person signed in.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct SignHandoverArgs {
    /// The hand-over.
    pub transfer: RecordId,
    /// What the signature means: `giver` hands the tubes over, `taker` takes them.
    pub side: String,
    /// The name as it is printed under it.
    pub name: String,
    /// The passphrase of the one who signs.
    pub passphrase: String,
    /// At the laboratory: the account of the one who signs, if that is not the person signed in.
    #[serde(default)]
    pub account: Option<String>,
}

impl std::fmt::Debug for SignHandoverArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { transfer, side, name, .. } = self;
        write!(f, "SignHandoverArgs({transfer:?}, {side}, {name})")
    }
}

/// A signature that is taken back while the hand-over is not closed.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct VoidSignatureArgs {
    /// The hand-over.
    pub transfer: RecordId,
    /// The signature.
    pub signature: RecordId,
    /// Why.
    pub reason: String,
}

/// A hand-over that does not take place.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CancelHandoverArgs {
    /// The hand-over.
    pub transfer: RecordId,
    /// Why.
    pub reason: String,
}
