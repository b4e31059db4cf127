//! What happened at the door while the journal was locked.

use serde::{Deserialize, Serialize};
use tsela_core::{ids::UserId, time::Timestamp};

/// One thing that waits to be journaled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingEvent {
    /// Its number, rising through the life of the file.
    pub number: u64,
    /// When, by this laptop's clock.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// To whom; `None` for a name that nobody here has. The name as typed is not kept: people type passphrases there.
    pub user: Option<UserId>,
    /// By whom, if by someone else than the user.
    pub by: Option<UserId>,
}

/// The kinds of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The passphrase was right.
    SignedIn,
    /// The passphrase was wrong, or the program ended before that was known.
    SignInFailed,
    /// Nobody of that name.
    UnknownUser,
    /// The attempt came before its wait was over.
    TooSoon,
    /// The failed attempt before this locked the user out.
    LockedOut,
    /// An attempt during a lock-out, not tried.
    RefusedLocked,
    /// An administrator ended a lock-out.
    Unlocked,
    /// An administrator's code ended a lock-out.
    UnlockedByCode,
    /// An administrator's code let the user choose a passphrase.
    AdmittedByCode,
    /// An administrator's code was wrong.
    WrongCode,
    /// The study's recovery key let the user choose a passphrase.
    AdmittedByRecoveryKey,
    /// A user was added or admitted.
    UserAdded,
    /// A user was removed.
    UserRemoved,
    /// A user's role changed.
    RoleChanged,
    /// A user changed the passphrase.
    PassphraseChanged,
    /// So many attempts that not each was kept.
    SomeDropped,
}
