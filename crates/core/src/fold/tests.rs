//! The laws of the fold, over entries that careful, careless and hostile authors could have written.

use proptest::{prelude::*, sample::subsequence};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::ids::SaveId;

const STREAMS: [&str; 4] = ["A01", "A02", "B01", "S01"];
const FIELDS: [&str; 4] = ["phone", "language", VOID, MERGED_INTO];

type Line = (StreamCode, Entry);

fn stream(i: usize) -> StreamCode {
    STREAMS[i].parse().unwrap()
}

fn entry(seq: u64, op: Op, seen: Seen, set: Fields, settles: Vec<Dot>, at: i64) -> Entry {
    Entry {
        seq,
        save: SaveId(Uuid::from_u128(u128::from(seq))),
        last: true,
        at: Timestamp(at),
        tz: "+02:00".into(),
        user: UserId(Uuid::nil()),
        app: "tsela/0.1.0".into(),
        package: 1,
        op,
        model: "participant".into(),
        version: 1,
        record: RecordId(Uuid::nil()),
        seen,
        set,
        was: Fields::new(),
        settles,
        reason: None,
        source: None,
    }
}

fn fold<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Option<RecordState> {
    let mut state: Option<RecordState> = None;
    for (code, entry) in lines {
        match &mut state {
            Some(state) => state.apply(*code, entry),
            None => state = Some(RecordState::begin(*code, entry.clone())),
        }
    }
    state
}

/// Any entries at all: what they claim to have seen need not make sense.
fn hostile() -> impl Strategy<Value = Vec<Line>> {
    let dot = (0..STREAMS.len(), 1..9u64).prop_map(|(s, seq)| Dot { stream: stream(s), seq });
    let one = (
        0..STREAMS.len(),
        prop::sample::select(vec![Op::Insert, Op::Update, Op::Update, Op::Resolve]),
        prop::collection::btree_map((0..STREAMS.len()).prop_map(stream), 1..9u64, 0..3),
        prop::collection::btree_map(prop::sample::select(FIELDS.to_vec()).prop_map(str::to_owned), 0..4i64, 0..4),
        prop::collection::vec(dot, 0..4),
        0..5i64,
    );
    prop::collection::vec(one, 1..16).prop_map(|all| {
        let mut next = BTreeMap::<StreamCode, u64>::new();
        let line = |(s, op, mut seen, set, settles, at): (usize, Op, Seen, BTreeMap<String, i64>, Vec<Dot>, i64)| {
            let code = stream(s);
            let seq = next.entry(code).and_modify(|n| *n += 1).or_insert(1);
            seen.remove(&code);
            let set = set.into_iter().map(|(field, v)| (field, json!(v))).collect();
            let settles = if op == Op::Resolve { settles } else { vec![] };
            (code, entry(*seq, op, seen, set, settles, at))
        };
        all.into_iter().map(line).collect()
    })
}

/// Entries of people who edit, resolve and now and then exchange all they have.
fn careful() -> impl Strategy<Value = Vec<Line>> {
    let step = (0..STREAMS.len(), 0..STREAMS.len(), 0..6u8, prop::sample::select(FIELDS.to_vec()), 0..4i64, 0..5i64);
    prop::collection::vec(step, 1..40).prop_map(|steps| {
        let mut replicas: Vec<Option<RecordState>> = vec![None; STREAMS.len()];
        let mut next = [0u64; 4];
        let mut lines = Vec::new();
        for (who, other, what, field, value, at) in steps {
            if what == 0 {
                if let Some(theirs) = replicas[other].clone() {
                    match &mut replicas[who] {
                        Some(mine) => mine.merge(&theirs),
                        none => *none = Some(theirs),
                    }
                }
                continue;
            }
            next[who] += 1;
            let seen = replicas[who].as_ref().map(|state| state.seen_from(stream(who))).unwrap_or_default();
            let in_conflict = replicas[who].as_ref().is_some_and(|state| state.is_in_conflict(field));
            let op = if next[who] == 1 {
                Op::Insert
            } else if in_conflict {
                Op::Resolve
            } else {
                Op::Update
            };
            let settles = replicas[who].as_ref().filter(|_| op == Op::Resolve).map(|state| state.dots(field));
            let set = [(field.to_owned(), json!(value))].into();
            let entry = entry(next[who], op, seen, set, settles.unwrap_or_default(), at);
            match &mut replicas[who] {
                Some(state) => state.apply(stream(who), &entry),
                none => *none = Some(RecordState::begin(stream(who), entry.clone())),
            }
            lines.push((stream(who), entry));
        }
        lines
    })
}

/// The definition, written down naively: a write survives unless another write of that field had seen it.
fn survivors(lines: &[Line], field: &str) -> BTreeMap<Dot, Value> {
    let writes = || lines.iter().filter(|(_, entry)| entry.set.contains_key(field));
    let covered = |dot: Dot| {
        writes().any(|(code, other)| match other.op {
            Op::Resolve => other.settles.contains(&dot),
            _ => other.had_seen(*code, dot),
        })
    };
    writes()
        .map(|(code, entry)| (Dot { stream: *code, seq: entry.seq }, entry.set[field].clone()))
        .filter(|(dot, _)| !covered(*dot))
        .collect()
}

fn agrees_with_definition(lines: &[Line]) -> Result<(), TestCaseError> {
    let Some(state) = fold(lines) else { return Ok(()) };
    for field in FIELDS {
        let mine: BTreeMap<Dot, Value> =
            state.fields.get(field).map(|r| r.values().map(|(d, v)| (*d, v.clone())).collect()).unwrap_or_default();
        prop_assert_eq!(mine, survivors(lines, field), "field {}", field);
    }
    Ok(())
}

fn order_does_not_matter(
    lines: &[Line],
    shuffled: &[Line],
    repeated: &[Line],
    cut: usize,
) -> Result<(), TestCaseError> {
    let whole = fold(lines).unwrap();
    prop_assert_eq!(&fold(shuffled).unwrap().to_bytes(), &whole.to_bytes());
    prop_assert_eq!(&fold(shuffled.iter().chain(repeated)).unwrap().to_bytes(), &whole.to_bytes());
    let (front, back) = shuffled.split_at(cut.min(shuffled.len()));
    if let (Some(mut a), Some(b)) = (fold(front), fold(back)) {
        let mut b_then_a = b.clone();
        b_then_a.merge(&a);
        a.merge(&b);
        prop_assert_eq!(&a.to_bytes(), &whole.to_bytes(), "two halves merged");
        prop_assert_eq!(&b_then_a.to_bytes(), &whole.to_bytes(), "two halves merged the other way");
        // A snapshot that came down, and then the rest entry by entry.
        let mut snapshot = RecordState::parse(&fold(front).unwrap().to_bytes()).unwrap();
        back.iter().for_each(|(code, entry)| snapshot.apply(*code, entry));
        prop_assert_eq!(&snapshot.to_bytes(), &whole.to_bytes(), "the rest over a snapshot");
        prop_assert_eq!(snapshot.conflicts(), whole.conflicts());
    }
    Ok(())
}

fn shuffles(lines: Vec<Line>) -> impl Strategy<Value = (Vec<Line>, Vec<Line>, Vec<Line>, usize)> {
    let n = lines.len();
    (Just(lines.clone()), Just(lines.clone()).prop_shuffle(), subsequence(lines, 0..=n), 0..=n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 400 } else { 4000 }))]

    #[test]
    fn hostile_entries_fold_alike_in_any_order((lines, shuffled, repeated, cut) in hostile().prop_flat_map(shuffles)) {
        agrees_with_definition(&lines)?;
        order_does_not_matter(&lines, &shuffled, &repeated, cut)?;
    }

    #[test]
    fn careful_entries_fold_alike_in_any_order((lines, shuffled, repeated, cut) in careful().prop_filter("none", |l| !l.is_empty()).prop_flat_map(shuffles)) {
        agrees_with_definition(&lines)?;
        order_does_not_matter(&lines, &shuffled, &repeated, cut)?;
    }

    #[test]
    fn a_resolve_closes_what_it_names_and_nothing_else((lines, pick) in hostile().prop_flat_map(|l| (Just(l), any::<prop::sample::Index>()))) {
        let mut state = fold(&lines).unwrap();
        let before = survivors(&lines, "phone");
        prop_assume!(!before.is_empty());
        let named: Vec<Dot> = before.keys().copied().take(1 + pick.index(before.len())).collect();
        let resolve = entry(99, Op::Resolve, state.seen_from(stream(3)), [("phone".to_owned(), json!(42))].into(), named.clone(), 9);
        state.apply(stream(3), &resolve);
        let mut expected = before;
        expected.retain(|dot, _| !named.contains(dot));
        expected.insert(Dot { stream: stream(3), seq: 99 }, json!(42));
        let after: BTreeMap<Dot, Value> = state.fields["phone"].values().map(|(d, v)| (*d, v.clone())).collect();
        prop_assert_eq!(after, expected);
    }
}

fn set(field: &str, value: &str) -> Fields {
    [(field.to_owned(), json!(value))].into()
}

#[test]
fn an_edit_after_a_resolve_does_not_reopen_the_conflict() {
    let (lesedi, thabo, clinic) = (stream(0), stream(2), stream(3));
    let insert = (lesedi, entry(1, Op::Insert, Seen::new(), set("phone", "1"), vec![], 1));
    let hers = (lesedi, entry(2, Op::Update, Seen::new(), set("phone", "2"), vec![], 2));
    let his = (thabo, entry(1, Op::Update, [(lesedi, 1)].into(), set("phone", "3"), vec![], 3));
    let conflict = fold([&insert, &hers, &his]).unwrap();
    assert_eq!(conflict.conflicts().len(), 1);
    assert_eq!(conflict.value("phone"), Some(&json!("3")), "the later clock is shown meanwhile");

    let decided = entry(1, Op::Resolve, conflict.seen_from(clinic), set("phone", "2"), conflict.dots("phone"), 4);
    let resolve = (clinic, decided);
    let resolved = fold([&insert, &hers, &his, &resolve]).unwrap();
    assert!(resolved.conflicts().is_empty());

    let edit = (lesedi, entry(3, Op::Update, resolved.seen_from(lesedi), set("phone", "5"), vec![], 0));
    for order in [[&edit, &resolve, &his, &hers, &insert], [&his, &edit, &insert, &resolve, &hers]] {
        let state = fold(order).unwrap();
        assert!(state.conflicts().is_empty(), "{state:?}");
        assert_eq!(state.value("phone"), Some(&json!("5")), "even though her clock is behind");
    }
}

#[test]
fn different_fields_merge_by_themselves_and_equal_values_agree() {
    let insert = (stream(0), entry(1, Op::Insert, Seen::new(), set("phone", "1"), vec![], 1));
    let hers = (stream(1), entry(1, Op::Update, [(stream(0), 1)].into(), set("language", "tn"), vec![], 2));
    let his = (stream(2), entry(1, Op::Update, [(stream(0), 1)].into(), set("phone", "7"), vec![], 2));
    let same = (stream(3), entry(1, Op::Update, [(stream(0), 1)].into(), set("phone", "7"), vec![], 9));
    let state = fold([&insert, &hers, &his, &same]).unwrap();
    assert!(state.conflicts().is_empty());
    assert_eq!((state.value("phone"), state.value("language")), (Some(&json!("7")), Some(&json!("tn"))));
}

#[test]
fn an_edit_beside_a_void_is_kept_and_flagged() {
    let insert = (stream(0), entry(1, Op::Insert, Seen::new(), set("phone", "1"), vec![], 1));
    let void = (stream(0), entry(2, Op::Update, Seen::new(), [(VOID.to_owned(), json!(true))].into(), vec![], 2));
    let edit = (stream(2), entry(1, Op::Update, [(stream(0), 1)].into(), set("phone", "7"), vec![], 3));
    let state = fold([&edit, &void, &insert]).unwrap();
    assert!(state.is_void());
    assert_eq!(state.edits_beside_void(), ["phone"]);
    assert_eq!(state.value("phone"), Some(&json!("7")));
    assert!(fold([&insert, &void]).unwrap().edits_beside_void().is_empty());
    let knowing = (stream(2), entry(1, Op::Update, [(stream(0), 2)].into(), set("phone", "7"), vec![], 3));
    assert!(fold([&insert, &void, &knowing]).unwrap().edits_beside_void().is_empty());
}

#[test]
fn the_bytes_of_a_state_are_frozen() {
    let insert = (stream(0), entry(1, Op::Insert, Seen::new(), set("phone", "1"), vec![], 1));
    let hers = (stream(0), entry(2, Op::Update, Seen::new(), set("phone", "2"), vec![], 2));
    let his = (stream(2), entry(1, Op::Update, [(stream(0), 1)].into(), set("phone", "3"), vec![], 3));
    let decided = (stream(3), entry(1, Op::Resolve, Seen::new(), set("phone", "4"), vec!["A01:2".parse().unwrap()], 4));
    let state = fold([&insert, &hers, &his, &decided]).unwrap();
    insta::assert_snapshot!(String::from_utf8(state.to_bytes()).unwrap());
}
