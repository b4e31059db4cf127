//! `tsela export`: what is unsent, into a folder that a courier carries, or to an SFTP server.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use serde_json::json;

use crate::{args::LaptopDir, output, place, road::RoadArgs};

/// Arguments.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    dir: LaptopDir,
    /// The folder: a stick, or a share in the network; or sftp://user@host:port/folder.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    #[command(flatten)]
    road: RoadArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Writes all that is unsent, sealed, and says when the folder may be taken away. Nothing counts as sent by it.
///
/// # Errors
/// Exit code 65 if there is no such folder, 74 if it is full, read-only or broken; of an SFTP server 69 if it cannot be
/// reached, 76 if its key is not the one that was confirmed, 77 if it lets nobody in.
pub fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let opened = place::open_writer(&args.dir.dir, args.dir.user.as_deref(), "tsela export", Duration::from_secs(1))?;
    let road = args.road.open(&args.to, |address, login, key| opened.sftp(address, login, key))?;
    let exported = opened.export(road.as_ref(), &|_| true)?;
    if args.json {
        return output::json(&json!({
            "bundles": exported.bundles, "bytes": exported.bytes, "records": exported.records,
            "attachments": exported.attachments,
        }));
    }
    if exported.bundles == 0 {
        return output::line("Nothing is unsent; nothing was written.");
    }
    let records = exported.records;
    let and_now = match road.kind() {
        "folder" => "It is safe to remove the stick now.",
        _ => "They count as sent once a receipt is back.",
    };
    let files = match exported.attachments {
        0 => String::new(),
        files => format!(" and {files} attached files"),
    };
    output::line(&format!("{records} unsent records{files} written and read back. {and_now}"))
}
