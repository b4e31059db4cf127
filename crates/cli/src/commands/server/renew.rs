//! `tsela server renew`: a new period for a device whose credential has expired, or soon will.

use clap::Args;
use tsela_core::ids::DeviceId;
use tsela_server::{Server, admin::By};

use crate::{args::ServerDir, place};

/// Arguments.
#[derive(Debug, Args)]
pub struct RenewArgs {
    /// The device's id, as `tsela server devices` prints it.
    #[arg(value_name = "DEVICE")]
    device: DeviceId,
    #[command(flatten)]
    dir: ServerDir,
}

/// Renews the device's credential; the device fetches it with its next push.
///
/// # Errors
/// Exit code 65 if there is no such device, 77 if it was revoked.
pub fn run(args: &RenewArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let server = Server::open(&args.dir.dir)?;
    let until = server.renew(args.device, &By::operator())?;
    eprintln!("Renewed until {until}. The laptop goes on with its next push.");
    Ok(())
}
