//! Handing over to a driver's laptop, and being one.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::task::JoinHandle;
use tsela_core::{
    credential::DeviceRole, custody::Urgency, ids::RecordId, manifest::Tube, package::StudyPackage, time::Timestamp,
};
use tsela_relay::{Author, CarrierAddress, ListenError, Listener, MeetError, Meeting, Met, Stage, nearby};
use tsela_store::{
    carried::{self, Load},
    counts,
};
use tsela_sync::engine::EngineHandle;

use super::{ClientHostState, Session};
use crate::schema::{
    Answer, Failure,
    carrier::{
        CarriedLoad, CarriedTube, CarrierPlace, CollectView, HandOverPhase, HandOverView, MeetingStage, MeetingView,
        NearbyCarrier,
    },
};

/// Where a driver's laptop listens, if nothing else does.
const PORT: u16 = 8444;
/// Where it listens instead: `127.0.0.1:0` lets nobody else in.
const LISTEN_VARIABLE: &str = "TSELA_COLLECT";
/// How often the driver's signature is looked for, and how many times: half an hour.
const SIGN_PACE: Duration = Duration::from_secs(1);
const MOST_LOOKS: usize = 1_800;
/// How long the network is listened to for drivers' laptops.
const LOOK: Duration = Duration::from_millis(2_500);

/// What a session has of it: at most one hand-over, and a listener while *Collect* is on.
#[derive(Default)]
pub(crate) struct Carrying {
    handing: Mutex<Handing>,
    listener: Mutex<Option<Listener>>,
    /// Held while a count is changed.
    count: Mutex<()>,
}

#[derive(Default)]
struct Handing {
    view: HandOverView,
    met: Option<Arc<Met>>,
    task: Option<JoinHandle<()>>,
}

impl Carrying {
    fn handing(&self) -> MutexGuard<'_, Handing> {
        self.handing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listener(&self) -> MutexGuard<'_, Option<Listener>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn counting(&self) -> MutexGuard<'_, ()> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives up a hand-over that is under way: what was taken stays taken.
    fn give_up(&self) -> Option<Arc<Met>> {
        let mut handing = self.handing();
        if let Some(task) = handing.task.take() {
            task.abort();
        }
        handing.view = HandOverView::default();
        handing.met.take()
    }
}

impl Session {
    pub(super) fn is_carrier(&self) -> bool {
        self.opened.identity.role() == DeviceRole::Carrier
    }
}

impl ClientHostState {
    pub(super) fn carriers_nearby(&self) -> Answer<Vec<NearbyCarrier>> {
        let session = self.session()?;
        let found = nearby::look(session.opened.identity.study, LOOK).map_err(|error| {
            let detail = format!("{error}. The address on the driver's screen can be typed.");
            Failure::new("no_look", "This laptop cannot look around in the network", detail, "Type the address.")
        })?;
        let view = |found: nearby::Nearby| NearbyCarrier {
            name: found.name,
            host: found.address.host.clone(),
            address: found.address.to_string(),
        };
        Ok(found.into_iter().map(view).collect())
    }

    pub(super) fn meet_carrier(&self, address: &str) -> Answer<HandOverView> {
        let session = self.session()?;
        let address: CarrierAddress = address.parse().map_err(|error| {
            Failure::new("carrier_address", "This is not a driver's address", format!("{error}."), "Correct it.")
        })?;
        self.leave_carrier(&session);
        let author = Author::new(session.opened.engine_config(true));
        let met = self.runtime.block_on(author.meet(&address)).map_err(|error| failure(&error))?;
        let mut handing = session.carrying.handing();
        handing.view = HandOverView {
            phase: HandOverPhase::Compare,
            carrier: met.carrier.name.clone(),
            digits: met.digits.clone(),
            ..HandOverView::default()
        };
        handing.met = Some(Arc::new(met));
        Ok(handing.view.clone())
    }

    pub(super) fn answer_digits(&self, same: bool) -> Answer<HandOverView> {
        let session = self.session()?;
        if !same {
            self.leave_carrier(&session);
            return Ok(HandOverView::default());
        }
        let mut handing = session.carrying.handing();
        let waits = handing.view.phase == HandOverPhase::Compare;
        if let Some(met) = handing.met.clone().filter(|_| waits) {
            handing.view.phase = HandOverPhase::Waiting;
            handing.task = Some(self.runtime.spawn(hand_over(Arc::clone(&session), met)));
        }
        Ok(handing.view.clone())
    }

    pub(super) fn hand_over_view(&self) -> Answer<HandOverView> {
        Ok(self.session()?.carrying.handing().view.clone())
    }

    /// Ends a hand-over as far as it has come, and says so to the driver's laptop if that is still there.
    fn leave_carrier(&self, session: &Session) {
        if let Some(met) = session.carrying.give_up() {
            self.runtime.spawn(async move { met.goodbye().await });
        }
    }

    pub(super) fn collect(&self, on: bool) -> Answer<CollectView> {
        let session = self.session()?;
        let running = session.carrying.listener().is_some();
        match (on, running) {
            (true, false) => {
                let listener = self.runtime.block_on(listen(&session)).map_err(|error| not_listening(&error))?;
                *session.carrying.listener() = Some(listener);
            }
            (false, true) => self.stop_collecting(&session),
            _ => {}
        }
        self.collecting()
    }

    pub(super) fn stop_collecting(&self, session: &Session) {
        let listener = session.carrying.listener().take();
        if let Some(listener) = listener {
            self.runtime.block_on(listener.stop());
        }
    }

    pub(super) fn stop_carrying(&self, session: &Session) {
        session.carrying.give_up();
        self.stop_collecting(session);
    }

    pub(super) fn answer_meeting(&self, meeting: &str, same: bool) -> Answer<CollectView> {
        let session = self.session()?;
        let answered = session.carrying.listener().as_ref().map(|listener| listener.answer(meeting, same));
        if !answered.transpose()?.unwrap_or(false) {
            let detail = "It has ended, or was answered already.";
            return Err(Failure::new("over", "This laptop does not wait any more", detail, "Let it begin anew."));
        }
        self.collecting()
    }

    pub(super) fn carried_again(&self) -> Answer<CollectView> {
        let session = self.session()?;
        session.opened.store.write(|tx| carried::try_again(tx))?;
        session.engine(|engine| engine.push(&session.opened.user.name))?;
        self.collecting()
    }

    pub(super) fn collecting(&self) -> Answer<CollectView> {
        let session = self.session()?;
        let (loads, bytes, pending) = session
            .opened
            .store
            .read(|conn| Ok((carried::loads(conn)?, carried::bytes(conn)?, carried::pending(conn)?.0)))?;
        let packages = session.opened.packages();
        let (package, now) = (packages.newest()?.package(), self.now());
        let listener = session.carrying.listener();
        let listening = listener.as_ref();
        Ok(CollectView {
            on: listening.is_some(),
            announced: listening.is_some_and(Listener::is_announced),
            places: listening.map(Listener::addresses).unwrap_or_default().iter().map(place).collect(),
            meetings: listening.map(Listener::meetings).unwrap_or_default().into_iter().map(meeting).collect(),
            carried_bytes: bytes,
            room_bytes: carried::USUAL_ROOM,
            pending,
            loads: loads.into_iter().map(|load| carried_load(load, package, now)).collect(),
        })
    }
}

/// Hands over once the driver has agreed, and keeps the view true meanwhile.
async fn hand_over(session: Arc<Session>, met: Arc<Met>) {
    let done = async {
        met.agreed().await?;
        session.carrying.handing().view.phase = HandOverPhase::Sending;
        let done = session.opened.hand_over(&*met, |so_far| show(&session, so_far)).await?;
        wait_for_signatures(&session, &met, done.offered).await
    };
    let ended = done.await;
    end(&session, &met, ended.as_ref().err());
    met.goodbye().await;
}

/// Waits while the driver looks at the tubes' hand-overs and signs them. Whoever gives up waiting gets the signatures when
/// the two meet again.
async fn wait_for_signatures(session: &Session, met: &Met, mut offered: Vec<RecordId>) -> Result<(), MeetError> {
    let mut all = offered.clone();
    for _ in 0..MOST_LOOKS {
        // What was counted can come at the next meeting; what was handed over has been.
        let counting = take_count(session, met).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "what the driver has counted could not be taken along");
            false
        });
        let signed = session.opened.offer_signed(met, &mut all).await?;
        session.carrying.handing().view.to_sign += signed.len();
        offered.extend(signed);
        let mut waiting = Vec::new();
        for transfer in offered {
            match met.countersigned(transfer).await? {
                None => waiting.push(transfer),
                Some(signed) => {
                    if let Err(error) = session.opened.take_signature(&signed) {
                        tracing::warn!(%error, "a driver's signature cannot be taken down");
                    }
                    session.carrying.handing().view.signed += 1;
                    let _ = session.engine(EngineHandle::local_save);
                }
            }
        }
        if waiting.is_empty() && !counting {
            return Ok(());
        }
        session.carrying.handing().view.phase = HandOverPhase::Signing;
        offered = waiting;
        tokio::time::sleep(SIGN_PACE).await;
    }
    Ok(())
}

/// Takes along what the driver has counted; says whether that is to be taken over and signed yet.
async fn take_count(session: &Session, met: &Met) -> Result<bool, MeetError> {
    let Some((signed, count)) = met.count().await? else { return Ok(false) };
    let (opened, tally) = (&session.opened, count.tally());
    opened.store.write(|tx| counts::take(tx, &count, &met.carrier.name, &signed, opened.now()))?;
    let counted = tally.expected - tally.unseen + tally.unexpected;
    session.carrying.handing().view.counted = usize::try_from(counted).unwrap_or(usize::MAX);
    Ok(true)
}

/// Shows how it ended, unless another one has begun meanwhile.
fn end(session: &Session, met: &Arc<Met>, error: Option<&MeetError>) {
    let mut handing = session.carrying.handing();
    if !handing.met.as_ref().is_some_and(|present| Arc::ptr_eq(present, met)) {
        return;
    }
    handing.met = None;
    handing.view.phase = if error.is_some() { HandOverPhase::Failed } else { HandOverPhase::Done };
    handing.view.failure = error.map(failure);
}

fn show(session: &Session, so_far: &crate::client::hand_over::HandedOver) {
    let mut handing = session.carrying.handing();
    let view = &mut handing.view;
    (view.receipts, view.bundles, view.bytes) = (so_far.receipts, so_far.bundles, so_far.bytes);
    (view.entries_left, view.tubes, view.to_sign) = (so_far.entries_left, so_far.tubes, so_far.offered.len());
}

/// Listens where the environment says, else at the usual port of every network, or at any port that is free.
async fn listen(session: &Arc<Session>) -> Result<Listener, ListenError> {
    let usual = SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT));
    let wanted = std::env::var(LISTEN_VARIABLE).ok().and_then(|address| address.parse().ok()).unwrap_or(usual);
    let start = |address| Listener::start(session.opened.engine_config(false), address, true, came(session));
    match start(wanted).await {
        Err(ListenError::Address { .. }) => start(SocketAddr::new(wanted.ip(), 0)).await,
        other => other,
    }
}

/// Tells the engine that something came which is to be delivered.
fn came(session: &Arc<Session>) -> impl Fn() + Send + Sync + 'static {
    let session: Weak<Session> = Arc::downgrade(session);
    move || {
        if let Some(session) = session.upgrade() {
            let _ = session.engine(EngineHandle::local_save);
        }
    }
}

fn not_listening(error: &ListenError) -> Failure {
    let action = match error {
        ListenError::NoCarrier => "Ask an administrator.",
        _ => "Check the network, and try again.",
    };
    Failure::new("not_listening", "This laptop cannot collect", format!("{error}."), action)
}

fn failure(error: &MeetError) -> Failure {
    let (code, title) = match error {
        MeetError::Declined => ("declined", "The driver declined"),
        MeetError::Meeting(_) => ("not_trusted", "This is not a driver's laptop to deal with"),
        full if full.is_full() => ("carrier_full", "The driver's laptop is full"),
        unreachable if unreachable.is_unreachable() => ("offline", "The driver's laptop does not answer"),
        _ => ("hand_over", "It was not handed over"),
    };
    let detail = format!("{error}. What this laptop has stays here, and nothing counts as received.");
    Failure::new(code, title, detail, "Try again, or another driver or road.")
}

fn place(address: &CarrierAddress) -> CarrierPlace {
    CarrierPlace { host: address.host.clone(), address: address.to_string(), qr_svg: address.qr_svg() }
}

fn meeting(meeting: Meeting) -> MeetingView {
    let stage = match meeting.stage {
        Stage::Compare => MeetingStage::Compare,
        Stage::Agreed => MeetingStage::Agreed,
        Stage::Declined => MeetingStage::Declined,
        Stage::Finished => MeetingStage::Finished,
    };
    MeetingView {
        meeting: meeting.id,
        name: meeting.name,
        digits: meeting.digits,
        stage,
        bundles: meeting.bundles,
        bytes: meeting.bytes,
        began_at: meeting.began_at,
    }
}

fn carried_load(load: Load, package: &StudyPackage, now: Timestamp) -> CarriedLoad {
    let newest = load.manifest.as_ref();
    let tubes = newest.into_iter().flat_map(|manifest| &manifest.tubes);
    let mut tubes: Vec<CarriedTube> = tubes.map(|tube| carried_tube(tube, package, now)).collect();
    tubes.sort_by_key(|tube| (i64::from(tube.hours_to_lab) * 3600 - tube.age_seconds, tube.specimen.clone()));
    CarriedLoad {
        author: load.author,
        name: load.name,
        met_at: load.met_at,
        pending: load.pending,
        bytes: load.bytes,
        delivered: load.delivered,
        delivered_at: load.delivered_at,
        refused: load.refused,
        receipt: load.receipt,
        manifest_at: newest.map(|list| list.at),
        manifest: newest.map(|list| list.number),
        tubes,
    }
}

fn carried_tube(tube: &Tube, package: &StudyPackage, now: Timestamp) -> CarriedTube {
    let panel = package.panel(tube.panel.as_str());
    let hours_to_lab = panel.map_or(2, |panel| u32::from(panel.hours_to_lab));
    let age_seconds = tube.drawn_at.map_or(0, |at| now.millis_since(at) / 1000);
    CarriedTube {
        specimen: tube.specimen.to_string(),
        panel: panel.map_or_else(|| tube.panel.to_string(), |panel| panel.abbreviation.clone()),
        tube_type: tube.tube_type.to_string(),
        state: tube.state.as_str().to_owned(),
        age_seconds,
        hours_to_lab,
        urgency: Urgency::of(age_seconds, hours_to_lab),
    }
}
