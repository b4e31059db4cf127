//! What a count does with scans, lists and hand-overs.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::manifest::Tube;

const NOW: Timestamp = Timestamp(1_772_450_000_000);
const TUBES: [&str; 4] = ["A010001011", "A01000202Z", "A01000303Y", "A01000404X"];

fn id(n: u128) -> RecordId {
    RecordId(Uuid::from_u128(n))
}

fn list(number: u64, tubes: &[(&str, TubeState)]) -> Manifest {
    let tube = |&(code, state): &(&str, TubeState)| Tube {
        specimen: code.parse().unwrap(),
        panel: "viral_load".parse().unwrap(),
        tube_type: "edta".parse().unwrap(),
        drawn_at: Some(NOW),
        state,
    };
    let at = NOW.plus_millis(i64::try_from(number).unwrap());
    Manifest::new(number, DeviceId(Uuid::from_u128(7)), "A01".parse().unwrap(), at, tubes.iter().map(tube).collect())
        .unwrap()
}

fn three() -> Manifest {
    use TubeState::{Collected, Packed, Planned};
    let [a, b, c, planned] = TUBES;
    list(1, &[(a, Packed), (b, Packed), (c, Collected), (planned, Planned)])
}

fn begun() -> Count {
    let who = Counting {
        study: StudyId(Uuid::from_u128(1)),
        carrier: DeviceId(Uuid::from_u128(8)),
        id: id(1),
        by: "Tiro".to_owned(),
        now: NOW,
    };
    let mut n = 100;
    Count::begin(who, &three(), || {
        n += 1;
        id(n)
    })
}

fn scanned() -> InHand<'static> {
    InHand { at: NOW.plus_millis(5), by: "scanned", reason: None }
}

fn line<'c>(count: &'c Count, code: &str) -> &'c CountLine {
    count.lines.iter().find(|line| line.text("tube") == Some(code)).unwrap()
}

#[test]
fn what_can_be_handed_over_is_expected_and_nothing_is_seen_by_itself() {
    let tally = begun().tally();
    assert_eq!((tally.expected, tally.unseen, tally.is_balanced()), (3, 3, false));
}

#[test]
fn each_tube_is_counted_once_and_one_that_is_missing_is_found() {
    let (mut count, list) = (begun(), three());
    let [a, b, _, planned] = TUBES;
    assert!(count.see(a, scanned(), Some(&list)).is_ok());
    assert_eq!(count.see(a, scanned(), Some(&list)), Err(NotCounted::Again("matched".to_owned())));
    let planned = count.see(planned, scanned(), Some(&list)).unwrap_err();
    assert_eq!(planned, NotCounted::NotExpected(Some(TubeState::Planned)));
    assert_eq!(count.see("ZZZ0001011", scanned(), Some(&list)), Err(NotCounted::NotExpected(None)));
    let missing = Otherwise { outcome: "missing", discrepancy: None, recollect: false, reason: "not in the bag" };
    let of = line(&count, b).id;
    count.say(of, missing, NOW).unwrap();
    assert_eq!((count.tally().missing, line(&count, b).text("explanation")), (1, Some("not in the bag")));
    count.see(b, scanned(), Some(&list)).unwrap();
    assert_eq!((count.tally().missing, count.tally().matched, line(&count, b).has("explanation")), (0, 2, false));
}

#[test]
fn an_unexpected_tube_is_explained_and_can_be_taken_out_again() {
    let mut count = begun();
    let odd = id(50);
    count.unexpected(odd, None, scanned(), ("lay beside the bag", Some("unlabelled"))).unwrap();
    assert_eq!((count.tally().unexpected, count.tally().unexplained, count.tally().expected), (1, 0, 3));
    let say = |outcome| Otherwise { outcome, discrepancy: None, recollect: false, reason: "it is another's" };
    assert_eq!(count.say(odd, say("missing"), NOW), Err(NotCounted::Unexpected));
    assert_eq!(count.say(odd, say("unseen"), NOW), Ok(None));
    assert_eq!((count.tally().unexpected, count.say(odd, say("unseen"), NOW)), (0, Err(NotCounted::NoLine)));
}

#[test]
fn a_newer_list_loses_no_scan() {
    let (mut count, [a, b, c, late]) = (begun(), TUBES);
    count.see(a, scanned(), None).unwrap();
    count.unexpected(id(50), Some(late), scanned(), ("labelled late", None)).unwrap();
    // The newer one has neither the first, which was seen, nor the second, which was not; and it has the late one.
    let newer = list(2, &[(c, TubeState::Packed), (late, TubeState::Packed)]);
    let differs = count.against(&newer);
    assert_eq!((differs.more, differs.gone), (vec![late.to_owned()], vec![a.to_owned(), b.to_owned()]));
    count.go_on_with(&newer, NOW, || id(900));
    let seen: Vec<_> =
        count.lines.iter().map(|line| (line.text("tube").unwrap(), line.text("outcome").unwrap())).collect();
    assert_eq!(seen, [(a, "matched"), (c, "unseen"), (late, "matched")]);
    assert_eq!((count.manifest, line(&count, late).id, line(&count, late).has("explanation")), (2, id(50), false));
    assert!(begun().is_older_than(&newer) && !count.is_older_than(&newer));
    // A laptop that was restored counts its lists anew, in another stream.
    let mut of_new_life = list(1, &[]);
    of_new_life.stream = "A02".parse().unwrap();
    assert!(count.is_older_than(&of_new_life));
}

#[test]
fn a_hand_over_takes_what_it_did_not_say_and_shows_where_it_differs() {
    let (mut count, [a, b, c, late]) = (begun(), TUBES);
    count.see(a, scanned(), None).unwrap();
    count.see(b, scanned(), None).unwrap();
    count.unexpected(id(50), None, scanned(), ("no label", Some("unlabelled"))).unwrap();
    let missing = Otherwise { outcome: "missing", discrepancy: None, recollect: false, reason: "not there" };
    count.say(line(&count, c).id, missing, NOW).unwrap();
    let said = |tube: &str, outcome: &str| -> Fields {
        [("tube".to_owned(), tube.into()), ("outcome".to_owned(), outcome.into())].into()
    };
    let here = [(id(1), said(a, "unseen")), (id(2), said(b, "missing")), (id(3), said(late, "unseen"))];
    let found = compare(&count, &here);
    assert_eq!(found.says.iter().map(|(id, line)| (*id, line.text("tube"))).collect::<Vec<_>>(), [(id(1), Some(a))]);
    assert_eq!(found.new.iter().map(|line| line.id).collect::<Vec<_>>(), [id(50)], "a missing tube is not put there");
    let differs = Differs { tube: b.to_owned(), here: "missing".to_owned(), counted: "matched".to_owned() };
    assert_eq!((found.differs, found.not_counted), (vec![differs], vec![late.to_owned()]));
    // Taken over, nothing is left to do; whether a tube was expected may be seen differently.
    let all: Vec<_> = count.lines.iter().map(|line| (line.id, line.said.clone())).collect();
    assert_eq!(compare(&count, &all), Compared::default());
}

#[test]
fn who_signs_is_told_what_was_counted_otherwise() {
    let (mut count, [a, b, c, late]) = (begun(), TUBES);
    count.see(a, scanned(), None).unwrap();
    count.see(b, scanned(), None).unwrap();
    let missing = Otherwise { outcome: "missing", discrepancy: None, recollect: false, reason: "not there" };
    count.say(line(&count, c).id, missing, NOW).unwrap();
    let said = |tube: &str, outcome: &str| -> Fields {
        [("tube".to_owned(), tube.into()), ("outcome".to_owned(), outcome.into())].into()
    };
    let told = |lines: &[Fields]| -> Vec<(String, String, String)> {
        told_otherwise(&count, lines).into_iter().map(|told| (told.tube, told.here, told.counted)).collect()
    };
    let texts = |tube: &str, here: &str, counted: &str| (tube.to_owned(), here.to_owned(), counted.to_owned());
    let same = [said(a, "matched"), said(b, "unexpected"), said(c, "missing"), said(late, "matched")];
    assert_eq!(told(&same), [], "what was not counted here is not judged, nor whether a tube was expected");
    let other = [said(a, "held_back"), said(c, "matched")];
    let expected = [texts(a, "held_back", "matched"), texts(b, "", "matched"), texts(c, "matched", "missing")];
    assert_eq!(told(&other), expected);
    assert_eq!(told(&[said(a, "matched"), said(b, "matched")]), [], "a missing tube need not be named");
}

#[test]
fn a_count_has_served_once_the_taker_has_signed_for_its_tubes() {
    let (mut count, [a, b, ..]) = (begun(), TUBES);
    let signed = |at: i64, tubes: &[&str]| SignedTubes {
        at: NOW.plus_millis(at),
        tubes: tubes.iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>(),
    };
    assert!(!count.has_served(&[signed(9, &[a, b])]), "nothing was counted");
    count.see(a, scanned(), None).unwrap();
    count.see(b, scanned(), None).unwrap();
    assert!(!count.has_served(&[signed(-9, &[a, b])]), "what was signed before says nothing of this count");
    assert!(!count.has_served(&[signed(9, &[a])]));
    assert!(count.has_served(&[signed(9, &[a]), signed(9, &[b])]));
}

#[test]
fn layout_is_frozen() {
    let mut count = begun();
    count.see(TUBES[0], scanned(), None).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&count).unwrap());
}

#[test]
fn what_another_laptop_sends_is_a_count_or_refused() {
    let count = begun();
    assert_eq!(count.clone().checked(), Some(count.clone()));
    let with = |field: &str, value: Value| {
        let mut count = count.clone();
        count.lines[0].said.insert(field.to_owned(), value);
        count.checked()
    };
    let newer = with("outcome", "stolen".into()).unwrap();
    assert_eq!(newer.tally().unseen, 3, "what this program does not know of a tube leaves it to be looked for");
    assert_eq!(with("transfer", id(5).to_string().into()), None, "it names no hand-over");
    assert_eq!(with("participant", "KEFILWE".into()), None);
    assert_eq!(with("tube", TUBES[1].into()), None, "a tube twice");
    assert_eq!(with("explanation", "x".repeat(5_000).into()), None);
    let mut many = count.clone();
    many.lines = (0..=MAX_LINES).map(|_| count.lines[0].clone()).collect();
    assert_eq!(many.checked(), None);
}
