//! Tubes that are looked for: missed at a hand-over, or drawn and not here when their time was over.

use std::collections::BTreeSet;

use tsela_core::{
    entry::Value,
    fold::RecordState,
    manifest::TubeState,
    model::{CONCLUSIONS, Values as _},
    time::Timestamp,
};
use tsela_rpc::{
    handover::{Desk, View, change, fields, given, printed_code, text as typed, viewing},
    schema::{
        Answer, Failure,
        lab::{ChaseTubeArgs, MissingTubeView, MissingTubes, MissingWhy},
    },
    views,
};
use tsela_store::{
    journal::ChangeOp,
    records,
    server::{accounts, lab},
};

use super::{LabDesk, text};
use crate::admin::LABORATORY;

/// Most tubes that are looked at for overdue ones; the newest.
const MOST_TUBES: usize = 5_000;
/// Most tubes that were looked for and have come, or were given up.
const MOST_OVER: usize = 500;
/// The reason of a change of a note; pages say it in words.
const CHASED: &str = "chased";

impl LabDesk<'_> {
    /// Shows the tubes that are looked for, the longest missing first.
    pub fn missing(&self) -> Answer<MissingTubes> {
        let mut all = viewing(self, |view| self.looked_for(view))?;
        all.sort_by_key(|tube| (tube.since, tube.tube.identifier.clone()));
        let is_found = |tube: &MissingTubeView| !is_gone(&tube.state) && tube.why == MissingWhy::Missed;
        let (mut found, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_found);
        let (mut given_up, open): (Vec<_>, Vec<_>) = rest.into_iter().partition(|tube| tube.conclusion.is_some());
        for over in [&mut found, &mut given_up] {
            over.reverse();
            over.truncate(MOST_OVER);
        }
        let people = self.server.read(|conn| Ok(accounts::list(conn)?)).map_err(super::refused)?;
        let people =
            people.into_iter().filter(|person| person.can_sign_in && LABORATORY.contains(&person.role.as_str()));
        Ok(MissingTubes { open, found, given_up, people: people.map(|person| person.name).collect() })
    }

    fn looked_for(&self, view: &View<'_>) -> tsela_store::Result<Vec<MissingTubeView>> {
        let mut tubes = Vec::new();
        let mut known = BTreeSet::new();
        for missed in lab::missed(view.conn, view.custody)? {
            let Some(said) = view.custody.of_tube(&missed.tube) else { continue };
            let transfer = records::state(view.conn, missed.transfer)?;
            let last_with = transfer.as_ref().map(|transfer| text(transfer, "giver")).unwrap_or_default();
            let transfer = transfer.map(|transfer| views::reference(view.conn, &transfer)).transpose()?;
            let since = missed.seen_at.unwrap_or(view.now);
            known.insert(missed.tube.clone());
            let base = Base { why: MissingWhy::Missed, since, state: said.state, last_with };
            tubes.push(MissingTubeView { transfer, ..self.looked_for_as(view, &missed.tube, base)? });
        }
        for specimen in lab::newest(view.conn, "specimen", MOST_TUBES)? {
            let Some(code) = specimen.text("specimen_identifier").filter(|code| !known.contains(*code)) else {
                continue;
            };
            if let Some(base) = overdue(view, &specimen)? {
                tubes.push(self.looked_for_as(view, code, base)?);
            }
        }
        Ok(tubes)
    }

    fn looked_for_as(&self, view: &View<'_>, code: &str, base: Base) -> tsela_store::Result<MissingTubeView> {
        let chase = lab::chase(view.conn, code)?;
        let said = |field: &str| chase.as_ref().map(|chase| text(chase, field)).unwrap_or_default();
        Ok(MissingTubeView {
            tube: self.tube(view, code)?,
            why: base.why,
            since: base.since,
            age_seconds: view.now.millis_since(base.since) / 1000,
            state: base.state.as_str().to_owned(),
            last_with: base.last_with,
            transfer: None,
            owner: said("owner"),
            note: said("note"),
            conclusion: chase.as_ref().and_then(|chase| chase.text("conclusion").map(str::to_owned)),
        })
    }

    /// Says who looks for a tube, and what is known.
    ///
    /// # Errors
    /// `unreadable_label`; what the rules or the disk said.
    pub fn chase(&self, args: &ChaseTubeArgs) -> Answer<MissingTubes> {
        let code = printed_code(&args.tube)?;
        let conclusion = args.conclusion.as_deref().filter(|conclusion| !conclusion.is_empty());
        if conclusion.is_some_and(|conclusion| !CONCLUSIONS.contains(&conclusion)) {
            return Err(Failure::new("bad_arguments", "This page did not say why the tube is given up.", "", ""));
        }
        let before = self.store().read(|conn| lab::chase(conn, &code))?;
        let at = |_| Value::from(self.now().to_string());
        let mut set = fields([
            ("owner", typed(&args.owner)),
            ("note", typed(&args.note)),
            ("conclusion", conclusion.map_or(Value::Null, Value::from)),
            ("concluded_at", conclusion.map_or(Value::Null, at)),
        ]);
        let reason = Some(given(Some(&args.note)).unwrap_or(CHASED));
        let said = match before {
            Some(before) => change(ChangeOp::Update, "missing_tube", before.id, set, reason),
            None => {
                set.insert("tube".to_owned(), code.into());
                change(ChangeOp::Insert, "missing_tube", self.fresh_id(), set, None)
            }
        };
        self.keep(&[said])?;
        self.missing()
    }
}

/// What is known of a tube that is looked for, beside its data.
struct Base {
    why: MissingWhy,
    since: Timestamp,
    state: TubeState,
    last_with: String,
}

/// Says whether a tube of this state is not in hand anywhere.
fn is_gone(state: &str) -> bool {
    state == TubeState::Missing.as_str()
}

/// Returns since when a tube that has not come should be here; `None` if it is not late.
fn overdue(view: &View<'_>, specimen: &RecordState) -> tsela_store::Result<Option<Base>> {
    let standing = view.custody.of_specimen(specimen)?;
    let on_its_way = [TubeState::Planned, TubeState::Collected, TubeState::Packed, TubeState::WithCarrier];
    let Some(collected_at) = specimen.instant("collected_at").filter(|_| on_its_way.contains(&standing.state)) else {
        return Ok(None);
    };
    let requisition = specimen.reference("requisition").map(|id| records::state(view.conn, id)).transpose()?.flatten();
    let package = view.packages.newest()?.package();
    let panel = requisition.as_ref().and_then(|requisition| package.panel(requisition.text("panel")?));
    let since = collected_at.plus_millis(i64::from(panel.map_or(2, |panel| panel.hours_to_lab)) * 3_600_000);
    if view.now.millis_since(since) <= 0 {
        return Ok(None);
    }
    let driver = match standing.transfer.filter(|_| standing.state == TubeState::WithCarrier) {
        Some(transfer) => records::state(view.conn, transfer)?.map(|transfer| text(&transfer, "taker")),
        None => None,
    };
    let author = specimen.created.as_ref().map(|moment| view.names.user(moment.user)).unwrap_or_default();
    let last_with = driver.unwrap_or(author);
    Ok(Some(Base { why: MissingWhy::Overdue, since, state: standing.state, last_with }))
}
