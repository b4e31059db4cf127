//! Runs survive the section, and nothing declared is believed.

use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

use super::*;

fn study() -> StudyId {
    StudyId(Uuid::from_u128(0x11))
}

fn run(first_seq: u64, entries: Vec<Vec<u8>>, key: &SigningKey) -> Run {
    let stream = "A01".parse().unwrap();
    let head = Head { seq: first_seq + entries.len() as u64 - 1, hash: ChainHash([9; 32]) };
    let head = SignedHead::sign(study(), stream, head, key);
    Run { stream, device: DeviceId(Uuid::from_u128(0x22)), first_seq, entries, head }
}

fn key() -> SigningKey {
    SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(5))
}

fn entry(seq: u64) -> Vec<u8> {
    format!(
        r#"{{"seq":{seq},"save":"019cad10-8a3d-7544-946e-{seq:012x}","last":true,"at":"2026-03-02T05:41:08.285Z","tz":"+02:00","op":"insert","model":"household","record":"019cad10-8a3d-7e07-bb0a-{seq:012x}","set":{{"plot":"{seq:04}","notes":""}}}}"#
    )
    .into_bytes()
}

#[test]
fn layout_is_frozen() {
    let runs = [run(7, vec![entry(7), entry(8), b"not JSON \x00".to_vec()], &key())];
    let lines: Vec<String> = encode(&runs).chunks(32).map(crate::seal::hex::encode).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn runs_come_back_verbatim() {
    let key = key();
    let runs = vec![
        run(1, (1..50).map(entry).collect(), &key),
        run(900, vec![], &key),
        run(5, vec![b"".to_vec(), b"{\"broken".to_vec(), entry(6)], &key),
    ];
    assert_eq!(decode(&encode(&runs)).unwrap(), runs);
    assert_eq!((runs[0].last_seq(), runs[1].last_seq()), (49, 899));
}

#[test]
fn a_head_is_signed_for_its_study_stream_number_and_hash() {
    let key = key();
    let (author, other) = (key.verify_key(), StudyId(Uuid::from_u128(1)));
    let signed = run(1, vec![entry(1)], &key).head;
    let (a01, a02) = ("A01".parse().unwrap(), "A02".parse().unwrap());
    assert_eq!(signed.verify(study(), a01, &author), Ok(()));
    assert!(signed.verify(study(), a02, &author).is_err());
    assert!(signed.verify(other, a01, &author).is_err());
    let mut moved = signed;
    moved.head.seq += 1;
    assert!(moved.verify(study(), a01, &author).is_err());
    let mut changed = signed;
    changed.head.hash.0[0] ^= 1;
    assert!(changed.verify(study(), a01, &author).is_err());
}

#[test]
fn declared_counts_are_bounded() {
    let many = |count: u64| {
        let mut bytes = vec![LAYOUT];
        put_varint(&mut bytes, count);
        bytes
    };
    assert_eq!(decode(&many(u64::MAX)), Err(JournalError::TooLarge("runs")));
    assert_eq!(decode(&many(MAX_RUNS as u64)), Err(CUT));
    assert_eq!(decode(&[2]), Err(JournalError::UnknownLayout(2)));
    let mut bytes = many(1);
    bytes.extend(b"A01");
    bytes.extend([0; 16]);
    put_varint(&mut bytes, 1);
    put_varint(&mut bytes, u64::MAX - 1);
    bytes.extend([0; 96]);
    assert_eq!(decode(&bytes), Err(JournalError::TooLarge("entries")));
}

#[test]
fn repetition_is_not_a_bomb() {
    // One large value, then "the same" in a byte each: refused at the limit instead of expanded.
    let large = "x".repeat(200_000);
    let entries = (0..200).map(|_| format!("{{\"a\":\"{large}\"}}").into_bytes()).collect();
    let bytes = encode(&[run(1, entries, &key())]);
    assert!(bytes.len() < 210_000);
    assert_eq!(decode(&bytes), Err(JournalError::TooLarge("bytes")));
}

#[test]
fn cut_short_or_changed_never_panics() {
    let bytes = encode(&[run(1, (1..20).map(entry).collect(), &key())]);
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "{length}");
    }
    for offset in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bad = bytes.clone();
            bad[offset] = value;
            let _ = decode(&bad);
        }
    }
    assert!(decode(&[bytes.as_slice(), b"x"].concat()).is_err());
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
        let _ = columns::decode(&bytes, 5, 1000);
    }
}
