//! Hand-overs on an assistant's laptop: what is expected is what its own specimens say.

use std::sync::Arc;

use tsela_core::{
    custody::MOST_AT_ONCE,
    ids::{RecordId, UserId},
    manifest::TubeState,
    model::{TO_CARRIER, Values as _},
    time::Timestamp,
};
use tsela_store::{Connection, Packages, Store, custody, custody::Waiting, journal::Change, labels, records};

use super::{ClientHostState, Session};
use crate::{
    handover::{self, Desk, People, of_tube, viewing},
    schema::{
        Answer, Failure,
        handover::{BeginHandoverArgs, HandedTube, HandoverView, WaitingBag, WaitingTubes},
    },
    views::{self, Names},
};

/// A laptop on which an assistant hands tubes over to a driver.
pub(super) struct LaptopDesk<'a> {
    host: &'a ClientHostState,
    session: Arc<Session>,
}

impl ClientHostState {
    /// Returns the desk of the person signed in.
    pub(super) fn desk(&self) -> Answer<LaptopDesk<'_>> {
        Ok(LaptopDesk { host: self, session: self.session()? })
    }

    /// Begins a hand-over with the tubes of these bags, and those that are in none.
    pub(super) fn begin_hand_over(&self, args: &BeginHandoverArgs) -> Answer<HandoverView> {
        let desk = self.desk()?;
        let chosen = |tube: &HandedTube| tube.bag.as_ref().map_or(args.loose, |bag| args.bags.contains(&bag.id));
        let tubes = tubes_waiting(&desk)?.0.into_iter().filter(chosen).map(|tube| tube.identifier);
        let tubes: Vec<String> = tubes.collect();
        if tubes.is_empty() {
            let detail = "Choose a bag with tubes, or scan the labels of loose ones first.";
            return Err(Failure::new("nothing_to_hand_over", "There is no tube to hand over", detail, ""));
        }
        let giver = desk.session.opened.user.name.clone();
        handover::begin(&desk, People { giver: &giver, taker: &args.taker, place: &args.place }, &tubes)
    }

    /// Shows what can be handed over, with the bags that it is in.
    pub(super) fn tubes_to_hand_over(&self) -> Answer<WaitingTubes> {
        let desk = self.desk()?;
        let (tubes, unchecked) = tubes_waiting(&desk)?;
        let mut bags: Vec<WaitingBag> = Vec::new();
        for bag in tubes.iter().filter_map(|tube| tube.bag.as_ref()) {
            match bags.iter_mut().find(|known| known.bag.id == bag.id) {
                Some(known) => known.tubes += 1,
                None => bags.push(WaitingBag { bag: bag.clone(), tubes: 1, closed: false }),
            }
        }
        for bag in &mut bags {
            bag.closed = Self::state_of(&desk.session, "bag", bag.bag.id).is_ok_and(|bag| bag.has("sealed_at"));
        }
        Ok(WaitingTubes { tubes, bags, unchecked, most: MOST_AT_ONCE })
    }
}

/// Returns the tubes that can be handed over, most urgent first, and how many have no checked label.
fn tubes_waiting(desk: &LaptopDesk<'_>) -> Answer<(Vec<HandedTube>, usize)> {
    let (mut tubes, unchecked) = viewing(desk, |view| {
        let waiting = custody::waiting(view.conn)?;
        let tubes = waiting.tubes.iter().map(|record| view.tube(record)).collect::<Result<Vec<_>, _>>()?;
        Ok((tubes, waiting.unchecked))
    })?;
    tubes.sort_by_key(views::seconds_left);
    Ok((tubes.into_iter().map(HandedTube::from).collect(), unchecked))
}

impl LaptopDesk<'_> {
    /// Returns the state of a tube, if it is this laptop's, and the open hand-over that names it.
    fn place_of(&self, code: &str) -> Answer<(Option<TubeState>, Option<String>)> {
        let read = |conn: &Connection| {
            let Some(specimen) = labels::specimen(conn, code)? else { return Ok((None, None)) };
            let Some(specimen) = records::state(conn, specimen)? else { return Ok((None, None)) };
            let other = custody::underway(conn, self.stage())?.remove(code);
            let other = other.map(|transfer| records::state(conn, transfer)).transpose()?.flatten();
            let named_by = other.map(|transfer| records::shown_key(conn, &transfer, 1)).transpose()?;
            Ok((Some(custody::of_specimen(conn, &specimen)?.state), named_by))
        };
        Ok(self.store().read(read)?)
    }
}

impl Desk for LaptopDesk<'_> {
    fn stage(&self) -> &'static str {
        TO_CARRIER
    }

    fn store(&self) -> &Store {
        &self.session.opened.store
    }

    fn now(&self) -> Timestamp {
        self.host.now()
    }

    fn fresh_id(&self) -> RecordId {
        RecordId(self.session.opened.fresh_id())
    }

    fn names(&self) -> Answer<Names> {
        Ok(self.session.names())
    }

    fn packages(&self) -> Answer<Arc<Packages>> {
        Ok(self.session.opened.packages())
    }

    fn keep(&self, changes: &[Change]) -> Answer<()> {
        ClientHostState::keep_changes(&self.session, changes)
    }

    fn signer(&self, _account: Option<&str>, _side: &str, passphrase: &str) -> Answer<Box<dyn Desk + '_>> {
        ClientHostState::is_present(&self.session, passphrase)?;
        Ok(Box::new(LaptopDesk { host: self.host, session: Arc::clone(&self.session) }))
    }

    fn user(&self) -> UserId {
        self.session.opened.user.id
    }

    fn may_join(&self, codes: &[String]) -> Answer<Vec<String>> {
        let Waiting { tubes, missing, .. } = self.store().read(custody::waiting)?;
        let here = tubes.iter().chain(&missing).filter_map(|record| record.state.text("specimen_identifier"));
        Ok(here.filter(|code| codes.iter().any(|asked| asked == code)).map(str::to_owned).collect())
    }

    fn not_expected(&self, code: &str) -> Failure {
        let (state, named_by) = match self.place_of(code) {
            Ok(known) => known,
            Err(failure) => return failure,
        };
        if let Some(other) = named_by {
            let detail = format!("Hand-over {other} expects it. Put it there, or say how it comes here.");
            let mut failure = of_tube("other_handover", "Another hand-over expects this tube", &detail, code);
            failure.params.insert("other".to_owned(), other);
            return failure;
        }
        match state {
            Some(TubeState::Collected | TubeState::Packed) => {
                let detail =
                    "It waits here to be handed over. Let it join this hand-over, or leave it for the next one.";
                of_tube("late_tube", "This tube is not in this hand-over yet", detail, code)
            }
            Some(TubeState::Missing) => {
                let detail = "It was missing and is found. Let it join this hand-over, or leave it for the next one.";
                of_tube("found_tube", "This tube was missing", detail, code)
            }
            Some(TubeState::Planned) => {
                let detail = "Its label was not checked. Check it on its page, then let the tube join.";
                of_tube("unchecked_tube", "The label of this tube was not checked", detail, code)
            }
            _ => {
                let detail = "Nobody here expects it. Say how it comes here, or lay it aside.";
                of_tube("not_expected", "This tube was not expected", detail, code)
            }
        }
    }
}
