//! `tsela backup`: a copy that is known to be good.

use std::{
    io::IsTerminal as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tsela_store::{
    Folder,
    backup::{self, BackupInfo, Progress},
    streams,
};

use crate::{
    args::Dir,
    clock,
    output::{self, Out},
    place::Reading,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct BackupArgs {
    #[command(flatten)]
    dir: Dir,
    /// Also copy the backup, and the keys beside it, into this folder: a stick, or another disk.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// List the backups that are there instead of making one.
    #[arg(long)]
    list: bool,
    /// Print JSON, one object a line.
    #[arg(long)]
    json: bool,
}

/// Makes a verified backup beside a window or server, and prints its path.
///
/// # Errors
/// What the store said; the earlier backups stay in each case.
pub fn run(args: &BackupArgs) -> anyhow::Result<()> {
    let folder = Folder::new(&args.dir.dir);
    if args.list {
        crate::place::role(&args.dir.dir)?;
        let mut out = Out::new();
        backup::list_backups(&folder)?.iter().try_for_each(|info| out.line(&shown(info, args.json)))?;
        return out.flush();
    }
    let reading = Reading::open(&args.dir)?;
    let made = backup::backup(&folder, reading.store(), clock::now(), streams::heads, progress())?;
    if let Some(to) = &args.to {
        copy_to(&made, to)?;
    }
    output::line(&shown(&made, args.json))
}

fn shown(info: &BackupInfo, json: bool) -> String {
    if !json {
        return info.path.display().to_string();
    }
    json!({ "path": info.path, "number": info.number, "taken_at": info.taken_at, "bytes": info.bytes }).to_string()
}

fn copy_to(made: &BackupInfo, to: &Path) -> anyhow::Result<()> {
    for from in std::iter::once(&made.path).chain(&made.keys) {
        let name = from.file_name().context("a backup has a name")?;
        let target = to.join(name);
        std::fs::copy(from, &target).with_context(|| format!("cannot copy to {}", target.display()))?;
        let synced = std::fs::File::options().write(true).open(&target).and_then(|file| file.sync_all());
        synced.with_context(|| format!("cannot write {}", target.display()))?;
    }
    Ok(())
}

fn progress() -> impl FnMut(Progress) -> ControlFlow<()> {
    let terminal = std::io::stderr().is_terminal();
    move |progress| {
        if terminal && progress.total > 0 {
            eprint!("\rbacking up {} %", u64::from(progress.done) * 100 / u64::from(progress.total));
            if progress.done == progress.total {
                eprintln!();
            }
        }
        ControlFlow::Continue(())
    }
}
