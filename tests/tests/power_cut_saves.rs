//! The power goes while an assistant saves forms and receipts come in: nothing that was acknowledged is lost, and what is
//! left is whole. The same with `synchronous=NORMAL` loses saves, which shows that the test would notice.

use std::collections::BTreeSet;

use tsela_core::{
    entry::{Entry, Op},
    ids::{DeviceId, Incarnation, RecordId, SaveId, StreamCode, StudyId, UserId},
    package,
    receipt::{Receipt, StreamReceipt},
    time::Timestamp,
};
use tsela_store::{
    Connection, Packages, Result, Store, StoreError, acks,
    connection::Synchronous,
    history,
    journal::{self, Author, SaveError, SaveRequest, Warnings},
    lines::{Entered, Names},
    meta, projection, records, streams, verify,
};
use tsela_tests::power_cut::{Outcome, Trial};
use uuid::Uuid;

/// Cuts at `FULL`, in two halves beside each other.
const CUTS: u64 = 2_000;
/// Cuts at `NORMAL`: enough to be sure that it loses something.
const CONTROL_CUTS: u64 = 100;
/// Lines of the sample day that are saved before: a household with two members and a first participant.
const BEFORE: usize = 12;
/// Lines that are saved until the power goes: a member, all the way to a specimen.
const SAVES: usize = 9;
/// After these saves, counted from one, a receipt comes in.
const RECEIPTS_AFTER: [usize; 3] = [2, 5, 9];
/// One run in so many goes on after the cut, as the assistant would.
const GO_ON_EVERY: u64 = 8;

const SHIFT: &str = include_str!("../../demo/shift.jsonl");
/// 2026-03-02, the day of the sample data, at 15:00 UTC.
const NOW: Timestamp = Timestamp(1_772_463_600_000);
const LESEDI: DeviceId = DeviceId(Uuid::from_u128(1 << 64));
const CLINIC: DeviceId = DeviceId(Uuid::from_u128(9 << 64));

/// What the assistant was told.
enum Told {
    /// A save is on disk.
    Saved { record: RecordId, stream: StreamCode, seq: u64 },
    /// A receipt was believed: the last entry that it covers, and its number.
    Received { through: u64, number: u64 },
}

/// The day: the lines with ids of their own, so that each run saves the same.
struct Day {
    study: StudyId,
    packages: Packages,
    author: Author,
    lines: Vec<Entered>,
}

impl Day {
    fn new() -> Self {
        let package = package::demonstration().unwrap();
        let study = package.study;
        let packages = package::CompiledPackage::new(package).unwrap().into();
        let author = Author {
            user: UserId(Uuid::from_u128(7)),
            role: "research_assistant".to_owned(),
            app: "tsela/0.1.0".to_owned(),
            tz: "+02:00".to_owned(),
        };
        // The sample lines name records by @name only, so that no store is asked.
        let (nothing, mut names, mut counter) = (Connection::open_in_memory().unwrap(), Names::default(), 0);
        let mut fresh = || {
            counter += 1;
            Uuid::from_u128(counter)
        };
        let mut read = |line| {
            let entered = names.read(line, &nothing, &mut fresh).unwrap();
            names.remember(&entered);
            entered
        };
        let lines = SHIFT.lines().take(BEFORE + SAVES).map(&mut read).collect();
        Self { study, packages, author, lines }
    }

    fn prepare(&self, store: &Store) -> Result<()> {
        let codes: Vec<StreamCode> = ["A01", "A02"].map(|code| code.parse().unwrap()).to_vec();
        store.write(|tx| {
            meta::set(tx, meta::STUDY, self.study)?;
            meta::set(tx, meta::DEVICE, LESEDI)?;
            streams::add_spares(tx, self.study, LESEDI, &codes)?;
            streams::begin(tx, codes[0], "first").map(|_| ())
        })?;
        self.lines[..BEFORE].iter().try_for_each(|line| self.save(store, line, &mut Vec::new()))
    }

    /// Saves line by line, with receipts between. A small log makes SQLite fold it into the file several times.
    fn work(&self, store: &Store, told: &mut Vec<Told>) -> Result<()> {
        store.write(|tx| Ok(tx.pragma_update(None, "wal_autocheckpoint", 16)?))?;
        for (n, line) in (1..).zip(&self.lines[BEFORE..]) {
            self.save(store, line, told)?;
            if RECEIPTS_AFTER.contains(&n) {
                self.receive(store, told)?;
            }
        }
        Ok(())
    }

    fn save(&self, store: &Store, line: &Entered, told: &mut Vec<Told>) -> Result<()> {
        let request = SaveRequest {
            save: SaveId(line.save.0),
            at: NOW,
            author: &self.author,
            changes: std::slice::from_ref(&line.change),
            draft: None,
            packages: &self.packages,
            warnings: Warnings::Accept,
        };
        let saved = journal::save(store, &request).map_err(|error| match error {
            SaveError::Store(error) => error,
            refused @ SaveError::Refused(_) => panic!("{refused}"),
        })?;
        told.push(Told::Saved { record: line.change.record, stream: saved.stream, seq: saved.seq });
        Ok(())
    }

    /// Believes a receipt over everything saved so far, which brings down what Thabo wrote to the household.
    fn receive(&self, store: &Store, told: &mut Vec<Told>) -> Result<()> {
        let household = self.lines[0].change.record;
        let (stream, state, peer) = store.read(|conn| {
            let stream = streams::active(conn)?.expect("a stream");
            Ok((stream, records::state(conn, household)?.expect("the household"), acks::present_peer(conn)?))
        })?;
        let number = peer.map_or(0, |peer| peer.receipt) + 1;
        let thabo = "T01".parse().unwrap();
        let entry = Entry {
            seq: number,
            save: SaveId(Uuid::from_u128(u128::from(number) << 80)),
            last: true,
            at: NOW,
            tz: "+02:00".to_owned(),
            user: UserId(Uuid::from_u128(8)),
            app: "tsela/0.1.0".to_owned(),
            package: 1,
            op: Op::Update,
            model: "household".to_owned(),
            version: 1,
            record: household,
            seen: state.seen_from(thabo),
            set: [("notes".to_owned(), note(number).into())].into(),
            was: Default::default(),
            settles: Vec::new(),
            reason: Some("asked again".to_owned()),
            source: None,
        };
        let mut changed = state;
        changed.apply(thabo, &entry);
        let head = stream.head;
        let line = StreamReceipt {
            stream: stream.code,
            stored_through: head.seq,
            stored_hash: head.hash,
            applied_through: head.seq,
            applied_hash: head.hash,
            gaps: Vec::new(),
        };
        let receipt = Receipt {
            study: self.study,
            server: CLINIC,
            incarnation: Incarnation(Uuid::from_u128(1)),
            device: LESEDI,
            number,
            at: NOW,
            streams: vec![line],
            bundles: Vec::new(),
            outcomes: Vec::new(),
            tubes: Vec::new(),
            changed: vec![serde_json::from_slice(&changed.to_bytes()).unwrap()],
            changed_after: 0,
            changed_through: number,
            findings: 0,
            contents: Vec::new(),
            codes: Vec::new(),
            package_version: 1,
        };
        let believed = store.write(|tx| acks::believe(tx, &receipt, NOW, &self.packages))?;
        assert_eq!(believed.acked, [(stream.code, head.seq)]);
        told.push(Told::Received { through: head.seq, number });
        Ok(())
    }

    /// Everything the assistant was told is there; at most what was under way is there besides; and all of it is whole.
    fn check(&self, store: &Store, told: &[Told]) -> Result<(), String> {
        let plainly = |error: StoreError| error.to_string();
        store.read(|conn| Ok(self.check_told(conn, told))).map_err(plainly)??;
        let report = store.read(verify::verify).map_err(plainly)?;
        if !report.clean {
            return Err(format!("not clean: {report:?}"));
        }
        let kept = store.read(derived).map_err(plainly)?;
        store.write(|tx| projection::rebuild(tx, &self.packages)).map_err(plainly)?;
        let rebuilt = store.read(derived).map_err(plainly)?;
        if kept == rebuilt { Ok(()) } else { Err("the projection is not what the journal comes to".to_owned()) }
    }

    fn check_told(&self, conn: &Connection, told: &[Told]) -> Result<(), String> {
        let plainly = |error: StoreError| error.to_string();
        let stream = streams::active(conn).map_err(plainly)?.ok_or("no stream")?;
        let mut last = BEFORE as u64;
        for told in told {
            match told {
                Told::Saved { record, stream, seq } => {
                    last = last.max(*seq);
                    let lines = history::of(conn, *record).map_err(plainly)?;
                    if !lines.iter().any(|line| line.dot.stream == *stream && line.dot.seq == *seq) {
                        return Err(format!("save {seq} is lost"));
                    }
                    records::get(conn, *record).map_err(plainly)?.ok_or(format!("the record of save {seq} is lost"))?;
                }
                Told::Received { through, number } => {
                    let acked = acks::acked_through(conn, &stream).map_err(plainly)?;
                    let peer = acks::present_peer(conn).map_err(plainly)?;
                    if acked < *through || peer.is_none_or(|peer| peer.receipt < *number) {
                        return Err(format!("receipt {number} over {through} is lost: {acked} acknowledged"));
                    }
                    let household = records::state(conn, self.lines[0].change.record).map_err(plainly)?;
                    let shown = household.and_then(|state| state.text("notes").map(str::to_owned)).unwrap_or_default();
                    // A later receipt, believed or under way, says more.
                    if !(*number..=number + RECEIPTS_AFTER.len() as u64).any(|number| shown == note(number)) {
                        return Err(format!("what receipt {number} brought is lost: {shown}"));
                    }
                }
            }
        }
        let acked = acks::acked_through(conn, &stream).map_err(plainly)?;
        if stream.head.seq > last + 1 || acked > stream.head.seq {
            return Err(format!("{} entries, {acked} acknowledged, {last} told", stream.head.seq));
        }
        Ok(())
    }

    /// The assistant enters the same again after the cut: what is there is not doubled, and no identifier comes twice.
    fn go_on(&self, store: &Store) -> Result<(), String> {
        let mut told = Vec::new();
        self.work(store, &mut told).map_err(|error| format!("after the cut: {error}"))?;
        self.check(store, &told)?;
        let (head, printed) = store
            .read(|conn| Ok((streams::active(conn)?.map(|stream| stream.head.seq), printed(conn)?)))
            .map_err(|error| error.to_string())?;
        let distinct: BTreeSet<&String> = printed.iter().collect();
        if head != Some((BEFORE + SAVES) as u64) || distinct.len() != printed.len() {
            return Err(format!("{head:?} entries after going on, identifiers {printed:?}"));
        }
        Ok(())
    }
}

/// What Thabo wrote to the household, and a receipt brings down.
fn note(number: u64) -> String {
    format!("Thabo was here, {number}")
}

/// Everything derived from the journal, as text.
fn derived(conn: &Connection) -> Result<Vec<String>> {
    let mut rows = Vec::new();
    for sql in [
        "SELECT hex(id) || model || void || conflicts || created_at || modified_at || hex(entries) || hex(state)
         FROM record ORDER BY id",
        "SELECT hex(anchor) || kind || name || value || hex(record) FROM place ORDER BY 1",
        "SELECT hex(record) || code || field || severity || body FROM finding ORDER BY 1",
    ] {
        let mut statement = conn.prepare(sql)?;
        let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.extend(lines.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(rows)
}

fn printed(conn: &Connection) -> Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT id FROM record ORDER BY n")?;
    let ids = statement.query_map([], |row| Ok(RecordId(Uuid::from_bytes(row.get(0)?))))?;
    let printed = ["household_identifier", "subject_identifier", "requisition_identifier", "specimen_identifier"];
    let mut found = Vec::new();
    for id in ids {
        let state = records::state(conn, id?)?.expect("a stored record");
        found.extend(printed.iter().filter_map(|field| state.text(field).map(str::to_owned)));
    }
    Ok(found)
}

fn losses(name: &str, synchronous: Synchronous, seeds: std::ops::Range<u64>) -> Vec<String> {
    let day = Day::new();
    let trial = Trial::new(name, synchronous, |store| day.prepare(store), |store, told| day.work(store, told));
    println!("{name}: {} cuts at one of {} places", seeds.end - seeds.start, trial.length());
    let lost = |seed: u64| {
        let look = |store: &Store, told: &[Told]| {
            day.check(store, told)?;
            if seed.is_multiple_of(GO_ON_EVERY) { day.go_on(store) } else { Ok(()) }
        };
        match trial.cut(seed, |store, told| day.work(store, told), look) {
            Outcome::Kept => None,
            Outcome::Lost(how) => Some(format!("seed {seed}: {how}")),
        }
    };
    seeds.filter_map(lost).collect()
}

#[test]
fn nothing_that_was_saved_or_received_is_lost() {
    let lost: Vec<String> = std::thread::scope(|scope| {
        let first = scope.spawn(|| losses("saves, first half", Synchronous::Full, 0..CUTS / 2));
        let second = scope.spawn(|| losses("saves, second half", Synchronous::Full, CUTS / 2..CUTS));
        [first, second].into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert!(lost.is_empty(), "{} of {CUTS} cuts lost something:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn the_control_with_synchronous_normal_does_lose_saves() {
    let lost = losses("saves, normal", Synchronous::Normal, 0..CONTROL_CUTS);
    println!("NORMAL lost something in {} of {CONTROL_CUTS} cuts", lost.len());
    assert!(lost.len() as u64 > CONTROL_CUTS / 10, "only {} of {CONTROL_CUTS}", lost.len());
    // Even then what is left is whole: it is durability that NORMAL gives away.
    assert!(lost.iter().all(|how| how.contains("is lost")), "{}", lost.join("\n"));
}
