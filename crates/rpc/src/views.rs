//! Records in the shapes that pages show: the same on a laptop and on a server.

use std::collections::BTreeMap;

use tsela_core::{
    custody::{Urgency, is_at_lab},
    entry::{Op, VOID, Value},
    findings::Finding,
    fold::RecordState,
    ids::{DeviceId, RecordId, UserId},
    model::{self, Values},
    package::StudyPackage,
    problem::Severity,
    rules,
    time::Timestamp,
};
use tsela_store::Connection;
use tsela_store::{
    Result,
    custody::Reader,
    history, labels,
    records::{self, Filter, Record, Status},
    tube_outcomes,
};

use crate::schema::{
    client::TubeRow,
    common::{
        FieldChange, FindingView, HistoryLine, RecordDetail, RecordPage, RecordRef, RecordRow, RecordStatus, WithDriver,
    },
};

/// Names of people and devices by their ids; an id that is not known is shown itself.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// People.
    pub users: BTreeMap<UserId, String>,
    /// Devices.
    pub devices: BTreeMap<DeviceId, String>,
}

impl Names {
    /// Returns a person's name.
    pub fn user(&self, id: UserId) -> String {
        self.users.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// Returns a device's name.
    pub fn device(&self, id: DeviceId) -> String {
        self.devices.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

impl From<Status> for RecordStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Ready => Self::Ready,
            Status::WithDriver => Self::WithDriver,
            Status::Received => Self::Received,
            Status::Attention => Self::Attention,
        }
    }
}

/// Returns a short description of a record: a name, or a code that the pages say in the person's language
/// (`recordLabel` in `ui/src/state/forms.ts`).
pub fn label(state: &RecordState) -> String {
    let text = |field: &str| state.text(field).unwrap_or_default().to_owned();
    match state.model.as_str() {
        "household" => [text("community"), text("section"), text("plot")].join(" ").trim().to_owned(),
        "household_member" => format!("{} ({})", text("first_name"), text("initials")),
        "participant" => format!("{} {}", text("first_name"), text("last_name")),
        "household_visit" => text("outcome"),
        "eligibility" => match state.yes_no("eligible") {
            Some(true) => "eligible".to_owned(),
            Some(false) => "not eligible".to_owned(),
            None => String::new(),
        },
        "consent" => text("consent_version"),
        "visit" => text("visit_code"),
        "requisition" => text("panel"),
        "specimen" => text("tube_type"),
        "custody_transfer" => text("place"),
        "custody_line" => text("outcome"),
        "custody_signature" => text("name"),
        "attachment" => text("file_name"),
        _ => String::new(),
    }
}

/// Returns a record as a list shows it.
///
/// # Errors
/// Returns what the store said.
pub fn row(conn: &Connection, record: &Record, names: &Names) -> Result<RecordRow> {
    let state = &record.state;
    let mut references = BTreeMap::new();
    for (field, id) in model::find(&state.model).map(|model| model.references(state)).unwrap_or_default() {
        if let Some(target) = records::state(conn, id)? {
            references.insert(field.to_owned(), reference(conn, &target)?);
        }
    }
    Ok(RecordRow {
        id: state.id,
        model: state.model.clone(),
        key: record.key.clone(),
        label: label(state),
        status: record.status.into(),
        fields: state.shown(),
        references,
        conflicts: state.conflicts().into_iter().map(|conflict| conflict.field).collect(),
        findings: record.findings.len(),
        is_void: state.is_void(),
        modified_at: state.modified.at,
        modified_by: names.user(state.modified.user),
    })
}

/// Names a record for a link.
///
/// # Errors
/// Returns what the store said.
pub fn reference(conn: &Connection, state: &RecordState) -> Result<RecordRef> {
    Ok(RecordRef {
        id: state.id,
        model: state.model.clone(),
        key: records::shown_key(conn, state, 3)?,
        label: label(state),
    })
}

/// Returns a page of a list.
///
/// # Errors
/// Returns what the store said.
pub fn page(conn: &Connection, filter: &Filter<'_>, names: &Names) -> Result<RecordPage> {
    let (total, found) = records::list(conn, filter)?;
    let rows = found.iter().map(|record| row(conn, record, names)).collect::<Result<_>>()?;
    Ok(RecordPage { total, rows })
}

/// Returns everything about one record, `None` if it is not here.
///
/// # Errors
/// Returns what the store said.
pub fn detail(conn: &Connection, id: RecordId, names: &Names) -> Result<Option<RecordDetail>> {
    let Some(record) = records::get(conn, id)? else { return Ok(None) };
    let children = Filter { parent: Some(id), with_void: true, limit: 1000, ..Filter::default() };
    let findings = record.findings.iter().map(|found| finding(conn, &record.state, found)).collect::<Result<_>>()?;
    Ok(Some(RecordDetail {
        row: row(conn, &record, names)?,
        conflicts: record.state.conflicts(),
        findings,
        children: page(conn, &children, names)?.rows,
        void_reason: void_reason(conn, &record.state)?,
        driver: records::holder(conn, &record.state)?.map(|held| WithDriver { name: held.name, at: held.at }),
    }))
}

fn void_reason(conn: &Connection, state: &RecordState) -> Result<Option<String>> {
    if !state.is_void() {
        return Ok(None);
    }
    let voids = |entry: &tsela_core::entry::Entry| entry.set.get(VOID) == Some(&Value::Bool(true));
    let lines = history::of(conn, state.id)?;
    Ok(lines.into_iter().rev().find(|line| voids(&line.entry)).and_then(|line| line.entry.reason))
}

/// Returns a finding in words.
///
/// # Errors
/// Returns what the store said.
pub fn finding(conn: &Connection, state: &RecordState, found: &Finding) -> Result<FindingView> {
    let mut related = Vec::new();
    for id in &found.related {
        if let Some(other) = records::state(conn, *id)? {
            related.push(reference(conn, &other)?);
        }
    }
    let label = model::find(&state.model).and_then(|model| model.field(&found.field)).map(|field| field.label);
    let mut params = found.params.clone();
    params.insert("field".to_owned(), label.unwrap_or(&found.field).to_owned());
    Ok(FindingView {
        record: found.record,
        code: found.code.clone(),
        severity: if found.severity == Severity::Error { "error" } else { "warning" }.to_owned(),
        field: Some(found.field.clone()).filter(|field| !field.is_empty()),
        message: rules::message(&found.code, &params),
        params,
        related,
    })
}

/// Returns a record's history, oldest first.
///
/// # Errors
/// Returns what the store said.
pub fn history(conn: &Connection, id: RecordId, names: &Names) -> Result<Vec<HistoryLine>> {
    let line = |line: history::Line| {
        let entry = line.entry;
        let old = |field: &String| entry.was.get(field).cloned().unwrap_or(Value::Null);
        let changes = entry.set.iter().map(|(field, new)| FieldChange {
            field: field.clone(),
            old: if entry.op == Op::Insert { Value::Null } else { old(field) },
            new: new.clone(),
        });
        HistoryLine {
            dot: line.dot,
            op: entry.op,
            at: entry.at,
            tz: entry.tz.clone(),
            user: entry.user,
            user_name: names.user(entry.user),
            device: names.device(line.device),
            app: entry.app.clone(),
            changes: changes.collect(),
            reason: entry.reason.clone(),
            source: entry.source.clone(),
            received: line.received,
        }
    };
    Ok(history::of(conn, id)?.into_iter().map(line).collect())
}

/// Returns a specimen with its clock and where it is.
///
/// # Errors
/// Returns what the store said.
pub fn tube(
    conn: &Connection,
    custody: &Reader<'_>,
    record: &Record,
    names: &Names,
    package: &StudyPackage,
    now: Timestamp,
) -> Result<TubeRow> {
    let state = &record.state;
    let requisition = state.reference("requisition").map(|id| records::state(conn, id)).transpose()?.flatten();
    let person = requisition.as_ref().and_then(|requisition| requisition.reference("participant"));
    let participant = person.map(|id| records::state(conn, id)).transpose()?.flatten();
    let panel = requisition.as_ref().and_then(|requisition| package.panel(requisition.text("panel")?));
    let hours = panel.map_or(2, |panel| u32::from(panel.hours_to_lab));
    let standing = custody.of_specimen(state)?;
    // The clock runs until the laboratory has the tube.
    let until = standing.at.filter(|_| is_at_lab(standing.state)).unwrap_or(now);
    let age_seconds = state.instant("collected_at").map_or(0, |at| until.millis_since(at) / 1000);
    let text = |field: &str| state.text(field).unwrap_or_default().to_owned();
    Ok(TubeRow {
        specimen: row(conn, record, names)?,
        identifier: text("specimen_identifier"),
        participant: participant.map(|person| shown_person(&person)).unwrap_or_default(),
        panel: panel.map(|panel| panel.abbreviation.clone()).unwrap_or_default(),
        tube_type: text("tube_type"),
        age_seconds,
        hours_to_lab: hours,
        urgency: Urgency::of(age_seconds, hours),
        custody: standing.state.as_str().to_owned(),
        discrepancy: standing.discrepancy.clone(),
        custody_at: standing.at,
        is_news: state
            .text("specimen_identifier")
            .map(|code| tube_outcomes::of(conn, code))
            .transpose()?
            .flatten()
            .is_some_and(|told| told.is_news()),
        bag: standing
            .bag
            .map(|id| records::state(conn, id))
            .transpose()?
            .flatten()
            .map(|bag| reference(conn, &bag))
            .transpose()?,
        prints: labels::prints(conn, state.id)?,
    })
}

/// Returns how long a tube may still take to the laboratory, seconds; negative if it is late.
pub fn seconds_left(tube: &TubeRow) -> i64 {
    i64::from(tube.hours_to_lab) * 3600 - tube.age_seconds
}

fn shown_person(person: &RecordState) -> String {
    let text = |field: &str| person.text(field).unwrap_or_default();
    format!("{} {}", text("subject_identifier"), text("initials")).trim().to_owned()
}
