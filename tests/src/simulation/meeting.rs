//! An assistant's laptop meets a driver's: what both do is what they do over a network, and what goes between them goes along
//! a bad road.

use std::{
    pin::pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use tsela_core::{
    bundle::BundleId, credential::Credential, custody::Offer, meeting::Carried, model::TAKER, trust::Signed,
};
use tsela_relay::{Counterpart, Keeping, MeetError};
use tsela_store::{
    Connection, carried, custody,
    journal::{ChangeOp, SaveError},
};
use tsela_sync::road::RoadError;

use super::{
    checks::assert_no_canary,
    dice::Dice,
    peer::{Peer, change},
    road::BadRoad,
};

/// Bytes that the driver's laptop has room for.
const ROOM: u64 = 64 * 1024 * 1024;

/// How many signatures of the driver came along; `None` if the meeting broke off.
pub type HandedOver = Option<usize>;

/// The driver's side, as the assistant's laptop sees it.
struct Met<'a> {
    driver: &'a Peer,
    author: Credential,
    carrier: Credential,
    held: Vec<BundleId>,
    road: Mutex<&'a mut BadRoad>,
}

impl Met<'_> {
    fn keeping(&self) -> Keeping<'_> {
        let opened = self.driver.opened();
        Keeping { store: &opened.store, identity: &opened.identity, room: ROOM, now: opened.now() }
    }

    fn with_road<T>(&self, work: impl FnOnce(&mut BadRoad) -> T) -> T {
        work(&mut self.road.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn gets_through(&self) -> Result<(), MeetError> {
        if self.with_road(BadRoad::is_open) { Ok(()) } else { Err(broken()) }
    }
}

impl Counterpart for Met<'_> {
    fn carrier(&self) -> &Credential {
        &self.carrier
    }

    fn held(&self) -> &[BundleId] {
        &self.held
    }

    async fn receipts(&self) -> Result<Vec<Vec<u8>>, MeetError> {
        self.gets_through()?;
        let brought = self.driver.read(|conn| carried::brought(conn, self.author.device));
        Ok(brought.into_iter().map(|receipt| self.with_road(|road| road.damage(receipt))).collect())
    }

    async fn hand_over(&self, id: BundleId, bundle: &[u8]) -> Result<(Signed<Carried>, Carried), MeetError> {
        assert_no_canary("a bundle on its way to a driver", bundle);
        let mut word = None;
        for (name, came) in self.with_road(|road| road.carry(bundle)) {
            let taken = self.keeping().take(&self.author, name, &came);
            if name == id {
                word = taken.ok().or(word);
            }
        }
        self.gets_through()?;
        let word = word.ok_or_else(broken)?;
        let said = word.verify(&self.carrier.verify_key).map_err(RoadError::from)?;
        if said.bundles == [id] { Ok((word, said)) } else { Err(broken()) }
    }

    async fn offer(&self, offer: &Signed<Offer>) -> Result<(), MeetError> {
        self.gets_through()?;
        self.keeping().take_offer(&self.author, offer).map_err(|_| broken())?;
        self.gets_through()
    }
}

fn broken() -> MeetError {
    MeetError::Road(RoadError::Stopping)
}

/// Hands over to the driver, and takes down what the driver has signed by now.
pub fn meet(giver: &Peer, driver: &Peer, road: &mut BadRoad) -> HandedOver {
    let author = giver.credential();
    let held = driver.read(|conn| carried::held(conn, author.device, 4_096));
    let met = Met { driver, author, carrier: driver.credential(), held, road: Mutex::new(road) };
    if met.gets_through().is_err() {
        return None;
    }
    let Ok(done) = at_once(giver.opened().hand_over(&met, |_| {})) else { return None };
    let mut signatures = 0;
    for transfer in done.offered {
        if met.gets_through().is_err() {
            return None;
        }
        let answer = met.keeping().countersigned(giver.device, transfer).expect("the driver's store answers");
        let Some(signed) = answer.flatten() else { continue };
        let signed = signed.verify(&met.carrier.verify_key).expect("the driver has signed it");
        match giver.opened().take_signature(&signed) {
            Ok(()) => signatures += 1,
            // What was signed is not what it says any more.
            Err(SaveError::Refused(_)) => {}
            Err(error) if super::peer::has_no_code(&error) => {}
            Err(error) => panic!("a driver's signature cannot be taken down: {error}"),
        }
    }
    Some(signatures)
}

/// The driver signs what lies before him; says how many hand-overs that were.
pub fn countersign(driver: &mut Peer, dice: &mut Dice) -> usize {
    let offers: Vec<Offer> = driver.read(|conn| {
        let mut open = Vec::new();
        for row in carried::offers(conn)? {
            let offer: Signed<Offer> = serde_json::from_str(&row.body).expect("an offer");
            let offer = offer.read_unverified().expect("an offer");
            if !is_signed(conn, &offer)? {
                open.push(offer);
            }
        }
        Ok(open)
    });
    let mut signed = 0;
    for offer in offers {
        let set = [
            ("transfer", offer.transfer.to_string()),
            ("side", TAKER.to_owned()),
            ("name", "Tiro Pheko".to_owned()),
            ("signed_at", driver.opened().now().to_string()),
            ("content", offer.hash().to_string()),
        ];
        let set = set.into_iter().map(|(field, value)| (field.to_owned(), value.into())).collect();
        let record = driver.fresh(dice);
        let signature = change(ChangeOp::Insert, "custody_signature", record, set, None);
        signed += usize::from(driver.save(&[signature], dice));
    }
    signed
}

fn is_signed(conn: &Connection, offer: &Offer) -> tsela_store::Result<bool> {
    let content = offer.hash().to_string();
    let signed = custody::signatures(conn, offer.transfer)?;
    Ok(signed.iter().any(|state| state.text("side") == Some(TAKER) && state.text("content") == Some(&content)))
}

/// Runs what waits for nothing.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("nothing here waits"),
    }
}
