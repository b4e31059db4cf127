//! Where an SFTP road leads: `sftp://user@host:port/path`. Never a password: an address is shown, kept and logged.

use std::{fmt, str::FromStr};

use super::SftpError;

const SCHEME: &str = "sftp://";
const PORT: u16 = 22;
/// Most characters of an address.
const LONGEST: usize = 1_000;

/// An account and a folder on an SFTP server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SftpAddress {
    /// The account.
    pub user: String,
    /// The server's name or number.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The folder; a path that does not begin with `/` is below where a sign-in leads.
    pub path: String,
}

impl SftpAddress {
    /// Says whether a destination that somebody typed means an SFTP server, and not a folder.
    pub fn is_meant(text: &str) -> bool {
        text.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
    }

    /// Names the server as its key is remembered by.
    pub fn server(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl FromStr for SftpAddress {
    type Err = SftpError;

    fn from_str(text: &str) -> Result<Self, SftpError> {
        // What was typed is never repeated in these: there may be a password in it.
        let bad = |why: &str| SftpError::Address(why.to_owned());
        if !Self::is_meant(text) || text.len() > LONGEST || text.chars().any(|c| c.is_control() || "?#\\".contains(c)) {
            return Err(bad("it is not of the form sftp://user@host:port/folder"));
        }
        let rest = text.get(SCHEME.len()..).unwrap_or_default();
        let (authority, path) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
        let (user, server) =
            authority.rsplit_once('@').ok_or_else(|| bad("the account is missing: sftp://user@host"))?;
        if user.contains([':', '@']) {
            return Err(bad("a password does not belong into it: set TSELA_SFTP_PASSWORD, or name a key file"));
        }
        let user = decoded(user).filter(|user| !user.is_empty()).ok_or_else(|| bad("the account is missing"))?;
        let (host, port) = host_and_port(server).ok_or_else(|| bad("host or port cannot be understood"))?;
        let path = decoded(path.unwrap_or("~/")).ok_or_else(|| bad("its folder cannot be understood"))?;
        Ok(Self { user, host, port, path: place(&path) })
    }
}

impl fmt::Display for SftpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |text: &str| text.replace('%', "%25").replace(' ', "%20").replace('?', "%3F").replace('#', "%23");
        write!(f, "{SCHEME}{}@{}", encoded(&self.user).replace('@', "%40").replace(':', "%3A"), self.server())?;
        match self.path.strip_prefix('/') {
            Some(path) => write!(f, "/{}", encoded(path)),
            None => write!(f, "/~/{}", encoded(&self.path)),
        }
    }
}

/// Says where a path of an address leads: as other programs have it, `/~/` is where a sign-in leads.
fn place(path: &str) -> String {
    let path = path.trim_end_matches('/');
    match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest.trim_start_matches('/').to_owned(),
        _ => format!("/{path}"),
    }
}

fn host_and_port(server: &str) -> Option<(String, u16)> {
    let (host, port) = match server.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(host, port)| (host, port.strip_prefix(':')))?,
        None => server.split_once(':').map_or((server, None), |(host, port)| (host, Some(port))),
    };
    let known = |c: char| c.is_alphanumeric() || ".-_:".contains(c);
    let port = port.map_or(Some(PORT), |port| port.parse().ok().filter(|port| *port > 0))?;
    (!host.is_empty() && host.chars().all(known)).then(|| (host.to_lowercase(), port))
}

/// Reads `%20` and its like; `None` if that gives no text, or characters that steer a terminal.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? * 16 + hex(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
