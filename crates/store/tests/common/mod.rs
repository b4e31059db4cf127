//! Named peers with real stores in temporary folders.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a helper of tests fails the test")]

use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;
use tsela_core::{
    bundle::journal::Run,
    ids::{DeviceId, SaveId, StreamCode, StudyId, UserId},
    package::{self, CompiledPackage},
    seal::keys::SigningKey,
    time::Timestamp,
};
use tsela_store::{
    DataKey, Options, Packages, Store, StoreError,
    ingest::{self, IncomingRun, Ingested},
    journal::{self, Author, Change, SaveError, SaveRequest, Saved, Warnings},
    lines::{LineError, Names},
    meta, outgoing, streams,
};
use uuid::Uuid;

/// 2026-03-02, the day of the sample data, at 15:00 UTC.
pub const NOW: Timestamp = Timestamp(1_772_463_600_000);

pub struct Peer {
    pub dir: TempDir,
    pub store: Store,
    pub device: DeviceId,
    pub key: SigningKey,
    pub packages: Packages,
    pub author: Author,
    counter: std::cell::Cell<u128>,
}

pub fn study() -> StudyId {
    package::demonstration().unwrap().study
}

pub fn packages() -> Packages {
    CompiledPackage::new(package::demonstration().unwrap()).unwrap().into()
}

fn data_key() -> DataKey {
    DataKey::from_bytes([7; 32])
}

impl Peer {
    /// A laptop with the codes `X01`, `X02` … for its letter.
    pub fn new(letter: char) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let number = u128::from(u32::from(letter));
        let store =
            Store::create(&dir.path().join("store.db"), &data_key(), Uuid::from_u128(number), &options()).unwrap();
        let device = DeviceId(Uuid::from_u128(number << 64));
        store
            .write(|tx| {
                meta::set(tx, meta::STUDY, study())?;
                meta::set(tx, meta::DEVICE, device)?;
                let codes: Vec<StreamCode> = (1..=4).map(|n| format!("{letter}0{n}").parse().unwrap()).collect();
                streams::add_spares(tx, study(), device, &codes)?;
                streams::begin(tx, codes[0], "first").map(|_| ())
            })
            .unwrap();
        Self {
            dir,
            store,
            device,
            key: SigningKey::from_bytes(&[u8::try_from(u32::from(letter)).unwrap(); 32]),
            packages: packages(),
            author: Author {
                user: UserId(Uuid::from_u128(number)),
                role: "research_assistant".into(),
                app: "tsela/0.1.0".into(),
                tz: "+02:00".into(),
            },
            counter: std::cell::Cell::new(number << 100),
        }
    }

    pub fn fresh(&self) -> Uuid {
        self.counter.set(self.counter.get() + 1);
        Uuid::from_u128(self.counter.get())
    }

    pub fn save(&self, save: Uuid, changes: &[Change]) -> Result<Saved, SaveError> {
        let request = SaveRequest {
            save: SaveId(save),
            at: NOW,
            author: &self.author,
            changes,
            draft: None,
            packages: &self.packages,
            warnings: Warnings::Accept,
        };
        journal::save(&self.store, &request)
    }

    /// Enters lines, each a save. Panics at the first that is refused.
    pub fn enter(&self, text: &str) -> Vec<Saved> {
        let mut names = Names::default();
        text.lines().map(|line| self.enter_line(&mut names, line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect()
    }

    pub fn enter_line(&self, names: &mut Names, line: &str) -> Result<Saved, String> {
        let read = |conn: &Connection| Ok::<_, StoreError>(names.read(line, conn, || self.fresh()));
        let entered = self.store.read(read).unwrap().map_err(|e: LineError| e.to_string())?;
        let saved = self.save(entered.save.0, std::slice::from_ref(&entered.change)).map_err(|e| e.to_string())?;
        names.remember(&entered);
        Ok(saved)
    }

    /// All of a stream after a number, cut at about `size` bytes.
    pub fn runs(&self, code: &str, mut after: u64, size: usize) -> Vec<Run> {
        let mut runs = Vec::new();
        self.store
            .read(|conn| {
                let stream = streams::find(conn, code.parse().unwrap())?.unwrap();
                while let Some(run) = outgoing::next_run(conn, study(), &self.key, &stream, after, size)? {
                    after = run.last_seq();
                    runs.push(run);
                }
                Ok(())
            })
            .unwrap();
        runs
    }

    pub fn take(&self, run: &Run) -> Ingested {
        self.try_take(run).unwrap()
    }

    pub fn try_take(&self, run: &Run) -> Result<Ingested, StoreError> {
        self.take_with(run, None)
    }

    /// Takes a run as a server does that judges the records while it writes them.
    pub fn take_beside(&self, run: &Run) -> Ingested {
        self.take_with(run, Some(&self.store)).unwrap()
    }

    fn take_with(&self, run: &Run, beside: Option<&Store>) -> Result<Ingested, StoreError> {
        self.store.write(|tx| {
            streams::register_foreign(tx, study(), run.device, run.stream)?;
            let incoming = IncomingRun {
                stream: run.stream,
                first_seq: run.first_seq,
                entries: &run.entries,
                head: run.head.head,
                signature: run.head.signature,
            };
            ingest::ingest_beside(tx, beside, &incoming, NOW, &self.packages)
        })
    }

    /// Everything derived, as bytes.
    pub fn projection(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for sql in [
            "SELECT hex(id) || model || void || conflicts || created_at || modified_at || hex(state) FROM record ORDER BY id",
            "SELECT hex(anchor) || kind || name || value || hex(record) FROM place ORDER BY 1",
            "SELECT hex(record) || code || field || severity || body FROM finding ORDER BY 1",
        ] {
            let read = |conn: &Connection| {
                let mut statement = conn.prepare(sql)?;
                let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
                Ok(lines)
            };
            rows.extend(self.store.read(read).unwrap());
        }
        rows
    }

    /// Which entries each record's row names; their numbers are this store's own.
    pub fn entries(&self) -> Vec<String> {
        let read = |conn: &Connection| {
            let mut statement = conn.prepare("SELECT hex(id) || ' ' || hex(entries) FROM record ORDER BY id")?;
            Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?)
        };
        self.store.read(read).unwrap()
    }

    pub fn digest(&self, codes: Option<&[&str]>) -> (u64, String) {
        let codes: Option<Vec<StreamCode>> = codes.map(|codes| codes.iter().map(|c| c.parse().unwrap()).collect());
        let digest = self.store.read(|conn| tsela_store::digest::of(conn, codes.as_deref())).unwrap();
        (digest.total.count, digest.total.hex())
    }

    pub fn assert_clean(&self) {
        let report = self.store.read(tsela_store::verify::verify).unwrap();
        assert!(report.clean, "{report:?}");
    }
}

pub fn options() -> Options {
    Options::default()
}

pub fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo").join(name);
    std::fs::read_to_string(path).unwrap()
}
