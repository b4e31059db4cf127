//! A laptop's folder: enrolling it, opening it as a person, leaving it. The window and the command line share this.

use std::{
    ops::ControlFlow,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use rand_core::CryptoRng;
use tsela_core::{
    bundle::{self, BundleKind, SectionName},
    enrolment::EnrolmentCode,
    entry::Fields,
    ids::{SaveId, UserId},
    rescue::RescueSecret,
    time::Timestamp,
};
use tsela_store::{
    Code, DataKey, Folder, Kdf, Keyring, LockRules, Options, Packages, Store, StoreError, WriterLock,
    backup::{self, BackupInfo},
    journal::{self, Author, Change, Event, Preview, SaveError, SaveRequest, Saved, Warnings},
    keyring::{Escrow, NewUser, PendingEvent, SignedIn, User},
    lock::Holder,
    marker::{self, Standing},
    meta, recover, streams,
};
use tsela_sync::{
    clock::Clock,
    engine::{EngineConfig, EngineOptions, SharedPackages, system_rng},
    enrol::{Applicant, EnrolError, Enrolment, NewDevice, enrol},
    identity::{self, DeviceIdentity, RemoteServer},
    road::http::APP,
};
use uuid::{Builder, Uuid};
use zeroize::Zeroizing;

/// The number of the last sign-in event that the journal holds.
const EVENTS_THROUGH: &str = "events_through";

/// Where an enrolment builds the store before it is whole.
const UNFINISHED: &str = "enrolling";

/// One laptop's folder.
#[derive(Clone, Debug)]
pub struct Laptop {
    folder: Folder,
    clock: Arc<dyn Clock>,
    kdf: Kdf,
}

/// Why a laptop could not be enrolled or opened.
#[derive(Debug, thiserror::Error)]
pub enum LaptopError {
    /// The store said something.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The code cannot be read.
    #[error(transparent)]
    Code(#[from] tsela_core::enrolment::EnrolmentError),
    /// The server said something, or could not be reached.
    #[error(transparent)]
    Enrol(#[from] Box<EnrolError>),
    /// The folder holds a laptop already.
    #[error("this folder belongs to an enrolled laptop: choose an empty folder")]
    Enrolled,
    /// The recovery key is not the one that this laptop's data key is sealed to.
    #[error(
        "this recovery key does not open this laptop, it is another study's: take the recovery.key that was made when this \
         study's server was set up"
    )]
    OtherRecoveryKey,
    /// The folder holds no laptop yet.
    #[error("this laptop is not enrolled yet: ask an administrator for an enrolment code")]
    NotEnrolled,
    /// Several people use this laptop and none was named.
    #[error("several people use this laptop ({0}): say who you are")]
    WhichUser(String),
}

/// An enrolled laptop, opened by a person.
#[derive(Debug)]
pub struct Opened {
    /// Its folder.
    pub folder: Folder,
    /// Its store.
    pub store: Arc<Store>,
    /// Who opened it.
    pub user: User,
    /// The study packages, which the engine may renew.
    pub packages: SharedPackages,
    /// Who the laptop is.
    pub identity: DeviceIdentity,
    /// The server it sends to.
    pub remote: RemoteServer,
    /// Whether the store is the one that this folder had.
    pub standing: Standing,
    clock: Arc<dyn Clock>,
    keyring: Mutex<Keyring>,
    lock: Option<WriterLock>,
    writes: bool,
}

impl Laptop {
    /// Names a folder; nothing is read yet.
    pub fn at(dir: impl AsRef<Path>, clock: Arc<dyn Clock>) -> Self {
        Self { folder: Folder::new(dir.as_ref()), clock, kdf: Kdf::from_environment() }
    }

    /// Says what a guess at a passphrase costs, where that is not what the environment says.
    #[must_use]
    pub fn with_kdf(self, kdf: Kdf) -> Self {
        Self { kdf, ..self }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Says whether the laptop is enrolled.
    pub fn is_enrolled(&self) -> bool {
        self.folder.keys().exists() || self.folder.store().exists()
    }

    /// Returns the people who may sign in, by name.
    ///
    /// # Errors
    /// [`StoreError::NoKey`] if the keys cannot be read.
    pub fn users(&self) -> Result<Vec<User>, StoreError> {
        let mut users = self.keyring()?.users().to_vec();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(users)
    }

    /// Returns how many wrong passphrases lock a person out, and for how long.
    ///
    /// # Errors
    /// [`StoreError::NoKey`] if the keys cannot be read.
    pub fn lock_rules(&self) -> Result<LockRules, StoreError> {
        Ok(self.keyring()?.lock_rules())
    }

    /// Enrols the laptop. `device` is kept by the caller, so that asking again after a lost answer is safe; `locked`
    /// says that the caller holds the folder's lock.
    ///
    /// # Errors
    /// [`LaptopError`]; the folder is left as it was.
    pub async fn enrol(
        &self,
        code: &str,
        device: &NewDevice,
        applicant: &Applicant<'_>,
        passphrase: &str,
        locked: bool,
    ) -> Result<(), LaptopError> {
        if self.is_enrolled() {
            return Err(LaptopError::Enrolled);
        }
        let code: EnrolmentCode = code.parse()?;
        tsela_store::password::check_policy(passphrase)?;
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        self.folder.create()?;
        let _lock = if locked { None } else { Some(self.lock("enrolment", Duration::ZERO)?) };
        let enrolment = enrol(&code, device, applicant, Arc::clone(&self.clock), &mut rng).await.map_err(Box::new)?;
        let (laptop, passphrase) = (self.clone(), zeroize::Zeroizing::new(passphrase.to_owned()));
        let built = tokio::task::spawn_blocking(move || {
            laptop.build(&enrolment, &passphrase, &mut rand_core::UnwrapErr(getrandom::SysRng))
        });
        built.await.map_err(|error| StoreError::Internal(error.to_string()))??;
        Ok(())
    }

    /// Builds store and keys beside, and puts them in place when both are whole: a crash leaves nothing half enrolled. The
    /// caller holds the folder's lock.
    ///
    /// # Errors
    /// Returns what the store or the disk said.
    pub fn build(&self, enrolment: &Enrolment, passphrase: &str, rng: &mut impl CryptoRng) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.folder.create()?;
        let unfinished = Folder::new(self.folder.path().join(UNFINISHED));
        let io = |what, error| StoreError::io(what, unfinished.path(), error);
        if unfinished.path().exists() {
            std::fs::remove_dir_all(unfinished.path()).map_err(|error| io("cannot remove", error))?;
        }
        unfinished.create()?;
        let key = DataKey::generate(rng);
        let person =
            NewUser { id: enrolment.user, name: enrolment.user_name.clone(), role: enrolment.user_role.clone() };
        let mut keyring = Keyring::create(&unfinished.keys(), self.kdf, person, passphrase, &key, rng, now)?;
        keyring.set_escrow(escrow(enrolment, &key, rng)?)?;
        keyring.set_lock_rules(enrolment.lock)?;
        let secret = RescueSecret::from_token(&enrolment.remote.token);
        keyring.arm_rescue(enrolment.device.device, &secret, &key, rng)?;
        let store = Store::create(&unfinished.store(), &key, fresh_id(now, rng), &Options::default())?;
        identity::save(&store, enrolment, now)?;
        store.checkpoint()?;
        drop(store);
        std::fs::rename(unfinished.store(), self.folder.store()).map_err(|error| io("cannot move from", error))?;
        std::fs::rename(unfinished.keys(), self.folder.keys()).map_err(|error| io("cannot move from", error))?;
        std::fs::remove_dir_all(unfinished.path()).map_err(|error| io("cannot remove", error))
    }

    /// Opens the laptop for writing: one window or command at a time, waiting at most `wait` for another.
    ///
    /// # Errors
    /// [`StoreError::AlreadyOpen`], wrong passphrases, a damaged store and the rest, each saying what to do.
    pub fn open_writer(
        &self,
        user: Option<&str>,
        passphrase: &str,
        what: &str,
        wait: Duration,
    ) -> Result<Opened, LaptopError> {
        let lock = self.lock(what, wait)?;
        let mut opened = self.open_locked(user, passphrase)?;
        opened.lock = Some(lock);
        Ok(opened)
    }

    /// Opens the laptop for writing, under a lock that the caller holds for as long.
    ///
    /// # Errors
    /// As [`Self::open_writer`].
    pub fn open_locked(&self, user: Option<&str>, passphrase: &str) -> Result<Opened, LaptopError> {
        let name = self.user_name(user)?;
        let mut keyring = self.keyring()?;
        let SignedIn { user, key } = keyring.unlock(&name, passphrase, self.clock.now())?;
        let store = Arc::new(Store::open(&self.folder.store(), &key, &Options::default())?);
        let standing = marker::settle(&self.folder, &store, streams::heads)?;
        recover::begin_due(&self.folder, &store)?;
        let opened = self.opened(store, user, keyring, standing)?;
        opened.fold_held()?;
        opened.journal_sign_ins()?;
        opened.carry_lock_rules()?;
        opened.arm_rescue()?;
        if let Err(error) = opened.believe_outbox() {
            // It counts for nothing: the engine sends and asks again.
            tracing::warn!(%error, "what was sent from the outbox could not be taken in");
        }
        Ok(opened)
    }

    /// Takes the right to write to the folder.
    ///
    /// # Errors
    /// [`StoreError::AlreadyOpen`] if another window or command holds it for longer than `wait`.
    pub fn lock(&self, what: &str, wait: Duration) -> Result<WriterLock, StoreError> {
        WriterLock::acquire(&self.folder, &Holder::this_process(what, self.clock.now()), wait)
    }

    /// Opens the laptop for reading, beside whoever writes.
    ///
    /// # Errors
    /// As [`Self::open_writer`], without a lock to wait for.
    pub fn open_reader(&self, user: Option<&str>, passphrase: &str) -> Result<Opened, LaptopError> {
        let name = self.user_name(user)?;
        let mut keyring = self.keyring()?;
        let SignedIn { user, key } = keyring.unlock(&name, passphrase, self.clock.now())?;
        let store = Arc::new(Store::open_reader(&self.folder.store(), &key, &Options::default())?);
        self.opened(store, user, keyring, Standing::Same).map(|opened| Opened { writes: false, ..opened })
    }

    fn opened(
        &self,
        store: Arc<Store>,
        user: User,
        keyring: Keyring,
        standing: Standing,
    ) -> Result<Opened, LaptopError> {
        let (identity, remote) = identity::load(&store)?.ok_or(LaptopError::NotEnrolled)?;
        let packages: SharedPackages = Arc::new(RwLock::new(Arc::new(identity::load_packages(&store)?)));
        let keyring = Mutex::new(keyring);
        let (folder, clock) = (self.folder.clone(), Arc::clone(&self.clock));
        Ok(Opened {
            folder,
            store,
            user,
            packages,
            identity,
            remote,
            standing,
            clock,
            keyring,
            lock: None,
            writes: true,
        })
    }

    pub(super) fn keyring(&self) -> Result<Keyring, StoreError> {
        if !self.is_enrolled() {
            return Err(StoreError::NotAStore { path: self.folder.path().to_path_buf() });
        }
        Keyring::load(&self.folder.keys(), self.kdf)
    }

    fn user_name(&self, user: Option<&str>) -> Result<String, LaptopError> {
        if let Some(name) = user {
            return Ok(name.to_owned());
        }
        let names: Vec<String> = self.users()?.into_iter().map(|user| user.name).collect();
        match names.as_slice() {
            [only] => Ok(only.clone()),
            _ => Err(LaptopError::WhichUser(names.join(", "))),
        }
    }
}

impl LaptopError {
    /// Returns the kind of the store's error, if it is one.
    pub fn store_code(&self) -> Option<Code> {
        match self {
            Self::Store(error) => Some(error.code()),
            _ => None,
        }
    }
}

impl Opened {
    /// Returns the packages as they are now.
    pub fn packages(&self) -> Arc<Packages> {
        Arc::clone(&self.packages.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the laptop's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Returns who saves, and with what.
    pub fn author(&self) -> Author {
        self.author_for(self.user.id, &self.user.role)
    }

    fn author_for(&self, user: UserId, role: &str) -> Author {
        let tz = self.packages().newest().map_or(0, |package| package.package().utc_offset_minutes);
        Author { user, role: role.to_owned(), app: APP.to_owned(), tz: offset(tz) }
    }

    /// Saves changes: all or none.
    ///
    /// # Errors
    /// [`SaveError`]; nothing was written.
    pub fn save(
        &self,
        save: SaveId,
        changes: &[Change],
        draft: Option<Uuid>,
        warnings: Warnings,
    ) -> Result<Saved, SaveError> {
        let (author, packages) = (self.author(), self.packages());
        journal::save(&self.store, &self.request(save, &author, &packages, changes, draft, warnings))
    }

    /// Judges the last of the changes as a save would.
    ///
    /// # Errors
    /// Returns what the store said.
    pub fn preview(&self, changes: &[Change]) -> Result<Preview, StoreError> {
        let (author, packages) = (self.author(), self.packages());
        let save = SaveId(Uuid::nil());
        journal::preview(&self.store, &self.request(save, &author, &packages, changes, None, Warnings::Accept))
    }

    fn request<'a>(
        &self,
        save: SaveId,
        author: &'a Author,
        packages: &'a Packages,
        changes: &'a [Change],
        draft: Option<Uuid>,
        warnings: Warnings,
    ) -> SaveRequest<'a> {
        SaveRequest { save, at: self.now(), author, changes, draft, packages, warnings }
    }

    /// Writes events into the journal, as this person.
    ///
    /// # Errors
    /// Returns what the store said.
    pub fn event(&self, kind: &str, fields: Fields) -> Result<(), StoreError> {
        let version = self.packages().newest()?.package().version;
        journal::event(&self.store, self.now(), &self.author(), version, &[Event::new(kind, fields)])
    }

    /// Returns the token that the server knows this laptop by: a new one, if the laptop has introduced itself since it
    /// was opened.
    pub(super) fn token(&self) -> Result<Zeroizing<String>, StoreError> {
        let remote = self.store.read(tsela_store::remote::get)?;
        Ok(remote.map_or_else(|| self.remote.token.clone(), |remote| remote.token))
    }

    /// Makes a UUIDv7 by the laptop's clock.
    pub fn fresh_id(&self) -> Uuid {
        fresh_id(self.now(), &mut rand_core::UnwrapErr(getrandom::SysRng))
    }

    /// Returns what the engine needs.
    pub fn engine_config(&self, manual: bool) -> EngineConfig {
        EngineConfig {
            folder: self.folder.clone(),
            store: Arc::clone(&self.store),
            identity: self.identity.clone(),
            remote: self.remote.clone(),
            packages: Arc::clone(&self.packages),
            clock: Arc::clone(&self.clock),
            rng: system_rng(),
            author: Some(self.author()),
            options: EngineOptions { manual, ..EngineOptions::default() },
        }
    }

    /// Checks this person's passphrase; a wrong one counts.
    ///
    /// # Errors
    /// As signing in.
    pub fn check_passphrase(&self, passphrase: &str) -> Result<(), StoreError> {
        self.with_keyring(|keyring| keyring.unlock(&self.user.name, passphrase, self.now()).map(|_| ()))
    }

    /// Changes this person's passphrase.
    ///
    /// # Errors
    /// As signing in, and if the new one breaks the policy.
    pub fn change_passphrase(&self, old: &str, new: &str) -> Result<(), StoreError> {
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        self.with_keyring(|keyring| keyring.change_passphrase(&self.user.name, old, new, &mut rng, self.now()))
    }

    /// Lets another person of the study sign in on this laptop.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if the study package has no such person.
    pub fn admit(&self, name: &str, passphrase: &str) -> Result<(), StoreError> {
        let packages = self.packages();
        let same = |known: &&tsela_core::package::PackageUser| known.name.to_lowercase() == name.trim().to_lowercase();
        let person = packages.newest()?.package().users.iter().find(same).ok_or_else(|| {
            StoreError::Invalid(format!(
                "the study has no person called {name:?}: check the spelling, or ask an administrator to add the person \
                 and push once, so that this laptop hears of it"
            ))
        })?;
        let new = NewUser { id: person.id, name: person.name.clone(), role: person.role.clone() };
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        self.with_keyring(|keyring| {
            keyring.admit(Some(self.user.id), new, passphrase, self.store.key(), &mut rng, self.now())
        })
    }

    /// Makes a backup now and verifies it.
    ///
    /// # Errors
    /// Returns what the store said; earlier backups stay.
    pub fn backup(&self) -> Result<BackupInfo, StoreError> {
        backup::backup(&self.folder, &self.store, self.now(), streams::heads, |_| ControlFlow::Continue(()))
    }

    /// Notes outside the store how far it goes, so that an older copy put in its place is noticed.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn advance_marker(&self) -> Result<(), StoreError> {
        if self.writes { marker::advance(&self.folder, &self.store, streams::heads) } else { Ok(()) }
    }

    /// Moves what happened at the door into the journal. A crash on the way neither loses nor doubles an event.
    ///
    /// # Errors
    /// Returns what the store said.
    pub fn journal_sign_ins(&self) -> Result<(), StoreError> {
        let through: u64 = self.store.read(|conn| meta::get_as(conn, EVENTS_THROUGH))?.unwrap_or(0);
        let events = self.with_keyring(|keyring| keyring.pending_events(through))?;
        let Some(last) = events.last().map(|event| event.number) else { return Ok(()) };
        let version = self.packages().newest()?.package().version;
        let lines: Vec<(Timestamp, Author, Event<'_>)> = events.iter().map(|event| self.line(event)).collect();
        let written = journal::events_with(&self.store, version, &lines, |tx| meta::set(tx, EVENTS_THROUGH, last));
        match written {
            // Without a stream to write to they wait in keys.json.
            Err(error) if error.code() == Code::Invalid => Ok(()),
            Err(error) => Err(error),
            Ok(()) => self.with_keyring(|keyring| keyring.forget_events(last)),
        }
    }

    /// Writes the rules of the newest package beside the store, in case the power went before the engine did.
    fn carry_lock_rules(&self) -> Result<(), StoreError> {
        let rules = LockRules::from(&self.packages().newest()?.package().lock);
        self.with_keyring(|keyring| keyring.set_lock_rules(rules))
    }

    fn line(&self, event: &PendingEvent) -> (Timestamp, Author, Event<'static>) {
        let mut fields = Fields::new();
        let kind = serde_json::to_value(event.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
        fields.insert("what".to_owned(), kind.unwrap_or_default().into());
        if let Some(by) = event.by {
            fields.insert("by".to_owned(), by.to_string().into());
        }
        (event.at, self.author_for(event.user.unwrap_or(self.user.id), ""), Event::new("sign_in", fields))
    }

    /// Folds what an older program could not.
    fn fold_held(&self) -> Result<(), StoreError> {
        let held: i64 =
            self.store.read(|conn| Ok(conn.query_row("SELECT count(*) FROM held", [], |row| row.get(0))?))?;
        if held > 0 {
            self.store.write(|tx| tsela_store::ingest::fold_held(tx, self.now(), &self.packages()))?;
        }
        Ok(())
    }

    pub(super) fn with_keyring<T>(
        &self,
        work: impl FnOnce(&mut Keyring) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(&mut self.keyring.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Seals the data key to the study's offline recovery key, so that a forgotten passphrase does not lose a laptop.
fn escrow(enrolment: &Enrolment, key: &DataKey, rng: &mut impl CryptoRng) -> Result<Vec<Escrow>, StoreError> {
    let recovery = enrolment.remote.recovery_key();
    let request = bundle::PackRequest {
        kind: BundleKind::Attachment,
        study: enrolment.device.study,
        packer: enrolment.device.device,
        signing_key: &enrolment.device.signing_key,
        sections: vec![bundle::SectionRequest {
            name: SectionName::Payload,
            plaintext: key.bytes(),
            recipients: vec![recovery, enrolment.remote.keys.sealing_key],
        }],
    };
    let sealed = bundle::pack(request, rng).map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok(vec![Escrow { recipient: recovery.id().to_string(), sealed }])
}

/// Makes a UUIDv7.
fn fresh_id(now: Timestamp, rng: &mut impl CryptoRng) -> Uuid {
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    Builder::from_unix_timestamp_millis(u64::try_from(now.0).unwrap_or(0), &random).into_uuid()
}

/// Writes a zone as `+02:00`.
fn offset(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}
