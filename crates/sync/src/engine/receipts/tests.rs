//! Receipts that are true, played back, out of order, or made up.

use tempfile::TempDir;
use tokio::sync::watch;
use tsela_core::{
    bundle::{PackRequest, SectionRequest, pack},
    chain::ChainHash,
    credential::{Credential, DeviceRole},
    entry::Fields,
    ids::{DeviceId, Incarnation, StudyId, UserId},
    package::{CompiledPackage, demonstration},
    receipt::StreamReceipt,
    seal::{SealingKey, SigningKey},
    time::Timestamp,
    trust::{ServerKeyDoc, ServerRole, Signed},
};
use tsela_store::{
    DataKey, Folder, Options, Store,
    journal::{Author, Event, event},
    recover,
};
use uuid::Uuid;

use super::*;
use crate::{
    clock::FakeClock,
    engine::{EngineConfig, EngineOptions, EnginePhase, EngineStatus, system_rng},
    road::pin::Spki,
};

const NOW: Timestamp = Timestamp(1_772_463_600_000);
const SERVER: DeviceId = DeviceId(Uuid::from_u128(2));
const LAPTOP: DeviceId = DeviceId(Uuid::from_u128(3));
const LIFE: Incarnation = Incarnation(Uuid::from_u128(4));

/// Lesedi's laptop with five entries, and the clinic's key.
struct Scene {
    shared: Arc<Shared>,
    clinic: SigningKey,
    _dir: TempDir,
}

impl Scene {
    fn new() -> Self {
        let package = CompiledPackage::new(demonstration().unwrap()).unwrap();
        let study = package.package().study;
        let (root, clinic) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let (signing_key, sealing_key) = (SigningKey::from_bytes(&[3; 32]), SealingKey::from_bytes(&[4; 32]));
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path());
        folder.create().unwrap();
        let id = Uuid::from_u128(9);
        let store = Store::create(&folder.store(), &DataKey::from_bytes([7; 32]), id, &Options::default()).unwrap();
        store
            .write(|tx| {
                tsela_store::meta::set(tx, tsela_store::meta::STUDY, study)?;
                tsela_store::meta::set(tx, tsela_store::meta::DEVICE, LAPTOP)?;
                streams::add_spares(tx, study, LAPTOP, &["A01".parse().unwrap(), "A02".parse().unwrap()])
            })
            .unwrap();
        marker::settle(&folder, &store, streams::heads).unwrap();
        recover::begin_due(&folder, &store).unwrap();
        let author =
            Author { user: UserId(Uuid::nil()), role: String::new(), app: "tsela/0.1.0".into(), tz: "+02:00".into() };
        for _ in 0..5 {
            event(&store, NOW, &author, 1, &[Event::new("sign_in", Fields::new())]).unwrap();
        }
        let config = EngineConfig {
            folder,
            store: Arc::new(store),
            identity: identity(study, &signing_key, &sealing_key, &clinic),
            remote: remote(study, &root, &clinic),
            packages: Arc::new(std::sync::RwLock::new(Arc::new(package.into()))),
            clock: Arc::new(FakeClock::at(NOW)),
            rng: system_rng(),
            author: None,
            options: EngineOptions::default(),
        };
        let shared = Shared::new(config, watch::channel(status()).0).unwrap();
        Self { shared: Arc::new(shared), clinic, _dir: dir }
    }

    fn receipt(&self, number: u64, through: u64) -> Receipt {
        let stream = self.shared.store.read(streams::active).unwrap().unwrap();
        let study = self.shared.identity.study;
        let hash = self.shared.store.read(|conn| streams::hash_at(conn, study, &stream, through)).unwrap();
        let hash = hash.unwrap_or(ChainHash([9; 32]));
        Receipt {
            study,
            server: SERVER,
            incarnation: LIFE,
            device: LAPTOP,
            number,
            at: NOW,
            streams: vec![StreamReceipt {
                stream: stream.code,
                stored_through: through,
                stored_hash: hash,
                applied_through: through,
                applied_hash: hash,
                gaps: Vec::new(),
            }],
            bundles: Vec::new(),
            outcomes: Vec::new(),
            tubes: Vec::new(),
            changed: Vec::new(),
            changed_after: 0,
            changed_through: 0,
            findings: 0,
            contents: Vec::new(),
            codes: Vec::new(),
            package_version: 1,
        }
    }

    fn seal(&self, receipt: &Receipt, signer: &SigningKey) -> Vec<u8> {
        let plaintext = receipt.to_bytes();
        let recipients = vec![self.shared.identity.sealing_key.public()];
        let request = PackRequest {
            kind: BundleKind::Receipt,
            study: receipt.study,
            packer: SERVER,
            signing_key: signer,
            sections: vec![SectionRequest { name: SectionName::Payload, plaintext: &plaintext, recipients }],
        };
        self.shared.with_rng(|rng| pack(request, rng)).unwrap()
    }

    async fn take_in(&self, receipts: &[&Receipt]) -> Result<Told, RoadError> {
        let sealed = receipts.iter().map(|receipt| self.seal(receipt, &self.clinic)).collect();
        take_in(&self.shared, sealed).await
    }

    fn acked(&self) -> u64 {
        self.shared.store.read(acks::own_streams).unwrap()[0].1
    }
}

fn identity(study: StudyId, signing: &SigningKey, sealing: &SealingKey, clinic: &SigningKey) -> DeviceIdentity {
    let credential = Credential {
        study,
        device: LAPTOP,
        name: "lesedi".into(),
        role: DeviceRole::Field,
        site: None,
        codes: Vec::new(),
        verify_key: signing.verify_key(),
        sealing_key: sealing.public(),
        issued_at: NOW,
        expires_at: NOW,
        server_epoch: 1,
    };
    DeviceIdentity {
        study,
        device: LAPTOP,
        name: "lesedi".into(),
        signing_key: signing.clone(),
        sealing_key: sealing.clone(),
        credential: Signed::sign(&credential, clinic),
    }
}

fn remote(study: StudyId, root: &SigningKey, clinic: &SigningKey) -> RemoteServer {
    let sealing_key = SealingKey::from_bytes(&[5; 32]).public();
    let keys = ServerKeyDoc {
        study,
        epoch: 1,
        server: SERVER,
        role: ServerRole::Community,
        verify_key: clinic.verify_key(),
        sealing_key,
        recovery_key: sealing_key,
        tls_spki_sha256: [6; 32],
        not_before: NOW,
    };
    RemoteServer {
        name: "clinic".into(),
        url: "https://clinic".into(),
        token: String::new().into(),
        spki: Spki([6; 32]),
        root: root.verify_key(),
        signed_keys: Signed::sign(&keys, root),
        keys,
        incarnation: LIFE,
        auto: false,
        interval_seconds: 60,
    }
}

fn status() -> EngineStatus {
    EngineStatus {
        phase: EnginePhase::Idle,
        remote: "clinic".into(),
        pushing: false,
        progress: None,
        last_receipt: None,
        next_try_at: None,
        problem: None,
        notices: Vec::new(),
        auto: false,
        auto_interval_seconds: 60,
        clock_drift_seconds: None,
        clock_offset_seconds: 0,
        last_contact_at: None,
        package_version: 1,
        revision: 0,
    }
}

#[tokio::test]
async fn a_true_receipt_is_believed_and_its_repetition_changes_nothing() {
    let scene = Scene::new();
    let receipt = scene.receipt(1, 3);
    scene.take_in(&[&receipt]).await.unwrap();
    assert_eq!(scene.acked(), 3);
    let revision = scene.shared.status.borrow().revision;
    scene.take_in(&[&receipt, &receipt]).await.unwrap();
    assert_eq!((scene.acked(), scene.shared.status.borrow().revision), (3, revision));
    assert_eq!(scene.shared.status.borrow().last_receipt.as_ref().unwrap().number, 1);
}

#[tokio::test]
async fn receipts_out_of_order_never_take_anything_back() {
    let scene = Scene::new();
    let (early, late) = (scene.receipt(1, 2), scene.receipt(2, 5));
    scene.take_in(&[&late, &early]).await.unwrap();
    assert_eq!(scene.acked(), 5);
    assert_eq!(scene.shared.status.borrow().last_receipt.as_ref().unwrap().number, 2);
}

#[tokio::test]
async fn a_wrong_hash_confirms_nothing_and_people_are_told() {
    let scene = Scene::new();
    let mut receipt = scene.receipt(1, 3);
    receipt.streams[0].stored_hash = ChainHash([9; 32]);
    let told = scene.take_in(&[&receipt]).await.unwrap();
    assert_eq!(scene.acked(), 0);
    assert_eq!(told.other_history, ["A01".parse().unwrap()]);
    assert_eq!(told.wanted, [Chore::LostEntries("A01".parse().unwrap())]);
    assert!(scene.shared.status.borrow().notices.iter().any(|notice| notice.code == "fork"));
    let active = scene.shared.store.read(streams::active).unwrap().unwrap();
    assert_eq!(active.code.as_str(), "A02", "what is entered from now on begins a new stream");
}

#[tokio::test]
async fn a_server_that_has_more_than_this_laptop_is_asked_for_it() {
    let scene = Scene::new();
    let told = scene.take_in(&[&scene.receipt(1, 8)]).await.unwrap();
    assert_eq!((scene.acked(), told.wanted), (0, vec![Chore::LostEntries("A01".parse().unwrap())]));
    assert!(scene.shared.status.borrow().notices.iter().any(|notice| notice.code == "laptop_restored"));
}

#[tokio::test]
async fn what_another_key_signed_or_another_device_was_sent_is_refused() {
    let scene = Scene::new();
    let receipt = scene.receipt(1, 3);
    let forged = scene.seal(&receipt, &SigningKey::from_bytes(&[8; 32]));
    assert!(take_in(&scene.shared, vec![forged]).await.is_err());
    let others = Receipt { device: DeviceId(Uuid::from_u128(77)), ..receipt.clone() };
    assert!(scene.take_in(&[&others]).await.is_err());
    let mut flipped = scene.seal(&receipt, &scene.clinic);
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    assert!(take_in(&scene.shared, vec![flipped]).await.is_err());
    assert_eq!(scene.acked(), 0);
}

#[tokio::test]
async fn a_receipt_of_an_earlier_life_of_the_server_is_left_aside() {
    let scene = Scene::new();
    let old = Receipt { incarnation: Incarnation(Uuid::from_u128(1)), ..scene.receipt(9, 5) };
    scene.take_in(&[&old]).await.unwrap();
    assert_eq!(scene.acked(), 0);
    scene.take_in(&[&scene.receipt(1, 2)]).await.unwrap();
    assert_eq!(scene.acked(), 2);
}
