//! What the laboratory does at the clinic: opens deliveries, looks at tubes, signs with whoever brought them, decides.

use std::borrow::Cow;

use tsela_core::{
    ids::RecordId,
    model::{GIVER, MISSING, REJECTED, TAKER, UNSEEN},
};
use tsela_rpc::{
    handover,
    schema::{
        Answer,
        handover::{HandoverRow, LateTubesArgs, SeeTubeArgs, SignHandoverArgs, TubeOutcomeArgs, UnexpectedTubeArgs},
        lab::{BeginDeliveryArgs, DecideTubesArgs},
    },
};
use tsela_server::{LabDesk, Server, admin::By};

use super::dice::Dice;

/// Who brings tubes and who takes them, each with an account.
const DRIVER: &str = "Tiro Pheko";
const ASSISTANT: &str = "Kago Sello";
/// What both type when they sign.
const PASSPHRASE: &str = "pula e na thata";

/// The laboratory's people, as the server knows them.
#[derive(Clone, Debug)]
pub struct Laboratory {
    by: By,
}

impl Laboratory {
    /// Gives both people their accounts.
    pub fn open(server: &Server) -> Self {
        let account = |name, role| server.set_account(name, role, PASSPHRASE, &By::operator()).expect("an account");
        account(DRIVER, "driver");
        let user = account(ASSISTANT, "lab_assistant");
        Self { by: By { user, name: ASSISTANT.to_owned(), role: "lab_assistant".to_owned() } }
    }

    fn desk<'a>(&'a self, server: &'a Server) -> LabDesk<'a> {
        LabDesk::of(server, Cow::Borrowed(&self.by))
    }

    /// Does what is to be done next of what the dice choose; says what that was, `None` if there was nothing.
    pub fn work(&self, server: &Server, dice: &mut Dice) -> Option<&'static str> {
        let desk = self.desk(server);
        let first = dice.below(5);
        let works = ["opens a delivery", "looks at a tube", "looks at a tube", "signs", "decides"];
        let in_turn = works.iter().cycle().skip(first).take(works.len());
        in_turn.copied().find(|work| match *work {
            "opens a delivery" => begin(&desk, dice),
            "signs" => sign(&desk, dice),
            "decides" => decide(&desk, dice),
            _ => look(&desk, dice),
        })
    }

    /// Finishes what is open, as at the end of a day.
    pub fn finish(&self, server: &Server, dice: &mut Dice) -> usize {
        let desk = self.desk(server);
        let mut done = 0;
        while done < 200 && (look(&desk, dice) || sign(&desk, dice) || decide(&desk, dice)) {
            done += 1;
        }
        done
    }
}

/// Opens a delivery with what some drivers have on the road.
fn begin(desk: &LabDesk<'_>, dice: &mut Dice) -> bool {
    let arriving = desk.arriving().expect("what is on the road");
    let transfers: Vec<RecordId> =
        arriving.deliveries.iter().flat_map(|road| road.transfers.iter().map(|transfer| transfer.id)).collect();
    let transfers: Vec<RecordId> = transfers.into_iter().filter(|_| dice.chance(700)).collect();
    let announced: Vec<String> =
        arriving.announced.iter().flat_map(|said| said.tubes.iter().map(|tube| tube.identifier.clone())).collect();
    let tubes: Vec<String> = announced.into_iter().filter(|_| dice.chance(200)).collect();
    if transfers.is_empty() && tubes.is_empty() {
        return false;
    }
    let args = BeginDeliveryArgs { giver: DRIVER.to_owned(), place: "Clinic".to_owned(), transfers, tubes };
    taken(desk.begin(&args))
}

/// Looks at one tube of an open delivery: mostly it is there and well.
fn look(desk: &LabDesk<'_>, dice: &mut Dice) -> bool {
    let Some(open) = open(desk, dice, |row| row.balance.unseen > 0) else { return false };
    let transfer = open.transfer.id;
    let view = handover::one(desk, transfer).expect("an open delivery");
    let unseen: Vec<_> = view.lines.iter().filter(|line| line.outcome == UNSEEN).collect();
    let Some(line) = dice.pick(&unseen) else { return false };
    let said = |outcome: &str, discrepancy: Option<&str>, recollect| TubeOutcomeArgs {
        transfer,
        line: line.line,
        outcome: outcome.to_owned(),
        discrepancy: discrepancy.map(str::to_owned),
        recollect,
        reason: "as seen at the counter".to_owned(),
    };
    match dice.below(10) {
        0 => taken(handover::say(desk, &said(MISSING, None, false))),
        1 => taken(handover::say(desk, &said(REJECTED, Some("haemolysed"), dice.chance(500)))),
        _ => {
            let seen =
                SeeTubeArgs { transfer, code: line.tube.identifier.clone(), by: "scanned".to_owned(), reason: None };
            let done = taken(handover::see(desk, &seen));
            if dice.chance(100) {
                something_else_comes(desk, transfer, dice);
            }
            done
        }
    }
}

/// A tube comes that this delivery does not expect: one that was missing or is on the road joins, of another it is said how
/// it came.
fn something_else_comes(desk: &LabDesk<'_>, transfer: RecordId, dice: &mut Dice) {
    let arriving = desk.arriving().expect("what is on the road");
    let missing = desk.missing().expect("what is missing");
    let road = arriving.deliveries.into_iter().flat_map(|road| road.tubes);
    let tubes: Vec<String> =
        road.chain(missing.open.into_iter().map(|missing| missing.tube)).map(|tube| tube.identifier).collect();
    let Some(code) = dice.pick(&tubes).cloned() else { return };
    if dice.chance(700) {
        taken(handover::let_join(desk, &LateTubesArgs { transfer, tubes: vec![code] }));
    } else {
        let seen = SeeTubeArgs { transfer, code, by: "scanned".to_owned(), reason: None };
        let args = UnexpectedTubeArgs { seen, explanation: "it lay in the same box".to_owned(), discrepancy: None };
        taken(handover::unexpected(desk, &args));
    }
}

/// Both sign a delivery that comes out even.
fn sign(desk: &LabDesk<'_>, dice: &mut Dice) -> bool {
    let Some(open) = open(desk, dice, |row| row.balance.even) else { return false };
    let signed = |side: &str, account: Option<&str>| {
        let args = SignHandoverArgs {
            transfer: open.transfer.id,
            side: side.to_owned(),
            name: "As printed".to_owned(),
            passphrase: PASSPHRASE.to_owned(),
            account: account.map(str::to_owned),
        };
        taken(handover::sign(desk, &args))
    };
    // One of the two may have signed, and gone, before the power did.
    let given = signed(GIVER, Some(DRIVER));
    if given && dice.chance(100) {
        return true;
    }
    signed(TAKER, None) || given
}

/// Decides of some tubes that were received.
fn decide(desk: &LabDesk<'_>, dice: &mut Dice) -> bool {
    let undecided = desk.received().expect("what was received").undecided;
    let tubes: Vec<String> = undecided.into_iter().map(|received| received.tube.identifier).collect();
    let tubes: Vec<String> = tubes.into_iter().filter(|_| dice.chance(600)).collect();
    if tubes.is_empty() {
        return false;
    }
    let (decision, discrepancy) = match dice.below(6) {
        0 => ("rejected", Some("clotted")),
        1 => ("recollect", Some("haemolysed")),
        _ => ("accepted", None),
    };
    let args = DecideTubesArgs {
        tubes,
        decision: decision.to_owned(),
        discrepancy: discrepancy.map(str::to_owned),
        explanation: "as the protocol says".to_owned(),
    };
    taken(desk.decide(&args))
}

/// Picks a delivery that is not closed.
fn open(desk: &LabDesk<'_>, dice: &mut Dice, fits: impl Fn(&HandoverRow) -> bool) -> Option<HandoverRow> {
    let mut open = handover::all(desk).expect("the deliveries").open;
    open.retain(fits);
    open.sort_by_key(|row| row.transfer.id);
    dice.pick(&open).cloned()
}

/// What the rules refuse is refused, as on the page.
fn taken<T>(answer: Answer<T>) -> bool {
    match answer {
        Ok(_) => true,
        Err(failure) => {
            assert!(failure.code != "internal", "the desk failed: {failure:?}");
            println!("DBG {failure:?}");
            false
        }
    }
}
