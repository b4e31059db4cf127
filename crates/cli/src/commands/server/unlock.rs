//! `tsela server unlock`: a code that lets a person back in on a laptop.

use clap::Args;
use tsela_core::ids::DeviceId;
use tsela_server::{
    Server,
    admin::{By, Rescue},
};

use crate::{args::ServerDir, output, place};

/// Arguments.
#[derive(Debug, Args)]
pub struct UnlockArgs {
    /// The device's id, as `tsela server devices` prints it.
    #[arg(value_name = "DEVICE")]
    device: DeviceId,
    #[command(flatten)]
    dir: ServerDir,
    /// The request that the laptop shows, two groups of eight characters.
    #[arg(long, value_name = "CODE")]
    request: String,
    /// Who is let in, by name.
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Let the person choose a new passphrase, or work on this laptop for the first time.
    #[arg(long)]
    admit: bool,
    /// Why; it stands in the audit trail.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Prints the code.
///
/// # Errors
/// Exit code 65 for a request that is mistyped or another laptop's, an unknown device or person, or a revoked laptop.
pub fn run(args: &UnlockArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let server = Server::open(&args.dir.dir)?;
    let what = if args.admit { Rescue::Admit } else { Rescue::Unlock };
    let code = server.rescue_code(args.device, &args.request, what, &args.user, &args.reason, &By::operator())?;
    output::line(&code)?;
    let then = if args.admit { "chooses a new passphrase" } else { "signs in with the usual passphrase" };
    eprintln!("For {} on this laptop only, once: whoever types it {then}.", args.user);
    Ok(())
}
