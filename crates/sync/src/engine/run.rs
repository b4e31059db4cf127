//! The engine's task: tells the machine what happened, does what it says.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    task::JoinSet,
};
use tsela_core::time::Timestamp;
use tsela_store::{
    attachments, marker, outgoing as unsent,
    push_history::{self, PushOutcome, PushRow},
    remote as remote_row, streams,
};

use super::{
    call::{self, Done},
    config::EngineConfig,
    deliver,
    handle::{EngineHandle, PushSummary},
    outgoing::Outgoing,
    shared::{Shared, blocking, lock},
    status::{EnginePhase, EngineStatus, Progress},
};
use crate::{
    diagnose::diagnose,
    machine::{Action, Ending, Event, Machine, Step, TroubleKind},
    problem::{Problem, ProblemCode},
    road::RoadError,
};

/// Bytes of an entry on the road before anything is known.
const FIRST_GUESS: u64 = 75;

/// What people tell the engine.
#[derive(Debug)]
pub(super) enum Command {
    Push { by: String, done: Option<oneshot::Sender<Result<PushSummary, Problem>>> },
    Pause,
    Resume,
    Cancel,
    SetAuto { auto: bool, interval_seconds: u32 },
    LocalSave,
    Shutdown,
}

/// A push under way.
#[derive(Debug)]
struct Push {
    row: i64,
    started_at: Timestamp,
    by: String,
    begun: bool,
    total: u64,
    entries: u64,
    bytes: u64,
    disputed: bool,
    /// Bytes of contents that are still to go.
    content_left: u64,
}

struct Task {
    shared: Arc<Shared>,
    machine: Machine,
    manual: bool,
    outgoing: Arc<Mutex<Outgoing>>,
    work: JoinSet<(Action, Done)>,
    push: Option<Push>,
    by: String,
    waiting: Vec<oneshot::Sender<Result<PushSummary, Problem>>>,
    problem: Option<Problem>,
}

pub(super) fn start(config: EngineConfig) -> Result<EngineHandle, RoadError> {
    let manual = config.options.manual;
    let (auto, interval) = (config.remote.auto, config.remote.interval_seconds);
    let row = config.store.read(remote_row::get)?;
    let pending = config.store.read(|conn| {
        let anything = unsent::is_anything_unsent(conn)? || attachments::is_anything_unsent(conn)?;
        Ok(anything || deliver::is_anything_carried(conn)?)
    })?;
    config.store.write(|tx| push_history::interrupt(tx))?;
    let package_version = config.packages.read().map_or(0, |packages| version_of(&packages));
    let (status, watcher) = watch::channel(EngineStatus {
        phase: EnginePhase::Idle,
        remote: config.remote.name.clone(),
        pushing: false,
        progress: None,
        last_receipt: last_receipt(&config)?,
        next_try_at: None,
        problem: None,
        notices: Vec::new(),
        auto,
        auto_interval_seconds: interval,
        clock_drift_seconds: row.as_ref().and_then(|row| row.drift_ms).map(|ms| -ms / 1000),
        clock_offset_seconds: config.clock.offset_seconds(),
        last_contact_at: row.and_then(|row| row.contact_at),
        package_version,
        revision: 0,
    });
    let shared = Arc::new(Shared::new(config, status)?);
    let (sender, commands) = mpsc::unbounded_channel();
    let task = Task {
        shared: Arc::clone(&shared),
        machine: Machine::new(auto, u64::from(interval) * 1000, pending),
        manual,
        outgoing: Arc::default(),
        work: JoinSet::new(),
        push: None,
        by: String::new(),
        waiting: Vec::new(),
        problem: None,
    };
    let join = tokio::spawn(task.run(commands));
    Ok(EngineHandle::new(sender, watcher, shared, join))
}

fn version_of(packages: &tsela_store::Packages) -> u32 {
    packages.newest().map_or(0, |package| package.package().version)
}

fn last_receipt(config: &EngineConfig) -> Result<Option<super::LastReceipt>, RoadError> {
    let peer = config.store.read(tsela_store::acks::present_peer)?;
    let from = config.remote.name.clone();
    Ok(peer.and_then(|peer| Some(super::LastReceipt { at: peer.receipt_at?, from, number: peer.receipt })))
}

impl Task {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        self.tell(Event::Start).await;
        loop {
            let wake = self.until_wake();
            tokio::select! {
                command = commands.recv() => match command {
                    None | Some(Command::Shutdown) => break,
                    Some(command) => self.command(command).await,
                },
                Some(done) = self.work.join_next(), if !self.work.is_empty() => match done {
                    Ok((action, done)) => self.done(action, done).await,
                    Err(error) if error.is_cancelled() => {}
                    Err(error) => tracing::error!(%error, "work of the engine failed; the timer tries again"),
                },
                () = tokio::time::sleep(wake.unwrap_or_default()), if wake.is_some() => self.tell(Event::Tick).await,
            }
        }
        self.work.shutdown().await;
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(Err(Problem::new(ProblemCode::Unknown, &[("detail", "Tsela is closing")])));
        }
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.shared.clock.monotonic().as_millis()).unwrap_or(u64::MAX)
    }

    /// Returns how long the timer sleeps; `None` while it is stopped.
    fn until_wake(&self) -> Option<Duration> {
        if self.manual && !self.machine.is_pushing() {
            return None;
        }
        self.machine.wake().map(|at| Duration::from_millis(at.saturating_sub(self.millis())))
    }

    async fn command(&mut self, command: Command) {
        match command {
            Command::Push { by, done } => {
                self.by = by;
                self.waiting.extend(done);
                self.tell(Event::PushPressed).await;
            }
            Command::Pause => self.tell(Event::Pause).await,
            Command::Resume => self.tell(Event::Resume).await,
            Command::Cancel => self.tell(Event::Cancel).await,
            Command::LocalSave => self.tell(Event::LocalSave).await,
            Command::SetAuto { auto, interval_seconds } => {
                let stored = blocking(&self.shared, move |shared| {
                    Ok(shared.store.write(|tx| remote_row::set_auto(tx, auto, interval_seconds))?)
                });
                if let Err(error) = stored.await {
                    tracing::warn!(%error, "the choice of automatic pushes could not be kept");
                }
                self.tell(Event::AutoChanged { auto, interval: u64::from(interval_seconds) * 1000 }).await;
            }
            Command::Shutdown => {}
        }
    }

    async fn done(&mut self, action: Action, done: Done) {
        if let Some(push) = &mut self.push {
            push.total = done.total.unwrap_or(push.total);
            push.bytes += done.bytes;
            if let (true, Some(left)) = (push.begun, done.left) {
                push.entries = push.total.saturating_sub(left);
            }
            push.disputed |= done.disputed;
            push.content_left = done.content_left.unwrap_or(push.content_left);
        }
        if let Some(pending) = done.pending {
            self.tell(Event::Unsent { pending }).await;
        }
        for chore in done.wanted {
            self.tell(Event::Wanted(chore)).await;
        }
        let attempt = attempt_of(&action);
        let outcome = match (done.outcome, done.error) {
            (Some(outcome), _) => outcome,
            (None, error) => {
                let error = error.unwrap_or(RoadError::Stopping);
                let found = diagnose(&error, &self.shared.url()).await;
                tracing::info!(code = found.problem.code, %error, "an attempt failed");
                self.problem = Some(found.problem);
                call::failure(&action, found.trouble, done.advanced)
            }
        };
        if outcome == crate::machine::Outcome::HealthAnswered && attempt == self.machine.attempt() {
            self.problem = None;
        }
        self.tell(Event::Io { attempt, outcome }).await;
    }

    /// Tells the machine an event and does what it says.
    async fn tell(&mut self, event: Event) {
        let now = self.millis();
        let actions = self.machine.on(event, now, &mut *lock(&self.shared.rng));
        for action in actions {
            self.act(action).await;
        }
        self.show();
    }

    async fn act(&mut self, action: Action) {
        let (shared, outgoing) = (Arc::clone(&self.shared), Arc::clone(&self.outgoing));
        match action {
            Action::ScheduleWake { .. } | Action::ClearWake => {}
            Action::Abort => self.work.abort_all(),
            Action::Begin { by_person } => self.begin(by_person).await,
            Action::End(ending) => self.end(ending).await,
            Action::AskHealth { .. } => {
                self.work.spawn(async move { (action, call::health(shared, outgoing).await) });
            }
            Action::Run { chore, .. } => {
                self.work.spawn(async move { (action, call::chore(shared, outgoing, chore).await) });
            }
            Action::SendNext { target_bytes, .. } => {
                let begun_by = self.push.as_mut().filter(|push| !push.begun).map(|push| {
                    push.begun = true;
                    push.by.clone()
                });
                self.work.spawn(async move { (action, call::send(shared, outgoing, begun_by, target_bytes).await) });
            }
        }
    }

    async fn begin(&mut self, by_person: bool) {
        let by = if by_person { self.by.clone() } else { String::new() };
        let (started_at, name) = (self.shared.now(), by.clone());
        let row = blocking(&self.shared, move |shared| {
            Ok(shared.store.write(|tx| push_history::begin(tx, started_at, &name))?)
        });
        let row = row.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a push could not be noted in the history");
            0
        });
        let push = Push {
            row,
            started_at,
            by,
            begun: false,
            total: 0,
            entries: 0,
            bytes: 0,
            disputed: false,
            content_left: 0,
        };
        self.push = Some(push);
    }

    async fn end(&mut self, ending: Ending) {
        let Some(push) = self.push.take() else { return };
        if ending == Ending::Done && push.disputed {
            self.problem = Some(Problem::new(ProblemCode::Fork, &[]));
        }
        let outcome = match ending {
            Ending::Done => PushOutcome::Done,
            Ending::Failed => PushOutcome::Failed,
            Ending::Cancelled => PushOutcome::Cancelled,
        };
        let problem = if ending == Ending::Cancelled { None } else { self.problem.clone() };
        let summary = PushSummary { entries: push.entries, bytes: push.bytes, problem: problem.clone() };
        let row = PushRow {
            id: push.row,
            started_at: push.started_at,
            ended_at: Some(self.shared.now()),
            outcome,
            by: push.by,
            entries: push.entries,
            bytes: push.bytes,
            problem: problem.as_ref().and_then(|problem| serde_json::to_string(problem).ok()),
        };
        let noted = blocking(&self.shared, move |shared| {
            shared.store.write(|tx| push_history::end(tx, &row))?;
            // What the server has now must not be put back unnoticed from a copy that was made before.
            Ok(marker::advance(&shared.folder, &shared.store, streams::heads)?)
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the end of a push could not be noted in the history");
        }
        self.shared.changed();
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(answer(ending, &summary));
        }
    }

    fn show(&self) {
        let now = self.shared.now();
        let next_try_at = self.machine.next_try().filter(|_| !self.manual).map(|at| {
            let wait = i64::try_from(at.saturating_sub(self.millis())).unwrap_or(i64::MAX);
            now.plus_millis(wait)
        });
        let (auto, interval) = self.machine.auto();
        self.shared.status.send_if_modified(|status| {
            let before = status.clone();
            status.phase = self.phase();
            status.pushing = self.machine.is_pushing();
            status.progress = self.push.as_ref().map(|push| self.progress(push));
            // The same wake-up shown again may differ by a millisecond; that is not news.
            let moved = match (status.next_try_at, next_try_at) {
                (Some(old), Some(new)) => new.millis_since(old).abs() > 50,
                (old, new) => old != new,
            };
            if moved {
                status.next_try_at = next_try_at;
            }
            status.problem = self.problem.clone();
            status.auto = auto;
            status.auto_interval_seconds = u32::try_from(interval / 1000).unwrap_or(u32::MAX);
            *status != before
        });
    }

    fn phase(&self) -> EnginePhase {
        let offline = self.problem.as_ref().is_some_and(|problem| problem.code().is_offline());
        match (self.machine.step(), &self.problem) {
            (Step::Paused, _) => EnginePhase::Paused,
            (Step::Sending, _) => EnginePhase::Sending,
            (Step::Receiving, _) => EnginePhase::Receiving,
            // A look for the server that nobody asked for must not make the calm grey flicker.
            (Step::Connecting, Some(_)) if offline && !self.machine.is_pushing() => EnginePhase::Offline,
            (Step::Connecting, _) => EnginePhase::Connecting,
            (Step::Resting, None) => EnginePhase::Idle,
            (Step::Resting, Some(_)) if offline => EnginePhase::Offline,
            // A push that gets on and tries again within seconds is still sending.
            (Step::Resting, Some(_)) if self.machine.is_pushing() && self.is_passing() => EnginePhase::Connecting,
            (Step::Resting, Some(_)) => EnginePhase::Problem,
        }
    }

    fn is_passing(&self) -> bool {
        self.machine.trouble().is_some_and(|trouble| trouble.kind == TroubleKind::Passing)
    }

    fn progress(&self, push: &Push) -> Progress {
        let left = push.total.saturating_sub(push.entries);
        let each = push.bytes.checked_div(push.entries).unwrap_or(FIRST_GUESS);
        let bytes_left = left.saturating_mul(each).saturating_add(push.content_left);
        let rate = self.machine.link().rate();
        Progress {
            entries_done: push.entries,
            entries_total: push.total,
            bytes_sent: push.bytes,
            bytes_total: push.bytes + bytes_left,
            seconds_left: rate.map(|rate| bytes_left.div_ceil(rate.max(1))),
        }
    }
}

fn answer(ending: Ending, summary: &PushSummary) -> Result<PushSummary, Problem> {
    match (ending, &summary.problem) {
        (Ending::Done, _) => Ok(summary.clone()),
        (_, Some(problem)) => Err(problem.clone()),
        (Ending::Cancelled, None) => Err(Problem::new(ProblemCode::Unknown, &[("detail", "the push was cancelled")])),
        (Ending::Failed, None) => Err(Problem::new(ProblemCode::Timeout, &[("host", "The server")])),
    }
}

fn attempt_of(action: &Action) -> u64 {
    match action {
        Action::AskHealth { attempt } | Action::Run { attempt, .. } | Action::SendNext { attempt, .. } => *attempt,
        _ => 0,
    }
}
