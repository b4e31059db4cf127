use proptest::{prelude::*, test_runner::Config};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

use super::*;

const INTERVAL: Millis = 60_000;

/// A machine with its surroundings: a clock, and what it was asked to do and has not been answered yet.
struct Bench {
    machine: Machine,
    now: Millis,
    rng: ChaCha20Rng,
    /// What is under way, as an aborted transfer is not.
    under_way: Option<Action>,
    /// What was ever asked, to be answered too late.
    old: Vec<Action>,
    begun: u32,
    endings: Vec<Ending>,
}

impl Bench {
    fn new(seed: u64, auto: bool, pending: bool) -> Self {
        let rng = ChaCha20Rng::seed_from_u64(seed);
        let machine = Machine::new(auto, INTERVAL, pending);
        let mut bench = Self { machine, now: 0, rng, under_way: None, old: Vec::new(), begun: 0, endings: Vec::new() };
        bench.on(Event::Start);
        bench
    }

    /// Tells an event and checks every law.
    fn on(&mut self, event: Event) -> Vec<Action> {
        let actions = self.machine.on(event, self.now, &mut self.rng);
        for action in &actions {
            match action {
                Action::AskHealth { .. } | Action::Run { .. } | Action::SendNext { .. } => {
                    assert_eq!(self.under_way, None, "two things at a time after {event:?}");
                    self.under_way = Some(*action);
                    self.old.push(*action);
                }
                Action::Abort => self.under_way = None,
                Action::Begin { .. } => {
                    self.begun += 1;
                    assert_eq!(self.begun as usize, self.endings.len() + 1, "two pushes at a time");
                }
                Action::End(ending) => self.endings.push(*ending),
                Action::ScheduleWake { at } => assert_eq!(self.machine.wake().is_some(), *at > 0 || self.now == 0),
                Action::ClearWake => {}
            }
        }
        assert!(self.machine.is_awake(), "pending and no wake-up after {event:?}: {:?}", self.machine);
        let busy = matches!(self.machine.step(), Step::Connecting | Step::Receiving | Step::Sending);
        assert_eq!(busy, self.under_way.is_some(), "waits for nothing after {event:?}: {:?}", self.machine);
        actions
    }

    fn answer(&mut self, to: Action, good: bool, kind: TroubleKind) -> Vec<Action> {
        let trouble = Trouble::of(kind);
        let (attempt, outcome) = match (to, good) {
            (Action::AskHealth { attempt }, true) => (attempt, Outcome::HealthAnswered),
            (Action::AskHealth { attempt }, false) => (attempt, Outcome::HealthFailed(trouble)),
            (Action::Run { attempt, chore }, true) => (attempt, Outcome::ChoreDone(chore)),
            (Action::Run { attempt, chore }, false) => (attempt, Outcome::ChoreFailed(chore, trouble)),
            (Action::SendNext { attempt, target_bytes }, true) => {
                (attempt, Outcome::BundleAcked { bytes: target_bytes, millis: 100, progress: true })
            }
            (Action::SendNext { attempt, .. }, false) => (attempt, Outcome::BundleFailed { trouble, progress: false }),
            _ => return Vec::new(),
        };
        if self.under_way == Some(to) {
            self.under_way = None;
        }
        self.on(Event::Io { attempt, outcome })
    }

    fn swept(&mut self) {
        if let Some(Action::SendNext { attempt, .. }) = self.under_way {
            self.under_way = None;
            self.on(Event::Io { attempt, outcome: Outcome::NothingPending });
        }
    }

    /// Lets a good server answer everything until the machine rests; `bundles` are there to be sent.
    fn answer_all(&mut self, bundles: u32) {
        let mut left = bundles;
        for _ in 0..1_000 {
            match self.under_way {
                None => return,
                Some(Action::SendNext { .. }) if left == 0 => self.swept(),
                Some(action) => {
                    left -= u32::from(matches!(action, Action::SendNext { .. }));
                    self.answer(action, true, TroubleKind::Offline);
                }
            }
        }
        panic!("never rests: {:?}", self.machine);
    }

    fn wait_for_wake(&mut self) {
        self.now = self.now.max(self.machine.wake().expect("a wake-up is scheduled"));
        self.on(Event::Tick);
    }

    fn fail_all(&mut self, kind: TroubleKind) {
        if let Some(action) = self.under_way {
            self.answer(action, false, kind);
        }
    }
}

#[test]
fn a_push_asks_who_it_is_reads_receipts_sends_and_rests() {
    let mut bench = Bench::new(1, true, true);
    bench.on(Event::PushPressed);
    assert!(matches!(bench.under_way, Some(Action::AskHealth { .. })));
    bench.answer(bench.under_way.unwrap(), true, TroubleKind::Offline);
    assert!(matches!(bench.under_way, Some(Action::Run { chore: Chore::Receipts, .. })));
    bench.answer(bench.under_way.unwrap(), true, TroubleKind::Offline);
    assert!(matches!(bench.under_way, Some(Action::SendNext { .. })));
    bench.answer_all(3);
    assert_eq!((bench.machine.step(), bench.machine.is_pending()), (Step::Resting, false));
    assert_eq!(bench.endings, [Ending::Done]);
}

#[test]
fn pressing_push_again_at_any_time_starts_no_second_push() {
    let mut bench = Bench::new(2, true, true);
    for _ in 0..3 {
        bench.on(Event::PushPressed);
        bench.on(Event::PushPressed);
        bench.answer(bench.under_way.unwrap(), true, TroubleKind::Offline);
    }
    assert_eq!(bench.begun, 1);
}

#[test]
fn it_pushes_by_itself_when_the_server_appears_and_not_when_switched_off() {
    for auto in [true, false] {
        let mut bench = Bench::new(3, auto, true);
        for _ in 0..40 {
            bench.wait_for_wake();
            bench.fail_all(TroubleKind::Offline);
        }
        assert_eq!(bench.begun, 0, "tries that never reach the server are no pushes");
        bench.wait_for_wake();
        bench.answer_all(2);
        assert_eq!(bench.machine.is_pending(), !auto);
        assert_eq!(bench.begun, u32::from(auto));
    }
}

#[test]
fn a_save_offline_does_not_shorten_the_wait() {
    let mut bench = Bench::new(4, true, true);
    for _ in 0..10 {
        bench.wait_for_wake();
        bench.fail_all(TroubleKind::Offline);
    }
    let wake = bench.machine.wake();
    for _ in 0..50 {
        bench.now += 1;
        assert_eq!(bench.on(Event::LocalSave), []);
    }
    assert_eq!(bench.machine.wake(), wake);
    assert!(wake.unwrap() - bench.now <= backoff::CAP, "and the server is still looked for every minute");
}

#[test]
fn an_edit_during_a_push_stays_unsent() {
    let mut bench = Bench::new(5, true, true);
    bench.on(Event::PushPressed);
    bench.answer(bench.under_way.unwrap(), true, TroubleKind::Offline);
    bench.on(Event::LocalSave);
    bench.answer_all(1);
    assert_eq!(bench.endings, [Ending::Done]);
    assert!(bench.machine.is_pending());
    bench.wait_for_wake();
    bench.answer_all(1);
    assert!(!bench.machine.is_pending());
}

#[test]
fn what_is_saved_while_a_push_rests_between_two_tries_stays_pending_too() {
    let mut bench = Bench::new(16, true, true);
    bench.on(Event::PushPressed);
    while !matches!(bench.under_way, Some(Action::SendNext { .. })) {
        bench.answer(bench.under_way.unwrap(), true, TroubleKind::Offline);
    }
    bench.fail_all(TroubleKind::Passing);
    bench.on(Event::LocalSave);
    bench.wait_for_wake();
    bench.answer_all(1);
    assert_eq!(bench.endings, [Ending::Done]);
    assert!(bench.machine.is_pending(), "the push had noted before what it would send");
}

#[test]
fn a_pushed_button_with_no_server_fails_at_once_and_goes_on_by_timer() {
    let mut bench = Bench::new(6, true, true);
    bench.on(Event::PushPressed);
    bench.fail_all(TroubleKind::Offline);
    assert_eq!(bench.endings, [Ending::Failed]);
    bench.wait_for_wake();
    bench.answer_all(2);
    assert_eq!(bench.endings, [Ending::Failed, Ending::Done]);
}

#[test]
fn a_bad_link_does_not_end_a_push_that_gets_on() {
    let mut bench = Bench::new(7, true, true);
    bench.on(Event::PushPressed);
    for _ in 0..30 {
        while !matches!(bench.under_way, Some(Action::SendNext { .. })) {
            bench.answer(bench.under_way.unwrap(), true, TroubleKind::Offline);
        }
        bench.answer(bench.under_way.unwrap(), true, TroubleKind::Offline);
        bench.fail_all(TroubleKind::Passing);
        assert_eq!(bench.machine.next_try().unwrap().saturating_sub(bench.now) / 1_001, 0, "and retries within 1 s");
        bench.wait_for_wake();
    }
    assert_eq!((bench.begun, bench.endings.len()), (1, 0));
    bench.answer_all(1);
    assert_eq!(bench.endings, [Ending::Done]);
}

#[test]
fn without_progress_a_push_is_given_up_and_tried_by_timer() {
    let mut bench = Bench::new(8, true, true);
    bench.on(Event::PushPressed);
    for _ in 0..STRIKES {
        bench.fail_all(TroubleKind::Passing);
        bench.wait_for_wake();
    }
    assert_eq!(bench.endings, [Ending::Failed]);
}

#[test]
fn what_a_person_must_settle_is_tried_slowly() {
    let mut bench = Bench::new(9, true, true);
    bench.on(Event::PushPressed);
    bench.fail_all(TroubleKind::Standing);
    assert!(bench.machine.wake().unwrap() - bench.now >= backoff::SLOW / 2);
    bench.on(Event::PushPressed);
    assert_eq!(bench.machine.step(), Step::Connecting, "but a person may press at any time");
}

#[test]
fn a_busy_server_is_left_alone_as_long_as_it_asks() {
    let mut bench = Bench::new(10, true, true);
    bench.on(Event::PushPressed);
    let Some(Action::AskHealth { attempt }) = bench.under_way.take() else { panic!() };
    let trouble = Trouble { kind: TroubleKind::Passing, not_before: Some(30_000) };
    bench.on(Event::Io { attempt, outcome: Outcome::HealthFailed(trouble) });
    assert!(bench.machine.wake().unwrap() >= bench.now + 30_000);
}

#[test]
fn paused_means_silent_and_resume_goes_on_with_the_same_push() {
    let mut bench = Bench::new(11, true, true);
    bench.on(Event::PushPressed);
    bench.on(Event::Pause);
    bench.now += 10 * backoff::SLOW;
    assert_eq!(bench.on(Event::Tick), []);
    bench.on(Event::LocalSave);
    assert_eq!(bench.under_way, None);
    bench.on(Event::Resume);
    bench.answer_all(2);
    assert_eq!((bench.begun, bench.endings.as_slice()), (1, [Ending::Done].as_slice()));
}

#[test]
fn a_cancelled_push_stays_cancelled_until_the_timer() {
    let mut bench = Bench::new(12, true, true);
    bench.on(Event::PushPressed);
    let late = bench.under_way.unwrap();
    bench.on(Event::Cancel);
    assert_eq!(bench.endings, [Ending::Cancelled]);
    bench.answer(late, true, TroubleKind::Offline);
    assert_eq!(bench.machine.step(), Step::Resting);
    assert!(bench.machine.wake().unwrap() >= bench.now + INTERVAL / 2);
}

#[test]
fn a_hung_transfer_is_given_up_and_tried_again() {
    let mut bench = Bench::new(13, true, true);
    bench.on(Event::PushPressed);
    bench.wait_for_wake();
    assert_eq!(bench.machine.step(), Step::Resting);
    bench.wait_for_wake();
    assert_eq!(bench.machine.step(), Step::Connecting);
}

#[test]
fn a_package_that_cannot_be_read_does_not_keep_data_from_going_out() {
    let mut bench = Bench::new(14, true, true);
    bench.on(Event::Wanted(Chore::Package));
    bench.on(Event::PushPressed);
    for _ in 0..2 {
        bench.answer(bench.under_way.unwrap(), true, TroubleKind::Offline);
    }
    assert!(matches!(bench.under_way, Some(Action::Run { chore: Chore::Package, .. })));
    bench.fail_all(TroubleKind::Standing);
    bench.answer_all(2);
    assert_eq!(bench.endings, [Ending::Done]);
}

#[test]
fn what_is_carried_for_others_goes_with_a_push_and_goes_on_until_it_is_done() {
    // Looking for the server without a push delivers nothing: automatic pushes are switched off.
    let mut bench = Bench::new(16, false, true);
    bench.on(Event::Wanted(Chore::Deliver));
    bench.wait_for_wake();
    bench.answer_all(2);
    assert_eq!(bench.machine.step(), Step::Resting, "{:?}", bench.machine);

    bench.on(Event::PushPressed);
    bench.on(Event::Wanted(Chore::Deliver));
    for _ in 0..2 {
        bench.answer(bench.under_way.unwrap(), true, TroubleKind::Offline);
    }
    for _ in 0..3 {
        let Some(Action::Run { attempt, chore: Chore::Deliver }) = bench.under_way.take() else {
            panic!("{:?}", bench.machine)
        };
        bench.on(Event::Io { attempt, outcome: Outcome::ChoreGoesOn(Chore::Deliver) });
    }
    bench.answer_all(2);
    assert_eq!(bench.endings, [Ending::Done]);
}

#[test]
fn a_server_that_takes_bundles_and_confirms_none_is_no_endless_loop() {
    let mut bench = Bench::new(15, true, true);
    bench.on(Event::PushPressed);
    let mut sent = 0;
    while bench.endings.is_empty() {
        match bench.under_way {
            Some(Action::SendNext { attempt, .. }) => {
                bench.under_way = None;
                sent += 1;
                let outcome = Outcome::BundleAcked { bytes: 16_000, millis: 10, progress: false };
                bench.on(Event::Io { attempt, outcome });
            }
            Some(action) => drop(bench.answer(action, true, TroubleKind::Offline)),
            None => bench.wait_for_wake(),
        }
    }
    assert_eq!((bench.endings.as_slice(), sent), ([Ending::Failed].as_slice(), STRIKES));
}

fn attempt_of(action: Action) -> u64 {
    match action {
        Action::AskHealth { attempt } | Action::Run { attempt, .. } | Action::SendNext { attempt, .. } => attempt,
        _ => 0,
    }
}

/// One step of a random life.
#[derive(Clone, Copy, Debug)]
enum Move {
    Tell(Event),
    Answer { good: bool, kind: TroubleKind },
    AnswerLate { which: usize, good: bool },
    Swept,
    Pass(Millis),
    Wake,
}

fn moves() -> impl Strategy<Value = Move> {
    let kind = prop_oneof![Just(TroubleKind::Offline), Just(TroubleKind::Passing), Just(TroubleKind::Standing)];
    let chore = prop_oneof![Just(Chore::Package), Just(Chore::Codes), Just(Chore::Deliver)];
    let auto = (any::<bool>(), 0..200_000u64).prop_map(|(auto, interval)| Event::AutoChanged { auto, interval });
    let event = prop_oneof![
        4 => Just(Event::PushPressed),
        1 => Just(Event::Cancel),
        1 => Just(Event::Pause),
        2 => Just(Event::Resume),
        4 => Just(Event::LocalSave),
        1 => auto,
        1 => chore.prop_map(Event::Wanted),
        2 => Just(Event::Tick),
        1 => any::<bool>().prop_map(|pending| Event::Unsent { pending }),
    ];
    prop_oneof![
        6 => event.prop_map(Move::Tell),
        8 => (prop::bool::weighted(0.7), kind).prop_map(|(good, kind)| Move::Answer { good, kind }),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(which, good)| Move::AnswerLate { which, good }),
        2 => Just(Move::Swept),
        2 => (0..400_000u64).prop_map(Move::Pass),
        3 => Just(Move::Wake),
    ]
}

fn live(bench: &mut Bench, step: Move) {
    match step {
        Move::Tell(event) => drop(bench.on(event)),
        Move::Answer { good, kind } => {
            if let Some(action) = bench.under_way {
                bench.answer(action, good, kind);
            }
        }
        Move::AnswerLate { which, good } => {
            let now = bench.machine.attempt();
            let late: Vec<Action> = bench.old.iter().copied().filter(|action| attempt_of(*action) != now).collect();
            if !late.is_empty() {
                bench.answer(late[which % late.len()], good, TroubleKind::Passing);
            }
        }
        Move::Swept => bench.swept(),
        Move::Pass(millis) => bench.now += millis,
        Move::Wake if bench.machine.wake().is_some() => bench.wait_for_wake(),
        Move::Wake => {}
    }
}

proptest! {
    #![proptest_config(Config { cases: 2_000, ..Config::default() })]

    /// The laws checked by [`Bench::on`] hold whatever happens; and once the server answers, what is pending arrives
    /// by timers alone, without any other event.
    #[test]
    fn whatever_happens_one_thing_at_a_time_a_wake_up_and_an_arrival(
        seed in any::<u64>(),
        auto in any::<bool>(),
        pending in any::<bool>(),
        life in prop::collection::vec(moves(), 0..120),
    ) {
        let mut bench = Bench::new(seed, auto, pending);
        for step in life {
            live(&mut bench, step);
        }
        bench.on(Event::Resume);
        bench.on(Event::AutoChanged { auto: true, interval: INTERVAL });
        bench.on(Event::LocalSave);
        let deadline = bench.now + WATCHDOG + backoff::SLOW + LOOK + 2 * INTERVAL;
        let mut rounds = 0;
        while bench.machine.is_pending() || bench.under_way.is_some() {
            if bench.under_way.is_some() { bench.answer_all(1) } else { bench.wait_for_wake() }
            rounds += 1;
            prop_assert!(rounds < 20 && bench.now <= deadline, "seed {seed}: still pending after {rounds} rounds");
        }
    }
}
