//! `tsela server user`: accounts of people on the server's pages.

use clap::Args;
use tsela_server::{Server, admin::By};

use crate::{args::ServerDir, output, passphrase, place};

/// Arguments.
#[derive(Debug, Args)]
pub struct UserArgs {
    #[command(flatten)]
    dir: ServerDir,
    /// The person's name, as typed at sign-in.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// One of the study's roles, such as administrator or data_manager.
    #[arg(long, value_name = "ROLE")]
    role: String,
}

/// Makes an account or changes it, and prints the person's id.
///
/// # Errors
/// Exit code 65 for an unknown role or a weak passphrase.
pub fn run(args: &UserArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let server = Server::open(&args.dir.dir)?;
    let passphrase = passphrase::new()?;
    let id = server.set_account(&args.name, &args.role, &passphrase, &By::operator())?;
    output::line(&id.to_string())
}
