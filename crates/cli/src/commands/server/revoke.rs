//! `tsela server revoke`: a device that is no longer trusted.

use clap::Args;
use tsela_core::ids::DeviceId;
use tsela_server::{Server, admin::By};

use crate::{args::ServerDir, place};

/// Arguments.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The device's id, as `tsela server devices` prints it.
    #[arg(value_name = "DEVICE")]
    device: DeviceId,
    #[command(flatten)]
    dir: ServerDir,
    /// Why; it stands in the audit trail.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Revokes the device. What of it is stored stays accepted.
///
/// # Errors
/// Exit code 65 if there is no such device.
pub fn run(args: &RevokeArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let server = Server::open(&args.dir.dir)?;
    server.revoke(args.device, &args.reason, &By::operator())?;
    eprintln!("Revoked. What it sends from now on is put into quarantine.");
    Ok(())
}
