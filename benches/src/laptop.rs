//! A research assistant's laptop, as a process that does one thing and says how long it took.

use std::{path::PathBuf, sync::Arc, time::Instant};

use anyhow::{Context as _, Result, anyhow};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tsela_core::{
    bundle::{self, BundleKind, PackRequest, SectionName, SectionRequest},
    chain::{ChainHash, EntryHash},
    ids::UserId,
    seal::keys::SigningKey,
};
use tsela_store::{
    DataKey, Folder, Options, Packages, Store, acks,
    ingest::{self, IncomingRun},
    marker, outgoing, recover,
    streams::{self, Stream},
};
use tsela_sync::{
    clock::{Clock, SystemClock},
    engine::{Engine, EngineConfig, EngineHandle},
    enrol::{Applicant, NewDevice, enrol},
    identity,
    road::{
        files::{FileRoad as _, Way},
        folder::FolderRoad,
    },
};
use uuid::Uuid;

use crate::{journal::Journal, machine};

mod saves;
mod searches;

/// Entries in one transaction of filling a store.
const AT_ONCE: u64 = 10_000;

/// One thing to do with a laptop's folder.
#[derive(Debug, Args)]
pub(crate) struct Task {
    dir: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Enrol with a code.
    Enrol { code: String },
    /// Write the journal up to this entry, in large transactions.
    Fill { through: u64 },
    /// Push what is unsent.
    Push,
    /// Write and push some new entries, several times over.
    After { entries: u64, times: usize },
    /// Save, beside bare inserts of the same bytes.
    Save { saves: usize },
    /// Write all that is there into a folder, in at least so many bundles.
    Export { folder: PathBuf, bundles: usize },
    /// Search.
    Search { searches: usize },
}

impl Task {
    /// Does it and prints what came out.
    pub fn run(&self) -> Result<()> {
        let said = match &self.what {
            What::Enrol { code } => self.enrol(code),
            What::Fill { through } => Laptop::open(&self.dir)?.fill(*through),
            What::Push => Laptop::open(&self.dir)?.push(),
            What::After { entries, times } => Laptop::open(&self.dir)?.after(*entries, *times),
            What::Save { saves } => saves::measure(&Laptop::open(&self.dir)?, &self.dir, *saves),
            What::Export { folder, bundles } => Laptop::open(&self.dir)?.export(folder, *bundles),
            What::Search { searches } => searches::measure(&Laptop::open(&self.dir)?.store, *searches),
        }?;
        crate::answer(&with_cost(said))
    }

    fn enrol(&self, code: &str) -> Result<Value> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::with_offset(0));
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        let new = NewDevice::generate(&*clock, &mut rng);
        let applicant = Applicant { device_name: "lesedi", user: "lesedi" };
        let code = code.parse()?;
        let enrolment = runtime()?.block_on(enrol(&code, &new, &applicant, Arc::clone(&clock), &mut rng))?;
        let folder = Folder::new(&self.dir);
        folder.create()?;
        let store = Store::create(&folder.store(), &data_key(), Uuid::now_v7(), &Options::default())?;
        identity::save(&store, &enrolment, clock.now())?;
        marker::settle(&folder, &store, streams::heads)?;
        recover::begin_due(&folder, &store)?;
        std::fs::write(self.dir.join("user"), enrolment.user.to_string())?;
        Ok(json!({}))
    }
}

/// A laptop that is open.
pub(crate) struct Laptop {
    folder: Folder,
    pub store: Arc<Store>,
    pub user: UserId,
    pub packages: Packages,
    journal: Journal,
}

impl Laptop {
    fn open(dir: &std::path::Path) -> Result<Self> {
        let folder = Folder::new(dir);
        let options = Options { quick_check: false, ..Options::default() };
        let store = Arc::new(Store::open(&folder.store(), &data_key(), &options)?);
        let user = std::fs::read_to_string(dir.join("user"))?.parse()?;
        let packages = identity::load_packages(&store)?;
        let journal = Journal::new(stream(&store)?.code, user, packages.newest()?.package().version)?;
        Ok(Self { folder, store, user, packages, journal })
    }

    /// Writes the journal up to an entry as its author's own: stored, folded, findings and all.
    fn fill(&mut self, through: u64) -> Result<Value> {
        let (key, from) = (self.signing_key()?, stream(&self.store)?.head.seq);
        self.journal.skip_to(from)?;
        let began = Instant::now();
        let mut head = from;
        while head < through {
            head = (head + AT_ONCE).min(through);
            self.write(head, &key)?;
        }
        let findings = self.store.read(findings)?;
        Ok(json!({ "entries": through - from, "seconds": began.elapsed().as_secs_f64(), "findings": findings }))
    }

    /// Writes the next entries, up to a number, in one transaction.
    fn write(&mut self, through: u64, key: &SigningKey) -> Result<()> {
        let stream = stream(&self.store)?;
        let mut entries = Vec::new();
        let mut head = stream.head;
        while head.seq < through {
            let bytes = self.journal.next_entry()?;
            head.seq += 1;
            head.hash = ChainHash::next(head.hash, EntryHash::of(&bytes));
            entries.push(bytes);
        }
        let first_seq = stream.head.seq + 1;
        let study = self.store.read(identity_study)?;
        let signature = tsela_core::bundle::journal::SignedHead::sign(study, stream.code, head, key).signature;
        let run = IncomingRun { stream: stream.code, first_seq, entries: &entries, head, signature };
        let now = SystemClock::with_offset(0).now();
        self.store.write(|tx| ingest::ingest(tx, &run, now, &self.packages))?;
        Ok(())
    }

    fn push(&self) -> Result<Value> {
        runtime()?.block_on(async {
            let engine = self.engine()?;
            let began = Instant::now();
            let pushed = engine.push_and_wait("lesedi").await.map_err(|problem| anyhow!("{problem}"))?;
            let seconds = began.elapsed().as_secs_f64();
            self.all_received()?;
            engine.shutdown().await;
            Ok(json!({ "entries": pushed.entries, "bytes": pushed.bytes, "seconds": seconds }))
        })
    }

    /// Writes and pushes `entries`, `times` times; the seconds of each push.
    fn after(&mut self, entries: u64, times: usize) -> Result<Value> {
        let (key, mut head) = (self.signing_key()?, stream(&self.store)?.head.seq);
        self.journal.skip_to(head)?;
        runtime()?.block_on(async {
            let engine = self.engine()?;
            let mut seconds = Vec::new();
            for _ in 0..times {
                head += entries;
                self.write(head, &key)?;
                let began = Instant::now();
                engine.push_and_wait("lesedi").await.map_err(|problem| anyhow!("{problem}"))?;
                seconds.push(began.elapsed().as_secs_f64());
                self.all_received()?;
            }
            engine.shutdown().await;
            Ok(json!({ "seconds": seconds }))
        })
    }

    /// Packs the journal as the courier does, only smaller: as many days' sticks would hold it.
    fn export(&self, folder: &std::path::Path, bundles: usize) -> Result<Value> {
        let (device, remote) = identity::load(&self.store)?.context("the laptop is enrolled")?;
        let bytes = self.store.read(entry_bytes)? / bundles;
        let (stream, road) = (stream(&self.store)?, FolderRoad::at(folder)?);
        let recipients = remote.keys.journal_recipients();
        let (mut after, mut written) = (0, 0);
        let next = |conn: &rusqlite::Connection, after| {
            outgoing::next_run(conn, device.study, &device.signing_key, &stream, after, bytes)
        };
        while let Some(run) = self.store.read(|conn| next(conn, after))? {
            after = run.last_seq();
            let plaintext = bundle::journal::encode(&[run]);
            let section =
                SectionRequest { name: SectionName::Payload, plaintext: &plaintext, recipients: recipients.to_vec() };
            let request = PackRequest {
                kind: BundleKind::Journal,
                study: device.study,
                packer: device.device,
                signing_key: &device.signing_key,
                sections: vec![section],
            };
            let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
            road.put(Way::ToServer, device.device, &bundle::pack(request, &mut rng)?)?;
            written += 1;
        }
        Ok(json!({ "bundles": written, "entries": after }))
    }

    fn engine(&self) -> Result<EngineHandle> {
        let clock = Arc::new(SystemClock::with_offset(0));
        let config = EngineConfig::load(self.folder.clone(), Arc::clone(&self.store), clock)?;
        let mut config = config.context("the laptop is enrolled")?;
        config.options.manual = true;
        Ok(Engine::start(config)?)
    }

    /// A push that ended well and left something unsent would be measured as fast.
    fn all_received(&self) -> Result<()> {
        let own = self.store.read(acks::own_streams)?;
        let missing: u64 = own.iter().map(|(stream, acked)| stream.head.seq - acked).sum();
        anyhow::ensure!(missing == 0, "{missing} entries were pushed and not received");
        Ok(())
    }

    fn signing_key(&self) -> Result<SigningKey> {
        let (device, _) = identity::load(&self.store)?.context("the laptop is enrolled")?;
        Ok(device.signing_key)
    }
}

/// Counts the findings by their code.
fn findings(conn: &rusqlite::Connection) -> tsela_store::Result<std::collections::BTreeMap<String, u64>> {
    let mut statement = conn.prepare("SELECT code, count(*) FROM finding GROUP BY code")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn entry_bytes(conn: &rusqlite::Connection) -> tsela_store::Result<usize> {
    let bytes: i64 = conn.query_row("SELECT sum(length(bytes)) FROM entry", [], |row| row.get(0))?;
    Ok(usize::try_from(bytes).unwrap_or_default())
}

fn identity_study(conn: &rusqlite::Connection) -> tsela_store::Result<tsela_core::ids::StudyId> {
    let study = tsela_store::meta::get_as(conn, tsela_store::meta::STUDY)?;
    study.ok_or_else(|| tsela_store::StoreError::Internal("the laptop is of no study".to_owned()))
}

fn stream(store: &Store) -> Result<Stream> {
    store.read(streams::active)?.context("the laptop has begun a stream")
}

/// The same for every laptop here; what is measured does not depend on it.
fn data_key() -> DataKey {
    DataKey::from_bytes([7; 32])
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Adds the most memory that this process has had and its processor time.
fn with_cost(mut said: Value) -> Value {
    let own = std::process::id();
    if let Some(said) = said.as_object_mut() {
        said.insert("peak_mib".to_owned(), json!(machine::peak_mib(own)));
        said.insert("cpu".to_owned(), json!(machine::cpu_seconds(own)));
    }
    said
}

/// Returns the value below which this many hundredths of all lie.
pub(crate) fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((sorted.len() * hundredths / 100).min(last)).copied().unwrap_or(f64::NAN)
}
