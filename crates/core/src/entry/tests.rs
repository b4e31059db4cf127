use serde_json::json;

use super::*;

/// An entry with every key in use.
pub(crate) fn full() -> Entry {
    Entry {
        seq: 7,
        save: "0195a3b2-7c41-7000-8000-000000000001".parse().unwrap(),
        last: true,
        at: "2026-03-02T05:37:00Z".parse().unwrap(),
        tz: "+02:00".into(),
        user: "0195a3b2-7c41-7000-8000-000000000002".parse().unwrap(),
        app: "tsela/0.1.0".into(),
        package: 1,
        op: Op::Resolve,
        model: "participant".into(),
        version: 1,
        record: "0195a3b2-7c41-7000-8000-000000000003".parse().unwrap(),
        seen: [("A02".parse().unwrap(), 4)].into(),
        set: [("phone".to_owned(), json!("71888468"))].into(),
        was: [("phone".to_owned(), json!(null))].into(),
        settles: vec!["A02:4".parse().unwrap()],
        reason: Some("number corrected by participant".into()),
        source: Some("paper".into()),
    }
}

#[test]
fn the_written_bytes_are_frozen() {
    insta::assert_snapshot!(String::from_utf8(full().to_bytes()).unwrap());
    let plain = Entry {
        last: false,
        op: Op::Insert,
        seen: Seen::new(),
        set: Fields::new(),
        was: Fields::new(),
        settles: vec![],
        reason: None,
        source: None,
        ..full()
    };
    insta::assert_snapshot!(String::from_utf8(plain.to_bytes()).unwrap());
}

#[test]
fn what_was_written_reads_back() {
    assert_eq!(Entry::parse(&full().to_bytes()).unwrap(), full());
}

#[test]
fn duplicate_keys_are_refused_at_every_level() {
    let text = String::from_utf8(full().to_bytes()).unwrap();
    for (from, to) in [
        (r#"{"seq":7"#, r#"{"seq":7,"seq":8"#),
        (r#"{"phone":"71888468""#, r#"{"phone":"71888468","phone":"1""#),
        (r#"{"A02":4"#, r#"{"A02":4,"A02":5"#),
    ] {
        assert!(text.contains(from), "{text}");
        let error = Entry::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("duplicate"), "{error}");
    }
}

#[test]
fn unknown_keys_fractions_and_lists_are_refused() {
    let text = String::from_utf8(full().to_bytes()).unwrap();
    for (from, to) in [
        (r#"{"seq":7"#, r#"{"colour":1,"seq":7"#),
        (r#""71888468""#, "1.5"),
        (r#""71888468""#, "[1]"),
        (r#""71888468""#, r#"{"a":1}"#),
        (r#""71888468""#, "18446744073709551615"),
        (r#"{"seq":7"#, r#"{"seq":0"#),
        ("A02", "AO2"),
    ] {
        Entry::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err();
    }
    assert!(matches!(Entry::parse(&vec![b' '; MAX_SAVE_BYTES + 1]), Err(EntryError::TooLong(_))));
}
