use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tsela_core::{ids::UserId, rescue::AnswerCode};
use uuid::Uuid;

use super::*;
use crate::{error::Code, password::Kdf};

const GOOD: &str = "pula e na thata";
const NEW: &str = "re a leboga thata";

struct Laptop {
    dir: tempfile::TempDir,
    rng: ChaCha20Rng,
}

fn device(n: u128) -> DeviceId {
    DeviceId(Uuid::from_u128(n))
}

fn user(n: u128, name: &str) -> NewUser {
    NewUser { id: UserId(Uuid::from_u128(n)), name: name.to_owned(), role: "assistant".to_owned() }
}

fn key() -> DataKey {
    DataKey::from_bytes([5; 32])
}

fn secret() -> RescueSecret {
    RescueSecret::from_token("a token that laptop and server once knew")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(1_795_000_000_000 + seconds * 1000)
}

impl Laptop {
    fn new() -> Self {
        let mut laptop = Self { dir: tempfile::tempdir().unwrap(), rng: ChaCha20Rng::seed_from_u64(3) };
        let path = laptop.dir.path().join("keys.json");
        let first = user(1, "Lesedi");
        let kdf = Kdf::CHEAP_FOR_TESTS;
        let mut keyring = Keyring::create(&path, kdf, first, GOOD, &key(), &mut laptop.rng, at(0)).unwrap();
        keyring.arm_rescue(device(1), &secret(), &key(), &mut laptop.rng).unwrap();
        keyring.take_pending_events().unwrap();
        laptop
    }

    /// As after a restart of the program.
    fn load(&self) -> Keyring {
        Keyring::load(&self.dir.path().join("keys.json"), Kdf::CHEAP_FOR_TESTS).unwrap()
    }

    fn lock_out(&self) {
        for wait in [0, 1, 3, 7, 15] {
            self.load().unlock("Lesedi", "wrong wrong", at(wait)).unwrap_err();
        }
        assert_eq!(self.load().unlock("Lesedi", GOOD, at(20)).unwrap_err().code(), Code::Locked);
    }

    fn request(&mut self) -> Request {
        self.load().rescue_request(&mut self.rng).unwrap()
    }

    fn events(&self) -> Vec<EventKind> {
        self.load().take_pending_events().unwrap().iter().map(|event| event.kind).collect()
    }
}

fn unlock_code(request: &Request, of: u128) -> UnlockCode {
    secret().unlock_key().unlock(device(1), request, user(of, "").id)
}

#[test]
fn a_code_ends_a_lock_out_once() {
    let mut laptop = Laptop::new();
    laptop.lock_out();
    let request = laptop.request();
    assert_eq!(laptop.request(), request, "a restart shows the same request");
    let code = unlock_code(&request, 1);
    laptop.load().unlock_with_code(" lesedi", &code, at(21)).unwrap();
    laptop.load().unlock("Lesedi", GOOD, at(21)).unwrap();
    assert!(laptop.events().contains(&EventKind::UnlockedByCode));

    laptop.lock_out();
    let replayed = laptop.load().unlock_with_code("Lesedi", &code, at(22)).unwrap_err();
    assert_eq!(replayed.code(), Code::Invalid, "{replayed}");
    assert_ne!(laptop.request(), request);
    let replayed = laptop.load().unlock_with_code("Lesedi", &code, at(22)).unwrap_err();
    assert_eq!(replayed.code(), Code::WrongCode, "{replayed}");
}

#[test]
fn a_code_for_another_laptop_or_person_is_wrong_and_the_fifth_wrong_one_takes_the_request_away() {
    let mut laptop = Laptop::new();
    laptop.lock_out();
    let request = laptop.request();
    let mut others = vec![unlock_code(&request, 2), secret().unlock_key().unlock(device(2), &request, user(1, "").id)];
    others.extend((1..4).map(|n| unlock_code(&Request::new(device(1), 0, n), 1)));
    for (n, wrong) in (0..).zip(&others) {
        let error = laptop.load().unlock_with_code("Lesedi", wrong, at(20)).unwrap_err();
        assert!(matches!(error, StoreError::WrongCode { left } if left == 4 - n), "{error}");
    }
    // Not even the right one is taken now.
    let error = laptop.load().unlock_with_code("Lesedi", &unlock_code(&request, 1), at(20)).unwrap_err();
    assert_eq!(error.code(), Code::Invalid, "{error}");
    assert_eq!(laptop.load().unlock("Lesedi", GOOD, at(20)).unwrap_err().code(), Code::Locked);
    let again = laptop.request();
    laptop.load().unlock_with_code("Lesedi", &unlock_code(&again, 1), at(20)).unwrap();
    let wrong = laptop.events().iter().filter(|kind| **kind == EventKind::WrongCode).count();
    assert_eq!(wrong, 5);
}

#[test]
fn a_code_lets_a_person_choose_a_new_passphrase_once() {
    let mut laptop = Laptop::new();
    laptop.lock_out();
    let request = laptop.request();
    let code = secret().admit(device(1), &request, "lesedi");
    let opened = laptop.load().open_with_code("LESEDI ", &code, at(21)).unwrap();
    assert_eq!(opened.bytes(), key().bytes());
    let weak = laptop.load().admit_rescued(
        EventKind::AdmittedByCode,
        user(1, "Lesedi"),
        "short",
        &opened,
        &mut ChaCha20Rng::seed_from_u64(4),
        at(22),
    );
    assert_eq!(weak.unwrap_err().code(), Code::Invalid);
    // The weak one did not cost the code.
    let opened = laptop.load().open_with_code("Lesedi", &code, at(23)).unwrap();
    let mut keyring = laptop.load();
    keyring.admit_rescued(EventKind::AdmittedByCode, user(1, "Lesedi"), NEW, &opened, &mut laptop.rng, at(24)).unwrap();
    assert_eq!(laptop.load().unlock("Lesedi", NEW, at(25)).unwrap().key.bytes(), key().bytes());
    assert_eq!(laptop.load().unlock("Lesedi", GOOD, at(26)).unwrap_err().code(), Code::WrongPassphrase);

    // Used up at once, though the next wrapping is made only when the store is open.
    assert!(laptop.load().open_with_code("Lesedi", &code, at(27)).is_err());
    laptop.load().arm_rescue(device(1), &secret(), &key(), &mut ChaCha20Rng::seed_from_u64(5)).unwrap();
    let next = laptop.request();
    let error = laptop.load().open_with_code("Lesedi", &code, at(28)).unwrap_err();
    assert_eq!(error.code(), Code::WrongCode, "{error}");
    let fresh = secret().admit(device(1), &next, "lesedi");
    laptop.load().open_with_code("Lesedi", &fresh, at(29)).unwrap();
}

#[test]
fn a_code_for_one_person_does_not_admit_another() {
    let mut laptop = Laptop::new();
    let request = laptop.request();
    let code = secret().admit(device(1), &request, "lesedi");
    assert_eq!(laptop.load().open_with_code("Thabo", &code, at(1)).unwrap_err().code(), Code::WrongCode);
    laptop.load().open_with_code("Lesedi", &code, at(1)).unwrap();
}

#[test]
fn what_lies_beside_the_store_opens_nothing() {
    let mut laptop = Laptop::new();
    let request = laptop.request();
    let text = std::fs::read_to_string(laptop.dir.path().join("keys.json")).unwrap();
    assert!(!text.contains(&hex::encode(&[5; 8])));
    let AnswerCode::Admit(code) = secret().admit(device(1), &request, "lesedi").to_string().parse().unwrap() else {
        panic!("another kind")
    };
    assert!(!text.contains(&hex::encode(&code.wrapping_key(device(1), "lesedi"))));
    // A laptop that has signed in with the same secret keeps its wrapping, so that a code on its way stays good.
    laptop.load().arm_rescue(device(1), &secret(), &key(), &mut laptop.rng).unwrap();
    laptop.load().open_with_code("Lesedi", &code, at(1)).unwrap();
}

#[test]
fn a_laptop_without_anything_for_it_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let path = dir.path().join("keys.json");
    let mut keyring =
        Keyring::create(&path, Kdf::CHEAP_FOR_TESTS, user(1, "Lesedi"), GOOD, &key(), &mut rng, at(0)).unwrap();
    let error = keyring.rescue_request(&mut rng).unwrap_err();
    assert!(error.to_string().contains("sign in"), "{error}");
}
