//! Backups that are known to be good, and putting one back.
//!
//! A backup is a copy of one snapshot by SQLite's backup API, under the same key, so that it is worth nothing to a
//! finder and needs no secret of its own. It counts only after it was opened, checked page by page, and found to hold
//! as many rows and the same stream heads as the snapshot; until then it is called unfinished and the older ones stay.
//! The writer is not held up: the copy reads a snapshot of the write-ahead log.

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use tsela_core::time::Timestamp;

use crate::{
    connection::{self, Access, Options},
    data_key::DataKey,
    error::{Result, StoreError},
    files::{self, Folder},
    marker::Heads,
    meta, migrations,
    open::Store,
};

mod name;
mod restore;

pub use restore::{Restored, restore};

/// How many backups are kept.
pub const KEEP: usize = 3;
/// Pages copied between two reports of progress: 1 MiB.
const PAGES_PER_STEP: i32 = 256;

/// How far a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pages copied.
    pub done: u32,
    /// Pages in all.
    pub total: u32,
}

/// One verified backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupInfo {
    /// Its number in the folder, rising; the order even if the clock was set back.
    pub number: u64,
    /// When it was taken, by this laptop's clock.
    pub taken_at: Timestamp,
    /// The encrypted copy.
    pub path: PathBuf,
    /// The users and wrapped keys of that time, if the store had any.
    pub keys: Option<PathBuf>,
    /// The size of the copy in bytes.
    pub bytes: u64,
}

/// Backs up an open store into its folder and removes all but the last [`KEEP`]. `progress` is asked after every
/// mebibyte and may break off. `heads` reads the store's streams, to be compared.
///
/// # Errors
/// [`StoreError::DiskFull`] and the like, [`StoreError::Damaged`] if the copy is not what the store holds, or
/// [`StoreError::Invalid`] if broken off. The earlier backups stay in each case.
pub fn backup(
    folder: &Folder,
    store: &Store,
    now: Timestamp,
    heads: fn(&Connection) -> Result<Heads>,
    progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<BackupInfo> {
    let dir = folder.backups();
    files::create_dir_private(&dir)?;
    let unfinished = dir.join("unfinished.db");
    remove_store_files(&unfinished)?;
    let taken = copy_verified(store, &unfinished, now, heads, progress);
    let kept = taken.and_then(|()| keep(folder, &unfinished, now));
    if kept.is_err() {
        let _ = remove_store_files(&unfinished);
    }
    prune(folder)?;
    kept
}

/// Lists a folder's backups, the newest first.
///
/// # Errors
/// Returns what the disk said.
pub fn list_backups(folder: &Folder) -> Result<Vec<BackupInfo>> {
    let dir = folder.backups();
    let entries = match fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(StoreError::io("cannot read", dir, e)),
    };
    let mut backups = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| StoreError::io("cannot read", &dir, e))?.path();
        backups.extend(describe(&path)?);
    }
    backups.sort_by_key(|backup| std::cmp::Reverse(backup.number));
    Ok(backups)
}

/// Describes one backup by its path; `None` if the name is not a backup's.
///
/// # Errors
/// Returns what the disk said.
pub fn describe(path: &Path) -> Result<Option<BackupInfo>> {
    let Some((number, taken_at)) = path.file_name().and_then(|n| name::parse(n.to_str()?)) else { return Ok(None) };
    let bytes = fs::metadata(path).map_err(|e| StoreError::io("cannot read", path, e))?.len();
    let keys = Some(name::keys_beside(path)).filter(|keys| keys.exists());
    Ok(Some(BackupInfo { number, taken_at, path: path.to_path_buf(), keys, bytes }))
}

fn copy_verified(
    store: &Store,
    to: &Path,
    now: Timestamp,
    heads: fn(&Connection) -> Result<Heads>,
    progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<()> {
    let options = Options { quick_check: false, ..store.options().clone() };
    let (source, _) = connection::connect(store.path(), store.key(), &options, Access::Read)?;
    // Its own connection, so that the store's readers stay free; one snapshot, so that no commit starts the copy anew.
    let snapshot = source.unchecked_transaction()?;
    let counted = (row_counts(&snapshot)?, heads(&snapshot)?);
    // In the same pages as the store, or they could not be copied.
    let (mut copy, _) = connection::connect(to, store.key(), &options, Access::Create)?;
    copy_pages(&snapshot, &mut copy, progress)?;
    if (row_counts(&copy)?, heads(&copy)?) != counted {
        return Err(StoreError::damaged("the new backup", "it does not hold what the store holds"));
    }
    mark_and_settle(&copy, now)?;
    connection::quick_check(&copy, "the new backup")?;
    drop(copy);
    files::sync_file(to)
}

fn copy_pages(
    from: &Connection,
    to: &mut Connection,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<()> {
    let backup = Backup::new(from, to)?;
    loop {
        let step = backup.step(PAGES_PER_STEP)?;
        let at = backup.progress();
        let total = u32::try_from(at.pagecount).unwrap_or(0);
        let remaining = u32::try_from(at.remaining).unwrap_or(0);
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => return Err(StoreError::Busy(None)),
        }
        if progress(Progress { done: total.saturating_sub(remaining), total }).is_break() {
            return Err(StoreError::Invalid("the backup was broken off; the earlier ones are kept".to_owned()));
        }
    }
}

/// Marks the copy as a backup and folds its log into the one file that will be kept.
fn mark_and_settle(copy: &Connection, now: Timestamp) -> Result<()> {
    meta::remove(copy, meta::BACKUP_OF)?;
    meta::set(copy, meta::BACKUP_OF, now)?;
    let mode: String = copy.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    if mode == "delete" { Ok(()) } else { Err(StoreError::Internal(format!("the backup stayed in mode {mode}"))) }
}

fn row_counts(conn: &Connection) -> Result<Vec<(String, i64)>> {
    let mut statement = conn.prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') ORDER BY name",
    )?;
    let tables: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let count = |table: String| {
        let sql = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
        let rows = conn.query_row(&sql, [], |row| row.get(0))?;
        Ok((table, rows))
    };
    tables.into_iter().map(count).collect()
}

/// Gives the verified copy its name, its keys first: a backup that is listed can be opened.
fn keep(folder: &Folder, unfinished: &Path, now: Timestamp) -> Result<BackupInfo> {
    let number = list_backups(folder)?.first().map_or(0, |newest| newest.number).saturating_add(1);
    let path = folder.backups().join(name::of(number, now));
    if let Some(keys) = files::read_optional(&folder.keys())? {
        files::write_private(&name::keys_beside(&path), &keys)?;
    }
    files::rename(unfinished, &path)?;
    describe(&path)?.ok_or_else(|| StoreError::Internal("a backup's name was not recognised".to_owned()))
}

fn prune(folder: &Folder) -> Result<()> {
    for old in list_backups(folder)?.into_iter().skip(KEEP) {
        remove(&old.path)?;
        remove(&name::keys_beside(&old.path))?;
    }
    Ok(())
}

fn remove_store_files(path: &Path) -> Result<()> {
    ["", "-wal", "-shm", "-journal"].iter().try_for_each(|suffix| remove(&name::with_suffix(path, suffix)))
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io("cannot remove", path, e)),
        _ => Ok(()),
    }
}

/// Opens a copy, checks all of it and proves that it is a backup of a store this program can use.
fn verify(path: &Path, key: &DataKey) -> Result<()> {
    let (conn, _) = connection::connect(path, key, &Options::default(), Access::Write)?;
    connection::quick_check(&conn, "the backup")?;
    let (found, known) = (migrations::version(&conn)?, migrations::newest());
    if found > known {
        return Err(StoreError::NewerStore { found, known });
    }
    if found == 0 || meta::get(&conn, meta::BACKUP_OF)?.is_none() {
        return Err(StoreError::Invalid("this file is not a backup made by Tsela: choose one from backups".to_owned()));
    }
    let mode: String = conn.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    if mode == "delete" { Ok(()) } else { Err(StoreError::Internal(format!("the backup stayed in mode {mode}"))) }
}

#[cfg(test)]
mod tests;
