//! The command line: the same code and the same store as the window.
//!
//! Each command is a file of [`commands`]: it parses, calls, prints. Data goes to standard output, everything said to a
//! person to standard error, and the exit code tells programs what kind of trouble there was (see [`exit`]). The
//! generator of valid data is a module of its own, as tests and benches use it too.

use std::process::ExitCode;

use clap::Parser as _;

mod app;
mod args;
mod clock;
mod commands;
mod exit;
pub mod generator;
mod lines;
mod logging;
mod output;
mod passphrase;
mod place;
mod road;
mod runtime;
mod shift;

/// Runs the program with the process's own arguments.
pub fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are no errors: clap prints them on standard output and ends with 0.
        Err(error) => error.exit(),
    };
    logging::begin(cli.verbose, &cli.command);
    match commands::run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error),
    }
}
