//! What went wrong, in the words and codes that pages branch on.

use std::collections::BTreeMap;

use tsela_core::rescue::RescueError;
use tsela_store::{Code, StoreError, journal::SaveError};
use tsela_sync::{
    problem::Problem,
    road::{files::FilesError, folder::FolderError, sftp::SftpError},
};

use super::{courier::CourierError, laptop::LaptopError};
use crate::schema::{Failure, sync::SyncProblem};

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (code, title) = match error.code() {
            Code::Disk => ("disk", "The disk did not take it"),
            Code::Busy => ("busy", "Tsela is busy or already open"),
            Code::WrongPassphrase => ("wrong_passphrase", "The name or passphrase is wrong"),
            Code::Locked => ("locked_out", "Sign-in is locked for a while"),
            Code::WrongCode => ("wrong_code", "This code does not fit"),
            Code::NewerStore => ("newer_store", "This store needs a newer version of Tsela"),
            Code::OlderStore => ("older_store", "This store must be upgraded first"),
            Code::Damaged => ("damaged", "The store is damaged"),
            Code::NoKey => ("no_key", "The store has no usable key"),
            Code::NotAStore => ("not_a_store", "There is no store here"),
            Code::Invalid => ("invalid", "This cannot be done as it stands"),
            Code::NotFound => ("not_found", "It is not here"),
            Code::Internal => ("internal", "Something went wrong inside Tsela"),
        };
        let mut failure = Self::new(code, title, sentence(&error.to_string()), "");
        match error {
            StoreError::TooSoon { wait_ms } | StoreError::WrongPassphrase { wait_ms, .. } => {
                failure.params.insert("wait_seconds".to_owned(), (wait_ms.max(0) / 1000).to_string());
            }
            StoreError::LockedOut { until, wait_ms } => {
                failure.params.insert("until".to_owned(), until.to_string());
                failure.params.insert("wait_seconds".to_owned(), (wait_ms.max(0) / 1000).to_string());
            }
            _ => {}
        }
        if let StoreError::WrongPassphrase { left, .. } | StoreError::WrongCode { left } = error {
            failure.params.insert("left".to_owned(), left.to_string());
        }
        failure
    }
}

impl From<SaveError> for Failure {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Store(error) => error.into(),
            SaveError::Refused(problems) => {
                let title = "This cannot be saved yet";
                let mut failure = Self::new("refused", title, "Look at the fields that are marked.", "");
                failure.problems = problems;
                failure
            }
        }
    }
}

impl From<RescueError> for Failure {
    fn from(error: RescueError) -> Self {
        Self::new("mistyped_code", "This is not an administrator's code", sentence(&error.to_string()), "")
    }
}

impl From<LaptopError> for Failure {
    fn from(error: LaptopError) -> Self {
        match error {
            LaptopError::Store(error) => error.into(),
            LaptopError::Code(error) => {
                Self::new("bad_code", "This is not an enrolment code", sentence(&error.to_string()), "")
            }
            LaptopError::Enrol(error) => error.problem.into(),
            other => Self::new("invalid", "This cannot be done as it stands", sentence(&other.to_string()), ""),
        }
    }
}

impl From<CourierError> for Failure {
    fn from(error: CourierError) -> Self {
        match error {
            CourierError::Store(error) | CourierError::Road(FilesError::Store(error)) => error.into(),
            other => (&other).into(),
        }
    }
}

impl From<&CourierError> for Failure {
    fn from(error: &CourierError) -> Self {
        let said = sentence(&error.to_string());
        match error {
            CourierError::Store(_) | CourierError::Road(FilesError::Store(_)) => {
                Self::new("disk", "The disk did not take it", said, "")
            }
            CourierError::Road(FilesError::Folder(error)) => {
                let (code, title) = of_folder(error);
                Self::new(code, title, said, "")
            }
            CourierError::Road(FilesError::Sftp(error)) => of_sftp(error, said),
            CourierError::NoPlace => {
                Self::new("road_folder", "There is no such folder", said, "Choose a drive, or write the whole path.")
            }
            CourierError::Stopped => Self::new("road_stopped", "It was ended", said, ""),
        }
    }
}

fn of_folder(error: &FolderError) -> (&'static str, &'static str) {
    match error {
        FolderError::NoFolder { .. } => ("road_folder", "There is no such folder"),
        FolderError::Write { .. } => ("road_write", "It could not be written there"),
        FolderError::Read { .. } => ("road_read", "It could not be read"),
        FolderError::Link(_) => ("road_link", "There is a link in place of a folder of Tsela's"),
        FolderError::NotWhatWasWritten(_) => ("road_broken", "This stick or disk is broken"),
    }
}

/// On a page there is a button for what the command line wants as an option.
fn of_sftp(error: &SftpError, said: String) -> Failure {
    let (code, title) = match error {
        SftpError::Address(_) => ("road_address", "This is not an SFTP address"),
        SftpError::NotAHostKey => ("road_address", "This is not a server's key"),
        SftpError::NoLogin => ("road_login", "A password or a key file is needed"),
        SftpError::Identity { .. } => ("road_login", "The key file cannot be used"),
        SftpError::UnknownHost { .. } => ("road_unknown_host", "Nobody has confirmed this server's key yet"),
        SftpError::ChangedHost { .. } => ("road_changed_host", "The server shows another key than before"),
        SftpError::NoName { .. } | SftpError::NoAnswer { .. } | SftpError::NotSsh { .. } | SftpError::Here(_) => {
            ("road_unreachable", "The SFTP server is not in reach")
        }
        SftpError::BrokeOff { .. } => ("road_broke_off", "The connection broke off"),
        SftpError::NotLetIn { .. } | SftpError::NoSftp { .. } | SftpError::NothingInCommon { .. } => {
            ("road_refused", "The SFTP server refuses")
        }
        SftpError::NoFolder { .. } => ("road_folder", "There is no such folder"),
        SftpError::Full { .. }
        | SftpError::ReadOnly { .. }
        | SftpError::NotAllowed { .. }
        | SftpError::Failed { .. } => ("road_write", "It could not be written there"),
        SftpError::NotWhatWasWritten { .. } => ("road_broken", "This stick or disk is broken"),
    };
    let detail = match error {
        SftpError::UnknownHost { host, shown } => {
            format!("{host} shows {shown}. Nothing was sent, not even the password.")
        }
        SftpError::ChangedHost { host, pinned, shown } => format!(
            "{host} shows {shown} instead of {pinned}. Somebody may be in between; nothing was sent, not even the password."
        ),
        SftpError::NoLogin => "Nothing was sent.".to_owned(),
        _ => said,
    };
    let action = match error {
        SftpError::UnknownHost { .. } => "Ask whoever runs the server whether that is its key.",
        SftpError::ChangedHost { .. } => "Go on only if whoever runs the server says that it has a new key.",
        SftpError::NoLogin => "Enter the password, or the path of a private key.",
        _ => "",
    };
    let mut failure = Failure::new(code, title, detail, action);
    if let SftpError::UnknownHost { host, shown } | SftpError::ChangedHost { host, shown, .. } = error {
        failure.params = [("host".to_owned(), host.clone()), ("shown".to_owned(), shown.to_string())].into();
    }
    if let SftpError::ChangedHost { pinned, .. } = error {
        failure.params.insert("pinned".to_owned(), pinned.to_string());
    }
    failure
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let code = problem.code().as_str().to_owned();
        let mut failure = Self::new(&code, problem.title, problem.detail, problem.action);
        failure.params = problem.params.into_iter().collect();
        failure
    }
}

impl From<Problem> for SyncProblem {
    fn from(problem: Problem) -> Self {
        let code = problem.code().as_str().to_owned();
        let params: BTreeMap<String, String> = problem.params.into_iter().collect();
        Self { code, title: problem.title, detail: problem.detail, action: problem.action, params }
    }
}

/// Begins with a capital letter and ends with a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
