//! Backups of a server's store: verified copies under the same key, beside the store.

use std::ops::ControlFlow;

use tsela_store::{
    backup::{self, BackupInfo},
    streams,
};

use crate::{error::Result, server::Server};

impl Server {
    /// Makes a backup of the store while it is served, checks it, and keeps the last three.
    ///
    /// # Errors
    /// As [`backup::backup`].
    pub fn backup(&self) -> Result<BackupInfo> {
        let go_on = |_| ControlFlow::Continue(());
        Ok(backup::backup(self.folder(), self.store(), self.now(), streams::heads, go_on)?)
    }
}
