//! Nothing that was acknowledged is lost when the power goes, and a setting that does lose it is caught by this test.

use std::{collections::BTreeMap, path::Path};

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use tsela_store::{Code, DataKey, Options, Result, Store, StoreError, connection::Synchronous, meta, migrations};
use tsela_tests::power_cut::{Outcome, PowerCutVfs, Snapshot, Trial};
use uuid::Uuid;

/// Cuts at `FULL`.
const CUTS: u64 = 2_400;
/// Cuts at `NORMAL`: enough to be sure that it loses something.
const CONTROL_CUTS: u64 = 300;
/// Saves in a run, some of them large, so that the log is folded into the file several times.
const SAVES: u64 = 24;

fn prepare(store: &Store) -> Result<()> {
    store.write(|tx| {
        tx.execute_batch(
            "CREATE TABLE trial (id INTEGER PRIMARY KEY, form BLOB NOT NULL) STRICT;
             CREATE TABLE sums (one INTEGER PRIMARY KEY CHECK (one = 1), saves INTEGER NOT NULL) STRICT;
             INSERT INTO sums VALUES (1, 0);",
        )?;
        Ok(())
    })
}

fn form(save: u64) -> Vec<u8> {
    let len = if save.is_multiple_of(5) { 20_000 } else { 700 };
    vec![save as u8; len]
}

fn work(store: &Store, acknowledged: &mut Vec<u64>) -> Result<()> {
    store.write(|tx| Ok(tx.pragma_update(None, "wal_autocheckpoint", 12)?))?;
    for save in 1..=SAVES {
        store.write(|tx| {
            tx.execute("INSERT INTO trial (id, form) VALUES (?1, ?2)", (save as i64, form(save)))?;
            tx.execute("UPDATE sums SET saves = saves + 1", [])?;
            Ok(())
        })?;
        acknowledged.push(save);
    }
    Ok(())
}

/// Every acknowledged save is there, whole; the one in flight is there whole or not at all; and nothing else.
fn verify(store: &Store, acknowledged: &[u64]) -> Result<(), String> {
    let (found, sum) = store
        .read(|conn| {
            let mut statement = conn.prepare("SELECT id, form FROM trial")?;
            let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, Vec<u8>>(1)?)))?;
            let found: BTreeMap<u64, Vec<u8>> = rows.collect::<rusqlite::Result<_>>()?;
            let sum: i64 = conn.query_row("SELECT saves FROM sums", [], |row| row.get(0))?;
            Ok((found, sum))
        })
        .map_err(|e| e.to_string())?;
    let last = acknowledged.last().copied().unwrap_or(0);
    if let Some(lost) = acknowledged.iter().find(|save| !found.contains_key(save)) {
        return Err(format!("save {lost} of {last} acknowledged is lost"));
    }
    if found.iter().any(|(save, bytes)| *bytes != form(*save)) {
        return Err("a save came back changed".to_owned());
    }
    if found.len() as i64 != sum || found.keys().max().copied().unwrap_or(0) > last + 1 {
        return Err(format!("{} saves, summed as {sum}, {last} acknowledged", found.len()));
    }
    Ok(())
}

fn losses(name: &str, synchronous: Synchronous, cuts: u64) -> Vec<String> {
    let trial = Trial::new(name, synchronous, prepare, work);
    println!("{name}: {cuts} cuts at one of {} places", trial.length());
    let lost = |seed| match trial.cut(seed, work, verify) {
        Outcome::Kept => None,
        Outcome::Lost(how) => Some(format!("seed {seed}: {how}")),
    };
    (0..cuts).filter_map(lost).collect()
}

#[test]
fn nothing_acknowledged_is_lost() {
    let lost = losses("full", Synchronous::Full, CUTS);
    assert!(lost.is_empty(), "{} of {CUTS} cuts lost something:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn the_control_with_synchronous_normal_does_lose() {
    let lost = losses("normal", Synchronous::Normal, CONTROL_CUTS);
    println!("NORMAL lost something in {} of {CONTROL_CUTS} cuts", lost.len());
    assert!(lost.len() as u64 > CONTROL_CUTS / 4, "only {} of {CONTROL_CUTS}", lost.len());
    // Even then the store opens and is whole up to some save: it is durability that NORMAL gives away.
    assert!(lost.iter().all(|how| how.contains("is lost")), "{}", lost.join("\n"));
}

/// Cuts at every single change while a store is being created and migrated, several times with different dice.
#[test]
fn a_creation_or_migration_cut_anywhere_leaves_a_whole_version_and_is_finished_next_time() {
    let vfs = PowerCutVfs::register("creation");
    let options = Options { vfs: Some(vfs.name().to_owned()), readers: 1, quick_check: true, ..Options::default() };
    let (path, key, id) = (Path::new("store.db"), DataKey::from_bytes([1; 32]), Uuid::from_u128(1));
    let schema = |store: &Store| -> Vec<(String, Option<String>)> {
        store
            .read(|conn| {
                let mut statement = conn.prepare("SELECT name, sql FROM sqlite_schema ORDER BY type, name")?;
                Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
            })
            .unwrap()
    };
    let whole = schema(&Store::create(path, &key, id, &options).unwrap());
    let places = vfs.changes();
    let mut opened = 0;
    for place in 0..places {
        for dice in 0..6 {
            let seed = place * 6 + dice;
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            vfs.power_on(&Snapshot::default());
            vfs.cut_after(place);
            drop(Store::create(path, &key, id, &options));
            vfs.power_on(&vfs.cut(&mut rng));
            match Store::open(path, &key, &options) {
                Ok(store) => {
                    opened += 1;
                    assert_eq!(schema(&store), whole, "seed {seed}");
                }
                Err(error) => {
                    let known = matches!(error.code(), Code::NotAStore | Code::Disk);
                    assert!(known, "seed {seed}: {error}");
                }
            }
            match Store::create(path, &key, id, &options) {
                Ok(store) => assert_eq!(schema(&store), whole, "seed {seed}"),
                Err(error) => assert!(matches!(error, StoreError::AlreadyAStore { .. }), "seed {seed}: {error}"),
            }
            let store = Store::open(path, &key, &options).unwrap();
            assert_eq!(store.read(migrations::version).unwrap(), migrations::newest(), "seed {seed}");
            assert_eq!(store.read(|c| meta::get_as::<Uuid>(c, meta::STORE)).unwrap(), Some(id), "seed {seed}");
            let _ = rng.next_u32();
        }
    }
    println!("creation: {places} places, opened at once in {opened} of {} cuts", places * 6);
    assert!(opened > 0);
}

/// A sync that the disk refuses stops the store rather than let it promise what it cannot keep.
#[test]
fn after_a_failed_sync_the_store_says_so_and_stops() {
    let vfs = PowerCutVfs::register("stops");
    let options = Options { vfs: Some(vfs.name().to_owned()), readers: 1, ..Options::default() };
    let store = Store::create(Path::new("store.db"), &DataKey::from_bytes([1; 32]), Uuid::nil(), &options).unwrap();
    vfs.cut_after(0);
    let first = store.write(|tx| meta::set(tx, "a", 1)).unwrap_err();
    assert_eq!(first.code(), Code::Disk, "{first}");
    let second = store.write(|tx| meta::set(tx, "a", 2)).unwrap_err();
    assert!(matches!(second, StoreError::Stopped), "{second}");
}

/// A full disk refuses the save with words that help, loses nothing, and takes saves again once there is room.
#[test]
fn a_full_disk_refuses_a_save_and_loses_nothing() {
    let vfs = PowerCutVfs::register("full disk");
    let options = Options { vfs: Some(vfs.name().to_owned()), readers: 1, ..Options::default() };
    let store = Store::create(Path::new("store.db"), &DataKey::from_bytes([1; 32]), Uuid::nil(), &options).unwrap();
    prepare(&store).unwrap();
    let save = |n: u64| {
        store.write(|tx| {
            tx.execute("INSERT INTO trial (id, form) VALUES (?1, ?2)", (n as i64, form(n)))?;
            Ok(tx.execute("UPDATE sums SET saves = saves + 1", []).map(|_| ())?)
        })
    };
    vfs.leave_room(Some(100_000));
    let mut acknowledged = Vec::new();
    let refused = loop {
        let n = acknowledged.len() as u64 + 1;
        match save(n) {
            Ok(()) => acknowledged.push(n),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StoreError::DiskFull(_)), "{refused}");
    assert!(refused.to_string().contains("free some space"), "{refused}");
    assert!(!acknowledged.is_empty());
    verify(&store, &acknowledged).unwrap();
    assert!(save(1000).is_err());
    vfs.leave_room(None);
    let next = acknowledged.len() as u64 + 1;
    save(next).unwrap();
    acknowledged.push(next);
    verify(&store, &acknowledged).unwrap();
    drop(store);
    let store = Store::open(Path::new("store.db"), &DataKey::from_bytes([1; 32]), &options).unwrap();
    verify(&store, &acknowledged).unwrap();
}
