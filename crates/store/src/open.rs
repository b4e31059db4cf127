//! A store that is open: one connection that writes, a few that read.
//!
//! SQLite has one writer at a time anyway; holding it in one mutex makes the queue fair and the errors few. Readers have
//! connections of their own and see the last commit, so that a page never waits for a save or a push.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use uuid::Uuid;

use crate::{
    connection::{self, Access, Options, Pages},
    data_key::DataKey,
    error::{Result, StoreError},
    meta, migrations,
    recent::Kept,
};

/// An open store.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    key: DataKey,
    options: Options,
    /// `None` in a store opened for reading.
    writer: Option<Mutex<Connection>>,
    readers: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
    stopped: AtomicBool,
    recent: Kept,
}

impl Store {
    /// Creates a store with this id. What a crash left of an earlier creation is finished.
    ///
    /// # Errors
    /// [`StoreError::AlreadyAStore`] if there is one; [`StoreError::WrongKey`] if something else is there.
    pub fn create(path: &Path, key: &DataKey, id: Uuid, options: &Options) -> Result<Self> {
        let (mut conn, pages) = connection::connect(path, key, options, Access::Create)?;
        if migrations::version(&conn)? > 0 && meta::get(&conn, meta::STORE)?.is_some() {
            return Err(StoreError::AlreadyAStore { path: path.to_path_buf() });
        }
        migrations::run(&mut conn)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        meta::set(&tx, meta::STORE, id)?;
        tx.commit()?;
        Self::with_readers(path, key, options, Some(conn), pages)
    }

    /// Opens a store for writing, checks it and brings it to the newest version. The caller holds the
    /// [`WriterLock`](crate::lock::WriterLock).
    ///
    /// # Errors
    /// [`StoreError::NotAStore`], [`StoreError::WrongKey`], [`StoreError::Damaged`], [`StoreError::NewerStore`], or what
    /// the disk said. The file is left as it was in each case.
    pub fn open(path: &Path, key: &DataKey, options: &Options) -> Result<Self> {
        require_file(path, options)?;
        let (mut conn, pages) = connection::connect(path, key, options, Access::Write)?;
        if migrations::version(&conn)? == 0 {
            return Err(StoreError::NotAStore { path: path.to_path_buf() });
        }
        if options.quick_check {
            connection::quick_check(&conn, "the store")?;
        }
        migrations::run(&mut conn)?;
        Self::with_readers(path, key, options, Some(conn), pages)
    }

    /// Opens a store for reading beside a window that may be writing; needs no lock and checks no pages.
    ///
    /// # Errors
    /// As [`Self::open`], and [`StoreError::OlderStore`] where a writer would upgrade.
    pub fn open_reader(path: &Path, key: &DataKey, options: &Options) -> Result<Self> {
        require_file(path, options)?;
        let store = Self::with_readers(path, key, options, None, options.pages)?;
        store.read(|conn| match migrations::version(conn)? {
            0 => Err(StoreError::NotAStore { path: path.to_path_buf() }),
            _ => migrations::check(conn),
        })?;
        Ok(store)
    }

    /// Runs `work` in one transaction, which commits if it returns `Ok` and leaves no trace otherwise. When this
    /// returns `Ok`, what was written survives a power cut. Calling it within itself would wait forever.
    ///
    /// # Errors
    /// What `work` returned; [`StoreError::DiskFull`] and the like if the commit failed. After a failure of the disk
    /// itself, every further call is [`StoreError::Stopped`]: what such a disk holds is known only after a restart.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        if self.stopped.load(Ordering::Acquire) {
            return Err(StoreError::Stopped);
        }
        let outcome = self.transact(work);
        if matches!(outcome, Err(StoreError::DiskFailed(_))) {
            self.stopped.store(true, Ordering::Release);
            tracing::error!("the disk failed; the store takes no more writes until it is opened again");
        }
        outcome
    }

    /// Runs `work` on a connection that sees one consistent state, the last commit, throughout. Never waits for a
    /// write. Writing in it is refused by SQLite. Not to be called within itself.
    ///
    /// # Errors
    /// What `work` returned.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let conn = self.reader();
        let snapshot = conn.unchecked_transaction()?;
        work(&snapshot)
    }

    /// Returns the store's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the key, to be wrapped for someone else.
    pub fn key(&self) -> &DataKey {
        &self.key
    }

    /// Returns what the last save has left for the next one.
    pub(crate) fn recent(&self) -> &Kept {
        &self.recent
    }

    /// Returns how the store was opened.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Moves what the write-ahead log holds into the file, as far as readers allow.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn checkpoint(&self) -> Result<()> {
        let conn = self.writer()?;
        Ok(conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
    }

    fn transact<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut conn = self.writer()?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&tx)?;
        tx.commit()?;
        Ok(value)
    }

    fn with_readers(
        path: &Path,
        key: &DataKey,
        options: &Options,
        writer: Option<Connection>,
        pages: Pages,
    ) -> Result<Self> {
        let mut options = Options { pages, ..options.clone() };
        let mut readers = Vec::new();
        for _ in 0..options.readers.max(1) {
            let (conn, pages) = connection::connect(path, key, &options, Access::Read)?;
            options.pages = pages;
            readers.push(Mutex::new(conn));
        }
        Ok(Self {
            path: path.to_path_buf(),
            key: key.clone(),
            options,
            writer: writer.map(Mutex::new),
            readers,
            turn: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            recent: Kept::default(),
        })
    }

    /// A poisoned lock is taken all the same: the panic dropped its transaction, which rolled it back.
    fn writer(&self) -> Result<MutexGuard<'_, Connection>> {
        let writer = self.writer.as_ref();
        let writer = writer.ok_or_else(|| StoreError::Internal("this store was opened for reading".to_owned()))?;
        Ok(writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        for reader in &self.readers {
            match reader.try_lock() {
                Ok(conn) => return conn,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        let reader =
            self.readers.get(turn).expect("a store has at least one reader and the turn is below their number");
        reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that there is no store where the file is missing or empty. A VFS of a test has no file to look at.
fn require_file(path: &Path, options: &Options) -> Result<()> {
    if options.vfs.is_some() {
        return Ok(());
    }
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() > 0 => Ok(()),
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io("cannot read", path, e)),
        _ => Err(StoreError::NotAStore { path: path.to_path_buf() }),
    }
}

#[cfg(test)]
mod tests;
