//! A push: the engine's own machine says what is to be done, and each thing is done at once, over a bad road, by what the
//! engine does it with.
//!
//! What is left out of the engine here is what waits: its task, its timer, HTTP, and packing one bundle ahead.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tsela_core::{
    api::{EntriesRun, ErrorBody},
    bundle::{
        BundleId, BundleKind, PackRequest, SectionName, SectionRequest,
        journal::{self, Run},
        pack,
    },
    ids::{Incarnation, StreamCode},
};
use tsela_server::Refusal;
use tsela_store::{
    acks::{self, Peer as ServerLife},
    carried, identity as identity_row, meta, outgoing, recover, remote,
    server::entries,
    streams::{self, StreamState},
};
use tsela_sync::{
    engine::{Round, open_receipt, settle_receipt, take_back},
    machine::{Action, Chore, Event, Outcome, Step, Trouble, TroubleKind},
    road::RoadError,
};

use super::{clinic::Clinic, dice::Dice, peer::Peer};

/// Most things that one push does before it counts as one that never ends.
const MOST: usize = 2_000;
/// How long a transfer takes, milliseconds.
const TRANSFER: i64 = 400;

/// What the engine has put on the road of each stream and no receipt has confirmed.
#[derive(Clone, Debug, Default)]
pub struct Sending {
    sent: BTreeMap<StreamCode, u64>,
    disputed: BTreeSet<StreamCode>,
}

/// What receipts came to.
#[derive(Debug, Default)]
struct Told {
    number: u64,
    wanted: Vec<Chore>,
    other_history: Vec<StreamCode>,
}

/// Something did not get through, or could not be used.
#[derive(Clone, Copy, Debug)]
struct Failed;

/// Presses Push, and lets the machine go on until it rests.
pub fn push(peer: &mut Peer, clinic: &mut Clinic, dice: &mut Dice) {
    tell(peer, clinic, Event::PushPressed, dice);
}

/// Waits until the timer is due, and lets the machine go on until it rests.
pub fn wait(peer: &mut Peer, clinic: &mut Clinic, dice: &mut Dice) {
    let wake = peer.machine.wake().expect("a wake-up is scheduled");
    let waiting = wake.saturating_sub(peer.millis());
    peer.time.pass(i64::try_from(waiting).expect("a wake-up is not years away"));
    tell(peer, clinic, Event::Tick, dice);
}

fn tell(peer: &mut Peer, clinic: &mut Clinic, event: Event, dice: &mut Dice) {
    let mut actions: VecDeque<Action> = peer.machine.on(event, peer.millis(), &mut dice.0).into();
    for _ in 0..MOST {
        assert!(peer.machine.is_awake(), "no wake-up after {event:?}: {:?}", peer.machine);
        let Some(action) = actions.pop_front() else {
            assert_eq!(peer.machine.step(), Step::Resting, "it waits for nothing: {:?}", peer.machine);
            return;
        };
        let mut events = Vec::new();
        let (attempt, outcome) = match action {
            Action::AskHealth { attempt } => (attempt, health(peer, clinic, &mut events)),
            Action::Run { attempt, chore } => (attempt, run(peer, clinic, chore, &mut events, dice)),
            Action::SendNext { attempt, target_bytes } => {
                (attempt, send_next(peer, clinic, target_bytes, &mut events, dice))
            }
            Action::Abort | Action::Begin { .. } => {
                peer.sending.sent.clear();
                continue;
            }
            Action::End(_) => {
                peer.opened().advance_marker().expect("the marker is written");
                continue;
            }
            Action::ScheduleWake { .. } | Action::ClearWake => continue,
        };
        events.push(Event::Io { attempt, outcome });
        for event in events {
            actions.extend(peer.machine.on(event, peer.millis(), &mut dice.0));
        }
    }
    panic!("{} never rests: {:?}", peer.name, peer.machine);
}

fn trouble(kind: TroubleKind) -> Trouble {
    Trouble::of(kind)
}

/// Asks the server who it is, and notes what its life means.
fn health(peer: &mut Peer, clinic: &mut Clinic, events: &mut Vec<Event>) -> Outcome {
    peer.sending.sent.clear();
    peer.time.pass(50);
    if !peer.road.is_open() || !peer.road.is_open() {
        return Outcome::HealthFailed(trouble(TroubleKind::Offline));
    }
    let life = ServerLife { server: clinic.server().device(), incarnation: clinic.server().life().id };
    let opened = peer.opened();
    let (now, ahead_ms) = (opened.now(), opened.now().millis_since(clinic.server().now()));
    let noted = opened.store.write(|tx| {
        remote::set_contact(tx, now, life.incarnation, ahead_ms)?;
        acks::meet(tx, life, now)
    });
    noted.expect("the server's life is noted");
    peer.opened_mut().remote.incarnation = life.incarnation;
    let (pending, carries, own) = peer.read(|conn| {
        let own = streams::list(conn)?;
        let sound = |(stream, acked): &(streams::Stream, u64)| stream.forked_at.is_none() && *acked < stream.head.seq;
        let behind = acks::own_streams(conn)?.iter().any(sound);
        Ok((behind && outgoing::is_anything_unsent(conn)?, carried::pending(conn)?.0 > 0, own))
    });
    if own.iter().filter(|stream| stream.state == StreamState::Spare).count() < 2 {
        events.push(Event::Wanted(Chore::Codes));
    }
    if carries {
        events.push(Event::Wanted(Chore::Deliver));
    }
    events.push(Event::Unsent { pending: pending || carries });
    Outcome::HealthAnswered
}

fn run(peer: &mut Peer, clinic: &mut Clinic, chore: Chore, events: &mut Vec<Event>, dice: &mut Dice) -> Outcome {
    peer.time.pass(TRANSFER);
    let done = match chore {
        Chore::Receipts => fetch_receipts(peer, clinic),
        Chore::Codes => refill_codes(peer, clinic).map(|()| Told::default()),
        Chore::LostEntries(stream) => fetch_lost(peer, clinic, stream, dice).map(|()| Told::default()),
        Chore::Deliver => deliver(peer, clinic).map(|()| Told::default()),
        Chore::Package => Ok(Told::default()),
    };
    match done {
        Ok(told) => {
            peer.sending.disputed.extend(&told.other_history);
            events.extend(told.wanted.into_iter().map(Event::Wanted));
            Outcome::ChoreDone(chore)
        }
        Err(Failed) => Outcome::ChoreFailed(chore, trouble(TroubleKind::Passing)),
    }
}

fn fetch_receipts(peer: &mut Peer, clinic: &mut Clinic) -> Result<Told, Failed> {
    let (device, life) = (clinic.device(peer.device), clinic.server().life().id);
    let mut all = Told::default();
    let has = peer.read(acks::present_peer).filter(|known| known.peer.incarnation == life);
    let mut after = has.map_or(0, |known| known.receipt);
    for _ in 0..20 {
        if !peer.road.is_open() {
            return Err(Failed);
        }
        let sealed = clinic.server().receipts_after(&device, after).expect("the server answers");
        if sealed.is_empty() {
            break;
        }
        if !peer.road.is_open() {
            return Err(Failed);
        }
        let came: Vec<Vec<u8>> = sealed.into_iter().map(|receipt| peer.road.damage(receipt)).collect();
        let mut told = Told::default();
        for receipt in &came {
            believe(peer, receipt, &mut told)?;
        }
        all.wanted.extend(told.wanted);
        all.other_history.extend(told.other_history);
        if told.number <= after {
            break;
        }
        after = told.number;
    }
    Ok(all)
}

/// Believes a receipt as the engine does.
fn believe(peer: &mut Peer, receipt: &[u8], told: &mut Told) -> Result<(), Failed> {
    let opened = peer.opened();
    let receipt = open_receipt(receipt, &opened.identity, &opened.remote).map_err(|_| Failed)?;
    if receipt.incarnation != opened.remote.incarnation {
        return Ok(());
    }
    let believed = settle_receipt(&opened.store, &receipt, opened.now(), &opened.packages());
    let believed = believed.expect("a receipt is believed or left");
    recover::begin_due(&opened.folder, &opened.store).expect("a stream begins");
    recover::say_closed_again(&opened.store, &opened.packages()).expect("it is said again");
    if !believed.leaves_out {
        told.number = told.number.max(receipt.number);
    }
    let wanted = believed.ahead.iter().chain(&believed.other_history);
    told.wanted.extend(wanted.map(|code| Chore::LostEntries(*code)));
    told.other_history.extend(believed.other_history);
    Ok(())
}

fn refill_codes(peer: &mut Peer, clinic: &mut Clinic) -> Result<(), Failed> {
    if !peer.road.is_open() {
        return Err(Failed);
    }
    let device = clinic.device(peer.device);
    let (credential, spare) = clinic.server().refill_codes(&device).expect("the server gives codes");
    if !peer.road.is_open() {
        return Err(Failed);
    }
    let opened = peer.opened();
    let (study, device) = (opened.identity.study, opened.identity.device);
    let text = serde_json::to_string(&credential).expect("a credential has text keys only");
    let kept = opened.store.write(|tx| {
        identity_row::set_credential(tx, &text)?;
        streams::add_spares(tx, study, device, &spare)
    });
    kept.expect("the codes are kept");
    recover::begin_due(&opened.folder, &opened.store).expect("a stream begins");
    Ok(())
}

fn shown(stream: StreamCode) -> String {
    format!("fork_shown_{stream}")
}

/// Fetches back what the server has of a stream, and says again what a fork keeps from it.
fn fetch_lost(peer: &mut Peer, clinic: &mut Clinic, stream: StreamCode, dice: &mut Dice) -> Result<(), Failed> {
    let (is_shown, mut after) = peer.read(|conn| {
        let own = streams::find(conn, stream)?;
        let acked = own.map(|own| acks::acked_through(conn, &own)).transpose()?;
        Ok((meta::get(conn, &shown(stream))?.is_some(), acked.unwrap_or(0)))
    });
    if is_shown {
        return Ok(());
    }
    for _ in 0..20 {
        if !peer.road.is_open() {
            return Err(Failed);
        }
        let runs: Vec<EntriesRun> = clinic.read(|conn| {
            let Some(known) = streams::find(conn, stream)? else { return Ok(Vec::new()) };
            entries::runs_after(conn, known.id, after, 1_000, 64 * 1024)
        });
        let Some(last) = runs.last().map(|run| run.head.head.seq).filter(|last| *last > after) else { break };
        let opened = peer.opened();
        let (now, packages) = (opened.now(), opened.packages());
        let fork = take_back(&opened.store, &opened.identity, stream, runs, now, &packages);
        if let Some(fork) = fork.expect("entries are taken back or contradict") {
            recover::begin_due(&opened.folder, &opened.store).expect("a stream begins");
            recover::reissue(&opened.store, stream, fork, &packages).expect("it is said again");
            return show_fork(peer, clinic, stream, fork, dice);
        }
        after = last;
    }
    Ok(())
}

/// Sends this laptop's version of a forked stream, once.
fn show_fork(
    peer: &mut Peer,
    clinic: &mut Clinic,
    stream: StreamCode,
    fork: u64,
    dice: &mut Dice,
) -> Result<(), Failed> {
    let mut after = fork.saturating_sub(1);
    while let Some(run) = next_run(peer, stream, after, u64::MAX, usize::MAX) {
        after = run.last_seq();
        let answer = put(peer, clinic, &seal(peer, run, dice))?;
        believe(peer, &answer, &mut Told::default())?;
    }
    let opened = peer.opened();
    opened.store.write(|tx| meta::set(tx, &shown(stream), fork)).expect("it is noted");
    Ok(())
}

fn next_run(peer: &Peer, stream: StreamCode, after: u64, through: u64, bytes: usize) -> Option<Run> {
    let identity = &peer.opened().identity;
    peer.read(|conn| {
        let Some(mut stream) = streams::find(conn, stream)? else { return Ok(None) };
        stream.head.seq = stream.head.seq.min(through);
        outgoing::next_run(conn, identity.study, &identity.signing_key, &stream, after, bytes)
    })
}

fn seal(peer: &Peer, run: Run, dice: &mut Dice) -> Vec<u8> {
    let opened = peer.opened();
    let plaintext = journal::encode(&[run]);
    let request = PackRequest {
        kind: BundleKind::Journal,
        study: opened.identity.study,
        packer: opened.identity.device,
        signing_key: &opened.identity.signing_key,
        sections: vec![SectionRequest {
            name: SectionName::Payload,
            plaintext: &plaintext,
            recipients: opened.remote.keys.journal_recipients().to_vec(),
        }],
    };
    pack(request, &mut dice.0).expect("a bundle is packed")
}

/// Puts a bundle on the road; returns what came back to it, as it came.
fn put(peer: &mut Peer, clinic: &mut Clinic, bundle: &[u8]) -> Result<Vec<u8>, Failed> {
    peer.time.pass(TRANSFER);
    super::checks::assert_no_canary("a sealed bundle", bundle);
    let mut answer = None;
    for (name, came) in peer.road.carry(bundle) {
        let receipt = clinic.receive(peer.device, name, &came);
        if name == BundleId::of(bundle) {
            peer.refused = receipt.as_ref().err().map(|refusal| refusal.code);
            answer = receipt.ok().or(answer);
        }
    }
    let answer = answer.filter(|_| peer.road.is_open()).ok_or(Failed)?;
    Ok(peer.road.damage(answer))
}

fn send_next(peer: &mut Peer, clinic: &mut Clinic, target: usize, events: &mut Vec<Event>, dice: &mut Dice) -> Outcome {
    peer.refused = None;
    let own = peer.read(acks::own_streams);
    let mut next = None;
    for (stream, acked) in own {
        let after = peer.sending.sent.get(&stream.code).map_or(acked, |sent| acked.max(*sent));
        if after < stream.head.seq {
            // Cut as small as a bad link makes it, so that a short day is many bundles.
            next = next_run(peer, stream.code, after, u64::MAX, target.min(3_000)).map(|run| (stream.code, acked, run));
            break;
        }
    }
    let Some((stream, before, run)) = next else { return Outcome::NothingPending };
    let last = run.last_seq();
    peer.sending.sent.insert(stream, last);
    let bundle = seal(peer, run, dice);
    let mut told = Told::default();
    let arrived = put(peer, clinic, &bundle).and_then(|answer| believe(peer, &answer, &mut told));
    if arrived.is_err() {
        peer.sending.sent.clear();
        return Outcome::BundleFailed { trouble: trouble(TroubleKind::Passing), progress: false };
    }
    peer.sending.disputed.extend(&told.other_history);
    events.extend(told.wanted.into_iter().map(Event::Wanted));
    let disputed = peer.sending.disputed.contains(&stream);
    let acked = peer.read(acks::own_streams).into_iter().find(|(own, _)| own.code == stream).map_or(0, |own| own.1);
    if acked < last && !disputed {
        peer.sending.sent.clear();
    }
    let millis = u64::try_from(TRANSFER).unwrap_or(0);
    Outcome::BundleAcked { bytes: bundle.len(), millis, progress: acked > before || disputed }
}

/// Puts the bundles that a driver carries, unchanged, and keeps the receipts for their authors.
fn deliver(peer: &mut Peer, clinic: &mut Clinic) -> Result<(), Failed> {
    let (mut round, mut failed) = (Round::default(), false);
    while let Some(next) = round.next(&peer.opened().store).expect("the store answers") {
        peer.time.pass(TRANSFER);
        let mut answer = None;
        for (name, came) in peer.road.carry(&next.body) {
            let received = clinic.receive(peer.device, name, &came);
            if name == next.id {
                answer = Some(received);
            }
        }
        // An answer that is lost leaves its author for the next time, as one that cannot be read does.
        let Some(answer) = answer.filter(|_| peer.road.is_open()) else {
            failed = true;
            round.leave(next.author);
            continue;
        };
        let answer = answer.map(|receipt| vec![peer.road.damage(receipt)]).map_err(in_words);
        let opened = peer.opened();
        let who = (&opened.identity, &opened.remote);
        if round.answered(&opened.store, who, opened.now(), &next, answer).is_err() {
            failed = true;
            round.leave(next.author);
        }
    }
    if failed { Err(Failed) } else { Ok(()) }
}

/// A refusal as it comes out of a road.
fn in_words(refusal: Refusal) -> RoadError {
    let body = ErrorBody { code: refusal.code.to_owned(), title: refusal.title, detail: refusal.detail };
    RoadError::Api { status: refusal.status, body, retry_after: None }
}

/// The life of the server that a laptop knows.
pub fn life_known(peer: &Peer) -> Option<Incarnation> {
    peer.read(acks::present_peer).map(|known| known.peer.incarnation)
}
