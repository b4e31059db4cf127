//! Two laptops that meet, and everybody who would like to stand in between.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use rstest::rstest;
use uuid::Uuid;

use super::*;
use crate::{
    seal::SealingKey,
    trust::{Revocation, ServerRole},
};

const NOW: Timestamp = Timestamp(1_772_430_000_000);
const AUTHOR: DeviceId = DeviceId(Uuid::from_u128(0x22));
const CARRIER: DeviceId = DeviceId(Uuid::from_u128(0x44));

fn study() -> StudyId {
    StudyId(Uuid::from_u128(0x11))
}

struct Clinic {
    key: SigningKey,
    document: ServerKeyDoc,
    rng: ChaCha20Rng,
}

fn clinic() -> Clinic {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let key = SigningKey::generate(&mut rng);
    let document = ServerKeyDoc {
        study: study(),
        epoch: 1,
        server: DeviceId(Uuid::from_u128(0x33)),
        role: ServerRole::Community,
        verify_key: key.verify_key(),
        sealing_key: SealingKey::generate(&mut rng).public(),
        recovery_key: SealingKey::generate(&mut rng).public(),
        tls_spki_sha256: [5; 32],
        not_before: NOW,
    };
    Clinic { key, document, rng }
}

impl Clinic {
    fn device(&mut self, device: DeviceId, role: DeviceRole) -> (SigningKey, Signed<Credential>) {
        let key = SigningKey::generate(&mut self.rng);
        let credential = Credential {
            study: study(),
            device,
            name: "driver-1".into(),
            role,
            site: None,
            codes: Vec::new(),
            verify_key: key.verify_key(),
            sealing_key: SealingKey::generate(&mut self.rng).public(),
            issued_at: NOW,
            expires_at: NOW.plus_millis(1_000),
            server_epoch: 1,
        };
        (key, Signed::sign(&credential, &self.key))
    }

    fn check(&self, shown: &Signed<Credential>, side: Side, revoked: &[DeviceId]) -> Result<Credential, MeetingError> {
        let revocations = revoked
            .iter()
            .map(|device| Revocation { device: *device, streams: Vec::new(), at: NOW, reason: "lost".into() })
            .collect();
        let list = RevocationList { study: study(), version: 1, revocations };
        check_credential(shown, side, &self.document, &list, NOW)
    }
}

fn transcript() -> Transcript<'static> {
    Transcript {
        study: study(),
        tls_spki: &[9; 32],
        author: AUTHOR,
        carrier: CARRIER,
        author_nonce: &[1; 32],
        carrier_nonce: &[2; 32],
    }
}

#[test]
fn digits_and_commitment_are_frozen() {
    assert_eq!(transcript().digits(), "987 473");
    insta::assert_snapshot!(hex::encode(&commitment(&[1; 32])));
}

#[test]
fn everything_said_is_in_the_digits() {
    let whole = transcript();
    let others = [
        Transcript { study: StudyId(Uuid::from_u128(1)), ..whole },
        Transcript { tls_spki: &[8; 32], ..whole },
        Transcript { author: CARRIER, ..whole },
        Transcript { carrier: AUTHOR, ..whole },
        Transcript { author_nonce: &[3; 32], ..whole },
        Transcript { carrier_nonce: &[3; 32], ..whole },
    ];
    for other in others {
        assert_ne!(other.digits(), whole.digits(), "{other:?}");
    }
}

#[test]
fn what_one_side_signed_proves_nothing_of_the_other_or_of_another_connection() {
    let key = SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(1));
    let (public, said) = (key.verify_key(), transcript());
    let signature = said.sign(Side::Author, &key);
    assert_eq!(said.verify(Side::Author, &public, &signature), Ok(()));
    assert_eq!(said.verify(Side::Carrier, &public, &signature), Err(MeetingError::Proof));
    let elsewhere = Transcript { tls_spki: &[8; 32], ..said };
    assert_eq!(elsewhere.verify(Side::Author, &public, &signature), Err(MeetingError::Proof));
}

#[rstest]
#[case::a_driver(DeviceRole::Carrier, Side::Carrier, true)]
#[case::an_assistant_as_a_driver(DeviceRole::Field, Side::Carrier, false)]
#[case::an_assistant(DeviceRole::Field, Side::Author, true)]
#[case::a_driver_who_hands_over_to_another(DeviceRole::Carrier, Side::Author, true)]
#[case::a_server(DeviceRole::Community, Side::Author, false)]
fn only_a_driver_carries(#[case] role: DeviceRole, #[case] side: Side, #[case] known: bool) {
    let mut clinic = clinic();
    let (_, shown) = clinic.device(CARRIER, role);
    assert_eq!(clinic.check(&shown, side, &[]).is_ok(), known);
}

#[test]
fn a_revoked_one_is_refused_without_a_network() {
    let mut clinic = clinic();
    let (_, shown) = clinic.device(CARRIER, DeviceRole::Carrier);
    assert!(clinic.check(&shown, Side::Carrier, &[AUTHOR]).is_ok());
    let refused = clinic.check(&shown, Side::Carrier, &[CARRIER]).unwrap_err();
    assert!(matches!(refused, MeetingError::Revoked { .. }), "{refused}");
}

#[test]
fn a_credential_of_another_server_or_time_is_refused() {
    let (mut clinic, mut other) = (clinic(), clinic());
    other.key = SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(99));
    let (_, shown) = other.device(CARRIER, DeviceRole::Carrier);
    assert!(matches!(clinic.check(&shown, Side::Carrier, &[]), Err(MeetingError::Untrusted(_))));
    let (_, shown) = clinic.device(CARRIER, DeviceRole::Carrier);
    let list = RevocationList { study: study(), version: 1, revocations: Vec::new() };
    let late = check_credential(&shown, Side::Carrier, &clinic.document, &list, NOW.plus_millis(1_000));
    assert!(matches!(late, Err(MeetingError::Untrusted(TrustError::Expired { .. }))));
}

#[test]
fn a_carriers_word_is_frozen() {
    let (key, _) = clinic().device(CARRIER, DeviceRole::Carrier);
    let word = Carried { study: study(), carrier: CARRIER, author: AUTHOR, bundles: vec![BundleId([7; 32])], at: NOW };
    insta::assert_json_snapshot!(Signed::sign(&word, &key));
}
