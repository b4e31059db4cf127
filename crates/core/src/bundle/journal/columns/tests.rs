//! Whatever goes in comes out.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::bundle::journal::MAX_BYTES;

fn round_trip(entries: &[Vec<u8>]) {
    let encoded = encode(entries.iter().map(Vec::as_slice));
    let decoded = decode(&encoded, entries.len(), MAX_BYTES).unwrap();
    assert_eq!(decoded, entries);
}

#[rstest]
#[case::empty("")]
#[case::spaces(" { \"a\" : 1 , \"b\" : [ \"x\", 2 ] } ")]
#[case::escapes(r#"{"a\"":"b\\","c":"\"","\\":"\\\""}"#)]
#[case::unterminated(r#"{"a":"b"#)]
#[case::marks("{\"a\":\"\u{0}\u{1}\"}")]
#[case::mark_outside("{\u{0}}")]
#[case::value_as_key(r#"["a":"b":"c":1]"#)]
#[case::odd_numbers(r#"{"a":007,"b":-0,"c":1e5,"d":--1,"e":0.10,"f":9223372036854775807,"g":99999999999999999999}"#)]
#[case::odd_times(r#"{"a":"2026-13-02T05:37:00Z","b":"2026-03-02T05:37:60Z","c":"2026-03-02t05:37:00Z","d":"1066-03-02T05:37:00.000Z","e":2026-03-02T05}"#)]
#[case::times_unquoted("[2026-03-02T05:37:00.000Z]")]
#[case::upper_uuid(r#"{"a":"019CAD10-8A3D-7544-946E-000EFEC87C57"}"#)]
#[case::old_uuids(r#"{"a":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","b":"00000000-0000-0000-0000-000000000000","c":"ffffffff-ffff-7fff-bfff-ffffffffffff"}"#)]
#[case::setswana(r#"{"a":"Botlhale ga se jo o bo jang ö ŋ 木"}"#)]
#[case::kept(r#"{"op":"insert","model":12,"user":null,"last":"x:\"y"}"#)]
fn unusual_text_comes_back(#[case] text: &str) {
    let entry = text.as_bytes().to_vec();
    round_trip(std::slice::from_ref(&entry));
    round_trip(&[entry.clone(), entry.clone(), br#"{"a":1}"#.to_vec(), entry]);
}

#[test]
fn long_and_many_values_come_back() {
    let lengths = [0, 113, 114, 115, 127, 128, 300, 70_000];
    round_trip(&lengths.map(|length| format!("{{\"a\":\"{}\"}}", "x".repeat(length)).into_bytes()));
    let many: Vec<_> = (0..400).map(|i| format!("{{\"a\":\"v{}\"}}", i % 150).into_bytes()).collect();
    round_trip(&many);
}

#[test]
fn more_keys_than_columns_come_back() {
    let keys = |from: usize, to: usize| {
        let fields: Vec<_> = (from..to).map(|i| format!("\"k{i}\":{i}")).collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    };
    round_trip(&[keys(0, 3000), keys(2000, 4000), keys(3000, 6000), keys(0, 4096), keys(0, 100), keys(0, 4097)]);
}

#[test]
fn more_places_than_allowed_come_back() {
    let many = [b"[".as_slice(), &b"1,".repeat(MAX_PLACES / 2), b"1]"].concat();
    let other = [b" ".as_slice(), &many].concat();
    round_trip(&[many.clone(), other, many]);
}

#[test]
fn declared_skeletons_and_columns_are_bounded() {
    use crate::{
        bundle::journal::{JournalError, MAX_ENTRIES},
        bytes::{put_prefixed, put_varint},
    };
    let mut bytes = Vec::new();
    put_varint(&mut bytes, MAX_ENTRIES as u64 + 1);
    bytes.resize(2_000_000, 0);
    assert_eq!(decode(&bytes, 1, MAX_BYTES), Err(JournalError::TooLarge("skeletons")));
    let mut bytes = vec![1];
    put_prefixed(&mut bytes, &vec![0; MAX_PLACES + 1]);
    assert_eq!(decode(&bytes, 1, MAX_BYTES), Err(JournalError::TooLarge("values")));
    let mut bytes = vec![0];
    put_varint(&mut bytes, MAX_COLUMNS as u64 + 1);
    bytes.resize(10_000, 0);
    assert_eq!(decode(&bytes, 1, MAX_BYTES), Err(JournalError::TooLarge("columns")));
}

#[test]
fn raw_bytes_come_back() {
    round_trip(&[vec![0xff, 0xfe, 0, 1, 2], b"\"\xff\"".to_vec(), (0..=255).collect()]);
}

#[test]
fn a_uuid_of_version_7_keeps_every_bit() {
    for bits in 0..128 {
        let uuid = uuid::Uuid::from_u128(1 << bits | 7 << 76 | 2 << 62);
        round_trip(&[format!("\"{uuid}\"").into_bytes()]);
    }
}

/// Values as entries hold them, and some that only look so.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        (0i64..50).prop_map(|n| n.to_string()),
        any::<u128>().prop_map(|n| format!("\"{}\"", uuid::Uuid::from_u128(n))),
        (any::<u64>(), any::<u64>())
            .prop_map(|(a, b)| format!("\"{}\"", uuid::Uuid::from_u64_pair(a & !0xf000 | 0x7000, b >> 2 | 1 << 63))),
        (-5_000_000_000_000i64..9_000_000_000_000).prop_map(|ms| format!("\"{}\"", crate::time::Timestamp(ms))),
        "\"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z\"",
        "\"[A-Z]{0,6}\"",
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("[1,\"x\",{}]".to_owned()),
    ]
}

fn json_entry() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(("[a-d]|op|seq", value()), 0..8).prop_map(|fields| {
        let fields: Vec<_> = fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    })
}

/// Text from the characters that matter to the splitter.
fn confusing() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(b"\"\\:,{}[] \x00\x01\x02a7-".to_vec()), 0..40)
}

proptest! {
    #[test]
    fn entries_come_back(entries in prop::collection::vec(json_entry(), 0..30)) {
        round_trip(&entries);
    }

    #[test]
    fn any_bytes_come_back(
        entries in prop::collection::vec(
            prop_oneof![prop::collection::vec(any::<u8>(), 0..60), confusing(), json_entry()], 0..12)
    ) {
        round_trip(&entries);
    }
}
