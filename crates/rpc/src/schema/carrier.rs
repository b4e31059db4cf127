//! A driver's laptop and an assistant's, side by side: handing over, collecting, what is carried.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::{
    custody::{Differs, Urgency},
    ids::{DeviceId, RecordId},
    time::Timestamp,
};

use super::{
    Failure,
    handover::{Balance, TubeClock},
};

/// A driver's laptop that was heard of in this network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NearbyCarrier {
    /// What it calls itself.
    pub name: String,
    /// Its address, for people.
    pub host: String,
    /// Its address with its key, to be handed over to.
    pub address: String,
}

/// Where to hand over to.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MeetArgs {
    /// As it was typed, read from a picture, or listed.
    pub address: String,
}

/// What a person says of the six digits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct DigitsArgs {
    /// Whether both screens show the same.
    pub same: bool,
}

/// Where a hand-over stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HandOverPhase {
    /// None is under way.
    #[default]
    Idle,
    /// The digits are to be compared.
    Compare,
    /// The driver has not answered yet.
    Waiting,
    /// Bundles are on their way.
    Sending,
    /// The driver has everything, and is to sign for the tubes.
    Signing,
    /// The driver has everything.
    Done,
    /// It broke off, or was refused.
    Failed,
}

/// A hand-over on the assistant's laptop.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct HandOverView {
    /// Where it stands.
    pub phase: HandOverPhase,
    /// The driver's laptop.
    pub carrier: String,
    /// The six digits.
    pub digits: String,
    /// Receipts that the driver has brought.
    pub receipts: usize,
    /// Bundles that the driver has taken.
    pub bundles: usize,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Entries that are still to be handed over.
    #[ts(type = "number")]
    pub entries_left: u64,
    /// Tubes in the list that goes along.
    pub tubes: usize,
    /// Hand-overs of tubes that the driver is to sign.
    pub to_sign: usize,
    /// Those of them that the driver has signed.
    pub signed: usize,
    /// Tubes that the driver has counted on the driver's laptop.
    pub counted: usize,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// Whether to collect.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct CollectArgs {
    /// On or off.
    pub on: bool,
}

/// What a driver says of a meeting.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MeetingArgs {
    /// Which meeting.
    pub meeting: String,
    /// Whether both screens show the same digits.
    pub same: bool,
}

/// Where a driver's laptop is found.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CarrierPlace {
    /// Address and port, to be typed.
    pub host: String,
    /// The same with its key, to be pasted.
    pub address: String,
    /// The same as a QR picture: SVG text.
    pub qr_svg: String,
}

/// How a meeting stands on the driver's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MeetingStage {
    /// The digits are to be compared.
    Compare,
    /// Bundles may come.
    Agreed,
    /// The driver declined.
    Declined,
    /// The assistant has finished.
    Finished,
}

/// A laptop that hands over, on the driver's screen.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MeetingView {
    /// Names the meeting.
    pub meeting: String,
    /// The assistant's laptop.
    pub name: String,
    /// The six digits.
    pub digits: String,
    /// Where it stands.
    pub stage: MeetingStage,
    /// Bundles that came.
    #[ts(type = "number")]
    pub bundles: u64,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// When it began.
    pub began_at: Timestamp,
}

/// A tube in a manifest, as much of it as a driver may know.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CarriedTube {
    /// What is printed on it.
    pub specimen: String,
    /// The panel's short form.
    pub panel: String,
    /// The kind of tube.
    pub tube_type: String,
    /// Where it was when the list was made.
    pub state: String,
    /// Time since it was drawn, seconds.
    #[ts(type = "number")]
    pub age_seconds: i64,
    /// Hours that it may take from there to the laboratory.
    pub hours_to_lab: u32,
    /// How much of that is gone.
    pub urgency: Urgency,
}

/// What is carried for one assistant's laptop.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CarriedLoad {
    /// The laptop.
    pub author: DeviceId,
    /// Its name.
    pub name: String,
    /// When it was met last.
    pub met_at: Timestamp,
    /// Bundles that are still to be delivered.
    pub pending: usize,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Bundles that a server has taken.
    pub delivered: usize,
    /// When the last of them was.
    pub delivered_at: Option<Timestamp>,
    /// Why a server did not take a bundle, the last time.
    pub refused: Option<String>,
    /// Whether a receipt waits to be given back.
    pub receipt: bool,
    /// When its newest list of tubes was made, by its own clock.
    pub manifest_at: Option<Timestamp>,
    /// The number of that list.
    #[ts(type = "number | null")]
    pub manifest: Option<u64>,
    /// The tubes in it, most urgent first.
    pub tubes: Vec<CarriedTube>,
}

/// The driver's pages.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CollectView {
    /// Whether it collects.
    pub on: bool,
    /// Whether this network is told of it, so that assistants find it by name.
    pub announced: bool,
    /// Where assistants reach it.
    pub places: Vec<CarrierPlace>,
    /// Who is or was here, the newest first.
    pub meetings: Vec<MeetingView>,
    /// Bytes that are carried.
    #[ts(type = "number")]
    pub carried_bytes: u64,
    /// Bytes that can be.
    #[ts(type = "number")]
    pub room_bytes: u64,
    /// Bundles that are still to be delivered.
    pub pending: usize,
    /// What is carried for whom, the one met last first.
    pub loads: Vec<CarriedLoad>,
}

/// One tube of a hand-over that the giver has signed.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct OfferedTube {
    /// What is printed on it; empty if it has no label that can be read.
    pub tube: String,
    /// The panel; empty if this laptop's list does not name the tube.
    pub panel: String,
    /// Its clock; `None` without a time of collection, and if the list does not name it.
    pub clock: Option<TubeClock>,
    /// What was seen of it.
    pub outcome: String,
    /// How it was identified; empty if nobody had it in hand.
    pub identified_by: String,
    /// What is wrong with it; empty if nothing is.
    pub discrepancy: String,
    /// Why it was not scanned, or how it comes here.
    pub explanation: String,
}

/// A hand-over of tubes that the giver has signed, on the driver's laptop.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct OfferView {
    /// Names the hand-over.
    pub transfer: RecordId,
    /// The giver's laptop.
    pub from: String,
    /// What is printed on it.
    pub identifier: String,
    /// Who gives.
    pub giver: String,
    /// Who takes, as the giver wrote it.
    pub taker: String,
    /// Where.
    pub place: String,
    /// When, by the giver's clock.
    pub handed_at: String,
    /// The seal's number; empty without one.
    pub seal: String,
    /// The temperature measured, degrees Celsius; empty if none was.
    pub celsius: String,
    /// What the giver remarked.
    pub comments: String,
    /// What was counted.
    pub balance: Balance,
    /// The tubes, the most urgent first.
    pub tubes: Vec<OfferedTube>,
    /// Tubes of which it says something else than was counted on this laptop. Not judged any more once it is signed.
    pub differs: Vec<CountDiffers>,
    /// When the giver signed.
    pub given_at: Timestamp,
    /// The name with which this laptop's person has signed; empty before.
    pub signed_by: String,
    /// When that was.
    pub signed_at: Option<Timestamp>,
}

/// The taker's signature.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CountersignArgs {
    /// The hand-over.
    pub transfer: RecordId,
    /// The printed name.
    pub name: String,
    /// The passphrase of the person signed in.
    pub passphrase: String,
}

/// Whose tubes are counted.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct BeginCountArgs {
    /// The giver's laptop.
    pub author: DeviceId,
}

/// The list that a count goes by, and a newer one if there is one.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CountList {
    /// Its number.
    #[ts(type = "number")]
    pub number: u64,
    /// When it was made, by the giver's clock.
    pub at: Timestamp,
    /// The number of the newer one.
    #[ts(type = "number | null")]
    pub newer_number: Option<u64>,
    /// When that was made.
    pub newer_at: Option<Timestamp>,
    /// Tubes that the newer one expects besides.
    pub more: Vec<String>,
    /// Tubes that it does not expect any more.
    pub gone: Vec<String>,
}

/// Beside which hand-over to show what was counted; with none, what waits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct CountedArgs {
    /// The hand-over.
    pub transfer: Option<RecordId>,
}

/// Which count is taken over.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct TakeCountArgs {
    /// The hand-over that takes it over.
    pub transfer: RecordId,
    /// The count.
    pub count: RecordId,
}

/// A tube of which a hand-over and a count say different things.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CountDiffers {
    /// What is printed on it; empty if it has no label that can be read.
    pub tube: String,
    /// What the hand-over says; empty if it does not name the tube.
    pub here: String,
    /// What was counted.
    pub counted: String,
}

impl From<Differs> for CountDiffers {
    fn from(Differs { tube, here, counted }: Differs) -> Self {
        Self { tube, here, counted }
    }
}

/// What a driver has counted on the driver's laptop, beside a hand-over of the giver's.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CountedView {
    /// Names the count.
    pub count: RecordId,
    /// The driver's laptop.
    pub carrier: String,
    /// Who counted.
    pub by: String,
    /// When it was begun, by the driver's clock.
    pub begun_at: Timestamp,
    /// When something was said last.
    pub changed_at: Timestamp,
    /// The number of the list that it goes by.
    #[ts(type = "number")]
    pub manifest: u64,
    /// When that list was made here.
    pub manifest_at: Timestamp,
    /// What was counted.
    pub balance: Balance,
    /// Tubes that the hand-over can take over.
    pub to_take: usize,
    /// Tubes of which it says something else; nothing of them is overwritten.
    pub differs: Vec<CountDiffers>,
    /// Tubes that were counted and belong to no hand-over that can take them: another one names them, or somebody has them.
    pub elsewhere: Vec<String>,
    /// Tubes of the hand-over that the driver's list did not name.
    pub not_counted: Vec<String>,
}
