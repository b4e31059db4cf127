use std::{io::Write, sync::mpsc, thread};

use super::*;
use crate::error::Code;

fn key() -> DataKey {
    DataKey::from_bytes([7; 32])
}

struct Laptop {
    dir: tempfile::TempDir,
}

impl Laptop {
    fn new() -> (Self, Store) {
        let laptop = Self { dir: tempfile::tempdir().unwrap() };
        let store = Store::create(&laptop.path(), &key(), Uuid::from_u128(1), &Options::default()).unwrap();
        (laptop, store)
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("store.db")
    }

    fn open(&self) -> Result<Store> {
        Store::open(&self.path(), &key(), &Options::default())
    }
}

fn note(store: &Store, value: &str) -> Result<()> {
    store.write(|tx| meta::set(tx, "note", value))
}

fn noted(store: &Store) -> Option<String> {
    store.read(|conn| meta::get(conn, "note")).unwrap()
}

#[test]
fn what_was_written_is_there_after_reopening_and_in_no_file_in_plain_text() {
    let (laptop, store) = Laptop::new();
    note(&store, "Keitumetse-canary").unwrap();
    for entry in fs::read_dir(laptop.dir.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"canary" || w == b"SQLite"));
    }
    drop(store);
    assert_eq!(noted(&laptop.open().unwrap()).as_deref(), Some("Keitumetse-canary"));
}

#[test]
fn the_settings_hold_on_every_connection() {
    let (_laptop, store) = Laptop::new();
    let pragma = |conn: &Connection, name: &str| -> i64 {
        conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
    };
    for (name, wanted) in [("synchronous", 2), ("foreign_keys", 1), ("temp_store", 2), ("trusted_schema", 0)] {
        assert_eq!(store.write(|tx| Ok(pragma(tx, name))).unwrap(), wanted, "writer {name}");
        assert_eq!(store.read(|conn| Ok(pragma(conn, name))).unwrap(), wanted, "reader {name}");
    }
    assert!(store.read(|conn| meta::set(conn, "note", "x")).is_err());
}

#[test]
fn a_failed_write_leaves_no_trace_and_a_panic_does_not_stop_the_store() {
    let (_laptop, store) = Laptop::new();
    note(&store, "before").unwrap();
    let failed = store.write(|tx| {
        meta::set(tx, "note", "half")?;
        Err::<(), _>(StoreError::Invalid("no".to_owned()))
    });
    assert_eq!(failed.unwrap_err().code(), Code::Invalid);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.write(|tx| -> Result<()> {
            meta::set(tx, "note", "half")?;
            panic!("a defect in a rule")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(noted(&store).as_deref(), Some("before"));
    note(&store, "after").unwrap();
    assert_eq!(noted(&store).as_deref(), Some("after"));
}

#[test]
fn reading_goes_on_during_a_write_and_sees_the_last_commit() {
    let (_laptop, store) = Laptop::new();
    note(&store, "old").unwrap();
    let (inside, is_inside) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let store = &store;
        scope.spawn(move || {
            store.write(|tx| {
                meta::set(tx, "note", "new")?;
                inside.send(()).unwrap();
                may_go_on.recv().unwrap();
                Ok(())
            })
        });
        is_inside.recv().unwrap();
        assert_eq!(noted(store).as_deref(), Some("old"));
        go_on.send(()).unwrap();
    });
    assert_eq!(noted(&store).as_deref(), Some("new"));
}

#[test]
fn a_reading_command_works_beside_the_window() {
    let (laptop, store) = Laptop::new();
    let beside = Store::open_reader(&laptop.path(), &key(), &Options::default()).unwrap();
    note(&store, "seen by both").unwrap();
    assert_eq!(noted(&beside).as_deref(), Some("seen by both"));
    assert!(note(&beside, "not allowed").is_err());
}

#[test]
fn a_wrong_key_is_reported_and_the_file_left_alone() {
    let (laptop, store) = Laptop::new();
    drop(store);
    let before = fs::read(laptop.path()).unwrap();
    let other = DataKey::from_bytes([8; 32]);
    let options = Options::default();
    assert_eq!(Store::open(&laptop.path(), &other, &options).unwrap_err().code(), Code::NoKey);
    assert_eq!(Store::create(&laptop.path(), &other, Uuid::nil(), &options).unwrap_err().code(), Code::NoKey);
    assert_eq!(Store::create(&laptop.path(), &key(), Uuid::nil(), &options).unwrap_err().code(), Code::Invalid);
    assert!(fs::read(laptop.path()).unwrap() == before, "the file was changed");
}

#[test]
fn a_store_in_other_pages_is_opened_with_what_a_crash_has_left_in_its_log() {
    let wanted = |pages| Options { pages, ..Options::default() };
    for made in [Pages::Small, Pages::Large, Pages::Early] {
        let (dir, path, after) = (tempfile::tempdir().unwrap(), "store.db", "after.db");
        let store = Store::create(&dir.path().join(path), &key(), Uuid::from_u128(1), &wanted(made)).unwrap();
        note(&store, "one").unwrap();
        store.checkpoint().unwrap();
        note(&store, "two").unwrap();
        for end in ["", "-wal"] {
            let of = |name: &str| dir.path().join(format!("{name}{end}"));
            fs::copy(of(path), of(after)).unwrap();
        }
        for tried in [Pages::Early, Pages::Small, Pages::Large] {
            let after = dir.path().join(after);
            let beside = Store::open_reader(&after, &key(), &wanted(tried)).unwrap();
            assert_eq!(noted(&beside).as_deref(), Some("two"), "{made:?}, tried as {tried:?} first");
            let opened = Store::open(&after, &key(), &wanted(tried)).unwrap();
            assert_eq!(noted(&opened).as_deref(), Some("two"), "{made:?}, tried as {tried:?} first");
            assert_eq!(opened.options().pages, made);
        }
    }
}

#[test]
fn an_absent_or_empty_file_is_no_store_and_none_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let open = || Store::open(&path, &key(), &Options::default()).unwrap_err().code();
    assert_eq!(open(), Code::NotAStore);
    assert!(!path.exists());
    fs::write(&path, b"").unwrap();
    assert_eq!(open(), Code::NotAStore);
    fs::write(&path, vec![b'x'; 10_000]).unwrap();
    assert_eq!(open(), Code::NoKey);
}

#[test]
fn a_flipped_byte_on_any_page_is_found_at_start() {
    let (laptop, store) = Laptop::new();
    for i in 0..200 {
        store.write(|tx| meta::set(tx, &format!("k{i}"), "v".repeat(200))).unwrap();
    }
    drop(store);
    let good = fs::read(laptop.path()).unwrap();
    for page in 0..good.len() / 4096 {
        let mut bad = good.clone();
        bad[page * 4096 + 1234] ^= 1;
        fs::write(laptop.path(), &bad).unwrap();
        let code = laptop.open().unwrap_err().code();
        let wanted = if page == 0 { Code::NoKey } else { Code::Damaged };
        assert_eq!(code, wanted, "page {page}");
        assert!(fs::read(laptop.path()).unwrap() == bad, "the file was changed");
    }
    fs::write(laptop.path(), &good).unwrap();
    laptop.open().unwrap();
}

#[test]
fn a_truncated_file_is_found_at_start() {
    let (laptop, store) = Laptop::new();
    for i in 0..200 {
        store.write(|tx| meta::set(tx, &format!("k{i}"), "v".repeat(200))).unwrap();
    }
    drop(store);
    let good = fs::read(laptop.path()).unwrap();
    for keep in [good.len() - 4096, good.len() - 100, good.len() / 2, 4096] {
        fs::File::create(laptop.path()).unwrap().write_all(&good[..keep]).unwrap();
        let error = laptop.open().unwrap_err();
        assert!(matches!(error.code(), Code::Damaged | Code::NoKey), "{keep} of {}: {error}", good.len());
    }
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let (laptop, store) = Laptop::new();
    store.write(|tx| Ok(tx.pragma_update(None, "user_version", 9999)?)).unwrap();
    drop(store);
    assert_eq!(laptop.open().unwrap_err().code(), Code::NewerStore);
    let reader = Store::open_reader(&laptop.path(), &key(), &Options::default());
    assert_eq!(reader.unwrap_err().code(), Code::NewerStore);
}

#[test]
fn a_creation_that_a_crash_interrupted_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let options = Options::default();
    drop(connection::connect(&path, &key(), &options, Access::Create).unwrap());
    Store::create(&path, &key(), Uuid::from_u128(2), &options).unwrap();
}
