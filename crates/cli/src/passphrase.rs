//! The passphrase: from the environment, or asked for on the terminal. Never an argument, which all can read.

use std::io::IsTerminal as _;

use zeroize::Zeroizing;

use crate::exit::{Exit, REFUSED};

/// The environment variable.
const VARIABLE: &str = "TSELA_PASSPHRASE";

/// A passphrase; wiped from memory when dropped.
pub type Passphrase = Zeroizing<String>;

/// Returns the passphrase of who opens a store.
///
/// # Errors
/// Exit code 77 if there is none and nobody to ask.
pub fn existing() -> anyhow::Result<Passphrase> {
    match from_environment()? {
        Some(passphrase) => Ok(passphrase),
        None => ask("Passphrase: "),
    }
}

/// Returns a new passphrase, asked for twice on a terminal.
///
/// # Errors
/// As [`existing`], and if the two differ.
pub fn new() -> anyhow::Result<Passphrase> {
    if let Some(passphrase) = from_environment()? {
        return Ok(passphrase);
    }
    let first = ask("New passphrase: ")?;
    let second = ask("The same again: ")?;
    if first == second { Ok(first) } else { Err(Exit::new(REFUSED, "the two passphrases differ: try again").into()) }
}

fn from_environment() -> anyhow::Result<Option<Passphrase>> {
    match std::env::var(VARIABLE) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Exit::new(REFUSED, format!("{VARIABLE} is not valid UTF-8")).into())
        }
    }
}

fn ask(prompt: &str) -> anyhow::Result<Passphrase> {
    if !std::io::stderr().is_terminal() {
        return Err(nobody().into());
    }
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|_| nobody().into())
}

fn nobody() -> Exit {
    Exit::new(REFUSED, format!("a passphrase is needed: set {VARIABLE}, or run this in a terminal to be asked"))
}
