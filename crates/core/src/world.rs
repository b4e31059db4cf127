//! How rules and findings see other records, without I/O of their own.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{entry::MERGED_INTO, fold::RecordState, ids::RecordId, model};

#[cfg(test)]
pub(crate) mod day;

/// All other records, as folded. Answers of several records are sorted by id and may hold void records.
pub trait World {
    /// Returns a record.
    fn record(&self, id: RecordId) -> Option<Cow<'_, RecordState>>;

    /// Returns the records of a model whose reference `field` shows `id`.
    fn referring(&self, id: RecordId, model: &str, field: &str) -> Vec<RecordId>;

    /// Returns the records of a model with that natural key.
    fn by_key(&self, model: &str, key: &str) -> Vec<RecordId>;

    /// Returns the records with that match key.
    fn by_match(&self, kind: &str, value: &str) -> Vec<RecordId>;

    /// Returns the records of any model that show `id` in any reference. A store answers this with one query.
    fn referring_any(&self, id: RecordId) -> Vec<RecordId> {
        let mut found = BTreeSet::new();
        for model in model::all() {
            for field in model.reference_fields().map(|field| field.name).chain([MERGED_INTO]) {
                found.extend(self.referring(id, model.name, field));
            }
        }
        found.into_iter().collect()
    }
}

/// A world in memory, for tests and simulation.
#[derive(Clone, Debug, Default)]
pub struct MemoryWorld {
    records: BTreeMap<RecordId, RecordState>,
    references: BTreeSet<(RecordId, String, String, RecordId)>,
    keys: BTreeSet<(String, String, RecordId)>,
    matches: BTreeSet<(String, String, RecordId)>,
}

impl MemoryWorld {
    /// Returns an empty world.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a record in, in the place of an older state of it.
    pub fn put(&mut self, state: RecordState) {
        if let Some(before) = self.records.remove(&state.id) {
            self.index(&before, false);
        }
        self.index(&state, true);
        self.records.insert(state.id, state);
    }

    /// Returns all records, by id.
    pub fn records(&self) -> impl Iterator<Item = &RecordState> {
        self.records.values()
    }

    /// Returns a record.
    pub fn get(&self, id: RecordId) -> Option<&RecordState> {
        self.records.get(&id)
    }

    fn index(&mut self, state: &RecordState, present: bool) {
        let Some(model) = model::find(&state.model) else { return };
        for (field, id) in model.references(state) {
            set(&mut self.references, (id, state.model.clone(), field.to_owned(), state.id), present);
        }
        if let Some(key) = model.natural_key(state) {
            set(&mut self.keys, (state.model.clone(), key, state.id), present);
        }
        for (kind, value) in model.match_keys(state) {
            set(&mut self.matches, (kind.to_owned(), value, state.id), present);
        }
    }
}

fn set<T: Ord>(index: &mut BTreeSet<T>, row: T, present: bool) {
    if present {
        index.insert(row);
    } else {
        index.remove(&row);
    }
}

const FIRST: RecordId = RecordId(uuid::Uuid::nil());
const LAST: RecordId = RecordId(uuid::Uuid::max());

impl World for MemoryWorld {
    fn record(&self, id: RecordId) -> Option<Cow<'_, RecordState>> {
        self.records.get(&id).map(Cow::Borrowed)
    }

    fn referring(&self, id: RecordId, model: &str, field: &str) -> Vec<RecordId> {
        let row = |from| (id, model.to_owned(), field.to_owned(), from);
        self.references.range(row(FIRST)..=row(LAST)).map(|(.., from)| *from).collect()
    }

    fn by_key(&self, model: &str, key: &str) -> Vec<RecordId> {
        let row = |from| (model.to_owned(), key.to_owned(), from);
        self.keys.range(row(FIRST)..=row(LAST)).map(|(.., from)| *from).collect()
    }

    fn by_match(&self, kind: &str, value: &str) -> Vec<RecordId> {
        let row = |from| (kind.to_owned(), value.to_owned(), from);
        self.matches.range(row(FIRST)..=row(LAST)).map(|(.., from)| *from).collect()
    }
}
