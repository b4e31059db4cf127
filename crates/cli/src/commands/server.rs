//! `tsela server`: setting up and looking after a server. All of it works beside `serve`, except restoring.

use clap::Subcommand;

pub mod admit;
pub mod code;
pub mod devices;
pub mod init;
pub mod key;
pub mod quarantine;
pub mod renew;
pub mod restore;
pub mod revoke;
pub mod unlock;
pub mod user;

/// The commands for a server.
#[derive(Debug, Subcommand)]
pub enum ServerCommand {
    /// Make a study's server in an empty folder.
    Init(init::InitArgs),
    /// Print an enrolment code for one laptop.
    Code(code::CodeArgs),
    /// Give a person an account on the server's pages, or a new passphrase and role.
    User(user::UserArgs),
    /// List the devices: when each was heard of and what of it is stored.
    Devices(devices::DevicesArgs),
    /// Revoke a device: what comes from it later is put into quarantine.
    Revoke(revoke::RevokeArgs),
    /// List what is kept apart: forks, and entries that came after a revocation.
    Quarantine(quarantine::QuarantineArgs),
    /// Admit entries that came after a revocation: they are stored and applied like any others.
    Admit(admit::AdmitArgs),
    /// Close a fork that was looked into; both versions are kept.
    Close(admit::CloseArgs),
    /// Print a code that lets a person back in on a laptop, also without a network.
    Unlock(unlock::UnlockArgs),
    /// Renew a device's credential, which ends if the device is not heard of for long.
    Renew(renew::RenewArgs),
    /// Show the server's public keys and fingerprints.
    Key(key::KeyArgs),
    /// Put a backup in the store's place; laptops send again what it lacks.
    Restore(restore::RestoreArgs),
}

/// Runs a command.
///
/// # Errors
/// What the server said.
pub fn run(command: ServerCommand) -> anyhow::Result<()> {
    match command {
        ServerCommand::Init(args) => init::run(&args),
        ServerCommand::Code(args) => code::run(&args),
        ServerCommand::User(args) => user::run(&args),
        ServerCommand::Devices(args) => devices::run(&args),
        ServerCommand::Revoke(args) => revoke::run(&args),
        ServerCommand::Quarantine(args) => quarantine::run(&args),
        ServerCommand::Admit(args) => admit::admit(&args),
        ServerCommand::Close(args) => admit::close(&args),
        ServerCommand::Unlock(args) => unlock::run(&args),
        ServerCommand::Renew(args) => renew::run(&args),
        ServerCommand::Key(args) => key::run(&args),
        ServerCommand::Restore(args) => restore::run(&args),
    }
}
