//! Labels: their picture, printing, checking what was stuck on, rolls printed beforehand.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::{
    ids::{RecordId, StreamCode},
    package::Labels,
};

use super::client::TubeRow;

/// Whose label to show.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct LabelArgs {
    /// The specimen.
    pub specimen: RecordId,
}

/// A label as it will be printed, or was.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct LabelView {
    /// The specimen with its clock.
    pub tube: TubeRow,
    /// Picture: PNG as a data URL, one pixel for each dot of the printer.
    pub picture: String,
    /// What stands on it, for those who do not see the picture.
    pub text: String,
    /// Width, tenths of a millimetre.
    pub width_tenth_mm: u32,
    /// Height, tenths of a millimetre.
    pub height_tenth_mm: u32,
}

/// Where and how this laptop prints.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct LabelSettings {
    /// The printer's address, `tcp://HOST:PORT` or `file:/dev/usb/lp0`; empty if none was chosen.
    pub printer: String,
    /// The template's code; empty if the study has none that can be printed.
    pub template: String,
    /// The study's templates.
    pub templates: Vec<TemplateView>,
    /// Rolls of labels printed beforehand.
    pub rolls: Vec<RollView>,
    /// Codes left on this laptop; the first labels of a roll take one, and one is always kept.
    #[ts(type = "number")]
    pub spare_codes: usize,
}

/// A label template to choose.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct TemplateView {
    /// Its code.
    pub code: String,
    /// Its name by language.
    pub labels: Labels,
    /// Whether it leaves out initials and date of birth.
    pub reduced: bool,
}

/// A roll of labels printed beforehand.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RollView {
    /// The code with which its labels begin.
    pub code: StreamCode,
    /// Labels printed.
    #[ts(type = "number")]
    pub printed: u64,
    /// Labels that are on a tube.
    #[ts(type = "number")]
    pub used: u64,
}

/// Where and how to print from now on.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PrinterArgs {
    /// The printer's address; empty for none.
    pub printer: String,
    /// The template's code.
    pub template: String,
}

/// Labels to print.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PrintArgs {
    /// The specimens, at most 500.
    pub specimens: Vec<RecordId>,
    /// Copies of each, 1 to 20.
    pub copies: u32,
    /// Why again; needed if one of them was printed before.
    pub reason: Option<String>,
}

/// What is known of labels that were sent to the printer.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Printed {
    /// How many labels.
    pub labels: u32,
    /// `answered`: the printer said that it has all of them; `sent`: it does not say.
    pub delivery: String,
    /// Where they went.
    pub printer: String,
}

/// Sheets of labels for an office printer.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SheetArgs {
    /// The labels, as for the label printer.
    pub print: PrintArgs,
    /// Places of the first sheet that are used up.
    pub skip: u32,
}

/// Sheets of A4, to be printed at their own size.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SheetView {
    /// Each sheet: PNG as a data URL.
    pub pages: Vec<String>,
    /// How many labels are on them.
    pub labels: u32,
}

/// How many labels to print beforehand.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RollArgs {
    /// Labels, 1 to 500.
    pub labels: u32,
}

/// A label on a tube that was looked at.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CheckLabelArgs {
    /// What was scanned or typed; empty for a tick by hand.
    pub code: String,
    /// The specimens of which it may be one; one of them for a tick by hand, none for any.
    pub among: Vec<RecordId>,
    /// `scanned`, `typed` or `by_hand`.
    pub by: String,
    /// Why it was not scanned.
    pub reason: Option<String>,
}

/// A label that was found right.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct LabelChecked {
    /// The tube.
    pub tube: TubeRow,
    /// Whether it had been checked before; nothing was written then.
    pub again: bool,
}
