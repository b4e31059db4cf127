//! `make bench`: what saving, pushing and searching cost, each as a ratio or against its goal, in one run.
//!
//! The laptop and the server are processes of their own, this program started again, so that their memory is theirs
//! alone and their threads compete as on one small machine. They speak over TLS on loopback. Stores are real ones:
//! encrypted, `synchronous=FULL`, on the disk of the folder that is given.

mod journal;
mod laptop;
mod machine;
mod measure;
mod process;
mod road;
mod server;
mod start;
mod table;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

/// Measures Tsela and compares with its goals.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    run: Run,
    /// What a process that this program starts is to do.
    #[command(subcommand)]
    role: Option<Role>,
}

/// What to measure.
#[derive(Clone, Debug, Args)]
pub(crate) struct Run {
    /// A twentieth of the size: seconds instead of minutes. Goals met at this size prove nothing.
    #[arg(long)]
    quick: bool,
    /// Only these rows: save, push, after, search, hand-over, reconcile, import, start.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Folder of the stores; a temporary one in target/ if left out, removed at the end.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// A community server, until its standard input ends.
    #[command(hide = true)]
    Server(server::Serve),
    /// A community server, taking in a folder.
    #[command(hide = true)]
    Import(server::Import),
    /// A laptop, doing one thing.
    #[command(hide = true)]
    Laptop(laptop::Task),
}

/// Runs the program with the process's own arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.role {
        Some(Role::Server(serve)) => serve.run().map(|()| true),
        Some(Role::Import(import)) => import.run().map(|()| true),
        Some(Role::Laptop(task)) => task.run().map(|()| true),
        None => measure::all(&cli.run),
    };
    match done {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints an answer of a started process on one line.
fn answer(value: &serde_json::Value) -> Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}
