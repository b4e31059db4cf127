//! What a server must come to, as simply as it can be said: a list of entries for each stream, the first to come counts, and
//! a record is what all that counts says of it.
//!
//! It shares nothing with the server but the fold of one entry into one record, which is what both are compared by.

use std::collections::{BTreeMap, BTreeSet};

use tsela_core::{
    bundle::journal::Run,
    entry::Entry,
    fold::RecordState,
    ids::{RecordId, StreamCode},
};

use super::dice::Dice;

/// One stream.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// Its entries that were accepted, in order.
    pub entries: Vec<Vec<u8>>,
    /// From where on somebody has said something else.
    pub forked_at: Option<u64>,
}

/// What a server holds.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Every stream.
    pub streams: BTreeMap<StreamCode, Stream>,
    /// What was kept apart of forks: stream, number, bytes.
    pub apart: BTreeSet<(StreamCode, u64, Vec<u8>)>,
}

impl Model {
    /// Takes in a run that was received.
    pub fn take(&mut self, run: &Run) {
        let stream = self.streams.entry(run.stream).or_default();
        let numbered = (run.first_seq..).zip(&run.entries);
        let has = stream.entries.len() as u64;
        if run.first_seq > has + 1 && stream.forked_at.is_none() {
            return;
        }
        let index = |seq: u64| usize::try_from(seq - 1).expect("a stream's entry has a place in memory");
        let differs = |(seq, bytes): (u64, &Vec<u8>)| {
            stream.entries.get(index(seq)).is_some_and(|known| known != bytes).then_some(seq)
        };
        let beyond = run.last_seq() > has;
        let fork = numbered.clone().find_map(differs).or(stream.forked_at.filter(|_| beyond));
        match fork {
            Some(fork) => {
                stream.forked_at = Some(stream.forked_at.map_or(fork, |known| known.min(fork)));
                let said = numbered.filter(|(seq, _)| *seq >= fork);
                self.apart.extend(said.map(|(seq, bytes)| (run.stream, seq, bytes.clone())));
            }
            None => stream.entries.extend(numbered.filter(|(seq, _)| *seq > has).map(|(_, bytes)| bytes.clone())),
        }
    }

    /// Folds every accepted entry, in an order that the dice choose: the outcome must not depend on it.
    pub fn records(&self, dice: &mut Dice) -> BTreeMap<RecordId, RecordState> {
        let mut entries: Vec<(StreamCode, Entry)> = Vec::new();
        for (code, stream) in &self.streams {
            let read = stream.entries.iter().map(|bytes| Entry::parse(bytes).expect("what was accepted can be read"));
            entries.extend(read.filter(Entry::touches_record).map(|entry| (*code, entry)));
        }
        dice.shuffle(&mut entries);
        let mut records: BTreeMap<RecordId, RecordState> = BTreeMap::new();
        for (code, entry) in entries {
            match records.get_mut(&entry.record) {
                Some(state) => state.apply(code, &entry),
                None => drop(records.insert(entry.record, RecordState::begin(code, entry))),
            }
        }
        records
    }
}
