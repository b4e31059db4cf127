//! Rules of bags and hand-overs: what may travel together, what must be said of a tube, and what may be signed.

use super::judge::{Judge, is_live};
use crate::{
    custody::{self, Outcome},
    fold::RecordState,
    identifiers::{self, IdentifierKind},
    ids::RecordId,
    model::{ACCEPTED, SAME_TUBE, TO_CARRIER, TO_LAB, Values as _},
    problem::{Broken, Rule},
    world::World,
};

pub(super) static RULES: &[&Rule] = &[
    &RANGE,
    &NOT_A_CODE,
    &NO_CODE,
    &SEEN_HOW,
    &SEEN_WHY,
    &WHAT_IS_WRONG,
    &UNEXPLAINED,
    &NO_DISPATCH,
    &NO_DATA,
    &SIGNED,
    &UNBALANCED,
    &STALE,
    &GIVEN_UP_WHEN,
];

static RANGE: Rule = Rule::error("bag.range", "{field} is above the temperature to which it is kept. Swap the two.");
static NOT_A_CODE: Rule =
    Rule::error("custody_line.not_a_code", "{field}: {value} is not the code of a tube. Scan or read it again.");
static NO_CODE: Rule =
    Rule::error("custody_line.no_code", "{field} is empty. Only a tube that was not expected can be without a code.");
static SEEN_HOW: Rule = Rule::error(
    "custody_line.seen_how",
    "{field} is empty. A tube counts as seen by a scan, or by a tick with a reason.",
);
static SEEN_WHY: Rule = Rule::error(
    "custody_line.seen_why",
    "{field}: a tube that was not scanned needs a reason. Scan it, or say why that cannot be done.",
);
static WHAT_IS_WRONG: Rule =
    Rule::error("custody_line.what_is_wrong", "{field} is empty. Say what is wrong with the tube that is not taken.");
static UNEXPLAINED: Rule =
    Rule::error("custody_line.unexplained", "{field} is empty. Say how a tube comes here that was not expected.");
static NO_DISPATCH: Rule = Rule::warning(
    "finding.no_dispatch",
    "{field}: the laboratory had this tube in hand, and nobody has dispatched it. Ask who brought it.",
);
static NO_DATA: Rule = Rule::warning(
    "finding.no_data",
    "{field}: the laboratory had this tube in hand, and its data are not here. Ask for the laptop that printed its \
     label.",
);
static GIVEN_UP_WHEN: Rule = Rule::error(
    "missing_tube.given_up_when",
    "{field}: a tube that is given up needs the time of that. Say when, or go on looking for it.",
);
static SIGNED: Rule = Rule::error(
    "custody.signed",
    "{field}: this hand-over was signed and is not changed any more. Put what is late into the next one.",
);
static UNBALANCED: Rule = Rule::error(
    "custody_signature.unbalanced",
    "{field}: of {expected} tubes {accounted} are accounted for, {unseen} were not looked for and {unexplained} are not \
     explained. Nobody signs before it comes out even.",
);
static STALE: Rule = Rule::error(
    "custody_signature.stale",
    "{field}: the hand-over does not say any more what was signed. Void the signature, and sign what it says now.",
);

pub(super) fn bag(judge: &Judge<'_>) {
    let (low, high) = (judge.values.integer("celsius_low"), judge.values.integer("celsius_high"));
    if low.zip(high).is_some_and(|(low, high)| low > high) {
        judge.breaks(&RANGE, "celsius_low");
    }
}

pub(super) fn transfer(judge: &Judge<'_>) {
    let Some(record) = judge.record else { return };
    if judge.is_form() && is_signed(judge, record) {
        judge.breaks(&SIGNED, "handed_at");
    }
}

pub(super) fn line(judge: &Judge<'_>) {
    let (values, outcome) = (judge.values, Outcome::of(judge.values));
    match values.text("tube") {
        None if outcome != Outcome::Unexpected => judge.breaks(&NO_CODE, "tube"),
        Some(code) if !is_printed(code) => judge.note(Broken::at(&NOT_A_CODE, "tube").with("value", code)),
        _ => {}
    }
    if outcome.is_seen() {
        for field in ["identified_by", "seen_at"].into_iter().filter(|field| !judge.has(field)) {
            judge.breaks(&SEEN_HOW, field);
        }
        let scanned = values.text("identified_by").is_none_or(|by| by == "scanned");
        if !scanned && !judge.has("identified_reason") {
            judge.breaks(&SEEN_WHY, "identified_reason");
        }
    }
    if outcome == Outcome::Rejected && !judge.has("discrepancy") {
        judge.breaks(&WHAT_IS_WRONG, "discrepancy");
    }
    if outcome == Outcome::Unexpected && !judge.has("explanation") {
        judge.breaks(&UNEXPLAINED, "explanation");
    }
    if judge.is_form() && values.reference("transfer").is_some_and(|transfer| is_signed(judge, transfer)) {
        judge.breaks(&SIGNED, "outcome");
    }
    // Of these, whoever scans a tube is told at once: for later they are findings.
    let to_lab = judge.referred("transfer").is_some_and(|transfer| transfer.text("stage") == Some(TO_LAB));
    let in_hand = matches!(outcome, Outcome::Matched | Outcome::Unexpected | Outcome::Rejected);
    if let Some(code) = values.text("tube").filter(|_| to_lab && in_hand && !judge.is_form()) {
        arrives(judge, code);
    }
}

/// Remarks on a tube that has come to the laboratory before its data, or without anybody having dispatched it.
fn arrives(judge: &Judge<'_>, code: &str) {
    let note = |rule| judge.breaks(rule, "tube");
    if judge.world.by_key("specimen", code).into_iter().all(|id| !judge.world.record(id).is_some_and(|s| is_live(&s))) {
        note(&NO_DATA);
    }
    let others = judge.others(judge.world.by_match(SAME_TUBE, code));
    let dispatched = |line: &RecordState| {
        let transfer = line.reference("transfer").and_then(|transfer| judge.world.record(transfer));
        let to_driver = transfer.is_some_and(|transfer| transfer.text("stage") == Some(TO_CARRIER));
        to_driver && matches!(Outcome::of(line), Outcome::Matched | Outcome::Unexpected)
    };
    if !others.iter().any(|line| dispatched(line)) {
        note(&NO_DISPATCH);
    }
}

pub(super) fn disposition(judge: &Judge<'_>) {
    is_a_code(judge);
    if judge.values.text("decision").is_some_and(|decision| decision != ACCEPTED) && !judge.has("discrepancy") {
        judge.breaks(&WHAT_IS_WRONG, "discrepancy");
    }
}

pub(super) fn missing(judge: &Judge<'_>) {
    is_a_code(judge);
    if judge.has("conclusion") != judge.has("concluded_at") {
        judge.breaks(&GIVEN_UP_WHEN, "concluded_at");
    }
}

fn is_a_code(judge: &Judge<'_>) {
    if let Some(code) = judge.values.text("tube").filter(|code| !is_printed(code)) {
        judge.note(Broken::at(&NOT_A_CODE, "tube").with("value", code));
    }
}

/// Says whether anybody has signed a hand-over, whatever it said then: it may not be changed any more.
fn is_signed(judge: &Judge<'_>, transfer: RecordId) -> bool {
    !custody::signatures(transfer, judge.world).is_empty()
}

/// Says why a record may not be voided or restored: what was signed stays as it was, and a closed hand-over is never
/// opened again. A signature that does not hold any more, or stands alone, can be voided.
pub(super) fn stays(state: &RecordState, world: &dyn World) -> Option<Broken> {
    let signed = |transfer: RecordId| !custody::signatures(transfer, world).is_empty();
    let transfer = state.reference("transfer");
    match state.model.as_str() {
        "custody_transfer" if signed(state.id) => Some(Broken::at(&SIGNED, "handed_at")),
        "custody_line" if transfer.is_some_and(signed) => Some(Broken::at(&SIGNED, "outcome")),
        "custody_signature" => {
            let closing = custody::closing(transfer?, world)?;
            closing.is_closed().then(|| Broken::at(&SIGNED, "side"))
        }
        _ => None,
    }
}

/// Says whether a code is that of a tube, in its printed form.
fn is_printed(code: &str) -> bool {
    identifiers::parse(IdentifierKind::Specimen, code).is_ok_and(|read| read.to_string() == code)
}

pub(super) fn signature(judge: &Judge<'_>) {
    let transfer = judge.values.reference("transfer");
    let Some(closing) = transfer.and_then(|transfer| custody::closing(transfer, judge.world)) else { return };
    let tally = closing.tally;
    if !tally.is_balanced() {
        let accounted = tally.matched + tally.missing + tally.rejected + tally.held_back;
        let broken = Broken::at(&UNBALANCED, "side").with("expected", tally.expected).with("accounted", accounted);
        judge.note(broken.with("unseen", tally.unseen).with("unexplained", tally.unexplained));
    }
    if judge.values.text("content").is_some_and(|signed| signed != closing.content.to_string()) {
        judge.breaks(&STALE, "content");
    }
}
