use super::*;
use crate::{connection::Options, data_key::DataKey};

/// Stands in for the journal: streams as rows of `meta`.
fn heads(conn: &Connection) -> Result<Heads> {
    let mut statement = conn.prepare("SELECT key, value FROM meta WHERE key LIKE 'stream %'")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    Ok(rows
        .map(|row| row.unwrap())
        .map(|(k, v)| (k.strip_prefix("stream ").unwrap().parse().unwrap(), v.parse().unwrap()))
        .collect())
}

fn code(text: &str) -> StreamCode {
    text.parse().unwrap()
}

fn key() -> DataKey {
    DataKey::from_bytes([3; 32])
}

struct Laptop {
    dir: tempfile::TempDir,
}

impl Laptop {
    fn new() -> Self {
        let laptop = Self { dir: tempfile::tempdir().unwrap() };
        drop(Store::create(&laptop.folder().store(), &key(), Uuid::from_u128(1), &Options::default()).unwrap());
        laptop
    }

    fn folder(&self) -> Folder {
        Folder::new(self.dir.path())
    }

    fn open(&self) -> (Store, Standing) {
        let store = Store::open(&self.folder().store(), &key(), &Options::default()).unwrap();
        let standing = settle(&self.folder(), &store, heads).unwrap();
        (store, standing)
    }

    /// One day: open, save up to this seq, close.
    fn day(&self, seq: u64) -> Standing {
        let (store, standing) = self.open();
        save(&store, seq);
        advance(&self.folder(), &store, heads).unwrap();
        standing
    }

    fn copy_to(&self, other: &Path) {
        for entry in fs::read_dir(self.dir.path()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), other.join(entry.file_name())).unwrap();
        }
    }
}

fn save(store: &Store, seq: u64) {
    store.write(|tx| meta::set(tx, "stream A01", seq)).unwrap();
}

fn due(store: &Store) -> Option<String> {
    store.read(meta::new_stream_due).unwrap()
}

#[test]
fn a_laptop_used_day_by_day_raises_no_alarm() {
    let laptop = Laptop::new();
    assert_eq!(laptop.day(1), Standing::Fresh);
    for seq in 2..6 {
        assert_eq!(laptop.day(seq), Standing::Same);
    }
    assert_eq!(due(&laptop.open().0), None);
}

#[test]
fn crashes_between_store_and_marker_raise_no_alarm_however_often() {
    let laptop = Laptop::new();
    laptop.day(1);
    for round in 0..5 {
        let before = fs::read(laptop.folder().marker()).unwrap();
        let (store, standing) = laptop.open();
        assert_eq!(standing, Standing::Same, "round {round}");
        drop(store);
        // The store committed the new generation, the marker write never reached the disk.
        let caught_up = Marker::read(&laptop.folder()).unwrap().unwrap();
        let behind = Marker { generation: caught_up.generation - 1, ..caught_up };
        assert!(behind.generation >= serde_json::from_slice::<Marker>(&before).unwrap().generation);
        behind.write(&laptop.folder()).unwrap();
    }
}

#[test]
fn a_crash_in_the_very_first_opening_raises_no_alarm() {
    let laptop = Laptop::new();
    let (store, _) = laptop.open();
    drop(store);
    let marker = Marker::read(&laptop.folder()).unwrap().unwrap();
    Marker { generation: 0, ..marker }.write(&laptop.folder()).unwrap();
    assert_eq!(laptop.open().1, Standing::Same);
}

#[test]
fn a_copied_folder_is_noticed_and_the_original_goes_on() {
    let laptop = Laptop::new();
    laptop.day(5);
    let copy = Laptop { dir: tempfile::tempdir().unwrap() };
    laptop.copy_to(copy.dir.path());
    let (store, standing) = copy.open();
    assert!(matches!(standing, Standing::Copied(_)), "{standing}");
    assert!(due(&store).unwrap().starts_with("copied"));
    drop(store);
    // Closed before the new stream began: it is due still, though the folder is known by now.
    let (store, standing) = copy.open();
    assert_eq!(standing, Standing::Same);
    assert!(due(&store).is_some());
    store.write(|tx| meta::new_stream_begun(tx)).unwrap();
    drop(store);
    assert_eq!(due(&copy.open().0), None);
    assert_eq!(laptop.day(6), Standing::Same);
}

#[test]
fn a_folder_that_was_only_moved_is_the_same() {
    let laptop = Laptop::new();
    laptop.day(1);
    let elsewhere = tempfile::tempdir_in(laptop.dir.path().parent().unwrap()).unwrap();
    let moved = elsewhere.path().join("moved");
    fs::rename(laptop.dir.path(), &moved).unwrap();
    let folder = Folder::new(&moved);
    let store = Store::open(&folder.store(), &key(), &Options::default()).unwrap();
    assert_eq!(settle(&folder, &store, heads).unwrap(), Standing::Same);
}

#[test]
fn an_older_store_put_back_in_place_is_noticed() {
    let laptop = Laptop::new();
    laptop.day(5);
    let path = laptop.folder().store();
    let old = fs::read(&path).unwrap();
    laptop.day(9);
    // `fs::write` keeps the file itself: only the generation gives it away.
    fs::write(&path, &old).unwrap();
    let (store, standing) = laptop.open();
    assert!(matches!(standing, Standing::RolledBack(_)), "{standing}");
    assert!(due(&store).is_some());
}

#[test]
fn a_copy_of_the_running_store_put_back_after_a_kill_is_noticed_by_its_streams() {
    let laptop = Laptop::new();
    let (store, _) = laptop.open();
    save(&store, 5);
    let found = store.read(StoreMeta::read).unwrap();
    let marker = Marker::read(&laptop.folder()).unwrap().unwrap();
    let ahead = Marker { heads: Heads::from([(code("A01"), 7)]), ..marker };
    let standing = judge(Some(&ahead), &found, &ahead.identity, &Heads::from([(code("A01"), 5)]));
    assert!(matches!(standing, Standing::RolledBack(_)), "{standing}");
}

#[test]
fn a_missing_or_broken_marker_and_a_foreign_store_are_noticed() {
    let laptop = Laptop::new();
    laptop.day(5);
    fs::write(laptop.folder().marker(), b"{half").unwrap();
    assert!(matches!(laptop.open().1, Standing::Copied(_)));
    fs::remove_file(laptop.folder().marker()).unwrap();
    assert!(matches!(laptop.open().1, Standing::Copied(_)));

    let foreign = Laptop { dir: tempfile::tempdir().unwrap() };
    drop(Store::create(&foreign.folder().store(), &key(), Uuid::from_u128(2), &Options::default()).unwrap());
    foreign.day(50);
    fs::copy(foreign.folder().store(), laptop.folder().store()).unwrap();
    assert!(matches!(laptop.open().1, Standing::Copied(_)));
}

#[test]
fn a_marker_put_back_without_its_store_is_noticed() {
    let laptop = Laptop::new();
    laptop.day(5);
    let old = fs::read(laptop.folder().marker()).unwrap();
    laptop.day(6);
    fs::write(laptop.folder().marker(), old).unwrap();
    assert!(matches!(laptop.open().1, Standing::Copied(_)));
}

#[test]
fn a_code_once_begun_here_is_never_chosen_again() {
    let laptop = Laptop::new();
    laptop.day(5);
    let spare = [code("A01"), code("A02"), code("A03"), code("A04")];
    let choose = |laptop: &Laptop, due| choose_code(&laptop.folder(), &spare, due).unwrap();
    assert_eq!(choose(&laptop, Some("rolled back: x")), Some(code("A02")));
    let copied = choose(&laptop, Some("copied: x"));
    assert!(copied == Some(code("A03")) || copied == Some(code("A04")), "{copied:?}");
    for used in ["A02", "A03"] {
        use_code(&laptop.folder(), code(used)).unwrap();
    }
    assert_eq!(choose(&laptop, Some("copied: x")), Some(code("A04")));
    laptop.day(6);
    use_code(&laptop.folder(), code("A04")).unwrap();
    assert_eq!(choose(&laptop, None), None);
}
