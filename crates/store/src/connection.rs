//! How one connection to a store is opened: the key, and the settings that every promise rests on.
//!
//! `synchronous=FULL` is set and read back, because SQLCipher's and SQLite's defaults have differed between builds and
//! `NORMAL` loses acknowledged commits in WAL mode when the power goes (tests/tests/power_cut.rs shows it). Nothing
//! temporary reaches the disk in plain text: `temp_store=MEMORY`.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig, ffi};
use zeroize::Zeroizing;

use crate::{
    data_key::DataKey,
    error::{Result, StoreError},
};

/// Pages that the writer keeps decrypted, KiB: those that one bundle or one save touches in a store of any size, so that
/// none is written before the commit, read and checked twice.
const WRITER_CACHE_KIB: i64 = 32 * 1024;
/// Pages that each reader keeps decrypted, KiB.
const READER_CACHE_KIB: i64 = 8 * 1024;

/// Pages in the log from which on a commit moves them into the file; the log is cut to as many then.
const LOG_PAGES: i64 = 4_000;

/// When a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// At every commit. The only setting under which a saved form survives a power cut.
    Full,
    /// At checkpoints only. Loses commits; there so that a test can show it.
    Normal,
}

/// In what pages a store's file is written, and how each is authenticated. Fixed when the file is made; whoever opens it
/// finds out by trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// 4 KiB, HMAC-SHA256: for saves, each of which writes a little into a handful of pages. Not smaller, though that
    /// would be quicker: a page is then no less than what a disk writes at once, so that one torn by a power cut takes no
    /// other with it, of which the log knows nothing.
    Small,
    /// 8 KiB, HMAC-SHA256: for bundles, which write thousands of entries side by side.
    Large,
    /// As SQLCipher 4 has them: 4 KiB, HMAC-SHA512. For stores that were made before there was a choice.
    Early,
}

impl Pages {
    const ALL: [Self; 3] = [Self::Small, Self::Large, Self::Early];

    fn bytes(self) -> i64 {
        if self == Self::Large { 8192 } else { 4096 }
    }

    fn settings(self) -> &'static str {
        match self {
            // SHA-256 and not SHA-512: processors since 2017 to 2021, by maker, have instructions for it.
            Self::Small => "PRAGMA cipher_hmac_algorithm = HMAC_SHA256;",
            Self::Large => "PRAGMA cipher_page_size = 8192; PRAGMA cipher_hmac_algorithm = HMAC_SHA256;",
            Self::Early => "",
        }
    }
}

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The SQLite VFS by name; the platform's own if `None`. Tests cut the power in one of theirs.
    pub vfs: Option<String>,
    /// When a commit waits for the disk.
    pub synchronous: Synchronous,
    /// How long a statement waits for another process.
    pub busy_timeout: Duration,
    /// How many connections read beside the writer, at least 1.
    pub readers: usize,
    /// Whether every page is checked at opening.
    pub quick_check: bool,
    /// In what pages a new store is written, and which are tried first of one that is there.
    pub pages: Pages,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            vfs: None,
            synchronous: Synchronous::Full,
            busy_timeout: Duration::from_secs(5),
            readers: 2,
            quick_check: true,
            pages: Pages::Small,
        }
    }
}

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Create the file if it is not there.
    Create,
    /// Read and write what is there.
    Write,
    /// Read only. The file is still opened for writing, as a reader of a WAL takes part in its locks.
    Read,
}

/// Opens a connection and proves that the key is right by reading the schema. Says in what pages the file is.
pub(crate) fn connect(path: &Path, key: &DataKey, options: &Options, access: Access) -> Result<(Connection, Pages)> {
    let mut pages = options.pages;
    let mut others = Pages::ALL.into_iter().filter(|pages| *pages != options.pages);
    loop {
        // A file that is not there yet is made in the first.
        let tried = connect_as(path, key, options, access, pages);
        match others.next() {
            Some(next) if matches!(tried, Err(StoreError::WrongKey { .. })) => pages = next,
            _ => return Ok((tried?, pages)),
        }
    }
}

fn connect_as(path: &Path, key: &DataKey, options: &Options, access: Access, pages: Pages) -> Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if access == Access::Create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let conn = match &options.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(path, flags)?,
    };
    conn.busy_timeout(options.busy_timeout)?;
    // SQLCipher otherwise writes its findings to stderr, which belongs to the command line; they come back as errors.
    conn.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    apply_key(&conn, key, pages)?;
    // One that cannot read the log does not touch it either.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    prove_key(&conn, path)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    settle(&conn, options, access, pages)?;
    Ok(conn)
}

fn apply_key(conn: &Connection, key: &DataKey, pages: Pages) -> Result<()> {
    // Hexadecimal digits of our own making: no text of a user is ever part of this statement.
    let statement = Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", *key.to_hex()));
    conn.execute_batch(&statement)?;
    conn.execute_batch("PRAGMA cipher_compatibility = 4; PRAGMA cipher_memory_security = OFF;")?;
    conn.execute_batch(pages.settings())?;
    Ok(())
}

fn prove_key(conn: &Connection, path: &Path) -> Result<()> {
    let read = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    match read {
        Ok(_) => Ok(()),
        Err(source) if source.sqlite_error().is_some_and(|e| e.extended_code & 0xff == ffi::SQLITE_NOTADB) => {
            Err(StoreError::WrongKey { path: path.to_path_buf(), source })
        }
        Err(other) => Err(other.into()),
    }
}

fn settle(conn: &Connection, options: &Options, access: Access, pages: Pages) -> Result<()> {
    let (name, level) = match options.synchronous {
        Synchronous::Full => ("FULL", 2),
        Synchronous::Normal => ("NORMAL", 1),
    };
    let cache = -(if access == Access::Read { READER_CACHE_KIB } else { WRITER_CACHE_KIB });
    let log_bytes = LOG_PAGES * pages.bytes();
    conn.execute_batch(&format!(
        "PRAGMA temp_store = MEMORY;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = {name};
         PRAGMA foreign_keys = ON;
         PRAGMA mmap_size = 0;
         PRAGMA cache_size = {cache};
         PRAGMA wal_autocheckpoint = {LOG_PAGES};
         PRAGMA journal_size_limit = {log_bytes};
         PRAGMA secure_delete = FAST;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;"
    ))?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    if access == Access::Read {
        conn.execute_batch("PRAGMA query_only = ON;")?;
    }
    conn.set_prepared_statement_cache_capacity(128);
    let mode: String = conn.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    let set: i64 = conn.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    if mode != "wal" || set != level {
        return Err(StoreError::Internal(format!("the store runs with journal {mode}, synchronous {set}")));
    }
    Ok(())
}

/// Checks every page and the form of every row.
///
/// # Errors
/// [`StoreError::Damaged`] with the first findings.
pub(crate) fn quick_check(conn: &Connection, what: &str) -> Result<()> {
    let mut statement = conn.prepare("PRAGMA quick_check(5)")?;
    let findings: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    if findings == ["ok"] { Ok(()) } else { Err(StoreError::damaged(what, findings.join("; "))) }
}
