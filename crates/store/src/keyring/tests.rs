use std::fs;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use uuid::Uuid;

use super::*;
use crate::error::Code;

const GOOD: &str = "pula e na thata";
const SECOND: i64 = 1000;
const LOCK_MS: i64 = 15 * 60 * SECOND;

struct Laptop {
    dir: tempfile::TempDir,
    rng: ChaCha20Rng,
}

fn user(n: u128, name: &str) -> NewUser {
    NewUser { id: UserId(Uuid::from_u128(n)), name: name.to_owned(), role: "assistant".to_owned() }
}

fn key() -> DataKey {
    DataKey::from_bytes([5; 32])
}

impl Laptop {
    fn new() -> (Self, Keyring) {
        let mut laptop = Self { dir: tempfile::tempdir().unwrap(), rng: ChaCha20Rng::seed_from_u64(3) };
        let path = laptop.path();
        let first = user(1, "Lesedi");
        let keyring =
            Keyring::create(&path, Kdf::CHEAP_FOR_TESTS, first, GOOD, &key(), &mut laptop.rng, at(0)).unwrap();
        (laptop, keyring)
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("keys.json")
    }

    /// As after a restart of the program.
    fn load(&self) -> Keyring {
        Keyring::load(&self.path(), Kdf::CHEAP_FOR_TESTS).unwrap()
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(1_795_000_000_000 + seconds * SECOND)
}

fn kinds(keyring: &mut Keyring) -> Vec<EventKind> {
    keyring.take_pending_events().unwrap().iter().map(|e| e.kind).collect()
}

#[test]
fn a_user_signs_in_by_name_in_any_case_and_gets_the_key() {
    let (laptop, _) = Laptop::new();
    let signed_in = laptop.load().unlock(" lesedi ", GOOD, at(1)).unwrap();
    assert_eq!(signed_in.key.bytes(), key().bytes());
    assert_eq!(signed_in.user.id, user(1, "").id);
    assert_eq!(kinds(&mut laptop.load()), [EventKind::UserAdded, EventKind::SignedIn]);
}

#[test]
fn wrong_passphrases_wait_longer_each_time_and_the_fifth_locks_across_restarts() {
    let (laptop, mut first) = Laptop::new();
    first.take_pending_events().unwrap();
    let mut now = 0;
    for (n, wait) in [(1, 1), (2, 2), (3, 4), (4, 8)] {
        match laptop.load().unlock("Lesedi", "wrong wrong", at(now)).unwrap_err() {
            StoreError::WrongPassphrase { left, wait_ms } => assert_eq!((left, wait_ms), (5 - n, wait * SECOND)),
            other => panic!("{other}"),
        }
        // Even the right one is not taken before its time.
        let early = laptop.load().unlock("Lesedi", GOOD, at(now + wait).plus_millis(-1)).unwrap_err();
        assert!(matches!(early, StoreError::TooSoon { wait_ms: 1 }), "{early}");
        now += wait;
    }
    let fifth = laptop.load().unlock("Lesedi", "wrong wrong", at(now)).unwrap_err();
    assert!(matches!(fifth, StoreError::LockedOut { wait_ms: LOCK_MS, .. }), "{fifth}");
    let locked_at = now;
    let refused = laptop.load().unlock("Lesedi", GOOD, at(locked_at + 899)).unwrap_err();
    assert!(matches!(refused, StoreError::LockedOut { wait_ms: SECOND, .. }), "{refused}");
    assert!(laptop.load().find("lesedi").unwrap().is_locked(LockRules::default()));
    laptop.load().unlock("Lesedi", GOOD, at(locked_at + 900)).unwrap();
    assert!(!laptop.load().find("lesedi").unwrap().is_locked(LockRules::default()));
    use EventKind::*;
    let wanted = [[SignInFailed, TooSoon].repeat(4), vec![SignInFailed, LockedOut, RefusedLocked, SignedIn]].concat();
    assert_eq!(kinds(&mut laptop.load()), wanted);
}

fn lock_out(laptop: &Laptop) -> i64 {
    let mut now = 0;
    for wait in [1, 2, 4, 8, 0] {
        laptop.load().unlock("Lesedi", "wrong wrong", at(now)).unwrap_err();
        now += wait;
    }
    now
}

#[test]
fn a_clock_set_back_does_not_unlock_and_one_put_right_costs_one_wait() {
    let (laptop, _) = Laptop::new();
    let now = lock_out(&laptop);
    let year = 365 * 86_400;
    let back = laptop.load().unlock("Lesedi", GOOD, at(now - year)).unwrap_err();
    assert!(matches!(back, StoreError::LockedOut { wait_ms: LOCK_MS, .. }), "{back}");
    let nearly = laptop.load().unlock("Lesedi", GOOD, at(now - year + 899)).unwrap_err();
    assert_eq!(nearly.code(), Code::Locked);
    laptop.load().unlock("Lesedi", GOOD, at(now - year + 900)).unwrap();
}

#[test]
fn after_a_lock_out_one_wrong_attempt_locks_for_longer() {
    let (laptop, _) = Laptop::new();
    let now = lock_out(&laptop) + 900;
    let again = laptop.load().unlock("Lesedi", "wrong wrong", at(now)).unwrap_err();
    assert!(matches!(again, StoreError::LockedOut { wait_ms, .. } if wait_ms == 2 * LOCK_MS), "{again}");
}

#[test]
fn the_studys_rules_hold_from_the_next_attempt_on_and_are_known_before_the_store_is_open() {
    let (laptop, mut keyring) = Laptop::new();
    keyring.set_lock_rules(LockRules::new(3, 30)).unwrap();
    for (n, left) in [(0, 2), (1, 1)] {
        let wrong = laptop.load().unlock("Lesedi", "wrong wrong", at(n * 10)).unwrap_err();
        assert!(matches!(wrong, StoreError::WrongPassphrase { left: l, .. } if l == left), "{wrong}");
    }
    let third = laptop.load().unlock("Lesedi", "wrong wrong", at(20)).unwrap_err();
    assert!(matches!(third, StoreError::LockedOut { wait_ms, .. } if wait_ms == 2 * LOCK_MS), "{third}");
    let loaded = laptop.load();
    let until = loaded.find("lesedi").unwrap().locked_until(loaded.lock_rules(), at(20));
    assert_eq!(until, Some(at(20 + 1800)));
    // More attempts in a newer package unlock who had fewer.
    keyring.set_lock_rules(LockRules::new(10, 15)).unwrap();
    laptop.load().unlock("Lesedi", GOOD, at(30)).unwrap();
}

#[test]
fn keys_of_a_program_that_knew_no_rules_lock_as_it_did() {
    let (laptop, _) = Laptop::new();
    let mut file: serde_json::Value = serde_json::from_slice(&fs::read(laptop.path()).unwrap()).unwrap();
    assert!(file.as_object_mut().unwrap().remove("lock").is_some());
    fs::write(laptop.path(), file.to_string()).unwrap();
    assert_eq!(laptop.load().lock_rules(), LockRules::default());
}

#[test]
fn an_administrator_ends_a_lock_out() {
    let (laptop, _) = Laptop::new();
    let now = lock_out(&laptop);
    laptop.load().unlock_user(user(9, "").id, user(1, "").id, at(now)).unwrap();
    laptop.load().unlock("Lesedi", GOOD, at(now)).unwrap();
    let events = laptop.load().pending_events(0).unwrap();
    let unlocked = events.iter().find(|e| e.kind == EventKind::Unlocked).unwrap();
    assert_eq!(unlocked.by, Some(user(9, "").id));
}

#[test]
fn an_unknown_name_is_noted_without_the_text_that_was_typed() {
    let (laptop, _) = Laptop::new();
    let error = laptop.load().unlock("my secret passphrase", "x", at(0)).unwrap_err();
    assert_eq!(error.code(), Code::WrongPassphrase);
    assert!(!fs::read_to_string(laptop.path()).unwrap().contains("secret"));
    assert!(kinds(&mut laptop.load()).contains(&EventKind::UnknownUser));
}

#[test]
fn two_users_open_the_same_key_and_one_can_be_removed() {
    let (mut laptop, mut keyring) = Laptop::new();
    let by = Some(user(1, "").id);
    keyring.admit(by, user(2, "Thabo"), "re a leboga", &key(), &mut laptop.rng, at(1)).unwrap();
    assert_eq!(laptop.load().unlock("thabo", "re a leboga", at(2)).unwrap().key.bytes(), key().bytes());
    let taken = keyring.add_user(user(3, "THABO "), "another one", &key(), &mut laptop.rng, at(3));
    assert_eq!(taken.unwrap_err().code(), Code::Invalid);
    keyring.remove_user(by, user(2, "").id, at(4)).unwrap();
    assert!(matches!(laptop.load().unlock("thabo", "re a leboga", at(5)), Err(StoreError::UnknownUser { .. })));
    assert_eq!(keyring.remove_user(by, user(1, "").id, at(6)).unwrap_err().code(), Code::Invalid);
    laptop.load().unlock("lesedi", GOOD, at(7)).unwrap();
}

#[test]
fn a_passphrase_is_changed_only_with_the_old_one() {
    let (mut laptop, mut keyring) = Laptop::new();
    let mut change = |old: &str, new: &str, now| keyring.change_passphrase("lesedi", old, new, &mut laptop.rng, now);
    assert_eq!(change("wrong wrong", "new passphrase", at(0)).unwrap_err().code(), Code::WrongPassphrase);
    assert_eq!(change(GOOD, "short", at(10)).unwrap_err().code(), Code::Invalid);
    change(GOOD, "new passphrase", at(10)).unwrap();
    assert_eq!(laptop.load().unlock("lesedi", GOOD, at(20)).unwrap_err().code(), Code::WrongPassphrase);
    laptop.load().unlock("lesedi", "new passphrase", at(30)).unwrap();
}

#[test]
fn a_name_as_its_own_passphrase_is_refused() {
    let (mut laptop, mut keyring) = Laptop::new();
    let new = user(4, "Keitumetse");
    assert!(keyring.add_user(new, "keitumetse", &key(), &mut laptop.rng, at(1)).is_err());
}

#[test]
fn an_existing_file_is_never_replaced_and_a_broken_one_is_reported() {
    let (mut laptop, _) = Laptop::new();
    let path = laptop.path();
    let before = fs::read(&path).unwrap();
    let other = DataKey::from_bytes([6; 32]);
    let again = Keyring::create(&path, Kdf::CHEAP_FOR_TESTS, user(2, "x"), GOOD, &other, &mut laptop.rng, at(0));
    assert!(matches!(again, Err(StoreError::AlreadyAStore { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
    fs::write(&path, &before[..before.len() / 2]).unwrap();
    assert!(matches!(Keyring::load(&path, Kdf::CHEAP_FOR_TESTS), Err(StoreError::NoKey { .. })));
    fs::write(&path, br#"{"format": 2, "something": "else"}"#).unwrap();
    assert!(matches!(Keyring::load(&path, Kdf::CHEAP_FOR_TESTS), Err(StoreError::NewerStore { .. })));
    fs::remove_file(&path).unwrap();
    assert!(matches!(Keyring::load(&path, Kdf::CHEAP_FOR_TESTS), Err(StoreError::NoKey { .. })));
}

#[test]
fn events_are_kept_until_the_journal_has_them_and_numbers_never_repeat() {
    let (laptop, mut keyring) = Laptop::new();
    keyring.unlock("lesedi", GOOD, at(1)).unwrap();
    let events = keyring.pending_events(0).unwrap();
    let last = events.last().unwrap().number;
    assert_eq!(keyring.pending_events(last).unwrap(), []);
    keyring.forget_events(last).unwrap();
    assert_eq!(laptop.load().pending_events(0).unwrap(), []);
    keyring.unlock("lesedi", GOOD, at(2)).unwrap();
    assert!(laptop.load().pending_events(last).unwrap().iter().all(|e| e.number > last));
    assert_eq!(laptop.load().pending_events(last).unwrap().len(), 1);
}

#[test]
fn someone_leaning_on_enter_does_not_fill_the_disk() {
    let (laptop, mut keyring) = Laptop::new();
    for _ in 0..5 {
        for _ in 0..250 {
            let _ = keyring.file.begin_attempt("nobody", at(0));
        }
    }
    assert_eq!(keyring.file.pending.len(), 1001);
    assert_eq!(keyring.file.pending.last().unwrap().kind, EventKind::SomeDropped);
    drop(laptop);
}

#[test]
fn two_programs_at_once_lose_no_count() {
    let (laptop, _) = Laptop::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    laptop.load().unlock("nobody", "x", at(0)).unwrap_err();
                }
            });
        }
    });
    let unknown = kinds(&mut laptop.load()).iter().filter(|k| **k == EventKind::UnknownUser).count();
    assert_eq!(unknown, 20);
}

#[test]
fn escrow_is_kept_as_given() {
    let (laptop, mut keyring) = Laptop::new();
    let escrow = vec![Escrow { recipient: "recovery".to_owned(), sealed: vec![1, 2, 255] }];
    keyring.set_escrow(escrow.clone()).unwrap();
    assert_eq!(laptop.load().escrow(), escrow);
}

#[cfg(unix)]
#[test]
fn the_file_is_readable_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (laptop, mut keyring) = Laptop::new();
    keyring.unlock("lesedi", GOOD, at(1)).unwrap();
    assert_eq!(fs::metadata(laptop.path()).unwrap().permissions().mode() & 0o777, 0o600);
}
