//! Bags: what is packed, and where tubes are.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::{ids::RecordId, time::Timestamp};

use super::{client::TubeRow, common::RecordRef};

/// A transport bag with its tubes.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BagView {
    /// The bag; its key is its barcode.
    pub bag: RecordRef,
    /// Coldest, °C.
    #[ts(type = "number")]
    pub celsius_low: i64,
    /// Warmest, °C.
    #[ts(type = "number")]
    pub celsius_high: i64,
    /// The number of its seal; empty while it is open.
    pub seal: String,
    /// When it was closed; it is open while this is empty.
    pub sealed_at: Option<Timestamp>,
    /// Its tubes, most urgent first.
    pub tubes: Vec<TubeRow>,
}

/// The bags that are still here, and what may go into one.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Bags {
    /// Bags of which a tube is still here, or that have none yet; newest first.
    pub bags: Vec<BagView>,
    /// Tubes that are in no bag and were not handed over, most urgent first.
    pub loose: Vec<TubeRow>,
    /// The temperatures at which the study's panels travel, narrowest first.
    pub ranges: Vec<CelsiusRange>,
}

/// A temperature to keep a bag at, with the panels that may travel in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CelsiusRange {
    /// Coldest, °C.
    pub low: i16,
    /// Warmest, °C.
    pub high: i16,
    /// The abbreviations of the panels.
    pub panels: Vec<String>,
}

/// A new bag.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct NewBagArgs {
    /// Coldest, °C.
    pub celsius_low: i16,
    /// Warmest, °C.
    pub celsius_high: i16,
}

/// A tube to be put into a bag.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PackArgs {
    /// The bag.
    pub bag: RecordId,
    /// What was scanned or typed; for a tick by hand, the specimen identifier.
    pub code: String,
    /// `scanned`, `typed` or `by_hand`.
    pub by: String,
    /// Why it was not scanned.
    pub reason: Option<String>,
}

/// A tube to be taken out of its bag.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct UnpackArgs {
    /// The specimen.
    pub specimen: RecordId,
    /// Why.
    pub reason: String,
}

/// A bag to be closed.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CloseBagArgs {
    /// The bag.
    pub bag: RecordId,
    /// The number of its seal; may be empty.
    pub seal: String,
}
