//! What others hold of a running engine.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

use super::{
    compare::{self, Comparison},
    config::SharedPackages,
    run::Command,
    shared::Shared,
    status::EngineStatus,
};
use crate::{
    diagnose::diagnose,
    problem::{Problem, ProblemCode},
};

/// A running engine. When it is dropped, the engine stops.
pub struct EngineHandle {
    commands: mpsc::UnboundedSender<Command>,
    status: watch::Receiver<EngineStatus>,
    shared: Arc<Shared>,
    join: JoinHandle<()>,
}

/// What a push came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushSummary {
    /// Entries that receipts newly cover.
    pub entries: u64,
    /// Bytes of bundles sent, received or not.
    pub bytes: u64,
    /// What people should know although the push went through.
    pub problem: Option<Problem>,
}

impl EngineHandle {
    pub(super) fn new(
        commands: mpsc::UnboundedSender<Command>,
        status: watch::Receiver<EngineStatus>,
        shared: Arc<Shared>,
        join: JoinHandle<()>,
    ) -> Self {
        Self { commands, status, shared, join }
    }

    /// Pushes now. Pressing again is always safe. `by` is who pressed.
    pub fn push(&self, by: &str) {
        self.tell(Command::Push { by: by.to_owned(), done: None });
    }

    /// Pushes and waits until all that was unsent is received, or the push has failed.
    ///
    /// # Errors
    /// The problem in words; the engine goes on trying by its timer.
    pub async fn push_and_wait(&self, by: &str) -> Result<PushSummary, Problem> {
        let (done, outcome) = oneshot::channel();
        self.tell(Command::Push { by: by.to_owned(), done: Some(done) });
        outcome.await.unwrap_or_else(|_| Err(Problem::new(ProblemCode::Unknown, &[("detail", "Tsela is closing")])))
    }

    /// Holds everything until [`Self::resume`].
    pub fn pause(&self) {
        self.tell(Command::Pause);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.tell(Command::Resume);
    }

    /// Ends the push; what has arrived stays arrived.
    pub fn cancel(&self) {
        self.tell(Command::Cancel);
    }

    /// Switches automatic pushes; `interval_seconds` is 10 to 86,400.
    pub fn set_auto(&self, auto: bool, interval_seconds: u32) {
        self.tell(Command::SetAuto { auto, interval_seconds: interval_seconds.clamp(10, 86_400) });
    }

    /// Says that something was saved.
    pub fn local_save(&self) {
        self.tell(Command::LocalSave);
    }

    /// Returns what the engine shows of itself now.
    pub fn status(&self) -> EngineStatus {
        self.status.borrow().clone()
    }

    /// Returns a receiver that is told of every change of the status.
    pub fn watch(&self) -> watch::Receiver<EngineStatus> {
        self.status.clone()
    }

    /// Returns the study packages in use; the engine adds newer ones.
    pub fn packages(&self) -> SharedPackages {
        Arc::clone(&self.shared.packages)
    }

    /// Compares this laptop's own streams with what the server holds of them.
    ///
    /// # Errors
    /// The problem in words.
    pub async fn compare(&self) -> Result<Comparison, Problem> {
        match compare::with_server(&self.shared).await {
            Ok(comparison) => Ok(comparison),
            Err(error) => Err(diagnose(&error, &self.shared.url()).await.problem),
        }
    }

    /// Stops the engine and waits until nothing of it runs.
    pub async fn shutdown(self) {
        self.tell(Command::Shutdown);
        if let Err(error) = self.join.await {
            tracing::error!(%error, "the engine did not end well");
        }
    }

    /// The engine ends with its last handle, so there is always somebody to tell; after an accident there is not, and
    /// then the status shows its last word.
    fn tell(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::error!("the engine is not running");
        }
    }
}

impl std::fmt::Debug for EngineHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineHandle").field("status", &*self.status.borrow()).finish_non_exhaustive()
    }
}
