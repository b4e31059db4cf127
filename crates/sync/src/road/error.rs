//! What goes wrong on a road, sorted by cause and not by library.

use std::{error::Error, io};

use tsela_core::{api::ErrorBody, trust::TrustError};
use tsela_store::StoreError;

use super::pin::WrongPin;

/// What goes wrong on a road.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoadError {
    /// No connection, or a broken one.
    #[error("{kind}: {detail}")]
    Network {
        /// How.
        kind: NetworkError,
        /// What the library said, for the log.
        detail: String,
    },
    /// Whoever answered holds another key than the pinned one.
    #[error("{0}")]
    WrongKey(WrongPin),
    /// Whoever answered does not speak TLS as it should.
    #[error("the answer is not one of a secured connection: {0}")]
    NotTls(String),
    /// An answer without the mark of a Tsela server.
    #[error("the answer (status {status}, {content_type:?}) is not one of a Tsela server")]
    NotTsela {
        /// Its HTTP status.
        status: u16,
        /// What it says it holds.
        content_type: String,
    },
    /// The server refused, in its own words.
    #[error("the server answered {status} {}: {}", body.code, body.title)]
    Api {
        /// HTTP status.
        status: u16,
        /// What it said.
        body: ErrorBody,
        /// How long it asks to wait, seconds.
        retry_after: Option<u64>,
    },
    /// More than was asked for.
    #[error("the answer has more than the {limit} bytes allowed for {what}")]
    TooLarge {
        /// What was asked for.
        what: &'static str,
        /// How much it may have.
        limit: usize,
    },
    /// An answer that cannot be read.
    #[error("the answer to {what} cannot be read: {detail}")]
    Malformed {
        /// What was asked for.
        what: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// An answer that is not signed by whom it should be.
    #[error(transparent)]
    Untrusted(#[from] TrustError),
    /// This machine's own store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address cannot be used.
    #[error("{0}")]
    BadAddress(String),
    /// The work was given up: the engine is stopping.
    #[error("the engine is stopping")]
    Stopping,
}

/// How a connection fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkError {
    /// This machine has no network.
    NoNetwork,
    /// The name is not known.
    NameNotFound,
    /// Nobody listens there.
    Refused,
    /// No way there.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// It broke in the middle.
    Cut,
}

impl std::fmt::Display for NetworkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoNetwork => "no network",
            Self::NameNotFound => "the server's name is not found",
            Self::Refused => "the connection was refused",
            Self::Unreachable => "the server is not in reach",
            Self::Timeout => "no answer in time",
            Self::Cut => "the connection broke off",
        })
    }
}

impl RoadError {
    /// Says that an answer cannot be read.
    pub fn malformed(what: &'static str, detail: impl ToString) -> Self {
        Self::Malformed { what, detail: detail.to_string() }
    }
}

impl From<reqwest::Error> for RoadError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if let Some(tls) = find::<rustls::Error>(&error) {
            return of_tls(tls);
        }
        let detail = chain_of(&error);
        let io = find::<io::Error>(&error).map(io::Error::kind);
        Self::Network { kind: kind_of(&error, io, &detail), detail }
    }
}

fn of_tls(error: &rustls::Error) -> RoadError {
    use rustls::{CertificateError, Error as Tls};
    match error {
        Tls::InvalidCertificate(CertificateError::Other(other)) => match other.0.downcast_ref::<WrongPin>() {
            Some(pin) => RoadError::WrongKey(*pin),
            None => RoadError::NotTls(error.to_string()),
        },
        // A handshake signature that the shown key did not make: whoever answers does not hold it.
        Tls::InvalidCertificate(_) => RoadError::WrongKey(WrongPin { found: None }),
        _ => RoadError::NotTls(error.to_string()),
    }
}

fn kind_of(error: &reqwest::Error, io: Option<io::ErrorKind>, detail: &str) -> NetworkError {
    use io::ErrorKind as Io;
    if error.is_timeout() {
        return NetworkError::Timeout;
    }
    if error.is_connect() && (detail.contains("dns error") || detail.contains("failed to lookup address")) {
        // EAI_AGAIN and its Windows twin: there is no name server to ask.
        let nobody_to_ask = ["Temporary failure", "os error 11002", "Try again"].iter().any(|t| detail.contains(t));
        return if nobody_to_ask { NetworkError::NoNetwork } else { NetworkError::NameNotFound };
    }
    match io {
        Some(Io::ConnectionRefused) => NetworkError::Refused,
        Some(Io::NetworkUnreachable | Io::NetworkDown | Io::AddrNotAvailable) => NetworkError::NoNetwork,
        Some(Io::HostUnreachable) => NetworkError::Unreachable,
        Some(Io::TimedOut) => NetworkError::Timeout,
        _ => NetworkError::Cut,
    }
}

/// Finds an error of a type among the causes. An [`io::Error`] hides what it wraps from `source`, so it is asked.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| cause.source());
    }
    None
}

fn chain_of(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
