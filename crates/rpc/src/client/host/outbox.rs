//! The sealed outbox on the sign-in page: what is in it, and sending it while nobody is signed in.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::task::JoinHandle;
use tsela_store::{Folder, outbox::Outbox};
use tsela_sync::{clock::Clock, outbox, problem::Problem};

use super::ClientHostState;
use crate::schema::{
    Answer,
    settings::{AppState, OutboxView},
};

/// The least time between two tries by itself, in seconds.
const LEAST_WAIT: u32 = 10;

/// What sends the outbox, one try at a time.
#[derive(Default)]
pub(super) struct OutboxSending {
    turn: Arc<tokio::sync::Mutex<()>>,
    task: Mutex<Option<JoinHandle<()>>>,
    problem: Mutex<Option<Problem>>,
}

impl ClientHostState {
    /// Describes the outbox; one that cannot be read is left for the next sign-in.
    pub(super) fn outbox_view(&self) -> Option<OutboxView> {
        let outbox = Outbox::of(self.laptop.folder());
        let (index, standing) = (outbox.index().ok()??, outbox.standing().ok()??);
        let problem = self.outbox.problem.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Some(OutboxView {
            records: standing.records,
            files: standing.files,
            answered: standing.answered == standing.bundles,
            auto: index.auto,
            server: index.server_name,
            problem: problem.map(Into::into),
        })
    }

    /// Sends the outbox because a person asked for it.
    pub(super) fn send_outbox_now(&self) -> Answer<AppState> {
        let (folder, clock) = (self.laptop.folder().clone(), Arc::clone(self.laptop.clock()));
        let sent = self.runtime.block_on(send(&self.outbox.turn, &folder, clock));
        let problem = sent.err();
        self.outbox.problem.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&problem);
        match problem {
            Some(problem) => Err(problem.into()),
            None => Ok(self.state()),
        }
    }

    /// Sends the outbox by itself as soon as the server is in reach, if the study or a person wants it so. Being offline
    /// is calm: nothing is said of it.
    pub(super) fn keep_sending_outbox(&self) {
        self.stop_sending_outbox();
        let (folder, clock) = (self.laptop.folder().clone(), Arc::clone(self.laptop.clock()));
        let Ok(Some(index)) = Outbox::of(&folder).index() else { return };
        if !index.auto {
            return;
        }
        let wait = Duration::from_secs(u64::from(index.interval_seconds.max(LEAST_WAIT)));
        let turn = Arc::clone(&self.outbox.turn);
        let task = self.runtime.spawn(async move {
            while send(&turn, &folder, Arc::clone(&clock)).await.is_err() {
                tokio::time::sleep(wait).await;
            }
        });
        *self.outbox.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// Leaves the sending to the engine.
    pub(super) fn stop_sending_outbox(&self) {
        self.outbox.problem.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = self.outbox.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

async fn send(turn: &tokio::sync::Mutex<()>, folder: &Folder, clock: Arc<dyn Clock>) -> Result<(), Problem> {
    let _turn = turn.lock().await;
    outbox::send(folder, clock).await.map(|_| ())
}
