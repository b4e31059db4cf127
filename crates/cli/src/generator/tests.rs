use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn options(seed: u64) -> Options {
    Options { seed, start: "2026-03-02T05:30:00Z".parse().unwrap(), hostile: false }
}

fn values(seed: u64, households: usize) -> Vec<Value> {
    let lines = Generator::new(options(seed)).take(households).flatten();
    lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
}

#[test]
fn the_same_seed_gives_the_same_lines_and_another_gives_others() {
    assert_eq!(values(7, 5), values(7, 5));
    assert_ne!(values(7, 5), values(8, 5));
}

#[test]
fn nobody_is_met_twice_in_one_seed_or_in_two() {
    let mut identities = BTreeSet::new();
    let mut people = BTreeMap::new();
    let mut count = 0;
    for line in values(1, 900).into_iter().chain(values(2, 300)) {
        if line["model"] == "participant" && line.get("op").is_none() {
            let set = &line["set"];
            assert!(identities.insert(set["identity"].to_string()), "{set}");
            let person = [&set["first_name"], &set["last_name"], &set["dob"]].map(Clone::clone).map(|v| v.to_string());
            assert_eq!(people.insert(person, ()), None, "{set}");
            count += 1;
        }
    }
    assert!(count > 1_500, "{count}");
}

#[test]
fn every_reference_is_to_an_earlier_line_and_every_model_occurs() {
    let mut known = BTreeSet::new();
    let mut models = BTreeSet::new();
    for line in values(3, 200) {
        models.insert(line["model"].as_str().unwrap().to_owned());
        let named = line["set"].as_object().unwrap().values().chain(line.get("record"));
        for reference in named.filter_map(Value::as_str).filter_map(|text| text.strip_prefix('@')) {
            assert!(known.contains(reference), "@{reference} in {line}");
        }
        if let Some(name) = line["ref"].as_str() {
            assert!(known.insert(name.to_owned()), "{name} twice");
        }
    }
    // Bags, hand-overs and what the laboratory says come of scanning, attachments of files, none of lines.
    let elsewhere = ["bag", "attachment", "specimen_disposition", "missing_tube"];
    let typed = |name: &str| !elsewhere.contains(&name) && !name.starts_with("custody_");
    let syncing = tsela_core::model::all().iter().filter(|model| model.syncs && typed(model.name));
    assert_eq!(models, syncing.map(|model| model.name.to_owned()).collect());
}

#[test]
fn all_events_lie_within_four_months_of_the_start() {
    let last = values(4, 1_500)
        .iter()
        .flat_map(|line| line["set"].as_object().unwrap().values().cloned().collect::<Vec<_>>())
        .filter_map(|value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok()))
        .max()
        .unwrap();
    assert!(last.millis_since(options(4).start) < 121 * DAY_MS, "{last}");
}
