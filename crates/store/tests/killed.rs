//! Another process, killed at any moment: its lock is free at once, its last acknowledged draft is there, and its wrong
//! passphrases are still counted.

#![allow(clippy::unwrap_used)]

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tsela_core::{ids::UserId, time::Timestamp};
use tsela_store::{
    DataKey, Folder, Kdf, Keyring, LockRules, Options, Store, StoreError, WriterLock,
    draft::{self, Draft},
    keyring::NewUser,
    lock::Holder,
};
use uuid::Uuid;

/// Where the child process finds the folder; only set for it.
const FOLDER: &str = "TSELA_TEST_FOLDER";

fn key() -> DataKey {
    DataKey::from_bytes([2; 32])
}

fn draft(n: u64) -> Draft {
    Draft {
        id: Uuid::from_u128(1),
        user: UserId(Uuid::from_u128(2)),
        model: "household".to_owned(),
        record: None,
        form: n.to_string(),
        updated_at: Timestamp(0),
    }
}

fn lock(folder: &Folder, wait: Duration) -> Result<WriterLock, StoreError> {
    WriterLock::acquire(folder, &Holder::this_process("the window", Timestamp(0)), wait)
}

/// Runs this very test again in another process, as the one to be killed.
fn start(test: &str, folder: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads what the child acknowledges until `enough`, then kills it and reads the rest; returns the last.
fn kill_after(mut child: Child, enough: u64, meanwhile: impl FnOnce(u32)) -> u64 {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut acknowledged = lines.by_ref().filter_map(|line| line.rsplit("typed ").next()?.parse::<u64>().ok());
    let mut last = acknowledged.by_ref().find(|n| *n >= enough).expect("the child came this far");
    meanwhile(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    last = acknowledged.last().unwrap_or(last);
    last
}

#[test]
fn a_killed_window_leaves_its_draft_and_frees_its_lock() {
    if let Some(dir) = env::var_os(FOLDER) {
        let folder = Folder::new(dir);
        let _lock = lock(&folder, Duration::ZERO).unwrap();
        let store = Store::open(&folder.store(), &key(), &Options::default()).unwrap();
        for n in 1.. {
            store.write(|tx| draft::put(tx, &draft(n))).unwrap();
            println!("typed {n}");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    drop(Store::create(&folder.store(), &key(), Uuid::from_u128(1), &Options::default()).unwrap());
    for round in 1..=8 {
        let child = start("a_killed_window_leaves_its_draft_and_frees_its_lock", dir.path());
        let last = kill_after(child, round * 7, |pid| {
            let refused = lock(&folder, Duration::ZERO).unwrap_err().to_string();
            assert!(refused.contains("already open") && refused.contains(&pid.to_string()), "{refused}");
            // A reading command works beside it.
            let beside = Store::open_reader(&folder.store(), &key(), &Options::default()).unwrap();
            assert!(beside.read(|conn| draft::get(conn, draft(0).id)).unwrap().is_some());
        });
        let _lock = lock(&folder, Duration::ZERO).expect("the lock of a killed process is free");
        let store = Store::open(&folder.store(), &key(), &Options::default()).unwrap();
        let found = store.read(|conn| draft::get(conn, draft(0).id)).unwrap().unwrap();
        let found: u64 = found.form.parse().unwrap();
        assert!(found == last || found == last + 1, "round {round}: {last} acknowledged, {found} found");
    }
}

#[test]
fn killing_the_program_during_sign_in_wins_no_attempt() {
    let at = |n: u64| Timestamp(1_795_000_000_000 + i64::try_from(n).unwrap() * 20_000);
    if let Some(dir) = env::var_os(FOLDER) {
        let mut keyring = Keyring::load(&Folder::new(dir).keys(), Kdf::CHEAP_FOR_TESTS).unwrap();
        for n in 1.. {
            let outcome = keyring.unlock("lesedi", "wrong wrong", at(n)).unwrap_err();
            println!("typed {n}");
            if matches!(outcome, StoreError::LockedOut { .. }) {
                // Waits for the kill, though not for ever if the parent is gone.
                std::thread::park_timeout(Duration::from_secs(60));
                return;
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let keys = Folder::new(dir.path()).keys();
    let first = NewUser { id: UserId(Uuid::from_u128(2)), name: "Lesedi".to_owned(), role: "assistant".to_owned() };
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let kdf = Kdf::CHEAP_FOR_TESTS;
    Keyring::create(&keys, kdf, first, "pula e na thata", &key(), &mut rng, at(0)).unwrap();
    let last = kill_after(start("killing_the_program_during_sign_in_wins_no_attempt", dir.path()), 3, |_| ());
    let mut keyring = Keyring::load(&keys, kdf).unwrap();
    let mut more = 0;
    while !keyring.find("lesedi").unwrap().is_locked(LockRules::default()) {
        more += 1;
        let _ = keyring.unlock("lesedi", "wrong wrong", at(last + 1 + more));
    }
    assert!(last + more <= 5, "{last} before the kill and {more} after it were taken");
}
