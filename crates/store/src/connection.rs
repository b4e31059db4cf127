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

/// When a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// At every commit. The only setting under which a saved form survives a power cut.
    Full,
    /// At checkpoints only. Loses commits; there so that a test can show it.
    Normal,
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
}

impl Default for Options {
    fn default() -> Self {
        Self {
            vfs: None,
            synchronous: Synchronous::Full,
            busy_timeout: Duration::from_secs(5),
            readers: 2,
            quick_check: true,
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

/// Opens a connection and proves that the key is right by reading the schema.
pub(crate) fn connect(path: &Path, key: &DataKey, options: &Options, access: Access) -> Result<Connection> {
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
    apply_key(&conn, key)?;
    prove_key(&conn, path)?;
    settle(&conn, options, access)?;
    Ok(conn)
}

fn apply_key(conn: &Connection, key: &DataKey) -> Result<()> {
    // Hexadecimal digits of our own making: no text of a user is ever part of this statement.
    let statement = Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", *key.to_hex()));
    conn.execute_batch(&statement)?;
    conn.execute_batch("PRAGMA cipher_compatibility = 4; PRAGMA cipher_memory_security = OFF;")?;
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

fn settle(conn: &Connection, options: &Options, access: Access) -> Result<()> {
    let (name, level) = match options.synchronous {
        Synchronous::Full => ("FULL", 2),
        Synchronous::Normal => ("NORMAL", 1),
    };
    let cache = -(if access == Access::Read { READER_CACHE_KIB } else { WRITER_CACHE_KIB });
    conn.execute_batch(&format!(
        "PRAGMA temp_store = MEMORY;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = {name};
         PRAGMA foreign_keys = ON;
         PRAGMA mmap_size = 0;
         PRAGMA cache_size = {cache};
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 16777216;
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
