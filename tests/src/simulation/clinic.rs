//! The clinic's server, in process, beside the [model](super::model) of what it must hold.
//!
//! Whatever it says it has received, the model takes in too, and the two are compared at once. What the study's recovery key
//! opens says what was in a bundle.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use tsela_core::{
    bundle::{
        BundleId, BundleView, SectionName,
        journal::{self, Run},
    },
    ids::{DeviceId, StreamCode},
    package::demonstration_parts,
    seal::{SealingKey, hex},
};
use tsela_server::{OpenOptions, Refusal, Server, ServerError, init, restore};
use tsela_store::{
    Connection, Kdf,
    server::devices::{self, DeviceRow},
    streams,
};
use tsela_sync::{
    clock::Clock,
    road::{
        files::{Content, FileRoad, FilesError, Found, Listing, Way},
        folder::FolderRoad,
    },
};

use super::{clock::Hands, dice::Dice, laboratory::Laboratory, model::Model};

/// What becomes of a fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forks {
    /// It is quarantined, as it must be.
    Quarantined,
    /// It is ignored: whatever came first counts, and nobody hears of the rest. A server that does this must be found out.
    Ignored,
}

/// The server.
pub struct Clinic {
    dir: PathBuf,
    server: Option<Server>,
    clock: Hands,
    recovery: SealingKey,
    forks: Forks,
    laboratory: Laboratory,
    /// What it must hold.
    pub model: Model,
    backup: Option<(PathBuf, Model)>,
}

impl Clinic {
    /// Sets a server up.
    pub fn open(dir: &Path, clock: Hands, forks: Forks, dice: &mut Dice) -> Self {
        init(dir, demonstration_parts(), "clinic", &mut dice.0, clock.now()).expect("a server is set up");
        let recovery = fs::read_to_string(dir.join("offline/recovery.key")).expect("the recovery key");
        let recovery = hex::decode(recovery.trim()).expect("a key in hexadecimal digits");
        let server = started(dir, &clock);
        let laboratory = Laboratory::open(&server);
        Self {
            dir: dir.to_path_buf(),
            server: Some(server),
            clock,
            recovery: SealingKey::from_bytes(&recovery),
            forks,
            laboratory,
            model: Model::default(),
            backup: None,
        }
    }

    fn start(&mut self) {
        self.server = Some(started(&self.dir, &self.clock));
    }

    /// Returns the server.
    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("the server is open but for moments")
    }

    /// Reads its store.
    pub fn read<T>(&self, ask: impl FnOnce(&Connection) -> tsela_store::Result<T>) -> T {
        self.server().store().read(ask).expect("the server's store can be read")
    }

    /// Returns a device as the server knows it.
    pub fn device(&self, id: DeviceId) -> DeviceRow {
        self.read(|conn| devices::find(conn, id)).expect("the server knows the device")
    }

    /// Ends the server without a word and starts it again.
    pub fn crash(&mut self) {
        self.server = None;
        self.start();
    }

    /// Lets its laboratory work; what that writes into the server's own stream counts as any other entry.
    pub fn at_lab<T>(&mut self, work: impl FnOnce(&Laboratory, &Server) -> T) -> T {
        let done = work(&self.laboratory, self.server());
        self.note_own();
        done
    }

    /// Gives the model what the server has written itself.
    pub fn note_own(&mut self) {
        for (code, entries) in self.read(own_streams) {
            let known = self.model.streams.entry(code).or_default();
            assert!(entries.starts_with(&known.entries), "the server's own stream {code} only grows");
            known.entries = entries;
        }
    }

    /// Backs it up.
    pub fn back_up(&mut self) {
        self.note_own();
        let path = self.server().backup().expect("a backup is made").path;
        self.backup = Some((path, self.model.clone()));
    }

    /// Restores it from its last backup, if there is one: a new life begins. Says whether it did.
    pub fn restore(&mut self) -> bool {
        let Some((path, model)) = self.backup.take() else { return false };
        self.server = None;
        restore(&self.dir, &path, options(&self.clock)).expect("the backup is restored");
        self.start();
        self.model = model;
        self.note_own();
        self.check_streams();
        true
    }

    /// Receives what came under a name from a device; returns the receipt.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn receive(&mut self, from: DeviceId, id: BundleId, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        let device = self.device(from);
        match self.server().receive(&device, id, bytes) {
            Ok(received) => {
                self.took(bytes);
                Ok(received.receipt)
            }
            Err(ServerError::Refused(refusal)) => Err(refusal),
            Err(error) => panic!("the server failed: {error}"),
        }
    }

    /// Takes in what lies in a folder; says how many bundles that were.
    pub fn import(&mut self, folder: &FolderRoad) -> usize {
        let watched = Watched { folder, taken: RefCell::default() };
        let imported = self.server().import(&watched).expect("a folder is imported");
        for bytes in watched.taken.into_inner() {
            self.took(&bytes);
        }
        imported.bundles
    }

    /// What the server says it has received, the model takes in, and both must have come to the same.
    fn took(&mut self, bytes: &[u8]) {
        let runs = self.runs(bytes);
        if self.forks == Forks::Ignored {
            self.ignore_forks();
        }
        for run in &runs {
            self.model.take(run);
        }
        for run in &runs {
            self.check_stream(run.stream);
        }
    }

    /// Returns where a bundle does not continue what the server has: the entry of a stream that would have to come first.
    pub fn lacks(&self, bytes: &[u8]) -> Option<(StreamCode, u64)> {
        let stream = |run: &Run| self.model.streams.get(&run.stream);
        let has = |run: &Run| stream(run).map_or(0, |stream| stream.entries.len() as u64);
        let is_forked = |run: &Run| stream(run).is_some_and(|stream| stream.forked_at.is_some());
        let runs = self.runs(bytes);
        runs.iter().find(|run| run.first_seq > has(run) + 1 && !is_forked(run)).map(|run| (run.stream, has(run) + 1))
    }

    fn runs(&self, bytes: &[u8]) -> Vec<Run> {
        let view = BundleView::parse(bytes).expect("what was received is a bundle");
        let content = view.open(SectionName::Payload, std::slice::from_ref(&self.recovery));
        journal::decode(&content.expect("the recovery key opens every journal")).expect("a journal")
    }

    /// Breaks the server on purpose.
    fn ignore_forks(&self) {
        let ignored = self.server().store().write(|tx| {
            tx.execute("UPDATE stream SET forked_at = NULL", [])?;
            tx.execute("DELETE FROM quarantine", [])?;
            Ok(())
        });
        ignored.expect("the server's store can be written to");
    }

    fn check_streams(&self) {
        let codes: Vec<StreamCode> = self.model.streams.keys().copied().collect();
        codes.into_iter().for_each(|code| self.check_stream(code));
    }

    fn check_stream(&self, code: StreamCode) {
        let known = self.model.streams.get(&code).cloned().unwrap_or_default();
        let stream = self.read(|conn| streams::find(conn, code));
        let (stored, forked_at) = stream.map_or((0, None), |stream| (stream.head.seq, stream.forked_at));
        assert_eq!(stored, known.entries.len() as u64, "entries of stream {code} on the server");
        assert_eq!(forked_at, known.forked_at, "the fork of stream {code} is known to the server");
    }
}

fn options(clock: &Hands) -> OpenOptions {
    let clock = clock.clone();
    OpenOptions { clock: Arc::new(move || clock.now()), quick_check: false, kdf: Kdf::CHEAP_FOR_TESTS }
}

fn started(dir: &Path, clock: &Hands) -> Server {
    Server::open_with(dir, options(clock)).expect("the server opens")
}

/// Returns the server's own streams, entry by entry.
fn own_streams(conn: &Connection) -> tsela_store::Result<Vec<(StreamCode, Vec<Vec<u8>>)>> {
    let mut found = Vec::new();
    for stream in streams::own(conn)? {
        let sql = "SELECT bytes FROM entry WHERE id >> 40 = ?1 ORDER BY id";
        let mut statement = conn.prepare_cached(sql)?;
        let rows = statement.query_map([stream.id], |row| row.get(0))?;
        found.push((stream.code, rows.collect::<rusqlite::Result<_>>()?));
    }
    Ok(found)
}

/// A folder of which is noted what was taken in.
struct Watched<'a> {
    folder: &'a FolderRoad,
    taken: RefCell<Vec<Vec<u8>>>,
}

impl FileRoad for Watched<'_> {
    fn kind(&self) -> &'static str {
        self.folder.kind()
    }

    fn explain(&self) -> Result<(), FilesError> {
        self.folder.explain()
    }

    fn put(&self, way: Way, device: DeviceId, bundle: &[u8]) -> Result<BundleId, FilesError> {
        self.folder.put(way, device, bundle)
    }

    fn list(&self, way: Way, device: Option<DeviceId>) -> Result<Listing, FilesError> {
        self.folder.list(way, device)
    }

    fn get(&self, way: Way, found: &Found) -> Result<Content, FilesError> {
        self.folder.get(way, found)
    }

    fn archive(&self, way: Way, found: &Found) -> Result<(), FilesError> {
        if let Content::Whole(bytes) = self.folder.get(way, found)? {
            self.taken.borrow_mut().push(bytes);
        }
        self.folder.archive(way, found)
    }

    fn keep_only(&self, way: Way, device: DeviceId, kept: &[BundleId]) {
        self.folder.keep_only(way, device, kept);
    }
}
