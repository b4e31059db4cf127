//! The models as the pages see them: what to ask for, with every choice and its name in each language.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Choices, Field, FieldKind, Model, ModelKind, Required, all};
use crate::package::{Labels, StudyPackage};

/// A model, for building its form and tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelDescription {
    /// Name in entries and files.
    pub name: String,
    /// Name on screen, in English.
    pub label: String,
    /// Version of its fields.
    pub version: u32,
    /// Whether it is gathered or reference data.
    pub kind: ModelKind,
    /// Whether its records travel in the journal.
    pub syncs: bool,
    /// The models it refers to.
    pub dependencies: Vec<String>,
    /// Its fields, in the order of the form.
    pub fields: Vec<FieldDescription>,
}

/// A field, for building its input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FieldDescription {
    /// Name in entries and files.
    pub name: String,
    /// Name on screen by language; `en` is always there.
    pub labels: Labels,
    /// `text name full_name initials integer decimal bool date date_time choice reference phone identity identifier`.
    pub kind: String,
    /// Whether it must always be filled in.
    pub required: bool,
    /// The case in which it must be filled in, in English.
    pub required_when: Option<String>,
    /// Whether it is asked for but not kept.
    pub transient: bool,
    /// Whether the program fills it in.
    pub computed: bool,
    /// Whether it stays as it was once saved.
    pub locked: bool,
    /// Whether a carrier may see it.
    pub carrier: bool,
    /// Whether it tells of something that has happened.
    pub past: bool,
    /// Longest, in characters.
    pub max_length: Option<u32>,
    /// Smallest, as a decimal.
    pub min: Option<String>,
    /// Largest, as a decimal.
    pub max: Option<String>,
    /// Most places after the point.
    pub places: Option<u8>,
    /// The codes to choose from, in the package's order.
    pub choices: Vec<ChoiceDescription>,
    /// The model that a reference names.
    pub references: Option<String>,
}

/// One code to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ChoiceDescription {
    /// The code in records.
    pub code: String,
    /// Its name by language.
    pub labels: Labels,
    /// The gender that it implies.
    pub gender: Option<String>,
}

/// Describes all models with the choices of a package.
pub fn describe(package: &StudyPackage) -> Vec<ModelDescription> {
    all().iter().map(|model| model.describe(package)).collect()
}

impl Model {
    /// Describes the model with the choices of a package.
    pub fn describe(&self, package: &StudyPackage) -> ModelDescription {
        ModelDescription {
            name: self.name.to_owned(),
            label: self.label.to_owned(),
            version: self.version,
            kind: self.kind,
            syncs: self.syncs,
            dependencies: self.dependencies().into_iter().map(str::to_owned).collect(),
            fields: self.fields.iter().map(|field| described(self.name, field, package)).collect(),
        }
    }
}

fn described(model: &str, field: &Field, package: &StudyPackage) -> FieldDescription {
    let mut labels = package.field_labels.get(&format!("{model}.{}", field.name)).cloned().unwrap_or_default();
    labels.entry("en".to_owned()).or_insert_with(|| field.label.to_owned());
    let mut description = FieldDescription {
        name: field.name.to_owned(),
        labels,
        kind: kind_name(&field.kind).to_owned(),
        required: field.required == Required::Yes,
        required_when: match field.required {
            Required::When(case) => Some(case.to_owned()),
            Required::No | Required::Yes => None,
        },
        transient: field.transient,
        computed: field.computed,
        locked: field.locked,
        carrier: field.carrier,
        past: field.past,
        max_length: None,
        min: None,
        max: None,
        places: None,
        choices: Vec::new(),
        references: None,
    };
    match field.kind {
        FieldKind::Text { max } => description.max_length = u32::try_from(max).ok(),
        FieldKind::Integer { min, max } => {
            (description.min, description.max) = (Some(min.to_string()), Some(max.to_string()));
        }
        FieldKind::Decimal { places, min, max } => {
            description.places = Some(places);
            (description.min, description.max) = (Some(min.to_string()), Some(max.to_string()));
        }
        FieldKind::Choice(choices) => description.choices = choices_of(choices, package),
        FieldKind::Reference(model) => description.references = Some(model.to_owned()),
        _ => {}
    }
    description
}

fn kind_name(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Text { .. } => "text",
        FieldKind::Name => "name",
        FieldKind::FullName => "full_name",
        FieldKind::Initials => "initials",
        FieldKind::Integer { .. } => "integer",
        FieldKind::Decimal { .. } => "decimal",
        FieldKind::Bool => "bool",
        FieldKind::Date => "date",
        FieldKind::DateTime => "date_time",
        FieldKind::Choice(_) => "choice",
        FieldKind::Reference(_) => "reference",
        FieldKind::Phone => "phone",
        FieldKind::Identity => "identity",
        FieldKind::Identifier(_) => "identifier",
    }
}

/// Returns a code as English words: `by_hand` becomes `By hand`.
fn words(code: &str) -> String {
    let mut chars = code.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars.map(|c| if c == '_' { ' ' } else { c })).collect()
}

fn choices_of(choices: Choices, package: &StudyPackage) -> Vec<ChoiceDescription> {
    let same = |name: &str| package.languages.iter().map(|language| (language.code.clone(), name.to_owned())).collect();
    let plain = |code: &str, labels| ChoiceDescription { code: code.to_owned(), labels, gender: None };
    match choices {
        Choices::Fixed(codes) => {
            codes.iter().map(|code| plain(code, [("en".to_owned(), words(code))].into())).collect()
        }
        Choices::List(list) => {
            let codes = package.code_lists.get(list).map(Vec::as_slice).unwrap_or_default();
            let described = codes.iter().map(|code| ChoiceDescription {
                code: code.code.clone(),
                labels: code.labels.clone(),
                gender: code.gender.clone(),
            });
            described.collect()
        }
        Choices::Communities => package.communities.iter().map(|c| plain(&c.name, same(&c.name))).collect(),
        Choices::Panels => package.panels.iter().map(|panel| plain(&panel.code, panel.labels.clone())).collect(),
        Choices::Languages => package.languages.iter().map(|l| plain(&l.code, same(&l.name))).collect(),
    }
}
