//! The chain of trust, each link broken in turn.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use uuid::Uuid;

use super::*;
use crate::{
    credential::{Credential, DeviceRole},
    health::HealthAnswer,
    ids::{DeviceId, Incarnation, StreamCode},
    seal::{SealingKey, SigningKey},
};

struct Peers {
    root: SigningKey,
    clinic: SigningKey,
    document: ServerKeyDoc,
    rng: ChaCha20Rng,
}

const NOW: Timestamp = Timestamp(1_772_430_000_000);

fn study() -> StudyId {
    StudyId(Uuid::from_u128(0x11))
}

fn peers() -> Peers {
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let (root, clinic) = (SigningKey::generate(&mut rng), SigningKey::generate(&mut rng));
    let document = ServerKeyDoc {
        study: study(),
        epoch: 2,
        server: DeviceId(Uuid::from_u128(0x33)),
        role: ServerRole::Community,
        verify_key: clinic.verify_key(),
        sealing_key: SealingKey::generate(&mut rng).public(),
        recovery_key: SealingKey::generate(&mut rng).public(),
        tls_spki_sha256: [5; 32],
        not_before: NOW,
    };
    Peers { root, clinic, document, rng }
}

impl Peers {
    fn credential(&mut self) -> Credential {
        Credential {
            study: study(),
            device: DeviceId(Uuid::from_u128(0x22)),
            name: "Lesedi's laptop".into(),
            role: DeviceRole::Field,
            site: None,
            codes: vec!["A01".parse().unwrap(), "A02".parse().unwrap()],
            verify_key: SigningKey::generate(&mut self.rng).verify_key(),
            sealing_key: SealingKey::generate(&mut self.rng).public(),
            issued_at: NOW,
            expires_at: NOW.plus_millis(1000),
            server_epoch: 2,
        }
    }
}

#[test]
fn layouts_are_frozen() {
    let mut peers = peers();
    let credential = peers.credential();
    insta::assert_json_snapshot!(Signed::sign(&peers.document, &peers.root));
    insta::assert_json_snapshot!(Signed::sign(&credential, &peers.clinic));
}

#[test]
fn the_chain_holds_from_the_root_to_a_device() {
    let mut peers = peers();
    let signed = Signed::sign(&peers.document, &peers.root);
    let text = serde_json::to_string(&signed).unwrap();
    let signed: Signed<ServerKeyDoc> = serde_json::from_str(&text).unwrap();
    let root = peers.root.verify_key();
    let document = ServerKeyDoc::first(&signed, &root, root.fingerprint()).unwrap();
    assert_eq!(document, peers.document);
    let credential = peers.credential();
    let signed = Signed::sign(&credential, &peers.clinic);
    assert_eq!(Credential::check(&signed, &document, NOW), Ok(credential.clone()));
    assert!(credential.owns("A01".parse().unwrap()) && !credential.owns("A03".parse().unwrap()));
}

#[test]
fn another_root_is_refused() {
    let mut peers = peers();
    let stranger = SigningKey::generate(&mut peers.rng);
    let (expected, found) = (peers.root.verify_key().fingerprint(), stranger.verify_key().fingerprint());
    let signed = Signed::sign(&peers.document, &stranger);
    let refused = ServerKeyDoc::first(&signed, &stranger.verify_key(), expected);
    assert_eq!(refused, Err(TrustError::WrongRoot { expected, found }));
    let refused = ServerKeyDoc::first(&signed, &peers.root.verify_key(), expected);
    assert!(matches!(refused, Err(TrustError::WrongSigner { .. })));
}

#[test]
fn every_changed_character_is_refused() {
    let peers = peers();
    let signed = Signed::sign(&peers.document, &peers.root);
    let text = serde_json::to_string(&signed).unwrap();
    for place in 0..text.len() {
        let mut bad = text.clone().into_bytes();
        bad[place] ^= 1;
        let read: Option<Signed<ServerKeyDoc>> = serde_json::from_slice(&bad).ok();
        assert!(read.is_none_or(|signed| signed.verify(&peers.root.verify_key()).is_err()), "byte {place}");
    }
}

#[test]
fn an_older_epoch_is_refused_and_a_newer_one_taken() {
    let mut peers = peers();
    let (root, known) = (peers.root.verify_key(), peers.document.known());
    peers.document.epoch = 1;
    let older = Signed::sign(&peers.document, &peers.root);
    let what = ServerKeyDoc::WHAT;
    assert_eq!(ServerKeyDoc::next(&older, &root, &known), Err(TrustError::Stale { what, known: 2, found: 1 }));
    peers.document.epoch = 3;
    let newer = Signed::sign(&peers.document, &peers.root);
    assert_eq!(ServerKeyDoc::next(&newer, &root, &known).unwrap().epoch, 3);
    peers.document.study = StudyId(Uuid::nil());
    let other = Signed::sign(&peers.document, &peers.root);
    assert!(matches!(ServerKeyDoc::next(&other, &root, &known), Err(TrustError::OtherStudy { .. })));
}

#[test]
fn a_credential_expires_but_its_signature_stays() {
    let mut peers = peers();
    let credential = peers.credential();
    let signed = Signed::sign(&credential, &peers.clinic);
    let at = credential.expires_at;
    let what = Credential::WHAT;
    assert_eq!(Credential::check(&signed, &peers.document, at), Err(TrustError::Expired { what, at }));
    assert_eq!(Credential::check_signature(&signed, &peers.document), Ok(credential));
}

#[test]
fn a_credential_of_another_study_or_signer_is_refused() {
    let mut peers = peers();
    let mut credential = peers.credential();
    let forged = Signed::sign(&credential, &peers.root);
    assert!(matches!(Credential::check(&forged, &peers.document, NOW), Err(TrustError::WrongSigner { .. })));
    credential.study = StudyId(Uuid::nil());
    let other = Signed::sign(&credential, &peers.clinic);
    assert!(matches!(Credential::check(&other, &peers.document, NOW), Err(TrustError::OtherStudy { .. })));
}

#[test]
fn one_kind_of_document_is_never_another() {
    let mut peers = peers();
    let credential = Signed::sign(&peers.credential(), &peers.clinic);
    let list: Signed<RevocationList> = serde_json::from_str(&serde_json::to_string(&credential).unwrap()).unwrap();
    assert_eq!(list.verify(&peers.clinic.verify_key()), Err(TrustError::BadSignature { what: RevocationList::WHAT }));
}

#[test]
fn a_revoked_device_is_accepted_up_to_its_last_entry() {
    let peers = peers();
    let (lesedi, thabo) = (DeviceId(Uuid::from_u128(0x22)), DeviceId(Uuid::from_u128(0x44)));
    let (a01, a02): (StreamCode, StreamCode) = ("A01".parse().unwrap(), "A02".parse().unwrap());
    let streams = vec![StreamLimit { stream: a01, last_accepted: 40 }];
    let revocation = Revocation { device: lesedi, streams, at: NOW, reason: "lost".into() };
    let list = RevocationList { study: study(), version: 4, revocations: vec![revocation] };
    assert_eq!(list.admission(lesedi, a01, 40), Admission::Accept);
    assert_eq!(list.admission(lesedi, a01, 41), Admission::Quarantine);
    assert_eq!(list.admission(lesedi, a02, 1), Admission::Quarantine, "a stream that was not known at the time");
    assert_eq!(list.admission(thabo, a01, 41), Admission::Accept);

    let (signed, key) = (Signed::sign(&list, &peers.clinic), peers.clinic.verify_key());
    assert_eq!(RevocationList::check(&signed, &key, study(), 4), Ok(list));
    assert!(matches!(RevocationList::check(&signed, &key, study(), 5), Err(TrustError::Stale { .. })));
    let other = StudyId(Uuid::nil());
    assert!(matches!(RevocationList::check(&signed, &key, other, 0), Err(TrustError::OtherStudy { .. })));
}

#[test]
fn an_answer_counts_for_its_nonce_and_tells_the_drift() {
    let peers = peers();
    let answer = HealthAnswer {
        nonce: [3; 16],
        server_time: NOW,
        study: study(),
        server: peers.document.server,
        incarnation: Incarnation(Uuid::from_u128(0x55)),
        epoch: 2,
        app_version: "0.1.0".into(),
        bundle_version: crate::bundle::FORMAT,
        package_version: 1,
    };
    let signed = Signed::sign(&answer, &peers.clinic);
    assert_eq!(HealthAnswer::check(&signed, &peers.document, &[3; 16]), Ok(answer.clone()));
    let played_back = HealthAnswer::check(&signed, &peers.document, &[4; 16]);
    assert_eq!(played_back, Err(TrustError::WrongNonce { what: HealthAnswer::WHAT }));
    let log_in_page = serde_json::from_str::<Signed<HealthAnswer>>("<html>Welcome to Free Wi-Fi</html>");
    assert!(log_in_page.is_err());
    let hour = 3_600_000;
    assert_eq!(answer.drift(NOW.plus_millis(hour - 50), NOW.plus_millis(hour + 50)), hour);
    assert_eq!(answer.drift(NOW.plus_millis(-hour), NOW.plus_millis(-hour)), -hour);
}
