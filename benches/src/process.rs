//! Processes that this program starts: itself, in other roles.

use std::{
    ffi::OsString,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::machine;

/// A running server.
pub(crate) struct Clinic {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// A code for one laptop.
    pub code: String,
}

impl Clinic {
    /// Starts the server of a folder.
    pub fn start(dir: &Path, listen: SocketAddr) -> Result<Self> {
        let (child, mut out) = begin(&["server".into(), dir.into(), listen.to_string().into()])?;
        let said = line(&mut out)?;
        let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned).context("the server's word");
        Ok(Self { child, address: text("address")?.parse()?, code: text("code")? })
    }

    /// Returns the most memory it has had, MiB, and the processor time it has taken, seconds.
    pub fn cost(&self) -> (Option<f64>, Option<f64>) {
        (machine::peak_mib(self.child.id()), machine::cpu_seconds(self.child.id()))
    }

    /// Lets it end in good order.
    pub fn stop(mut self) -> Result<SocketAddr> {
        drop(self.child.stdin.take());
        let ended = self.child.wait()?;
        if ended.success() { Ok(self.address) } else { bail!("the server ended with {ended}") }
    }
}

impl Drop for Clinic {
    fn drop(&mut self) {
        // Only after a failure: a server that was stopped has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets a laptop do something and returns what it says of it.
pub(crate) fn laptop(dir: &Path, task: &[&str]) -> Result<Value> {
    let mut arguments: Vec<OsString> = vec!["laptop".into(), dir.into()];
    arguments.extend(task.iter().map(Into::into));
    let (mut child, mut out) = begin(&arguments)?;
    let said = line(&mut out);
    let ended = child.wait()?;
    if ended.success() { said } else { bail!("the laptop ended with {ended} while doing {task:?}") }
}

/// Lets the server of a folder take in another folder and returns what it says of it.
pub(crate) fn import(dir: &Path, from: &Path) -> Result<Value> {
    let (mut child, mut out) = begin(&["import".into(), dir.into(), from.into()])?;
    let said = line(&mut out);
    let ended = child.wait()?;
    if ended.success() { said } else { bail!("the import ended with {ended}") }
}

fn begin(arguments: &[OsString]) -> Result<(Child, BufReader<ChildStdout>)> {
    let program = std::env::current_exe()?;
    let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().context("a standard output that was piped")?;
    Ok((child, BufReader::new(out)))
}

fn line(out: &mut BufReader<ChildStdout>) -> Result<Value> {
    let mut text = String::new();
    out.read_line(&mut text)?;
    serde_json::from_str(&text).with_context(|| format!("a started process said {text:?}"))
}
