//! Where the tubes of a hand-over are known from: here, from the specimens of this laptop.
//!
//! Nothing else asks for specimens. A driver's laptop has none, and will answer the same questions from manifests.

use tsela_core::{custody::MOST_AT_ONCE, manifest::TubeState};
use tsela_store::{Connection, custody, labels, records};

use super::super::{ClientHostState, Session};
use crate::{
    schema::{
        Answer,
        client::TubeRow,
        handover::{HandedTube, TubeClock, WaitingBag, WaitingTubes},
    },
    views,
};

/// What is known of a tube that a hand-over does not name.
#[derive(Default)]
pub(super) struct Known {
    /// Where it is; `None` if nobody here knows it.
    pub state: Option<TubeState>,
    /// The open hand-over that names it, by its identifier.
    pub named_by: Option<String>,
}

impl ClientHostState {
    /// Returns the tubes that can be handed over, most urgent first, and how many have no checked label.
    pub(super) fn tubes_waiting(&self, session: &Session) -> Answer<(Vec<HandedTube>, usize)> {
        let (names, packages, now) = (session.names(), session.opened.packages(), self.now());
        let package = packages.newest()?.package();
        let read = |conn: &Connection| {
            let waiting = custody::waiting(conn)?;
            let tubes = waiting.tubes.iter().map(|record| views::tube(conn, record, &names, package, now));
            Ok((tubes.collect::<Result<Vec<_>, _>>()?, waiting.unchecked))
        };
        let (mut tubes, unchecked) = session.opened.store.read(read)?;
        tubes.sort_by_key(views::seconds_left);
        Ok((tubes.into_iter().map(HandedTube::from).collect(), unchecked))
    }

    /// Returns what is known of a tube by the code on its label; of one that nobody here knows, the code.
    pub(super) fn tube_by_code(
        &self,
        session: &Session,
        conn: &Connection,
        code: &str,
    ) -> tsela_store::Result<HandedTube> {
        let record = labels::specimen(conn, code)?.map(|id| records::get(conn, id)).transpose()?.flatten();
        let Some(record) = record else { return Ok(unknown(code)) };
        let packages = session.opened.packages();
        let tube = views::tube(conn, &record, &session.names(), packages.newest()?.package(), self.now())?;
        Ok(tube.into())
    }

    /// Returns where a tube is, as far as this laptop knows.
    pub(super) fn place_of(&self, session: &Session, code: &str) -> Answer<Known> {
        let read = |conn: &Connection| {
            let Some(specimen) = labels::specimen(conn, code)? else { return Ok(Known::default()) };
            let Some(specimen) = records::state(conn, specimen)? else { return Ok(Known::default()) };
            let other = custody::underway(conn)?.remove(code);
            let other = other.map(|transfer| records::state(conn, transfer)).transpose()?.flatten();
            let named_by = other.map(|transfer| records::shown_key(conn, &transfer, 1)).transpose()?;
            Ok(Known { state: Some(custody::of_specimen(conn, &specimen)?.state), named_by })
        };
        Ok(session.opened.store.read(read)?)
    }

    /// Shows what can be handed over, with the bags that it is in.
    pub(in crate::client::host) fn tubes_to_hand_over(&self) -> Answer<WaitingTubes> {
        let session = self.session()?;
        let (tubes, unchecked) = self.tubes_waiting(&session)?;
        let mut bags: Vec<WaitingBag> = Vec::new();
        for bag in tubes.iter().filter_map(|tube| tube.bag.as_ref()) {
            match bags.iter_mut().find(|known| known.bag.id == bag.id) {
                Some(known) => known.tubes += 1,
                None => bags.push(WaitingBag { bag: bag.clone(), tubes: 1, closed: false }),
            }
        }
        for bag in &mut bags {
            use tsela_core::model::Values as _;
            bag.closed = Self::state_of(&session, "bag", bag.bag.id).is_ok_and(|bag| bag.has("sealed_at"));
        }
        Ok(WaitingTubes { tubes, bags, unchecked, most: MOST_AT_ONCE })
    }
}

impl From<TubeRow> for HandedTube {
    fn from(tube: TubeRow) -> Self {
        let TubeRow { age_seconds, hours_to_lab, urgency, .. } = tube;
        Self {
            identifier: tube.identifier,
            specimen: Some(tube.specimen.id),
            participant: tube.participant,
            panel: tube.panel,
            tube_type: tube.tube_type,
            clock: Some(TubeClock { age_seconds, hours_to_lab, urgency }),
            bag: tube.bag,
        }
    }
}

/// A tube of which only the code is known, or not even that.
fn unknown(code: &str) -> HandedTube {
    HandedTube {
        identifier: code.to_owned(),
        specimen: None,
        participant: String::new(),
        panel: String::new(),
        tube_type: String::new(),
        clock: None,
        bag: None,
    }
}
