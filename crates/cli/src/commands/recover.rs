//! `tsela recover`: what the study's recovery key opens when nothing else does.

use clap::Subcommand;

pub mod bundle;
pub mod laptop;

use std::path::Path;

use anyhow::Context as _;
use tsela_core::seal::{SealingKey, hex};
use zeroize::Zeroizing;

use crate::exit::{DATA, Exit};

/// The commands for the recovery key.
#[derive(Debug, Subcommand)]
pub enum RecoverCommand {
    /// Give a person of a laptop a new passphrase, when nobody of it knows one.
    Laptop(laptop::LaptopArgs),
    /// Print the entries of a bundle, as JSON lines.
    Bundle(bundle::BundleArgs),
}

/// Runs a command.
///
/// # Errors
/// What went wrong with key, laptop or bundle.
pub fn run(command: RecoverCommand) -> anyhow::Result<()> {
    match command {
        RecoverCommand::Laptop(args) => laptop::run(&args),
        RecoverCommand::Bundle(args) => bundle::run(&args),
    }
}

/// Reads `recovery.key` as `tsela server init` wrote it.
fn read_key(path: &Path) -> anyhow::Result<SealingKey> {
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    let text = if size <= 1024 {
        Zeroizing::new(std::fs::read_to_string(path).unwrap_or_default())
    } else {
        Zeroizing::default()
    };
    let bytes = hex::decode::<32>(text.trim()).map(Zeroizing::new).ok_or_else(|| {
        Exit::new(DATA, format!("{} is not a recovery key: it holds 64 hexadecimal digits", path.display()))
    })?;
    Ok(SealingKey::from_bytes(&bytes))
}
