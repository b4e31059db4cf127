//! Named peers: a clinic's server and laptops, real ones, in temporary folders, without windows.

use std::{net::SocketAddr, path::Path, sync::Arc};

use tempfile::TempDir;
use tsela_core::{
    attachment::{ContentId, MediaType},
    enrolment::EnrolmentCode,
    entry::{Entry, Op},
    ids::{RecordId, SaveId, StreamCode},
    package::demonstration_parts,
};
use tsela_server::{OpenOptions, Running, ServeOptions, Server, admin::By, serve};
use tsela_store::{
    DataKey, Folder, Options, Store, acks, contents,
    journal::{self, Author, SaveRequest, Saved, Warnings},
    lines::Names,
    marker, meta, recover, streams,
};
use tsela_sync::{
    clock::{Clock, SystemClock},
    engine::{Engine, EngineConfig, EngineHandle, system_rng},
    enrol::{Applicant, Enrolment, NewDevice, enrol},
    identity,
};
use uuid::Uuid;

/// A clinic with its community server.
pub struct Clinic {
    /// Its folder.
    pub dir: TempDir,
    /// The server.
    pub server: Server,
    running: Option<Running>,
}

/// A research assistant's laptop.
pub struct Laptop {
    /// Its folder.
    pub dir: TempDir,
    /// Its store.
    pub store: Arc<Store>,
    /// Its running engine.
    pub engine: EngineHandle,
    /// Who works on it.
    pub author: Author,
}

impl Clinic {
    /// Sets up a server with the demonstration study and serves it on a free port of loopback.
    pub async fn open() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let clock = SystemClock::with_offset(0);
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        tsela_server::init(dir.path(), demonstration_parts(), "clinic", &mut rng, clock.now()).expect("a new server");
        let mut clinic = Self { server: open_server(dir.path()), dir, running: None };
        clinic.serve(([127, 0, 0, 1], 0).into()).await;
        clinic
    }

    /// Serves on an address.
    pub async fn serve(&mut self, listen: SocketAddr) {
        let options = ServeOptions { backups: false, ..ServeOptions::new(listen) };
        self.running = Some(serve::start(self.server.clone(), &options).await.expect("the server listens"));
    }

    /// Stops serving and returns the address it had.
    pub async fn close(&mut self) -> SocketAddr {
        let running = self.running.take().expect("the server runs");
        let address = running.address();
        running.stop().await.expect("the server ends");
        address
    }

    /// Returns where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.running.as_ref().expect("the server runs").address()
    }

    /// Makes an enrolment code that sends laptops to an address.
    pub fn code(&self, address: SocketAddr) -> EnrolmentCode {
        let url = format!("https://{address}");
        let made = self.server.make_code("field", None, "", Some(&url), &By::operator());
        made.expect("an enrolment code").code
    }

    /// Enrols a laptop that reaches the server at `address`, which may be a proxy's.
    pub async fn laptop(&self, name: &str, address: SocketAddr) -> Laptop {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::with_offset(0));
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        let new = NewDevice::generate(&*clock, &mut rng);
        let applicant = Applicant { device_name: name, user: name };
        let enrolled = enrol(&self.code(address), &new, &applicant, Arc::clone(&clock), &mut rng).await;
        Laptop::new(&enrolled.expect("the enrolment"), clock)
    }
}

fn open_server(dir: &Path) -> Server {
    Server::open_with(dir, OpenOptions::default()).expect("the server opens")
}

impl Laptop {
    fn new(enrolment: &Enrolment, clock: Arc<dyn Clock>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(dir.path());
        folder.create().expect("the folder");
        let key = DataKey::from_bytes([7; 32]);
        let store = Store::create(&folder.store(), &key, Uuid::from_u128(1), &Options::default()).expect("a store");
        identity::save(&store, enrolment, clock.now()).expect("the enrolment is kept");
        marker::settle(&folder, &store, streams::heads).expect("the marker");
        recover::begin_due(&folder, &store).expect("a first stream");
        let store = Arc::new(store);
        let author = Author {
            user: enrolment.user,
            role: enrolment.user_role.clone(),
            app: "tsela/0.1.0".to_owned(),
            tz: "+02:00".to_owned(),
        };
        let engine = start(folder, &store, &author, clock);
        Self { dir, store, engine, author }
    }

    /// Ends the engine and starts another on the same store, as closing and opening the program does.
    pub async fn restart(self) -> Self {
        let Self { dir, store, engine, author } = self;
        engine.shutdown().await;
        let engine = start(Folder::new(dir.path()), &store, &author, Arc::new(SystemClock::with_offset(0)));
        Self { dir, store, engine, author }
    }

    /// Enters lines, each a save.
    ///
    /// # Panics
    /// At the first line that is refused.
    pub fn enter(&self, text: &str) -> Vec<Saved> {
        let packages = Arc::clone(&self.engine.packages().read().expect("nobody panicked"));
        let at = SystemClock::with_offset(0).now();
        let mut names = Names::default();
        let mut enter = |line: &str| {
            let entered = self.store.read(|conn| Ok(names.read(line, conn, Uuid::now_v7)));
            let entered = entered.expect("the store").unwrap_or_else(|error| panic!("{line}: {error}"));
            let saved = journal::save(
                &self.store,
                &SaveRequest {
                    save: SaveId(entered.save.0),
                    at,
                    author: &self.author,
                    changes: std::slice::from_ref(&entered.change),
                    draft: None,
                    packages: &packages,
                    warnings: Warnings::Accept,
                },
            );
            names.remember(&entered);
            saved.unwrap_or_else(|error| panic!("{line}: {error}"))
        };
        let saved: Vec<Saved> = text.lines().filter(|line| !line.trim().is_empty()).map(&mut enter).collect();
        self.engine.local_save();
        saved
    }

    /// Attaches a file to a record, as the window does.
    ///
    /// # Panics
    /// If the store or the rules refuse it.
    pub fn attach(&self, about: RecordId, bytes: &[u8]) -> ContentId {
        let (content, now) = (ContentId::of(bytes), SystemClock::with_offset(0).now());
        let device = self.store.read(|conn| meta::get_as(conn, meta::DEVICE)).expect("the store").expect("enrolled");
        self.store.write(|tx| contents::put(tx, bytes, device, now)).expect("the content");
        let media_type = MediaType::of(bytes).expect("a kind that is taken").as_str();
        let set = serde_json::json!({"about": about, "content": content, "media_type": media_type,
            "size": bytes.len(), "file_name": "consent.jpg"});
        self.enter(&serde_json::json!({"model": "attachment", "set": set}).to_string());
        content
    }

    /// Returns for each of its streams the last entry, and the last one that a receipt covers.
    pub fn standing(&self) -> Vec<(StreamCode, u64, u64)> {
        let own = self.store.read(acks::own_streams).expect("the store");
        own.into_iter().map(|(stream, acked)| (stream.code, stream.head.seq, acked)).collect()
    }

    /// Says whether everything that it has written is received.
    pub fn all_received(&self) -> bool {
        self.standing().iter().all(|(_, last, acked)| last == acked)
    }

    /// Returns the events of a kind that it has written.
    pub fn events(&self, kind: &str) -> Vec<Entry> {
        let stored = self.store.read(|conn| {
            let mut statement = conn.prepare("SELECT bytes FROM entry ORDER BY id")?;
            let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        });
        let stored = stored.expect("the store");
        let entries = stored.iter().map(|bytes| Entry::parse(bytes).expect("an entry"));
        entries.filter(|entry| entry.op == Op::Event && entry.set["kind"] == kind).collect()
    }

    /// Returns the stream that it writes to.
    pub fn stream(&self) -> StreamCode {
        self.store.read(streams::active).expect("the store").expect("a stream").code
    }
}

fn start(folder: Folder, store: &Arc<Store>, author: &Author, clock: Arc<dyn Clock>) -> EngineHandle {
    let config = EngineConfig::load(folder, Arc::clone(store), clock).expect("the store").expect("it is enrolled");
    let mut config = EngineConfig { rng: system_rng(), author: Some(author.clone()), ..config };
    // Tests say when to push; what happens by timer has tests of its own.
    config.options.manual = true;
    Engine::start(config).expect("the engine starts")
}
