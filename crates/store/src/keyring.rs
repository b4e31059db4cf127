//! Who can open a laptop's store: users with their wrapped data keys, in `keys.json` beside the store.
//!
//! The file is readable before the store is, so it holds nothing secret in plain text, and what happens before the
//! store opens (wrong passphrases, lock-outs) waits in it to be journaled at the next opening. An attempt is counted
//! *before* it is tried: killing the program at the right moment gains nothing. The counters slow down a person at the
//! keyboard; someone who takes the disk away is held off by Argon2id alone.
//!
//! The window and the command line may both change the file: every change takes a lock, reads the file again, and
//! replaces it at once.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use rand_core::CryptoRng;
use tsela_core::{ids::UserId, time::Timestamp};
use unicode_normalization::UnicodeNormalization;

use crate::{
    data_key::DataKey,
    error::{Result, StoreError},
    files,
    lock_rules::LockRules,
    password::{Kdf, WrappedKey},
};

mod attempts;
mod event;
mod file;
mod rescue;

pub use event::{EventKind, PendingEvent};
use file::KeyFile;
pub use file::{Escrow, User};

/// A person to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The id that the server gave.
    pub id: UserId,
    /// The name for signing in; case and surrounding space do not matter.
    pub name: String,
    /// The role, as in the study package.
    pub role: String,
}

/// A successful sign-in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// The key to the store.
    pub key: DataKey,
}

/// The users of a laptop.
#[derive(Debug)]
pub struct Keyring {
    path: PathBuf,
    kdf: Kdf,
    file: KeyFile,
}

impl Keyring {
    /// Makes the file with its first user.
    ///
    /// # Errors
    /// [`StoreError::AlreadyAStore`] if there is one: it may be the only way to a store.
    pub fn create(
        path: &Path,
        kdf: Kdf,
        first: NewUser,
        passphrase: &str,
        key: &DataKey,
        rng: &mut impl CryptoRng,
        now: Timestamp,
    ) -> Result<Self> {
        let mut keyring = Self { path: path.to_path_buf(), kdf, file: KeyFile::default() };
        let user = keyring.wrap(first, passphrase, key, rng)?;
        let _lock = keyring.lock()?;
        if path.exists() {
            return Err(StoreError::AlreadyAStore { path: path.to_path_buf() });
        }
        keyring.file.note(EventKind::UserAdded, Some(user.id), None, now);
        keyring.file.users.push(user);
        keyring.file.write(path)?;
        Ok(keyring)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`StoreError::NoKey`] if it is missing or unreadable.
    pub fn load(path: &Path, kdf: Kdf) -> Result<Self> {
        Ok(Self { path: path.to_path_buf(), kdf, file: KeyFile::read(path)? })
    }

    /// Returns the users, as last read.
    pub fn users(&self) -> &[User] {
        &self.file.users
    }

    /// Returns the user of this name, if there is one.
    pub fn find(&self, name: &str) -> Option<&User> {
        let wanted = fold_name(name);
        self.file.users.iter().find(|user| fold_name(&user.name) == wanted)
    }

    /// Opens the data key with a user's passphrase.
    ///
    /// # Errors
    /// [`StoreError::UnknownUser`], [`StoreError::TooSoon`], [`StoreError::LockedOut`] or
    /// [`StoreError::WrongPassphrase`], each counted and noted before this returns.
    pub fn unlock(&mut self, name: &str, passphrase: &str, now: Timestamp) -> Result<SignedIn> {
        let (user, attempt) = self.change(|file| file.begin_attempt(name, now))??;
        match user.wrapped.unwrap_key(passphrase, &bound_to(user.id))? {
            Some(key) => {
                self.change(|file| file.end_attempt(user.id, attempt, now))?;
                Ok(SignedIn { user, key })
            }
            None => Err(self.file.wrong_passphrase(user.id, now)),
        }
    }

    /// Lets another person in; the data key shows that someone who may open the store is present. `by` is that person,
    /// `None` at the set-up or with an administrator's code. A user who is there already gets the new passphrase, name
    /// and role, and a clean count.
    ///
    /// # Errors
    /// [`StoreError::WeakPassphrase`]; [`StoreError::Invalid`] if the name is empty or someone else's.
    pub fn admit(
        &mut self,
        by: Option<UserId>,
        new: NewUser,
        passphrase: &str,
        key: &DataKey,
        rng: &mut impl CryptoRng,
        now: Timestamp,
    ) -> Result<()> {
        let user = self.wrap(new, passphrase, key, rng)?;
        self.change(|file| {
            let id = user.id;
            file.replace_user(user)?;
            file.note(EventKind::UserAdded, Some(id), by, now);
            Ok(())
        })?
    }

    /// Adds a user; see [`Self::admit`].
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn add_user(
        &mut self,
        new: NewUser,
        passphrase: &str,
        key: &DataKey,
        rng: &mut impl CryptoRng,
        now: Timestamp,
    ) -> Result<()> {
        self.admit(None, new, passphrase, key, rng, now)
    }

    /// Changes a user's own passphrase. The old one is an attempt like any other.
    ///
    /// # Errors
    /// As [`Self::unlock`], and [`StoreError::WeakPassphrase`].
    pub fn change_passphrase(
        &mut self,
        name: &str,
        old: &str,
        new: &str,
        rng: &mut impl CryptoRng,
        now: Timestamp,
    ) -> Result<()> {
        crate::password::check_policy(new)?;
        let SignedIn { user, key } = self.unlock(name, old, now)?;
        let wrapped = WrappedKey::wrap(&key, new, &bound_to(user.id), self.kdf, rng)?;
        self.change(|file| {
            file.user_mut(user.id)?.wrapped = wrapped;
            file.note(EventKind::PassphraseChanged, Some(user.id), Some(user.id), now);
            Ok(())
        })?
    }

    /// Takes a user's access away. The last one stays: without any, nobody could open the store.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or [`StoreError::Invalid`] for the last user.
    pub fn remove_user(&mut self, by: Option<UserId>, id: UserId, now: Timestamp) -> Result<()> {
        self.change(|file| {
            file.user_mut(id)?;
            if file.users.len() == 1 {
                return Err(StoreError::Invalid(
                    "this is the only user of this laptop: admit another before removing this one".to_owned(),
                ));
            }
            file.users.retain(|user| user.id != id);
            file.note(EventKind::UserRemoved, Some(id), by, now);
            Ok(())
        })?
    }

    /// Sets a user's role and name as a newer study package has them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn set_role(&mut self, id: UserId, role: &str, now: Timestamp) -> Result<()> {
        self.change(|file| {
            let user = file.user_mut(id)?;
            if user.role != role {
                user.role = role.to_owned();
                file.note(EventKind::RoleChanged, Some(id), None, now);
            }
            Ok(())
        })?
    }

    /// Ends a lock-out; the caller has checked that `by` is an administrator.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn unlock_user(&mut self, by: UserId, id: UserId, now: Timestamp) -> Result<()> {
        self.change(|file| {
            file.user_mut(id)?.attempts = attempts::Attempts::default();
            file.note(EventKind::Unlocked, Some(id), Some(by), now);
            Ok(())
        })?
    }

    /// Returns how many wrong passphrases lock a person out, and for how long; as last read.
    pub fn lock_rules(&self) -> LockRules {
        self.file.lock
    }

    /// Takes the rules of a newer study package, so that they are known before the store can be opened.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn set_lock_rules(&mut self, rules: LockRules) -> Result<()> {
        if self.file.lock == rules {
            return Ok(());
        }
        self.change(|file| file.lock = rules)
    }

    /// Returns the data key as wrapped to keys off this laptop (recovery key, community server).
    pub fn escrow(&self) -> &[Escrow] {
        &self.file.escrow
    }

    /// Replaces those wrappings.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn set_escrow(&mut self, escrow: Vec<Escrow>) -> Result<()> {
        self.change(|file| file.escrow = escrow)
    }

    /// Returns what waits to be journaled, numbered above `after`. The journal notes the last number in the same
    /// transaction (`meta`), then calls [`Self::forget_events`]: a crash between the two neither loses nor doubles one.
    ///
    /// # Errors
    /// [`StoreError::NoKey`] if the file cannot be read any more.
    pub fn pending_events(&mut self, after: u64) -> Result<Vec<PendingEvent>> {
        self.file = KeyFile::read(&self.path)?;
        Ok(self.file.pending.iter().filter(|event| event.number > after).cloned().collect())
    }

    /// Drops what has been journaled, up to this number.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn forget_events(&mut self, through: u64) -> Result<()> {
        self.change(|file| file.pending.retain(|event| event.number > through))
    }

    /// Takes all that waits, for a caller that can lose it.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn take_pending_events(&mut self) -> Result<Vec<PendingEvent>> {
        self.change(|file| std::mem::take(&mut file.pending))
    }

    fn wrap(&self, new: NewUser, passphrase: &str, key: &DataKey, rng: &mut impl CryptoRng) -> Result<User> {
        let name: String = new.name.trim().nfc().collect();
        if name.is_empty() {
            return Err(StoreError::Invalid("a user needs a name".to_owned()));
        }
        if fold_name(&name) == fold_name(passphrase) {
            return Err(StoreError::WeakPassphrase("it is the user's name"));
        }
        let wrapped = WrappedKey::wrap(key, passphrase, &bound_to(new.id), self.kdf, rng)?;
        Ok(User { id: new.id, name, role: new.role, attempts: attempts::Attempts::default(), wrapped })
    }

    /// Reads the file again under its lock, changes it and replaces it; what `work` returned is written even where it
    /// refuses an attempt, as refusals are counted.
    fn change<T>(&mut self, work: impl FnOnce(&mut KeyFile) -> T) -> Result<T> {
        let _lock = self.lock()?;
        let before = KeyFile::read(&self.path)?;
        let mut after = before.clone();
        let value = work(&mut after);
        if after != before {
            after.write(&self.path)?;
        }
        self.file = after;
        Ok(value)
    }

    fn lock(&self) -> Result<File> {
        let path = self.path.with_extension("lock");
        let open = || -> std::io::Result<File> {
            let file = files::private_options().create(true).truncate(false).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        open().map_err(|e| StoreError::io("cannot lock", &path, e))
    }
}

/// Returns the form in which names are compared.
pub fn fold_name(name: &str) -> String {
    name.trim().nfc().collect::<String>().to_lowercase()
}

/// Binds a wrapping to its user. Frozen: changing it locks everyone out.
fn bound_to(id: UserId) -> Vec<u8> {
    [b"tsela/keyring/1".as_slice(), id.0.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
