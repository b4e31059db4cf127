//! `tsela ways`: the ways to send beside the network, in the order in which they are tried.

use std::time::Duration;

use clap::Args;
use serde_json::json;
use tsela_rpc::schema::sync::SyncProblem;
use tsela_store::{ways, ways::Way};

use crate::{
    args::LaptopDir,
    exit::{DATA, Exit},
    output::{self, Out, plain},
    place,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct WaysArgs {
    #[command(flatten)]
    dir: LaptopDir,
    /// Add a way of this name, or replace it; a password is taken from TSELA_SFTP_PASSWORD and kept in the store.
    #[arg(long, value_name = "NAME", requires = "place", conflicts_with_all = ["remove", "json"])]
    add: Option<String>,
    /// Where it leads: a folder, or sftp://user@host:port/folder.
    #[arg(long, value_name = "FOLDER", requires = "add")]
    place: Option<String>,
    /// The private key to sign in with at an SFTP server.
    #[arg(long, value_name = "FILE", requires = "add")]
    identity: Option<String>,
    /// Remove the way of this name.
    #[arg(long, value_name = "NAME", conflicts_with = "json")]
    remove: Option<String>,
    /// Move the way of this name: it is tried first, last, or before another.
    #[arg(long = "move", value_name = "NAME", conflicts_with_all = ["add", "remove", "json"], requires = "to")]
    moved: Option<String>,
    /// To the beginning of the order.
    #[arg(long, group = "to", requires = "moved")]
    first: bool,
    /// To its end.
    #[arg(long, group = "to", requires = "moved")]
    last: bool,
    /// To just before the way of this name.
    #[arg(long, value_name = "OTHER", group = "to", requires = "moved")]
    before: Option<String>,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Lists, adds, moves or removes.
///
/// # Errors
/// Exit code 65 for a place that is none, or a name that is not known.
pub fn run(args: &WaysArgs) -> anyhow::Result<()> {
    if args.add.is_none() && args.remove.is_none() && args.moved.is_none() {
        return list(args);
    }
    let opened = place::open_writer(&args.dir.dir, args.dir.user.as_deref(), "tsela ways", Duration::from_secs(1))?;
    if let (Some(name), Some(place)) = (&args.add, &args.place) {
        let secret = std::env::var("TSELA_SFTP_PASSWORD").unwrap_or_default();
        opened.put_way(name, place, args.identity.as_deref().unwrap_or_default(), &secret)?;
    }
    if let Some(name) = &args.remove {
        let way = find(&opened.ways()?, name)?.id;
        opened.store.write(|tx| ways::remove(tx, way))?;
    }
    if let Some(name) = &args.moved {
        let known = opened.ways()?;
        let way = find(&known, name)?.id;
        let others: Vec<Way> = known.into_iter().filter(|other| other.id != way).collect();
        let place = match &args.before {
            Some(other) if other.trim() == name.trim() => {
                return Err(Exit::new(DATA, "a way cannot be moved before itself; nothing was moved").into());
            }
            Some(other) => {
                let before = find(&others, other)?.id;
                others.iter().take_while(|way| way.id != before).count()
            }
            None if args.first => 0,
            None => others.len(),
        };
        opened.store.write(|tx| ways::move_to(tx, way, place))?;
    }
    Ok(opened.advance_marker()?)
}

fn find<'a>(ways: &'a [Way], name: &str) -> anyhow::Result<&'a Way> {
    let unknown = || Exit::new(DATA, format!("there is no way of the name {}", plain(name)));
    Ok(ways.iter().find(|way| way.name == name.trim()).ok_or_else(unknown)?)
}

fn list(args: &WaysArgs) -> anyhow::Result<()> {
    let opened = place::open_reader(&args.dir.dir, args.dir.user.as_deref())?;
    let ways = opened.ways()?;
    if ways.is_empty() && !args.json {
        return output::line("There is no way beside the network.");
    }
    let mut out = Out::new();
    for way in ways {
        let problem: Option<SyncProblem> = way.problem.as_deref().and_then(|said| serde_json::from_str(said).ok());
        if args.json {
            out.json(&json!({
                "name": way.name, "place": way.place, "tried_at": way.tried_at, "worked_at": way.worked_at,
                "problem": problem.map(|problem| problem.code),
            }))?;
        } else {
            let worked = way.worked_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
            let said = problem.map(|problem| format!("  {}", plain(&problem.title)));
            out.line(&format!(
                "{}  {}  worked: {worked}{}",
                plain(&way.name),
                plain(&way.place),
                said.unwrap_or_default()
            ))?;
        }
    }
    out.flush()
}
