//! `tsela server admit` and `tsela server close`: what a person decides about quarantined entries.

use clap::Args;
use tsela_core::ids::StreamCode;
use tsela_server::{Server, admin::By};

use crate::{args::ServerDir, place};

/// Arguments of `admit`.
#[derive(Debug, Args)]
pub struct AdmitArgs {
    /// The stream, as `tsela server quarantine` prints it.
    #[arg(value_name = "STREAM")]
    stream: StreamCode,
    #[command(flatten)]
    dir: ServerDir,
    /// The last entry to be admitted, one that the laptop has signed [default: as far as they lead].
    #[arg(long, value_name = "SEQ")]
    through: Option<u64>,
    /// Why; it stands in the audit trail.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Arguments of `close`.
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// The forked stream, as `tsela server quarantine` prints it.
    #[arg(value_name = "STREAM")]
    stream: StreamCode,
    #[command(flatten)]
    dir: ServerDir,
    /// What was found out; it stands in the audit trail.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Admits entries that came after a revocation.
///
/// # Errors
/// Exit code 65 if there are none, or the stream is forked.
pub fn admit(args: &AdmitArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let server = Server::open(&args.dir.dir)?;
    let admitted = server.admit(args.stream, args.through, &args.reason, &By::operator())?;
    eprintln!("Admitted {} {} to {}: they are stored and applied.", args.stream, admitted.from, admitted.through);
    Ok(())
}

/// Closes a fork: both versions stay, and it waits for nobody any more.
///
/// # Errors
/// Exit code 65 if there is no such fork.
pub fn close(args: &CloseArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let server = Server::open(&args.dir.dir)?;
    server.close_fork(args.stream, &args.reason, &By::operator())?;
    eprintln!(
        "Closed. Both versions are kept and can be read with `tsela server quarantine --stream {}`.",
        args.stream
    );
    Ok(())
}
