//! `tsela export`: what is unsent, into a folder that a courier carries.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use serde_json::json;

use crate::{args::LaptopDir, output, place};

/// Arguments.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    dir: LaptopDir,
    /// The folder: a stick, or a share in the network.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Writes all that is unsent, sealed, and says when the folder may be taken away. Nothing counts as sent by it.
///
/// # Errors
/// Exit code 65 if there is no such folder, 74 if it is full, read-only or broken.
pub fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let opened = place::open_writer(&args.dir.dir, args.dir.user.as_deref(), "tsela export", Duration::from_secs(1))?;
    let exported = opened.export_to(&args.to)?;
    if args.json {
        return output::json(&json!({
            "bundles": exported.bundles, "bytes": exported.bytes, "records": exported.records,
        }));
    }
    if exported.bundles == 0 {
        return output::line("Nothing is unsent; nothing was written.");
    }
    let records = exported.records;
    output::line(&format!("{records} unsent records written and read back. It is safe to remove the stick now."))
}
