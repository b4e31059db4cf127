//! The courier's work behind the pages: one at a time, on a thread of its own, so that a page only asks how far it is.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tsela_core::time::Timestamp;
use tsela_sync::road::{
    files::{FileRoad, FilesError},
    folder::FolderRoad,
    sftp::{Login, SftpAddress, SftpError},
};

use super::{ClientHostState, Session};
use crate::{
    client::courier::{Carried, CourierError, Exported, Imported},
    schema::{
        Answer, Failure,
        sync::SyncProblem,
        ways::{CourierArgs, CourierOutcome, CourierStatus, CourierTask, CourierWork, LeftFile},
    },
};

/// How long signing out waits for a courier that was told to end: one file takes no longer on a stick.
const LEAVING: Duration = Duration::from_secs(5);
/// Most files of which a page is told why they were left.
const TOLD: usize = 500;

/// One piece of work, and what came of the last.
#[derive(Default)]
pub(super) struct Courier {
    status: Arc<Mutex<CourierStatus>>,
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Courier {
    fn status(&self) -> MutexGuard<'_, CourierStatus> {
        locked(&self.status)
    }
}

impl ClientHostState {
    pub(super) fn courier_view(&self) -> Answer<CourierStatus> {
        self.session()?;
        Ok(self.courier.status().clone())
    }

    /// Begins, and answers at once.
    pub(super) fn carry(&self, task: CourierTask, args: CourierArgs) -> Answer<CourierStatus> {
        let session = self.session()?;
        let place = Place::of(&args.place)?;
        let mut status = self.courier.status();
        if status.work.is_some() {
            return Err(Failure::new(
                "courier_busy",
                "The courier is still at work",
                "One thing is written or read at a time.",
                "Wait until it is done, or end it.",
            ));
        }
        self.courier.stop.store(false, Ordering::Relaxed);
        let shown = place.shown();
        let work = CourierWork { task, place: shown, done: 0, total: 0, bytes: 0, stopping: false };
        status.work = Some(work);
        let begun = status.clone();
        drop(status);
        self.begin(session, task, place, args)?;
        Ok(begun)
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

    fn begin(&self, session: Arc<Session>, task: CourierTask, place: Place, args: CourierArgs) -> Answer<()> {
        let (status, stop) = (Arc::clone(&self.courier.status), Arc::clone(&self.courier.stop));
        let clock = Arc::clone(self.laptop.clock());
        let work = move || {
            let tell = |carried: Carried| {
                if let Some(work) = &mut locked(&status).work {
                    (work.done, work.total, work.bytes) = (carried.done, carried.total, carried.bytes);
                }
                !stop.load(Ordering::Relaxed)
            };
            let done = carry_now(&session, task, &place, args, &tell);
            let outcome = outcome(task, &place, clock.now(), done);
            // Closed before the page hears of the end: the next work may open it at once.
            drop(session);
            *locked(&status) = CourierStatus { work: None, last: Some(outcome) };
        };
        match thread::Builder::new().name("courier".to_owned()).spawn(work) {
            Ok(thread) => {
                *self.courier.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
                Ok(())
            }
            Err(error) => {
                self.courier.status().work = None;
                Err(Failure::new("internal", "Something went wrong inside Tsela", error.to_string(), "Try again."))
            }
        }
    }
}

/// Where to, as it was typed.
enum Place {
    Folder(String),
    Sftp(SftpAddress),
}

impl Place {
    fn of(typed: &str) -> Answer<Self> {
        let typed = typed.trim();
        if SftpAddress::is_meant(typed) {
            return Ok(Self::Sftp(typed.parse().map_err(|error| CourierError::from(FilesError::Sftp(error)))?));
        }
        if !Path::new(typed).is_absolute() {
            return Err(Failure::new(
                "road_folder",
                "There is no such folder",
                "A folder is written with its whole path.",
                "Choose a drive, or write the whole path.",
            ));
        }
        Ok(Self::Folder(typed.to_owned()))
    }

    fn shown(&self) -> String {
        match self {
            Self::Folder(path) => path.clone(),
            Self::Sftp(address) => address.to_string(),
        }
    }
}

/// What was carried.
enum Done {
    Out(Exported),
    In(Imported),
}

fn carry_now(
    session: &Session,
    task: CourierTask,
    place: &Place,
    args: CourierArgs,
    tell: &dyn Fn(Carried) -> bool,
) -> Result<Done, CourierError> {
    let road = open(session, place, args)?;
    match task {
        CourierTask::Export => session.opened.export(road.as_ref(), tell).map(Done::Out),
        CourierTask::Import => session.opened.import(road.as_ref(), tell).map(Done::In),
    }
}

fn open(session: &Session, place: &Place, args: CourierArgs) -> Result<Box<dyn FileRoad>, CourierError> {
    let address = match place {
        Place::Folder(path) => return Ok(Box::new(FolderRoad::at(Path::new(path)).map_err(FilesError::from)?)),
        Place::Sftp(address) => address.clone(),
    };
    let (identity, secret, key) = (args.identity.trim(), args.secret, args.host_key.trim());
    let login =
        Login::new((!identity.is_empty()).then(|| Path::new(identity)), (!secret.is_empty()).then(|| secret.into()));
    let named = (!key.is_empty()).then(|| key.parse()).transpose();
    let sftp = |error: SftpError| CourierError::from(FilesError::Sftp(error));
    Ok(Box::new(session.opened.sftp(address, login.map_err(sftp)?, named.map_err(sftp)?)?))
}

fn outcome(task: CourierTask, place: &Place, at: Timestamp, done: Result<Done, CourierError>) -> CourierOutcome {
    let mut outcome = CourierOutcome {
        task,
        place: place.shown(),
        is_folder: matches!(place, Place::Folder(_)),
        at,
        records: 0,
        bytes: 0,
        receipts: 0,
        unsent: 0,
        left: Vec::new(),
        problem: None,
    };
    match done {
        Ok(Done::Out(out)) => (outcome.records, outcome.bytes) = (out.records, out.bytes),
        Ok(Done::In(brought)) => {
            (outcome.receipts, outcome.unsent) = (brought.receipts, brought.unsent);
            let left = brought.left.into_iter().take(TOLD);
            outcome.left = left.map(|(name, why)| LeftFile { name, why: why.code().to_owned() }).collect();
        }
        Err(error) => {
            tracing::info!(task = ?task, "the courier was stopped by a problem");
            outcome.problem = Some(problem(error.into()));
        }
    }
    outcome
}

fn problem(failure: Failure) -> SyncProblem {
    let Failure { code, title, detail, action, params, .. } = failure;
    SyncProblem { code, title, detail, action, params }
}

fn locked(status: &Mutex<CourierStatus>) -> MutexGuard<'_, CourierStatus> {
    status.lock().unwrap_or_else(PoisonError::into_inner)
}
