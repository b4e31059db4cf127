//! Where a courier's data goes or comes from, as it is typed: a folder, or an SFTP server.

use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use tsela_rpc::client::courier::CourierError;
use tsela_server::ServerError;
use tsela_sync::road::{
    Copied,
    files::{FileRoad, FilesError},
    folder::FolderRoad,
    sftp::{HostKey, Login, SftpAddress, SftpError, SftpRoad},
};
use zeroize::Zeroizing;

use crate::exit::{DATA, Exit};

/// The environment variable.
const SECRET: &str = "TSELA_SFTP_PASSWORD";

/// How an SFTP server is known and signed in to.
#[derive(Debug, Args)]
pub struct RoadArgs {
    /// The SFTP server's key, as OpenSSH prints it, SHA256:…; needed once, and remembered
    #[arg(long, value_name = "FINGERPRINT")]
    host_key: Option<String>,
    /// The private key to sign in with; without it, the password in TSELA_SFTP_PASSWORD
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Keep a copy in this folder of what went or was taken in
    #[arg(long, value_name = "FOLDER")]
    copies: Option<PathBuf>,
}

impl RoadArgs {
    /// Opens what was typed as destination or source; `connect` is asked for an SFTP server.
    ///
    /// # Errors
    /// Those of the road, in words for people.
    pub fn open<E: Asks>(
        &self,
        place: &Path,
        mut connect: impl FnMut(SftpAddress, Login, Option<HostKey>) -> Result<SftpRoad, E>,
    ) -> anyhow::Result<Box<dyn FileRoad>> {
        let copies = self.copies.as_deref().map(FolderRoad::at).transpose().map_err(FilesError::from)?;
        let typed = place.to_str().filter(|typed| SftpAddress::is_meant(typed));
        let road: Box<dyn FileRoad> = match typed {
            Some(typed) => self.connect(typed, &mut connect)?,
            None if self.host_key.is_some() || self.identity.is_some() => {
                let message = "--host-key and --identity are for an SFTP server: sftp://user@host:port/folder";
                return Err(Exit::new(DATA, message).into());
            }
            None => Box::new(FolderRoad::at(place).map_err(FilesError::from)?),
        };
        Ok(match copies {
            Some(copies) => Box::new(Copied::new(road, copies)),
            None => road,
        })
    }

    fn connect<E: Asks>(
        &self,
        typed: &str,
        connect: &mut impl FnMut(SftpAddress, Login, Option<HostKey>) -> Result<SftpRoad, E>,
    ) -> anyhow::Result<Box<dyn FileRoad>> {
        let address: SftpAddress = typed.parse().map_err(FilesError::Sftp)?;
        let named: Option<HostKey> = self.host_key.as_deref().map(str::parse).transpose().map_err(FilesError::Sftp)?;
        let login = self.login(&address)?;
        let road = match connect(address.clone(), login.clone(), named) {
            Err(error) => match error.unknown().filter(|(host, shown)| is_confirmed(host, *shown)) {
                Some((_, shown)) => connect(address, login, Some(shown)).map_err(Into::into)?,
                None => return Err(error.into()),
            },
            opened => opened.map_err(Into::into)?,
        };
        Ok(Box::new(road))
    }

    fn login(&self, address: &SftpAddress) -> anyhow::Result<Login> {
        let secret = match std::env::var(SECRET) {
            Ok(secret) => Some(Zeroizing::new(secret)),
            Err(std::env::VarError::NotPresent) => None,
            Err(error) => return Err(error).context(SECRET),
        };
        let login = match Login::new(self.identity.as_deref(), secret) {
            Err(SftpError::NoLogin) if std::io::stderr().is_terminal() => {
                let asked = rpassword::prompt_password(format!("Password of {} at {}: ", address.user, address.host))?;
                Ok(Login::Password(asked.into()))
            }
            login => login,
        };
        Ok(login.map_err(FilesError::Sftp)?)
    }
}

/// An error that may ask for a server's key to be confirmed.
pub trait Asks: Into<anyhow::Error> {
    /// Returns the server and the key that it shows, if nobody has confirmed one.
    fn unknown(&self) -> Option<(&str, HostKey)>;
}

impl Asks for CourierError {
    fn unknown(&self) -> Option<(&str, HostKey)> {
        match self {
            Self::Road(error) => unknown(error),
            Self::Store(_) | Self::NoPlace | Self::Stopped => None,
        }
    }
}

impl Asks for ServerError {
    fn unknown(&self) -> Option<(&str, HostKey)> {
        match self {
            Self::Courier(error) => unknown(error),
            _ => None,
        }
    }
}

fn unknown(error: &FilesError) -> Option<(&str, HostKey)> {
    match error {
        FilesError::Sftp(SftpError::UnknownHost { host, shown }) => Some((host, *shown)),
        _ => None,
    }
}

/// Asks the person at the terminal whether a server's key is the right one. Nobody there is no.
fn is_confirmed(host: &str, shown: HostKey) -> bool {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return false;
    }
    let mut err = std::io::stderr();
    let _ = write!(
        err,
        "The key of {host} is not known yet. It shows\n  {shown}\nAsk whoever runs it whether that is its key. Type yes if it is: "
    );
    let _ = err.flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}
