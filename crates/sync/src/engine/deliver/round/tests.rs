use tempfile::TempDir;
use tsela_core::{
    api::ErrorBody,
    bundle::{BundleKind, PackRequest, SectionName, SectionRequest, pack},
    credential::{Credential, DeviceRole},
    ids::StudyId,
    seal::{SealingKey, SigningKey},
    trust::{ServerKeyDoc, ServerRole, Signed},
};
use tsela_core::{ids::Incarnation, receipt::Receipt};
use tsela_store::{DataKey, Options};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::*;
use crate::road::pin::Spki;

const NOW: Timestamp = Timestamp(1_772_463_600_000);
const STUDY: StudyId = StudyId(Uuid::from_u128(1));
const SERVER: DeviceId = DeviceId(Uuid::from_u128(2));
const DRIVER: DeviceId = DeviceId(Uuid::from_u128(3));
const LESEDI: DeviceId = DeviceId(Uuid::from_u128(4));
const THABO: DeviceId = DeviceId(Uuid::from_u128(5));

/// A driver's laptop before the clinic's server, which stores bundle 1 of an author, then 2, and so on.
struct Driver {
    store: Store,
    identity: DeviceIdentity,
    remote: RemoteServer,
    clinic: SigningKey,
    stored: BTreeMap<DeviceId, u8>,
    put: Vec<(DeviceId, u8)>,
    _dir: TempDir,
}

impl Driver {
    fn new() -> Self {
        let (root, clinic) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let (signing_key, sealing_key) = (SigningKey::from_bytes(&[3; 32]), SealingKey::from_bytes(&[4; 32]));
        let dir = tempfile::tempdir().unwrap();
        let (key, id) = (DataKey::from_bytes([7; 32]), Uuid::from_u128(9));
        let store = Store::create(&dir.path().join("store.db"), &key, id, &Options::default()).unwrap();
        let keys = ServerKeyDoc {
            study: STUDY,
            epoch: 1,
            server: SERVER,
            role: ServerRole::Community,
            verify_key: clinic.verify_key(),
            sealing_key: SealingKey::from_bytes(&[5; 32]).public(),
            recovery_key: SealingKey::from_bytes(&[6; 32]).public(),
            tls_spki_sha256: [0; 32],
            not_before: NOW,
        };
        let credential = Credential {
            study: STUDY,
            device: DRIVER,
            name: "driver".to_owned(),
            role: DeviceRole::Carrier,
            site: None,
            codes: Vec::new(),
            verify_key: signing_key.verify_key(),
            sealing_key: sealing_key.public(),
            issued_at: NOW,
            expires_at: NOW.plus_millis(1),
            server_epoch: 1,
        };
        let credential = Signed::sign(&credential, &clinic);
        let identity = DeviceIdentity {
            study: STUDY,
            device: DRIVER,
            name: "driver".to_owned(),
            signing_key,
            sealing_key,
            credential,
        };
        let remote = RemoteServer {
            name: "clinic".to_owned(),
            url: "https://clinic.example:8443".to_owned(),
            token: Zeroizing::new(String::new()),
            spki: Spki([0; 32]),
            root: root.verify_key(),
            signed_keys: Signed::sign(&keys, &root),
            keys,
            incarnation: Incarnation(Uuid::from_u128(8)),
            auto: true,
            interval_seconds: 60,
        };
        Self { store, identity, remote, clinic, stored: BTreeMap::new(), put: Vec::new(), _dir: dir }
    }

    fn carries(&self, author: DeviceId, numbers: &[u8]) {
        let take = |tx: &tsela_store::Connection, number: u8| {
            carried::take(tx, author, &body(author, number), None, 1_000, NOW).map(drop)
        };
        self.store.write(|tx| numbers.iter().try_for_each(|number| take(tx, *number))).unwrap();
    }

    /// Delivers one round; returns what is left.
    fn delivers(&mut self) -> usize {
        let mut round = Round::default();
        self.put.clear();
        while let Some(next) = round.next(&self.store).unwrap() {
            let answer = self.clinic(&next);
            round.answered(&self.store, (&self.identity, &self.remote), NOW, &next, answer).unwrap();
        }
        self.store.read(carried::pending).unwrap().0
    }

    fn clinic(&mut self, next: &Pending) -> Result<Vec<Vec<u8>>, RoadError> {
        let number = next.body[1];
        self.put.push((next.author, number));
        let stored = self.stored.entry(next.author).or_default();
        if number != *stored + 1 {
            return Err(refusal(codes::GAP));
        }
        *stored = number;
        let receipt = Receipt {
            study: STUDY,
            server: SERVER,
            incarnation: self.remote.incarnation,
            device: next.author,
            number: u64::from(number),
            at: NOW,
            streams: Vec::new(),
            bundles: vec![next.id],
            outcomes: Vec::new(),
            tubes: Vec::new(),
            changed: Vec::new(),
            changed_after: 0,
            changed_through: 0,
            findings: 0,
            contents: vec![],
            codes: Vec::new(),
            package_version: 1,
        };
        let (part, whole) = (receipt.for_carrier().to_bytes(), receipt.to_bytes());
        let section = |name, plaintext, recipient| SectionRequest { name, plaintext, recipients: vec![recipient] };
        let request = PackRequest {
            kind: BundleKind::Receipt,
            study: STUDY,
            packer: SERVER,
            signing_key: &self.clinic,
            sections: vec![
                section(SectionName::Manifest, &part, self.identity.sealing_key.public()),
                section(SectionName::Payload, &whole, self.remote.keys.sealing_key),
            ],
        };
        Ok(vec![pack(request, &mut rand_core::UnwrapErr(getrandom::SysRng)).unwrap()])
    }
}

fn body(author: DeviceId, number: u8) -> Vec<u8> {
    vec![author.0.as_bytes()[15], number]
}

fn refusal(code: &str) -> RoadError {
    let body = ErrorBody { code: code.to_owned(), title: String::new(), detail: String::new() };
    RoadError::Api { status: 409, body, retry_after: None }
}

#[test]
fn what_must_come_first_is_delivered_though_it_was_taken_later() {
    let mut driver = Driver::new();
    driver.carries(LESEDI, &[3, 4]);
    driver.carries(THABO, &[1]);
    driver.carries(LESEDI, &[1, 2]);
    assert_eq!(driver.delivers(), 0, "{:?}", driver.put);
    assert_eq!(driver.stored, [(LESEDI, 4), (THABO, 1)].into());
}

#[test]
fn what_waits_for_something_that_is_not_here_costs_a_few_transfers_a_round_and_keeps_nobody_back() {
    let mut driver = Driver::new();
    driver.carries(LESEDI, &[2]);
    driver.carries(THABO, &[1]);
    assert_eq!((driver.delivers(), driver.put.len()), (1, 2), "{:?}", driver.put);
    let many: Vec<u8> = (3..40).collect();
    driver.carries(LESEDI, &many);
    assert_eq!((driver.delivers(), driver.put.len()), (38, IN_VAIN), "{:?}", driver.put);

    // Its turn comes, however many stand before it.
    driver.carries(LESEDI, &[1]);
    let rounds = (1..100).find(|_| driver.delivers() == 0).expect("all of it arrives");
    assert!(rounds <= 39, "{rounds}");
}
