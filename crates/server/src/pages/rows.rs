//! Records as the pages show them.

use std::{collections::BTreeMap, sync::OnceLock};

use rusqlite::Connection;
use tsela_core::{
    findings::Finding,
    fold::RecordState,
    ids::RecordId,
    model::{self, FieldKind},
    package::{PanelDefinition, StudyPackage},
    problem::Severity,
    rules,
};
use tsela_rpc::schema::{
    common::{FieldChange, FindingView, HistoryLine, RecordRef, RecordRow, RecordStatus},
    forms::{Forms, PanelView},
};
use tsela_store::{
    history::Line,
    records::{self, Record, Status},
};

use crate::{error::Result, server::Server};

/// How deep a key is written out: a specimen's names its requisition's, that names a participant's, a household's.
const DEPTH: u8 = 4;

impl Server {
    pub(super) fn row(&self, conn: &Connection, record: &Record) -> Result<RecordRow> {
        let state = &record.state;
        Ok(RecordRow {
            id: state.id,
            model: state.model.clone(),
            key: record.key.clone(),
            label: label(state),
            status: status(record),
            fields: state.shown(),
            references: references(conn, state)?,
            conflicts: state.conflicts().into_iter().map(|conflict| conflict.field).collect(),
            findings: record.findings.len(),
            is_void: state.is_void(),
            modified_at: state.modified.at,
            modified_by: self.person_name(conn, state.modified.user)?,
        })
    }

    pub(super) fn history_line(&self, conn: &Connection, line: Line) -> Result<HistoryLine> {
        let entry = line.entry;
        let changes = entry.set.iter().map(|(field, new)| FieldChange {
            field: field.clone(),
            old: entry.was.get(field).cloned().unwrap_or_default(),
            new: new.clone(),
        });
        Ok(HistoryLine {
            dot: line.dot,
            op: entry.op,
            at: entry.at,
            tz: entry.tz.clone(),
            user: entry.user,
            user_name: self.person_name(conn, entry.user)?,
            device: self.device_name(conn, line.device)?,
            app: entry.app.clone(),
            changes: changes.collect(),
            reason: entry.reason.clone(),
            source: entry.source.clone(),
            received: true,
        })
    }
}

/// On a server everything has arrived; only what waits for a person stands out.
fn status(record: &Record) -> RecordStatus {
    if record.status == Status::Attention { RecordStatus::Attention } else { RecordStatus::Received }
}

pub(super) fn reference(conn: &Connection, id: RecordId) -> Result<Option<RecordRef>> {
    let Some(state) = records::state(conn, id)? else { return Ok(None) };
    let key = records::shown_key(conn, &state, DEPTH)?;
    Ok(Some(RecordRef { id, model: state.model.clone(), key, label: label(&state) }))
}

fn references(conn: &Connection, state: &RecordState) -> Result<BTreeMap<String, RecordRef>> {
    let mut named = BTreeMap::new();
    let Some(model) = model::find(&state.model) else { return Ok(named) };
    for field in model.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(_))) {
        let id = state.text(field.name).and_then(|id| id.parse().ok());
        if let Some(target) = id.map(|id| reference(conn, id)).transpose()?.flatten() {
            named.insert(field.name.to_owned(), target);
        }
    }
    Ok(named)
}

/// Describes the study's forms for the names of fields and choices.
pub(super) fn forms(package: &StudyPackage) -> Forms {
    let panel = |panel: &PanelDefinition| PanelView {
        code: panel.code.clone(),
        name: panel.labels.get("en").cloned().unwrap_or_else(|| panel.code.clone()),
        abbreviation: panel.abbreviation.clone(),
        item_type: panel.item_type.clone(),
        tube_type: panel.tube_type.clone(),
        colour: panel.colour.clone(),
        item_count: u32::from(panel.item_count),
        volume_min: panel.volume_ml.low.to_string(),
        volume_max: panel.volume_ml.high.to_string(),
        hours_to_lab: u32::from(panel.hours_to_lab),
    };
    Forms { models: model::describe(package), panels: package.panels.iter().map(panel).collect() }
}

/// Returns a person's name, or what else tells a record from its neighbours.
fn label(state: &RecordState) -> String {
    let fields: &[&str] = match state.model.as_str() {
        "participant" => &["first_name", "last_name"],
        "household_member" => &["first_name", "initials"],
        "household" => &["community", "section", "plot"],
        "requisition" | "specimen" => &["panel", "tube_type"],
        "visit" => &["visit_code"],
        _ => &[],
    };
    fields.iter().filter_map(|field| state.text(field)).collect::<Vec<_>>().join(" ")
}

pub(super) fn finding(conn: &Connection, finding: &Finding) -> Result<FindingView> {
    let related = finding.related.iter().map(|id| reference(conn, *id)).collect::<Result<Vec<_>>>()?;
    let mut params = finding.params.clone();
    let field = (!finding.field.is_empty()).then(|| finding.field.clone());
    if let Some(name) = &field {
        params.entry("field".to_owned()).or_insert_with(|| name.clone());
    }
    Ok(FindingView {
        record: finding.record,
        code: finding.code.clone(),
        severity: severity(finding.severity).to_owned(),
        field,
        message: sentence(conn, finding)?,
        params,
        related: related.into_iter().flatten().collect(),
    })
}

/// Writes a finding out in English. It holds codes and field names only, so no value of a participant is in it.
fn sentence(conn: &Connection, finding: &Finding) -> Result<String> {
    static SENTENCES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let sentences =
        SENTENCES.get_or_init(|| rules::codes().into_iter().map(|rule| (rule.code, rule.message)).collect());
    let Some(sentence) = sentences.get(&finding.code) else { return Ok(finding.code.clone()) };
    let model = records::state(conn, finding.record)?.and_then(|state| model::find(&state.model));
    let label = model.and_then(|model| model.field(&finding.field)).map_or(finding.field.as_str(), |field| field.label);
    let filled = finding.params.iter().fold(sentence.replace("{field}", label), |sentence, (place, value)| {
        sentence.replace(&format!("{{{place}}}"), value)
    });
    Ok(without_places(&filled))
}

/// Leaves a dot row in places that a finding does not fill, as it holds no values.
fn without_places(sentence: &str) -> String {
    let mut parts = sentence.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push('…');
        out.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    out
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
