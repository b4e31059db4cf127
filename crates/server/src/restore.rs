//! Putting a backup in the place of a server's store.
//!
//! The restored database has forgotten what came after the backup, so it begins a new life: laptops see another
//! incarnation in its receipts, believe that it has less than before, and send the rest again. What it may have given
//! out since and forgotten must not be given out twice: stream codes and package versions leap ahead, open enrolment
//! codes end, sessions end, and the server's own entries go on in a stream of a new code. Laptops that it has forgotten
//! introduce themselves (`introduce.rs`) and bring back the people, devices and revocations in their package
//! (`remember.rs`).

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tsela_core::ids::Incarnation;
use tsela_store::{
    WriterLock, backup, data_key,
    lock::Holder,
    meta,
    server::{enrolment, keys, packages, sessions, stream_codes},
    streams::{self, StreamState},
};

use crate::{
    entropy,
    error::Result,
    init::new_id,
    server::{OpenOptions, Server},
};

/// Package versions left out after a restore: more than any server publishes between two backups.
const VERSION_LEAP: u64 = 1_000;
/// Stream codes that the server gives itself.
const OWN_CODES: usize = 4;

/// A server that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredServer {
    /// Its new incarnation.
    pub incarnation: Incarnation,
    /// Where the store that was there is now, if one was.
    pub moved_aside: Option<PathBuf>,
}

/// Restores the server in a folder from a backup. Nobody may have it open.
///
/// # Errors
/// [`StoreError::AlreadyOpen`](tsela_store::StoreError::AlreadyOpen) while it serves; otherwise as
/// [`backup::restore`]. The store that was there is moved aside, never deleted.
pub fn restore(dir: &Path, from: &Path, options: OpenOptions) -> Result<RestoredServer> {
    let now = (options.clock)();
    let folder = tsela_store::Folder::new(dir);
    let lock = WriterLock::acquire(&folder, &Holder::this_process("tsela server restore", now), Duration::ZERO)?;
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
    let key = data_key::read_server_key(&folder.server_key(), credentials.as_deref().map(Path::new))?;
    let restored = backup::restore(from, &folder, &key, &lock, now)?;
    let server = Server::open_with(dir, OpenOptions { quick_check: true, ..options })?;
    let incarnation = server.begin_new_life()?;
    tracing::warn!(incarnation = %incarnation, "server restored from a backup: a new incarnation has begun");
    Ok(RestoredServer { incarnation, moved_aside: restored.moved_aside })
}

impl Server {
    fn begin_new_life(&self) -> Result<Incarnation> {
        let now = self.now();
        let incarnation = Incarnation(new_id(&mut entropy(), now));
        self.write(|tx| {
            keys::begin_life(tx, incarnation, now, "restored from a backup")?;
            stream_codes::leap(tx)?;
            enrolment::end_all(tx, now)?;
            sessions::end_all(tx, None)?;
            for spare in streams::list(tx)?.iter().filter(|stream| stream.state == StreamState::Spare) {
                streams::spend_spare(tx, spare.code)?;
            }
            let codes = stream_codes::give(tx, self.device(), OWN_CODES, now)?;
            streams::add_spares(tx, self.study(), self.device(), &codes)?;
            if let Some(code) = codes.first() {
                streams::begin(tx, *code, "restored")?;
            }
            meta::remove(tx, meta::BACKUP_OF)?;
            let version = packages::newest_version(tx)? + VERSION_LEAP;
            self.publish_as(tx, Some(version), now, "server restored")?;
            Ok(incarnation)
        })
    }
}
