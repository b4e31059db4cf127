//! What can go wrong with an SFTP server, in words for the person in front of it.

use std::io;

use super::HostKey;

/// Why an SFTP server cannot be used, or a file on it. Never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SftpError {
    /// What was typed is no address.
    #[error("the SFTP address cannot be used: {0}")]
    Address(String),
    /// What was typed is no fingerprint.
    #[error("a host key is given as OpenSSH prints it, SHA256: and 43 letters, digits, + or /")]
    NotAHostKey,
    /// Neither password nor key file.
    #[error("how to sign in is not known: set TSELA_SFTP_PASSWORD, or name a private key with --identity FILE")]
    NoLogin,
    /// The key file cannot be used.
    #[error("the key file {path} cannot be used: {why}")]
    Identity {
        /// The file.
        path: String,
        /// Why not, and what to do.
        why: String,
    },
    /// There is no such name.
    #[error("no server of the name {host} is found; check the name, and whether this computer is in the network")]
    NoName {
        /// The server.
        host: String,
    },
    /// Nothing answers there.
    #[error("{host} does not answer ({source}); check the port, and whether this computer is in its network")]
    NoAnswer {
        /// The server.
        host: String,
        /// What the system says.
        source: io::Error,
    },
    /// Something answers that is no SSH server.
    #[error(
        "what answers at {host} is no SSH server: another service, or a Wi-Fi log-in page. Check the port; if this is a public network, sign in to it in a browser first"
    )]
    NotSsh {
        /// The server.
        host: String,
    },
    /// No cipher or kind of key in common.
    #[error(
        "{host} offers no way of encrypting that is safe today: it is too old, or has an RSA key only. Ask whoever runs it for an Ed25519 host key"
    )]
    NothingInCommon {
        /// The server.
        host: String,
    },
    /// Its key was never confirmed.
    #[error(
        "the key of {host} is not known yet: it shows {shown}. Ask whoever runs it whether that is its key; if so, say --host-key {shown} once. Nothing was sent, not even the password"
    )]
    UnknownHost {
        /// The server.
        host: String,
        /// The key that it shows.
        shown: HostKey,
    },
    /// Its key is another one than was confirmed.
    #[error(
        "{host} shows another key than the one that was confirmed: {shown} instead of {pinned}. Somebody may be in between, and nothing was sent, not even the password. Only if whoever runs it says that it has a new key, say --host-key {shown} once"
    )]
    ChangedHost {
        /// The server.
        host: String,
        /// The key that was confirmed.
        pinned: HostKey,
        /// The key that it shows.
        shown: HostKey,
    },
    /// The account or its secret is not accepted.
    #[error("{host} does not let {user} in: the account, or its password or key, is not accepted there")]
    NotLetIn {
        /// The server.
        host: String,
        /// The account.
        user: String,
    },
    /// No files there.
    #[error("{host} lets this account in but offers it no SFTP; ask whoever runs it")]
    NoSftp {
        /// The server.
        host: String,
    },
    /// The folder is not there, or no folder.
    #[error("{path} is no folder on {host}; make it there first, or check its name")]
    NoFolder {
        /// The server.
        host: String,
        /// The folder.
        path: String,
    },
    /// The connection ended.
    #[error("the connection to {host} broke off ({why}); what is on this computer stays as it was. Try again")]
    BrokeOff {
        /// The server.
        host: String,
        /// How.
        why: String,
    },
    /// No space left.
    #[error("the disk of {host} is full; what is on this computer stays as it was. Ask whoever runs it for space")]
    Full {
        /// The server.
        host: String,
    },
    /// Cannot be written to by anybody.
    #[error("{path} on {host} is read-only; what is on this computer stays as it was. Ask whoever runs it")]
    ReadOnly {
        /// The server.
        host: String,
        /// The file.
        path: String,
    },
    /// May not be written or read.
    #[error("this account may not {what} {path} on {host}; ask whoever runs it for the right to")]
    NotAllowed {
        /// The server.
        host: String,
        /// `write` or `read`.
        what: &'static str,
        /// The file.
        path: String,
    },
    /// The server says no, and not why.
    #[error("{host} could not {what} {path} ({why}); what is on this computer stays as it was")]
    Failed {
        /// The server.
        host: String,
        /// `write` or `read`.
        what: &'static str,
        /// The file.
        path: String,
        /// What the server says.
        why: String,
    },
    /// What was written is not what stands there.
    #[error("{path} on {host} does not hold what was written to it; tell whoever runs it that its disk may be broken")]
    NotWhatWasWritten {
        /// The server.
        host: String,
        /// The file.
        path: String,
    },
    /// This computer cannot do it.
    #[error("this computer cannot open a connection ({0})")]
    Here(io::Error),
}

impl SftpError {
    /// Says whether trying again soon may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::BrokeOff { .. } | Self::NoAnswer { .. } | Self::NoName { .. })
    }

    /// Returns the exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Address(_) | Self::NotAHostKey | Self::Identity { .. } | Self::NoFolder { .. } => 65,
            Self::NoName { .. } | Self::NoAnswer { .. } | Self::NotSsh { .. } | Self::BrokeOff { .. } => 69,
            Self::Full { .. }
            | Self::ReadOnly { .. }
            | Self::Failed { .. }
            | Self::NotWhatWasWritten { .. }
            | Self::Here(_) => 74,
            Self::UnknownHost { .. }
            | Self::ChangedHost { .. }
            | Self::NothingInCommon { .. }
            | Self::NoSftp { .. } => 76,
            Self::NoLogin | Self::NotLetIn { .. } | Self::NotAllowed { .. } => 77,
        }
    }
}
