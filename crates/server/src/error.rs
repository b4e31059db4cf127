//! What can go wrong with a server, and what a caller is told of it.

use std::{io, net::SocketAddr, path::PathBuf};

use tsela_core::{api::codes, package::PackageError};
use tsela_store::{Code, StoreError};
use tsela_sync::road::files::FilesError;

/// The result of everything a server does.
pub type Result<T, E = ServerError> = std::result::Result<T, E>;

/// An error of the server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The study's files are not a study package.
    #[error("the study package cannot be used: {0}")]
    Package(#[from] PackageError),
    /// A file beside the store could not be written or read.
    #[error("{what} {path}: {source}", path = path.display())]
    File {
        /// What was being done.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A key or certificate for TLS could not be made or used.
    #[error(transparent)]
    Tls(#[from] tsela_sync::tls::TlsError),
    /// What listens ended by a defect.
    #[error("listening ended: {0}")]
    Ended(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; is another program using this port?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// Plain HTTP was asked for on an address that others can reach.
    #[error("plain HTTP is for loopback addresses only, not for {0}: leave the option out")]
    PlainHttp(SocketAddr),
    /// Nobody has said under which address laptops reach this server.
    #[error(
        "under which address laptops reach this server is not known: start it with `tsela serve`, or name the address with --url https://…"
    )]
    NoAddress,
    /// A courier's road cannot be used.
    #[error(transparent)]
    Courier(#[from] FilesError),
    /// A caller is refused.
    #[error("{0}")]
    Refused(Refusal),
}

/// Why a call is refused, in words for a person. Never holds anything of a participant, nor a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{title} {detail}")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// What a client branches on.
    pub code: &'static str,
    /// One line.
    pub title: String,
    /// The likely cause and what to do.
    pub detail: String,
    /// Seconds after which to try again, for refusals that pass.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// Makes a refusal that does not pass by itself.
    pub fn new(status: u16, code: &'static str, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { status, code, title: title.into(), detail: detail.into(), retry_after: None }
    }

    /// Says when to try again.
    #[must_use]
    pub fn after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(400, codes::BAD_REQUEST, "The request could not be understood.", detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, codes::NOT_FOUND, "Not found.", detail)
    }

    pub(crate) fn bad_bundle(detail: impl Into<String>) -> Self {
        Self::new(422, codes::BAD_BUNDLE, "The bundle cannot be accepted.", detail)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(413, codes::TOO_LARGE, "The request is too large.", format!("At most {limit} bytes are accepted."))
    }

    pub(crate) fn busy(seconds: u32) -> Self {
        let detail = "Nothing was lost; the program tries again by itself.";
        Self::new(429, codes::BUSY, "Too many requests at once.", detail).after(seconds)
    }

    pub(crate) fn unauthorised() -> Self {
        let detail = "The token is missing or not one of this server: enrol the device again with a new code.";
        Self::new(401, codes::UNAUTHORISED, "This device is not known here.", detail)
    }

    pub(crate) fn revoked() -> Self {
        let detail = "Nothing on it was deleted. Bring it to the administrator of the study.";
        Self::new(403, codes::REVOKED, "This device was revoked.", detail)
    }

    pub(crate) fn author_revoked() -> Self {
        let detail = "What it wrote is kept apart at the server until the administrator admits it.";
        Self::new(409, codes::AUTHOR_REVOKED, "The laptop that wrote it was revoked.", detail)
    }

    pub(crate) fn gap() -> Self {
        let detail = "It is taken once they have come: keep it, and try again.";
        Self::new(409, codes::GAP, "Entries before it are missing here.", detail)
    }

    pub(crate) fn no_room_for_attachments() -> Self {
        let detail = "The device has sent as many bytes of attachments as one may. Tell the operator of the server.";
        Self::new(507, codes::DISK_FULL, "There is no room for more attachments.", detail).after(300)
    }

    pub(crate) fn attachment_of_revoked() -> Self {
        let detail = "Its attachments are not taken. Keep them until the administrator has decided.";
        Self::new(422, codes::BAD_BUNDLE, "The laptop that wrote it was revoked.", detail)
    }

    pub(crate) fn unknown_author() -> Self {
        let detail = "Keep it, and try again once that laptop has been in this server's reach.";
        Self::new(409, codes::UNKNOWN_AUTHOR, "The device that packed it is not known here.", detail)
    }

    /// Says what a caller is told of an error. What only the operator may know goes to the log.
    pub fn of(error: ServerError) -> Self {
        match error {
            ServerError::Refused(refusal) => refusal,
            ServerError::Store(store) => Self::of_store(&store),
            other => Self::internal(&other),
        }
    }

    fn of_store(error: &StoreError) -> Self {
        match (error, error.code()) {
            (StoreError::DiskFull(_), _) => {
                tracing::error!("the server's disk is full");
                let detail = "Nothing was lost; tell the operator of the server.";
                Self::new(507, codes::DISK_FULL, "The server's disk is full.", detail).after(300)
            }
            (_, Code::Busy) => Self { status: 503, ..Self::busy(2) },
            (_, Code::Locked) => {
                let title = "Too many wrong passphrases.";
                Self { status: 429, ..Self::new(429, "locked", title, error.to_string()) }
            }
            (_, Code::WrongPassphrase) => Self::new(403, "wrong_passphrase", "Not signed in.", error.to_string()),
            (_, Code::Invalid) => Self::new(422, "invalid", "This cannot be done as asked.", error.to_string()),
            (_, Code::NotFound) => Self::not_found(error.to_string()),
            _ => Self::internal(error),
        }
    }

    fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %error, "a defect or a failing disk");
        let detail = "Nothing was lost. The server's log says more to its operator.";
        Self::new(500, codes::INTERNAL, "The server failed.", detail).after(30)
    }
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl ServerError {
    /// Returns the exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Store(error) => error.code().exit_code(),
            Self::Package(_) | Self::PlainHttp(_) | Self::NoAddress => 65,
            Self::Courier(error) => error.exit_code(),
            Self::File { .. } => 74,
            Self::Listen { .. } => 69,
            Self::Tls(_) | Self::Ended(_) => 70,
            Self::Refused(refusal) if matches!(refusal.status, 401 | 403) => 77,
            Self::Refused(refusal) if matches!(refusal.status, 429 | 503) => 75,
            Self::Refused(_) => 65,
        }
    }
}

/// Carries a server's error out of a store's transaction, which knows only its own.
///
/// The store rolls back on any error; what it was is kept in `slot` and taken out by the caller.
pub(crate) fn through<T>(slot: &mut Option<ServerError>, result: Result<T>) -> tsela_store::Result<T> {
    result.map_err(|error| match error {
        ServerError::Store(error) => error,
        other => {
            let told = StoreError::Invalid(other.to_string());
            *slot = Some(other);
            told
        }
    })
}
