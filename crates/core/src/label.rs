//! Labels of tubes: what stands on one, where, and the ZPL that prints it.
//!
//! A template of the study package places texts and one barcode on a stock. One text of ZPL comes of it, and everything
//! else is made from that text: the printer gets it as it is, the picture on screen and the sheet for an office printer
//! are drawn from it. So what a person sees is what is printed.
//!
//! ZPL is written as text here, with no I/O; drawing and printers are in the crate `tsela-print`.

use chrono::{DateTime, Utc};

use crate::{
    ids::RecordId,
    model::Values,
    package::{CompiledPackage, LabelLayout},
    time::Timestamp,
    world::World,
};

mod layout;
mod sheet;
#[cfg(test)]
mod tests;
mod text;
mod zpl;

pub(crate) use layout::flaws;
pub use layout::said;
pub use sheet::{Sheets, sheets};
pub use zpl::{MAX_COPIES, zpl};

/// The places that a text of a template may have. `{born}` and `{initials}` may not stand in a reduced one.
pub const PLACES: &[&str] =
    &["specimen", "subject", "initials", "gender", "born", "drawn", "panel", "item", "total", "site", "community"];

/// The places that a reduced template leaves out: they tell more of a person than a number does.
const PERSONAL: &[&str] = &["initials", "born"];

/// What one label says. Texts are as records hold them; the template decides which of them stand on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelContent {
    /// The specimen identifier.
    pub specimen: String,
    /// The subject identifier.
    pub subject: String,
    /// The participant's initials.
    pub initials: String,
    /// The participant's gender, M or F.
    pub gender: String,
    /// The participant's date of birth, `14MAR1987`.
    pub born: String,
    /// When the specimen was drawn, in the study's zone: `02MAR2026 07:43`.
    pub drawn: String,
    /// The panel's abbreviation.
    pub panel: String,
    /// Number of the item of its requisition, from 1.
    pub item: i64,
    /// Containers of the requisition.
    pub total: i64,
    /// The site's name.
    pub site: String,
    /// The community's name.
    pub community: String,
}

/// Why a label cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// The record is not a specimen that is here.
    #[error("there is no specimen {0} here; check which tube is meant")]
    NoSpecimen(String),
    /// A record that the label needs is not here.
    #[error(
        "the {missing} of specimen {specimen} is not here, so its label would be incomplete; push once, then print"
    )]
    Incomplete {
        /// The specimen.
        specimen: String,
        /// What is missing.
        missing: &'static str,
    },
    /// The study has no such template, or one that an earlier program wrote.
    #[error("{}", no_template(.0))]
    NoTemplate(String),
    /// More labels at once than anybody wants.
    #[error("at most {MAX_COPIES} labels at once, not {0}; print the rest afterwards")]
    TooMany(u32),
}

fn no_template(code: &str) -> String {
    match code {
        "" => "the study has no label template that can be printed; its package was made by an earlier version of Tsela, or \
               without templates"
            .to_owned(),
        code => format!("the study has no label template {code:?} that can be printed; choose another one in Settings"),
    }
}

impl LabelContent {
    /// Gathers what stands on a specimen's label.
    ///
    /// # Errors
    /// [`LabelError::NoSpecimen`] and [`LabelError::Incomplete`].
    pub fn of(specimen: RecordId, package: &CompiledPackage, world: &dyn World) -> Result<Self, LabelError> {
        let none = || LabelError::NoSpecimen(specimen.to_string());
        let tube = world.record(specimen).filter(|state| state.model == "specimen").ok_or_else(none)?;
        let code = tube.text("specimen_identifier").ok_or_else(none)?.to_owned();
        let incomplete = |missing| LabelError::Incomplete { specimen: code.clone(), missing };
        let referred = |values: &dyn Values, field: &str| values.reference(field).and_then(|id| world.record(id));
        let requisition = referred(&tube, "requisition").ok_or_else(|| incomplete("requisition"))?;
        let participant = referred(&requisition, "participant").ok_or_else(|| incomplete("participant"))?;
        let household = referred(&participant, "household");
        let study = package.package();
        let community = household.as_ref().and_then(|household| study.community(household.text("community")?));
        let site = community.and_then(|community| study.sites.iter().find(|site| site.code == community.site));
        let panel = requisition.text("panel").unwrap_or_default();
        let text = |values: &dyn Values, field: &str| values.text(field).unwrap_or_default().to_owned();
        Ok(Self {
            subject: text(&participant, "subject_identifier"),
            initials: text(&participant, "initials"),
            gender: text(&participant, "gender"),
            born: participant
                .date("dob")
                .map(|date| date.format("%d%b%Y").to_string().to_uppercase())
                .unwrap_or_default(),
            drawn: tube.instant("collected_at").map(|at| drawn(at, study.utc_offset_minutes)).unwrap_or_default(),
            panel: study.panel(panel).map_or_else(|| panel.to_owned(), |panel| panel.abbreviation.clone()),
            item: tube.integer("item").unwrap_or(1),
            total: requisition.integer("item_count").unwrap_or(1),
            site: site.or(study.sites.first()).map(|site| site.name.clone()).unwrap_or_default(),
            community: community.map(|community| community.name.clone()).unwrap_or_default(),
            specimen: code,
        })
    }

    /// Returns what a label of a roll says that is printed before anything is drawn: its identifier.
    pub fn of_roll(specimen: String) -> Self {
        Self { specimen, item: 1, total: 1, ..Self::default() }
    }

    /// Returns what a test label says, so that nobody takes it for a tube's.
    pub fn test(package: &CompiledPackage, at: Timestamp) -> Self {
        let study = package.package();
        Self {
            specimen: "TEST".to_owned(),
            subject: "TEST LABEL".to_owned(),
            drawn: drawn(at, study.utc_offset_minutes),
            panel: "TEST".to_owned(),
            item: 1,
            total: 1,
            site: study.sites.first().map(|site| site.name.clone()).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Returns the value of a place of [`PLACES`].
    fn value(&self, place: &str) -> String {
        match place {
            "specimen" => self.specimen.clone(),
            "subject" => self.subject.clone(),
            "initials" => self.initials.clone(),
            "gender" => self.gender.clone(),
            "born" => self.born.clone(),
            "drawn" => self.drawn.clone(),
            "panel" => self.panel.clone(),
            "item" => self.item.to_string(),
            "total" => self.total.to_string(),
            "site" => self.site.clone(),
            "community" => self.community.clone(),
            _ => String::new(),
        }
    }
}

/// Writes a time so that nobody takes the day for the month: `02MAR2026 07:43`.
fn drawn(at: Timestamp, offset_minutes: i32) -> String {
    let local = at.plus_millis(i64::from(offset_minutes) * 60_000).0;
    let local = DateTime::from_timestamp_millis(local).unwrap_or(DateTime::<Utc>::MAX_UTC);
    local.format("%d%b%Y %H:%M").to_string().to_uppercase()
}

impl CompiledPackage {
    /// Returns the templates that can be printed, in the package's order; the first is the one to use unless a laptop
    /// chose another.
    pub fn label_templates(&self) -> impl Iterator<Item = &LabelLayout> {
        self.package().label_templates.iter().filter(|layout| !layout.elements.is_empty())
    }

    /// Returns a template by its code, the first one for an empty code.
    ///
    /// # Errors
    /// [`LabelError::NoTemplate`].
    pub fn label_template(&self, code: &str) -> Result<&LabelLayout, LabelError> {
        let found = self.label_templates().find(|layout| code.is_empty() || layout.code == code);
        found.ok_or_else(|| LabelError::NoTemplate(code.to_owned()))
    }
}
