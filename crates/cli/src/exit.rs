//! Exit codes, after `sysexits.h`: programs branch on them, people read the message.

use std::process::ExitCode;

use tsela_rpc::client::{courier::CourierError, laptop::LaptopError, printing::Trouble};
use tsela_server::ServerError;
use tsela_store::StoreError;
use tsela_sync::{problem::Problem, road::files::FilesError};

/// A bad line or file.
pub const DATA: u8 = 65;
/// The server is not in reach, or a log-in page answered.
pub const UNAVAILABLE: u8 = 69;
/// A defect in Tsela.
pub const SOFTWARE: u8 = 70;
/// The disk.
pub const DISK: u8 = 74;
/// No passphrase, a wrong one, or not allowed.
pub const REFUSED: u8 = 77;
/// The server is not in reach; what is unsent was written to another way, and counts as unsent until a receipt is back.
pub const WRITTEN: u8 = 79;
/// Ended by Ctrl-C.
pub const INTERRUPTED: i32 = 130;

/// An error of the command line's own.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Exit {
    /// The exit code.
    pub code: u8,
    /// What to say; empty if all was said.
    pub message: String,
}

impl Exit {
    /// Makes an error with this exit code.
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Makes an error of which everything was said already.
    pub fn silent(code: u8) -> Self {
        Self::new(code, "")
    }
}

/// A problem of the road that ends a command.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Blocked(pub Problem);

/// Tells a person what went wrong and returns the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let message = said(error);
    if !message.is_empty() {
        eprintln!("tsela: {message}");
    }
    ExitCode::from(code_of(error))
}

/// Returns what to say of an error: its own words and its causes', each once.
fn said(error: &anyhow::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if !text.is_empty() && !words.iter().any(|said| said.contains(&text)) {
            words.push(text);
        }
        // What lies below is the operating system's or SQLite's wording of the same.
        if cause.is::<StoreError>()
            || cause.is::<LaptopError>()
            || cause.is::<Trouble>()
            || cause.is::<CourierError>()
            || cause.is::<FilesError>()
            || cause.is::<ServerError>()
            || cause.is::<Blocked>()
        {
            break;
        }
    }
    words.join(": ")
}

/// Returns the exit code of the first cause that has one.
fn code_of(error: &anyhow::Error) -> u8 {
    error.chain().find_map(code_of_cause).unwrap_or(SOFTWARE)
}

fn code_of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if let Some(exit) = cause.downcast_ref::<Exit>() {
        return Some(exit.code);
    }
    if let Some(error) = cause.downcast_ref::<StoreError>() {
        return Some(error.code().exit_code());
    }
    if let Some(error) = cause.downcast_ref::<ServerError>() {
        return Some(error.exit_code());
    }
    if let Some(error) = cause.downcast_ref::<LaptopError>() {
        return Some(code_of_laptop(error));
    }
    if let Some(error) = cause.downcast_ref::<CourierError>() {
        return Some(code_of_courier(error));
    }
    if let Some(error) = cause.downcast_ref::<FilesError>() {
        return Some(error.exit_code());
    }
    if let Some(trouble) = cause.downcast_ref::<Trouble>() {
        return Some(code_of_printing(trouble));
    }
    if let Some(Blocked(problem)) = cause.downcast_ref::<Blocked>() {
        return Some(problem.code().exit_code());
    }
    cause.downcast_ref::<std::io::Error>().map(code_of_io)
}

fn code_of_laptop(error: &LaptopError) -> u8 {
    match error {
        LaptopError::Store(error) => error.code().exit_code(),
        LaptopError::Enrol(error) => error.problem.code().exit_code(),
        LaptopError::OtherRecoveryKey => REFUSED,
        LaptopError::Code(_) | LaptopError::Enrolled | LaptopError::NotEnrolled | LaptopError::WhichUser(_) => DATA,
    }
}

fn code_of_courier(error: &CourierError) -> u8 {
    match error {
        CourierError::Store(error) => error.code().exit_code(),
        CourierError::NoPlace | CourierError::Stopped => DATA,
        CourierError::Road(error) => error.exit_code(),
    }
}

fn code_of_printing(trouble: &Trouble) -> u8 {
    match trouble {
        Trouble::Store(error) => error.code().exit_code(),
        Trouble::Print(_) => UNAVAILABLE,
        _ => DATA,
    }
}

/// A file that is not there is a bad argument; everything else of input and output is the disk.
fn code_of_io(error: &std::io::Error) -> u8 {
    match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidData | std::io::ErrorKind::IsADirectory => DATA,
        _ => DISK,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;
    use tsela_sync::problem::ProblemCode;

    use super::*;

    fn code(error: impl Into<anyhow::Error>) -> u8 {
        code_of(&error.into())
    }

    #[test]
    fn each_kind_of_trouble_has_its_code() {
        assert_eq!(code(StoreError::AlreadyOpen { holder: String::new() }), 75);
        assert_eq!(code(StoreError::WrongPassphrase { left: 4, wait_ms: 0 }), 77);
        assert_eq!(code(StoreError::NotAStore { path: "x".into() }), 65);
        assert_eq!(code(ServerError::NoAddress), 65);
        for (problem, expected) in [
            (ProblemCode::Portal, 69),
            (ProblemCode::Refused, 69),
            (ProblemCode::WrongKey, 76),
            (ProblemCode::Revoked, 77),
            (ProblemCode::LocalDisk, 74),
        ] {
            assert_eq!(code(Blocked(Problem::new(problem, &[]))), expected, "{problem:?}");
        }
        assert_eq!(code(std::io::Error::from(std::io::ErrorKind::NotFound)), 65);
        assert_eq!(code(std::io::Error::from(std::io::ErrorKind::StorageFull)), 74);
        assert_eq!(code(anyhow::anyhow!("a defect")), 70);
    }

    #[test]
    fn context_keeps_the_code_and_is_said_first() {
        let refused: Result<(), _> = Err(StoreError::NotFound("the record".to_owned()));
        let error = refused.context("history").unwrap_err();
        assert_eq!(code_of(&error), 65);
        assert_eq!(said(&error), "history: the record was not found");
    }
}
