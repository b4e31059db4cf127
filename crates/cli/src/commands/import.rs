//! `tsela import`: what a courier has brought. At a server bundles, at a laptop receipts.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use serde_json::json;
use tsela_server::Server;

use crate::{
    args::Dir,
    exit::{DATA, Exit},
    output,
    place::{self, Role},
    road::RoadArgs,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[command(flatten)]
    dir: Dir,
    /// The folder: a stick, or a share in the network; or sftp://user@host:port/folder.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    #[command(flatten)]
    road: RoadArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Takes in all that can be taken in, and tells of the rest. Doing it again does no harm.
///
/// # Errors
/// Exit code 65 if there is no such folder or something in it could not be taken in, 74 if the disk or stick fails.
pub fn run(args: &ImportArgs) -> anyhow::Result<()> {
    let left = match place::role(&args.dir.dir)? {
        Role::Server => at_server(args)?,
        Role::Laptop => at_laptop(args)?,
    };
    for (name, why) in &left {
        eprintln!("{}: {}", output::plain(name), output::plain(why));
    }
    match left.len() {
        0 => Ok(()),
        count => {
            Err(Exit::new(DATA, format!("{count} files were left where they are; everything else was taken in")).into())
        }
    }
}

fn at_server(args: &ImportArgs) -> anyhow::Result<Vec<(String, String)>> {
    let server = Server::open(&args.dir.dir)?;
    let road = args.road.open(&args.from, |address, login, key| server.sftp(address, login, key))?;
    let import = server.import(road.as_ref())?;
    if args.json {
        output::json(&json!({
            "bundles": import.bundles, "new_entries": import.new_entries, "devices": import.devices,
            "left": import.left.len(),
        }))?;
    } else {
        let (bundles, entries, devices) = (import.bundles, import.new_entries, import.devices.join(", "));
        match bundles {
            0 => output::line("There is no bundle here that can be taken in.")?,
            _ => {
                let and_now = match road.kind() {
                    "folder" => "Take the stick back to them: their receipts are on it.",
                    _ => "Their receipts lie there for them.",
                };
                let devices = output::plain(&devices);
                output::line(&format!("{bundles} bundles taken in, {entries} new entries, of: {devices}. {and_now}"))?;
            }
        }
    }
    Ok(import.left)
}

fn at_laptop(args: &ImportArgs) -> anyhow::Result<Vec<(String, String)>> {
    let opened = place::open_writer(&args.dir.dir, args.dir.user.as_deref(), "tsela import", Duration::from_secs(1))?;
    let road = args.road.open(&args.from, |address, login, key| opened.sftp(address, login, key))?;
    let import = opened.import(road.as_ref(), &|_| true)?;
    if args.json {
        output::json(&json!({ "receipts": import.receipts, "unsent": import.unsent, "left": import.left.len() }))?;
    } else if import.receipts == 0 {
        output::line("There is no receipt for this laptop here.")?;
    } else {
        output::line(&format!("{} receipts believed; {} records are unsent.", import.receipts, import.unsent))?;
    }
    Ok(import.left.into_iter().map(|(name, why)| (name, why.to_string())).collect())
}
