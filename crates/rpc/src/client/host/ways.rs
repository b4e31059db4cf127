//! The courier's work behind the pages: one at a time, on a thread of its own, so that a page only asks how far it is.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tsela_core::time::Timestamp;
use tsela_store::{StoreError, ways::Way};
use tsela_sync::{
    clock::Clock,
    engine::{EngineHandle, EnginePhase},
    road::{
        files::{FileRoad, FilesError},
        sftp::{HostKey, SftpAddress},
    },
    ways::{UnsentNow, stand_in_for},
};

use super::{ClientHostState, Session};
use crate::{
    client::{
        courier::{Carried, CourierError, Exported, Imported},
        ways::{NoneWorked, Place, problem_of},
    },
    schema::{
        Answer, Failure,
        ways::{CourierArgs, CourierOutcome, CourierStatus, CourierTask, CourierWork, LeftFile, SendByArgs, WayView},
    },
};

/// How long signing out waits for a courier that was told to end: one file takes no longer on a stick.
const LEAVING: Duration = Duration::from_secs(5);
/// Most files of which a page is told why they were left.
const TOLD: usize = 500;

/// How often it is looked whether the network fails.
const LOOK: Duration = Duration::from_secs(5);

/// One piece of work, and what came of the last.
#[derive(Default)]
pub(super) struct Courier {
    status: Mutex<CourierStatus>,
    stop: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What is to be done.
enum Job {
    Carry(CourierTask, Place, CourierArgs),
    By(Box<Way>, Option<HostKey>),
    /// By the first way that works.
    First,
}

impl Courier {
    fn status(&self) -> MutexGuard<'_, CourierStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins, if nothing else is under way, and answers at once.
    fn begin(
        self: &Arc<Self>,
        session: Arc<Session>,
        clock: Arc<dyn Clock>,
        place: String,
        job: Job,
    ) -> Answer<CourierStatus> {
        let task = if let Job::Carry(task, ..) = &job { *task } else { CourierTask::Send };
        let begun = {
            let mut status = self.status();
            if status.work.is_some() {
                return Err(busy());
            }
            self.stop.store(false, Ordering::Relaxed);
            status.work =
                Some(CourierWork { task, place: place.clone(), done: 0, total: 0, bytes: 0, stopping: false });
            status.clone()
        };
        let courier = Arc::clone(self);
        let work = move || {
            let outcome = courier.work(&session, task, place, clock.now(), job);
            // Closed before the page hears of the end: the next work may open it at once.
            drop(session);
            *courier.status() = CourierStatus { work: None, last: Some(outcome) };
        };
        match thread::Builder::new().name("courier".to_owned()).spawn(work) {
            Ok(thread) => *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread),
            Err(error) => {
                self.status().work = None;
                let detail = error.to_string();
                return Err(Failure::new("internal", "Something went wrong inside Tsela", detail, "Try again."));
            }
        }
        Ok(begun)
    }

    fn work(&self, session: &Session, task: CourierTask, place: String, at: Timestamp, job: Job) -> CourierOutcome {
        let tell = |carried: Carried| {
            if let Some(work) = &mut self.status().work {
                (work.done, work.total, work.bytes) = (carried.done, carried.total, carried.bytes);
            }
            !self.stop.load(Ordering::Relaxed)
        };
        let mut outcome = CourierOutcome {
            task,
            is_folder: !SftpAddress::is_meant(&place),
            place,
            way: None,
            at,
            records: 0,
            files: 0,
            bytes: 0,
            receipts: 0,
            unsent: 0,
            left: Vec::new(),
            problem: None,
        };
        if let Job::By(way, _) = &job {
            outcome.way = Some(way.id);
        }
        if let Err(error) = self.carry(session, job, &mut outcome, &tell) {
            tracing::info!(task = ?task, "the courier was stopped by a problem");
            outcome.problem = Some(problem_of(&error));
        }
        outcome
    }

    fn carry(
        &self,
        session: &Session,
        job: Job,
        outcome: &mut CourierOutcome,
        tell: &dyn Fn(Carried) -> bool,
    ) -> Result<(), CourierError> {
        let opened = &session.opened;
        match job {
            Job::Carry(task, place, args) => {
                let road = open(session, &place, &args)?;
                match task {
                    CourierTask::Import => brought(outcome, opened.import(road.as_ref(), tell)?),
                    _ => went(outcome, opened.export(road.as_ref(), tell)?),
                }
            }
            Job::By(way, named) => {
                let (out, back) = opened.send_by(&way, named, tell)?;
                went(outcome, out);
                brought(outcome, back);
            }
            Job::First => {
                let last = |mut failed: NoneWorked| failed.pop().map_or(CourierError::NoPlace, |(_, error)| error);
                let (way, (out, back)) = opened.send_by_first(tell)?.map_err(last)?;
                (outcome.is_folder, outcome.place) = (!SftpAddress::is_meant(&way.place), way.place);
                outcome.way = Some(way.id);
                went(outcome, out);
                brought(outcome, back);
            }
        }
        Ok(())
    }
}

/// Sends by the configured ways while the network fails: at once when something becomes unsent, and from time to time to
/// see whether receipts have come. Nothing counts as sent by it.
pub(super) async fn keep_sending(session: Weak<Session>, courier: Arc<Courier>, clock: Arc<dyn Clock>) {
    let mut tried: Option<(UnsentNow, Instant)> = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(session) = session.upgrade() else { return };
        let Some(interval) = interval_while_offline(&session) else { continue };
        let look = tokio::task::spawn_blocking({
            let session = Arc::clone(&session);
            move || Ok::<_, StoreError>((session.opened.unsent_now()?, session.opened.ways()?))
        });
        let Ok(Ok((unsent, ways))) = look.await else { continue };
        let is_new = tried.is_none_or(|(known, at)| known != unsent || at.elapsed() >= interval);
        let Some(first) = ways.first().filter(|_| is_new && unsent.is_any()) else { continue };
        if courier.begin(session, Arc::clone(&clock), first.place.clone(), Job::First).is_ok() {
            tried = Some((unsent, Instant::now()));
        }
    }
}

/// Returns how often to try, if pushes start by themselves and the server is not in reach.
fn interval_while_offline(session: &Session) -> Option<Duration> {
    let engine = session.engine(EngineHandle::status).ok()?;
    let stands_in = engine.problem.as_ref().is_some_and(stand_in_for);
    let is_offline = engine.phase == EnginePhase::Offline || (engine.phase == EnginePhase::Problem && stands_in);
    (engine.auto && is_offline).then(|| Duration::from_secs(u64::from(engine.auto_interval_seconds)))
}

impl ClientHostState {
    pub(super) fn courier_view(&self) -> Answer<CourierStatus> {
        self.session()?;
        Ok(self.courier.status().clone())
    }

    pub(super) fn way_views(&self) -> Answer<Vec<WayView>> {
        Ok(self.session()?.opened.ways()?.into_iter().map(view).collect())
    }

    pub(super) fn carry(&self, task: CourierTask, args: CourierArgs) -> Answer<CourierStatus> {
        let session = self.session()?;
        let place = Place::of(&args.place)?;
        let clock = Arc::clone(self.laptop.clock());
        self.courier.begin(session, clock, place.shown(), Job::Carry(task, place, args))
    }

    pub(super) fn send_by_now(&self, args: &SendByArgs) -> Answer<CourierStatus> {
        let session = self.session()?;
        let way = session.opened.ways()?.into_iter().find(|way| way.id == args.id).ok_or_else(super::not_here)?;
        let named = key(&args.host_key)?;
        let clock = Arc::clone(self.laptop.clock());
        self.courier.begin(session, clock, way.place.clone(), Job::By(Box::new(way), named))
    }

    /// Ends the work under way after the file that is on its way.
    pub(super) fn stop_courier(&self) -> Answer<CourierStatus> {
        self.session()?;
        self.tell_courier_to_stop();
        Ok(self.courier.status().clone())
    }

    /// Ends the work under way and forgets what came of it, as the next person need not know.
    pub(super) fn dismiss_courier(&self) {
        self.tell_courier_to_stop();
        let thread = self.courier.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let step = Duration::from_millis(50);
            let mut waited = Duration::ZERO;
            while !thread.is_finished() && waited < LEAVING {
                thread::sleep(step);
                waited += step;
            }
        }
        self.courier.status().last = None;
    }

    fn tell_courier_to_stop(&self) {
        self.courier.stop.store(true, Ordering::Relaxed);
        if let Some(work) = &mut self.courier.status().work {
            work.stopping = true;
        }
    }
}

fn busy() -> Failure {
    Failure::new(
        "courier_busy",
        "The courier is still at work",
        "One thing is written or read at a time.",
        "Wait until it is done, or end it.",
    )
}

fn view(way: Way) -> WayView {
    WayView {
        id: way.id,
        name: way.name,
        is_folder: !SftpAddress::is_meant(&way.place),
        place: way.place,
        tried_at: way.tried_at,
        worked_at: way.worked_at,
        problem: way.problem.and_then(|said| serde_json::from_str(&said).ok()),
    }
}

fn key(typed: &str) -> Result<Option<HostKey>, CourierError> {
    let typed = typed.trim();
    Ok((!typed.is_empty()).then(|| typed.parse()).transpose().map_err(FilesError::Sftp)?)
}

fn went(outcome: &mut CourierOutcome, out: Exported) {
    (outcome.records, outcome.files, outcome.bytes) = (out.records, out.attachments, out.bytes);
    outcome.unsent = out.records;
}

fn brought(outcome: &mut CourierOutcome, brought: Imported) {
    (outcome.receipts, outcome.unsent) = (brought.receipts, brought.unsent);
    let left = brought.left.into_iter().take(TOLD);
    outcome.left = left.map(|(name, why)| LeftFile { name, why: why.code().to_owned() }).collect();
}

fn open(session: &Session, place: &Place, args: &CourierArgs) -> Result<Box<dyn FileRoad>, CourierError> {
    session.opened.road(place, (&args.identity, &args.secret), key(&args.host_key)?)
}
