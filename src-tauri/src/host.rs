//! The seam between the window and everything behind it: a function from request to answer, and how it is opened.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Value, json};
use tsela_rpc::client::{
    Code, SystemClock,
    host::{ClientHostState, ClientOptions},
};

/// The answer to one request, to be awaited.
pub type Answer = Pin<Box<dyn Future<Output = Value> + Send>>;

/// Answers the requests of the page. Called on a thread of the runtime, many at once, never on the window's own.
pub type Rpc = Arc<dyn Fn(Value) -> Answer + Send + Sync>;

/// Why the program could not start, in words for the person in front of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{title} {detail} {advice}")]
pub struct StartFailure {
    /// What is wrong, one sentence.
    pub title: String,
    /// Where, and what the system said.
    pub detail: String,
    /// What to do now.
    pub advice: String,
    /// Exit code of the program once the window is closed, after `sysexits.h`.
    pub exit_code: i32,
}

impl StartFailure {
    /// The store in `dir` is open in another window.
    #[must_use]
    pub fn busy(dir: &Path) -> Self {
        Self {
            title: "Tsela is already open on this laptop.".into(),
            detail: format!("Another window is using {}.", dir.display()),
            advice: "Go on in the other window, or close it and open Tsela again.".into(),
            exit_code: 75,
        }
    }

    /// The folder `dir` cannot be made or read.
    #[must_use]
    pub fn folder(dir: &Path, error: &io::Error) -> Self {
        Self {
            title: "Tsela cannot use its folder.".into(),
            detail: format!("{}: {error}.", dir.display()),
            advice: "Check that the disk is there, is not full and may be written to, then open Tsela again. \
                     Nothing was changed."
                .into(),
            exit_code: 74,
        }
    }

    /// The operating system names no folder for the data of programs.
    #[must_use]
    pub fn no_folder() -> Self {
        Self {
            title: "Tsela found no place to keep its data.".into(),
            detail: "The computer's account has no folder for the data of programs.".into(),
            advice: "Start it with --dir and the folder to use.".into(),
            exit_code: 74,
        }
    }

    /// The store in `dir` is there but cannot be opened; `reason` says why and what to do. It is left as it is.
    #[must_use]
    pub fn store(dir: &Path, reason: &str, exit_code: i32) -> Self {
        Self {
            title: "Tsela cannot open the data on this laptop.".into(),
            detail: format!("{}: {reason}", dir.display()),
            advice: "Nothing was changed or removed. Show this page to your administrator.".into(),
            exit_code,
        }
    }
}

/// A client that is open.
#[derive(Clone)]
pub struct Client {
    /// Answers the page.
    pub rpc: Rpc,
    state: Arc<ClientHostState>,
}

impl Client {
    /// Ends the session as closing the window does. What is saved stays.
    pub fn close(&self) {
        self.state.close();
    }
}

/// Opens the client in `dir`, which exists.
///
/// # Errors
/// A [`StartFailure`] that the window then shows: the folder in use by another window, a folder that cannot be read. A
/// store that cannot be used is told by the pages themselves.
pub async fn open(dir: PathBuf) -> Result<Client, StartFailure> {
    let options =
        ClientOptions { dir: dir.clone(), what: "the window".into(), demonstration_sign_in: demonstration_sign_in() };
    let state = ClientHostState::start(options, Arc::new(SystemClock::new())).map_err(|error| match error.code() {
        Code::Busy => StartFailure::busy(&dir),
        code => StartFailure::store(&dir, &error.to_string(), code.exit_code().into()),
    })?;
    let state = Arc::new(state);
    let answering = Arc::clone(&state);
    let rpc: Rpc = Arc::new(move |request| {
        let state = Arc::clone(&answering);
        Box::pin(async move {
            let answered = tokio::task::spawn_blocking(move || state.answer(request)).await;
            answered.unwrap_or_else(|_| stopped())
        })
    });
    Ok(Client { rpc, state })
}

/// What a demonstration shows on its sign-in page: `name / passphrase`, from the script that made the laptop.
fn demonstration_sign_in() -> Option<(String, String)> {
    let text = std::env::var("TSELA_DEMO_SIGN_IN").ok()?;
    let (name, passphrase) = text.split_once(" / ")?;
    Some((name.to_owned(), passphrase.to_owned()))
}

fn stopped() -> Value {
    json!({ "failure": {
        "code": "internal",
        "title": "Tsela stopped in the middle of answering.",
        "detail": "What was saved is kept.",
        "action": "Close the window and open it again.",
        "params": {},
        "problems": [],
    } })
}
