//! What a day in the field comes to in the end: lines to enter, and the questions asked of every folder afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use serde_json::Value;
use uuid::Uuid;

use crate::bin::Study;

/// Models whose records hold a printed identifier, and its field.
const PRINTED: [(&str, &str); 4] = [
    ("household", "household_identifier"),
    ("participant", "subject_identifier"),
    ("requisition", "requisition_identifier"),
    ("specimen", "specimen_identifier"),
];

/// The models of the sample data.
pub const MODELS: [&str; 9] = [
    "household",
    "household_visit",
    "household_member",
    "eligibility",
    "participant",
    "consent",
    "visit",
    "requisition",
    "specimen",
];

/// Returns the lines of the sample day up to its n-th tube, for `tsela enter`.
///
/// # Panics
/// If the sample day has fewer tubes, or is not there.
pub fn tubes_of_the_sample(n: usize) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/shift.jsonl");
    let day = std::fs::read_to_string(path).expect("the sample day");
    let mut tubes = day.lines().enumerate().filter(|(_, line)| line.contains("\"model\":\"specimen\""));
    let (last, _) = tubes.nth(n - 1).expect("the sample day has so many tubes");
    day.lines().take(last + 1).map(|line| format!("{line}\n")).collect()
}

/// Returns how many rounds a loop makes: ten times as many in `make soak`.
pub fn rounds(usual: u64) -> u64 {
    if std::env::var_os("TSELA_SOAK").is_some() { usual * 10 } else { usual }
}

/// Returns dice for the moments of a test. The seed is printed; `TSELA_SEED` sets it.
///
/// # Panics
/// If `TSELA_SEED` is not a number.
pub fn dice(test: &str) -> ChaCha20Rng {
    let given = std::env::var("TSELA_SEED").ok().map(|seed| seed.parse().expect("TSELA_SEED is a number"));
    let seed: u64 = given.unwrap_or_else(|| Uuid::now_v7().as_u64_pair().1);
    println!("{test}: TSELA_SEED={seed}");
    ChaCha20Rng::seed_from_u64(seed)
}

/// Gives every line an id of its own, so that entering the lines again changes nothing.
///
/// # Panics
/// If a line is not a JSON object.
pub fn with_ids(lines: &str) -> String {
    let with_id = |line: &str| {
        let mut line: Value = serde_json::from_str(line).expect("a line is JSON");
        line["id"] = Uuid::now_v7().to_string().into();
        format!("{line}\n")
    };
    lines.lines().map(with_id).collect()
}

/// Returns how many records lines bring.
pub fn records_in(lines: &str) -> u64 {
    lines.lines().filter(|line| !line.contains(r#""op":"#)).count() as u64
}

impl Study {
    /// Returns the lines of new households, with ids; other households for each number, whoever asks.
    pub fn households(&self, number: u64, count: u64) -> String {
        let (number, count) = (number.to_string(), count.to_string());
        let made = self.tsela(&["simulate", "--seed", &number, "--households", &count]).quietly();
        with_ids(&made.out)
    }

    /// Returns all records of a folder by model and id, without what depends on who looks.
    pub fn records(&self, dir: &str) -> BTreeMap<(String, String), Value> {
        let mut records = BTreeMap::new();
        for model in MODELS {
            for mut record in self.tsela(&["list", model, "--dir", dir, "--json"]).quietly().json_lines() {
                record.as_object_mut().expect("a record is an object").remove("state");
                let id = record["id"].as_str().expect("an id is text").to_owned();
                let double = records.insert((model.to_owned(), id), record);
                assert!(double.is_none(), "{dir} lists a record twice: {double:?}");
            }
        }
        records
    }

    /// Returns every printed identifier of a folder with its record.
    pub fn printed(&self, dir: &str) -> BTreeSet<(String, String)> {
        let mut printed = BTreeSet::new();
        for ((model, id), record) in self.records(dir) {
            if let Some((_, field)) = PRINTED.iter().find(|(name, _)| *name == model) {
                let identifier = record["fields"][field].as_str().expect("a record that prints has an identifier");
                printed.insert((identifier.to_owned(), id));
            }
        }
        printed
    }

    /// Pushes, which must go through, and returns what people were told on standard error.
    #[track_caller]
    pub fn push(&self, laptop: &str) -> String {
        self.tsela(&["push", "--dir", laptop]).expect(0).err
    }

    /// Holds a folder's chains, records and digests to each other.
    #[track_caller]
    pub fn assert_clean(&self, dir: &str) {
        let report = self.tsela(&["verify", "--dir", dir, "--json"]).expect(0).json();
        assert_eq!(report["clean"], true, "{dir}: {report}");
    }

    /// Expects a laptop and the server to hold the same of the laptop's streams, both clean.
    #[track_caller]
    pub fn assert_both_hold_the_same(&self, laptop: &str) {
        let (here, there) = self.digests(laptop);
        assert_eq!(here, there, "{laptop} and the server do not hold the same");
        self.assert_clean(laptop);
        self.assert_clean("S");
    }

    /// Copies a folder of the study, file by file.
    ///
    /// # Panics
    /// If the disk says no.
    pub fn copy(&self, from: &str, to: &str) {
        copy(Path::new(&self.path(from)), Path::new(&self.path(to)));
    }
}

/// Expects no identifier to stand on two records.
///
/// # Panics
/// If one does.
pub fn assert_printed_once(printed: impl IntoIterator<Item = (String, String)>) {
    let mut records = BTreeMap::new();
    for (identifier, record) in printed.into_iter().collect::<BTreeSet<_>>() {
        let other = records.insert(identifier.clone(), record.clone());
        assert!(other.is_none(), "{identifier} was printed for {record} and for {other:?}");
    }
    assert!(!records.is_empty(), "nothing was printed");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a new folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copied file");
        }
    }
}
