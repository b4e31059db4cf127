//! The content of `keys.json`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tsela_core::{ids::UserId, time::Timestamp};

use super::{EventKind, PendingEvent, attempts::Attempts, fold_name, rescue::Rescue};
use crate::{
    error::{Result, StoreError},
    files, hex,
    lock_rules::LockRules,
    password::WrappedKey,
};

/// The newest form of the file that this program knows.
const FORMAT: u32 = 1;
/// How many events wait at most: someone leaning on Enter must not fill the disk.
const MAX_PENDING: usize = 1000;

/// A person who can open the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id that the server gave.
    pub id: UserId,
    /// The name for signing in.
    pub name: String,
    /// The role, as in the study package.
    pub role: String,
    pub(super) attempts: Attempts,
    pub(super) wrapped: WrappedKey,
}

impl User {
    /// Returns when a lock after too many wrong passphrases ends, by the laptop's clock.
    pub fn locked_until(&self, rules: LockRules, now: Timestamp) -> Option<Timestamp> {
        let wait = { self.attempts }.wait_ms(rules, now);
        (self.is_locked(rules) && wait > 0).then(|| now.plus_millis(wait))
    }

    /// Says whether sign-in is locked after too many wrong passphrases.
    pub fn is_locked(&self, rules: LockRules) -> bool {
        self.attempts.is_locked(rules)
    }
}

/// The data key as wrapped to a key off this laptop; opaque here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escrow {
    /// The recipient's key id.
    pub recipient: String,
    /// The wrapping.
    #[serde(with = "hex")]
    pub sealed: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeyFile {
    format: u32,
    pub(super) users: Vec<User>,
    #[serde(default)]
    pub(super) escrow: Vec<Escrow>,
    #[serde(default)]
    pub(super) lock: LockRules,
    #[serde(default)]
    pub(super) rescue: Option<Rescue>,
    #[serde(default)]
    pub(super) pending: Vec<PendingEvent>,
    #[serde(default)]
    last_number: u64,
}

impl Default for KeyFile {
    fn default() -> Self {
        Self {
            format: FORMAT,
            users: Vec::new(),
            escrow: Vec::new(),
            lock: LockRules::default(),
            rescue: None,
            pending: Vec::new(),
            last_number: 0,
        }
    }
}

impl KeyFile {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let no_key = |reason: &str| StoreError::NoKey { path: path.to_path_buf(), reason: reason.to_owned() };
        let bytes = files::read_optional(path)?.ok_or_else(|| no_key("the file is missing"))?;
        let format = serde_json::from_slice::<Format>(&bytes).map_err(|e| no_key(&e.to_string()))?.format;
        if format > FORMAT {
            return Err(StoreError::NewerStore { found: format, known: FORMAT });
        }
        serde_json::from_slice(&bytes).map_err(|e| no_key(&e.to_string()))
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| StoreError::Internal(e.to_string()))?;
        files::write_private(path, &bytes)
    }

    pub(super) fn user_mut(&mut self, id: UserId) -> Result<&mut User> {
        self.users.iter_mut().find(|user| user.id == id).ok_or_else(|| StoreError::NotFound("this user".to_owned()))
    }

    /// Puts a user in, in the place of an earlier one of the same id.
    pub(super) fn replace_user(&mut self, user: User) -> Result<()> {
        let taken = |other: &User| other.id != user.id && fold_name(&other.name) == fold_name(&user.name);
        if self.users.iter().any(taken) {
            return Err(StoreError::Invalid(format!(
                "the name {:?} is someone else's on this laptop: add an initial",
                user.name
            )));
        }
        self.users.retain(|other| other.id != user.id);
        self.users.push(user);
        Ok(())
    }

    /// Queues an event and returns its number.
    pub(super) fn note(&mut self, kind: EventKind, user: Option<UserId>, by: Option<UserId>, at: Timestamp) -> u64 {
        let full = self.pending.len() >= MAX_PENDING;
        if full && self.pending.last().is_some_and(|e| e.kind == EventKind::SomeDropped) {
            return self.last_number;
        }
        self.last_number = self.last_number.saturating_add(1);
        let kind = if full { EventKind::SomeDropped } else { kind };
        self.pending.push(PendingEvent { number: self.last_number, at, kind, user, by });
        self.last_number
    }

    /// Counts an attempt as failed before it is tried; refuses it if its wait is not over. Returns the user and the
    /// number of the event to be replaced on success.
    pub(super) fn begin_attempt(&mut self, name: &str, now: Timestamp) -> Result<(User, u64)> {
        let (wanted, rules) = (fold_name(name), self.lock);
        let Some(user) = self.users.iter_mut().find(|user| fold_name(&user.name) == wanted) else {
            self.note(EventKind::UnknownUser, None, None, now);
            return Err(StoreError::UnknownUser { name: name.to_owned() });
        };
        let id = user.id;
        let wait_ms = user.attempts.wait_ms(rules, now);
        if wait_ms > 0 && user.attempts.is_locked(rules) {
            self.note(EventKind::RefusedLocked, Some(id), None, now);
            return Err(StoreError::LockedOut { until: now.plus_millis(wait_ms), wait_ms });
        }
        if wait_ms > 0 {
            self.note(EventKind::TooSoon, Some(id), None, now);
            return Err(StoreError::TooSoon { wait_ms });
        }
        user.attempts.count(now);
        let (user, locked) = (user.clone(), user.attempts.left(rules) == 0);
        let number = self.note(EventKind::SignInFailed, Some(id), None, now);
        if locked {
            self.note(EventKind::LockedOut, Some(id), None, now);
        }
        Ok((user, number))
    }

    /// Turns the attempt into a success.
    pub(super) fn end_attempt(&mut self, id: UserId, number: u64, now: Timestamp) {
        if let Ok(user) = self.user_mut(id) {
            user.attempts = Attempts::default();
        }
        // The attempt's own events were the pessimistic guess; nobody else's carry these numbers.
        self.pending.retain(|e| {
            let own = e.number == number || (e.number == number + 1 && e.kind == EventKind::LockedOut);
            !(own && e.user == Some(id))
        });
        self.note(EventKind::SignedIn, Some(id), None, now);
    }

    /// Says what the failed attempt cost.
    pub(super) fn wrong_passphrase(&self, id: UserId, now: Timestamp) -> StoreError {
        let attempts = self.users.iter().find(|user| user.id == id).map_or_else(Attempts::default, |u| u.attempts);
        let wait_ms = { attempts }.wait_ms(self.lock, now);
        if attempts.is_locked(self.lock) {
            return StoreError::LockedOut { until: now.plus_millis(wait_ms), wait_ms };
        }
        StoreError::WrongPassphrase { left: attempts.left(self.lock), wait_ms }
    }
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}
