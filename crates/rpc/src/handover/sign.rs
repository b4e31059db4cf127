//! Signatures under a hand-over: on a laptop by the person signed in, at the laboratory by both people on one screen.

use tsela_core::{
    custody::{Closing, Outcome},
    fold::RecordState,
    ids::UserId,
    model::Values,
};
use tsela_store::{Connection, custody, journal::ChangeOp};

use super::{Desk, change, fields, given, no_reason, not_here, one, state_of, transfer_of};
use crate::schema::{
    Answer, Failure,
    handover::{HandoverView, SignHandoverArgs, VoidSignatureArgs},
};

/// Most tubes that a refusal names; the page shows them all.
const MOST_NAMED: usize = 5;

/// Signs what the hand-over says now. A wrong passphrase counts as one at sign-in does.
///
/// # Errors
/// `unbalanced`, `signed_already`, `same_person`, a wrong passphrase; what the rules or the disk said.
pub fn sign(desk: &dyn Desk, args: &SignHandoverArgs) -> Answer<HandoverView> {
    transfer_of(desk, args.transfer)?;
    let read = |conn: &Connection| {
        let (lines, signed) = (custody::lines(conn, args.transfer)?, custody::signatures(conn, args.transfer)?);
        Ok((custody::closing(conn, args.transfer)?, lines, signed))
    };
    let (closing, lines, signed) = desk.store().read(read)?;
    let closing = closing.ok_or_else(not_here)?;
    comes_out_even(&closing, &lines)?;
    has_not_signed(&args.side, &signed)?;
    let signer = desk.signer(args.account.as_deref(), &args.side, &args.passphrase)?;
    is_another(signer.user(), &signed)?;
    let set = fields([
        ("transfer", args.transfer.to_string().into()),
        ("side", args.side.as_str().into()),
        ("name", args.name.trim().into()),
        ("signed_at", desk.now().to_string().into()),
        // The rule compares it with what the hand-over says when it is saved.
        ("content", closing.content.to_string().into()),
    ]);
    signer.keep(&[change(ChangeOp::Insert, "custody_signature", desk.fresh_id(), set, None)])?;
    one(desk, args.transfer)
}

/// Takes a signature back; the rules refuse it once the hand-over is closed.
///
/// # Errors
/// `no_reason`, `not_found`; what the rules or the disk said.
pub fn take_back(desk: &dyn Desk, args: &VoidSignatureArgs) -> Answer<HandoverView> {
    transfer_of(desk, args.transfer)?;
    let signature = state_of(desk, "custody_signature", args.signature)?;
    if signature.reference("transfer") != Some(args.transfer) {
        return Err(not_here());
    }
    let reason = given(Some(&args.reason)).ok_or_else(no_reason)?;
    desk.keep(&[change(ChangeOp::Void, "custody_signature", args.signature, [].into(), Some(reason))])?;
    one(desk, args.transfer)
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

/// Refuses a second signature of a side.
fn has_not_signed(side: &str, signed: &[RecordState]) -> Answer<()> {
    if signed.iter().any(|signature| signature.text("side") == Some(side)) {
        let detail = "If that signature does not hold any more, take it back first.";
        return Err(Failure::new("signed_already", "This side has signed already", detail, ""));
    }
    Ok(())
}

/// Refuses one person on both sides.
fn is_another(user: UserId, signed: &[RecordState]) -> Answer<()> {
    let is_mine = |signature: &RecordState| signature.created.as_ref().is_some_and(|moment| moment.user == user);
    if signed.iter().any(is_mine) {
        let detail = "A hand-over is signed by two people: who gives, and who takes.";
        return Err(Failure::new("same_person", "You have signed for the other side", detail, ""));
    }
    Ok(())
}
