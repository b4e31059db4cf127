//! Measures how small and how fast journals pack: `journal_size FILE [ENTRIES] [TARGET]`, FILE of lines like
//! `demo/shift.jsonl`. Entries get fresh random ids, so nothing shrinks by being the same twice.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::{collections::HashMap, time::Instant};

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng as _},
};
use serde_json::{Map, Value, json};
use tsela_core::{
    alphabet,
    bundle::{BundleKind, BundleView, PackRequest, SectionName, SectionRequest, journal, pack},
    chain::{ChainHash, Head},
    ids::{DeviceId, StudyId},
    seal::{SealingKey, SigningKey},
    time::Timestamp,
};
use uuid::Uuid;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let lines = std::fs::read_to_string(&arguments[0]).unwrap();
    let count = arguments.get(1).map_or(50_000, |n| n.parse().unwrap());
    let target = arguments.get(2).map_or(journal::USUAL, |n| n.parse().unwrap());
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let entries = entries(&lines, count, &mut rng);
    let plain: usize = entries.iter().map(Vec::len).sum();
    println!("{} entries, {} bytes each on average; the first:", entries.len(), plain / entries.len());
    println!("{}", String::from_utf8_lossy(&entries[0]));

    let (signing, servers) = (SigningKey::generate(&mut rng), [0; 3].map(|_| SealingKey::generate(&mut rng)));
    let (study, device) = (StudyId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(2)));
    let mut cutting = journal::Cutting::new(target);
    let (mut first, mut wire, mut bundles, mut encoding) = (0, 0, Vec::new(), 0.0);
    let start = Instant::now();
    while first < entries.len() {
        let taken = cutting.saves(entries[first..].iter().map(Vec::len));
        let piece = entries[first..first + taken].to_vec();
        let bytes: usize = piece.iter().map(Vec::len).sum();
        let head = Head { seq: (first + taken) as u64, hash: ChainHash([7; 32]) };
        let stream = "A01".parse().unwrap();
        let head = journal::SignedHead::sign(study, stream, head, &signing);
        let run = journal::Run { stream, device, first_seq: first as u64 + 1, entries: piece, head };
        let began = Instant::now();
        let payload = journal::encode(&[run]);
        encoding += began.elapsed().as_secs_f64();
        let request = PackRequest {
            kind: BundleKind::Journal,
            study,
            packer: device,
            signing_key: &signing,
            sections: vec![SectionRequest {
                name: SectionName::Payload,
                plaintext: &payload,
                recipients: servers.iter().map(SealingKey::public).collect(),
            }],
        };
        let bundle = pack(request, &mut rng).unwrap();
        cutting.learn(bytes, bundle.len());
        wire += bundle.len();
        bundles.push(bundle);
        first += taken;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{} bundles of {} bytes on average", bundles.len(), wire / bundles.len());
    println!("{:.1} bytes per entry on the wire", wire as f64 / entries.len() as f64);
    println!(
        "packing {:.0} MB/s of plaintext, {:.0} entries/s (columns alone {:.0} MB/s)",
        plain as f64 / seconds / 1e6,
        entries.len() as f64 / seconds,
        plain as f64 / encoding / 1e6
    );

    let start = Instant::now();
    let mut back = Vec::new();
    for bundle in &bundles {
        let view = BundleView::parse(bundle).unwrap();
        view.verify(&signing.verify_key()).unwrap();
        let runs = journal::decode(&view.open(SectionName::Payload, &servers[2..]).unwrap()).unwrap();
        back.extend(runs.into_iter().flat_map(|run| run.entries));
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("unpacking {:.0} entries/s, {:.0} MB/s", entries.len() as f64 / seconds, plain as f64 / seconds / 1e6);
    assert!(back == entries, "every byte comes back");
}

fn entries(lines: &str, count: usize, rng: &mut ChaCha20Rng) -> Vec<Vec<u8>> {
    let mut at = 1_772_430_000_000i64;
    let (user, mut ids, mut counters) = (v7(at, rng), HashMap::new(), HashMap::<String, u64>::new());
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut out = Vec::with_capacity(count);
    while out.len() < count {
        for line in &lines {
            at += 20_000 + i64::from(rng.next_u32() % 100_000);
            let entry = entry(line, out.len() as u64 + 1, at, user, &mut ids, &mut counters, rng);
            out.push(entry);
            if out.len() == count {
                break;
            }
        }
    }
    out
}

fn entry(
    line: &Value,
    seq: u64,
    at: i64,
    user: Uuid,
    ids: &mut HashMap<String, Uuid>,
    counters: &mut HashMap<String, u64>,
    rng: &mut ChaCha20Rng,
) -> Vec<u8> {
    let model = line["model"].as_str().unwrap();
    let update = line.get("op").is_some();
    let name = line.get("record").or(line.get("ref")).unwrap().as_str().unwrap().trim_start_matches('@');
    if !update {
        ids.insert(name.to_owned(), v7(at, rng));
    }
    let mut set: std::collections::BTreeMap<&str, Value> = line["set"]
        .as_object()
        .unwrap_or(&Map::new())
        .iter()
        .filter(|(field, _)| *field != "confirm_identity")
        .map(|(field, value)| {
            let reference = value.as_str().and_then(|text| text.strip_prefix('@')).and_then(|name| ids.get(name));
            (Box::leak(field.clone().into_boxed_str()) as &str, reference.map_or(value.clone(), |id| json!(id)))
        })
        .collect();
    let counter = counters.entry(model.to_owned()).or_default();
    *counter += 1;
    let number = alphabet::number(*counter, 4);
    let printed = |prefix: &str| {
        let body = format!("{prefix}A01-{number}-");
        format!("{body}{}", alphabet::check_character(&body))
    };
    match (model, update) {
        ("household", false) => set.insert("household_identifier", json!(printed("12-"))),
        ("participant", false) => set.insert("subject_identifier", json!(printed("066-10-"))),
        ("requisition", false) => set.insert("requisition_identifier", json!(printed(""))),
        ("specimen", false) => {
            let body = format!("A01{number}01");
            set.insert("specimen_identifier", json!(format!("{body}{}", alphabet::check_character(&body))))
        }
        _ => None,
    };
    let mut text = format!(
        "{{\"seq\":{seq},\"save\":\"{}\",\"last\":true,\"at\":\"{}\",\"tz\":\"+02:00\",\"user\":\"{user}\",\
         \"app\":\"tsela/0.1.0\",\"package\":3,\"op\":\"{}\",\"model\":\"{model}\",\"version\":1,\"record\":\"{}\",\"set\":{}",
        v7(at, rng),
        Timestamp(at),
        if update { "update" } else { "insert" },
        ids[name],
        serde_json::to_string(&set).unwrap()
    );
    if let Some(reason) = line.get("reason") {
        text.push_str(&format!(",\"reason\":{reason}"));
    }
    text.push('}');
    text.into_bytes()
}

fn v7(ms: i64, rng: &mut ChaCha20Rng) -> Uuid {
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    uuid::Builder::from_unix_timestamp_millis(ms as u64, &random).into_uuid()
}
