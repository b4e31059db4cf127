//! What is on the road.

use std::collections::BTreeMap;

use tsela_core::{manifest::TubeState, model::Values as _};
use tsela_rpc::{
    handover::{self, Desk, View, seconds_left, viewing},
    schema::{
        Answer,
        handover::HandedTube,
        lab::{Announcement, Arriving, Delivery},
    },
    views,
};
use tsela_store::server::lab::{self, Dispatch};

use super::{LabDesk, text};

/// Most tubes of assistants that are looked at; the newest.
const MOST_TUBES: usize = 2_000;

impl LabDesk<'_> {
    /// Shows what is on the road, the most urgent first.
    ///
    /// # Errors
    /// What the disk said.
    pub fn arriving(&self) -> Answer<Arriving> {
        let (deliveries, announced, with_assistants) = viewing(self, |view| {
            let mut of_driver: BTreeMap<String, Vec<Dispatch>> = BTreeMap::new();
            for dispatch in lab::on_the_road(view.conn, view.custody)? {
                of_driver.entry(text(&dispatch.transfer.state, "taker")).or_default().push(dispatch);
            }
            let deliveries = of_driver.into_iter().map(|(driver, road)| self.delivery(view, driver, road));
            let deliveries = deliveries.collect::<Result<Vec<_>, _>>()?;
            let announced = lab::announcements(view.conn)?.into_iter().map(|said| self.announcement(view, said));
            Ok((deliveries, announced.collect::<Result<Vec<_>, _>>()?, with_assistants(view)?))
        })?;
        let mut deliveries: Vec<Delivery> = deliveries;
        deliveries.sort_by_key(|delivery| delivery.tubes.first().map(seconds_left));
        let open = if self.sees_participants { handover::all(self)?.open } else { Vec::new() };
        Ok(Arriving { deliveries, announced, with_assistants, open })
    }

    fn delivery(&self, view: &View<'_>, driver: String, mut road: Vec<Dispatch>) -> tsela_store::Result<Delivery> {
        // The oldest first.
        road.reverse();
        let mut delivery = Delivery {
            driver,
            transfers: Vec::new(),
            givers: Vec::new(),
            places: Vec::new(),
            handed_at: None,
            due_at: None,
            signed: road.iter().all(|dispatch| dispatch.closing.is_closed()),
            bags: Vec::new(),
            tubes: Vec::new(),
        };
        for dispatch in road {
            let state = &dispatch.transfer.state;
            delivery.transfers.push(views::reference(view.conn, state)?);
            push_new(&mut delivery.givers, text(state, "giver"));
            push_new(&mut delivery.places, text(state, "place"));
            let handed_at = state.instant("handed_at");
            delivery.handed_at = delivery.handed_at.into_iter().chain(handed_at).min();
            for code in &dispatch.tubes {
                delivery.tubes.push(self.tube(view, code)?);
            }
        }
        by_urgency(&mut delivery.tubes);
        for bag in delivery.tubes.iter().filter_map(|tube| tube.bag.as_ref()) {
            push_new(&mut delivery.bags, bag.clone());
        }
        let due = |tube: &HandedTube| tube.clock.map(|_| view.now.plus_millis(seconds_left(tube) * 1000));
        delivery.due_at = delivery.tubes.iter().filter_map(due).min();
        Ok(delivery)
    }

    fn announcement(&self, view: &View<'_>, said: lab::Announcement) -> tsela_store::Result<Announcement> {
        let mut tubes = Vec::new();
        for tube in &said.tubes {
            if view.custody.of_tube(&tube.tube).is_none() {
                tubes.push(self.tube(view, &tube.tube)?);
            }
        }
        by_urgency(&mut tubes);
        Ok(Announcement { device: view.names.device(said.device), at: said.at, tubes })
    }
}

/// Counts the drawn tubes that assistants still have.
fn with_assistants(view: &View<'_>) -> tsela_store::Result<usize> {
    let mut count = 0;
    for specimen in lab::newest(view.conn, "specimen", MOST_TUBES)? {
        let state = view.custody.of_specimen(&specimen)?.state;
        count += usize::from(matches!(state, TubeState::Planned | TubeState::Collected | TubeState::Packed));
    }
    Ok(count)
}

/// Sorts tubes, the most urgent first; those without a clock at the end.
pub(super) fn by_urgency(tubes: &mut [HandedTube]) {
    tubes.sort_by_cached_key(|tube| (tube.clock.is_none(), seconds_left(tube), tube.identifier.clone()));
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
