//! Sending labels: to a raw port in the network, 9100 as a rule, or to a device file.
//!
//! Neither road has a receipt of its own. A printer that answers `~HS` behind the labels has got all of them; one that
//! does not answer may have. [`Delivery`] says which it is, so that nothing is claimed that nobody knows.
//!
//! [`open`] comes first and sends nothing, so that the caller can put the print into the journal before the first byte
//! leaves: no label is printed that the journal does not tell of.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    path::PathBuf,
    str::FromStr,
    time::{Duration, Instant},
};

use crate::HostStatus;

/// The port of printers that take what comes.
const RAW_PORT: u16 = 9100;
/// How long a printer may take to be there.
const CONNECT: Duration = Duration::from_secs(5);
/// How long it may take none of the bytes.
const STALLED: Duration = Duration::from_secs(15);
/// How long it may take to say how it is. One that never answers is used all the same.
const ANSWER: Duration = Duration::from_millis(800);
/// Longest answer that is read.
const MAX_ANSWER: usize = 4096;

/// Where a printer is: `tcp://10.0.0.7:9100` or `file:/dev/usb/lp0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A raw port in the network.
    Tcp {
        /// Name or number of the host.
        host: String,
        /// Port.
        port: u16,
    },
    /// A device file.
    Device(PathBuf),
}

/// A text that is no address of a printer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address of a printer: write tcp://HOST or tcp://HOST:PORT, or file:/dev/usb/lp0")]
pub struct BadAddress(String);

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress(text.to_owned());
        let text = text.trim();
        if let Some(path) = text.strip_prefix("file:") {
            return if path.is_empty() { Err(bad()) } else { Ok(Self::Device(path.into())) };
        }
        let rest = text.strip_prefix("tcp://").unwrap_or(text).trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            // A bare IPv6 address has colons of its own; with a port it stands in brackets.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, port.parse().map_err(|_| bad())?)
            }
            _ => (rest, RAW_PORT),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || host.len() > 253 || !host.chars().all(plain) || port == 0 {
            return Err(bad());
        }
        Ok(Self::Tcp { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
            Self::Device(path) => write!(f, "file:{}", path.display()),
        }
    }
}

/// Why nothing, or not all, was printed. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The name of the printer is not found.
    #[error(
        "the printer's name {0} is not found; check the address in Settings, and that the laptop is in the printer's network"
    )]
    NotFound(String),
    /// Nobody answers.
    #[error("the printer at {address} does not answer ({source}); switch it on, and check cable or network")]
    Off {
        /// Where.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The device file is not there, or may not be written.
    #[error("the printer {path} cannot be used ({source}); plug it in, and check who may write to it")]
    NoDevice {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// An ordinary file: what is printed tells of a participant and would stay there.
    #[error("{0} is an ordinary file, not a printer; what stands on a label is not written to the disk")]
    NotADevice(String),
    /// The printer says what keeps it from printing. Nothing was sent.
    #[error("{0}. Nothing was printed; print again afterwards")]
    NotReady(&'static str),
    /// The printer went away while it was sent to. Labels may have been printed.
    #[error("the printer went away while it was printing ({0}); look which labels came out, and print the rest again")]
    BrokenOff(io::Error),
}

impl PrintError {
    /// Says whether labels may have come out all the same.
    pub fn may_have_printed(&self) -> bool {
        matches!(self, Self::BrokenOff(_))
    }
}

/// What is known of the labels once they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The printer answered behind them: it has all of them.
    Answered,
    /// They were sent; this printer does not answer.
    Sent,
}

/// A printer that is there and has been sent nothing.
#[derive(Debug)]
pub struct Connection(Line);

#[derive(Debug)]
enum Line {
    Tcp(TcpStream),
    Device(File),
}

/// Looks for a printer and asks how it is. Sends no label.
///
/// # Errors
/// [`PrintError`], all but [`PrintError::BrokenOff`].
pub fn open(address: &Address) -> Result<Connection, PrintError> {
    match address {
        Address::Tcp { host, port } => {
            let mut stream = connect(host, *port, address)?;
            let off = |source| PrintError::Off { address: address.to_string(), source };
            stream.set_write_timeout(Some(STALLED)).map_err(off)?;
            if let Some(trouble) = ask(&mut stream).map_err(off)?.and_then(|status| status.trouble()) {
                return Err(PrintError::NotReady(trouble));
            }
            Ok(Connection(Line::Tcp(stream)))
        }
        Address::Device(path) => {
            let named = path.display().to_string();
            let none = |source| PrintError::NoDevice { path: named.clone(), source };
            if std::fs::metadata(path).is_ok_and(|found| found.is_file()) {
                return Err(PrintError::NotADevice(named));
            }
            Ok(Connection(Line::Device(OpenOptions::new().write(true).open(path).map_err(none)?)))
        }
    }
}

impl Connection {
    /// Sends labels.
    ///
    /// # Errors
    /// [`PrintError::BrokenOff`] if the printer went away meanwhile: labels may have been printed.
    pub fn send(self, zpl: &str) -> Result<Delivery, PrintError> {
        match self.0 {
            Line::Tcp(mut stream) => {
                stream.write_all(zpl.as_bytes()).map_err(PrintError::BrokenOff)?;
                let answer = ask(&mut stream).map_err(PrintError::BrokenOff)?;
                Ok(if answer.is_some() { Delivery::Answered } else { Delivery::Sent })
            }
            Line::Device(mut file) => {
                file.write_all(zpl.as_bytes()).and_then(|()| file.flush()).map_err(PrintError::BrokenOff)?;
                Ok(Delivery::Sent)
            }
        }
    }
}

fn connect(host: &str, port: u16, address: &Address) -> Result<TcpStream, PrintError> {
    let found = (host, port).to_socket_addrs().map_err(|_| PrintError::NotFound(host.to_owned()))?;
    let mut last = None;
    for socket in found {
        match TcpStream::connect_timeout(&socket, CONNECT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(match last {
        Some(source) => PrintError::Off { address: address.to_string(), source },
        None => PrintError::NotFound(host.to_owned()),
    })
}

/// Asks a printer how it is; `None` if it does not say. An error means that it hung up.
fn ask(stream: &mut TcpStream) -> io::Result<Option<HostStatus>> {
    stream.write_all(b"~HS\r\n")?;
    let until = Instant::now() + ANSWER;
    let (mut answer, mut part) = (Vec::new(), [0; 512]);
    while answer.len() < MAX_ANSWER {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut part) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it closed the connection")),
            Ok(n) => answer.extend(part.iter().take(n)),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if let Some(status) = HostStatus::parse(&String::from_utf8_lossy(&answer)).filter(|_| whole(&answer)) {
            return Ok(Some(status));
        }
    }
    Ok(None)
}

/// Says whether all three lines of an answer are there.
fn whole(answer: &[u8]) -> bool {
    answer.iter().filter(|byte| **byte == 3).count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let reads = |text: &str| text.parse::<Address>().map(|address| address.to_string());
        assert_eq!(reads("10.0.0.7"), Ok("tcp://10.0.0.7:9100".to_owned()));
        assert_eq!(reads(" tcp://zebra.clinic:6101/ "), Ok("tcp://zebra.clinic:6101".to_owned()));
        assert_eq!(reads("[fe80::1]:9100"), Ok("tcp://[fe80::1]:9100".to_owned()));
        assert_eq!(reads("fe80::1"), Ok("tcp://[fe80::1]:9100".to_owned()));
        assert_eq!(reads("file:/dev/usb/lp0"), Ok("file:/dev/usb/lp0".to_owned()));
        for bad in ["", "tcp://", "file:", "10.0.0.7:0", "10.0.0.7:port", "http://10.0.0.7", "a b", &"x".repeat(254)] {
            assert!(reads(bad).is_err(), "{bad}");
        }
    }
}
