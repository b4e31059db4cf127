//! The driver counts tubes on the driver's own laptop, against the list that the giver's has brought.
//!
//! The commands are those of a hand-over, so that the same pages count; what is written down is a count, which the giver's
//! laptop takes over when the two meet. Each scan is on disk when it is answered.

use tsela_core::{
    custody::{Count, CountLine, Counting, InHand, MAX_LINES, NotCounted, Otherwise, Urgency},
    ids::{DeviceId, RecordId},
    manifest::{Manifest, Tube, TubeState},
    model::{self, Values as _},
    package::StudyPackage,
    problem::Severity,
    rules::{self, CheckInput},
    time::Timestamp,
    world::MemoryWorld,
};
use tsela_store::{Connection, carried, counts};

use super::{ClientHostState, Session, not_here};
use crate::{
    handover::{given, no_reason, of_tube, printed_code, seconds_left, seen_already, shown_line, unknown},
    schema::{
        Answer, Failure,
        carrier::CountList,
        common::RecordRef,
        handover::{
            CancelHandoverArgs, HandedTube, HandoverLine, HandoverRow, HandoverState, HandoverView, Handovers,
            SeeTubeArgs, TubeClock, TubeOutcomeArgs, TubeSeen, UnexpectedTubeArgs,
        },
    },
};

/// A count with what the laptop has beside it.
struct Beside {
    count: Count,
    /// The giver's laptop, for people.
    from: String,
    /// The newest list of the giver's tubes.
    list: Option<Manifest>,
}

impl ClientHostState {
    /// Begins to count an author's tubes, or goes on where that stopped.
    pub(super) fn begin_count_of(&self, author: DeviceId) -> Answer<HandoverView> {
        let session = self.session()?;
        let now = self.now();
        let opened = &session.opened;
        let begun = opened.store.write(|tx| {
            if let Some(count) = tsela_relay::counting(tx, author)? {
                return Ok(Some(count.id));
            }
            let Some(list) = carried::manifest(tx, author)? else { return Ok(None) };
            let who = Counting {
                study: opened.identity.study,
                carrier: opened.identity.device,
                id: RecordId(opened.fresh_id()),
                by: opened.user.name.clone(),
                now,
            };
            let count = Count::begin(who, &list, || RecordId(opened.fresh_id()));
            counts::keep(tx, &count)?;
            Ok(Some(count.id))
        })?;
        self.count_view(&session, begun.ok_or_else(no_list)?)
    }

    pub(super) fn counts_here(&self) -> Answer<Handovers> {
        let session = self.session()?;
        let open = session.opened.store.read(|conn| {
            let mut rows = Vec::new();
            for load in carried::loads(conn)? {
                if let Some(count) = tsela_relay::counting(conn, load.author)? {
                    rows.push(row(&Beside { count, from: load.name, list: None }));
                }
            }
            Ok(rows)
        })?;
        Ok(Handovers { open, closed: Vec::new() })
    }

    pub(super) fn count_now(&self, id: RecordId) -> Answer<HandoverView> {
        self.count_view(&*self.session()?, id)
    }

    /// Says which list a count goes by, and what of a newer one differs.
    pub(super) fn list_of_count(&self, id: RecordId) -> Answer<CountList> {
        let session = self.session()?;
        let Beside { count, list, .. } = beside(&session, id)?;
        let newer = list.filter(|list| count.is_older_than(list));
        let differs = newer.as_ref().map(|list| count.against(list)).unwrap_or_default();
        Ok(CountList {
            number: count.manifest,
            at: count.manifest_at,
            newer_number: newer.as_ref().map(|list| list.number),
            newer_at: newer.map(|list| list.at),
            more: differs.more,
            gone: differs.gone,
        })
    }

    /// Goes on with the newest list; no scan is lost.
    pub(super) fn count_by_newest(&self, id: RecordId) -> Answer<HandoverView> {
        let session = self.session()?;
        let now = self.now();
        self.counting(&session, id, |count, list| {
            let list = list.ok_or_else(no_list)?;
            count.go_on_with(list, now, || RecordId(session.opened.fresh_id()));
            Ok(())
        })?;
        self.count_view(&session, id)
    }

    pub(super) fn count_tube(&self, args: &SeeTubeArgs) -> Answer<TubeSeen> {
        let session = self.session()?;
        let (code, now) = (printed_code(&args.code)?, self.now());
        let seen = InHand { at: now, by: &args.by, reason: given(args.reason.as_deref()) };
        self.counting(&session, args.transfer, |count, list| {
            let line = count.see(&code, seen, list).map_err(|why| refusal(&why, &code))?.clone();
            Self::may_say(&session, &line, now)
        })?;
        let view = self.count_view(&session, args.transfer)?;
        let line = view.lines.into_iter().find(|line| line.tube.identifier == code).ok_or_else(not_here)?;
        Ok(TubeSeen { line, balance: view.row.balance })
    }

    pub(super) fn count_unexpected(&self, args: &UnexpectedTubeArgs) -> Answer<HandoverView> {
        let session = self.session()?;
        let UnexpectedTubeArgs { seen: tube, explanation, discrepancy } = args;
        let code = given(Some(&tube.code)).map(printed_code).transpose()?;
        let seen = InHand { at: self.now(), by: &tube.by, reason: given(tube.reason.as_deref()) };
        let (id, why) = (RecordId(session.opened.fresh_id()), (explanation.as_str(), discrepancy.as_deref()));
        self.counting(&session, tube.transfer, |count, _| {
            let line = count.unexpected(id, code.as_deref(), seen, why);
            let line = line.map_err(|why| refusal(&why, code.as_deref().unwrap_or_default()))?.clone();
            Self::may_say(&session, &line, seen.at)
        })?;
        self.count_view(&session, tube.transfer)
    }

    pub(super) fn count_otherwise(&self, args: &TubeOutcomeArgs) -> Answer<HandoverView> {
        let session = self.session()?;
        let reason = given(Some(&args.reason)).ok_or_else(no_reason)?;
        let (discrepancy, now) = (args.discrepancy.as_deref(), self.now());
        let what = Otherwise { outcome: &args.outcome, discrepancy, recollect: args.recollect, reason };
        self.counting(&session, args.transfer, |count, _| {
            let line = count.say(args.line, what, now).map_err(|why| refusal(&why, ""))?.cloned();
            line.map_or(Ok(()), |line| Self::may_say(&session, &line, now))
        })?;
        self.count_view(&session, args.transfer)
    }

    pub(super) fn give_count_up(&self, args: &CancelHandoverArgs) -> Answer<Handovers> {
        let session = self.session()?;
        let reason = given(Some(&args.reason)).ok_or_else(no_reason)?;
        session.opened.store.write(|tx| counts::give_up(tx, args.transfer, reason))?;
        self.counts_here()
    }

    /// Changes a count, or leaves it as it was.
    fn counting(
        &self,
        session: &Session,
        id: RecordId,
        change: impl FnOnce(&mut Count, Option<&Manifest>) -> Answer<()>,
    ) -> Answer<()> {
        // One after the other: what was read is what is written.
        let _turn = session.carrying.counting();
        let Beside { mut count, list, .. } = beside(session, id)?;
        change(&mut count, list.as_ref())?;
        Ok(session.opened.store.write(|tx| counts::keep(tx, &count))?)
    }

    /// Judges a line by the rules of hand-overs: those that look at other records are the giver's laptop's.
    fn may_say(session: &Session, line: &CountLine, now: Timestamp) -> Answer<()> {
        let packages = session.opened.packages();
        let model = model::find("custody_line").ok_or_else(not_here)?;
        let (package, world) = (packages.newest()?, MemoryWorld::new());
        let role = Some(session.opened.user.role.as_str());
        let input = CheckInput {
            model,
            record: None,
            fields: &line.said,
            clock: now,
            role,
            reason: None,
            package,
            world: &world,
        };
        let mut problems = rules::check(&input);
        problems.retain(|problem| problem.severity == Severity::Error && problem.field != "transfer");
        if problems.is_empty() { Ok(()) } else { Err(tsela_store::journal::SaveError::Refused(vec![problems]).into()) }
    }

    fn count_view(&self, session: &Session, id: RecordId) -> Answer<HandoverView> {
        let beside = beside(session, id)?;
        let packages = session.opened.packages();
        let (package, now) = (packages.newest()?.package(), self.now());
        let line = |line: &CountLine| {
            let code = line.text("tube").unwrap_or_default();
            let known = beside.list.iter().flat_map(|list| &list.tubes).find(|tube| tube.specimen.as_str() == code);
            let tube = known.map_or_else(|| unknown(code), |tube| handed(tube, package, now));
            shown_line(line.id, line, tube)
        };
        let mut lines: Vec<HandoverLine> = beside.count.lines.iter().map(line).collect();
        lines.sort_by_key(|line| (line.tube.clock.is_none(), seconds_left(&line.tube), line.tube.identifier.clone()));
        Ok(HandoverView {
            row: row(&beside),
            seal: String::new(),
            seal_intact: None,
            celsius: String::new(),
            comments: String::new(),
            lines,
            signatures: Vec::new(),
        })
    }
}

fn beside(session: &Session, id: RecordId) -> Answer<Beside> {
    let read = |conn: &Connection| {
        let Some(count) = counts::get(conn, id)? else { return Ok(None) };
        let list = carried::manifest(conn, count.author)?;
        let from = carried::loads(conn)?.into_iter().find(|load| load.author == count.author);
        let from = from.map(|load| load.name).unwrap_or_default();
        Ok(Some(Beside { list, count, from }))
    };
    session.opened.store.read(read)?.ok_or_else(not_here)
}

fn row(Beside { count, from, .. }: &Beside) -> HandoverRow {
    HandoverRow {
        transfer: RecordRef {
            id: count.id,
            model: "custody_transfer".to_owned(),
            key: from.clone(),
            label: String::new(),
        },
        stage: tsela_core::model::TO_CARRIER.to_owned(),
        giver: from.clone(),
        taker: count.by.clone(),
        place: String::new(),
        handed_at: Some(count.begun_at),
        state: HandoverState::Open,
        stale: false,
        balance: count.tally().into(),
    }
}

/// Returns what a list says of a tube.
pub(super) fn handed(tube: &Tube, package: &StudyPackage, now: Timestamp) -> HandedTube {
    let panel = package.panel(tube.panel.as_str());
    let hours_to_lab = panel.map_or(2, |panel| u32::from(panel.hours_to_lab));
    let clock = tube.drawn_at.map(|at| {
        let age_seconds = now.millis_since(at) / 1000;
        TubeClock { age_seconds, hours_to_lab, urgency: Urgency::of(age_seconds, hours_to_lab) }
    });
    let panel = panel.map_or_else(|| tube.panel.to_string(), |panel| panel.abbreviation.clone());
    HandedTube { panel, tube_type: tube.tube_type.to_string(), clock, ..unknown(tube.specimen.as_str()) }
}

fn no_list() -> Failure {
    let detail = "The list of its tubes comes when that laptop hands over.";
    Failure::new("no_list", "There is no list of this laptop's tubes", detail, "Let it hand over first.")
}

fn refusal(why: &NotCounted, code: &str) -> Failure {
    match why {
        NotCounted::Again(outcome) => seen_already(outcome, code),
        NotCounted::NotExpected(Some(TubeState::Planned)) => {
            let detail =
                "Its label was not checked when the list was made. Let its laptop check it, or say how it comes here.";
            of_tube("unchecked_tube", "The label of this tube was not checked", detail, code)
        }
        NotCounted::NotExpected(_) => {
            let detail = "The list does not name it. Say how it comes here, or lay it aside.";
            of_tube("not_expected", "This tube was not expected", detail, code)
        }
        NotCounted::NoLine => not_here(),
        NotCounted::Unexpected => {
            let detail = "Say what is wrong with it in its explanation, or take it out of this hand-over.";
            Failure::new("was_unexpected", "This tube was not expected here", detail, "")
        }
        NotCounted::NotSaid => Failure::new("bad_arguments", "This page did not say what was seen.", "", ""),
        NotCounted::TooMany => {
            let detail = "Let the giver's laptop take over what was counted, and count the rest anew.";
            let mut failure = Failure::new("too_many_tubes", "These are too many tubes for one count", detail, "");
            failure.params.insert("count".to_owned(), (MAX_LINES + 1).to_string());
            failure.params.insert("most".to_owned(), MAX_LINES.to_string());
            failure
        }
    }
}
