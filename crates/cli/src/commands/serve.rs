//! `tsela serve`: letting laptops and browsers reach a server, or authors a carrier.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use tsela_server::{OpenOptions, ServeOptions, Server};

mod relay;

use crate::{
    args::Dir,
    exit::{DATA, Exit},
    output, place,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    dir: Dir,
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// What the server is in the study.
    #[arg(long, value_enum, default_value_t = ServerRole::Community)]
    role: ServerRole,
    /// Where laptops reach it, if not at the address listened on: https://clinic.example:8443
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Folder of the pages [default: `ui` beside the program, or ui/dist].
    #[arg(long, value_name = "DIR")]
    ui: Option<PathBuf>,
    /// Plain HTTP instead of TLS; on loopback only.
    #[arg(long)]
    plain_http: bool,
    /// Make no hourly backup.
    #[arg(long)]
    no_backups: bool,
    /// As a carrier: take from every laptop of the study that proves itself, without comparing digits.
    #[arg(long)]
    without_comparing: bool,
    /// As a carrier: do not tell the local network.
    #[arg(long)]
    quiet: bool,
}

/// What a server is in the study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ServerRole {
    /// The server of one community or clinic.
    Community,
    /// A driver's laptop, which takes bundles along and delivers them when the server is in reach.
    #[value(alias = "carrier")]
    Relay,
}

/// Serves until Ctrl-C or SIGTERM; the address is printed once calls are taken.
///
/// # Errors
/// Exit code 75 if the folder is served already, 69 if the address cannot be listened on.
pub fn run(args: ServeArgs) -> anyhow::Result<()> {
    if args.role == ServerRole::Relay {
        return relay::run(&args);
    }
    place::server_only(&args.dir.dir)?;
    if args.without_comparing || args.quiet {
        return Err(Exit::new(DATA, "--without-comparing and --quiet are for a carrier: add --role relay").into());
    }
    let server = Server::open_with(&args.dir.dir, OpenOptions { quick_check: true, ..OpenOptions::default() })?;
    let mut options = ServeOptions::new(args.listen);
    options.url = args.url;
    options.ui = args.ui;
    options.plain_http = args.plain_http;
    options.backups = !args.no_backups;
    tsela_server::serve(server, &options, |running| {
        // Whoever started it may have closed its end; the server goes on.
        let _ = output::line(running.url());
    })?;
    Ok(())
}
