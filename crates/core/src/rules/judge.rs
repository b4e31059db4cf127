//! One record before its rules: its values, the records it refers to, and what it breaks.

use std::{borrow::Cow, cell::RefCell};

use super::{
    attachment, consent, custody, eligibility, every, household, household_member, household_visit, participant,
    requisition, specimen, visit,
};
use crate::{
    fold::RecordState,
    ids::RecordId,
    model::{Model, Values},
    package::{CompiledPackage, Limits},
    problem::{Broken, Rule},
    time::Timestamp,
    world::World,
};

/// Whether a person fills in a form or a server looks at what was folded.
#[derive(Clone, Copy)]
pub(crate) enum Stage<'a> {
    Form { role: Option<&'a str>, reason: Option<&'a str> },
    Finding,
}

/// One record before its rules.
pub(crate) struct Judge<'a> {
    pub model: &'a Model,
    pub record: Option<RecordId>,
    pub values: &'a dyn Values,
    /// "Now": the laptop's clock, or the time of the entry.
    pub clock: Timestamp,
    pub stage: Stage<'a>,
    pub package: &'a CompiledPackage,
    pub world: &'a dyn World,
    referred: Vec<(&'static str, RecordId, Option<Cow<'a, RecordState>>)>,
    broken: RefCell<Vec<Broken>>,
}

/// Says whether a record counts: its insert is here, and it is neither void nor merged into another.
pub(crate) fn is_live(state: &RecordState) -> bool {
    state.is_inserted() && !state.is_void() && state.merged_into().is_none()
}

impl<'a> Judge<'a> {
    pub fn new(
        model: &'a Model,
        record: Option<RecordId>,
        values: &'a dyn Values,
        clock: Timestamp,
        stage: Stage<'a>,
        package: &'a CompiledPackage,
        world: &'a dyn World,
    ) -> Self {
        let referred = model.reference_fields().filter_map(|field| {
            let id = values.reference(field.name)?;
            Some((field.name, id, world.record(id).filter(|state| state.is_inserted())))
        });
        let referred = referred.collect();
        let broken = RefCell::new(Vec::new());
        Self { model, record, values, clock, stage, package, world, referred, broken }
    }

    /// Judges by all rules of the model.
    pub fn all(&self) {
        every::judge(self);
        match self.model.name {
            "household" => household::judge(self),
            "household_visit" => household_visit::judge(self),
            "household_member" => household_member::judge(self),
            "eligibility" => eligibility::judge(self),
            "participant" => participant::judge(self),
            "consent" => consent::judge(self),
            "visit" => visit::judge(self),
            "requisition" => requisition::judge(self),
            "specimen" => specimen::judge(self),
            "bag" => custody::bag(self),
            "custody_transfer" => custody::transfer(self),
            "custody_line" => custody::line(self),
            "custody_signature" => custody::signature(self),
            "specimen_disposition" => custody::disposition(self),
            "missing_tube" => custody::missing(self),
            "attachment" => attachment::judge(self),
            _ => {}
        }
    }

    pub fn into_broken(self) -> Vec<Broken> {
        self.broken.into_inner()
    }

    /// Notes a rule as broken at a field.
    pub fn breaks(&self, rule: &'static Rule, field: &str) {
        self.note(Broken::at(rule, field));
    }

    pub fn note(&self, broken: Broken) {
        self.broken.borrow_mut().push(broken);
    }

    pub fn is_form(&self) -> bool {
        matches!(self.stage, Stage::Form { .. })
    }

    pub fn limits(&self) -> &'a Limits {
        &self.package.package().limits
    }

    pub fn has(&self, field: &str) -> bool {
        self.values.has(field)
    }

    /// Returns the record as it was before the form.
    pub fn before(&self) -> Option<Cow<'a, RecordState>> {
        self.world.record(self.record?)
    }

    /// Returns the record that a field refers to, if its insert is here; it may be void.
    pub fn referred(&self, field: &str) -> Option<&RecordState> {
        self.referred.iter().find(|(name, ..)| *name == field)?.2.as_deref()
    }

    pub fn references(&self) -> impl Iterator<Item = (&'static str, RecordId, Option<&RecordState>)> {
        self.referred.iter().map(|(field, id, state)| (*field, *id, state.as_deref()))
    }

    /// Returns the other records of these that count.
    pub fn others(&self, ids: Vec<RecordId>) -> Vec<Cow<'a, RecordState>> {
        let others = ids.into_iter().filter(|id| Some(*id) != self.record);
        others.filter_map(|id| self.world.record(id)).filter(|state| is_live(state)).collect()
    }

    /// Returns the records of a model that count and whose reference shows `id`, this one left out.
    pub fn referring(&self, id: RecordId, model: &str, field: &str) -> Vec<Cow<'a, RecordState>> {
        self.others(self.world.referring(id, model, field))
    }

    /// Returns the date of an instant in the study's zone.
    pub fn date(&self, at: Timestamp) -> chrono::NaiveDate {
        at.date(self.package.package().utc_offset_minutes)
    }
}

/// Returns the ids of records.
pub(super) fn ids(states: &[Cow<'_, RecordState>]) -> Vec<RecordId> {
    states.iter().map(|state| state.id).collect()
}
