//! The laws of custody: the balance, what is signed, and that no order of events changes where a tube is.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    entry::Fields,
    ids::RecordId,
    manifest::TubeState,
    model::{OUTCOMES, Values},
    world::day::{self, Day, id},
};

const TUBE: &str = "A010001011";

/// A hand-over of the day's tube, to a driver or the laboratory, with an outcome and these signatures.
fn hand_over(day: &mut Day, n: u128, stage: &str, outcome: &str, sides: &[&str]) -> RecordId {
    let transfer = id(1000 + n);
    let form = day.form("custody_transfer", &json!({ "stage": stage, "expected": i32::from(outcome != "unexpected") }));
    day.insert("custody_transfer", transfer, form);
    let line = json!({ "transfer": transfer.to_string(), "tube": TUBE, "outcome": outcome,
        "discrepancy": "leaking", "explanation": "walked in" });
    let line = day.form("custody_line", &line);
    day.insert("custody_line", id(2000 + n), line);
    day.sign(transfer, sides);
    transfer
}

fn standing(day: &Day) -> TubeState {
    Custody::of(&day.world).of_specimen(day.world.get(id(9)).unwrap()).state
}

const BOTH: &[&str] = &["giver", "taker"];

#[test]
fn a_tube_goes_from_planned_to_received_by_what_is_done_with_it() {
    let mut day = Day::new();
    assert_eq!(standing(&day), TubeState::Planned);
    day.update(id(9), json!({ "labelled_at": "2026-03-02T05:44:00Z" }));
    assert_eq!(standing(&day), TubeState::Collected);
    day.update(id(9), json!({ "bag": id(10).to_string() }));
    assert_eq!(standing(&day), TubeState::Packed);
    let transfer = hand_over(&mut day, 1, "to_carrier", "matched", &["giver"]);
    assert_eq!(standing(&day), TubeState::Packed, "one signature closes nothing");
    day.sign(transfer, &["taker"]);
    assert_eq!(standing(&day), TubeState::WithCarrier);
    hand_over(&mut day, 2, "to_lab", "matched", BOTH);
    assert_eq!(standing(&day), TubeState::Received);
}

#[test]
fn a_missing_tube_is_found_by_whoever_has_it_in_hand_whichever_was_written_first() {
    for outcomes in [["missing", "matched"], ["matched", "missing"]] {
        let mut day = Day::new();
        for (n, outcome) in (1..).zip(outcomes) {
            hand_over(&mut day, n, "to_lab", outcome, BOTH);
        }
        assert_eq!(standing(&day), TubeState::Received, "{outcomes:?}");
    }
    let mut day = Day::new();
    hand_over(&mut day, 1, "to_carrier", "matched", BOTH);
    hand_over(&mut day, 2, "to_lab", "missing", BOTH);
    assert_eq!(standing(&day), TubeState::Missing, "it was with the driver and did not arrive");
}

#[test]
fn a_tube_that_arrives_with_no_dispatch_is_received_all_the_same() {
    let mut day = Day::new();
    hand_over(&mut day, 1, "to_lab", "unexpected", BOTH);
    assert_eq!(standing(&day), TubeState::Received);
}

#[test]
fn what_is_not_taken_stays_where_it_was() {
    for outcome in ["rejected", "held_back"] {
        let mut day = Day::new();
        day.update(id(9), json!({ "labelled_at": "2026-03-02T05:44:00Z" }));
        hand_over(&mut day, 1, "to_carrier", outcome, BOTH);
        assert_eq!(standing(&day), TubeState::Collected, "{outcome}");
    }
    let mut day = Day::new();
    hand_over(&mut day, 1, "to_lab", "rejected", BOTH);
    assert_eq!(standing(&day), TubeState::Rejected);
}

#[test]
fn a_signature_holds_for_what_was_signed_and_for_nothing_else() {
    let mut day = Day::new();
    let transfer = hand_over(&mut day, 1, "to_carrier", "matched", BOTH);
    let closed = closing(transfer, &day.world).unwrap();
    assert!(closed.is_closed() && !closed.is_stale);
    day.update(id(2001), json!({ "outcome": "missing" }));
    let changed = closing(transfer, &day.world).unwrap();
    assert!(!changed.is_closed() && changed.is_stale && !changed.giver && !changed.taker);
    assert_ne!(changed.content, closed.content);
    day.update(id(2001), json!({ "outcome": "matched" }));
    assert_eq!(closing(transfer, &day.world).unwrap(), closed, "it says again what was signed");
    // A line more is another content, too; a void one is none.
    let more = day.form(
        "custody_line",
        &json!({ "transfer": transfer.to_string(), "tube": null,
        "outcome": "unexpected", "explanation": "no label" }),
    );
    day.insert("custody_line", id(3000), more);
    assert!(closing(transfer, &day.world).unwrap().is_stale);
    day.update(id(3000), json!({ "_void": true }));
    assert!(closing(transfer, &day.world).unwrap().is_closed());
    assert_eq!(closing(id(9), &day.world), None, "a specimen is no hand-over");
}

/// What the laboratory decided of the day's tube.
fn decide(day: &mut Day, n: u128, decision: &str) {
    let form = json!({ "tube": TUBE, "decision": decision, "discrepancy": "haemolysed" });
    let form = day.form("specimen_disposition", &form);
    day.insert("specimen_disposition", id(4000 + n), form);
}

#[test]
fn the_laboratorys_decision_counts_once_it_has_the_tube_and_of_two_the_worse() {
    let mut day = Day::new();
    decide(&mut day, 1, "accepted");
    assert_eq!(standing(&day), TubeState::Planned, "nobody has received it");
    hand_over(&mut day, 1, "to_lab", "matched", BOTH);
    assert_eq!(standing(&day), TubeState::Accepted);
    decide(&mut day, 2, "rejected");
    assert_eq!(standing(&day), TubeState::Rejected);
    decide(&mut day, 3, "recollect");
    let now = Custody::of(&day.world).of_specimen(day.world.get(id(9)).unwrap());
    let said = (now.state, now.discrepancy.as_deref(), now.at.map(|at| at.to_string()));
    let at = Some("2026-03-02T11:00:00.000Z".to_owned());
    assert_eq!(said, (TubeState::RecollectionRequested, Some("haemolysed"), at));
    day.update(id(4003), json!({ "_void": true }));
    day.update(id(4002), json!({ "decision": "accepted", "discrepancy": null }));
    assert_eq!(standing(&day), TubeState::Accepted, "it was looked at again");
}

#[test]
fn a_tube_that_is_rejected_at_the_desk_may_be_asked_for_again() {
    for (recollect, state) in [(false, TubeState::Rejected), (true, TubeState::RecollectionRequested)] {
        let mut day = Day::new();
        let transfer = hand_over(&mut day, 1, "to_lab", "rejected", &[]);
        day.update(id(2001), json!({ "recollect": recollect }));
        day.sign(transfer, BOTH);
        let now = Custody::of(&day.world).of_specimen(day.world.get(id(9)).unwrap());
        assert_eq!((now.state, now.discrepancy.as_deref()), (state, Some("leaking")));
    }
}

#[test]
fn a_tube_that_the_laboratory_missed_and_a_driver_took_once_more_is_with_the_driver() {
    let mut day = Day::new();
    hand_over(&mut day, 1, "to_carrier", "matched", BOTH);
    hand_over(&mut day, 2, "to_lab", "missing", BOTH);
    hand_over(&mut day, 3, "to_carrier", "matched", BOTH);
    assert_eq!(standing(&day), TubeState::WithCarrier);
    hand_over(&mut day, 4, "to_lab", "missing", BOTH);
    assert_eq!(standing(&day), TubeState::Missing, "and was missed again");
    hand_over(&mut day, 5, "to_lab", "matched", BOTH);
    assert_eq!(standing(&day), TubeState::Received);
}

#[test]
fn a_tube_without_dispatch_or_without_data_is_remarked_on_until_these_come() {
    let package = day::package();
    let odd = |day: &Day, line: RecordId| {
        let found = crate::findings::findings(day.world.get(line).unwrap(), &day.world, &|_| Some(&package));
        let codes = found.into_iter().map(|finding| finding.code).filter(|code| code.starts_with("finding.no_"));
        codes.collect::<Vec<_>>()
    };
    let mut day = Day::new();
    // The day's own hand-over to a driver has the tube: without it, nobody has dispatched it.
    day.update(id(12), json!({ "outcome": "held_back", "explanation": "later" }));
    hand_over(&mut day, 1, "to_lab", "unexpected", BOTH);
    assert_eq!(odd(&day, id(2001)), ["finding.no_dispatch"]);
    day.update(id(9), json!({ "_void": true }));
    assert_eq!(odd(&day, id(2001)), ["finding.no_data", "finding.no_dispatch"]);
    day.update(id(9), json!({ "_void": false }));
    hand_over(&mut day, 2, "to_carrier", "matched", &["giver"]);
    assert_eq!(odd(&day, id(2001)), Vec::<String>::new());
    hand_over(&mut day, 3, "to_lab", "missing", BOTH);
    assert_eq!(odd(&day, id(2003)), Vec::<String>::new(), "a tube that is not there has no need of either");
}

#[test]
fn what_was_signed_is_not_voided_and_a_signature_only_while_the_hand_over_is_open() {
    use crate::rules::stays;
    let mut day = Day::new();
    let transfer = hand_over(&mut day, 1, "to_carrier", "matched", &[]);
    let refused = |day: &Day, record: RecordId| stays(day.world.get(record).unwrap(), &day.world).is_some();
    assert!(!refused(&day, transfer) && !refused(&day, id(2001)), "nobody has signed it");
    day.sign(transfer, &["giver"]);
    let signature = signatures(transfer, &day.world)[0].id;
    assert!(refused(&day, transfer) && refused(&day, id(2001)) && !refused(&day, signature));
    day.sign(transfer, &["taker"]);
    assert!(refused(&day, transfer) && refused(&day, id(2001)) && refused(&day, signature), "it is closed for good");
    assert!(!refused(&day, id(9)), "a specimen is no part of it");
}

#[test]
fn what_is_signed_is_frozen() {
    let mut day = Day::new();
    let transfer = hand_over(&mut day, 1, "to_carrier", "matched", &[]);
    let content = String::from_utf8(content::content(transfer, &day.world).unwrap()).unwrap();
    insta::assert_snapshot!(format!("{content}\n{}", content_hash(transfer, &day.world).unwrap()));
}

fn line(outcome: &str, explained: bool) -> Fields {
    let mut line = day::fields(json!({ "outcome": outcome }));
    if explained {
        line.insert("explanation".to_owned(), json!("why"));
    }
    line
}

fn any_line() -> impl Strategy<Value = Fields> {
    (prop::sample::select(OUTCOMES), any::<bool>()).prop_map(|(outcome, explained)| line(outcome, explained))
}

proptest! {
    #[test]
    fn the_balance_says_that_every_expected_tube_is_accounted_for(
        lines in prop::collection::vec(any_line(), 0..40),
        difference in -2i64..3,
    ) {
        let values = || lines.iter().map(|line| line as &dyn Values);
        let count = |wanted: &[&str]| {
            values().filter(|line| line.text("outcome").is_some_and(|outcome| wanted.contains(&outcome))).count()
        };
        let accounted = count(&["matched", "missing", "rejected", "held_back"]);
        let expected = u64::try_from((accounted as i64 + difference).max(0)).unwrap();
        let tally = Tally::of(expected, values());
        let explained = values().all(|line| line.text("outcome") != Some("unexpected") || line.has("explanation"));
        prop_assert_eq!(tally.is_balanced(), expected == accounted as u64 && count(&["unseen"]) == 0 && explained);
        // Every line is counted once, and nothing makes a tube seen by itself.
        let all = tally.matched + tally.missing + tally.rejected + tally.held_back + tally.unseen + tally.unexpected;
        prop_assert_eq!(all, lines.len() as u64);
        let untouched = vec![Fields::new(); lines.len()];
        let unseen = Tally::of(lines.len() as u64, untouched.iter().map(|line| line as &dyn Values));
        prop_assert_eq!(unseen.is_balanced(), lines.is_empty());
    }

    #[test]
    fn the_order_of_hand_overs_changes_nothing(
        acts in prop::collection::vec((any::<bool>(), prop::sample::select(OUTCOMES), any::<bool>()), 1..6),
        seed in any::<prop::sample::Index>(),
    ) {
        let play = |order: &[usize]| {
            let mut day = Day::new();
            for n in order {
                let (lab, outcome, signed) = acts[*n];
                let sides: &[&str] = if signed { BOTH } else { &["giver"] };
                hand_over(&mut day, *n as u128, if lab { "to_lab" } else { "to_carrier" }, outcome, sides);
            }
            standing(&day)
        };
        let order: Vec<usize> = (0..acts.len()).collect();
        let mut turned = order.clone();
        turned.rotate_left(seed.index(acts.len()));
        let back: Vec<usize> = order.iter().rev().copied().collect();
        prop_assert_eq!(play(&order), play(&turned));
        prop_assert_eq!(play(&order), play(&back));
    }
}
