//! Lines of a file of saves, as `tsela enter` reads them: one JSON object a line, in the order in which a research
//! assistant would save them.
//!
//! `ref` names a record within the file and `@name` stands for its id afterwards; a plain id or natural key works in its
//! place. A line that carries an `id` may be entered again: for a new record it is the record's id, for a change the
//! save's.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Deserialize;
use tsela_core::{
    entry::{Fields, Value},
    ids::{RecordId, SaveId},
    model::{self, FieldKind},
};
use uuid::Uuid;

use crate::{
    StoreError,
    journal::{Change, ChangeOp},
    records,
};

/// One line as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    op: Op,
    model: String,
    #[serde(default, rename = "ref")]
    name: Option<String>,
    #[serde(default)]
    id: Option<Uuid>,
    #[serde(default)]
    record: Option<String>,
    #[serde(default)]
    set: Fields,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    source: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    #[default]
    Insert,
    Update,
    Void,
    Restore,
    Resolve,
}

/// A line ready to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The save's id.
    pub save: SaveId,
    /// The change.
    pub change: Change,
    /// The name by which later lines call the record.
    pub name: Option<String>,
}

/// Why a line cannot be entered.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Not the JSON of a line.
    #[error("this is not a line of a file of saves: {0}")]
    Malformed(#[from] serde_json::Error),
    /// No earlier line has that name, and no record that id or key.
    #[error("{field} names {name:?}, and neither an earlier line nor a record here has that name, id or key")]
    Unknown {
        /// The field, or `record`.
        field: String,
        /// The name as written.
        name: String,
    },
    /// A change must say which record it changes.
    #[error("a change needs `record`: the record's id, its key, or @name of an earlier line")]
    NoRecord,
    /// The store said something.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The names that earlier lines of a file have given.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, RecordId>);

impl Names {
    /// Remembers the name of a record, once it is saved.
    pub fn remember(&mut self, entered: &Entered) {
        if let Some(name) = &entered.name {
            self.0.insert(name.clone(), entered.change.record);
        }
    }

    /// Reads a line. `fresh` makes a UUIDv7.
    ///
    /// # Errors
    /// [`LineError`], which says what to look at.
    pub fn read(&self, text: &str, conn: &Connection, mut fresh: impl FnMut() -> Uuid) -> Result<Entered, LineError> {
        let line: Line = serde_json::from_str(text)?;
        let (op, record, save) = match line.op {
            Op::Insert => (ChangeOp::Insert, RecordId(line.id.unwrap_or_else(&mut fresh)), SaveId(fresh())),
            other => {
                let named = line.record.as_deref().ok_or(LineError::NoRecord)?;
                (change_op(other), self.resolve(conn, "record", named)?, SaveId(line.id.unwrap_or_else(&mut fresh)))
            }
        };
        let mut set = line.set;
        for (field, value) in &mut set {
            if is_reference(&line.model, field)
                && let Some(named) = value.as_str().filter(|named| !named.is_empty())
            {
                *value = Value::String(self.resolve(conn, field, named)?.to_string());
            }
        }
        let change = Change { op, model: line.model, record, set, reason: line.reason, source: line.source };
        Ok(Entered { save, change, name: line.name })
    }

    fn resolve(&self, conn: &Connection, field: &str, named: &str) -> Result<RecordId, LineError> {
        let unknown = || LineError::Unknown { field: field.to_owned(), name: named.to_owned() };
        if let Some(name) = named.strip_prefix('@') {
            return self.0.get(name).copied().ok_or_else(unknown);
        }
        if let Ok(id) = named.parse() {
            return Ok(id);
        }
        records::find(conn, named)?.ok_or_else(unknown)
    }
}

fn change_op(op: Op) -> ChangeOp {
    match op {
        Op::Insert => ChangeOp::Insert,
        Op::Update => ChangeOp::Update,
        Op::Void => ChangeOp::Void,
        Op::Restore => ChangeOp::Restore,
        Op::Resolve => ChangeOp::Resolve,
    }
}

fn is_reference(model: &str, field: &str) -> bool {
    let field = model::find(model).and_then(|model| model.field(field));
    field.is_some_and(|field| matches!(field.kind, FieldKind::Reference(_)))
}
