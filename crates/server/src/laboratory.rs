//! The laboratory's desk: deliveries are counted as hand-overs are on a laptop, and what is decided is written into the
//! server's own stream.

mod arriving;
mod missing;
mod received;
mod report;

use std::{borrow::Cow, sync::Arc};

use tsela_core::{
    custody::Urgency,
    fold::RecordState,
    ids::{RecordId, UserId},
    manifest::TubeState,
    model::{GIVER, TAKER, TO_LAB},
    time::Timestamp,
};
use tsela_rpc::{
    handover::{self, Desk, People, View, of_tube, printed_code, viewing},
    schema::{
        Answer, Failure,
        handover::{HandedTube, HandoverView, TubeClock},
        lab::{BeginDeliveryArgs, TubeSource},
    },
    views::Names,
};
use tsela_store::{
    Connection, Packages, Store, custody,
    journal::{Change, Warnings},
    labels, records,
    server::{accounts::AccountRow, lab},
};

use crate::{
    admin::{By, LABORATORY},
    entropy,
    error::{Refusal, ServerError},
    init::new_id,
    pages::failure,
    server::Server,
};

/// The desk of one person.
pub struct LabDesk<'a> {
    pub(crate) server: &'a Server,
    pub(crate) by: Cow<'a, By>,
    /// Whether participants are shown; not to a driver.
    pub(crate) sees_participants: bool,
}

/// Where a tube is that a delivery may expect.
struct Place {
    /// Where it is; `None` if nobody has said it.
    state: Option<TubeState>,
    /// The delivery that is not closed and expects it.
    expected_by: Option<String>,
    source: TubeSource,
}

impl<'a> LabDesk<'a> {
    /// Sits down at a server's desk. Who may is asked by whoever lets people in.
    pub fn of(server: &'a Server, by: Cow<'a, By>) -> Self {
        Self { server, by, sees_participants: true }
    }
}

impl LabDesk<'_> {
    /// Opens a delivery: what is on the road of these hand-overs is expected, and what is named beside.
    ///
    /// # Errors
    /// `not_on_the_road`, `unreadable_label`, `too_many_tubes`; what the rules or the disk said.
    pub fn begin(&self, args: &BeginDeliveryArgs) -> Answer<HandoverView> {
        let named = args.tubes.iter().map(|tube| printed_code(tube)).collect::<Answer<Vec<_>>>()?;
        let mut tubes = viewing(self, |view| {
            let road = lab::on_the_road(view.conn, view.custody)?;
            let chosen = road.into_iter().filter(|dispatch| args.transfers.contains(&dispatch.transfer.state.id));
            Ok(chosen.flat_map(|dispatch| dispatch.tubes).collect::<Vec<_>>())
        })?;
        tubes.extend(self.may_join(&named)?);
        tubes.sort_unstable();
        tubes.dedup();
        if tubes.is_empty() && !(args.transfers.is_empty() && args.tubes.is_empty()) {
            let detail = "Another delivery expects these tubes by now, or they have come already.";
            return Err(Failure::new("not_on_the_road", "These tubes are not on the road any more", detail, ""));
        }
        let people = People { giver: &args.giver, taker: &self.by.name, place: &args.place };
        handover::begin(self, people, &tubes)
    }

    fn place(&self, code: &str) -> Answer<Place> {
        let read = |conn: &Connection| {
            custody::reading(conn, |custody| {
                let other = custody::underway(conn, TO_LAB)?.remove(code);
                let other = other.map(|transfer| records::state(conn, transfer)).transpose()?.flatten();
                let specimen = labels::specimen(conn, code)?.map(|id| records::state(conn, id)).transpose()?.flatten();
                let by_data = specimen.map(|specimen| custody.of_specimen(&specimen)).transpose()?;
                let by_hands = || custody.of_tube(code).map(|said| said.state);
                Ok(Place {
                    state: by_data.map(|standing| standing.state).or_else(by_hands),
                    expected_by: other.map(|transfer| records::shown_key(conn, &transfer, 1)).transpose()?,
                    source: source(conn, code)?,
                })
            })
        };
        Ok(self.server.store().read(read)?)
    }

    /// Returns the account of the one who gives, if its passphrase is right.
    fn giver(&self, account: Option<&str>, passphrase: &str) -> Answer<By> {
        let Some(name) = account.map(str::trim).filter(|name| !name.is_empty()) else {
            let detail = "Whoever brought the tubes signs with their own name and passphrase.";
            return Err(Failure::new("unknown_giver", "Who gives is not known", detail, ""));
        };
        let account: AccountRow = self.server.check_passphrase(name, passphrase).map_err(refused)?;
        Ok(By { user: account.id, name: account.name, role: account.role })
    }

    fn taker(&self, account: Option<&str>, passphrase: &str) -> Answer<By> {
        let name = account.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(&self.by.name);
        let account = self.server.check_passphrase(name, passphrase).map_err(refused)?;
        if !LABORATORY.contains(&account.role.as_str()) {
            let detail = "Tubes are taken by somebody with an account for the laboratory.";
            return Err(failure(Refusal::new(403, "not_allowed", "Your role does not include this.", detail)));
        }
        Ok(By { user: account.id, name: account.name, role: account.role })
    }
}

/// Fills in what a manifest says of a tube.
fn fill_in(view: &View<'_>, tube: &mut HandedTube, said: &lab::Announced) -> tsela_store::Result<()> {
    let panel = view.packages.newest()?.package().panel(&said.panel);
    tube.panel = panel.map_or_else(|| said.panel.clone(), |panel| panel.abbreviation.clone());
    tube.tube_type.clone_from(&said.tube_type);
    tube.clock = panel.zip(said.drawn_at).map(|(panel, drawn_at)| {
        let (age_seconds, hours_to_lab) = (view.now.millis_since(drawn_at) / 1000, u32::from(panel.hours_to_lab));
        TubeClock { age_seconds, hours_to_lab, urgency: Urgency::of(age_seconds, hours_to_lab) }
    });
    Ok(())
}

/// Says from where the server knows a tube.
fn source(conn: &Connection, code: &str) -> tsela_store::Result<TubeSource> {
    let has_data = labels::specimen(conn, code)?.is_some();
    let dispatched = lab::dispatch_of(conn, code)?.is_some();
    let announced = || Ok::<_, tsela_store::StoreError>(lab::announced(conn, code)?.is_some());
    Ok(match (has_data, dispatched) {
        (true, true) => TubeSource::Dispatched,
        (true, false) => TubeSource::Undispatched,
        (false, true) => TubeSource::Announced,
        (false, false) if announced()? => TubeSource::Announced,
        (false, false) => TubeSource::Unknown,
    })
}

impl Desk for LabDesk<'_> {
    fn stage(&self) -> &'static str {
        TO_LAB
    }

    fn store(&self) -> &Store {
        self.server.store()
    }

    fn now(&self) -> Timestamp {
        self.server.now()
    }

    fn fresh_id(&self) -> RecordId {
        RecordId(new_id(&mut entropy(), self.server.now()))
    }

    fn names(&self) -> Answer<Names> {
        self.server.read(|conn| self.server.names(conn)).map_err(refused)
    }

    fn packages(&self) -> Answer<Arc<Packages>> {
        Ok(self.server.newest_package().map_err(refused)?.all)
    }

    fn keep(&self, changes: &[Change]) -> Answer<()> {
        self.server.save(changes, Warnings::NeedReason, &self.by)?;
        let feed = self.server.write(|tx| self.server.feed_own_entries(tx));
        feed.map_err(refused)
    }

    fn signer(&self, account: Option<&str>, side: &str, passphrase: &str) -> Answer<Box<dyn Desk + '_>> {
        let by = match side {
            GIVER => self.giver(account, passphrase)?,
            TAKER => self.taker(account, passphrase)?,
            _ => return Err(Failure::new("bad_arguments", "This page did not say who signs.", "", "")),
        };
        Ok(Box::new(LabDesk { by: Cow::Owned(by), ..*self }))
    }

    fn user(&self) -> UserId {
        self.by.user
    }

    /// Whatever is on the road, announced, or missing may join, unless another delivery expects it.
    fn may_join(&self, codes: &[String]) -> Answer<Vec<String>> {
        let mut may = Vec::new();
        for code in codes {
            let Place { state, expected_by, source } = self.place(code)?;
            let is_known = source != TubeSource::Unknown;
            let is_here = state.is_some_and(tsela_core::custody::is_at_lab);
            if is_known && !is_here && expected_by.is_none() {
                may.push(code.clone());
            }
        }
        Ok(may)
    }

    fn not_expected(&self, code: &str) -> Failure {
        let Place { state, expected_by, source } = match self.place(code) {
            Ok(place) => place,
            Err(failure) => return failure,
        };
        if let Some(other) = expected_by {
            let detail = format!("Delivery {other} expects it. Put it there, or say how it comes here.");
            let mut failure = of_tube("other_handover", "Another delivery expects this tube", &detail, code);
            failure.params.insert("other".to_owned(), other);
            return failure;
        }
        if state.is_some_and(tsela_core::custody::is_at_lab) {
            let detail = "It came with an earlier delivery. Look whether two tubes have the same label.";
            return of_tube("received_before", "The laboratory has this tube already", detail, code);
        }
        match (source, state) {
            (_, Some(TubeState::Missing)) => {
                let detail = "It was missing and is found. Let it join this delivery.";
                of_tube("found_tube", "This tube was missing", detail, code)
            }
            (TubeSource::Dispatched | TubeSource::Announced, _) => {
                let detail = "A driver has it on the road, or a manifest names it. Let it join this delivery.";
                of_tube("late_tube", "This tube is not in this delivery yet", detail, code)
            }
            (TubeSource::Undispatched, _) => {
                let detail = "Its data are here, and nobody has handed it over to a driver. Say who brought it; it is \
                              received all the same.";
                of_tube("no_dispatch", "This tube came with no dispatch", detail, code)
            }
            (TubeSource::Unknown, _) => {
                let detail = "No laptop has sent its data yet. Say who brought it; it is received all the same, and its \
                              data are awaited.";
                of_tube("no_data", "Nothing is known of this tube yet", detail, code)
            }
        }
    }

    /// A tube by its data, or by what a manifest says of it.
    fn tube(&self, view: &View<'_>, code: &str) -> tsela_store::Result<HandedTube> {
        let mut tube = view.by_code(code)?;
        tube.source = Some(if code.is_empty() { TubeSource::Unknown } else { source(view.conn, code)? });
        if tube.specimen.is_none()
            && let Some(announced) = lab::announced(view.conn, code)?
        {
            fill_in(view, &mut tube, &announced)?;
        }
        if !self.sees_participants {
            tube.participant.clear();
        }
        Ok(tube)
    }
}

/// Puts an error of the server into the words of the pages.
fn refused(error: ServerError) -> Failure {
    failure(Refusal::of(error))
}

/// Returns a text of a record, empty if it has none.
fn text(state: &RecordState, field: &str) -> String {
    state.text(field).unwrap_or_default().to_owned()
}
