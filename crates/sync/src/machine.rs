//! The engine's states and transitions, without I/O: events in, actions out.
//!
//! One push at a time. A push asks the server who it is, reads what receipts it missed, sends bundle after bundle until
//! nothing is left of what was unsent when it began, and rests. Everything is driven by one timer: whatever happens, a
//! wake-up is scheduled (unless a person paused), so that what is pending is never forgotten. No event of another kind
//! shortens a waiting time: a save in a household without network must not make fifty tries an hour.
//!
//! Answers carry the number of the attempt that asked. An answer to an earlier attempt is ignored, so that a transfer
//! that was given up and ends after all cannot confuse the present one; what it brought is believed by the store
//! anyway, if it was a receipt.

mod event;

use std::collections::VecDeque;

use rand_core::Rng;

pub use event::{Action, Chore, Ending, Event, Outcome, Trouble, TroubleKind};

use crate::{backoff, link::Link};

/// A point on the steady clock, milliseconds.
pub type Millis = u64;

/// How long the machine waits for an answer before it gives an attempt up. Longer than every timeout of a road.
const WATCHDOG: Millis = 180_000;
/// How often the server is looked for while automatic pushes are off.
const LOOK: Millis = 15 * 60_000;
/// Failures in a row without any progress after which a push is reported as failed (and tried again by the timer).
const STRIKES: u32 = 6;
/// Shortest interval between automatic pushes.
const LEAST_INTERVAL: Millis = 10_000;

/// What the engine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, until the timer or a person.
    Resting,
    /// Asks the server for its health.
    Connecting,
    /// Reads receipts, a package, codes or lost entries.
    Receiving,
    /// Sends bundles.
    Sending,
    /// A person paused it.
    Paused,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Machine {
    step: Step,
    attempt: u64,
    wake: Option<Millis>,
    /// Something is unsent.
    pending: bool,
    /// Something was saved since the push began.
    saved_since: bool,
    auto: bool,
    interval: Millis,
    /// A push is under way: begun, and neither done nor given up. It may rest between two tries.
    push: Option<Push>,
    /// Failures in a row.
    failures: u32,
    /// The last failure, until the server answers again.
    trouble: Option<Trouble>,
    chores: VecDeque<Chore>,
    chore: Option<Chore>,
    sending: bool,
    link: Link,
}

/// A push under way.
#[derive(Clone, Copy, Debug)]
struct Push {
    /// Failures in a row since something last arrived.
    strikes: u32,
    /// Whether anything arrived.
    progressed: bool,
    /// Whether all that was unsent when it began has been sent.
    swept: bool,
}

impl Machine {
    /// Starts a machine; the first look for the server is due at once, a little jittered.
    pub fn new(auto: bool, interval: Millis, pending: bool) -> Self {
        Self {
            step: Step::Resting,
            attempt: 0,
            wake: None,
            pending,
            saved_since: false,
            auto,
            interval: interval.max(LEAST_INTERVAL),
            push: None,
            failures: 0,
            trouble: None,
            chores: VecDeque::new(),
            chore: None,
            sending: false,
            link: Link::default(),
        }
    }

    /// Returns what the machine is doing.
    pub fn step(&self) -> Step {
        self.step
    }

    /// Says whether something is known to be unsent.
    pub fn is_pending(&self) -> bool {
        self.pending
    }

    /// Returns when the next wake-up is due.
    pub fn wake(&self) -> Option<Millis> {
        self.wake
    }

    /// Returns when the machine tries again by itself; `None` while it is at work or paused.
    pub fn next_try(&self) -> Option<Millis> {
        (self.step == Step::Resting).then_some(self.wake).flatten()
    }

    /// Returns the last failure, until the server has answered again.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// Says whether a push is under way, though it may rest between two tries.
    pub fn is_pushing(&self) -> bool {
        self.push.is_some()
    }

    /// Returns what is known of the link.
    pub fn link(&self) -> Link {
        self.link
    }

    /// Returns whether pushes start by themselves, and how often at most.
    pub fn auto(&self) -> (bool, Millis) {
        (self.auto, self.interval)
    }

    /// Returns the number of the present attempt.
    pub fn attempt(&self) -> u64 {
        self.attempt
    }

    /// Takes an event and returns what is to be done, in order.
    pub fn on(&mut self, event: Event, now: Millis, rng: &mut (impl Rng + ?Sized)) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Start => self.rest(now, backoff::jitter(2_000, rng), &mut actions),
            Event::PushPressed => self.press(now, &mut actions),
            Event::Tick => self.tick(now, rng, &mut actions),
            Event::Cancel => self.cancel(now, rng, &mut actions),
            Event::Pause => self.pause(&mut actions),
            Event::Resume => self.resume(now, &mut actions),
            Event::AutoChanged { auto, interval } => self.set_auto(auto, interval, now, rng, &mut actions),
            Event::LocalSave => self.saved(),
            Event::Unsent { pending } => self.pending = pending,
            Event::Wanted(chore) => self.want(chore),
            Event::Io { attempt, outcome } if attempt == self.attempt => self.io(outcome, now, rng, &mut actions),
            // The size of what arrives late still teaches something; nothing else of it counts.
            Event::Io { outcome: Outcome::BundleAcked { bytes, millis, .. }, .. } => self.link.arrived(bytes, millis),
            Event::Io { .. } => {}
        }
        self.keep_awake(now, &mut actions);
        actions
    }

    /// Says whether the law holds: unless a person paused, a wake-up is scheduled.
    pub fn is_awake(&self) -> bool {
        self.step == Step::Paused || self.wake.is_some()
    }

    /// The law is kept by every transition; should one ever break it, the engine mends that and says so.
    fn keep_awake(&mut self, now: Millis, actions: &mut Vec<Action>) {
        debug_assert!(self.is_awake(), "no wake-up is scheduled in {self:?}");
        if !self.is_awake() {
            tracing::error!(step = ?self.step, "no wake-up was scheduled; one is now");
            self.schedule(now.saturating_add(backoff::CAP), actions);
        }
    }

    fn press(&mut self, now: Millis, actions: &mut Vec<Action>) {
        self.begin(true, actions);
        if matches!(self.step, Step::Resting | Step::Paused) {
            if let Some(push) = &mut self.push {
                push.strikes = 0;
            }
            self.connect(now, actions);
        }
    }

    fn tick(&mut self, now: Millis, rng: &mut (impl Rng + ?Sized), actions: &mut Vec<Action>) {
        let due = self.wake.is_some_and(|wake| wake <= now);
        match (self.step, self.wake) {
            (Step::Paused, _) => {}
            (Step::Resting, _) if due => self.connect(now, actions),
            (_, _) if due => self.fail(Trouble::of(TroubleKind::Offline), now, rng, actions),
            (_, Some(wake)) => actions.push(Action::ScheduleWake { at: wake }),
            (_, None) => {}
        }
    }

    fn cancel(&mut self, now: Millis, rng: &mut (impl Rng + ?Sized), actions: &mut Vec<Action>) {
        let idle = matches!(self.step, Step::Resting) && self.push.is_none();
        if idle {
            return;
        }
        self.end(Ending::Cancelled, actions);
        self.give_up(actions);
        let pace = self.pace(rng);
        self.rest(now, pace, actions);
    }

    fn pause(&mut self, actions: &mut Vec<Action>) {
        if self.step == Step::Paused {
            return;
        }
        self.give_up(actions);
        self.step = Step::Paused;
        self.wake = None;
        actions.push(Action::ClearWake);
    }

    fn resume(&mut self, now: Millis, actions: &mut Vec<Action>) {
        if self.step == Step::Paused {
            self.connect(now, actions);
        }
    }

    fn set_auto(
        &mut self,
        auto: bool,
        interval: Millis,
        now: Millis,
        rng: &mut (impl Rng + ?Sized),
        actions: &mut Vec<Action>,
    ) {
        let was = (self.auto, self.interval);
        (self.auto, self.interval) = (auto, interval.max(LEAST_INTERVAL));
        // A failing server is looked for at the pace of the failures, whatever the interval.
        if self.step == Step::Resting && self.trouble.is_none() && was != (self.auto, self.interval) {
            let pace = self.pace(rng);
            self.rest(now, pace, actions);
        }
    }

    fn saved(&mut self) {
        self.pending = true;
        self.saved_since = true;
    }

    fn want(&mut self, chore: Chore) {
        if self.chore != Some(chore) && !self.chores.contains(&chore) {
            self.chores.push_back(chore);
        }
    }

    fn io(&mut self, outcome: Outcome, now: Millis, rng: &mut (impl Rng + ?Sized), actions: &mut Vec<Action>) {
        match (self.step, outcome) {
            (Step::Connecting, Outcome::HealthAnswered) => self.connected(now, actions),
            (Step::Receiving, Outcome::ChoreDone(chore)) if self.chore == Some(chore) => self.go_on(now, actions),
            (Step::Receiving, Outcome::ChoreGoesOn(chore)) if self.chore == Some(chore) => {
                self.progressed();
                self.chores.push_front(chore);
                self.go_on(now, actions);
            }
            (Step::Receiving, Outcome::ChoreFailed(chore, trouble)) if self.chore == Some(chore) => {
                self.chore_failed(chore, trouble, now, rng, actions);
            }
            (Step::Sending, Outcome::BundleAcked { bytes, millis, progress }) if self.sending => {
                self.acked(bytes, millis, progress, now, rng, actions);
            }
            (Step::Sending, Outcome::BundleFailed { trouble, progress }) if self.sending => {
                self.link.failed();
                if progress {
                    self.progressed();
                }
                self.fail(trouble, now, rng, actions);
            }
            (Step::Sending, Outcome::NothingPending) if self.sending => self.swept(now, actions),
            (Step::Connecting, Outcome::HealthFailed(trouble)) => self.fail(trouble, now, rng, actions),
            _ => {}
        }
    }

    fn connect(&mut self, now: Millis, actions: &mut Vec<Action>) {
        self.attempt += 1;
        self.step = Step::Connecting;
        (self.chore, self.sending) = (None, false);
        self.schedule(now.saturating_add(WATCHDOG), actions);
        actions.push(Action::AskHealth { attempt: self.attempt });
    }

    fn connected(&mut self, now: Millis, actions: &mut Vec<Action>) {
        self.trouble = None;
        if self.push.is_none() && self.pending && self.auto {
            self.begin(false, actions);
        }
        let pushing = self.push.is_some();
        self.chores.retain(|chore| *chore != Chore::Receipts && (pushing || *chore != Chore::Deliver));
        self.chores.push_front(Chore::Receipts);
        self.go_on(now, actions);
    }

    /// Does the next thing of an attempt: a chore, then bundles, then chores that came up meanwhile, then rest.
    fn go_on(&mut self, now: Millis, actions: &mut Vec<Action>) {
        self.schedule(now.saturating_add(WATCHDOG), actions);
        self.chore = self.chores.pop_front();
        let attempt = self.attempt;
        if let Some(chore) = self.chore {
            self.step = Step::Receiving;
            actions.push(Action::Run { attempt, chore });
        } else if self.push.is_some_and(|push| !push.swept) {
            self.step = Step::Sending;
            self.send(actions);
        } else {
            self.finish(now, actions);
        }
    }

    fn send(&mut self, actions: &mut Vec<Action>) {
        self.sending = true;
        actions.push(Action::SendNext { attempt: self.attempt, target_bytes: self.link.target() });
    }

    fn acked(
        &mut self,
        bytes: usize,
        millis: Millis,
        progress: bool,
        now: Millis,
        rng: &mut (impl Rng + ?Sized),
        actions: &mut Vec<Action>,
    ) {
        self.link.arrived(bytes, millis);
        if !progress {
            return self.fail(Trouble::of(TroubleKind::Passing), now, rng, actions);
        }
        self.progressed();
        self.schedule(now.saturating_add(WATCHDOG), actions);
        self.send(actions);
    }

    /// Something arrived: the next failure is the first in a row.
    fn progressed(&mut self) {
        self.failures = 0;
        if let Some(push) = &mut self.push {
            (push.strikes, push.progressed) = (0, true);
        }
    }

    fn swept(&mut self, now: Millis, actions: &mut Vec<Action>) {
        self.sending = false;
        if let Some(push) = &mut self.push {
            push.swept = true;
        }
        self.go_on(now, actions);
    }

    fn finish(&mut self, now: Millis, actions: &mut Vec<Action>) {
        self.failures = 0;
        if self.push.is_some() {
            self.pending = self.saved_since;
            self.end(Ending::Done, actions);
        }
        self.rest(now, if self.auto { self.interval } else { LOOK }, actions);
    }

    fn chore_failed(
        &mut self,
        chore: Chore,
        trouble: Trouble,
        now: Millis,
        rng: &mut (impl Rng + ?Sized),
        actions: &mut Vec<Action>,
    ) {
        let optional = chore != Chore::Receipts && trouble.kind == TroubleKind::Standing;
        if optional {
            // A package that cannot be read must not keep data from going out.
            self.go_on(now, actions);
        } else {
            self.want(chore);
            self.fail(trouble, now, rng, actions);
        }
    }

    fn fail(&mut self, trouble: Trouble, now: Millis, rng: &mut (impl Rng + ?Sized), actions: &mut Vec<Action>) {
        self.failures = self.failures.saturating_add(1);
        self.trouble = Some(trouble);
        if let Some(push) = &mut self.push {
            push.strikes += 1;
            let hopeless = match trouble.kind {
                TroubleKind::Standing => true,
                TroubleKind::Offline => !push.progressed,
                TroubleKind::Passing => false,
            };
            if hopeless || push.strikes >= STRIKES {
                self.end(Ending::Failed, actions);
            }
        }
        self.give_up(actions);
        let delay = self.delay(trouble, rng);
        self.rest(now, delay, actions);
    }

    fn delay(&self, trouble: Trouble, rng: &mut (impl Rng + ?Sized)) -> Millis {
        let cap = if self.auto || self.push.is_some() { backoff::CAP.min(self.interval) } else { LOOK };
        let delay = match trouble.kind {
            TroubleKind::Standing => backoff::jitter(backoff::SLOW, rng),
            TroubleKind::Offline | TroubleKind::Passing => backoff::delay(self.failures, cap, rng),
        };
        delay.max(trouble.not_before.unwrap_or(0).min(backoff::SLOW))
    }

    /// The pace of looking for the server while nothing is wrong.
    fn pace(&self, rng: &mut (impl Rng + ?Sized)) -> Millis {
        if self.auto { backoff::jitter(self.interval, rng) } else { LOOK }
    }

    /// Begins a push unless one is under way. What is sent is noted when the first bundle is packed, so whatever is
    /// saved before that goes along and, at worst, causes one look too many.
    fn begin(&mut self, by_person: bool, actions: &mut Vec<Action>) {
        if self.push.is_none() {
            self.push = Some(Push { strikes: 0, progressed: false, swept: false });
            self.saved_since = false;
            actions.push(Action::Begin { by_person });
        }
    }

    fn end(&mut self, ending: Ending, actions: &mut Vec<Action>) {
        if self.push.take().is_some() {
            actions.push(Action::End(ending));
        }
    }

    /// Forgets what is under way; answers to it will be too late.
    fn give_up(&mut self, actions: &mut Vec<Action>) {
        if !matches!(self.step, Step::Resting | Step::Paused) {
            self.attempt += 1;
            if let Some(chore) = self.chore.take() {
                self.want(chore);
            }
            self.sending = false;
            actions.push(Action::Abort);
        }
    }

    fn rest(&mut self, now: Millis, delay: Millis, actions: &mut Vec<Action>) {
        self.step = Step::Resting;
        self.schedule(now.saturating_add(delay), actions);
    }

    fn schedule(&mut self, at: Millis, actions: &mut Vec<Action>) {
        self.wake = Some(at);
        actions.push(Action::ScheduleWake { at });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
