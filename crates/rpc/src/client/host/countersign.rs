//! The driver signs for tubes: a hand-over that the giver's laptop has brought, as it was signed there.
//!
//! What is signed is the hash of the text that came. The signature is an entry of this laptop's own stream; the hand-over's
//! records are the giver's, and come to the server by the giver's journal.

use tsela_core::{
    custody::{Count, Offer, Offered, told_otherwise},
    entry::Fields,
    fold::RecordState,
    ids::{DeviceId, RecordId},
    manifest::Manifest,
    model::{TAKER, Values as _},
    package::StudyPackage,
    time::Timestamp,
    trust::Signed,
};
use tsela_store::{
    Connection, carried, custody,
    journal::{Change, ChangeOp},
};

use super::{ClientHostState, count::handed, not_here};
use crate::{
    handover::{seconds_left, unknown},
    schema::{
        Answer, Failure,
        carrier::{CountDiffers, CountersignArgs, OfferView, OfferedTube},
    },
};

/// A hand-over that came, with the name of the laptop that it came from.
struct Came {
    from: String,
    author: DeviceId,
    offer: Offer,
    offered: Offered,
}

impl ClientHostState {
    pub(super) fn offers_here(&self) -> Answer<Vec<OfferView>> {
        let session = self.session()?;
        let packages = session.opened.packages();
        let (package, now) = (packages.newest()?.package(), self.now());
        let read = |conn: &Connection| {
            let mut shown = Vec::new();
            for came in came(conn)? {
                let signed = signed(conn, &came.offer)?;
                // Before it is signed, what was counted on this laptop is held against it.
                let count = if signed.is_none() { tsela_relay::counting(conn, came.author)? } else { None };
                let list = carried::manifest(conn, came.author)?;
                let tubes = tubes(&came.offered.lines, list.as_ref(), package, now);
                shown.push(view(came, tubes, signed.as_ref(), count.as_ref()));
            }
            Ok(shown)
        };
        Ok(session.opened.store.read(read)?)
    }

    /// Signs as the taker. A wrong passphrase counts as one at sign-in does.
    pub(super) fn countersign_offer(&self, args: &CountersignArgs) -> Answer<Vec<OfferView>> {
        let session = self.session()?;
        let read = |conn: &Connection| {
            let Some(came) = came(conn)?.into_iter().find(|came| came.offer.transfer == args.transfer) else {
                return Ok(None);
            };
            let signed = signed(conn, &came.offer)?;
            Ok(Some((came, signed)))
        };
        let (came, signed) = session.opened.store.read(read)?.ok_or_else(not_here)?;
        if signed.is_some() {
            return Err(Failure::new("signed_already", "This side has signed already", "", ""));
        }
        let name = args.name.trim();
        if name.to_lowercase() == came.offer.giver.trim().to_lowercase() {
            let detail = "A hand-over is signed by two people: who gives, and who takes.";
            return Err(Failure::new("same_person", "The giver has signed with this name", detail, ""));
        }
        Self::is_present(&session, &args.passphrase)?;
        let set = [
            ("transfer", args.transfer.to_string()),
            ("side", TAKER.to_owned()),
            ("name", name.to_owned()),
            ("signed_at", self.now().to_string()),
            ("content", came.offer.hash().to_string()),
        ];
        let change = Change {
            op: ChangeOp::Insert,
            model: "custody_signature".to_owned(),
            record: RecordId(session.opened.fresh_id()),
            set: set.into_iter().map(|(field, value)| (field.to_owned(), value.into())).collect(),
            reason: None,
            source: None,
        };
        Self::keep_changes(&session, &[change])?;
        self.offers_here()
    }
}

/// Returns the hand-overs that came. The giver's signature over each was checked when it came.
fn came(conn: &Connection) -> tsela_store::Result<Vec<Came>> {
    let read = |row: carried::OfferRow| {
        let offer: Signed<Offer> = serde_json::from_str(&row.body).ok()?;
        let offer = offer.read_unverified().ok()?;
        let offered = offer.read()?;
        Some(Came { from: row.name, author: row.author, offer, offered })
    };
    Ok(carried::offers(conn)?.into_iter().filter_map(read).collect())
}

/// Returns this laptop's signature under what a hand-over says now.
fn signed(conn: &Connection, offer: &Offer) -> tsela_store::Result<Option<RecordState>> {
    let content = offer.hash().to_string();
    let is_ours = |state: &RecordState| state.text("side") == Some(TAKER) && state.text("content") == Some(&content);
    Ok(custody::signatures(conn, offer.transfer)?.into_iter().find(is_ours))
}

/// Describes the tubes with their clocks as far as the giver's newest list names them, the most urgent first.
fn tubes(lines: &[Fields], list: Option<&Manifest>, package: &StudyPackage, now: Timestamp) -> Vec<OfferedTube> {
    let tube = |line: &Fields| {
        let code = written(line, "tube");
        let known = list.and_then(|list| list.tubes.iter().find(|tube| tube.specimen.as_str() == code));
        let known = known.map_or_else(|| unknown(&code), |tube| handed(tube, package, now));
        let offered = OfferedTube {
            tube: code,
            panel: known.panel.clone(),
            clock: known.clock,
            outcome: written(line, "outcome"),
            identified_by: written(line, "identified_by"),
            discrepancy: written(line, "discrepancy"),
            explanation: [written(line, "explanation"), written(line, "identified_reason")].join(" ").trim().to_owned(),
        };
        ((known.clock.is_none(), seconds_left(&known), known.identifier), offered)
    };
    let mut tubes: Vec<_> = lines.iter().map(tube).collect();
    tubes.sort_by(|(one, _), (other, _)| one.cmp(other));
    tubes.into_iter().map(|(_, tube)| tube).collect()
}

fn view(came: Came, tubes: Vec<OfferedTube>, signed: Option<&RecordState>, count: Option<&Count>) -> OfferView {
    let Came { from, offer, offered, .. } = came;
    let differs = count.map(|count| told_otherwise(count, &offered.lines)).unwrap_or_default();
    let said = |field: &str| written(&offered.transfer, field);
    OfferView {
        transfer: offer.transfer,
        from,
        identifier: said("transfer_identifier"),
        giver: offer.giver.clone(),
        taker: said("taker"),
        place: said("place"),
        handed_at: said("handed_at"),
        seal: said("seal"),
        celsius: said("celsius"),
        comments: said("comments"),
        balance: offered.tally.into(),
        tubes,
        differs: differs.into_iter().map(CountDiffers::from).collect(),
        given_at: offer.given_at,
        signed_by: signed.and_then(|state| state.text("name")).unwrap_or_default().to_owned(),
        signed_at: signed.and_then(|state| state.instant("signed_at")),
    }
}

/// Returns a value as a text; empty if there is none.
fn written(fields: &Fields, field: &str) -> String {
    match fields.value(field) {
        None => String::new(),
        Some(value) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    }
}
