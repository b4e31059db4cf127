//! A record as the fold over its entries, whatever order they arrived in.
//!
//! Each field is a multi-value register. A write survives unless another write of that field had seen it; a resolve
//! sees exactly the dots it names. What all writes of a field have seen together is kept as a version vector, so that a
//! write that arrives late finds out that it was superseded before it came. Everything kept is a join (maximum or
//! union), hence any permutation, repetition or partition of the same entries gives the same state, and two states can
//! be merged like entries. (A map of multi-value registers with dotted version vectors; Almeida et al., and Riak.)
//!
//! Clocks choose only which of several surviving values is shown meanwhile.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    entry::{Entry, Fields, MERGED_INTO, Op, Seen, VOID, Value},
    ids::{Dot, RecordId, StreamCode, UserId},
    model,
    time::Timestamp,
};

mod register;
#[cfg(test)]
mod tests;
mod writes;

use register::Register;

/// Who wrote what is alive in a record, and what they had seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// When, by the author's clock.
    pub at: Timestamp,
    /// Who.
    pub user: UserId,
    /// The study package in force.
    pub package: u32,
    /// What its author had seen of this record from other streams.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seen: Seen,
    /// Whether it is a resolve, which sees only what it names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resolve: bool,
}

/// A moment in a record's life: when, who, and the entry that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct Moment {
    /// When, by the author's clock.
    pub at: Timestamp,
    /// The entry.
    pub dot: Dot,
    /// Who.
    pub user: UserId,
    /// The study package in force.
    pub package: u32,
}

/// One record: all surviving values of all fields, and what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordState {
    /// The record's id.
    pub id: RecordId,
    /// Its model.
    pub model: String,
    /// The highest model version that wrote to it.
    pub version: u32,
    /// Its first insert, by dot; `None` while only later changes have arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Moment>,
    /// Its latest change by the authors' clocks; for show only.
    pub modified: Moment,
    /// For each stream, the last entry of this record folded in.
    pub seen: Seen,
    stamps: BTreeMap<Dot, Stamp>,
    fields: BTreeMap<String, Register>,
}

/// One of several values that survive side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Candidate {
    /// The value.
    #[ts(type = "string | number | boolean | null")]
    pub value: Value,
    /// The writes that hold it.
    pub dots: Vec<Dot>,
    /// When the latest of them was made.
    pub at: Timestamp,
    /// Who made it.
    pub user: UserId,
}

/// A field with several different surviving values, for a person to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Conflict {
    /// The field.
    pub field: String,
    /// The values, the one shown meanwhile first.
    pub candidates: Vec<Candidate>,
}

impl RecordState {
    /// Begins a record with one of its entries.
    pub fn begin(stream: StreamCode, mut entry: Entry) -> Self {
        let now = moment(stream, &entry);
        let mut state = Self {
            id: entry.record,
            model: std::mem::take(&mut entry.model),
            version: entry.version,
            created: None,
            modified: now,
            seen: Seen::new(),
            stamps: BTreeMap::new(),
            fields: BTreeMap::new(),
        };
        if !is_plain(stream, &entry) {
            state.apply(stream, &entry);
            return state;
        }
        state.note(now, &entry);
        if !entry.set.is_empty() {
            state.stamps.insert(now.dot, stamp(&entry));
        }
        let fields = entry.set.into_iter();
        state.fields = fields.map(|(field, value)| (field, Register::of(now.dot, value, BTreeSet::new()))).collect();
        state
    }

    /// Notes when the record was made and changed, and by which entries.
    fn note(&mut self, now: Moment, entry: &Entry) {
        if entry.op == Op::Insert {
            self.created = earliest(self.created, Some(now));
        }
        self.modified = self.modified.max(now);
        self.version = self.version.max(entry.version);
        raise(&mut self.seen, now.dot.stream, now.dot.seq);
    }

    /// Folds one entry in. Folding it again changes nothing.
    pub fn apply(&mut self, stream: StreamCode, entry: &Entry) {
        let now = moment(stream, entry);
        self.note(now, entry);
        self.stamps.entry(now.dot).or_insert_with(|| stamp(entry));
        let settles: BTreeSet<Dot> = entry.settles.iter().copied().collect();
        let plain = is_plain(stream, entry);
        let mut alive = false;
        for (field, value) in &entry.set {
            let write = Register::of(now.dot, value.clone(), settles.clone());
            match self.fields.get_mut(field) {
                Some(register) => register.join(&write, &self.stamps),
                None if plain => {
                    self.fields.insert(field.clone(), write);
                    alive = true;
                }
                None => self.fields.entry(field.clone()).or_default().join(&write, &self.stamps),
            }
        }
        // The only stamp is not dead if its write has just begun a field.
        if self.stamps.len() > 1 || !alive {
            self.forget_dead_stamps();
        }
    }

    /// Joins another state of the same record, such as one that came down in a receipt.
    pub fn merge(&mut self, other: &Self) {
        self.created = earliest(self.created, other.created);
        self.modified = self.modified.max(other.modified);
        self.version = self.version.max(other.version);
        for (&stream, &seq) in &other.seen {
            raise(&mut self.seen, stream, seq);
        }
        for (dot, stamp) in &other.stamps {
            self.stamps.entry(*dot).or_insert_with(|| stamp.clone());
        }
        for (field, register) in &other.fields {
            self.fields.entry(field.clone()).or_default().join(register, &self.stamps);
        }
        self.forget_dead_stamps();
    }

    /// Says whether the insert has arrived.
    pub fn is_inserted(&self) -> bool {
        self.created.is_some()
    }

    /// Returns the value shown: the only one, or of several the one written last by its author's clock.
    pub fn value(&self, field: &str) -> Option<&Value> {
        let register = self.fields.get(field)?;
        if register.len() == 1 {
            return register.values().next().map(|(_, value)| value);
        }
        register.values().max_by_key(|(dot, _)| (self.at(**dot), **dot)).map(|(_, value)| value)
    }

    /// Returns the shown value as text, `None` if it is missing, empty or not text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.value(field).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Returns all shown values, the reserved fields left out.
    pub fn shown(&self) -> Fields {
        let names = self.fields.keys().filter(|name| !name.starts_with('_'));
        names.filter_map(|name| self.value(name).map(|value| (name.clone(), value.clone()))).collect()
    }

    /// Says whether the record is void.
    pub fn is_void(&self) -> bool {
        self.value(VOID) == Some(&Value::Bool(true))
    }

    /// Returns the record into which this one was merged.
    pub fn merged_into(&self) -> Option<RecordId> {
        self.text(MERGED_INTO)?.parse().ok()
    }

    /// Returns the fields that hold several different values.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        for (field, register) in self.fields.iter().filter(|(_, register)| register.len() > 1) {
            let candidates = self.candidates(field, register);
            if candidates.len() > 1 {
                conflicts.push(Conflict { field: field.clone(), candidates });
            }
        }
        conflicts
    }

    /// Says whether a field holds several different values.
    pub fn is_in_conflict(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|register| register.len() > 1 && self.candidates(field, register).len() > 1)
    }

    /// Returns the dots of a field's surviving writes, which a resolve names.
    pub fn dots(&self, field: &str) -> Vec<Dot> {
        self.fields.get(field).map(|register| register.values().map(|(dot, _)| *dot).collect()).unwrap_or_default()
    }

    /// Returns what the author of a new entry in `stream` has seen of this record from other streams.
    pub fn seen_from(&self, stream: StreamCode) -> Seen {
        self.seen.iter().filter(|(code, _)| **code != stream).map(|(code, seq)| (*code, *seq)).collect()
    }

    /// Returns the fields whose surviving writes were made without knowing of the record's void, nor it of them.
    pub fn edits_beside_void(&self) -> Vec<&str> {
        let Some(void) = self.fields.get(VOID).filter(|_| self.is_void()) else { return Vec::new() };
        let beside = |a: Dot, b: Dot| !self.saw(a, b) && !self.saw(b, a);
        let others = self.fields.iter().filter(|(name, _)| *name != VOID);
        others
            .filter(|(_, register)| register.values().any(|(w, _)| void.values().all(|(v, _)| beside(*w, *v))))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Returns the state's bytes: the same for the same set of entries, on every machine.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a record's state has text keys only and no value that JSON lacks")
    }

    /// Reads a state from its bytes.
    ///
    /// # Errors
    /// If the bytes are not a state's.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    fn at(&self, dot: Dot) -> Option<Timestamp> {
        self.stamps.get(&dot).map(|stamp| stamp.at)
    }

    fn saw(&self, later: Dot, earlier: Dot) -> bool {
        later == earlier || self.stamps.get(&later).is_some_and(|stamp| register::saw(later, stamp, earlier))
    }

    fn candidates(&self, field: &str, register: &Register) -> Vec<Candidate> {
        let mut by_value: Vec<(Value, Vec<Dot>)> = Vec::new();
        for (dot, value) in register.values() {
            let value = comparable(&self.model, field, value);
            match by_value.iter_mut().find(|(known, _)| *known == value) {
                Some((_, dots)) => dots.push(*dot),
                None => by_value.push((value, vec![*dot])),
            }
        }
        let mut candidates: Vec<(Dot, Candidate)> =
            by_value.into_iter().filter_map(|(value, dots)| self.candidate(value, dots)).collect();
        candidates.sort_by_key(|(dot, candidate)| std::cmp::Reverse((candidate.at, *dot)));
        candidates.into_iter().map(|(_, candidate)| candidate).collect()
    }

    fn candidate(&self, value: Value, dots: Vec<Dot>) -> Option<(Dot, Candidate)> {
        let latest = dots.iter().copied().max_by_key(|dot| (self.at(*dot), *dot))?;
        let stamp = self.stamps.get(&latest)?;
        Some((latest, Candidate { value, dots, at: stamp.at, user: stamp.user }))
    }

    /// Keeps the stamps of surviving writes only; what the others had seen is in the registers.
    fn forget_dead_stamps(&mut self) {
        let alive: BTreeSet<Dot> =
            self.fields.values().flat_map(|register| register.values().map(|(d, _)| *d)).collect();
        self.stamps.retain(|dot, _| alive.contains(dot));
    }
}

/// Says whether joining a write with a field that nobody wrote yet comes to the write itself.
fn is_plain(stream: StreamCode, entry: &Entry) -> bool {
    entry.op != Op::Resolve && entry.settles.is_empty() && !entry.seen.contains_key(&stream)
}

fn stamp(entry: &Entry) -> Stamp {
    Stamp {
        at: entry.at,
        user: entry.user,
        package: entry.package,
        seen: entry.seen.clone(),
        resolve: entry.op == Op::Resolve,
    }
}

/// Returns the form in which two values of a field are compared: 4.0 and 4 agree.
fn comparable(model: &str, field: &str, value: &Value) -> Value {
    let field = model::find(model).and_then(|model| model.field(field));
    let normal = field.and_then(|field| field.normalise(value).ok());
    normal.map_or_else(|| value.clone(), Cow::into_owned)
}

fn moment(stream: StreamCode, entry: &Entry) -> Moment {
    Moment { at: entry.at, dot: Dot { stream, seq: entry.seq }, user: entry.user, package: entry.package }
}

fn earliest(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
    a.into_iter().chain(b).min_by_key(|moment| moment.dot)
}

fn raise(seen: &mut Seen, stream: StreamCode, seq: u64) {
    let known = seen.entry(stream).or_insert(0);
    *known = (*known).max(seq);
}
