//! `tsela server restore`: a server from a backup.

use std::path::{Path, PathBuf};

use clap::Args;
use tsela_server::OpenOptions;
use tsela_store::Folder;

use crate::{args::ServerDir, commands::restore::chosen, output, place};

/// Arguments.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    #[command(flatten)]
    dir: ServerDir,
    /// The backup [default: the newest in the folder].
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The same as FILE.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    from: Option<PathBuf>,
}

/// Restores the server, which takes a new incarnation; its laptops believe that it has less and send the rest again.
///
/// # Errors
/// Exit code 75 while it is served, 65 if there is no backup or it is of another server.
pub fn run(args: &RestoreArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let file = chosen(&Folder::new(&args.dir.dir), args.file.as_ref().or(args.from.as_ref()))?;
    restore(&args.dir.dir, &file)
}

/// Restores from a file and prints the new incarnation.
///
/// # Errors
/// As [`run`].
pub fn restore(dir: &Path, file: &Path) -> anyhow::Result<()> {
    let restored = tsela_server::restore(dir, file, OpenOptions::default())?;
    if let Some(aside) = restored.moved_aside {
        eprintln!("The store that was here is kept as {}.", aside.display());
    }
    eprintln!("Restored as a new incarnation; laptops send again what this backup has not, and say who they are.");
    eprintln!(
        "Look through what was done on the server itself since the backup and do it again: decisions on conflicts, \
         passphrases of accounts, revocations that no laptop has heard of."
    );
    output::line(&restored.incarnation.to_string())
}
