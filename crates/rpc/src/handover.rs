//! Hand-overs: two people look at each tube together, and both sign what they saw. The same on an assistant's laptop and at
//! the laboratory's desk; what differs is asked of the [`Desk`].
//!
//! Every scan is a save of its own: whatever happens to the machine, nothing is looked for twice.

mod desk;
mod shown;
mod sign;

use tsela_core::{
    custody::{InHand, MOST_AT_ONCE, Otherwise, Outcome},
    entry::{Fields, Value},
    fold::RecordState,
    ids::RecordId,
    model::{UNSEEN, Values},
};
use tsela_store::{
    StoreError, custody,
    journal::{Change, ChangeOp},
};

pub use desk::{Desk, View, is_ready, printed_code, state_of, unknown, viewing};
pub use shown::{all, line_now, one, seconds_left, shown_line};
pub use sign::{sign, take_back};

use crate::schema::{
    Answer, Failure,
    handover::{
        CancelHandoverArgs, HandoverDetailsArgs, HandoverView, Handovers, LateTubesArgs, SeeTubeArgs, TubeOutcomeArgs,
        TubeSeen, UnexpectedTubeArgs,
    },
};

/// Reasons of changes that a scan makes: nobody types one, so they are codes, which pages say in words
/// (`reasons` in `ui/src/i18n/*/record.json`).
mod reasons {
    pub const TUBE_SEEN: &str = "tube_seen";
    pub const LATE_TUBES: &str = "late_tubes";
    pub const HANDOVER_DETAILS: &str = "handover_details";
}

/// Who hands over to whom, and where.
#[derive(Clone, Copy, Debug)]
pub struct People<'a> {
    /// Who gives.
    pub giver: &'a str,
    /// Who takes.
    pub taker: &'a str,
    /// Where.
    pub place: &'a str,
}

/// Begins a hand-over: what is expected and one unseen line for each tube are one save.
///
/// # Errors
/// `too_many_tubes`; what the rules or the disk said.
pub fn begin(desk: &dyn Desk, people: People<'_>, tubes: &[String]) -> Answer<HandoverView> {
    few_enough(tubes.len())?;
    let transfer = desk.fresh_id();
    let set = fields([
        ("stage", desk.stage().into()),
        ("giver", people.giver.trim().into()),
        ("taker", people.taker.trim().into()),
        ("place", people.place.trim().into()),
        ("handed_at", desk.now().to_string().into()),
        ("expected", tubes.len().into()),
    ]);
    let mut changes = vec![change(ChangeOp::Insert, "custody_transfer", transfer, set, None)];
    changes.extend(tubes.iter().map(|tube| unseen_line(desk, transfer, tube)));
    desk.keep(&changes)?;
    one(desk, transfer)
}

/// Lets tubes join an open hand-over that came after it began: it then expects them too.
///
/// # Errors
/// `not_waiting`, `too_many_tubes`; what the rules or the disk said.
pub fn let_join(desk: &dyn Desk, args: &LateTubesArgs) -> Answer<HandoverView> {
    let transfer = transfer_of(desk, args.transfer)?;
    few_enough(args.tubes.len())?;
    let codes = args.tubes.iter().map(|tube| printed_code(tube)).collect::<Answer<Vec<_>>>()?;
    let may = desk.may_join(&codes)?;
    if let Some(code) = codes.iter().find(|code| !may.contains(code)) {
        let detail = "Its label was not checked, or another hand-over names it, or somebody has it already.";
        return Err(of_tube("not_waiting", "This tube cannot join", detail, code));
    }
    let lines: Vec<Change> = codes.iter().map(|code| unseen_line(desk, args.transfer, code)).collect();
    let expected = transfer.integer("expected").unwrap_or(0) + i64::try_from(lines.len()).unwrap_or(0);
    let set = fields([("expected", expected.into())]);
    let mut changes = vec![change(ChangeOp::Update, "custody_transfer", args.transfer, set, Some(reasons::LATE_TUBES))];
    changes.extend(lines);
    desk.keep(&changes)?;
    one(desk, args.transfer)
}

/// Takes down that an expected tube is there. One that was missing is found.
///
/// # Errors
/// `unreadable_label`, `seen_already`, and why a tube that no line names is none of this hand-over.
pub fn see(desk: &dyn Desk, args: &SeeTubeArgs) -> Answer<TubeSeen> {
    transfer_of(desk, args.transfer)?;
    let code = printed_code(&args.code)?;
    let Some(line) = desk.store().read(|conn| custody::line_of(conn, args.transfer, &code))? else {
        return Err(desk.not_expected(&code));
    };
    if !matches!(Outcome::of(&line), Outcome::Unseen | Outcome::Missing) {
        return Err(seen_already(line.text("outcome").unwrap_or_default(), &code));
    }
    let reason = given(args.reason.as_deref());
    let set = InHand { at: desk.now(), by: &args.by, reason }.matched();
    let why = Some(reason.unwrap_or(reasons::TUBE_SEEN));
    desk.keep(&[change(ChangeOp::Update, "custody_line", line.id, set, why)])?;
    line_now(desk, args.transfer, line.id)
}

/// Takes down a tube that is there and was not expected; it may have no label that can be read.
///
/// # Errors
/// `unreadable_label`, `seen_already`; what the rules or the disk said.
pub fn unexpected(desk: &dyn Desk, args: &UnexpectedTubeArgs) -> Answer<HandoverView> {
    let UnexpectedTubeArgs { seen, explanation, discrepancy } = args;
    transfer_of(desk, seen.transfer)?;
    let in_hand = InHand { at: desk.now(), by: &seen.by, reason: given(seen.reason.as_deref()) };
    let mut set = in_hand.unexpected(explanation, discrepancy.as_deref());
    set.insert("transfer".to_owned(), seen.transfer.to_string().into());
    if !seen.code.trim().is_empty() {
        let code = printed_code(&seen.code)?;
        if let Some(line) = desk.store().read(|conn| custody::line_of(conn, seen.transfer, &code))? {
            return Err(seen_already(line.text("outcome").unwrap_or_default(), &code));
        }
        set.insert("tube".to_owned(), code.into());
    }
    desk.keep(&[change(ChangeOp::Insert, "custody_line", desk.fresh_id(), set, None)])?;
    one(desk, seen.transfer)
}

/// Says of a tube what no scan says, or takes back what was said of it.
///
/// # Errors
/// `no_reason`, `was_unexpected`, `not_found`; what the rules or the disk said.
pub fn say(desk: &dyn Desk, args: &TubeOutcomeArgs) -> Answer<HandoverView> {
    transfer_of(desk, args.transfer)?;
    let line = state_of(desk, "custody_line", args.line)?;
    if line.reference("transfer") != Some(args.transfer) {
        return Err(not_here());
    }
    let reason = given(Some(&args.reason)).ok_or_else(no_reason)?;
    let said = match (Outcome::of(&line), args.outcome.as_str()) {
        (Outcome::Unexpected, UNSEEN) => change(ChangeOp::Void, "custody_line", line.id, Fields::new(), Some(reason)),
        (Outcome::Unexpected, _) => {
            let detail = "Say what is wrong with it in its explanation, or take it out of this hand-over.";
            return Err(Failure::new("was_unexpected", "This tube was not expected here", detail, ""));
        }
        _ => {
            let set = otherwise(args, reason).of(&line, desk.now()).ok_or_else(not_said)?;
            change(ChangeOp::Update, "custody_line", line.id, set, Some(reason))
        }
    };
    desk.keep(&[said])?;
    one(desk, args.transfer)
}

/// Reads what is said of a tube.
fn otherwise<'a>(args: &'a TubeOutcomeArgs, reason: &'a str) -> Otherwise<'a> {
    let discrepancy = args.discrepancy.as_deref();
    Otherwise { outcome: &args.outcome, discrepancy, recollect: args.recollect, reason }
}

fn not_said() -> Failure {
    Failure::new("bad_arguments", "This page did not say what was seen.", "", "")
}

/// Takes down seal, temperature and remarks. What was said before is changed only with a reason.
///
/// # Errors
/// `no_reason`; what the rules or the disk said.
pub fn look_besides(desk: &dyn Desk, args: &HandoverDetailsArgs) -> Answer<HandoverView> {
    let before = transfer_of(desk, args.transfer)?;
    let set = fields([
        ("seal", text(&args.seal)),
        ("seal_intact", args.seal_intact.map_or(Value::Null, Value::Bool)),
        ("celsius", text(&args.celsius)),
        ("comments", text(&args.comments)),
    ]);
    let changes_words =
        |(field, new): (&String, &Value)| before.has(field) && before.value(field).is_some_and(|old| old != new);
    let is_first = !set.iter().any(changes_words);
    let reason = given(args.reason.as_deref()).or(is_first.then_some(reasons::HANDOVER_DETAILS));
    let reason = reason.ok_or_else(no_reason)?;
    let details = change(ChangeOp::Update, "custody_transfer", args.transfer, set, Some(reason));
    desk.keep(&[details])?;
    one(desk, args.transfer)
}

/// Gives a hand-over up: nobody has signed it, and its tubes are here as before. Its lines go first, as many at a time
/// as a save holds: if the power goes on the way, it is still there and can be given up again.
///
/// # Errors
/// `no_reason`; what the rules or the disk said.
pub fn give_up(desk: &dyn Desk, args: &CancelHandoverArgs) -> Answer<Handovers> {
    transfer_of(desk, args.transfer)?;
    let reason = given(Some(&args.reason)).ok_or_else(no_reason)?;
    let void = |model, record| change(ChangeOp::Void, model, record, Fields::new(), Some(reason));
    let lines = desk.store().read(|conn| custody::lines(conn, args.transfer))?;
    let mut voids: Vec<Change> = lines.iter().map(|line| void("custody_line", line.id)).collect();
    voids.push(void("custody_transfer", args.transfer));
    for part in voids.chunks(MOST_AT_ONCE) {
        desk.keep(part)?;
    }
    all(desk)
}

/// Gathers values.
pub fn fields<const N: usize>(set: [(&str, Value); N]) -> Fields {
    set.map(|(field, value)| (field.to_owned(), value)).into()
}

/// Returns a typed text, or nothing if it is blank.
pub fn text(typed: &str) -> Value {
    given(Some(typed)).map_or(Value::Null, Value::from)
}

/// Returns what was typed, if anything was.
pub fn given(typed: Option<&str>) -> Option<&str> {
    typed.map(str::trim).filter(|typed| !typed.is_empty())
}

/// Makes a change.
pub fn change(op: ChangeOp, model: &str, record: RecordId, set: Fields, reason: Option<&str>) -> Change {
    Change { op, model: model.to_owned(), record, set, reason: reason.map(str::to_owned), source: None }
}

fn unseen_line(desk: &dyn Desk, transfer: RecordId, code: &str) -> Change {
    let set = fields([("transfer", transfer.to_string().into()), ("tube", code.into()), ("outcome", UNSEEN.into())]);
    change(ChangeOp::Insert, "custody_line", desk.fresh_id(), set, None)
}

/// Returns a hand-over of this desk.
fn transfer_of(desk: &dyn Desk, transfer: RecordId) -> Answer<RecordState> {
    let state = state_of(desk, "custody_transfer", transfer)?;
    if state.text("stage") == Some(desk.stage()) { Ok(state) } else { Err(not_here()) }
}

/// The failure for a record that is not here.
pub fn not_here() -> Failure {
    StoreError::NotFound("this record".to_owned()).into()
}

fn few_enough(tubes: usize) -> Answer<()> {
    if tubes <= MOST_AT_ONCE {
        return Ok(());
    }
    let detail = format!("A hand-over takes {MOST_AT_ONCE} tubes at a time, not {tubes}. Choose fewer bags.");
    let mut failure = Failure::new("too_many_tubes", "These are too many tubes for one hand-over", detail, "");
    failure.params.insert("count".to_owned(), tubes.to_string());
    failure.params.insert("most".to_owned(), MOST_AT_ONCE.to_string());
    Err(failure)
}

/// The refusal of a change of what was said before without a reason.
pub fn no_reason() -> Failure {
    Failure::new("no_reason", "The reason is missing", "What was said before is changed only with a reason.", "")
}

/// The refusal of a tube that was seen already, as this.
pub fn seen_already(outcome: &str, code: &str) -> Failure {
    let detail = "Each tube is counted once; look whether two have the same label.";
    let mut failure = of_tube("seen_already", "This tube was seen already", detail, code);
    failure.params.insert("outcome".to_owned(), outcome.to_owned());
    failure
}

/// Makes a refusal that names a tube.
pub fn of_tube(what: &str, title: &str, detail: &str, code: &str) -> Failure {
    let mut failure = Failure::new(what, title, detail, "");
    failure.params.insert("code".to_owned(), code.to_owned());
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_over_of_more_tubes_than_a_save_holds_is_refused_with_the_limit() {
        assert!(few_enough(MOST_AT_ONCE).is_ok());
        let refused = few_enough(MOST_AT_ONCE + 1).unwrap_err();
        let said: Vec<&str> = ["count", "most"].map(|name| refused.params[name].as_str()).to_vec();
        assert_eq!((refused.code.as_str(), said), ("too_many_tubes", vec!["401", "400"]));
    }

    #[test]
    fn what_is_only_blank_was_not_said() {
        assert_eq!((text(" \t"), text(" wet "), given(None)), (Value::Null, "wet".into(), None));
    }
}
