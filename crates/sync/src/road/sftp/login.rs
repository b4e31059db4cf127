//! How an account shows who it is: by a password or a private key, neither of which is ever kept, shown or logged.

use std::{fmt, fs, io::Read as _, path::Path};

use russh::keys::{Error as KeyError, PrivateKey, decode_secret_key};
use zeroize::Zeroizing;

use super::SftpError;

/// Largest file that is looked at as a key, bytes.
const LARGEST_KEY: u64 = 64 << 10;

/// A password or a private key.
#[derive(Clone)]
pub enum Login {
    /// The account's password.
    Password(Zeroizing<String>),
    /// A private key that the account knows.
    Key(Box<PrivateKey>),
}

impl Login {
    /// Takes the key file if there is one, which `secret` opens if it is locked; else `secret` is the password.
    ///
    /// # Errors
    /// [`SftpError::NoLogin`], or [`SftpError::Identity`].
    pub fn new(identity: Option<&Path>, secret: Option<Zeroizing<String>>) -> Result<Self, SftpError> {
        match (identity, secret) {
            (Some(file), secret) => key(file, secret.as_deref().map(String::as_str)),
            (None, Some(password)) => Ok(Self::Password(password)),
            (None, None) => Err(SftpError::NoLogin),
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password",
            Self::Key(_) => "Key",
        })
    }
}

fn key(file: &Path, passphrase: Option<&str>) -> Result<Login, SftpError> {
    let bad = |why: String| SftpError::Identity { path: file.display().to_string(), why };
    let text = read(file).map_err(&bad)?;
    match decode_secret_key(&text, passphrase) {
        Ok(key) if key.algorithm().is_rsa() => Err(bad(UNKNOWN_KIND.to_owned())),
        Ok(key) => Ok(Login::Key(Box::new(key))),
        Err(KeyError::KeyIsEncrypted) if passphrase.is_none() => {
            Err(bad("it is locked by a passphrase: set TSELA_SFTP_PASSWORD to it".to_owned()))
        }
        Err(_) if passphrase.is_some() => {
            Err(bad(format!("the passphrase in TSELA_SFTP_PASSWORD may be wrong, or {UNKNOWN_KIND}")))
        }
        Err(_) => Err(bad(UNKNOWN_KIND.to_owned())),
    }
}

const UNKNOWN_KIND: &str = "it is no private key of a kind that is used here. Make one with: ssh-keygen -t ed25519";

fn read(file: &Path) -> Result<Zeroizing<String>, String> {
    let opened = fs::File::open(file).map_err(|error| error.to_string())?;
    if is_open_to_others(&opened) {
        return Err("others on this computer can read it. Let only its owner do so: chmod 600".to_owned());
    }
    let mut text = Zeroizing::new(String::new());
    opened.take(LARGEST_KEY).read_to_string(&mut text).map_err(|_| UNKNOWN_KIND.to_owned())?;
    Ok(text)
}

#[cfg(unix)]
fn is_open_to_others(file: &fs::File) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// Files have their folder's permissions there, which say nothing of this one.
#[cfg(not(unix))]
fn is_open_to_others(_file: &fs::File) -> bool {
    false
}
