//! Data on standard output.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use anyhow::Context as _;
use serde::Serialize;

use crate::exit::Exit;

/// Standard output, buffered; a reader that has seen enough (`| head`) ends the program calmly.
pub struct Out(io::BufWriter<io::StdoutLock<'static>>);

impl Out {
    /// Takes standard output.
    pub fn new() -> Self {
        Self(io::BufWriter::new(io::stdout().lock()))
    }

    /// Prints one line.
    ///
    /// # Errors
    /// If standard output cannot be written to.
    pub fn line(&mut self, text: &str) -> anyhow::Result<()> {
        let written = self.0.write_all(text.as_bytes()).and_then(|()| self.0.write_all(b"\n"));
        written.map_err(|error| failed(&error))
    }

    /// Prints a value as JSON on one line.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        self.line(&serde_json::to_string(value).context("the output cannot be written as JSON")?)
    }

    /// Hands everything printed so far to the reader.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub fn flush(&mut self) -> anyhow::Result<()> {
        self.0.flush().map_err(|error| failed(&error))
    }
}

fn failed(error: &io::Error) -> anyhow::Error {
    if error.kind() == ErrorKind::BrokenPipe {
        return Exit::silent(0).into();
    }
    Exit::new(crate::exit::DISK, format!("cannot write to standard output: {error}")).into()
}

/// Prints one value as JSON on one line.
///
/// # Errors
/// If standard output cannot be written to.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = Out::new();
    out.json(value)?;
    out.flush()
}

/// Prints one line.
///
/// # Errors
/// If standard output cannot be written to.
pub fn line(text: &str) -> anyhow::Result<()> {
    let mut out = Out::new();
    out.line(text)?;
    out.flush()
}

/// Writes bytes that are not for people, such as a picture.
///
/// # Errors
/// If standard output cannot be written to, or is a terminal.
pub fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    if io::stdout().is_terminal() && std::str::from_utf8(bytes).is_err() {
        return Err(Exit::new(crate::exit::DATA, "this is not for a terminal: send it to a file, with > FILE").into());
    }
    let mut out = Out::new();
    out.0.write_all(bytes).map_err(|error| failed(&error))?;
    out.flush()
}

/// Replaces what could drive a terminal: names in a record may hold anything.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
