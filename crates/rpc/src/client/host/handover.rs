//! Hand-overs: two people look at each tube together, and both sign what they saw.
//!
//! Every scan is a save of its own: whatever happens to the laptop, nothing is looked for twice.

mod shown;
mod sign;
mod tubes;

use tsela_core::{
    custody::{MOST_AT_ONCE, Outcome},
    entry::{Fields, Value},
    fold::RecordState,
    ids::RecordId,
    manifest::TubeState,
    model::{HELD_BACK, MATCHED, MISSING, REJECTED, TO_CARRIER, UNEXPECTED, UNSEEN, Values},
};
use tsela_store::{
    custody,
    journal::{Change, ChangeOp},
};

use super::{ClientHostState, Session, labels::printed_code, reasons};
use crate::schema::{
    Answer, Failure,
    handover::{
        BeginHandoverArgs, CancelHandoverArgs, HandedTube, HandoverDetailsArgs, HandoverView, Handovers, LateTubesArgs,
        SeeTubeArgs, TubeOutcomeArgs, TubeSeen, UnexpectedTubeArgs,
    },
};

/// What a line says of how its tube was seen.
const SEEN: [&str; 3] = ["seen_at", "identified_by", "identified_reason"];

impl ClientHostState {
    /// Begins a hand-over: what is expected and one unseen line for each tube are one save.
    pub(super) fn begin_hand_over(&self, args: &BeginHandoverArgs) -> Answer<HandoverView> {
        let session = self.session()?;
        let chosen = |tube: &HandedTube| tube.bag.as_ref().map_or(args.loose, |bag| args.bags.contains(&bag.id));
        let mut tubes = self.tubes_waiting(&session)?.0;
        tubes.retain(chosen);
        if tubes.is_empty() {
            let detail = "Choose a bag with tubes, or scan the labels of loose ones first.";
            return Err(Failure::new("nothing_to_hand_over", "There is no tube to hand over", detail, ""));
        }
        few_enough(tubes.len())?;
        let transfer = RecordId(session.opened.fresh_id());
        let set = fields([
            ("stage", TO_CARRIER.into()),
            ("giver", session.opened.user.name.clone().into()),
            ("taker", args.taker.trim().into()),
            ("place", args.place.trim().into()),
            ("handed_at", self.now().to_string().into()),
            ("expected", tubes.len().into()),
        ]);
        let mut changes = vec![change(ChangeOp::Insert, "custody_transfer", transfer, set, None)];
        changes.extend(tubes.iter().map(|tube| unseen_line(&session, transfer, &tube.identifier)));
        Self::keep_changes(&session, &changes)?;
        self.hand_over(transfer)
    }

    /// Lets tubes join an open hand-over that came after it began: it then expects them too.
    pub(super) fn let_join(&self, args: &LateTubesArgs) -> Answer<HandoverView> {
        let session = self.session()?;
        let transfer = Self::state_of(&session, "custody_transfer", args.transfer)?;
        few_enough(args.tubes.len())?;
        let waiting = self.tubes_waiting(&session)?.0;
        let mut lines = Vec::new();
        for tube in &args.tubes {
            let code = printed_code(tube)?;
            if !waiting.iter().any(|waiting| waiting.identifier == code) {
                let detail = "Its label was not checked, or another hand-over names it, or somebody has it already.";
                return Err(of_tube("not_waiting", "This tube cannot join", detail, &code));
            }
            lines.push(unseen_line(&session, args.transfer, &code));
        }
        let expected = transfer.integer("expected").unwrap_or(0) + i64::try_from(lines.len()).unwrap_or(0);
        let set = fields([("expected", expected.into())]);
        let mut changes =
            vec![change(ChangeOp::Update, "custody_transfer", args.transfer, set, Some(reasons::LATE_TUBES))];
        changes.extend(lines);
        Self::keep_changes(&session, &changes)?;
        self.hand_over(args.transfer)
    }

    /// Takes down that an expected tube is there. One that was missing is found.
    pub(super) fn tube_in_hand(&self, args: &SeeTubeArgs) -> Answer<TubeSeen> {
        let session = self.session()?;
        Self::state_of(&session, "custody_transfer", args.transfer)?;
        let code = printed_code(&args.code)?;
        let Some(line) = session.opened.store.read(|conn| custody::line_of(conn, args.transfer, &code))? else {
            return Err(self.not_expected(&session, &code));
        };
        if !matches!(Outcome::of(&line), Outcome::Unseen | Outcome::Missing) {
            return Err(seen_already(&line, &code));
        }
        let reason = given(args.reason.as_deref());
        let mut set = fields([("outcome", MATCHED.into()), ("explanation", Value::Null)]);
        set.extend(self.identified(&args.by, reason));
        let why = Some(reason.unwrap_or(reasons::TUBE_SEEN));
        Self::keep_changes(&session, &[change(ChangeOp::Update, "custody_line", line.id, set, why)])?;
        self.line_now(&session, args.transfer, line.id)
    }

    /// Takes down a tube that is there and was not expected; it may have no label that can be read.
    pub(super) fn tube_not_expected(&self, args: &UnexpectedTubeArgs) -> Answer<HandoverView> {
        let session = self.session()?;
        let UnexpectedTubeArgs { seen, explanation, discrepancy } = args;
        Self::state_of(&session, "custody_transfer", seen.transfer)?;
        let mut set = fields([
            ("transfer", seen.transfer.to_string().into()),
            ("outcome", UNEXPECTED.into()),
            ("explanation", text(explanation)),
            ("discrepancy", text(discrepancy.as_deref().unwrap_or_default())),
        ]);
        if !seen.code.trim().is_empty() {
            let code = printed_code(&seen.code)?;
            if let Some(line) = session.opened.store.read(|conn| custody::line_of(conn, seen.transfer, &code))? {
                return Err(seen_already(&line, &code));
            }
            set.insert("tube".to_owned(), code.into());
        }
        set.extend(self.identified(&seen.by, given(seen.reason.as_deref())));
        let record = RecordId(session.opened.fresh_id());
        Self::keep_changes(&session, &[change(ChangeOp::Insert, "custody_line", record, set, None)])?;
        self.hand_over(seen.transfer)
    }

    /// Says of a tube what no scan says, or takes back what was said of it.
    pub(super) fn say_of_tube(&self, args: &TubeOutcomeArgs) -> Answer<HandoverView> {
        let session = self.session()?;
        let line = Self::state_of(&session, "custody_line", args.line)?;
        if line.reference("transfer") != Some(args.transfer) {
            return Err(super::not_here());
        }
        let reason = given(Some(&args.reason)).ok_or_else(no_reason)?;
        let said = match (Outcome::of(&line), args.outcome.as_str()) {
            (Outcome::Unexpected, UNSEEN) => {
                change(ChangeOp::Void, "custody_line", line.id, Fields::new(), Some(reason))
            }
            (Outcome::Unexpected, _) => {
                let detail = "Say what is wrong with it in its explanation, or take it out of this hand-over.";
                return Err(Failure::new("was_unexpected", "This tube was not expected here", detail, ""));
            }
            _ => {
                let set = self.outcome(&line, args, reason)?;
                change(ChangeOp::Update, "custody_line", line.id, set, Some(reason))
            }
        };
        Self::keep_changes(&session, &[said])?;
        self.hand_over(args.transfer)
    }

    /// Returns what a line of an expected tube says from now on. A tube that is rejected or held back is there, so that
    /// it is identified: by hand, unless it was scanned before.
    fn outcome(&self, line: &RecordState, args: &TubeOutcomeArgs, reason: &str) -> Answer<Fields> {
        let mut set = fields([("outcome", args.outcome.as_str().into()), ("discrepancy", Value::Null)]);
        match args.outcome.as_str() {
            UNSEEN => set.extend(fields([("explanation", Value::Null)])),
            MISSING | REJECTED | HELD_BACK => set.extend(fields([("explanation", reason.into())])),
            _ => return Err(Failure::new("bad_arguments", "This page did not say what was seen.", "", "")),
        }
        match args.outcome.as_str() {
            REJECTED | HELD_BACK => {
                set.extend(fields([("discrepancy", text(args.discrepancy.as_deref().unwrap_or_default()))]));
                if !line.has("identified_by") {
                    set.extend(self.identified("by_hand", Some(reason)));
                }
            }
            _ => set.extend(SEEN.map(|field| (field.to_owned(), Value::Null))),
        }
        Ok(set)
    }

    /// Takes down seal, temperature and remarks. What was said before is changed only with a reason.
    pub(super) fn look_besides(&self, args: &HandoverDetailsArgs) -> Answer<HandoverView> {
        let session = self.session()?;
        let before = Self::state_of(&session, "custody_transfer", args.transfer)?;
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
        Self::keep_changes(&session, &[details])?;
        self.hand_over(args.transfer)
    }

    /// Gives a hand-over up: nobody has signed it, and its tubes are here as before. Its lines go first, as many at a time
    /// as a save holds: if the power goes on the way, it is still there and can be given up again.
    pub(super) fn give_up(&self, args: &CancelHandoverArgs) -> Answer<Handovers> {
        let session = self.session()?;
        Self::state_of(&session, "custody_transfer", args.transfer)?;
        let reason = given(Some(&args.reason)).ok_or_else(no_reason)?;
        let void = |model, record| change(ChangeOp::Void, model, record, Fields::new(), Some(reason));
        let lines = session.opened.store.read(|conn| custody::lines(conn, args.transfer))?;
        let mut voids: Vec<Change> = lines.iter().map(|line| void("custody_line", line.id)).collect();
        voids.push(void("custody_transfer", args.transfer));
        for part in voids.chunks(MOST_AT_ONCE) {
            Self::keep_changes(&session, part)?;
        }
        self.handovers_here()
    }

    fn identified(&self, by: &str, reason: Option<&str>) -> Fields {
        let reason = reason.map_or(Value::Null, Value::from);
        let [at, how, why] = SEEN;
        fields([(at, self.now().to_string().into()), (how, by.into()), (why, reason)])
    }

    /// Says of a tube that no line names where it belongs, as far as this laptop knows.
    fn not_expected(&self, session: &Session, code: &str) -> Failure {
        let known = match self.place_of(session, code) {
            Ok(known) => known,
            Err(failure) => return failure,
        };
        if let Some(other) = known.named_by {
            let detail = format!("Hand-over {other} expects it. Put it there, or say how it comes here.");
            let mut failure = of_tube("other_handover", "Another hand-over expects this tube", &detail, code);
            failure.params.insert("other".to_owned(), other);
            return failure;
        }
        match known.state {
            Some(TubeState::Collected | TubeState::Packed) => {
                let detail =
                    "It waits here to be handed over. Let it join this hand-over, or leave it for the next one.";
                of_tube("late_tube", "This tube is not in this hand-over yet", detail, code)
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

fn fields<const N: usize>(set: [(&str, Value); N]) -> Fields {
    set.map(|(field, value)| (field.to_owned(), value)).into()
}

fn text(typed: &str) -> Value {
    given(Some(typed)).map_or(Value::Null, Value::from)
}

/// Returns what was typed, if anything was.
fn given(typed: Option<&str>) -> Option<&str> {
    typed.map(str::trim).filter(|typed| !typed.is_empty())
}

fn change(op: ChangeOp, model: &str, record: RecordId, set: Fields, reason: Option<&str>) -> Change {
    Change { op, model: model.to_owned(), record, set, reason: reason.map(str::to_owned), source: None }
}

fn unseen_line(session: &Session, transfer: RecordId, code: &str) -> Change {
    let set = fields([("transfer", transfer.to_string().into()), ("tube", code.into()), ("outcome", UNSEEN.into())]);
    change(ChangeOp::Insert, "custody_line", RecordId(session.opened.fresh_id()), set, None)
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

fn no_reason() -> Failure {
    Failure::new("no_reason", "The reason is missing", "What was said before is changed only with a reason.", "")
}

fn seen_already(line: &RecordState, code: &str) -> Failure {
    let detail = "Each tube is counted once; look whether two have the same label.";
    let mut failure = of_tube("seen_already", "This tube was seen already", detail, code);
    failure.params.insert("outcome".to_owned(), line.text("outcome").unwrap_or_default().to_owned());
    failure
}

fn of_tube(what: &str, title: &str, detail: &str, code: &str) -> Failure {
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
