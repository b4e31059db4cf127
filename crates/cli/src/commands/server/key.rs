//! `tsela server key`: the public halves of the server's keys, to be compared and written down.

use clap::Args;
use serde_json::json;
use tsela_core::seal::hex;
use tsela_server::Server;

use crate::{args::ServerDir, output, place};

/// Arguments.
#[derive(Debug, Args)]
pub struct KeyArgs {
    #[command(flatten)]
    dir: ServerDir,
}

/// Prints the study's root fingerprint and the keys of the present epoch as JSON. No secret is in it.
///
/// # Errors
/// What the store said.
pub fn run(args: &KeyArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let server = Server::open(&args.dir.dir)?;
    let identity = server.identity();
    let keys = identity.document();
    output::json(&json!({
        "study": identity.study,
        "server": identity.server,
        "name": identity.name,
        "incarnation": server.life().id,
        "root": identity.root.to_string(),
        "fingerprint": identity.fingerprint().to_string(),
        "epoch": keys.epoch,
        "signing_key": keys.verify_key.id().to_string(),
        "sealing_key": keys.sealing_key.id().to_string(),
        "recovery_key": keys.recovery_key.id().to_string(),
        "tls_spki_sha256": hex::encode(&keys.tls_spki_sha256),
        "not_before": keys.not_before,
    }))
}
