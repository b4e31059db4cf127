//! What is signed under a hand-over: its fields and its lines, as one hash.
//!
//! The layout is signed, so it is frozen by a snapshot: `{"transfer": {field: value}, "lines": [{field: value}, …]}` as
//! JSON without blanks, fields in the order of their names, empty ones left out, lines in the order of their tubes and
//! then of their ids, hashed by BLAKE3 with the context `tsela/custody/1`. The hand-over's comments are part of it.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::{
    entry::Value,
    fold::RecordState,
    ids::RecordId,
    model::{self, Values as _},
    world::World,
};

const CONTEXT: &str = "tsela/custody/1";

/// The hash of what is signed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// Hashes what a hand-over says.
    pub fn of(content: &[u8]) -> Self {
        Self(blake3::derive_key(CONTEXT, content))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Serialize)]
struct Content<'a> {
    transfer: BTreeMap<&'static str, &'a Value>,
    lines: Vec<BTreeMap<&'static str, &'a Value>>,
}

/// Returns the hash of what a hand-over says now; `None` if it is not here.
pub fn content_hash(transfer: RecordId, world: &dyn World) -> Option<ContentHash> {
    Some(ContentHash::of(&content(transfer, world)?))
}

/// Returns the text that is hashed, for whoever signs without having the records; `None` if the hand-over is not here.
pub fn content_text(transfer: RecordId, world: &dyn World) -> Option<String> {
    String::from_utf8(content(transfer, world)?).ok()
}

pub(super) fn content(transfer: RecordId, world: &dyn World) -> Option<Vec<u8>> {
    let state = world.record(transfer).filter(|state| state.model == "custody_transfer")?;
    let mut lines = super::lines(transfer, world);
    lines.sort_by_cached_key(|line| (line.text("tube").map(str::to_owned), line.id));
    let content = Content { transfer: said(&state), lines: lines.iter().map(|line| said(line)).collect() };
    Some(serde_json::to_vec(&content).expect("names and scalars"))
}

fn said(state: &RecordState) -> BTreeMap<&'static str, &Value> {
    let fields = model::find(&state.model).map(|model| model.fields).unwrap_or_default();
    let named = fields.iter().filter(|field| field.name != "transfer" && state.has(field.name));
    named.filter_map(|field| Some((field.name, state.value(field.name)?))).collect()
}
