//! From a change as typed to the content of an entry: values in stored form, computed fields, identifiers, the rules.

use rusqlite::Connection;
use tsela_core::{
    entry::{Entry, Fields, Op, VOID, Value},
    fold::RecordState,
    identifiers::{self, IdentifierKind},
    ids::{RecordId, SaveId},
    model::{self, FieldKind, Model, Values},
    problem::{Broken, Problem, Rule, Severity},
    rules::{self, CheckInput},
    world::World,
};

use super::{Change, ChangeOp, Content, SaveError, SaveRequest, Warnings, Writer, writing_stream};
use crate::{
    error::{Result, StoreError},
    open::Store,
    projection::Projector,
    streams::{self, Stream},
    world,
};

static UNKNOWN_MODEL: Rule =
    Rule::error("save.unknown_model", "There are no records of this kind. Check the name of the model.");
static EXISTS: Rule = Rule::error(
    "save.exists",
    "This record exists already with other content. Change it instead of entering it again.",
);
static NO_RECORD: Rule =
    Rule::error("save.no_record", "The record to be changed is not on this laptop. Check which record is meant.");
static OTHER_MODEL: Rule =
    Rule::error("save.other_model", "The record to be changed is of another kind. Check which record is meant.");
static NO_REASON: Rule =
    Rule::error("save.no_reason", "A saved record is changed only with a reason. Say why it is changed.");
static IS_VOID: Rule = Rule::error("save.is_void", "The record is void. Restore it before changing it.");
static NOT_VOID: Rule = Rule::error("save.not_void", "The record is not void, so it cannot be restored.");
static IN_CONFLICT: Rule =
    Rule::error("save.in_conflict", "{field} has several values from different people. Choose one of them first.");
static NO_CONFLICT: Rule =
    Rule::error("save.no_conflict", "{field} is not in conflict any more. Look at the record again.");
static PRINTED: Rule = Rule::error(
    "save.printed",
    "{field} was printed and is never changed. Void the record and make a new one if it is wrong.",
);

static NOT_OF_ROLL: Rule = Rule::error(
    "save.not_of_roll",
    "{field}: {code} is not on a roll of labels that this laptop has printed. Scan a label of its roll, or let Tsela make \
     the identifier.",
);
static LABEL_USED: Rule = Rule::error(
    "save.label_used",
    "{field}: the label {code} is on another tube already. Scan the next label of the roll.",
);

/// The rules of saving itself, for translations and documents.
pub static RULES: &[&Rule] = &[
    &UNKNOWN_MODEL,
    &EXISTS,
    &NO_RECORD,
    &OTHER_MODEL,
    &NO_REASON,
    &IS_VOID,
    &NOT_VOID,
    &IN_CONFLICT,
    &NO_CONFLICT,
    &PRINTED,
    &NOT_OF_ROLL,
    &LABEL_USED,
];

/// What became of a change.
pub(super) struct Prepared {
    pub problems: Vec<Problem>,
    /// `None` if it changes nothing.
    pub content: Option<Content>,
}

impl Prepared {
    pub fn is_refused(&self, warnings: Warnings, change: &Change) -> bool {
        let unexplained =
            warnings == Warnings::NeedReason && change.reason.as_deref().is_none_or(|r| r.trim().is_empty());
        self.problems.iter().any(|problem| problem.severity == Severity::Error || unexplained)
    }

    fn nothing() -> Self {
        Self { problems: Vec::new(), content: None }
    }

    fn refused(model: &str, rule: &'static Rule, field: &str) -> Self {
        Self { problems: vec![Broken::at(rule, field).problem(model)], content: None }
    }
}

/// Judges a change and makes the content of its entry. The record as it then stands is the projector's to fold.
pub(super) fn prepare(
    projector: &mut Projector<'_>,
    writer: &mut Writer<'_>,
    request: &SaveRequest<'_>,
    change: &Change,
) -> Result<Prepared> {
    let Some(model) = model::find(&change.model).filter(|model| model.syncs) else {
        return Ok(Prepared::refused(&change.model, &UNKNOWN_MODEL, ""));
    };
    let known = projector.state(change.record)?.cloned();
    let refuse = |rule, field: &str| Ok(Prepared::refused(model.name, rule, field));
    match (change.op, known) {
        (ChangeOp::Insert, Some(known)) => {
            let same = is_repetition(writer.conn, model, &known, &change.set)?;
            if same { Ok(Prepared::nothing()) } else { refuse(&EXISTS, "") }
        }
        (ChangeOp::Insert, None) => insert(projector, writer, request, change, model),
        (_, None) => refuse(&NO_RECORD, ""),
        (_, Some(known)) if known.model != model.name => refuse(&OTHER_MODEL, ""),
        (_, Some(known)) if was_saved(writer.conn, known.id, request.save)? => Ok(Prepared::nothing()),
        _ if change.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) => refuse(&NO_REASON, ""),
        (ChangeOp::Void, Some(known)) if known.is_void() => Ok(Prepared::nothing()),
        (ChangeOp::Restore, Some(known)) if !known.is_void() => refuse(&NOT_VOID, ""),
        (ChangeOp::Void | ChangeOp::Restore, Some(known)) => {
            let world = projector.world();
            let stays = rules::stays(&known, &world);
            world.finish()?;
            if let Some(broken) = stays {
                return Ok(Prepared { problems: vec![broken.problem(model.name)], content: None });
            }
            let void = change.op == ChangeOp::Void;
            let set = [(VOID.to_owned(), Value::Bool(void))].into();
            Ok(Prepared { problems: Vec::new(), content: Some(content(writer, change, &known, Op::Update, set)) })
        }
        (_, Some(known)) if known.is_void() => refuse(&IS_VOID, ""),
        (ChangeOp::Update | ChangeOp::Resolve, Some(known)) => {
            update(projector, writer, request, change, model, &known)
        }
    }
}

fn insert(
    projector: &mut Projector<'_>,
    writer: &mut Writer<'_>,
    request: &SaveRequest<'_>,
    change: &Change,
    model: &'static Model,
) -> Result<Prepared> {
    let mut typed = change.set.clone();
    let label = label_of_roll(writer.conn, model, &typed)?;
    typed.retain(|name, _| !is_printed(model, name));
    let world = projector.world();
    let (mut fields, _) = rules::normalise(model, &typed);
    rules::derive(model, None, &mut fields, request.packages.newest()?, &world);
    let mut problems = judge(request, change, model, &typed, &fields, &world)?;
    let mut set = rules::kept(model, &fields);
    set.retain(|_, value| !is_empty(value));
    let label = match label {
        Some(Err(broken)) => {
            problems.push(broken.problem(model.name));
            None
        }
        Some(Ok(code)) if !world.by_key(model.name, &code).is_empty() => {
            problems.push(Broken::at(&LABEL_USED, model.key_field).with("code", &code).problem(model.name));
            None
        }
        Some(Ok(code)) => Some(code),
        None => None,
    };
    if let Some(code) = label {
        set.insert(model.key_field.to_owned(), code.into());
    } else if problems.iter().all(|problem| problem.severity != Severity::Error)
        && let Some((field, printed)) = identifier(&mut writer.stream, request, model, &fields, &world)?
    {
        set.insert(field.to_owned(), printed.into());
    }
    world.finish()?;
    let content = Content {
        op: Op::Insert,
        model: model.name.to_owned(),
        version: model.version,
        record: change.record,
        set,
        reason: trimmed(change.reason.as_deref()),
        source: change.source.clone(),
        ..Content::default()
    };
    Ok(Prepared { problems, content: Some(content) })
}

fn update(
    projector: &mut Projector<'_>,
    writer: &mut Writer<'_>,
    request: &SaveRequest<'_>,
    change: &Change,
    model: &'static Model,
    known: &RecordState,
) -> Result<Prepared> {
    let resolve = change.op == ChangeOp::Resolve;
    let (mut set, unfit) = rules::normalise(model, &change.set);
    set.retain(|name, value| resolve || differs(known, name, value));
    // Of two identifiers that were printed for one record, a person says which counts; none is made up.
    let may_write =
        |name: &str, value: &Value| !is_printed(model, name) || (resolve && was_printed(known, name, value));
    for (name, value) in &set {
        let rule = match (may_write(name, value), resolve, known.is_in_conflict(name)) {
            (false, ..) => &PRINTED,
            (_, false, true) => &IN_CONFLICT,
            (_, true, false) => &NO_CONFLICT,
            _ => continue,
        };
        return Ok(Prepared::refused(model.name, rule, name));
    }
    let world = projector.world();
    let mut fields = known.shown();
    fields.extend(set.clone());
    rules::derive(model, Some(known.id), &mut fields, request.packages.newest()?, &world);
    let mut typed = fields.clone();
    typed.extend(change.set.clone());
    let mut problems = judge(request, change, model, &typed, &fields, &world)?;
    world.finish()?;
    problems.extend(
        unfit.iter().map(|broken| broken.problem(model.name)).filter(|p| !problems.contains(p)).collect::<Vec<_>>(),
    );
    let changed = |(name, value): &(String, Value)| set.contains_key(name) || differs(known, name, value);
    let mut kept: Fields = rules::kept(model, &fields).into_iter().filter(changed).collect();
    kept.retain(|name, value| resolve == known.is_in_conflict(name) && may_write(name, value));
    if kept.is_empty() {
        return Ok(Prepared { problems, content: None });
    }
    let op = if resolve { Op::Resolve } else { Op::Update };
    Ok(Prepared { problems, content: Some(content(writer, change, known, op, kept)) })
}

/// Makes the content of a change to a record that is there.
fn content(writer: &Writer<'_>, change: &Change, known: &RecordState, op: Op, set: Fields) -> Content {
    let was = set.keys().map(|name| (name.clone(), known.value(name).cloned().unwrap_or(Value::Null))).collect();
    let settles = set.keys().filter(|_| op == Op::Resolve).flat_map(|name| known.dots(name)).collect();
    Content {
        op,
        model: known.model.clone(),
        version: known.version,
        record: known.id,
        seen: known.seen_from(writer.stream.code),
        set,
        was,
        settles,
        reason: trimmed(change.reason.as_deref()),
        source: change.source.clone(),
    }
}

fn judge(
    request: &SaveRequest<'_>,
    change: &Change,
    model: &'static Model,
    typed: &Fields,
    derived: &Fields,
    world: &dyn World,
) -> Result<Vec<Problem>> {
    // What was typed is judged, so that a value that does not fit its field is told; what was derived is put on top.
    let mut fields = typed.clone();
    fields.extend(derived.iter().map(|(name, value)| (name.clone(), value.clone())));
    Ok(rules::check(&CheckInput {
        model,
        record: (change.op != ChangeOp::Insert).then_some(change.record),
        fields: &fields,
        clock: request.at,
        role: Some(&request.author.role),
        reason: change.reason.as_deref(),
        package: request.packages.newest()?,
        world,
    }))
}

/// Makes the printed identifier of a new record with the stream's next number.
fn identifier(
    stream: &mut Stream,
    request: &SaveRequest<'_>,
    model: &Model,
    fields: &Fields,
    world: &dyn World,
) -> Result<Option<(&'static str, String)>> {
    let Some((field, kind)) = printed_field(model) else { return Ok(None) };
    let (code, package) = (stream.code, request.packages.newest()?.package());
    let community = |name: Option<&str>| name.and_then(|name| package.community(name));
    let made = match kind {
        IdentifierKind::Household => {
            let community = community(fields.text("community"));
            identifiers::household(community.map_or("00", |c| c.code.as_str()), code, stream.next_number("household"))
        }
        IdentifierKind::Subject => {
            let household = fields.reference("household").and_then(|id| world.record(id));
            let community = community(household.as_ref().and_then(|household| household.text("community")));
            let site = community.map(|c| c.site.as_str()).or_else(|| package.sites.first().map(|s| s.code.as_str()));
            identifiers::subject(&package.protocol, site.unwrap_or("00"), code, stream.next_number("subject"))
        }
        IdentifierKind::Requisition => identifiers::requisition(code, stream.next_number("requisition")),
        IdentifierKind::Specimen => specimen(stream, fields, world),
        IdentifierKind::Bag => identifiers::bag(code, stream.next_number("bag")),
        IdentifierKind::Transfer => identifiers::transfer(code, stream.next_number("transfer")),
    };
    Ok(Some((field, made.to_string())))
}

/// Makes a tube's identifier from its requisition's number, unless another stream made that or the code was issued
/// before: then it takes a number of its own.
fn specimen(stream: &mut Stream, fields: &Fields, world: &dyn World) -> identifiers::Identifier {
    let code = stream.code;
    let item = fields.integer("item").and_then(|item| u8::try_from(item).ok()).unwrap_or(1);
    let requisition = fields.reference("requisition").and_then(|id| world.record(id));
    let printed = requisition.as_ref().and_then(|requisition| requisition.text("requisition_identifier"));
    let parsed = printed.and_then(|text| identifiers::parse(IdentifierKind::Requisition, text).ok());
    if let Some(parsed) = parsed.filter(|parsed| parsed.stream == code) {
        let candidate = identifiers::specimen(code, parsed.number, item);
        if world.by_key("specimen", &candidate.to_string()).is_empty() {
            return candidate;
        }
    }
    identifiers::specimen(code, stream.next_number("requisition"), item)
}

/// Returns the label of a roll that was scanned for a new specimen, in its printed form; `None` if none was.
fn label_of_roll(
    conn: &Connection,
    model: &Model,
    typed: &Fields,
) -> Result<Option<std::result::Result<String, Broken>>> {
    let Some((field, IdentifierKind::Specimen)) = printed_field(model) else { return Ok(None) };
    let Some(scanned) = typed.text(field) else { return Ok(None) };
    let refuse = |code: &str| Ok(Some(Err(Broken::at(&NOT_OF_ROLL, field).with("code", code))));
    let Ok(label) = identifiers::parse(IdentifierKind::Specimen, scanned) else { return refuse(scanned.trim()) };
    let code = label.to_string();
    match streams::roll_labels(conn, label.stream)? {
        Some(printed) if label.number <= printed => Ok(Some(Ok(code))),
        _ => refuse(&code),
    }
}

fn printed_field(model: &Model) -> Option<(&'static str, IdentifierKind)> {
    model.fields.iter().find_map(|field| match field.kind {
        FieldKind::Identifier(kind) => Some((field.name, kind)),
        _ => None,
    })
}

/// Says whether a value is one of those that are in conflict in a field.
fn was_printed(known: &RecordState, name: &str, value: &Value) -> bool {
    let conflicts = known.conflicts().into_iter().filter(|conflict| conflict.field == name);
    conflicts.flat_map(|conflict| conflict.candidates).any(|candidate| candidate.value == *value)
}

fn is_printed(model: &Model, name: &str) -> bool {
    printed_field(model).is_some_and(|(field, _)| field == name)
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value == ""
}

fn differs(known: &RecordState, name: &str, value: &Value) -> bool {
    match known.value(name) {
        Some(old) => old != value && !(is_empty(old) && is_empty(value)),
        None => !is_empty(value),
    }
}

/// Says whether an insert says again what the record's own insert said, whatever was changed since.
fn is_repetition(conn: &Connection, model: &Model, known: &RecordState, typed: &Fields) -> Result<bool> {
    let (fields, unfit) = rules::normalise(model, typed);
    let kept = rules::kept(model, &fields);
    let inserted = entries_of(conn, known.id)?.into_iter().find(|entry| entry.op == Op::Insert);
    let first = inserted.map_or_else(|| known.shown(), |entry| entry.set);
    let agrees = |(name, value): (&String, &Value)| first.get(name).map_or(is_empty(value), |old| old == value);
    Ok(unfit.is_empty()
        && known.model == model.name
        && kept.iter().filter(|(name, _)| !is_printed(model, name)).all(agrees))
}

/// Says whether this very save has changed the record before.
fn was_saved(conn: &Connection, record: RecordId, save: SaveId) -> Result<bool> {
    Ok(entries_of(conn, record)?.iter().any(|entry| entry.save == save))
}

fn entries_of(conn: &Connection, record: RecordId) -> Result<Vec<Entry>> {
    let mut statement = conn.prepare_cached("SELECT bytes FROM entry WHERE id = ?1")?;
    let mut read = |id: i64| super::parse_stored(&statement.query_row([id], |row| row.get::<_, Vec<u8>>(0))?);
    world::entries_of(conn, record)?.into_iter().map(&mut read).collect()
}

fn trimmed(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What a form would come to if it were saved now.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Problems of the last change.
    pub problems: Vec<Problem>,
    /// The values that would be stored for it.
    pub fields: Fields,
}

/// Judges the last change of a request as a save would, and leaves no trace.
///
/// # Errors
/// Returns what the disk said.
pub fn preview(store: &Store, request: &SaveRequest<'_>) -> Result<Preview> {
    let mut preview = Preview::default();
    let result = store.write(|tx| -> Result<()> {
        let stream = writing_stream(tx)?;
        let version = request.packages.newest()?.package().version;
        let mut projector = Projector::new(tx, request.packages);
        let mut writer = Writer::new(tx, stream, request.save, request.at, request.author, version);
        for change in request.changes {
            let prepared = prepare(&mut projector, &mut writer, request, change)?;
            preview.fields = prepared.content.as_ref().map(|content| content.set.clone()).unwrap_or_default();
            preview.problems = prepared.problems;
            if let Some(content) = prepared.content {
                writer.push(content);
                projector.apply(&writer.stream, writer.last_entry()?.clone())?;
            }
        }
        Err(StoreError::Invalid(ROLL_BACK.to_owned()))
    });
    match result {
        Err(StoreError::Invalid(text)) if text == ROLL_BACK => Ok(preview),
        Err(error) => Err(error),
        Ok(()) => Ok(preview),
    }
}

const ROLL_BACK: &str = "a preview leaves no trace";

impl From<SaveError> for StoreError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Store(error) => error,
            SaveError::Refused(_) => Self::Invalid(error.to_string()),
        }
    }
}
