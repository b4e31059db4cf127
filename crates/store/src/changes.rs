//! What one transaction changes of the projection, in memory: each record before and after, and what the changed ones
//! are found by.
//!
//! Rules and findings look for other records by reference, key and match key. Of records that the transaction itself
//! brings they are answered from here, so that nothing need be written first and read back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tsela_core::{
    fold::RecordState,
    ids::RecordId,
    model::{self, MatchKey, Model},
};
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// The records of one transaction.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// What a record was before; `None` if it was not there.
    pub before: BTreeMap<RecordId, Option<Box<RecordState>>>,
    /// What it is now.
    pub after: BTreeMap<RecordId, Box<RecordState>>,
    places: HashMap<RecordId, Places>,
    /// Model, field and record of each reference, by what it refers to.
    references: HashMap<RecordId, BTreeSet<Reference>>,
    keys: Index,
    matches: Index,
}

/// A reference, seen from the record that it shows: model, field and id of the one that refers.
pub(crate) type Reference = (&'static str, &'static str, RecordId);

/// Records by a kind and a value.
type Index = HashMap<&'static str, HashMap<String, BTreeSet<RecordId>>>;

/// What a record is found by.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    pub model: Option<&'static str>,
    pub key: Option<String>,
    pub references: Vec<(&'static str, RecordId)>,
    pub matches: Vec<MatchKey>,
}

/// One row of what a record is found by, as the table `place` holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// The record that it begins with; what belongs to one record is found in one place.
    pub anchor: Option<RecordId>,
    pub kind: PlaceKind,
    pub name: &'a str,
    pub value: &'a str,
}

/// What a record is found by: numbers that stores hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    /// Its id.
    Itself = 0,
    /// A record that it refers to; name and value are its model and the field.
    Reference = 1,
    /// Its natural key; the name is its model.
    Key = 2,
    /// A match key; the name is the key's kind.
    Match = 3,
}

/// Parts a key into the record that it begins with and the rest; a key that begins with none is all rest.
pub(crate) fn anchored(key: &str) -> (Option<RecordId>, &str) {
    let parts = key.split_once('|').and_then(|(first, rest)| {
        let id = Uuid::try_parse(first).ok()?;
        // Two spellings of one id are two keys.
        (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == first).then_some((RecordId(id), rest))
    });
    parts.map_or((None, key), |(id, rest)| (Some(id), rest))
}

impl Places {
    /// Returns the rows by which the record is found beside its id.
    pub fn rows(&self) -> Vec<Place<'_>> {
        let Some(model) = self.model else { return Vec::new() };
        let keyed = |kind, name, key| {
            let (anchor, value) = anchored(key);
            Place { anchor, kind, name, value }
        };
        let refers = |(field, target): &(&'static str, RecordId)| Place {
            anchor: Some(*target),
            kind: PlaceKind::Reference,
            name: model,
            value: field,
        };
        let references = self.references.iter().map(refers);
        let key = self.key.iter().map(|key| keyed(PlaceKind::Key, model, key));
        let matches = self.matches.iter().map(|(kind, value)| keyed(PlaceKind::Match, *kind, value));
        references.chain(key).chain(matches).collect()
    }

    /// Returns what a state is found by.
    pub fn of(state: &RecordState) -> Self {
        let Some(model): Option<&Model> = model::find(&state.model) else { return Self::default() };
        Self {
            model: Some(model.name),
            key: model.natural_key(state),
            references: model.references(state),
            matches: model.match_keys(state),
        }
    }
}

impl Changes {
    /// Says whether a record is changed, so that what is stored of it counts no more.
    pub fn holds(&self, id: RecordId) -> bool {
        self.places.contains_key(&id)
    }

    /// Returns what a changed record is found by.
    pub fn places(&self, id: RecordId) -> Option<&Places> {
        self.places.get(&id)
    }

    /// Finds a record from now on by what it has become.
    pub fn index(&mut self, id: RecordId) {
        let Some(state) = self.after.get(&id) else { return };
        let places = Places::of(state);
        match self.places.remove(&id) {
            Some(old) if old == places => {}
            old => {
                if let Some(old) = old {
                    self.each(id, &old, |set, row| set.remove(&row), |set| set.remove(&id));
                }
                self.each(id, &places, BTreeSet::insert, |set| set.insert(id));
            }
        }
        self.places.insert(id, places);
    }

    fn each(
        &mut self,
        id: RecordId,
        places: &Places,
        refers: impl Fn(&mut BTreeSet<Reference>, Reference) -> bool,
        is_found: impl Fn(&mut BTreeSet<RecordId>) -> bool,
    ) {
        let Some(model) = places.model else { return };
        for (field, target) in &places.references {
            refers(self.references.entry(*target).or_default(), (model, field, id));
        }
        if let Some(key) = &places.key {
            is_found(at(&mut self.keys, model, key));
        }
        for (kind, value) in &places.matches {
            is_found(at(&mut self.matches, kind, value));
        }
    }

    /// Returns the references of changed records to a record.
    pub fn referring(&self, id: RecordId) -> impl Iterator<Item = &Reference> {
        self.references.get(&id).into_iter().flatten()
    }

    /// Returns the changed records of a model with that natural key.
    pub fn by_key(&self, model: &str, key: &str) -> impl Iterator<Item = RecordId> {
        found(&self.keys, model, key)
    }

    /// Returns the changed records with that match key.
    pub fn by_match(&self, kind: &str, value: &str) -> impl Iterator<Item = RecordId> {
        found(&self.matches, kind, value)
    }
}

fn at<'a>(index: &'a mut Index, kind: &'static str, value: &str) -> &'a mut BTreeSet<RecordId> {
    index.entry(kind).or_default().entry(value.to_owned()).or_default()
}

fn found(index: &Index, kind: &str, value: &str) -> impl Iterator<Item = RecordId> {
    index.get(kind).and_then(|values| values.get(value)).into_iter().flatten().copied()
}
