//! Meetings with people who do not keep to the rules.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use tsela_core::{
    credential::DeviceRole,
    seal::{SealingKey, SigningKey},
};

use super::*;

const NOW: Timestamp = Timestamp(1_772_430_000_000);
const NONCES: (Nonce, Nonce) = ([1; 32], [2; 32]);

fn id<T: std::str::FromStr>(n: u8) -> T
where
    T::Err: std::fmt::Debug,
{
    format!("00000000-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}

fn author(n: u8) -> (SigningKey, Credential) {
    let mut rng = ChaCha20Rng::seed_from_u64(u64::from(n));
    let key = SigningKey::generate(&mut rng);
    let credential = Credential {
        study: id(1),
        device: id(n),
        name: format!("laptop-{n}"),
        role: DeviceRole::Field,
        site: None,
        codes: Vec::new(),
        verify_key: key.verify_key(),
        sealing_key: SealingKey::generate(&mut rng).public(),
        issued_at: NOW,
        expires_at: NOW.plus_millis(1_000_000),
        server_epoch: 1,
    };
    (key, credential)
}

fn meetings() -> Meetings {
    Meetings::new(id(1), id(9), [7; 32])
}

fn proof(key: &SigningKey, author: &Credential, tls_spki: [u8; 32]) -> Proof {
    let transcript = Transcript {
        study: id(1),
        tls_spki: &tls_spki,
        author: author.device,
        carrier: id(9),
        author_nonce: &NONCES.0,
        carrier_nonce: &NONCES.1,
    };
    Proof { nonce: NONCES.0, signature: transcript.sign(Side::Author, key) }
}

fn begun(meetings: &mut Meetings, name: &str, n: u8) -> (SigningKey, Credential) {
    let (key, credential) = author(n);
    meetings.begin(name.to_owned(), credential.clone(), commitment(&NONCES.0), NONCES.1, NOW);
    (key, credential)
}

#[test]
fn both_screens_show_the_same_and_only_then_bundles_come() {
    let mut meetings = meetings();
    let (key, credential) = begun(&mut meetings, "a", 2);
    assert_eq!(meetings.shown(NOW), [], "who has not proved itself is not shown");
    assert_eq!(meetings.answer("a", true), None);
    meetings.prove("a", &proof(&key, &credential, [7; 32]), [5; 32], NOW).ok().unwrap();
    let (shown, _) = meetings.of_token([5; 32], NOW).unwrap();
    assert_eq!((shown.stage, shown.progress()), (Stage::Compare, Progress::Waiting));
    assert_eq!(meetings.answer("a", true).map(|meeting| meeting.stage), Some(Stage::Agreed));
    assert_eq!(meetings.answer("a", false), None, "it was answered");
    meetings.took("a", 100);
    let shown = meetings.shown(NOW).remove(0);
    assert_eq!((shown.bundles, shown.bytes, shown.digits.len()), (1, 100, 7));
    meetings.finish("a");
    assert!(meetings.of_token([5; 32], NOW).is_none(), "nothing more comes by its token");
}

#[test]
fn whoever_stands_in_between_is_found_out() {
    let mut meetings = meetings();
    let (key, credential) = begun(&mut meetings, "a", 2);
    let other = proof(&key, &credential, [8; 32]);
    assert_eq!(meetings.prove("a", &other, [5; 32], NOW).err(), Some(Some(MeetingError::Proof)));
    let mut changed = proof(&key, &credential, [7; 32]);
    changed.nonce = [3; 32];
    assert_eq!(meetings.prove("a", &changed, [5; 32], NOW).err(), Some(Some(MeetingError::Commitment)));
    assert_eq!(meetings.prove("b", &changed, [5; 32], NOW).err(), Some(None), "no such meeting");
    let right = proof(&key, &credential, [7; 32]);
    assert!(meetings.prove("a", &right, [5; 32], NOW).is_ok());
    assert_eq!(meetings.prove("a", &right, [6; 32], NOW).err(), Some(None), "it was proved already");
}

#[test]
fn a_thousand_hellos_keep_nobody_from_meeting() {
    let mut meetings = meetings();
    let (key, credential) = begun(&mut meetings, "mine", 2);
    meetings.prove("mine", &proof(&key, &credential, [7; 32]), [5; 32], NOW).ok().unwrap();
    for n in 0..1_000 {
        begun(&mut meetings, &format!("noise-{n}"), 3);
    }
    assert!(meetings.of_token([5; 32], NOW).is_some());
    let (key, credential) = begun(&mut meetings, "next", 4);
    assert!(meetings.prove("next", &proof(&key, &credential, [7; 32]), [6; 32], NOW).is_ok());
}

#[test]
fn meetings_end_by_themselves() {
    let mut meetings = meetings();
    let (key, credential) = begun(&mut meetings, "a", 2);
    let late = NOW.plus_millis(TO_PROVE);
    assert_eq!(meetings.prove("a", &proof(&key, &credential, [7; 32]), [5; 32], late).err(), Some(None));
    begun(&mut meetings, "b", 2);
    meetings.prove("b", &proof(&key, &credential, [7; 32]), [5; 32], NOW).ok().unwrap();
    assert!(meetings.of_token([5; 32], NOW.plus_millis(TO_LAST)).is_none());
}

#[test]
fn who_begins_anew_has_one_meeting_that_waits() {
    let mut meetings = meetings();
    for (name, token) in [("a", [5; 32]), ("b", [6; 32])] {
        let (key, credential) = begun(&mut meetings, name, 2);
        meetings.prove(name, &proof(&key, &credential, [7; 32]), token, NOW).ok().unwrap();
    }
    let shown: Vec<String> = meetings.shown(NOW).into_iter().map(|meeting| meeting.id).collect();
    assert_eq!(shown, ["b"]);
}
