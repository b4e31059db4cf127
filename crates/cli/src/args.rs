//! What can be typed: every command, in the order of a day's work.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};

use crate::commands::{
    app::AppArgs, attach::AttachArgs, backup::BackupArgs, digest::DigestArgs, enrol::EnrolArgs, enter::EnterArgs,
    export::ExportArgs, history::HistoryArgs, import::ImportArgs, inspect::InspectArgs, label::LabelArgs,
    list::ListArgs, models::ModelsArgs, print::PrintArgs, push::PushArgs, recover::RecoverCommand,
    restore::RestoreArgs, serve::ServeArgs, server::ServerCommand, simulate::SimulateArgs, status::StatusArgs,
    tubes::TubesArgs, unlock::UnlockArgs, verify::VerifyArgs, ways::WaysArgs,
};

const ABOUT: &str = "Carries a field study's data from the household to the server.";
const AFTER_HELP: &str = "\
A folder belongs to a laptop (made by `tsela enrol`) or to a server (made by `tsela server init`).
The passphrase of a laptop's user is read from TSELA_PASSPHRASE; without it, a terminal asks.

Exit codes:
   0  done                    74  disk full or failing
   2  wrong arguments         75  busy: try again
  65  bad line or file        76  bad answer of the server
  69  server not in reach,    77  passphrase wrong, or device revoked
      or a log-in page        70  a defect of Tsela";

/// The whole line.
#[derive(Debug, Parser)]
#[command(name = "tsela", version, about = ABOUT, after_help = AFTER_HELP, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// Say more on standard error; twice for everything. RUST_LOG chooses precisely.
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up and look after a server.
    #[command(subcommand)]
    Server(ServerCommand),
    /// Let laptops and browsers reach a server, until Ctrl-C.
    Serve(ServeArgs),
    /// Make this folder a laptop of the study, with a code from the server.
    Enrol(EnrolArgs),
    /// Save the lines of a file, each as one save.
    Enter(EnterArgs),
    /// Attach a photo or a PDF to a record.
    Attach(AttachArgs),
    /// Print labels of specimens on a label printer.
    Print(PrintArgs),
    /// Write labels of specimens as ZPL, PDF or PNG.
    Label(LabelArgs),
    /// Send what is unsent and believe the receipts. Doing it again is always safe.
    Push(PushArgs),
    /// List the ways to send beside the network; add or remove one.
    Ways(WaysArgs),
    /// Write what is unsent into a folder, such as a stick, for a courier.
    Export(ExportArgs),
    /// Take in what a courier has brought: bundles at a server, receipts at a laptop.
    Import(ImportArgs),
    /// Ask an administrator to be let back in, or use the code that was told.
    Unlock(UnlockArgs),
    /// Open a laptop or a bundle with the study's recovery key.
    #[command(subcommand)]
    Recover(RecoverCommand),
    /// Say what is unsent, received, or waits for a person.
    Status(StatusArgs),
    /// Say where each tube is, and how long it may still take to the laboratory.
    Tubes(TubesArgs),
    /// List the records of a model.
    List(ListArgs),
    /// Show who changed what in a record, when and why.
    History(HistoryArgs),
    /// Print a hash over the records, the same on both sides when both hold the same.
    Digest(DigestArgs),
    /// Check every chain from its first entry, and every record against its entries.
    Verify(VerifyArgs),
    /// Make a verified, encrypted backup.
    Backup(BackupArgs),
    /// Put a backup in the store's place; the present store is moved aside, not deleted.
    Restore(RestoreArgs),
    /// Say what a file is: a bundle, a receipt, a study package, a backup.
    Inspect(InspectArgs),
    /// List the kinds of records.
    Models(ModelsArgs),
    /// Serve the client's pages to a browser on this computer.
    App(AppArgs),
    /// Make valid, invented data of any size, as lines for `enter`.
    Simulate(SimulateArgs),
}

/// The folder of a laptop or a server.
#[derive(Debug, clap::Args)]
pub struct Dir {
    /// The folder of a laptop or a server.
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// Who opens a laptop's store, by name [default: its sole user].
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
}

/// The folder of a laptop.
#[derive(Debug, clap::Args)]
pub struct LaptopDir {
    /// The laptop's folder.
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// Who does it, by name [default: the laptop's sole user].
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
}

/// The folder of a server.
#[derive(Debug, clap::Args)]
pub struct ServerDir {
    /// The server's folder.
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_lines_of_the_manual_are_understood() {
        let lines = [
            "server init --dir S",
            "server init --dir S --study PATH",
            "serve --dir S --listen 127.0.0.1:8443",
            "serve --dir S --listen 127.0.0.1:0 --role community",
            "server code --dir S",
            "server code --dir S --role field --url https://clinic:8443",
            "server user --dir S --name N --role administrator",
            "server restore --dir S",
            "server restore --dir S --from F",
            "server key --dir S",
            "server revoke --dir S 018f3b1c-6a00-7000-8000-0000000000c1 --reason lost",
            "server quarantine --dir S --json",
            "server quarantine --dir S --stream A01",
            "server admit --dir S A01 --through 17 --reason found",
            "server admit --dir S A01 --reason found",
            "server close --dir S A01 --reason copied",
            "server renew --dir S 018f3b1c-6a00-7000-8000-0000000000c1",
            "server devices --dir S --json",
            "enrol --dir C --code CODE --user NAME",
            "enter --dir C FILE",
            "enter --dir C -",
            "enter --dir C - --user N",
            "enter --dir C --moved-to-today FILE --source paper",
            "attach 066-40-A1B-0001-C consent.jpg --dir C --shows signed --json",
            "label A1B0001013 --dir C --format zpl",
            "label A1B0001013 A1B000201W --dir C --format pdf --skip 3",
            "label A1B0001013 --dir C --format png --template small",
            "print A1B0001013 A1B000201W --dir C",
            "print A1B0001013 --dir C --printer tcp://10.0.0.7 --copies 2 --reason torn --json",
            "print --test --dir C --printer file:/dev/usb/lp0",
            "print --roll 50 --dir C",
            "push --dir C",
            "push --dir C --json",
            "push --dir C --outbox",
            "push --dir C --outbox --json",
            "export --dir C --to /media/stick --json",
            "import --dir C --from /media/stick",
            "import --dir S --from /media/stick --json",
            "export --dir C --to sftp://u@h:22/p --host-key SHA256:x --identity FILE --copies FOLDER",
            "import --dir S --from sftp://u@h:22/p --host-key SHA256:x --identity FILE --copies FOLDER --json",
            "push --dir C --to NAME --host-key SHA256:x --json",
            "ways --dir C --json",
            "ways --dir C --add NAME --place sftp://u@h/p --identity FILE",
            "ways --dir C --remove NAME",
            "unlock --dir C",
            "unlock --dir C --user N --code CODE",
            "recover laptop --dir C --key recovery.key --user N",
            "recover bundle FILE --key recovery.key",
            "server unlock --dir S 018f3b1c-6a00-7000-8000-0000000000c1 --request CODE --user N --reason lost",
            "server unlock --dir S 018f3b1c-6a00-7000-8000-0000000000c1 --request CODE --user N --admit --reason lost",
            "status --dir C --json",
            "status --dir C --json --user N",
            "tubes --dir C --json",
            "list participant --dir C --json",
            "history 066-40-A1B-0001-C --dir C --json",
            "digest --dir C",
            "digest --dir C --stream A1B --stream A1C",
            "verify --dir C --json",
            "backup --dir C",
            "restore --dir C",
            "restore --dir C FILE",
            "inspect FILE",
            "models",
            "models --sync",
            "models --no-sync",
            "app --dir C --listen 127.0.0.1:0",
            "simulate --households 3 --seed 7",
            "simulate --saves 3 --seed 7 --start 2026-03-02T06:00:00Z --hostile",
            "--verbose models",
        ];
        for line in lines {
            let parsed = Cli::try_parse_from(std::iter::once("tsela").chain(line.split(' ')));
            assert!(parsed.is_ok(), "{line}: {}", parsed.err().map(|e| e.to_string()).unwrap_or_default());
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for line in [
            "print --dir C",
            "print A1 --test --dir C",
            "models --sync --no-sync",
            "simulate --households 1 --saves 1",
            "list --dir C",
            "push",
        ] {
            assert!(Cli::try_parse_from(std::iter::once("tsela").chain(line.split(' '))).is_err(), "{line}");
        }
    }
}
