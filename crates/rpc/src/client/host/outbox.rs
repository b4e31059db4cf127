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
    last: Arc<Mutex<Option<Last>>>,
}

/// How the last try ended, if the server has not answered.
#[derive(Clone)]
struct Last {
    problem: Problem,
    /// The way to which it was written instead.
    written: Option<String>,
}

impl ClientHostState {
    /// Describes the outbox; one that cannot be read is left for the next sign-in.
    pub(super) fn outbox_view(&self) -> Option<OutboxView> {
        let outbox = Outbox::of(self.laptop.folder());
        let (index, standing) = (outbox.index().ok()??, outbox.standing().ok()??);
        let last = self.outbox.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (problem, written) = last.map_or((None, None), |last| (Some(last.problem), last.written));
        Some(OutboxView {
            records: standing.records,
            files: standing.files,
            answered: standing.answered == standing.bundles,
            auto: index.auto,
            server: index.server_name,
            written,
            problem: problem.map(Into::into),
        })
    }

    /// Sends the outbox because a person asked for it. Written to another way it is good for now.
    pub(super) fn send_outbox_now(&self) -> Answer<AppState> {
        let (folder, clock) = (self.laptop.folder().clone(), Arc::clone(self.laptop.clock()));
        match self.runtime.block_on(self.outbox.trying().send(&folder, clock)) {
            Some(Last { problem, written: None }) => Err(problem.into()),
            _ => Ok(self.state()),
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
        let trying = self.outbox.trying();
        let task = self.runtime.spawn(async move {
            while trying.send(&folder, Arc::clone(&clock)).await.is_some() {
                tokio::time::sleep(wait).await;
            }
        });
        *self.outbox.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// Leaves the sending to the engine.
    pub(super) fn stop_sending_outbox(&self) {
        self.outbox.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = self.outbox.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

impl OutboxSending {
    fn trying(&self) -> Trying {
        Trying { turn: Arc::clone(&self.turn), last: Arc::clone(&self.last) }
    }
}

/// What one try needs.
struct Trying {
    turn: Arc<tokio::sync::Mutex<()>>,
    last: Arc<Mutex<Option<Last>>>,
}

impl Trying {
    /// Tries once; returns, and notes, why the server has not answered for everything.
    async fn send(&self, folder: &Folder, clock: Arc<dyn Clock>) -> Option<Last> {
        let _turn = self.turn.lock().await;
        let last = match outbox::send(folder, clock).await {
            Ok(sent) => sent.instead.map(|instead| Last { problem: instead.problem, written: Some(instead.way) }),
            Err(problem) => Some(Last { problem, written: None }),
        };
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&last);
        last
    }
}
