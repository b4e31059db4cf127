//! What stands in the way of a push, in the words that people read.
//!
//! Title, likely cause, one thing to do. The code is stable: pages translate by it, the command line exits by it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod words;

/// A problem of the road, as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable code, the name of a [`ProblemCode`].
    pub code: String,
    /// One line.
    pub title: String,
    /// Its likely cause, and that nothing was lost.
    pub detail: String,
    /// The one thing to do.
    pub action: String,
    /// Values for translated texts.
    pub params: BTreeMap<String, String>,
}

/// Something to know that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Stable code: `clock`, `server_restored`, `laptop_restored`, `fork`, `codes_low`, `held`, `key_changed` …
    pub code: String,
    /// In words.
    pub message: String,
    /// Values for translated texts.
    pub params: BTreeMap<String, String>,
}

/// What can stand in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemCode {
    /// This laptop is in no network.
    NoNetwork,
    /// The server's name is not known in this network.
    NameNotFound,
    /// The server's computer answers, its program does not.
    Refused,
    /// The way to the server's computer ends somewhere.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The connection broke in the middle.
    Cut,
    /// A log-in page answered instead of the server.
    Portal,
    /// The server's key is not the pinned one.
    WrongKey,
    /// This laptop was revoked.
    Revoked,
    /// The server does not know this laptop's token.
    Unauthorised,
    /// The server's disk is full.
    DiskFull,
    /// This laptop's disk is full or failing.
    LocalDisk,
    /// The server has too much to do.
    ServerBusy,
    /// The server failed.
    ServerError,
    /// This program is too old for the server.
    TooOld,
    /// Two histories under one stream code.
    Fork,
    /// The enrolment code cannot be used (any more).
    EnrolmentCode,
    /// The server has no account of that name.
    UnknownUser,
    /// The name belongs to an account of the server.
    UserRefused,
    /// Another laptop holds one of this laptop's stream codes.
    CodeTaken,
    /// This laptop's credential has expired.
    CredentialExpired,
    /// An answer that this program does not understand.
    BadAnswer,
    /// Something else.
    Unknown,
}

impl ProblemCode {
    /// All codes, for tests of texts and translations.
    pub const ALL: [Self; 23] = [
        Self::NoNetwork,
        Self::NameNotFound,
        Self::Refused,
        Self::Unreachable,
        Self::Timeout,
        Self::Cut,
        Self::Portal,
        Self::WrongKey,
        Self::Revoked,
        Self::Unauthorised,
        Self::DiskFull,
        Self::LocalDisk,
        Self::ServerBusy,
        Self::ServerError,
        Self::TooOld,
        Self::Fork,
        Self::EnrolmentCode,
        Self::UnknownUser,
        Self::UserRefused,
        Self::CodeTaken,
        Self::CredentialExpired,
        Self::BadAnswer,
        Self::Unknown,
    ];

    /// Returns the stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoNetwork => "no_network",
            Self::NameNotFound => "name_not_found",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Cut => "cut",
            Self::Portal => "portal",
            Self::WrongKey => "wrong_key",
            Self::Revoked => "revoked",
            Self::Unauthorised => "unauthorised",
            Self::DiskFull => "disk_full",
            Self::LocalDisk => "local_disk",
            Self::ServerBusy => "server_busy",
            Self::ServerError => "server_error",
            Self::TooOld => "too_old",
            Self::Fork => "fork",
            Self::EnrolmentCode => "enrolment_code",
            Self::UnknownUser => "unknown_user",
            Self::UserRefused => "user_refused",
            Self::CodeTaken => "code_taken",
            Self::CredentialExpired => "credential_expired",
            Self::BadAnswer => "bad_answer",
            Self::Unknown => "unknown",
        }
    }

    /// Finds a code by its stable name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// Returns the exit code of the command line: 69 unreachable or log-in page, 74 disk, 75 busy, 76 bad answer, 77
    /// revoked, expired or not known.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::NoNetwork | Self::NameNotFound | Self::Refused | Self::Unreachable => 69,
            Self::Timeout | Self::Cut | Self::Portal => 69,
            Self::DiskFull | Self::LocalDisk => 74,
            Self::ServerBusy => 75,
            Self::Revoked | Self::Unauthorised | Self::CodeTaken | Self::CredentialExpired => 77,
            Self::EnrolmentCode | Self::UnknownUser | Self::UserRefused => 65,
            Self::WrongKey | Self::ServerError | Self::TooOld | Self::Fork | Self::BadAnswer | Self::Unknown => 76,
        }
    }

    /// Says whether the server is simply not in reach, which is the calm and usual state in the field.
    pub fn is_offline(self) -> bool {
        matches!(self, Self::NoNetwork | Self::NameNotFound | Self::Refused | Self::Unreachable | Self::Timeout)
    }
}

impl Problem {
    /// Words a problem; `params` fill the places `{name}` of its texts.
    pub fn new(code: ProblemCode, params: &[(&str, &str)]) -> Self {
        let texts = words::of(code);
        let params: BTreeMap<String, String> =
            params.iter().map(|(place, value)| ((*place).to_owned(), (*value).to_owned())).collect();
        Self {
            code: code.as_str().to_owned(),
            title: words::fill(texts.title, &params),
            detail: words::fill(texts.detail, &params),
            action: words::fill(texts.action, &params),
            params,
        }
    }

    /// Returns the code as a value to branch on.
    pub fn code(&self) -> ProblemCode {
        ProblemCode::find(&self.code).unwrap_or(ProblemCode::Unknown)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}. {} {}", self.title, self.detail, self.action)
    }
}

impl Notice {
    /// Words a notice.
    pub fn new(code: &str, message: impl Into<String>, params: &[(&str, &str)]) -> Self {
        let params = params.iter().map(|(place, value)| ((*place).to_owned(), (*value).to_owned())).collect();
        Self { code: code.to_owned(), message: message.into(), params }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_title_cause_and_one_action() {
        for code in ProblemCode::ALL {
            let problem = Problem::new(code, &[("host", "clinic"), ("detail", "…"), ("user", "Mpho")]);
            for text in [&problem.title, &problem.detail, &problem.action] {
                assert!(!text.is_empty() && !text.contains('{'), "{code:?}: {text}");
            }
            assert!(problem.title.len() <= 60 && !problem.title.ends_with('.'), "{}", problem.title);
            assert!(problem.action.ends_with('.') && problem.detail.ends_with('.'), "{problem}");
            assert_eq!(problem.code(), code);
            let words = format!("{problem}").to_lowercase();
            for jargon in ["unsynced", "tls", "spki", "socket", "exception", "http"] {
                assert!(!words.contains(jargon), "{jargon:?} in {words}");
            }
        }
    }
}
