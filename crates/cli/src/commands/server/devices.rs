//! `tsela server devices`: the devices of the study as this server knows them.

use clap::Args;
use tsela_rpc::schema::server::DeviceRow;
use tsela_server::Server;

use crate::{
    args::ServerDir,
    output::{Out, plain},
    place,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct DevicesArgs {
    #[command(flatten)]
    dir: ServerDir,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Prints one line for each device.
///
/// # Errors
/// What the store said.
pub fn run(args: &DevicesArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let server = Server::open(&args.dir.dir)?;
    let mut out = Out::new();
    for device in server.devices()? {
        if args.json { out.json(&device)? } else { out.line(&plain(&text(&device)))? }
    }
    out.flush()
}

fn text(device: &DeviceRow) -> String {
    let heard = device.last_heard_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    let revoked = device.revoked_at.map(|at| format!("  revoked {at}")).unwrap_or_default();
    let expired = if device.expired { format!("  expired {}", device.credential_until) } else { String::new() };
    let streams: Vec<String> =
        device.streams.iter().map(|stream| format!("{}:{}", stream.code, stream.stored_through)).collect();
    format!(
        "{}  {}  {}  heard {heard}  {}{revoked}{expired}",
        device.device,
        device.name,
        device.role,
        streams.join(" ")
    )
}
