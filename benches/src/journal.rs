//! Entries as a research assistant's saves leave them, made without a store: each household is folded in memory, so
//! that derived fields, identifiers and references are those of real saves, and nothing in them breaks a rule.
//!
//! The same number of entries is the same bytes again, whoever makes them and however often.

use std::collections::HashMap;

use anyhow::{Context as _, Result, anyhow};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};
use rand_core::Rng as _;
use serde::Deserialize;
use tsela_cli::generator::{Generator, Options};
use tsela_core::{
    entry::{Entry, Fields, Op, Seen, Value},
    fold::RecordState,
    identifiers::{self, IdentifierKind},
    ids::{RecordId, SaveId, StreamCode, UserId},
    model::{self, FieldKind, Model},
    package::{CompiledPackage, demonstration},
    rules,
    time::Timestamp,
    world::{MemoryWorld, World as _},
};
use uuid::Uuid;

/// Households of one seed: those that a team visits in the generator's 120 days, after which its days begin anew.
const A_SEED: usize = 1_440;
/// From the first day of a seed to that of the next. Time goes forward in a laptop's journal, so that new ids and times
/// come behind those that are there.
const SPAN: i64 = 120 * 86_400_000;
/// The first day of the first seed, 2017-01-02: a million entries are nine years of one team.
const START: Timestamp = Timestamp(1_483_335_000_000);

/// A journal without end.
pub struct Journal {
    stream: StreamCode,
    user: UserId,
    /// The version under which the server gave out the study package.
    version: u32,
    package: CompiledPackage,
    households: Box<dyn Iterator<Item = Vec<String>>>,
    pending: std::vec::IntoIter<Vec<u8>>,
    counters: HashMap<&'static str, u64>,
    seq: u64,
    dice: ChaCha8Rng,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    op: Option<String>,
    model: String,
    #[serde(default, rename = "ref")]
    name: Option<String>,
    #[serde(default)]
    record: Option<String>,
    #[serde(default)]
    set: Fields,
    #[serde(default)]
    reason: Option<String>,
}

/// What is known of a household while it is written down.
struct Visit {
    world: MemoryWorld,
    names: HashMap<String, RecordId>,
    at: Timestamp,
}

impl Journal {
    /// Begins the journal of a stream, under a version of the study package.
    pub fn new(stream: StreamCode, user: UserId, version: u32) -> Result<Self> {
        let of_seed = |seed: u64| {
            let start = START.plus_millis(i64::try_from(seed - 1).unwrap_or(0) * SPAN);
            Generator::new(Options { seed, start, hostile: false }).take(A_SEED)
        };
        Ok(Self {
            stream,
            user,
            version,
            package: CompiledPackage::new(demonstration()?)
                .map_err(|flaws| anyhow!("the demonstration study: {flaws:?}"))?,
            households: Box::new((1..1_000).flat_map(of_seed)),
            pending: Vec::new().into_iter(),
            counters: HashMap::new(),
            seq: 0,
            dice: ChaCha8Rng::seed_from_u64(1),
        })
    }

    /// Leaves out the entries up to a number.
    pub fn skip_to(&mut self, seq: u64) -> Result<()> {
        (0..seq).try_for_each(|_| self.next_entry().map(|_| ()))
    }

    /// Returns the next entry's bytes.
    pub fn next_entry(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(bytes) = self.pending.next() {
                return Ok(bytes);
            }
            let lines = self.households.next().context("the generator has no more households")?;
            let mut visit = Visit { world: MemoryWorld::new(), names: HashMap::new(), at: START };
            let entries: Result<Vec<Vec<u8>>> = lines.iter().map(|line| self.entry(&mut visit, line)).collect();
            self.pending = entries?.into_iter();
        }
    }

    fn entry(&mut self, visit: &mut Visit, line: &str) -> Result<Vec<u8>> {
        let mut line: Line = serde_json::from_str(line)?;
        let model = model::find(&line.model).with_context(|| format!("no model {}", line.model))?;
        for value in line.set.values_mut() {
            if let Some(name) = value.as_str().and_then(|text| text.strip_prefix('@')) {
                *value = Value::String(visit.named(name)?.to_string());
            }
        }
        visit.at = self.saved_at(visit.at, &line.set);
        let insert = line.op.is_none();
        let record = match line.record.as_deref() {
            Some(name) => visit.named(name.trim_start_matches('@'))?,
            // The form was opened some seconds before it was saved.
            None => RecordId(self.v7(Timestamp(visit.at.0 - 15_000))),
        };
        let known = visit.world.get(record).cloned();
        let set = if insert { self.filled_in(visit, model, &line.set) } else { rules::normalise(model, &line.set).0 };
        let was = known.as_ref().map(|known| before(known, &set)).unwrap_or_default();
        self.seq += 1;
        let entry = Entry {
            seq: self.seq,
            save: SaveId(self.v7(visit.at)),
            last: true,
            at: visit.at,
            tz: "+02:00".to_owned(),
            user: self.user,
            app: "tsela/0.1.0".to_owned(),
            package: self.version,
            op: if insert { Op::Insert } else { Op::Update },
            model: model.name.to_owned(),
            version: model.version,
            record,
            seen: Seen::new(),
            set,
            was,
            settles: Vec::new(),
            reason: line.reason,
            source: None,
        };
        visit.names.extend(line.name.map(|name| (name, record)));
        let state = match known {
            Some(mut state) => {
                state.apply(self.stream, &entry);
                state
            }
            None => RecordState::begin(self.stream, entry.clone()),
        };
        visit.world.put(state);
        Ok(entry.to_bytes())
    }

    /// Returns the values of a new record as a save stores them.
    fn filled_in(&mut self, visit: &Visit, model: &'static Model, typed: &Fields) -> Fields {
        let (mut fields, _) = rules::normalise(model, typed);
        rules::derive(model, None, &mut fields, &self.package, &visit.world);
        let mut set = rules::kept(model, &fields);
        set.retain(|_, value| !value.is_null() && value != "");
        if let Some((field, printed)) = self.printed(visit, model, &set) {
            set.insert(field.to_owned(), printed.into());
        }
        set
    }

    fn printed(&mut self, visit: &Visit, model: &'static Model, set: &Fields) -> Option<(&'static str, String)> {
        let (field, kind) = model.fields.iter().find_map(|field| match field.kind {
            FieldKind::Identifier(kind) => Some((field.name, kind)),
            _ => None,
        })?;
        let next = |counters: &mut HashMap<&'static str, u64>, name| {
            let number = counters.entry(name).or_insert(0);
            *number += 1;
            *number
        };
        let package = self.package.package();
        let made = match kind {
            IdentifierKind::Household => {
                let code = set.get("community").and_then(Value::as_str).and_then(|name| package.community(name));
                identifiers::household(
                    code.map_or("00", |c| c.code.as_str()),
                    self.stream,
                    next(&mut self.counters, "household"),
                )
            }
            IdentifierKind::Subject => {
                let site = package.sites.first().map_or("00", |site| site.code.as_str());
                identifiers::subject(&package.protocol, site, self.stream, next(&mut self.counters, "subject"))
            }
            IdentifierKind::Requisition => {
                identifiers::requisition(self.stream, next(&mut self.counters, "requisition"))
            }
            IdentifierKind::Specimen => {
                let id = set.get("requisition")?.as_str()?.parse().ok()?;
                let requisition = visit.world.record(id)?;
                let number =
                    identifiers::parse(IdentifierKind::Requisition, requisition.text("requisition_identifier")?);
                let item = u8::try_from(set.get("item")?.as_u64()?).ok()?;
                identifiers::specimen(self.stream, number.ok()?.number, item)
            }
            IdentifierKind::Bag | IdentifierKind::Transfer => return None,
        };
        Some((field, made.to_string()))
    }

    /// Some seconds after the last save, and after whatever the form says has happened.
    fn saved_at(&mut self, last: Timestamp, set: &Fields) -> Timestamp {
        let times = set.values().filter_map(Value::as_str).filter_map(|text| text.parse::<Timestamp>().ok());
        let at = times.fold(last, Timestamp::max);
        at.plus_millis(20_000 + i64::from(self.dice.next_u32() % 60_000))
    }

    fn v7(&mut self, at: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.dice.fill_bytes(&mut random);
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.0).unwrap_or(0), &random).into_uuid()
    }
}

impl Visit {
    fn named(&self, name: &str) -> Result<RecordId> {
        self.names.get(name).copied().ok_or_else(|| anyhow!("@{name} is not named by an earlier line"))
    }
}

fn before(known: &RecordState, set: &Fields) -> Fields {
    set.keys().map(|name| (name.clone(), known.value(name).cloned().unwrap_or(Value::Null))).collect()
}
