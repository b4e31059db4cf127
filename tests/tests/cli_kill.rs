//! `kill -9` on client and server at random moments of entering and pushing: every acknowledged save is there, both
//! sides hold the same at the end, and nothing is doubled. 20 rounds; 200 with `TSELA_SOAK=1`.

use std::{collections::BTreeSet, time::Duration};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tsela_tests::bin::{Study, Tsela};
use uuid::Uuid;

const SEED: u64 = 7;

/// Lines with ids of their own, so that a file can be entered again after a crash.
fn lines_with_ids(households: usize) -> Vec<String> {
    let text = Tsela::new(["simulate", "--households", &households.to_string(), "--seed", "7"]).run().quietly().out;
    let with_id = |(n, line): (usize, &str)| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let id = 0x018f_3b1c_6a00_7000_8000_0000_0000_0000_u128 + n as u128 + 1;
        line["id"] = json!(Uuid::from_u128(id).to_string());
        line.to_string()
    };
    text.lines().enumerate().map(with_id).collect()
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled() {
    let rounds = if std::env::var_os("TSELA_SOAK").is_some() { 200 } else { 20 };
    eprintln!("seed {SEED}, {rounds} rounds");
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let mut below = |n: u64| dice.next_u64() % n;
    let mut study = Study::open();
    study.enrol("lesedi");
    let lines = lines_with_ids(rounds);
    let file = lines.join("\n");
    std::fs::write(study.path("file.jsonl"), &file).unwrap();
    let path = study.path("file.jsonl");

    let mut acknowledged = BTreeSet::new();
    for _ in 0..rounds {
        let mut entering = study.command(&["enter", "--dir", "lesedi", "--wait", "10", &path]).start();
        let new = 1 + below(40);
        let mut taken = 0;
        // What was entered before is repeated quickly; the blow falls among the new ones.
        while taken < new {
            let line = entering.line();
            if line.is_empty() {
                break;
            }
            let line: Value = serde_json::from_str(&line).unwrap();
            taken += u64::from(line.get("repeated").is_none());
            acknowledged.insert(line["record"].as_str().unwrap().to_owned());
        }
        entering.kill();
        let mut pushing = study.command(&["push", "--dir", "lesedi", "--wait", "10"]).start();
        std::thread::sleep(Duration::from_millis(below(250)));
        if below(2) == 0 {
            study.kill_server();
        }
        pushing.kill();
        if below(2) == 0 {
            study.kill_server();
        }
        study.serve();
    }

    let all = study.enter("lesedi", &file);
    assert_eq!(all.len(), lines.len());
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
    let records: BTreeSet<&str> = all.iter().map(|line| line["record"].as_str().unwrap()).collect();
    assert!(acknowledged.iter().all(|record| records.contains(record.as_str())));
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
    let total: usize = here.lines().last().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    assert_eq!(total, records.len(), "each record once");
    for dir in ["lesedi", "S"] {
        study.tsela(&["verify", "--dir", dir]).quietly();
    }
    assert_eq!(study.status("lesedi")["unsent"], 0);
}
