//! The field client's host: what each command of the pages comes to.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::runtime::Handle;
use tsela_core::{
    fold::RecordState,
    ids::{RecordId, SaveId},
    time::Timestamp,
};
use tsela_store::{
    StoreError,
    journal::{Change, Warnings},
    records,
};
use tsela_sync::{
    clock::Clock,
    engine::{Engine, EngineHandle},
    enrol::{Applicant, NewDevice},
};

use super::{
    laptop::{Laptop, Opened},
    preferences::Preferences,
};
use crate::{
    schema::{
        Answer, Call, Failure,
        client::dispatch_client,
        settings::{AppState, LocalUser, Phase},
    },
    views::Names,
};

mod attachments;
mod bags;
mod carrier;
mod commands;
mod count;
mod counted;
mod countersign;
mod forms;
mod handover;
mod labels;
mod lists;
mod outbox;
mod settings;
mod status;
mod ways;

/// How a client is started.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// The laptop's folder.
    pub dir: PathBuf,
    /// What holds the writer's lock, for the message in a second window: "the window", "tsela app".
    pub what: String,
    /// In a demonstration, the name and passphrase to show on the sign-in page.
    pub demonstration_sign_in: Option<(String, String)>,
}

/// One laptop folder behind its pages.
pub struct ClientHostState {
    laptop: Laptop,
    options: ClientOptions,
    runtime: Handle,
    inner: Mutex<Inner>,
    /// Held from the start, so that a second window is refused before anyone signs in.
    presence: Mutex<Option<tsela_store::WriterLock>>,
    outbox: outbox::OutboxSending,
    courier: Arc<ways::Courier>,
}

#[derive(Default)]
struct Inner {
    session: Option<Arc<Session>>,
    is_locked: bool,
    /// Kept from try to try, so that a lost answer of the server does not cost another code.
    device: Option<NewDevice>,
}

/// A person signed in, with the engine that works for the laptop meanwhile.
pub(crate) struct Session {
    pub opened: Opened,
    engine: Mutex<Option<EngineHandle>>,
    /// Back up every hour, and send by another way while the network fails; they end with the session.
    keepers: Mutex<Vec<tokio::task::JoinHandle<()>>>,
    /// What it hands over to a driver, or collects as one.
    carrying: carrier::Carrying,
}

/// How often a session backs up, and notes outside the store how far it goes.
const BACKUP_EVERY: std::time::Duration = std::time::Duration::from_secs(3600);

/// Backs up every hour while someone is signed in. A failure is tried again in an hour; the earlier backups stay.
async fn keep_backups(session: std::sync::Weak<Session>) {
    loop {
        tokio::time::sleep(BACKUP_EVERY).await;
        let Some(session) = session.upgrade() else { return };
        let work = tokio::task::spawn_blocking(move || {
            session.opened.backup()?;
            session.opened.advance_marker()
        });
        if let Ok(Err(error)) = work.await {
            tracing::warn!(%error, "the hourly backup failed");
        }
    }
}

impl Session {
    /// Runs `work` with the engine.
    pub fn engine<T>(&self, work: impl FnOnce(&EngineHandle) -> T) -> Answer<T> {
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        engine.as_ref().map(work).ok_or_else(|| Failure::new("signed_out", "Nobody is signed in", "", "Sign in."))
    }

    /// Returns the names of people and devices as this laptop knows them.
    pub fn names(&self) -> Names {
        let mut names = Names::default();
        if let Ok(package) = self.opened.packages().newest() {
            let users = &package.package().users;
            names.users.extend(users.iter().map(|user| (user.id, user.name.clone())));
            let devices = &package.package().devices;
            names.devices.extend(devices.iter().map(|device| (device.id, device.name.clone())));
        }
        names.users.insert(self.opened.user.id, self.opened.user.name.clone());
        names.devices.insert(self.opened.identity.device, self.opened.identity.name.clone());
        names
    }
}

impl ClientHostState {
    /// Takes the folder. Nothing is read yet: a store that cannot be used is told on its own page.
    ///
    /// # Errors
    /// [`StoreError::AlreadyOpen`] if another window has it; otherwise what the disk said.
    pub fn start(options: ClientOptions, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let laptop = Laptop::at(&options.dir, clock);
        laptop.folder().create()?;
        let presence = laptop.lock(&options.what, std::time::Duration::ZERO)?;
        let host = Self {
            laptop,
            options,
            runtime: Handle::current(),
            inner: Mutex::default(),
            presence: Mutex::new(Some(presence)),
            outbox: outbox::OutboxSending::default(),
            courier: Arc::default(),
        };
        host.keep_sending_outbox();
        Ok(host)
    }

    /// Answers one call; blocks while it works, so it belongs on a thread where that is allowed.
    pub fn answer(&self, request: serde_json::Value) -> serde_json::Value {
        let call: Result<Call, _> = serde_json::from_value(request);
        let answer = call
            .map_err(|error| {
                Failure::new("bad_arguments", "Tsela did not understand this page.", error.to_string(), "")
            })
            .and_then(|call| dispatch_client(self, call));
        match answer {
            Ok(value) => serde_json::json!({ "ok": value }),
            Err(failure) => serde_json::json!({ "failure": failure }),
        }
    }

    /// Ends the session as closing the window does: the engine stops, what is saved stays.
    pub fn close(&self) {
        self.stop_sending_outbox();
        let session = self.inner().session.take();
        if let Some(session) = session {
            self.stop_engine(&session);
            self.dismiss_courier();
            let _ = session.opened.believe_outbox();
            let _ = session.opened.advance_marker();
        }
        self.presence.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        self.laptop.clock().now()
    }

    /// Returns the session if the screen is not locked.
    fn session(&self) -> Answer<Arc<Session>> {
        let inner = self.inner();
        match &inner.session {
            None => Err(Failure::new("signed_out", "Nobody is signed in", "Sign in to go on.", "Sign in")),
            Some(_) if inner.is_locked => {
                Err(Failure::new("locked", "The screen is locked", "Enter your passphrase to go on.", "Unlock"))
            }
            Some(session) => Ok(Arc::clone(session)),
        }
    }

    /// Saves what a command changes, all or nothing, and tells the engine.
    fn keep_changes(session: &Session, changes: &[Change]) -> Answer<()> {
        session.opened.save(SaveId(session.opened.fresh_id()), changes, None, Warnings::NeedReason)?;
        session.engine(|engine| engine.local_save())?;
        Ok(())
    }

    /// Makes sure that the person signed in is the one at the keyboard.
    fn is_present(session: &Session, passphrase: &str) -> Answer<()> {
        let checked = session.opened.check_passphrase(passphrase);
        session.opened.journal_sign_ins()?;
        Ok(checked?)
    }

    /// Returns a record of a model that is here and not void.
    fn state_of(session: &Session, model: &str, id: RecordId) -> Answer<RecordState> {
        let found = session.opened.store.read(|conn| records::state(conn, id))?;
        found.filter(|state| state.model == model && !state.is_void()).ok_or_else(not_here)
    }

    /// Opens the laptop for a person and starts the engine.
    fn open(&self, user: &str, passphrase: &str) -> Answer<()> {
        let presence = self.presence.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = self.laptop.open_locked(Some(user), passphrase)?;
        drop(presence);
        self.stop_sending_outbox();
        self.remember_names(&opened)?;
        let engine = {
            let _in_runtime = self.runtime.enter();
            Engine::start(opened.engine_config(false))
        };
        let engine = engine.map_err(|error| {
            Failure::new("bad_remote", "The server's address cannot be used", error.to_string(), "Open Settings.")
        })?;
        let session = Arc::new(Session {
            opened,
            engine: Mutex::new(Some(engine)),
            keepers: Mutex::default(),
            carrying: Default::default(),
        });
        let backups = self.runtime.spawn(keep_backups(Arc::downgrade(&session)));
        let ways =
            ways::keep_sending(Arc::downgrade(&session), Arc::clone(&self.courier), Arc::clone(self.laptop.clock()));
        let keepers = vec![backups, self.runtime.spawn(ways)];
        *session.keepers.lock().unwrap_or_else(PoisonError::into_inner) = keepers;
        let mut inner = self.inner();
        inner.session = Some(session);
        inner.is_locked = false;
        Ok(())
    }

    fn stop_engine(&self, session: &Session) {
        self.stop_carrying(session);
        for keeper in session.keepers.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            keeper.abort();
        }
        let engine = session.engine.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(engine) = engine {
            self.runtime.block_on(engine.shutdown());
        }
    }

    fn enrol_now(&self, code: &str, user: &str, passphrase: &str, device_name: &str) -> Answer<()> {
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        let clock = Arc::clone(self.laptop.clock());
        let device = self.inner().device.get_or_insert_with(|| NewDevice::generate(clock.as_ref(), &mut rng)).clone();
        let name = match device_name.trim() {
            "" => host_name(),
            name => name.to_owned(),
        };
        let applicant = Applicant { device_name: &name, user: user.trim() };
        self.runtime.block_on(self.laptop.enrol(code, &device, &applicant, passphrase, true))?;
        self.inner().device = None;
        Ok(())
    }

    /// Says which page to show.
    fn state(&self) -> AppState {
        let preferences = Preferences::load(self.laptop.folder());
        let (session, is_locked) = {
            let inner = self.inner();
            (inner.session.clone(), inner.is_locked)
        };
        let mut state = AppState {
            phase: Phase::Enrol,
            study: preferences.study,
            demonstration: self.options.demonstration_sign_in.is_some(),
            demonstration_sign_in: self.options.demonstration_sign_in.clone(),
            device: preferences.device,
            carrier: false,
            users: Vec::new(),
            user: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            language: preferences.language,
            theme: preferences.theme,
            auto_lock_minutes: 10,
            now: self.now(),
            problem: None,
            sync: None,
            outbox: None,
        };
        if self.laptop.is_enrolled() {
            match self.laptop.users() {
                Ok(users) => state.users = users.iter().map(|user| self.local_user(user)).collect(),
                Err(error) => state.problem = Some(error.into()),
            }
            state.phase = if state.problem.is_some() { Phase::Blocked } else { Phase::SignIn };
            state.outbox = self.outbox_view();
        }
        if let Some(session) = session {
            self.describe_session(&session, is_locked, &mut state);
        }
        state
    }

    fn describe_session(&self, session: &Session, is_locked: bool, state: &mut AppState) {
        let opened = &session.opened;
        state.phase = if is_locked { Phase::Locked } else { Phase::Open };
        state.user = Some(self.local_user(&opened.user));
        state.device.clone_from(&opened.identity.name);
        state.carrier = session.is_carrier();
        if let Ok(package) = opened.packages().newest() {
            state.study.clone_from(&package.package().name);
            state.auto_lock_minutes = package.package().lock.auto_lock_minutes;
        }
        state.sync = self.sync(session).ok();
        state.outbox = None;
    }

    fn local_user(&self, user: &tsela_store::keyring::User) -> LocalUser {
        LocalUser {
            id: user.id,
            name: user.name.clone(),
            role: user.role.clone(),
            locked_until: user.locked_until(self.laptop.lock_rules().unwrap_or_default(), self.now()),
        }
    }
}

impl Drop for ClientHostState {
    fn drop(&mut self) {
        if let Some(session) = self.inner().session.take() {
            // The runtime may be gone; dropping the handle stops the engine all the same.
            drop(session);
        }
    }
}

/// Reasons of changes that a scan makes: nobody types one, so they are codes, which pages say in words
/// (`reasons` in `ui/src/i18n/*/record.json`).
mod reasons {
    pub const LABEL_CHECKED: &str = "label_checked";
    pub const PACKED: &str = "packed";
    pub const BAG_CLOSED: &str = "bag_closed";
}

/// The failure for a record that is not here.
fn not_here() -> Failure {
    StoreError::NotFound("this record".to_owned()).into()
}

/// Returns the computer's own name, for a laptop that was given none.
fn host_name() -> String {
    let name = std::env::var("COMPUTERNAME").or_else(|_| std::env::var("HOSTNAME")).ok();
    let read = || std::fs::read_to_string("/etc/hostname").ok();
    let name = name.or_else(read).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| "laptop".to_owned())
}
