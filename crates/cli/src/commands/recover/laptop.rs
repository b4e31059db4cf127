//! `tsela recover laptop`: a laptop whose people forgot their passphrases.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use tsela_rpc::client::laptop::Laptop;
use tsela_sync::clock::SystemClock;

use crate::{passphrase, place};

/// Arguments.
#[derive(Debug, Args)]
pub struct LaptopArgs {
    /// The laptop's folder.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The study's recovery key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Who gets a new passphrase, by name.
    #[arg(long, value_name = "NAME")]
    user: String,
}

/// Opens the laptop's data key with the recovery key and wraps it under a new passphrase. It is an event in the journal.
///
/// # Errors
/// Exit code 65 if this laptop knows of no such person, 75 while a window has it, 77 if it is another study's key.
pub fn run(args: &LaptopArgs) -> anyhow::Result<()> {
    place::laptop_only(&args.dir)?;
    let key = super::read_key(&args.key)?;
    let passphrase = passphrase::new()?;
    let laptop = Laptop::at(&args.dir, Arc::new(SystemClock::new()));
    let _lock = laptop.lock("tsela recover", Duration::from_secs(1))?;
    laptop.admit_with_recovery_key(&args.user, &key, &passphrase)?;
    eprintln!("{} can sign in with the new passphrase.", args.user);
    Ok(())
}
