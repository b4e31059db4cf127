//! The commands, one file each.

pub mod app;
pub mod attach;
pub mod backup;
pub mod digest;
pub mod enrol;
pub mod enter;
pub mod export;
pub mod history;
pub mod import;
pub mod inspect;
pub mod label;
pub mod list;
pub mod models;
pub mod print;
pub mod push;
pub mod recover;
pub mod restore;
pub mod serve;
pub mod server;
pub mod simulate;
pub mod status;
pub mod tubes;
pub mod unlock;
pub mod verify;
pub mod ways;

use crate::args::Command;

/// Runs a command.
///
/// # Errors
/// What went wrong; [`crate::exit`] says it and knows the exit code.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Server(command) => server::run(command),
        Command::Serve(args) => serve::run(args),
        Command::Enrol(args) => enrol::run(&args),
        Command::Enter(args) => enter::run(args),
        Command::Push(args) => push::run(&args),
        Command::Ways(args) => ways::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Tubes(args) => tubes::run(&args),
        Command::List(args) => list::run(&args),
        Command::History(args) => history::run(&args),
        Command::Digest(args) => digest::run(&args),
        Command::Unlock(args) => unlock::run(&args),
        Command::Recover(command) => recover::run(command),
        Command::Verify(args) => verify::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Label(args) => label::run(&args),
        Command::Attach(args) => attach::run(&args),
        Command::Print(args) => print::run(&args),
        Command::Models(args) => models::run(&args),
        Command::App(args) => app::run(args),
        Command::Simulate(args) => simulate::run(&args),
    }
}
