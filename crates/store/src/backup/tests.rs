use std::time::Duration;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tsela_core::ids::UserId;
use uuid::Uuid;

use super::*;
use crate::{
    connection::Pages,
    error::Code,
    keyring::{Keyring, NewUser},
    lock::{Holder, WriterLock},
    marker::{self, Standing},
    password::Kdf,
};

fn heads(conn: &Connection) -> Result<Heads> {
    let seq = meta::get_as::<u64>(conn, "seq")?.unwrap_or(0);
    Ok(Heads::from([("A01".parse().unwrap(), seq)]))
}

fn key() -> DataKey {
    DataKey::from_bytes([4; 32])
}

fn at(n: i64) -> Timestamp {
    Timestamp(1_795_000_000_000 + n)
}

struct Laptop {
    _dir: tempfile::TempDir,
    folder: Folder,
}

impl Laptop {
    fn new() -> (Self, Store) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path());
        let first = NewUser { id: UserId(Uuid::from_u128(1)), name: "Lesedi".to_owned(), role: "assistant".to_owned() };
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let kdf = Kdf::CHEAP_FOR_TESTS;
        Keyring::create(&folder.keys(), kdf, first, "pula e na thata", &key(), &mut rng, at(0)).unwrap();
        let store = Store::create(&folder.store(), &key(), Uuid::from_u128(7), &Options::default()).unwrap();
        marker::settle(&folder, &store, heads).unwrap();
        (Self { _dir: dir, folder }, store)
    }

    fn backup(&self, store: &Store, now: Timestamp) -> Result<BackupInfo> {
        backup(&self.folder, store, now, heads, |_| ControlFlow::Continue(()))
    }

    fn restore(&self, backup: &Path) -> Result<Restored> {
        let holder = Holder::this_process("tsela restore", at(0));
        let lock = WriterLock::acquire(&self.folder, &holder, Duration::ZERO).unwrap();
        restore(backup, &self.folder, &key(), &lock, at(0))
    }

    fn open(&self) -> (Store, Standing) {
        let store = Store::open(&self.folder.store(), &key(), &Options::default()).unwrap();
        let standing = marker::settle(&self.folder, &store, heads).unwrap();
        (store, standing)
    }

    fn files_in_backups(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.backups()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn save(store: &Store, seq: u64) {
    store
        .write(|tx| {
            meta::set(tx, "seq", seq)?;
            meta::set(tx, &format!("canary {seq}"), "Keitumetse ".repeat(30))
        })
        .unwrap();
}

fn seq(store: &Store) -> Option<u64> {
    store.read(|conn| meta::get_as(conn, "seq")).unwrap()
}

fn everything(store: &Store) -> Vec<(String, String)> {
    store
        .read(|conn| {
            let mut statement = conn.prepare("SELECT key, value FROM meta WHERE key LIKE 'canary%' OR key = 'seq'")?;
            Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
        })
        .unwrap()
}

#[test]
fn a_backup_is_restored_and_holds_what_the_store_held() {
    let (laptop, store) = Laptop::new();
    for n in 1..=300 {
        save(&store, n);
    }
    let held = everything(&store);
    let taken = laptop.backup(&store, at(1)).unwrap();
    assert!(!fs::read(&taken.path).unwrap().windows(10).any(|w| w == b"Keitumetse"));
    assert!(taken.keys.is_some());
    save(&store, 301);
    drop(store);

    let restored = laptop.restore(&taken.path).unwrap();
    let (store, standing) = laptop.open();
    assert!(matches!(standing, Standing::RolledBack(_)), "{standing}");
    assert_eq!(everything(&store), held);
    assert!(store.read(meta::new_stream_due).unwrap().is_some());
    assert!(!restored.keys_restored);

    // What was there is beside it, whole, and opens.
    let aside = restored.moved_aside.unwrap();
    assert_eq!(seq(&Store::open(&aside, &key(), &Options::default()).unwrap()), Some(301));
    // The next opening raises no second alarm.
    store.write(|tx| meta::new_stream_begun(tx)).unwrap();
    drop(store);
    assert_eq!(laptop.open().1, Standing::Same);
}

#[test]
fn a_store_of_an_earlier_version_is_backed_up_and_restored_in_its_own_pages() {
    let (laptop, store) = Laptop::new();
    drop(store);
    remove_store_files(&laptop.folder.store()).unwrap();
    let early = Options { pages: Pages::Early, ..Options::default() };
    drop(Store::create(&laptop.folder.store(), &key(), Uuid::from_u128(7), &early).unwrap());
    let (store, _) = laptop.open();
    save(&store, 300);
    let backup = laptop.backup(&store, at(1)).unwrap();
    drop(store);
    laptop.restore(&backup.path).unwrap();
    let (store, _) = laptop.open();
    assert_eq!((seq(&store), store.options().pages), (Some(300), Pages::Early));
}

#[test]
fn a_backup_put_over_the_store_by_hand_is_noticed() {
    let (laptop, store) = Laptop::new();
    save(&store, 1);
    let taken = laptop.backup(&store, at(1)).unwrap();
    drop(store);
    fs::copy(&taken.path, laptop.folder.store()).unwrap();
    let (store, standing) = laptop.open();
    assert!(matches!(standing, Standing::RolledBack(_)), "{standing}");
    assert_eq!(store.read(|c| meta::get(c, meta::BACKUP_OF)).unwrap(), None);
}

#[test]
fn a_backup_in_an_empty_folder_brings_its_users_and_demands_a_new_stream() {
    let (laptop, store) = Laptop::new();
    save(&store, 5);
    let taken = laptop.backup(&store, at(1)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let other = Laptop { folder: Folder::new(dir.path()), _dir: dir };
    let mut keyring = Keyring::load(taken.keys.as_ref().unwrap(), Kdf::CHEAP_FOR_TESTS).unwrap();
    assert_eq!(keyring.unlock("lesedi", "pula e na thata", at(9)).unwrap().key.bytes(), key().bytes());
    let restored = other.restore(&taken.path).unwrap();
    assert_eq!(restored, Restored { moved_aside: None, keys_restored: true });
    let (store, standing) = other.open();
    assert!(standing.demands_new_stream());
    assert_eq!(seq(&store), Some(5));
}

#[test]
fn the_last_three_are_kept_even_if_the_clock_was_set_back() {
    let (laptop, store) = Laptop::new();
    for n in 1..=5 {
        save(&store, n);
        laptop.backup(&store, at(-(n as i64) * 86_400_000)).unwrap();
    }
    let listed = list_backups(&laptop.folder).unwrap();
    assert_eq!(listed.iter().map(|b| b.number).collect::<Vec<_>>(), [5, 4, 3]);
    assert_eq!(listed[0].taken_at, at(-5 * 86_400_000));
    assert_eq!(laptop.files_in_backups().len(), 6);
}

#[test]
fn a_backup_broken_off_or_failing_leaves_the_older_ones() {
    let (laptop, store) = Laptop::new();
    for n in 1..=2000 {
        store.write(|tx| meta::set(tx, &format!("bulk {n}"), "x".repeat(1000))).unwrap();
        if n == 1 {
            laptop.backup(&store, at(1)).unwrap();
        }
    }
    let before = laptop.files_in_backups();
    let mut seen = Vec::new();
    let broken = backup(&laptop.folder, &store, at(2), heads, |p| {
        seen.push(p);
        if p.done * 2 > p.total { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(broken.unwrap_err().code(), Code::Invalid);
    assert!(seen.len() >= 2 && seen.iter().all(|p| p.done <= p.total), "{seen:?}");
    assert_eq!(laptop.files_in_backups(), before);
    // A place that cannot be written.
    fs::create_dir(laptop.folder.backups().join("unfinished.db")).unwrap();
    assert!(laptop.backup(&store, at(3)).is_err());
    fs::remove_dir(laptop.folder.backups().join("unfinished.db")).unwrap();
    assert_eq!(laptop.files_in_backups(), before);
    // What a crash left is cleared away by the next.
    fs::write(laptop.folder.backups().join("unfinished.db"), b"half").unwrap();
    laptop.backup(&store, at(4)).unwrap();
    assert!(!laptop.files_in_backups().iter().any(|n| n.starts_with("unfinished")));
}

#[test]
fn saving_goes_on_during_a_backup_which_holds_its_own_moment() {
    let (laptop, store) = Laptop::new();
    for n in 1..=2000 {
        store.write(|tx| meta::set(tx, &format!("bulk {n}"), "x".repeat(1000))).unwrap();
    }
    save(&store, 1);
    let mut next = 1;
    let taken = backup(&laptop.folder, &store, at(1), heads, |_| {
        next += 1;
        save(&store, next);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(next > 2, "the copy took one step only");
    assert_eq!(seq(&store), Some(next));
    drop(store);
    laptop.restore(&taken.path).unwrap();
    assert_eq!(seq(&laptop.open().0), Some(1));
}

#[test]
fn a_damaged_backup_another_file_and_another_key_are_refused_and_the_store_stays() {
    let (laptop, store) = Laptop::new();
    for n in 1..=200 {
        save(&store, n);
    }
    let taken = laptop.backup(&store, at(1)).unwrap();
    drop(store);
    let good = fs::read(&taken.path).unwrap();
    let mut bad = good.clone();
    bad[5 * 4096 + 99] ^= 4;
    let before = fs::read(laptop.folder.store()).unwrap();
    for (content, code) in [
        (bad, Code::Damaged),
        (good[..4096 * 3].to_vec(), Code::Damaged),
        (vec![1; 8192], Code::NoKey),
        (before.clone(), Code::Invalid),
    ] {
        let path = laptop.folder.path().join("chosen.db");
        fs::write(&path, content).unwrap();
        assert_eq!(laptop.restore(&path).unwrap_err().code(), code);
        assert!(fs::read(laptop.folder.store()).unwrap() == before);
    }
    assert_eq!(laptop.restore(Path::new("nowhere.db")).unwrap_err().code(), Code::NotAStore);
    let leftovers: Vec<_> = fs::read_dir(laptop.folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.contains("restor"))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

#[test]
fn a_log_left_by_an_interrupted_restore_is_not_taken_for_the_backups_own() {
    let (laptop, store) = Laptop::new();
    save(&store, 1);
    let taken = laptop.backup(&store, at(1)).unwrap();
    save(&store, 2);
    let wal = name::with_suffix(&laptop.folder.store(), "-wal");
    let log = fs::read(&wal).unwrap();
    assert!(!log.is_empty());
    drop(store);
    fs::remove_file(laptop.folder.store()).unwrap();
    fs::write(&wal, log).unwrap();
    laptop.restore(&taken.path).unwrap();
    assert_eq!(seq(&laptop.open().0), Some(1));
}

#[test]
fn an_unreadable_key_file_is_replaced_by_the_backups_and_kept_aside() {
    let (laptop, store) = Laptop::new();
    let taken = laptop.backup(&store, at(1)).unwrap();
    drop(store);
    fs::write(laptop.folder.keys(), b"{half").unwrap();
    assert!(laptop.restore(&taken.path).unwrap().keys_restored);
    Keyring::load(&laptop.folder.keys(), Kdf::STANDARD).unwrap();
    assert!(laptop.folder.path().join("keys.json.unreadable").exists());
}

#[test]
fn a_store_restored_without_a_marker_can_be_backed_up_again() {
    let (laptop, store) = Laptop::new();
    let taken = laptop.backup(&store, at(1)).unwrap();
    drop(store);
    laptop.restore(&taken.path).unwrap();
    let store = Store::open(&laptop.folder.store(), &key(), &Options::default()).unwrap();
    laptop.backup(&store, at(2)).unwrap();
}
