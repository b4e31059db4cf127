//! `tsela restore`: putting a backup in the store's place.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use tsela_store::{
    Folder, Kdf, Keyring, StoreError, WriterLock,
    backup::{self, BackupInfo},
    lock::Holder,
};

use crate::{
    args::Dir,
    clock,
    exit::{DATA, Exit},
    passphrase,
    place::{self, Role},
};

/// Arguments.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    #[command(flatten)]
    dir: Dir,
    /// The backup [default: the newest in the folder].
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The same as FILE.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    from: Option<PathBuf>,
}

/// Restores a laptop, which begins a new stream with its next save, or a server, which takes a new incarnation.
///
/// # Errors
/// Exit code 75 while a window or server has the store; the present store stays where it is in that case.
pub fn run(args: &RestoreArgs) -> anyhow::Result<()> {
    let folder = Folder::new(&args.dir.dir);
    let file = chosen(&folder, args.file.as_ref().or(args.from.as_ref()))?;
    if matches!(place::role(&args.dir.dir), Ok(Role::Server)) {
        return super::server::restore::restore(&args.dir.dir, &file);
    }
    restore_laptop(&folder, args.dir.user.as_deref(), &file)
}

/// Returns the backup named, or the newest.
///
/// # Errors
/// Exit code 65 if there is none.
pub fn chosen(folder: &Folder, named: Option<&PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(named) = named {
        return Ok(named.clone());
    }
    let newest = backup::list_backups(folder)?.into_iter().next();
    let none = || Exit::new(DATA, format!("there is no backup in {}", folder.backups().display()));
    Ok(newest.ok_or_else(none)?.path)
}

fn restore_laptop(folder: &Folder, user: Option<&str>, file: &std::path::Path) -> anyhow::Result<()> {
    let now = clock::now();
    let lock = WriterLock::acquire(folder, &Holder::this_process("tsela restore", now), Duration::from_secs(1))?;
    let key = key(folder, user, file)?;
    let restored = backup::restore(file, folder, &key, &lock, now)?;
    if let Some(aside) = restored.moved_aside {
        eprintln!("The store that was here is kept as {}.", aside.display());
    }
    if restored.keys_restored {
        eprintln!("Users and passphrases are those of the backup.");
    }
    eprintln!(
        "Restored. The next save begins a new stream; push to get back what the server has and this backup has not."
    );
    Ok(())
}

/// Opens the data key with the folder's own keyring, or with the one kept beside the backup.
fn key(folder: &Folder, user: Option<&str>, file: &std::path::Path) -> anyhow::Result<tsela_store::DataKey> {
    if Keyring::load(&folder.keys(), Kdf::from_environment()).is_ok() {
        return Ok(place::laptop_key(folder, user)?.0);
    }
    let beside = backup::describe(file)?.and_then(|BackupInfo { keys, .. }| keys);
    let path = beside.ok_or(StoreError::NoKey {
        path: folder.keys(),
        reason: "it cannot be read, and the backup has none beside it".to_owned(),
    })?;
    let mut keyring = Keyring::load(&path, Kdf::from_environment())?;
    let name = match (user, keyring.users()) {
        (Some(user), _) => user.to_owned(),
        (None, [only]) => only.name.clone(),
        (None, _) => return Err(Exit::new(DATA, "several people use this laptop: say who with --user").into()),
    };
    Ok(keyring.unlock(&name, &passphrase::existing()?, clock::now())?.key)
}
