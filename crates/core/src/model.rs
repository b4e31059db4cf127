//! The models: what each kind of record holds, its natural key, and who may see what of it.
//!
//! A model is a type that implements [`RecordModel`], registered in [`all`]. Fields are data, so that forms, imports
//! and rules treat every model alike; what is particular to one is in its own file under `records` and `rules`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

mod decimal;
mod describe;
mod field;
mod normalise;
mod records;
#[cfg(test)]
mod tests;
mod values;

pub use decimal::{BadDecimal, Decimal};
pub use describe::{ChoiceDescription, FieldDescription, ModelDescription, describe};
pub use field::{ANY_MODEL, Choices, Field, FieldKind, IDENTIFIED_BY, MAX_TEXT, Required};
pub use normalise::{codes as value_codes, normalise};
pub(crate) use normalise::{first_letter, last_letter, unknown_field};
pub use records::{
    ACCEPTED, Attachment, Bag, CONCLUSIONS, CodeList, Consent, CustodyLine, CustodySignature, CustodyTransfer,
    DISCREPANCIES, DISPOSITIONS, Device, Eligibility, GIVER, HELD_BACK, Household, HouseholdMember, HouseholdVisit,
    LabelTemplate, Location, MATCHED, MISSING, MissingTube, OUTCOMES, Panel, Participant, RECOLLECT, REJECTED,
    Requisition, SAME_CONTENT, SAME_IDENTITY, SAME_ITEM, SAME_PERSON, SAME_REQUEST, SAME_SPECIMEN, SAME_TUBE, SIDES,
    STAGES, Specimen, SpecimenDisposition, TAKER, TO_CARRIER, TO_LAB, UNEXPECTED, UNSEEN, User, Visit,
};
pub use values::Values;

use crate::{entry::MERGED_INTO, ids::RecordId};

/// Whether a model's records are gathered in the field or come with the study package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Gathered in the field.
    Record,
    /// Reference data of the study package.
    Reference,
}

/// A kind and a value under which two records that may be the same person or thing meet.
pub type MatchKey = (&'static str, String);

/// What a type of record must say of itself. There is no default for the natural key: a model without one does not
/// compile.
///
/// ```compile_fail,E0046
/// use tsela_core::model::{Field, ModelKind, RecordModel};
/// struct Keyless;
/// impl RecordModel for Keyless {
///     const NAME: &'static str = "keyless";
///     const LABEL: &'static str = "Keyless";
///     const VERSION: u32 = 1;
///     const KIND: ModelKind = ModelKind::Record;
///     const FIELDS: &'static [Field] = &[];
///     const KEY_FIELD: &'static str = "name";
/// }
/// ```
///
/// ```
/// use tsela_core::model::{Field, Model, ModelKind, RecordModel, Values};
/// struct Keyed;
/// impl RecordModel for Keyed {
///     const NAME: &'static str = "keyed";
///     const LABEL: &'static str = "Keyed";
///     const VERSION: u32 = 1;
///     const KIND: ModelKind = ModelKind::Record;
///     const FIELDS: &'static [Field] = &[];
///     const KEY_FIELD: &'static str = "name";
///     fn natural_key(values: &dyn Values) -> Option<String> {
///         values.text("name").map(str::to_owned)
///     }
/// }
/// assert_eq!(Model::of::<Keyed>().name, "keyed");
/// ```
pub trait RecordModel {
    /// Name in entries and files.
    const NAME: &'static str;
    /// Name on screen, in English.
    const LABEL: &'static str;
    /// Version of its fields; raised when an older program could not fold what a newer one writes.
    const VERSION: u32;
    /// Whether it is gathered or reference data.
    const KIND: ModelKind;
    /// Its fields, in the order of the form.
    const FIELDS: &'static [Field];
    /// The field to change when another record has the same natural key.
    const KEY_FIELD: &'static str;

    /// Returns the natural key, references as ids; `None` while a part of it is missing.
    fn natural_key(values: &dyn Values) -> Option<String>;

    /// Returns the keys under which records that may be the same meet.
    fn match_keys(_values: &dyn Values) -> Vec<MatchKey> {
        Vec::new()
    }
}

/// A registered model.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Name in entries and files.
    pub name: &'static str,
    /// Name on screen, in English.
    pub label: &'static str,
    /// Version of its fields.
    pub version: u32,
    /// Whether it is gathered or reference data.
    pub kind: ModelKind,
    /// Whether its records travel in the journal.
    pub syncs: bool,
    /// Its fields, in the order of the form.
    pub fields: &'static [Field],
    /// The field to change when another record has the same natural key.
    pub key_field: &'static str,
    key: fn(&dyn Values) -> Option<String>,
    matches: fn(&dyn Values) -> Vec<MatchKey>,
}

impl Model {
    /// Returns the model that a type describes.
    pub const fn of<M: RecordModel>() -> Self {
        Self {
            name: M::NAME,
            label: M::LABEL,
            version: M::VERSION,
            kind: M::KIND,
            syncs: matches!(M::KIND, ModelKind::Record),
            fields: M::FIELDS,
            key_field: M::KEY_FIELD,
            key: M::natural_key,
            matches: M::match_keys,
        }
    }

    /// Returns a field by name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns the natural key, references as ids; `None` while a part of it is missing.
    pub fn natural_key(&self, values: &dyn Values) -> Option<String> {
        (self.key)(values)
    }

    /// Returns the keys under which records that may be the same meet, such as `("identity", "omang|203411975")`.
    pub fn match_keys(&self, values: &dyn Values) -> Vec<MatchKey> {
        (self.matches)(values)
    }

    /// Returns the records that the values refer to, by field; a record that was merged refers to the one that stays.
    pub fn references(&self, values: &dyn Values) -> Vec<(&'static str, RecordId)> {
        let names = self.reference_fields().map(|field| field.name).chain([MERGED_INTO]);
        names.filter_map(|name| Some((name, values.reference(name)?))).collect()
    }

    /// Returns the fields that refer to other records.
    pub fn reference_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(_)))
    }

    /// Returns the models whose records this one's refer to.
    pub fn dependencies(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = Vec::new();
        for field in self.fields {
            if let FieldKind::Reference(name) = field.kind
                && name != ANY_MODEL
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }

    /// Returns the fields that a carrier may see.
    pub fn carrier_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| field.carrier)
    }
}

static MODELS: [Model; 22] = [
    Model::of::<Household>(),
    Model::of::<HouseholdVisit>(),
    Model::of::<HouseholdMember>(),
    Model::of::<Eligibility>(),
    Model::of::<Participant>(),
    Model::of::<Consent>(),
    Model::of::<Visit>(),
    Model::of::<Requisition>(),
    Model::of::<Bag>(),
    Model::of::<Specimen>(),
    Model::of::<CustodyTransfer>(),
    Model::of::<CustodyLine>(),
    Model::of::<CustodySignature>(),
    Model::of::<SpecimenDisposition>(),
    Model::of::<MissingTube>(),
    Model::of::<Attachment>(),
    Model::of::<Location>(),
    Model::of::<Panel>(),
    Model::of::<User>(),
    Model::of::<Device>(),
    Model::of::<LabelTemplate>(),
    Model::of::<CodeList>(),
];

/// Returns all models; those that others refer to come first.
pub fn all() -> &'static [Model] {
    &MODELS
}

/// Returns a model by name.
pub fn find(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.name == name)
}

/// Joins the parts of a key, `None` if one is missing.
fn joined(parts: &[Option<&str>]) -> Option<String> {
    parts.iter().copied().collect::<Option<Vec<&str>>>().map(|parts| parts.join("|"))
}
