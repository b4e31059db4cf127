//! Digests: one hash per model over the folds of its records, and one over all.
//!
//! A record's line is its id and BLAKE3 of its state's bytes; a model's hash is BLAKE3("tsela/digest/1" ‖ model ‖ its
//! lines in the order of the ids); the total is the same over all records, under the empty name. Equal hashes mean equal
//! records, conflicts and histories of what was seen.

use std::collections::BTreeMap;

use crate::{fold::RecordState, ids::RecordId};

/// How many records and their hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestLine {
    /// How many records.
    pub count: u64,
    /// The hash over them.
    pub hash: [u8; 32],
}

/// The digests of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// One line for each model that has records.
    pub models: BTreeMap<String, DigestLine>,
    /// Over all records.
    pub total: DigestLine,
}

impl DigestLine {
    /// Returns the hash in hexadecimal digits.
    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.hash).to_hex().to_string()
    }
}

/// Computes the digests over records.
pub fn digest<'a>(records: impl IntoIterator<Item = &'a RecordState>) -> Digest {
    let mut by_model: BTreeMap<String, BTreeMap<RecordId, [u8; 32]>> = BTreeMap::new();
    let mut all = BTreeMap::new();
    for record in records {
        let hash = *blake3::hash(&record.to_bytes()).as_bytes();
        by_model.entry(record.model.clone()).or_default().insert(record.id, hash);
        all.insert(record.id, hash);
    }
    let models = by_model.iter().map(|(model, lines)| (model.clone(), line(model, lines))).collect();
    Digest { models, total: line("", &all) }
}

fn line(name: &str, records: &BTreeMap<RecordId, [u8; 32]>) -> DigestLine {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"tsela/digest/1").update(name.as_bytes());
    for (id, hash) in records {
        hasher.update(id.0.as_bytes()).update(hash);
    }
    DigestLine { count: records.len() as u64, hash: *hasher.finalize().as_bytes() }
}
