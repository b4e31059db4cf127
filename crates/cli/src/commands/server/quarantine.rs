//! `tsela server quarantine`: what is kept apart, and of one stream every entry of it.

use clap::Args;
use serde_json::{Value, json};
use tsela_core::ids::StreamCode;
use tsela_rpc::schema::server::ForkRow;
use tsela_server::Server;

use crate::{
    args::ServerDir,
    output::{Out, plain},
    place,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct QuarantineArgs {
    #[command(flatten)]
    dir: ServerDir,
    /// Show the kept entries of this stream, and what is stored under the same numbers.
    #[arg(long, value_name = "CODE")]
    stream: Option<StreamCode>,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Prints one line for each quarantined stream, or for each kept entry of one.
///
/// # Errors
/// Exit code 65 if nothing of the named stream is kept.
pub fn run(args: &QuarantineArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let server = Server::open(&args.dir.dir)?;
    let mut out = Out::new();
    match args.stream {
        None => {
            for row in server.forks()? {
                if args.json { out.json(&row)? } else { out.line(&plain(&text(&row)))? }
            }
        }
        Some(code) => {
            for kept in server.kept_entries(code)? {
                let stored = kept.stored.as_deref().map(entry);
                let (seq, reason, noticed_at) = (kept.seq, &kept.reason, kept.noticed_at);
                let kept = entry(&kept.bytes);
                if args.json {
                    out.json(&json!({
                        "stream": code, "seq": seq, "reason": reason, "noticed_at": noticed_at, "kept": kept, "stored": stored,
                    }))?;
                } else {
                    out.line(&plain(&format!("{code}:{seq}  {reason}  {noticed_at}  kept {kept}")))?;
                    if let Some(stored) = stored {
                        out.line(&plain(&format!("{code}:{seq}  stored {stored}")))?;
                    }
                }
            }
        }
    }
    out.flush()
}

fn text(row: &ForkRow) -> String {
    let state = match (&row.closed, row.kind.as_str(), row.admissible.last()) {
        (Some(closed), ..) => format!("closed {} by {}: {}", closed.at, closed.by, closed.reason),
        (None, "revoked", Some(last)) => format!("can be admitted through {last}"),
        (None, "revoked", None) => "entries before it are missing".to_owned(),
        _ => "open".to_owned(),
    };
    let (stream, kind, seq) = (row.stream, &row.kind, row.seq);
    format!(
        "{stream}  {kind}  from {seq}  {} entries  {}  noticed {}  {state}",
        row.entries, row.device, row.noticed_at
    )
}

/// Shows an entry as it was written; one that is no JSON is shown by its length.
fn entry(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| json!({ "unreadable_bytes": bytes.len() }))
}
