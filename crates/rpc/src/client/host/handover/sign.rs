//! Signatures under a hand-over, by the person signed in: on the giver's laptop as giver, on the driver's as taker.

use tsela_core::{
    custody::{Closing, Outcome},
    fold::RecordState,
    ids::RecordId,
    model::Values,
};
use tsela_store::{Connection, custody, journal::ChangeOp};

use super::{
    super::{ClientHostState, Session, not_here},
    change, fields, given, no_reason,
};
use crate::schema::{
    Answer, Failure,
    handover::{HandoverView, SignHandoverArgs, VoidSignatureArgs},
};

/// Most tubes that a refusal names; the page shows them all.
const MOST_NAMED: usize = 5;

impl ClientHostState {
    /// Signs what the hand-over says now. A wrong passphrase counts as one at sign-in does.
    pub(in crate::client::host) fn sign_hand_over(&self, args: &SignHandoverArgs) -> Answer<HandoverView> {
        let session = self.session()?;
        Self::state_of(&session, "custody_transfer", args.transfer)?;
        let read = |conn: &Connection| {
            let (lines, signed) = (custody::lines(conn, args.transfer)?, custody::signatures(conn, args.transfer)?);
            Ok((custody::closing(conn, args.transfer)?, lines, signed))
        };
        let (closing, lines, signed) = session.opened.store.read(read)?;
        let closing = closing.ok_or_else(not_here)?;
        comes_out_even(&closing, &lines)?;
        may_sign(&session, &args.side, &signed)?;
        Self::is_present(&session, &args.passphrase)?;
        let set = fields([
            ("transfer", args.transfer.to_string().into()),
            ("side", args.side.as_str().into()),
            ("name", args.name.trim().into()),
            ("signed_at", self.now().to_string().into()),
            // The rule compares it with what the hand-over says when it is saved.
            ("content", closing.content.to_string().into()),
        ]);
        let signature = RecordId(session.opened.fresh_id());
        Self::keep_changes(&session, &[change(ChangeOp::Insert, "custody_signature", signature, set, None)])?;
        self.hand_over(args.transfer)
    }

    /// Takes a signature back; the rules refuse it once the hand-over is closed.
    pub(in crate::client::host) fn take_signature_back(&self, args: &VoidSignatureArgs) -> Answer<HandoverView> {
        let session = self.session()?;
        let signature = Self::state_of(&session, "custody_signature", args.signature)?;
        if signature.reference("transfer") != Some(args.transfer) {
            return Err(not_here());
        }
        let reason = given(Some(&args.reason)).ok_or_else(no_reason)?;
        let void = change(ChangeOp::Void, "custody_signature", args.signature, [].into(), Some(reason));
        Self::keep_changes(&session, &[void])?;
        self.hand_over(args.transfer)
    }

    /// Makes sure that the person signed in is the one at the keyboard.
    pub(in crate::client::host) fn is_present(session: &Session, passphrase: &str) -> Answer<()> {
        let checked = session.opened.check_passphrase(passphrase);
        session.opened.journal_sign_ins()?;
        Ok(checked?)
    }
}

/// Refuses a signature under a balance that does not come out, and says what is missing.
fn comes_out_even(closing: &Closing, lines: &[RecordState]) -> Answer<()> {
    let tally = closing.tally;
    if tally.is_balanced() {
        return Ok(());
    }
    let accounted = tally.matched + tally.missing + tally.rejected + tally.held_back;
    let open = lines.iter().filter(|line| match Outcome::of(*line) {
        Outcome::Unseen => true,
        Outcome::Unexpected => !line.has("explanation"),
        _ => false,
    });
    let mut tubes: Vec<&str> = open.filter_map(|line| line.text("tube")).collect();
    tubes.sort_unstable();
    let more = tubes.len().saturating_sub(MOST_NAMED);
    tubes.truncate(MOST_NAMED);
    let named = tubes.join(", ") + if more > 0 { " …" } else { "" };
    let detail = format!(
        "Of {} tubes {accounted} are accounted for, {} were not looked for and {} are not explained: {named}. Look for \
         them, or say what became of them.",
        tally.expected, tally.unseen, tally.unexplained
    );
    let mut failure = Failure::new("unbalanced", "The hand-over does not come out even yet", detail, "");
    let counts = [("expected", tally.expected), ("accounted", accounted), ("unseen", tally.unseen)];
    failure.params.extend(counts.map(|(name, count)| (name.to_owned(), count.to_string())));
    failure.params.insert("unexplained".to_owned(), tally.unexplained.to_string());
    failure.params.insert("tubes".to_owned(), named);
    Err(failure)
}

/// Refuses a second signature of a side, and one person on both.
fn may_sign(session: &Session, side: &str, signed: &[RecordState]) -> Answer<()> {
    if signed.iter().any(|signature| signature.text("side") == Some(side)) {
        let detail = "If that signature does not hold any more, take it back first.";
        return Err(Failure::new("signed_already", "This side has signed already", detail, ""));
    }
    let is_mine = |signature: &RecordState| {
        signature.created.as_ref().is_some_and(|moment| moment.user == session.opened.user.id)
    };
    if signed.iter().any(is_mine) {
        let detail = "A hand-over is signed by two people: who gives, and who takes.";
        return Err(Failure::new("same_person", "You have signed for the other side", detail, ""));
    }
    Ok(())
}
