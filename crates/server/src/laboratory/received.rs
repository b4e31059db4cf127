//! What the laboratory has received, and what it decided of it.

use tsela_core::{
    custody::MOST_AT_ONCE,
    entry::Value,
    fold::RecordState,
    manifest::TubeState,
    model::{ACCEPTED, DISPOSITIONS, Values as _},
};
use tsela_rpc::{
    handover::{Desk, View, change, fields, given, no_reason, of_tube, printed_code, seconds_left, text, viewing},
    schema::{
        Answer, Failure,
        lab::{DecideTubesArgs, ReceivedTube, ReceivedTubes},
    },
    views,
};
use tsela_store::{
    custody,
    journal::{Change, ChangeOp},
    records,
    server::lab::{self, Arrived},
};

use super::LabDesk;

/// Most tubes that were decided and are shown; the newest.
const MOST_DECIDED: usize = 500;
/// The reason of a decision that confirms what is already written; pages say it in words.
const DECIDED: &str = "decided";

impl LabDesk<'_> {
    /// Shows what was received: what waits for a decision, and what was decided.
    ///
    /// # Errors
    /// What the disk said.
    pub fn received(&self) -> Answer<ReceivedTubes> {
        let tubes = viewing(self, |view| {
            let arrived = lab::arrived(view.conn, view.custody)?.into_iter();
            arrived.map(|tube| self.received_tube(view, tube)).collect::<Result<Vec<_>, _>>()
        })?;
        let tubes = tubes.into_iter().flatten();
        let (mut undecided, mut decided): (Vec<ReceivedTube>, Vec<_>) =
            tubes.partition(|tube| tube.state == TubeState::Received.as_str());
        undecided.sort_by_cached_key(|received| {
            let tube = &received.tube;
            (tube.clock.is_none(), seconds_left(tube), tube.identifier.clone())
        });
        decided.sort_by_key(|tube| std::cmp::Reverse(tube.decided_at.or(tube.received_at)));
        decided.truncate(MOST_DECIDED);
        Ok(ReceivedTubes { undecided, decided })
    }

    /// `None` for a tube that a later hand-over has elsewhere.
    fn received_tube(&self, view: &View<'_>, arrived: Arrived) -> tsela_store::Result<Option<ReceivedTube>> {
        let Some(said) = view.custody.of_tube(&arrived.tube) else { return Ok(None) };
        let decision = lab::disposition(view.conn, &arrived.tube)?;
        let delivery = records::state(view.conn, arrived.transfer)?;
        let words = |state: &RecordState| state.text("explanation").map(str::to_owned);
        Ok(Some(ReceivedTube {
            tube: self.tube(view, &arrived.tube)?,
            state: said.state.as_str().to_owned(),
            delivery: delivery.map(|state| views::reference(view.conn, &state)).transpose()?,
            received_at: arrived.seen_at,
            discrepancy: said.discrepancy,
            explanation: decision.as_ref().map_or(arrived.explanation, words),
            decided_at: decision.as_ref().and_then(|state| state.instant("decided_at")),
            decided_by: decision.as_ref().map(|state| view.names.user(state.modified.user)),
        }))
    }

    /// Accepts or rejects received tubes, in one save.
    ///
    /// # Errors
    /// `not_received` for a tube that the laboratory does not have; `no_reason` for a changed decision without one.
    pub fn decide(&self, args: &DecideTubesArgs) -> Answer<ReceivedTubes> {
        let mut codes = args.tubes.iter().map(|tube| printed_code(tube)).collect::<Answer<Vec<_>>>()?;
        codes.sort_unstable();
        codes.dedup();
        if codes.is_empty() || codes.len() > MOST_AT_ONCE || !DISPOSITIONS.contains(&args.decision.as_str()) {
            let detail = format!("Choose 1 to {MOST_AT_ONCE} tubes, and say what is decided.");
            return Err(Failure::new("bad_arguments", "This cannot be decided", detail, ""));
        }
        let changes = codes.iter().map(|code| self.decision(code, args)).collect::<Answer<Vec<_>>>()?;
        self.keep(&changes)?;
        self.received()
    }

    fn decision(&self, code: &str, args: &DecideTubesArgs) -> Answer<Change> {
        let read = |conn: &tsela_store::Connection| {
            let state = custody::reading(conn, |custody| Ok(custody.of_tube(code).map(|said| said.state)))?;
            Ok((state, lab::disposition(conn, code)?))
        };
        let (state, before) = self.store().read(read)?;
        if !state.is_some_and(tsela_core::custody::is_at_lab) {
            let detail = "Receive it first: scan it in an open delivery, and sign that.";
            return Err(of_tube("not_received", "The laboratory does not have this tube", detail, code));
        }
        let discrepancy = if args.decision == ACCEPTED { None } else { args.discrepancy.as_deref() };
        let mut set = fields([
            ("decision", args.decision.as_str().into()),
            ("discrepancy", discrepancy.map_or(Value::Null, Value::from)),
            ("explanation", text(&args.explanation)),
            ("decided_at", self.now().to_string().into()),
        ]);
        let Some(before) = before else {
            let was_refused = matches!(state, Some(TubeState::Rejected | TubeState::RecollectionRequested));
            if was_refused && given(Some(&args.explanation)).is_none() {
                return Err(no_reason());
            }
            set.insert("tube".to_owned(), code.into());
            return Ok(change(ChangeOp::Insert, "specimen_disposition", self.fresh_id(), set, None));
        };
        let is_same = before.text("decision") == Some(args.decision.as_str());
        let reason = given(Some(&args.explanation)).or(is_same.then_some(DECIDED)).ok_or_else(no_reason)?;
        Ok(change(ChangeOp::Update, "specimen_disposition", before.id, set, Some(reason)))
    }
}
