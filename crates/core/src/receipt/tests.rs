//! What a receipt says, to whom, and when a device believes it.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    bundle::{BundleError, BundleKind, BundleView, PackRequest, SectionName, SectionRequest, pack},
    ids::RecordId,
    manifest::TubeState,
    seal::{SealingKey, SigningKey},
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
        tubes: vec![TubeOutcome { specimen: "A01000101A".parse().unwrap(), state: TubeState::Received, at }],
        changed: vec![json!({"record": "KEFILWE-CANARY"})],
        changed_through: 12,
        findings: 1,
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

#[test]
fn a_carrier_sees_bundles_and_tubes_only() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (clinic, lesedi, driver) =
        (SigningKey::generate(&mut rng), SealingKey::generate(&mut rng), SealingKey::generate(&mut rng));
    let (whole, part) = (receipt().to_bytes(), receipt().for_carrier().to_bytes());
    let request = PackRequest {
        kind: BundleKind::Receipt,
        study: receipt().study,
        packer: receipt().server,
        signing_key: &clinic,
        sections: vec![
            SectionRequest {
                name: SectionName::Manifest,
                plaintext: &part,
                recipients: vec![driver.public(), lesedi.public()],
            },
            SectionRequest { name: SectionName::Payload, plaintext: &whole, recipients: vec![lesedi.public()] },
        ],
    };
    let file = pack(request, &mut rng).unwrap();
    assert!(!file.windows(6).any(|window| window == b"CANARY"));
    assert!(!part.windows(6).any(|window| window == b"CANARY"));
    let view = BundleView::parse(&file).unwrap();
    assert_eq!(view.open(SectionName::Payload, &[lesedi]).unwrap(), whole);
    assert_eq!(
        view.open(SectionName::Payload, std::slice::from_ref(&driver)),
        Err(BundleError::NotSealedToUs(SectionName::Payload))
    );
    assert_eq!(view.open(SectionName::Manifest, &[driver]).unwrap(), part);
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
