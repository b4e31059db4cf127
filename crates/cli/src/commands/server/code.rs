//! `tsela server code`: one enrolment code, for one laptop.

use clap::{Args, ValueEnum};
use tsela_server::{Server, admin::By};

use crate::{args::ServerDir, output, place};

/// Arguments.
#[derive(Debug, Args)]
pub struct CodeArgs {
    #[command(flatten)]
    dir: ServerDir,
    /// What the device will be.
    #[arg(long, value_enum, default_value_t = CodeRole::Field)]
    role: CodeRole,
    /// Where the laptop reaches the server [default: where `serve` last listened].
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// How long the code can be used [default: as the study says].
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=10_080))]
    minutes: Option<u32>,
    /// For whom or what it is; stands in the list of codes.
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

/// What a device will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CodeRole {
    /// A field laptop.
    Field,
    /// A driver's laptop.
    #[value(alias = "relay")]
    Carrier,
}

/// Prints the code, and nothing else, on standard output.
///
/// # Errors
/// Exit code 65 if no address is known or it cannot be used.
pub fn run(args: &CodeArgs) -> anyhow::Result<()> {
    place::server_only(&args.dir.dir)?;
    let server = Server::open(&args.dir.dir)?;
    let role = match args.role {
        CodeRole::Field => "field",
        CodeRole::Carrier => "carrier",
    };
    let made = server.make_code(role, args.minutes, &args.note, args.url.as_deref(), &By::operator())?;
    output::line(&made.code.to_string())?;
    eprintln!("For one device, until {}, at {}.", made.expires_at, made.code.url());
    Ok(())
}
