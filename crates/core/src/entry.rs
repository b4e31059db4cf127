//! One line of a stream: what was done to one record, by whom, and what its author had seen of it.
//!
//! An entry is JSON text, written once and from then on hashed, stored and sent as those very bytes. There is no
//! canonical form: two spellings of the same content are two entries. Duplicate keys are refused, as two readers could
//! otherwise take two meanings from the same signed bytes; unknown keys are refused too, so that an older reader holds
//! an entry of a newer writer instead of folding half of it.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor},
};
use ts_rs::TS;

use crate::{
    ids::{Dot, RecordId, SaveId, StreamCode, UserId},
    time::Timestamp,
};

/// A field's value: text, whole number, yes/no or nothing. Decimals, dates and times travel as text.
pub type Value = serde_json::Value;

/// Values by field name.
pub type Fields = BTreeMap<String, Value>;

/// What an author had seen: for each stream, its last entry known to the author.
pub type Seen = BTreeMap<StreamCode, u64>;

/// The largest save, and so the largest entry, in bytes.
pub const MAX_SAVE_BYTES: usize = 256 * 1024;

/// The field that says a record is void.
pub const VOID: &str = "_void";

/// The field that names the record into which this one was merged.
pub const MERGED_INTO: &str = "_merged_into";

/// The model name of events (sign-in, print, export, push …), which are entries but not records.
pub const EVENT: &str = "event";

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Brings a record into being.
    Insert,
    /// Changes fields; void, restore, merge and unmerge are updates of the reserved fields.
    Update,
    /// Settles a conflict by naming the dots it closes.
    Resolve,
    /// Says that something was done (sign-in, print, export, push, hand-over …); touches no record.
    Event,
}

/// One entry of a stream. The stream's code is not in it: the chain binds the bytes to their stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Number in the stream, dense from 1.
    pub seq: u64,
    /// The press of Save this entry belongs to.
    pub save: SaveId,
    /// Whether it is the save's last entry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
    /// When it was saved, by the device's clock.
    pub at: Timestamp,
    /// The device's zone as an offset, `+02:00`.
    pub tz: String,
    /// Who saved it.
    pub user: UserId,
    /// The program and version that wrote it, `tsela/0.1.0`.
    pub app: String,
    /// The version of the study package in force.
    pub package: u32,
    /// What it does.
    pub op: Op,
    /// The record's model, or [`EVENT`].
    pub model: String,
    /// The model's version.
    pub version: u32,
    /// The record.
    pub record: RecordId,
    /// What the author had seen of this record from other streams. Its own stream's earlier entries are always seen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_keys")]
    pub seen: Seen,
    /// The new values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_keys")]
    pub set: Fields,
    /// The values before, for the reader of the audit trail; the fold does not use them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_keys")]
    pub was: Fields,
    /// The dots that a resolve settles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settles: Vec<Dot>,
    /// Why it was changed; every change after finalising has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it came from if not from the person in front of the form, such as `paper`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Why bytes are not an entry this version can read.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Longer than [`MAX_SAVE_BYTES`].
    #[error("the entry has {0} bytes, more than the {MAX_SAVE_BYTES} that a save may have")]
    TooLong(usize),
    /// Not the JSON of an entry: malformed, duplicate or unknown keys.
    #[error("the entry cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// A value that is neither text, whole number, yes/no nor empty.
    #[error("field {0:?} holds a list, an object or a fraction; decimals are written as text")]
    NotAScalar(String),
    /// Sequence numbers start at 1.
    #[error("the entry is numbered 0; numbers start at 1")]
    NumberedZero,
}

impl Entry {
    /// Reads an entry from its bytes.
    ///
    /// # Errors
    /// [`EntryError`] if the bytes are too long, malformed, of a newer form, or hold values that are not scalars.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > MAX_SAVE_BYTES {
            return Err(EntryError::TooLong(bytes.len()));
        }
        let entry: Self = serde_json::from_slice(bytes)?;
        if entry.seq == 0 {
            return Err(EntryError::NumberedZero);
        }
        match entry.set.iter().chain(&entry.was).find(|(_, value)| !is_scalar(value)) {
            Some((field, _)) => Err(EntryError::NotAScalar(field.clone())),
            None => Ok(entry),
        }
    }

    /// Writes the entry's bytes. Done once, by its author.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an entry has text keys only and no value that JSON lacks")
    }

    /// Says whether the entry touches a record, which events do not.
    pub fn touches_record(&self) -> bool {
        self.op != Op::Event
    }

    /// Says whether the author of this entry had seen `dot`, given the stream the entry is in.
    pub fn had_seen(&self, stream: StreamCode, dot: Dot) -> bool {
        (dot.stream == stream && dot.seq < self.seq) || self.seen.get(&dot.stream).is_some_and(|&n| dot.seq <= n)
    }
}

/// Says whether a value is text, a whole number, yes/no or empty.
pub fn is_scalar(value: &Value) -> bool {
    match value {
        Value::Number(n) => n.is_i64(),
        Value::Array(_) | Value::Object(_) => false,
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Reads a map and refuses a key that occurs twice.
fn unique_keys<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Debug,
    V: Deserialize<'de>,
{
    struct Unique<K, V>(std::marker::PhantomData<(K, V)>);

    impl<'de, K: Deserialize<'de> + Ord + fmt::Debug, V: Deserialize<'de>> Visitor<'de> for Unique<K, V> {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object without duplicate keys")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut entries: Vec<(K, V)> = Vec::with_capacity(access.size_hint().unwrap_or(0).min(64));
            while let Some(entry) = access.next_entry()? {
                entries.push(entry);
            }
            // As written they are in order, and a map made of them at once is made quickly.
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            match entries.iter().zip(entries.iter().skip(1)).find(|((a, _), (b, _))| a == b) {
                Some(((key, _), _)) => Err(serde::de::Error::custom(format_args!("duplicate key {key:?}"))),
                None => Ok(entries.into_iter().collect()),
            }
        }
    }

    deserializer.deserialize_map(Unique(std::marker::PhantomData))
}

#[cfg(test)]
mod tests;
