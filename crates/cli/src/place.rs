//! Whose folder it is: a laptop's or a server's, found out from what lies in it.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use tsela_core::ids::UserId;
use tsela_rpc::client::laptop::{Laptop, LaptopError, Opened};
use tsela_store::{Connection, DataKey, Folder, Kdf, Keyring, Options, Store, StoreError, data_key};
use tsela_sync::clock::SystemClock;

use crate::{
    args::Dir,
    clock,
    exit::{DATA, Exit},
    passphrase,
};

/// Whose store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A laptop's.
    Laptop,
    /// A server's.
    Server,
}

/// A store opened for reading, beside a window or a server that may be writing to it.
#[derive(Debug)]
pub struct Reading {
    /// Whose it is.
    pub role: Role,
    /// Who reads, on a laptop.
    pub user: Option<UserId>,
    store: Arc<Store>,
}

impl Reading {
    /// Opens the store in a folder for reading.
    ///
    /// # Errors
    /// What the store or the keyring said.
    pub fn open(dir: &Dir) -> anyhow::Result<Self> {
        match role(&dir.dir)? {
            Role::Server => Self::of_server(&dir.dir),
            Role::Laptop => Self::of_laptop(&dir.dir, dir.user.as_deref()),
        }
    }

    fn of_server(dir: &Path) -> anyhow::Result<Self> {
        let folder = Folder::new(dir);
        let store = Store::open_reader(&folder.store(), &server_key(&folder)?, &reading())?;
        Ok(Self { role: Role::Server, user: None, store: Arc::new(store) })
    }

    fn of_laptop(dir: &Path, user: Option<&str>) -> anyhow::Result<Self> {
        let folder = Folder::new(dir);
        let (key, user) = laptop_key(&folder, user)?;
        let store = Store::open_reader(&folder.store(), &key, &reading())?;
        Ok(Self { role: Role::Laptop, user: Some(user), store: Arc::new(store) })
    }

    /// Returns the store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Runs `work` on one consistent state of the store; what it fails with comes out as it was.
    ///
    /// # Errors
    /// What `work` or the store said.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let mut outcome = None;
        self.store.read(|conn| {
            outcome = Some(work(conn));
            Ok(())
        })?;
        outcome.context("the store was not read")?
    }
}

/// Says whose folder it is.
///
/// # Errors
/// Exit code 65 if nothing of Tsela is there.
pub fn role(dir: &Path) -> anyhow::Result<Role> {
    let folder = Folder::new(dir);
    if folder.server_key().exists() {
        return Ok(Role::Server);
    }
    if folder.keys().exists() {
        return Ok(Role::Laptop);
    }
    match folder.store().exists() {
        // A server whose key is handed over by systemd has no key file.
        true if std::env::var_os("CREDENTIALS_DIRECTORY").is_some() => Ok(Role::Server),
        // The only way into a laptop's store is missing; the keyring says so in words.
        true => Ok(Role::Laptop),
        false => Err(StoreError::NotAStore { path: dir.to_path_buf() }.into()),
    }
}

/// Opens a laptop's store for writing.
///
/// # Errors
/// Exit code 75 if a window or another command has it, 77 for a wrong passphrase.
pub fn open_writer(dir: &Path, user: Option<&str>, what: &str, wait: Duration) -> anyhow::Result<Opened> {
    laptop_only(dir)?;
    let user = sole_user(&Folder::new(dir), user)?;
    let passphrase = passphrase::existing()?;
    let laptop = Laptop::at(dir, Arc::new(SystemClock::new()));
    Ok(patiently(|| laptop.open_writer(Some(&user), &passphrase, what, wait), wait_of_laptop)?)
}

/// Opens a laptop for reading, beside a window that may be writing.
///
/// # Errors
/// Exit code 65 for another folder than a laptop's, 77 for a wrong passphrase.
pub fn open_reader(dir: &Path, user: Option<&str>) -> anyhow::Result<Opened> {
    laptop_only(dir)?;
    let user = sole_user(&Folder::new(dir), user)?;
    let passphrase = passphrase::existing()?;
    let laptop = Laptop::at(dir, Arc::new(SystemClock::new()));
    Ok(patiently(|| laptop.open_reader(Some(&user), &passphrase), wait_of_laptop)?)
}

/// Tries once more after a wait, if there is one: a program that was killed while it opened the store left an attempt
/// that counts as a wrong passphrase.
fn patiently<T, E>(mut open: impl FnMut() -> Result<T, E>, wait: impl Fn(&E) -> Option<Duration>) -> Result<T, E> {
    open().or_else(|error| {
        let Some(wait) = wait(&error) else { return Err(error) };
        std::thread::sleep(wait);
        open()
    })
}

fn wait_of_laptop(error: &LaptopError) -> Option<Duration> {
    match error {
        LaptopError::Store(error) => short_wait(error),
        _ => None,
    }
}

/// Returns how long to wait after a first attempt that failed; after more of them, the person is told.
fn short_wait(error: &StoreError) -> Option<Duration> {
    let &StoreError::TooSoon { wait_ms } = error else { return None };
    u64::try_from(wait_ms).ok().filter(|ms| *ms <= 1_000).map(Duration::from_millis)
}

/// Refuses a server's folder where a laptop's is needed.
///
/// # Errors
/// Exit code 65.
pub fn laptop_only(dir: &Path) -> anyhow::Result<()> {
    if role(dir)? == Role::Laptop {
        return Ok(());
    }
    let path = dir.display();
    Err(Exit::new(DATA, format!("{path} is a server's folder: this command is for a laptop's")).into())
}

/// Refuses a laptop's folder where a server's is needed.
///
/// # Errors
/// Exit code 65.
pub fn server_only(dir: &Path) -> anyhow::Result<()> {
    if role(dir)? == Role::Server {
        return Ok(());
    }
    let path = dir.display();
    Err(Exit::new(DATA, format!("{path} is a laptop's folder: this command is for a server's")).into())
}

/// Opens a laptop's data key with a user's passphrase.
///
/// # Errors
/// What the keyring said; each wrong passphrase is counted.
pub fn laptop_key(folder: &Folder, user: Option<&str>) -> anyhow::Result<(DataKey, UserId)> {
    let user = sole_user(folder, user)?;
    let mut keyring = Keyring::load(&folder.keys(), Kdf::from_environment())?;
    let passphrase = passphrase::existing()?;
    let signed_in = patiently(|| keyring.unlock(&user, &passphrase, clock::now()), short_wait)?;
    Ok((signed_in.key, signed_in.user.id))
}

/// Reads a server's data key.
///
/// # Errors
/// If there is none, or others can read it.
pub fn server_key(folder: &Folder) -> anyhow::Result<DataKey> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
    Ok(data_key::read_server_key(&folder.server_key(), credentials.as_deref().map(Path::new))?)
}

/// Returns the user named, or the laptop's only one.
fn sole_user(folder: &Folder, user: Option<&str>) -> anyhow::Result<String> {
    if let Some(user) = user {
        return Ok(user.to_owned());
    }
    let keyring = Keyring::load(&folder.keys(), Kdf::from_environment())?;
    match keyring.users() {
        [only] => Ok(only.name.clone()),
        users => {
            let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
            let message = format!("several people use this laptop: say who with --user ({})", names.join(", "));
            Err(Exit::new(DATA, message).into())
        }
    }
}

fn reading() -> Options {
    Options { quick_check: false, readers: 1, ..Options::default() }
}
