//! The sample files, as a research assistant would enter them: no line breaks a rule.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::{
    entry::{Fields, Op},
    fold::RecordState,
    identifiers,
    world::{
        MemoryWorld,
        day::{entry, stream},
    },
};

/// Enters every line; returns how many there were and which warnings came.
fn entered(text: &str) -> (usize, BTreeMap<String, usize>) {
    let (mut world, mut names, mut warnings) = (MemoryWorld::new(), BTreeMap::new(), BTreeMap::new());
    let package = package();
    let mut lines = 0;
    for (n, line) in text.lines().enumerate() {
        lines += 1;
        let seq = n as u64 + 1;
        let line: Value = serde_json::from_str(line).unwrap();
        let model = model::find(line["model"].as_str().unwrap()).unwrap();
        let named = |name: &str| names.get(name.trim_start_matches('@')).copied();
        let stored = line.get("record").and_then(|name| named(name.as_str().unwrap()));
        let mut set: Fields = serde_json::from_value(line["set"].clone()).unwrap();
        for value in set.values_mut() {
            if let Some(id) = value.as_str().filter(|text| text.starts_with('@')).and_then(named) {
                *value = RecordId::to_string(&id).into();
            }
        }
        let mut fields: Fields = stored.and_then(|id| world.get(id)).map(RecordState::shown).unwrap_or_default();
        fields.extend(set);
        let (mut fields, broken) = normalise(model, &fields);
        assert_eq!(broken, vec![], "line {seq}");
        derive(model, stored, &mut fields, &package, &world);
        if stored.is_none() {
            print_identifier(model, &mut fields, seq);
        }
        let clock = instant("2026-03-12T00:00:00Z");
        let input = CheckInput {
            model,
            record: stored,
            fields: &fields,
            clock,
            role: None,
            reason: None,
            package: &package,
            world: &world,
        };
        for problem in check(&input) {
            assert_eq!(problem.severity, Severity::Warning, "line {seq}: {problem}");
            *warnings.entry(problem.code).or_insert(0) += 1;
        }
        let record = stored.unwrap_or_else(|| id(u128::from(seq)));
        let op = if stored.is_some() { Op::Update } else { Op::Insert };
        let entry = entry(op, model.name, record, seq, kept(model, &fields));
        let mut state = world.get(record).cloned().unwrap_or_else(|| RecordState::begin(stream(), entry.clone()));
        state.apply(stream(), &entry);
        world.put(state);
        if let Some(name) = line.get("ref").and_then(Value::as_str) {
            names.insert(name.to_owned(), record);
        }
    }
    // Judged again as findings, by the time of each entry.
    let packages = |_| Some(&package);
    let mut odd = BTreeMap::new();
    for state in world.records() {
        let found = crate::findings::findings(state, &world, &packages);
        let broken = found.iter().find(|finding| finding.severity == Severity::Error);
        assert_eq!(broken, None);
        found.into_iter().for_each(|finding| *odd.entry(finding.code).or_insert(0) += 1);
    }
    odd.remove("record.time_ahead");
    assert!(odd.keys().all(|code| warnings.contains_key(code)), "{odd:?} but at entry {warnings:?}");
    (lines, warnings)
}

fn print_identifier(model: &Model, fields: &mut Fields, n: u64) {
    let (field, made) = match model.name {
        "household" => ("household_identifier", identifiers::household("0T", stream(), n)),
        "participant" => ("subject_identifier", identifiers::subject("066", "40", stream(), n)),
        "requisition" => ("requisition_identifier", identifiers::requisition(stream(), n)),
        "specimen" => ("specimen_identifier", identifiers::specimen(stream(), n, 1)),
        _ => return,
    };
    fields.insert(field.to_owned(), made.to_string().into());
}

#[test]
fn a_shift_breaks_no_rule() {
    let (lines, warnings) = entered(include_str!("../../../../../demo/shift.jsonl"));
    assert_eq!((lines, warnings), (252, BTreeMap::new()));
}

#[test]
fn a_campaign_breaks_no_rule() {
    let (lines, warnings) = entered(include_str!("../../../../../demo/campaign.jsonl"));
    assert_eq!((lines, warnings), (2150, BTreeMap::new()));
}
