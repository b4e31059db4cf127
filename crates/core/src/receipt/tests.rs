//! What a receipt says, to whom, and when a device believes it.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    bundle::{BundleError, SectionName},
    ids::RecordId,
    manifest::TubeState,
    seal::{SealingKey, SigningKey},
    trust::{ServerKeyDoc, ServerRole},
};

fn receipt() -> Receipt {
    let at = Timestamp(1_772_430_000_000);
    Receipt {
        study: StudyId(Uuid::from_u128(0x11)),
        server: DeviceId(Uuid::from_u128(0x33)),
        incarnation: Incarnation(Uuid::from_u128(0x55)),
        device: DeviceId(Uuid::from_u128(0x22)),
        number: 9,
        at,
        streams: vec![StreamReceipt {
            stream: "A01".parse().unwrap(),
            stored_through: 40,
            stored_hash: ChainHash([4; 32]),
            applied_through: 38,
            applied_hash: ChainHash([3; 32]),
            gaps: vec![Gap { from: 42, to: 44 }],
        }],
        bundles: vec![BundleId([6; 32])],
        outcomes: vec![Outcome {
            kind: OutcomeKind::Held,
            dot: "A01:39".parse().unwrap(),
            record: Some(RecordId(Uuid::from_u128(0x77))),
            code: "unknown_model".into(),
            field: None,
        }],
        tubes: vec![TubeOutcome {
            specimen: "A01000101A".parse().unwrap(),
            state: TubeState::Rejected,
            at,
            discrepancy: Some("haemolysed".parse().unwrap()),
        }],
        changed: vec![json!({"record": "KEFILWE-CANARY"})],
        changed_after: 9,
        changed_through: 12,
        findings: 1,
        contents: Vec::new(),
        codes: vec!["A05".parse().unwrap()],
        package_version: 3,
    }
}

#[test]
fn layout_is_frozen() {
    insta::assert_snapshot!(String::from_utf8(receipt().to_bytes()).unwrap());
    insta::assert_snapshot!(String::from_utf8(receipt().for_carrier().to_bytes()).unwrap());
}

#[test]
fn survives_its_bytes() {
    assert_eq!(Receipt::from_bytes(&receipt().to_bytes()), Ok(receipt()));
    let carrier = receipt().for_carrier();
    assert_eq!(CarrierReceipt::from_bytes(&carrier.to_bytes()), Ok(carrier));
}

struct Peers {
    clinic: SigningKey,
    document: ServerKeyDoc,
    lesedi: SealingKey,
    driver: SealingKey,
    rng: ChaCha20Rng,
}

fn peers() -> Peers {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let clinic = SigningKey::generate(&mut rng);
    let [sealing, recovery, lesedi, driver] = [0; 4].map(|_| SealingKey::generate(&mut rng));
    let document = ServerKeyDoc {
        study: receipt().study,
        epoch: 1,
        server: receipt().server,
        role: ServerRole::Community,
        verify_key: clinic.verify_key(),
        sealing_key: sealing.public(),
        recovery_key: recovery.public(),
        tls_spki_sha256: [0; 32],
        not_before: receipt().at,
    };
    Peers { clinic, document, lesedi, driver, rng }
}

impl Peers {
    fn seal(&mut self, receipt: &Receipt) -> Vec<u8> {
        let (device, carriers) = (self.lesedi.public(), [self.driver.public()]);
        receipt.seal(&self.clinic, device, &carriers, &mut self.rng).unwrap()
    }

    fn open(&self, file: &[u8], key: &SealingKey) -> Result<Receipt, ReceiptError> {
        Receipt::open(file, &self.document, receipt().device, std::slice::from_ref(key))
    }
}

#[test]
fn a_carrier_sees_bundles_and_tubes_only() {
    let mut peers = peers();
    let file = peers.seal(&receipt());
    let part = receipt().for_carrier();
    for bytes in [&file, &part.to_bytes()] {
        assert!(!bytes.windows(6).any(|window| window == b"CANARY"));
    }
    assert_eq!(peers.open(&file, &peers.lesedi), Ok(receipt()));
    let refused = BundleError::NotSealedToUs(SectionName::Payload);
    assert_eq!(peers.open(&file, &peers.driver), Err(ReceiptError::Bundle(refused)));
    assert_eq!(CarrierReceipt::open(&file, &peers.document, &[peers.driver.clone()]), Ok(part));
}

#[test]
fn a_receipt_of_another_server_or_for_another_device_is_refused() {
    let mut peers = peers();
    let mut other = receipt();
    other.device = DeviceId(Uuid::nil());
    let file = peers.seal(&other);
    assert_eq!(peers.open(&file, &peers.lesedi), Err(ReceiptError::NotOurs("device")));
    let mut other = receipt();
    other.server = DeviceId(Uuid::nil());
    let file = peers.seal(&other);
    assert_eq!(peers.open(&file, &peers.lesedi), Err(ReceiptError::NotOurs("server")));
    peers.clinic = SigningKey::generate(&mut peers.rng);
    let file = peers.seal(&receipt());
    let refused = peers.open(&file, &peers.lesedi);
    assert!(matches!(refused, Err(ReceiptError::Bundle(BundleError::WrongSigner { .. }))));
}

#[test]
fn every_flipped_bit_of_a_receipt_is_refused() {
    let mut peers = peers();
    let file = peers.seal(&receipt());
    for bit in 0..file.len() * 8 {
        let mut bad = file.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(peers.open(&bad, &peers.lesedi), Err(ReceiptError::Bundle(_))), "bit {bit}");
    }
}

#[test]
fn is_believed_only_with_the_devices_own_hash() {
    let receipt = receipt();
    let stream = receipt.stream("A01".parse().unwrap()).unwrap();
    let own = |hash: u8| move |seq| (seq <= 50).then_some(ChainHash([if seq == 40 { hash } else { 0 }; 32]));
    assert_eq!(stream.acknowledgement(50, own(4)), Acknowledgement::Confirmed(40));
    assert_eq!(stream.acknowledgement(50, own(5)), Acknowledgement::OtherHistory);
    assert_eq!(stream.acknowledgement(39, own(4)), Acknowledgement::Ahead);
    assert_eq!(stream.acknowledgement(50, |_| None), Acknowledgement::OtherHistory);
}

#[test]
fn contradictions_and_endless_lists_are_refused() {
    let mut bad = receipt();
    bad.streams[0].applied_through = 41;
    let contradiction = Err(ReceiptError::Contradiction("A01".parse().unwrap()));
    assert_eq!(Receipt::from_bytes(&bad.to_bytes()), contradiction);
    let mut bad = receipt();
    bad.streams[0].gaps = vec![Gap { from: 40, to: 44 }];
    assert_eq!(Receipt::from_bytes(&bad.to_bytes()), contradiction);
    let mut bad = receipt();
    bad.codes = vec!["A05".parse().unwrap(); MAX_LIST + 1];
    assert_eq!(Receipt::from_bytes(&bad.to_bytes()), Err(ReceiptError::TooMany { what: "codes", found: MAX_LIST + 1 }));
    assert!(matches!(Receipt::from_bytes(b"{}"), Err(ReceiptError::Unreadable(_))));
}
