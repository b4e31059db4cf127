//! `tsela list`: the records of a model, and the drafts for it.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Map, Value, json};
use tsela_core::{
    findings::Finding,
    fold::Conflict,
    ids::UserId,
    model::{self, Model},
    rules,
};
use tsela_store::{
    Connection,
    draft::{self, Draft},
    records::{self, Filter, Record, Status},
};

use crate::{
    args::Dir,
    exit::{DATA, Exit},
    output::{Out, plain},
    place::{Reading, Role},
};

/// How many records are read at a time.
const PAGE: usize = 1_000;

/// Arguments.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The model; see `tsela models --sync`.
    #[arg(value_name = "MODEL")]
    model: String,
    #[command(flatten)]
    dir: Dir,
    /// Print one JSON object a line: id, key, state, fields, conflicts, findings.
    #[arg(long)]
    json: bool,
    /// Leave out records that were voided; they are marked otherwise.
    #[arg(long)]
    no_void: bool,
}

/// Prints one line for each record, newest first, after the reader's own drafts.
///
/// # Errors
/// Exit code 65 if there is no such model.
pub fn run(args: &ListArgs) -> anyhow::Result<()> {
    let model = travelling(&args.model)?;
    let reading = Reading::open(&args.dir)?;
    let sentences = sentences();
    let mut out = Out::new();
    reading.read(|conn| {
        for draft in drafts(conn, model, reading.user)? {
            print(&mut out, args.json, &draft_line(&draft))?;
        }
        let mut filter = Filter { model: Some(model.name), with_void: !args.no_void, limit: PAGE, ..Filter::default() };
        loop {
            let (_, page) = records::list(conn, &filter)?;
            for record in &page {
                print(&mut out, args.json, &record_line(record, reading.role, model, &sentences))?;
            }
            if page.len() < PAGE {
                return out.flush();
            }
            filter.offset += PAGE;
        }
    })
}

fn travelling(name: &str) -> anyhow::Result<&'static Model> {
    if let Some(model) = model::find(name).filter(|model| model.syncs) {
        return Ok(model);
    }
    let names: Vec<&str> = model::all().iter().filter(|model| model.syncs).map(|model| model.name).collect();
    Err(Exit::new(DATA, format!("there are no records of a model {name:?}: it is one of {}", names.join(", "))).into())
}

fn drafts(conn: &Connection, model: &Model, user: Option<UserId>) -> anyhow::Result<Vec<Draft>> {
    let Some(user) = user else { return Ok(Vec::new()) };
    Ok(draft::list(conn, user)?.into_iter().filter(|draft| draft.model == model.name).collect())
}

fn print(out: &mut Out, json: bool, line: &Value) -> anyhow::Result<()> {
    if json {
        return out.json(line);
    }
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let fields = line.get("fields").and_then(Value::as_object);
    let fields: Vec<String> =
        fields.into_iter().flatten().map(|(name, value)| format!("{name}={}", shown(value))).collect();
    let void = if line.get("void").is_some() { " (void)" } else { "" };
    out.line(&plain(&format!("{:<11} {}{void}  {}", text("state"), text("key"), fields.join(" "))))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A draft's content is the page's own; its values are shown as far as they are found.
fn draft_line(draft: &Draft) -> Value {
    let form: Value = serde_json::from_str(&draft.form).unwrap_or(Value::Null);
    let content = form.get("content").and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
    let content: Value = content.unwrap_or(Value::Null);
    let values = ["/form/values", "/values"].into_iter().find_map(|at| content.pointer(at));
    let fields = values.filter(|value| value.is_object());
    json!({
        "id": draft.id,
        "key": form.get("label").and_then(Value::as_str).unwrap_or_default(),
        "state": "draft",
        "fields": fields.cloned().unwrap_or_else(|| json!({})),
        "conflicts": [],
        "findings": [],
        "record": draft.record,
        "updated_at": draft.updated_at,
    })
}

fn record_line(record: &Record, role: Role, model: &Model, sentences: &Sentences) -> Value {
    let mut line = Map::new();
    line.insert("id".to_owned(), json!(record.state.id));
    line.insert("key".to_owned(), json!(record.key));
    line.insert("state".to_owned(), json!(state(record.status, role)));
    line.insert("fields".to_owned(), json!(fields(record)));
    line.insert("conflicts".to_owned(), record.state.conflicts().iter().map(conflict).collect());
    line.insert(
        "findings".to_owned(),
        record.findings.iter().map(|finding| worded(finding, model, sentences)).collect(),
    );
    if record.state.is_void() {
        line.insert("void".to_owned(), json!(true));
    }
    Value::Object(line)
}

/// A server has received whatever it holds; what it wrote itself goes down, not up.
fn state(status: Status, role: Role) -> Status {
    if role == Role::Server && status != Status::Attention { Status::Received } else { status }
}

fn fields(record: &Record) -> BTreeMap<String, Value> {
    record.state.shown().into_iter().filter(|(name, _)| !name.starts_with('_')).collect()
}

fn conflict(conflict: &Conflict) -> Value {
    let values: Vec<&Value> = conflict.candidates.iter().map(|candidate| &candidate.value).collect();
    json!({ "field": conflict.field, "values": values, "candidates": conflict.candidates })
}

/// The sentence of each rule by code.
type Sentences = BTreeMap<String, String>;

fn sentences() -> Sentences {
    rules::codes().into_iter().map(|rule| (rule.code, rule.message)).collect()
}

fn worded(finding: &Finding, model: &Model, sentences: &Sentences) -> Value {
    let label = model.field(&finding.field).map_or(finding.field.as_str(), |field| field.label);
    let mut message = sentences.get(&finding.code).cloned().unwrap_or_else(|| finding.code.clone());
    message = message.replace("{field}", label);
    for (place, value) in &finding.params {
        message = message.replace(&format!("{{{place}}}"), value);
    }
    json!({
        "code": finding.code,
        "field": finding.field,
        "severity": finding.severity,
        "message": without_places(&message),
        "related": finding.related,
    })
}

/// A finding holds no values of participants, so some places of its sentence stay open.
fn without_places(message: &str) -> String {
    let mut parts = message.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push('…');
        text.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_places_of_a_sentence_are_shown_as_such() {
        assert_eq!(without_places("from {low} to {high} mL."), "from … to … mL.");
        assert_eq!(without_places("nothing open"), "nothing open");
    }

    #[test]
    fn a_server_has_received_what_it_holds() {
        assert_eq!(state(Status::Ready, Role::Server), Status::Received);
        assert_eq!(state(Status::Ready, Role::Laptop), Status::Ready);
        assert_eq!(state(Status::Attention, Role::Server), Status::Attention);
    }

    #[test]
    fn reference_data_cannot_be_listed() {
        assert!(travelling("participant").is_ok());
        assert!(travelling("panel").is_err() && travelling("Participant").is_err());
    }
}
