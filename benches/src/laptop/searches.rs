//! Searching as people do: by name, initials, identity, phone and any identifier, whole or only begun. What is searched
//! for is taken from the store itself, spread over all of it.

use std::{collections::BTreeMap, time::Instant};

use anyhow::Result;
use rusqlite::Connection;
use serde_json::{Value, json};
use tsela_core::{fold::RecordState, ids::RecordId};
use tsela_store::{Store, StoreError, records, search};
use uuid::Uuid;

use super::percentile;

/// Rows that a page asks for.
const ROWS: usize = 50;

/// Searches and says how long it took, by what was typed.
pub(super) fn measure(store: &Store, searches: usize) -> Result<Value> {
    let (participants, records) = store.read(|conn| Ok((count(conn, "participant")?, count(conn, "%")?)))?;
    let typed = store.read(|conn| texts(conn, searches))?;
    let mut millis: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut all = Vec::new();
    for (kind, text) in &typed {
        for models in [&["participant"][..], &[]] {
            let began = Instant::now();
            let found = store.read(|conn| search::search(conn, text, models, ROWS))?;
            let took = began.elapsed().as_secs_f64() * 1e3;
            anyhow::ensure!(!found.is_empty(), "{text:?} is not found");
            millis.entry(kind).or_default().push(took);
            all.push(took);
        }
    }
    let by_kind: Vec<Value> = millis.into_iter().map(|(kind, times)| with_quantiles(kind, times)).collect();
    Ok(json!({
        "participants": participants, "records": records, "all": with_quantiles("all", all), "kinds": by_kind,
    }))
}

fn count(conn: &Connection, model: &str) -> Result<u64, StoreError> {
    Ok(conn.query_row("SELECT count(*) FROM record WHERE model LIKE ?1", [model], |row| row.get(0))?)
}

/// Returns what to type and of what kind it is, in an order that jumps about.
fn texts(conn: &Connection, searches: usize) -> Result<Vec<(&'static str, String)>, StoreError> {
    let most: i64 = conn.query_row("SELECT max(n) FROM record", [], |row| row.get(0))?;
    let mut statement =
        conn.prepare("SELECT id FROM record WHERE n >= ?1 AND model = 'participant' ORDER BY n LIMIT 1")?;
    let mut texts = Vec::new();
    // A stride that shares no factor with the count visits the whole store without a pattern.
    let mut n = most / 2;
    while texts.len() < searches {
        n = (n + 7_919_317) % (most * 9 / 10).max(1);
        let id = RecordId(Uuid::from_bytes(statement.query_row([n], |row| row.get(0))?));
        texts.extend(records::state(conn, id)?.iter().flat_map(of_person));
    }
    Ok(texts)
}

fn of_person(state: &RecordState) -> Vec<(&'static str, String)> {
    let text = |field: &str| state.text(field).unwrap_or_default().to_owned();
    let begun = |text: &str, n: usize| text.chars().take(n).collect::<String>();
    let (first, last, identity) = (text("first_name"), text("last_name"), text("identity"));
    vec![
        ("one letter", begun(&last, 1)),
        ("two letters", begun(&first, 2)),
        ("three letters", begun(&last, 3)),
        ("first name", first.clone()),
        ("last name", last.to_lowercase()),
        ("both names", format!("{first} {last}")),
        ("two letters of both names", format!("{} {}", begun(&first, 2), begun(&last, 2))),
        ("initials", text("initials")),
        ("identity", identity.clone()),
        ("identity, four digits", begun(&identity, 4)),
        ("phone", text("phone")),
        ("subject identifier", text("subject_identifier")),
        ("subject identifier, bare", text("subject_identifier").replace('-', "")),
    ]
}

fn with_quantiles(kind: &str, mut millis: Vec<f64>) -> Value {
    millis.sort_unstable_by(f64::total_cmp);
    json!({
        "kind": kind, "p50": percentile(&millis, 50), "p95": percentile(&millis, 95), "max": millis.last(),
        "searches": millis.len(),
    })
}
