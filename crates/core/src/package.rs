//! The study package: the reference data of one study, in one version.
//!
//! Everything that differs between studies is here and not in code: communities, panels, code lists, age limits, the
//! formats of identity documents, roles, policies. It travels as one signed JSON text. Keys that a newer program adds
//! are ignored by an older one; a version replaces the older one whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    attachment,
    ids::{DeviceId, StudyId, UserId},
    model::Decimal,
};

mod compiled;
mod parts;
#[cfg(test)]
mod tests;
mod validate;

pub use compiled::CompiledPackage;
pub use parts::{PackageError, demonstration, demonstration_parts};
pub use validate::Flaw;

/// A text in several languages, by language code.
pub type Labels = BTreeMap<String, String>;

/// The reference data of one study, in one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct StudyPackage {
    /// From 1, raised by every change.
    pub version: u32,
    /// The study.
    pub study: StudyId,
    /// Its name, for people.
    pub name: String,
    /// Its protocol's code, three characters of the identifier alphabet: the PPP of subject identifiers.
    pub protocol: String,
    /// Which of `formats` holds for identity documents and phones, such as `BW`.
    pub country: String,
    /// The study's zone as minutes ahead of UTC, -840 to 840. Ages and dates are judged in it, so that every machine
    /// judges alike.
    pub utc_offset_minutes: i32,
    /// The languages of screens and of participants.
    pub languages: Vec<Language>,
    /// The sites.
    pub sites: Vec<Site>,
    /// The communities.
    pub communities: Vec<Community>,
    /// The panels of laboratory tests.
    pub panels: Vec<PanelDefinition>,
    /// Codes to choose from, by list.
    pub code_lists: BTreeMap<String, Vec<Code>>,
    /// The numbers that the rules go by.
    pub limits: Limits,
    /// Formats of identity documents and phones, by country.
    pub formats: BTreeMap<String, Formats>,
    /// The roles that a user may have.
    pub roles: Vec<Role>,
    /// People with an account.
    #[serde(default)]
    pub users: Vec<PackageUser>,
    /// When laptops push of themselves.
    #[serde(default)]
    pub sync: SyncPolicy,
    /// When a laptop locks.
    #[serde(default)]
    pub lock: LockPolicy,
    /// How laptops are enrolled.
    #[serde(default)]
    pub enrolment: EnrolmentPolicy,
    /// Layouts of printed labels.
    #[serde(default)]
    pub label_templates: Vec<LabelLayout>,
    /// Names of fields in other languages, by `model.field`.
    #[serde(default)]
    pub field_labels: BTreeMap<String, Labels>,
    /// The enrolled devices.
    #[serde(default)]
    pub devices: Vec<RosterDevice>,
    /// Signed revocations, opaque here.
    #[serde(default)]
    #[ts(type = "unknown[]")]
    pub revocations: Vec<serde_json::Value>,
}

/// A language of screens and of participants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Language {
    /// ISO 639 code, such as `tn`.
    pub code: String,
    /// Its own name for itself.
    pub name: String,
}

/// A clinic with a laboratory and a community server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Site {
    /// Two characters of the identifier alphabet: the SS of subject identifiers.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A community in which households are visited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Community {
    /// Two characters of the identifier alphabet: the CC of household identifiers.
    pub code: String,
    /// Its name, which records hold.
    pub name: String,
    /// The code of its site.
    pub site: String,
    /// Latitude of its map's centre, degrees north.
    pub lat: Decimal,
    /// Longitude of its map's centre, degrees east.
    pub lon: Decimal,
}

/// A panel of laboratory tests and what must be drawn for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PanelDefinition {
    /// Code in records.
    pub code: String,
    /// Name by language.
    pub labels: Labels,
    /// Short form on labels, at most 8 characters.
    pub abbreviation: String,
    /// The tube type, of the code list `tube_type`.
    pub tube_type: String,
    /// Colour of the tube's cap, for people.
    pub colour: String,
    /// The container, of the code list `item_type`.
    pub item_type: String,
    /// How many containers are drawn as a rule, 1 to 99.
    pub item_count: u8,
    /// Smallest and largest volume, mL.
    pub volume_ml: Range<Decimal>,
    /// Coldest and warmest on the way, °C.
    pub transport_celsius: Range<i16>,
    /// Hours from collection to the laboratory: a warning at half of it, an alarm at its end.
    pub hours_to_lab: u16,
    /// What the laboratory makes of it.
    #[serde(default)]
    pub aliquots: Vec<Aliquot>,
}

/// What the laboratory makes of a specimen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Aliquot {
    /// Plasma, buffy coat …
    pub kind: String,
    /// How many.
    pub count: u8,
}

/// From `low` to `high`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Range<T> {
    /// Smallest.
    pub low: T,
    /// Largest.
    pub high: T,
}

impl<T: PartialOrd> Range<T> {
    /// Says whether a value is in the range.
    pub fn contains(&self, value: &T) -> bool {
        self.low <= *value && *value <= self.high
    }
}

/// One code of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Code {
    /// The code in records.
    pub code: String,
    /// Its name by language.
    pub labels: Labels,
    /// The gender that it implies, as a wife is F.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
}

/// The numbers that the rules go by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Limits {
    /// Age at consent, years.
    #[ts(type = "Range<number>")]
    pub consent_age: Range<i64>,
    /// The age from which a person consents without a guardian, years.
    #[ts(type = "number")]
    pub full_age: i64,
    /// The least age of a head of household, years.
    #[ts(type = "number")]
    pub head_age: i64,
    /// Whether only citizens can take part.
    pub citizens_only: bool,
    /// How long after the requisition a specimen may be drawn, hours.
    #[ts(type = "number")]
    pub drawn_within_hours: i64,
    /// How far a time may be ahead of the clock without a remark, minutes.
    #[ts(type = "number")]
    pub clock_tolerance_minutes: i64,
    /// The GPS accuracy above which it is remarked on, metres.
    #[ts(type = "number")]
    pub gps_accuracy_m: i64,
    /// The most that an attachment may have, bytes.
    #[serde(default = "attachment_bytes")]
    #[ts(type = "number")]
    pub attachment_bytes: i64,
}

/// What packages hold that were written before there were attachments.
fn attachment_bytes() -> i64 {
    attachment::USUAL_LIMIT
}

/// Formats of identity documents and phones of one country.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Formats {
    /// Identity documents, by the code list `identity_type`. A type that is not here may be anything.
    pub identities: BTreeMap<String, IdentityFormat>,
    /// Phone numbers; one that fits any of them is right.
    pub phones: Vec<PhoneFormat>,
}

/// The format of one type of identity document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct IdentityFormat {
    /// A regular expression for the whole number.
    pub pattern: String,
    /// How such a number looks, for people: `nine digits`.
    pub looks_like: String,
    /// A digit that tells the gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender_digit: Option<GenderDigit>,
}

/// A character of an identity number that tells the gender.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct GenderDigit {
    /// Which character, from 1.
    pub position: u8,
    /// What it is, by gender.
    pub digits: BTreeMap<String, char>,
}

/// The format of one kind of phone number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PhoneFormat {
    /// Cell, landline …
    pub kind: String,
    /// A regular expression for the whole number.
    pub pattern: String,
    /// How such a number looks, for people: `7[1-8] and six digits`.
    pub looks_like: String,
}

/// A role that a user may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Role {
    /// Its code in accounts and entries.
    pub code: String,
    /// Its name by language.
    pub labels: Labels,
}

/// The role that may correct what is locked, and that decides conflicts.
pub const DATA_MANAGER: &str = "data_manager";

/// A person with an account. No secret is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PackageUser {
    /// The person's id, given by the server.
    pub id: UserId,
    /// Name at sign-in.
    pub name: String,
    /// The code of a role.
    pub role: String,
    /// Initials on forms and labels.
    #[serde(default)]
    pub initials: String,
}

/// When laptops push of themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct SyncPolicy {
    /// Whether a laptop pushes as soon as the server is in reach.
    pub auto_push: bool,
    /// How often it looks for the server, seconds, from 10.
    pub interval_seconds: u32,
}

impl Default for SyncPolicy {
    fn default() -> Self {
        Self { auto_push: true, interval_seconds: 60 }
    }
}

/// When a laptop locks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct LockPolicy {
    /// Wrong passphrases until an account is locked.
    pub attempts: u32,
    /// How long it is then locked, minutes.
    pub wait_minutes: u32,
    /// Inactivity until the screen is hidden, minutes.
    pub auto_lock_minutes: u32,
}

impl Default for LockPolicy {
    fn default() -> Self {
        Self { attempts: 5, wait_minutes: 15, auto_lock_minutes: 10 }
    }
}

/// How laptops are enrolled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct EnrolmentPolicy {
    /// How long an enrolment code may be used, minutes.
    pub code_minutes: u32,
    /// How long a device's credential holds, days.
    pub credential_days: u32,
    /// How many stream codes a device is given at once.
    pub stream_codes: u32,
}

impl Default for EnrolmentPolicy {
    fn default() -> Self {
        Self { code_minutes: 60, credential_days: 730, stream_codes: 4 }
    }
}

/// The layout of a printed label, on one stock. Lengths are tenths of a millimetre, from the label's upper left corner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LabelLayout {
    /// Its code.
    pub code: String,
    /// Name by language.
    #[serde(default)]
    pub labels: Labels,
    /// Width, tenths of a millimetre, 100 to 1200.
    pub width_tenth_mm: u32,
    /// Height, tenths of a millimetre, 80 to 1200.
    pub height_tenth_mm: u32,
    /// The printer's resolution, dots per inch: 203, 300 or 600.
    pub dpi: u32,
    /// Whether initials and date of birth are left out.
    #[serde(default)]
    pub reduced: bool,
    /// What stands on it. A layout of an earlier program has nothing and is not printed.
    #[serde(default)]
    pub elements: Vec<LabelElement>,
    /// Where the labels are on a sheet for an office printer; without it they are laid out side by side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<LabelSheet>,
}

/// One thing on a label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LabelElement {
    /// A line of text with places such as `{subject}`; see [`crate::label::PLACES`].
    Text {
        /// The text.
        text: String,
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
        /// Height of the line; a text that is too wide is made smaller, then cut.
        height: u32,
        /// Room for the line.
        width: u32,
    },
    /// The specimen identifier as Code 128.
    Code128 {
        /// From the left, quiet zone not included.
        x: u32,
        /// From the top.
        y: u32,
        /// Height of the bars.
        height: u32,
        /// Dots of the narrowest bar, 1 to 10.
        module_dots: u32,
    },
    /// The specimen identifier as a DataMatrix (ECC 200), for small tubes.
    DataMatrix {
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
        /// Dots of one module, 2 to 20.
        module_dots: u32,
    },
}

/// Where labels are on a sheet of A4, upright. Lengths are tenths of a millimetre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LabelSheet {
    /// Labels side by side.
    pub columns: u32,
    /// Labels one below the other.
    pub rows: u32,
    /// From the left edge to the first label.
    pub left: u32,
    /// From the upper edge to the first label.
    pub top: u32,
    /// From a label's left edge to the next one's.
    pub across: u32,
    /// From a label's upper edge to the next one's.
    pub down: u32,
}

/// An enrolled device. What is signed is opaque here: it is judged where keys are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RosterDevice {
    /// The device.
    pub id: DeviceId,
    /// Its name, for people.
    pub name: String,
    /// Its signed credential.
    #[ts(type = "unknown")]
    pub credential: serde_json::Value,
}

impl StudyPackage {
    /// Returns a community by its name.
    pub fn community(&self, name: &str) -> Option<&Community> {
        self.communities.iter().find(|community| community.name == name)
    }

    /// Returns a panel by its code.
    pub fn panel(&self, code: &str) -> Option<&PanelDefinition> {
        self.panels.iter().find(|panel| panel.code == code)
    }

    /// Returns a code of a list.
    pub fn code(&self, list: &str, code: &str) -> Option<&Code> {
        self.code_lists.get(list)?.iter().find(|known| known.code == code)
    }

    /// Returns a user by id.
    pub fn user(&self, id: UserId) -> Option<&PackageUser> {
        self.users.iter().find(|user| user.id == id)
    }
}
