//! What an assistant does on a short day: enters the sample day line by line, corrects, checks labels, packs bags, and takes
//! tubes to a hand-over.

use serde_json::{Value, json};
use tsela_core::{
    custody::{Closing, Outcome},
    entry::Fields,
    fold::RecordState,
    identifiers,
    ids::RecordId,
    model::{GIVER, HELD_BACK, MATCHED, MISSING, REJECTED, TO_CARRIER, UNEXPECTED, UNSEEN, Values as _},
};
use tsela_store::{
    Connection, custody,
    journal::ChangeOp,
    records::{self, Filter},
};

use super::{
    checks::CANARY,
    dice::Dice,
    peer::{Peer, change},
};

/// The sample day.
const SHIFT: &str = include_str!("../../../demo/shift.jsonl");
/// Most tubes of one hand-over.
const TUBES: usize = 5;

/// Returns the lines of some households of the sample day, with a mark in whatever is typed of a participant.
pub fn day(dice: &mut Dice, lines: usize) -> Vec<String> {
    let all: Vec<&str> = SHIFT.lines().collect();
    let households: Vec<usize> = (0..all.len()).filter(|line| all[*line].contains(r#""model":"household","#)).collect();
    let early = &households[..households.len() / 2];
    let start = *dice.pick(early).expect("the sample day has households");
    all[start..].iter().take(lines).map(|line| marked(line)).collect()
}

fn marked(line: &str) -> String {
    let mut line: Value = serde_json::from_str(line).expect("a line is JSON");
    for field in ["first_name", "last_name"] {
        if let Some(name) = line["set"][field].as_str() {
            line["set"][field] = format!("{name}{CANARY}").into();
        }
    }
    if line["set"]["notes"].is_string() {
        line["set"]["notes"] = format!("{CANARY} is at home").into();
    }
    line.to_string()
}

/// Enters the next line; says whether it was taken.
pub fn enter(peer: &mut Peer, dice: &mut Dice) -> bool {
    let Some(line) = peer.lines.pop_front() else { return false };
    let now = peer.opened().now();
    let entered = peer.read(|conn| Ok(peer.names.read(&line, conn, || dice.id(now))));
    let taken = match &entered {
        Ok(entered) => peer.save(std::slice::from_ref(&entered.change), dice),
        Err(_) => false,
    };
    if let (true, Ok(entered)) = (taken, &entered) {
        peer.names.remember(entered);
        return true;
    }
    // What the line is about was lost with a restore, or cannot be written: the next household begins anew.
    while peer.lines.front().is_some_and(|line| !line.contains(r#""model":"household""#)) {
        peer.lines.pop_front();
    }
    false
}

/// Corrects a household that is here.
pub fn correct(peer: &mut Peer, dice: &mut Dice) -> bool {
    let households = all(peer, "household");
    let Some(record) = dice.pick(&households).map(|state| state.id) else { return false };
    let field = ["notes", "plot", "section"][dice.below(3)];
    let set = fields([(field, json!(format!("{CANARY}{}", dice.below(90)).get(..8).unwrap_or_default()))]);
    peer.save(&[change(ChangeOp::Update, "household", record, set, Some("corrected"))], dice)
}

/// Checks the label of a tube.
pub fn label(peer: &mut Peer, dice: &mut Dice) -> bool {
    let tubes: Vec<RecordState> = all(peer, "specimen").into_iter().filter(|tube| !tube.has("labelled_at")).collect();
    let Some(tube) = dice.pick(&tubes) else { return false };
    let now = peer.opened().now().to_string();
    let set = fields([("labelled_at", json!(now)), ("labelled_by", json!("scanned"))]);
    peer.save(&[change(ChangeOp::Update, "specimen", tube.id, set, Some("label checked"))], dice)
}

/// Packs a labelled tube into a bag of its temperature.
pub fn pack(peer: &mut Peer, dice: &mut Dice) -> bool {
    let tubes: Vec<RecordState> =
        all(peer, "specimen").into_iter().filter(|tube| tube.has("labelled_at") && !tube.has("bag")).collect();
    let Some(tube) = dice.pick(&tubes) else { return false };
    let requisition = tube.reference("requisition");
    let requisition = requisition.and_then(|id| peer.read(|conn| records::state(conn, id)));
    let packages = peer.opened().packages();
    let package = packages.newest().expect("a study package");
    let panel = requisition.and_then(|state| package.panel(state.text("panel")?).cloned());
    let Some(range) = panel.map(|panel| panel.transport_celsius) else { return false };
    let (low, high) = (i64::from(range.low), i64::from(range.high));
    let fits = |bag: &RecordState| bag.integer("celsius_low") == Some(low) && bag.integer("celsius_high") == Some(high);
    let mut changes = Vec::new();
    let bag = match all(peer, "bag").into_iter().find(fits) {
        Some(bag) => bag.id,
        None => {
            let bag = peer.fresh(dice);
            let set = fields([("celsius_low", json!(low)), ("celsius_high", json!(high))]);
            changes.push(change(ChangeOp::Insert, "bag", bag, set, None));
            bag
        }
    };
    let now = peer.opened().now().to_string();
    let set = fields([("bag", json!(bag.to_string())), ("packed_at", json!(now)), ("packed_by", json!("scanned"))]);
    changes.push(change(ChangeOp::Update, "specimen", tube.id, set, Some("packed")));
    peer.save(&changes, dice)
}

/// Begins a hand-over to the driver with tubes that wait.
pub fn begin(peer: &mut Peer, dice: &mut Dice) -> bool {
    let mut waiting: Vec<RecordState> =
        peer.read(custody::waiting).tubes.into_iter().map(|record| record.state).collect();
    waiting.sort_by_key(|tube| tube.id);
    waiting.truncate(TUBES);
    if waiting.is_empty() {
        return false;
    }
    let transfer = peer.fresh(dice);
    let set = fields([
        ("stage", json!(TO_CARRIER)),
        ("giver", json!("Kabo Molefe")),
        ("taker", json!("Tiro Pheko")),
        ("place", json!("Otse")),
        ("handed_at", json!(peer.opened().now().to_string())),
        ("expected", json!(waiting.len())),
    ]);
    let mut changes = vec![change(ChangeOp::Insert, "custody_transfer", transfer, set, None)];
    for tube in &waiting {
        let code = tube.text("specimen_identifier").unwrap_or_default();
        let set =
            fields([("transfer", json!(transfer.to_string())), ("tube", json!(code)), ("outcome", json!(UNSEEN))]);
        changes.push(change(ChangeOp::Insert, "custody_line", peer.fresh(dice), set, None));
    }
    peer.save(&changes, dice)
}

/// Looks at one tube of an open hand-over, or takes down one that nobody expected.
pub fn look(peer: &mut Peer, dice: &mut Dice) -> bool {
    let Some(transfer) = open_transfer(peer, dice, |_| true) else { return false };
    let lines = peer.read(|conn| custody::lines(conn, transfer));
    let unseen: Vec<&RecordState> = lines.iter().filter(|line| Outcome::of(*line) == Outcome::Unseen).collect();
    let seen = [("seen_at", json!(peer.opened().now().to_string())), ("identified_by", json!("scanned"))];
    let said = match dice.pick(&unseen) {
        Some(line) => {
            let mut set = match dice.below(10) {
                0 => fields([("outcome", json!(MISSING)), ("explanation", json!("not in the bag"))]),
                1 => fields([("outcome", json!(REJECTED)), ("discrepancy", json!("leaking"))]),
                2 => fields([("outcome", json!(HELD_BACK))]),
                _ => fields([("outcome", json!(MATCHED))]),
            };
            if set["outcome"] != MISSING {
                set.extend(fields(seen));
            }
            change(ChangeOp::Update, "custody_line", line.id, set, Some("seen"))
        }
        None if dice.chance(300) => {
            let strange = identifiers::specimen("ZZZ".parse().expect("a code"), 1 + dice.below(900) as u64, 1);
            let mut set = fields([
                ("transfer", json!(transfer.to_string())),
                ("tube", json!(strange.to_string())),
                ("outcome", json!(UNEXPECTED)),
                ("explanation", json!("brought along on the road")),
            ]);
            set.extend(fields(seen));
            change(ChangeOp::Insert, "custody_line", peer.fresh(dice), set, None)
        }
        None => return false,
    };
    peer.save(&[said], dice)
}

/// Signs a hand-over that comes out even.
pub fn sign(peer: &mut Peer, dice: &mut Dice) -> bool {
    let Some(transfer) = open_transfer(peer, dice, |closing| closing.tally.is_balanced()) else { return false };
    let closing = peer.read(|conn| custody::closing(conn, transfer)).expect("it is here");
    let set = fields([
        ("transfer", json!(transfer.to_string())),
        ("side", json!(GIVER)),
        ("name", json!("Kabo Molefe")),
        ("signed_at", json!(peer.opened().now().to_string())),
        ("content", json!(closing.content.to_string())),
    ]);
    let signature = peer.fresh(dice);
    peer.save(&[change(ChangeOp::Insert, "custody_signature", signature, set, None)], dice)
}

/// Picks a hand-over that its giver has not signed.
fn open_transfer(peer: &Peer, dice: &mut Dice, fits: impl Fn(&Closing) -> bool) -> Option<RecordId> {
    let transfers = peer.read(custody::transfers);
    let mut open: Vec<RecordId> = transfers
        .into_iter()
        .filter(|(_, closing)| !closing.giver && fits(closing))
        .map(|(record, _)| record.state.id)
        .collect();
    open.sort();
    dice.pick(&open).copied()
}

/// The records of a model that are here and not void, by id.
fn all(peer: &Peer, model: &'static str) -> Vec<RecordState> {
    let filter = Filter { model: Some(model), limit: 1_000, ..Filter::default() };
    let read = |conn: &Connection| records::list(conn, &filter);
    let mut found: Vec<RecordState> = peer.read(read).1.into_iter().map(|record| record.state).collect();
    found.sort_by_key(|state| state.id);
    found
}

fn fields<const N: usize>(set: [(&str, Value); N]) -> Fields {
    set.into_iter().map(|(field, value)| (field.to_owned(), value)).collect()
}
