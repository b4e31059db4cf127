//! Bags: packing tubes that travel together.

use std::collections::BTreeSet;

use tsela_core::{
    entry::{Fields, Value},
    fold::RecordState,
    ids::RecordId,
    manifest::TubeState,
    model::Values,
    package::StudyPackage,
};
use tsela_store::{
    Connection, custody,
    journal::{Change, ChangeOp},
    records::{self, Filter},
};

use super::{ClientHostState, Session, reasons};
use crate::{
    schema::{
        Answer, Failure,
        client::TubeRow,
        custody::{BagView, Bags, CelsiusRange, CloseBagArgs, NewBagArgs, PackArgs, UnpackArgs},
    },
    views,
};

/// Most bags that are looked at; the newest.
const MOST_BAGS: usize = 200;
/// Most tubes of one bag.
const MOST_TUBES: usize = 500;

impl ClientHostState {
    pub(super) fn bags_here(&self) -> Answer<Bags> {
        let session = self.session()?;
        let packages = session.opened.packages();
        let package = packages.newest()?.package();
        let filter = Filter { model: Some("bag"), limit: MOST_BAGS, ..Filter::default() };
        let found = session.opened.store.read(|conn| records::list(conn, &filter))?.1;
        let mut bags = Vec::new();
        for bag in found {
            let view = self.bag(&session, &bag.state)?;
            if view.tubes.is_empty() || view.tubes.iter().any(|tube| tube.custody == TubeState::Packed.as_str()) {
                bags.push(view);
            }
        }
        let loose =
            |tube: &TubeRow| [TubeState::Planned, TubeState::Collected].iter().any(|s| tube.custody == s.as_str());
        let loose = self.tubes_by_urgency(&session, "", self.now())?.into_iter().filter(loose).collect();
        Ok(Bags { bags, loose, ranges: ranges(package) })
    }

    pub(super) fn begin_bag(&self, args: &NewBagArgs) -> Answer<BagView> {
        let session = self.session()?;
        let record = RecordId(session.opened.fresh_id());
        let set = [("celsius_low", args.celsius_low), ("celsius_high", args.celsius_high)];
        let set = set.map(|(field, celsius)| (field.to_owned(), celsius.into())).into();
        Self::change(&session, ChangeOp::Insert, "bag", record, set, None)?;
        self.bag_again(&session, record)
    }

    /// Puts a tube into a bag. What may not travel in it, or is in a bag already, is refused in words.
    pub(super) fn pack_tube(&self, args: &PackArgs) -> Answer<BagView> {
        let session = self.session()?;
        let specimen = self.read_label(&session, &args.code)?;
        let tube = Self::tube_state(&session, specimen)?;
        let bag = Self::state_of(&session, "bag", args.bag)?;
        if bag.has("sealed_at") {
            return Err(refusal("bag_closed", "This bag is closed", "Take another bag, or begin a new one.", &tube));
        }
        if let Some(other) = tube.reference("bag") {
            if other == args.bag {
                let detail = "It was scanned before. Each tube goes in once; look whether two have the same label.";
                return Err(refusal("already_packed", "This tube is in the bag already", detail, &tube));
            }
            let other = session.opened.store.read(|conn| records::state(conn, other))?;
            let key = other.and_then(|bag| bag.text("bag_identifier").map(str::to_owned)).unwrap_or_default();
            let detail = format!("It was packed into {key}. Take it out there first, if it is to travel here.");
            let mut failure = refusal("in_other_bag", "This tube is in another bag", &detail, &tube);
            failure.params.insert("bag".to_owned(), key);
            return Err(failure);
        }
        let standing = session.opened.store.read(|conn| custody::of_specimen(conn, &tube))?;
        if standing.transfer.is_some() {
            let detail = "It was handed over before. Ask who has it; if it came back, put it into the next hand-over.";
            return Err(refusal("handed_over", "This tube was handed over already", detail, &tube));
        }
        let reason = args.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        let mut set: Fields = [
            ("bag".to_owned(), args.bag.to_string().into()),
            ("packed_at".to_owned(), self.now().to_string().into()),
            ("packed_by".to_owned(), args.by.clone().into()),
        ]
        .into();
        set.extend(reason.map(|reason| ("packed_reason".to_owned(), reason.into())));
        Self::change(&session, ChangeOp::Update, "specimen", specimen, set, Some(reason.unwrap_or(reasons::PACKED)))?;
        self.bag_again(&session, args.bag)
    }

    pub(super) fn unpack_tube(&self, args: &UnpackArgs) -> Answer<Bags> {
        let session = self.session()?;
        let tube = Self::tube_state(&session, args.specimen)?;
        let standing = session.opened.store.read(|conn| custody::of_specimen(conn, &tube))?;
        if standing.state != TubeState::Packed {
            let detail = "Only a tube that is still in its bag here can be taken out.";
            return Err(refusal("not_packed", "This tube is in no bag here", detail, &tube));
        }
        let bag = session.opened.store.read(|conn| standing.bag.map(|bag| records::state(conn, bag)).transpose())?;
        if bag.flatten().is_some_and(|bag| bag.has("sealed_at")) {
            let detail = "Its bag was closed, and travels as it is. Say at the hand-over what is wrong with the tube.";
            return Err(refusal("bag_closed", "This bag is closed", detail, &tube));
        }
        let set =
            ["bag", "packed_at", "packed_by", "packed_reason"].map(|field| (field.to_owned(), Value::Null)).into();
        Self::change(&session, ChangeOp::Update, "specimen", args.specimen, set, Some(&args.reason))?;
        self.bags_here()
    }

    pub(super) fn close_bag_now(&self, args: &CloseBagArgs) -> Answer<Bags> {
        let session = self.session()?;
        let view = {
            let bag = Self::state_of(&session, "bag", args.bag)?;
            self.bag(&session, &bag)?
        };
        if view.tubes.is_empty() {
            let detail = "Scan a tube into it first, or leave it open.";
            return Err(Failure::new("empty_bag", "This bag is empty", detail, ""));
        }
        let mut set: Fields = [("sealed_at".to_owned(), self.now().to_string().into())].into();
        if !args.seal.trim().is_empty() {
            set.insert("seal".to_owned(), args.seal.trim().into());
        }
        Self::change(&session, ChangeOp::Update, "bag", args.bag, set, Some(reasons::BAG_CLOSED))?;
        self.bags_here()
    }

    fn change(
        session: &Session,
        op: ChangeOp,
        model: &str,
        record: RecordId,
        set: Fields,
        reason: Option<&str>,
    ) -> Answer<()> {
        let reason = reason.map(str::to_owned);
        let change = Change { op, model: model.to_owned(), record, set, reason, source: None };
        Self::keep_changes(session, &[change])
    }

    fn bag_again(&self, session: &Session, bag: RecordId) -> Answer<BagView> {
        let bag = Self::state_of(session, "bag", bag)?;
        self.bag(session, &bag)
    }

    fn tube_state(session: &Session, specimen: RecordId) -> Answer<RecordState> {
        Self::state_of(session, "specimen", specimen)
    }

    /// Describes a bag with its tubes.
    fn bag(&self, session: &Session, bag: &RecordState) -> Answer<BagView> {
        let (names, packages, now) = (session.names(), session.opened.packages(), self.now());
        let package = packages.newest()?.package();
        let filter = Filter { model: Some("specimen"), parent: Some(bag.id), limit: MOST_TUBES, ..Filter::default() };
        let read = |conn: &Connection| {
            let (_, found) = records::list(conn, &filter)?;
            let inside = found.iter().filter(|record| record.state.reference("bag") == Some(bag.id));
            let tubes = custody::reading(conn, |custody| {
                inside.map(|record| views::tube(conn, custody, record, &names, package, now)).collect()
            })?;
            Ok((views::reference(conn, bag)?, tubes))
        };
        let (reference, mut tubes): (_, Vec<TubeRow>) = session.opened.store.read(read)?;
        tubes.sort_by_key(views::seconds_left);
        Ok(BagView {
            bag: reference,
            celsius_low: bag.integer("celsius_low").unwrap_or_default(),
            celsius_high: bag.integer("celsius_high").unwrap_or_default(),
            seal: bag.text("seal").unwrap_or_default().to_owned(),
            sealed_at: bag.instant("sealed_at"),
            tubes,
        })
    }
}

/// Returns the temperatures at which panels travel, narrowest first, with all panels that bear each.
fn ranges(package: &StudyPackage) -> Vec<CelsiusRange> {
    let panels = &package.panels;
    let distinct: BTreeSet<(i16, i16, i16)> = panels
        .iter()
        .map(|panel| panel.transport_celsius)
        .map(|range| (range.high.saturating_sub(range.low), range.low, range.high))
        .collect();
    let bears = |low: i16, high: i16| {
        let fits = panels.iter().filter(move |p| p.transport_celsius.low <= low && high <= p.transport_celsius.high);
        fits.map(|panel| panel.abbreviation.clone()).collect()
    };
    distinct.into_iter().map(|(_, low, high)| CelsiusRange { low, high, panels: bears(low, high) }).collect()
}

fn refusal(code: &str, title: &str, detail: &str, tube: &RecordState) -> Failure {
    let mut failure = Failure::new(code, title, detail, "");
    let tube = tube.text("specimen_identifier").unwrap_or_default();
    failure.params.insert("code".to_owned(), tube.to_owned());
    failure
}
