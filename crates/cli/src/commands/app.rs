//! `tsela app`: the client's pages in a browser on this computer.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use tsela_rpc::client::host::ClientOptions;

use crate::{
    app::{self, AppOptions},
    exit::{DATA, Exit},
    runtime,
};

/// In a demonstration, the name and passphrase to show on the sign-in page: `NAME / PASSPHRASE`.
const DEMONSTRATION: &str = "TSELA_DEMO_SIGN_IN";

/// Arguments.
#[derive(Debug, Args)]
pub struct AppArgs {
    /// The laptop's folder; a new one is enrolled in the browser.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Loopback address and port; port 0 takes a free one.
    #[arg(long, value_name = "127.0.0.1:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Folder of the pages [default: `ui` beside the program, or ui/dist].
    #[arg(long, value_name = "DIR")]
    ui: Option<PathBuf>,
}

/// Prints the address with its token and serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// Exit code 65 if the address is not a loopback one, 75 if a window has the folder.
pub fn run(args: AppArgs) -> anyhow::Result<()> {
    if !args.listen.ip().is_loopback() {
        let message = format!("{} can be reached from other computers: use 127.0.0.1", args.listen);
        return Err(Exit::new(DATA, message).into());
    }
    if tsela_store::Folder::new(&args.dir).server_key().exists() {
        let message = format!("{} is a server's folder: its pages are served by `tsela serve`", args.dir.display());
        return Err(Exit::new(DATA, message).into());
    }
    let client = ClientOptions {
        dir: args.dir,
        what: "tsela app".to_owned(),
        demonstration_sign_in: std::env::var(DEMONSTRATION).ok().and_then(|hint| sign_in(&hint)),
    };
    runtime::block_on(app::serve(AppOptions { listen: args.listen, ui: args.ui, client }))?
}

fn sign_in(hint: &str) -> Option<(String, String)> {
    let (name, passphrase) = hint.split_once(" / ")?;
    Some((name.to_owned(), passphrase.to_owned()))
}
