//! What can happen to the machine, and what it asks for.

use tsela_core::ids::StreamCode;

use super::Millis;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The engine started.
    Start,
    /// A person pressed Push. Always safe.
    PushPressed,
    /// A person ends the push; what has arrived stays arrived.
    Cancel,
    /// A person holds everything until [`Event::Resume`].
    Pause,
    /// A person goes on.
    Resume,
    /// A person switched automatic pushes.
    AutoChanged {
        /// On or off.
        auto: bool,
        /// Time between automatic pushes, milliseconds.
        interval: Millis,
    },
    /// Something was saved.
    LocalSave,
    /// The store was asked whether something is unsent.
    Unsent {
        /// Whether something is.
        pending: bool,
    },
    /// The timer.
    Tick,
    /// An answer showed that something is to be fetched.
    Wanted(Chore),
    /// What became of an action.
    Io {
        /// The attempt that asked for it.
        attempt: u64,
        /// What became of it.
        outcome: Outcome,
    },
}

/// What became of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server answered with its signature.
    HealthAnswered,
    /// It did not.
    HealthFailed(Trouble),
    /// A chore is done.
    ChoreDone(Chore),
    /// A chore has done what it may do at a time, and there is more.
    ChoreGoesOn(Chore),
    /// A chore failed.
    ChoreFailed(Chore, Trouble),
    /// A receipt for a bundle came.
    BundleAcked {
        /// Bytes of the bundle.
        bytes: usize,
        /// Milliseconds from the first byte to the receipt.
        millis: Millis,
        /// Whether the receipt covers more than was covered before.
        progress: bool,
    },
    /// A bundle did not arrive.
    BundleFailed {
        /// Why.
        trouble: Trouble,
        /// Whether more of it is over than the try before had brought.
        progress: bool,
    },
    /// All that was unsent when the push began has been sent.
    NothingPending,
}

/// Something to fetch besides sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chore {
    /// Receipts that were missed.
    Receipts,
    /// A newer study package.
    Package,
    /// New stream codes.
    Codes,
    /// Entries of this device's stream that it has lost.
    LostEntries(StreamCode),
    /// Bundles of others, which a carrier puts: part of a push, and not done without one.
    Deliver,
}

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Wake the machine by [`Event::Tick`] at this time; replaces an earlier wake-up.
    ScheduleWake {
        /// When.
        at: Millis,
    },
    /// Forget the wake-up.
    ClearWake,
    /// Ask for the signed health answer.
    AskHealth {
        /// To be told with the outcome.
        attempt: u64,
    },
    /// Do a chore.
    Run {
        /// To be told with the outcome.
        attempt: u64,
        /// Which.
        chore: Chore,
    },
    /// Pack and send the next bundle.
    SendNext {
        /// To be told with the outcome.
        attempt: u64,
        /// Size to aim at, bytes of the file.
        target_bytes: usize,
    },
    /// Give up what is under way.
    Abort,
    /// A push begins: note it in the history, and note what is unsent now.
    Begin {
        /// Whether a person asked for it.
        by_person: bool,
    },
    /// The push is over.
    End(Ending),
}

/// How a push ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All that was unsent when it began is covered by receipts.
    Done,
    /// It failed; the timer tries again.
    Failed,
    /// A person cancelled it.
    Cancelled,
}

/// Why something failed, as far as it matters for when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What kind.
    pub kind: TroubleKind,
    /// How long the server asks to wait, milliseconds.
    pub not_before: Option<Millis>,
}

/// Kinds of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// The server is not in reach: the usual state in the field.
    Offline,
    /// Passes by itself: a cut connection, a busy server.
    Passing,
    /// A person must act; tried again slowly, as that may happen elsewhere.
    Standing,
}

impl Trouble {
    /// Returns trouble of a kind without a waiting time.
    pub fn of(kind: TroubleKind) -> Self {
        Self { kind, not_before: None }
    }
}
