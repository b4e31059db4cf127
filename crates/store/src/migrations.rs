//! The runner of `migrations/sqlite/*.sql`: append-only, each script in one transaction with its version write.
//!
//! The version is SQLite's own `user_version`, which lives in the file's header and so commits with the script. A store
//! from a newer program is refused and left alone: an older program cannot know what a newer one relies on. Plain SQL
//! and thirty lines were preferred to a crate, because the published ones hold rusqlite back.

use rusqlite::{Connection, TransactionBehavior};

use crate::{
    error::{Result, StoreError},
    projection,
};

/// One step of the store's form.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The store's version after it, from 1 without gaps.
    pub version: u32,
    /// The file's name without its number, for messages.
    pub name: &'static str,
    /// The script.
    pub sql: &'static str,
    /// What of the new form is no SQL, in the same transaction.
    pub fill: Option<fn(&Connection) -> Result<()>>,
}

macro_rules! migrations {
    (@) => { None };
    (@ $fill:expr) => { Some($fill) };
    ($($version:literal $name:literal $file:literal $(and $fill:expr)?;)*) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../../migrations/sqlite/", $file)),
            fill: migrations!(@ $($fill)?),
        }),*]
    };
}

/// All migrations, in order. Lines are only ever added, at the end; a released script is never changed.
pub const MIGRATIONS: &[Migration] = migrations! {
    1 "base" "0001_base.sql";
    2 "journal" "0002_journal.sql";
    3 "server" "0003_server.sql";
    4 "sync" "0004_sync.sql";
    5 "rescue" "0005_rescue.sql";
    6 "quarantine" "0006_quarantine.sql";
    7 "lean" "0007_lean.sql";
    8 "places" "0008_places.sql";
    9 "lighter" "0009_lighter.sql" and projection::write_again;
    10 "labels" "0010_labels.sql";
    11 "carrier" "0011_carrier.sql";
    12 "ways" "0012_ways.sql";
    13 "laboratory" "0013_laboratory.sql";
    14 "attachments" "0014_attachments.sql";
    15 "written" "0015_written.sql";
    16 "counts" "0016_counts.sql";
};

/// Returns the newest version this program knows.
pub fn newest() -> u32 {
    MIGRATIONS.last().map_or(0, |m| m.version)
}

/// Returns the store's version, 0 for an empty file.
///
/// # Errors
/// Fails if the file cannot be read or the key does not open it.
pub fn version(conn: &Connection) -> Result<u32> {
    Ok(conn.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Brings the store to the newest version and returns the one it had.
///
/// # Errors
/// [`StoreError::NewerStore`] if the store is ahead of this program; otherwise what the disk or a script said, with the
/// store at the version of the last step that went through.
pub fn run(conn: &mut Connection) -> Result<u32> {
    run_list(conn, MIGRATIONS)
}

/// Refuses a store that this program would have to upgrade, or that is newer than it.
///
/// # Errors
/// [`StoreError::NewerStore`] or [`StoreError::OlderStore`].
pub fn check(conn: &Connection) -> Result<()> {
    let (found, needed) = (version(conn)?, newest());
    match found {
        v if v > needed => Err(StoreError::NewerStore { found, known: needed }),
        v if v < needed => Err(StoreError::OlderStore { found, needed }),
        _ => Ok(()),
    }
}

fn run_list(conn: &mut Connection, list: &[Migration]) -> Result<u32> {
    let found = version(conn)?;
    let known = list.last().map_or(0, |m| m.version);
    if found > known {
        return Err(StoreError::NewerStore { found, known });
    }
    for step in list.iter().filter(|m| m.version > found) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(step.sql)?;
        step.fill.map_or(Ok(()), |fill| fill(&tx))?;
        tx.pragma_update(None, "user_version", step.version)?;
        tx.commit()?;
        tracing::info!(version = step.version, name = step.name, "store upgraded");
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use rusqlite::params;
    use tsela_core::{
        entry::{Entry, Op},
        fold::RecordState,
        ids::{RecordId, SaveId, UserId},
        time::Timestamp,
    };
    use uuid::Uuid;

    use super::*;
    use crate::{history, records, search, streams};

    fn schema(conn: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement = conn.prepare("SELECT name, sql FROM sqlite_schema ORDER BY type, name").unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    }

    fn at_version(version: u32) -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        let upto: Vec<_> = MIGRATIONS.iter().copied().filter(|m| m.version <= version).collect();
        run_list(&mut conn, &upto).unwrap();
        conn
    }

    #[test]
    fn versions_are_dense_and_every_table_is_strict() {
        for (i, step) in MIGRATIONS.iter().enumerate() {
            assert_eq!(step.version as usize, i + 1, "{}", step.name);
        }
        let conn = at_version(newest());
        let mut statement =
            conn.prepare("SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict").unwrap();
        let loose: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(|n| n.unwrap()).collect();
        let loose: Vec<_> = loose.into_iter().filter(|n| !n.starts_with("sqlite_")).collect();
        assert!(loose.is_empty(), "not STRICT: {loose:?}");
    }

    #[test]
    fn every_earlier_version_upgrades_to_the_same_form() {
        let fresh = schema(&at_version(newest()));
        for version in 0..newest() {
            let mut conn = at_version(version);
            assert_eq!(run(&mut conn).unwrap(), version);
            assert_eq!(schema(&conn), fresh, "from version {version}");
        }
    }

    #[test]
    fn what_a_store_of_version_7_holds_is_found_after_the_upgrade() {
        found_after_the_upgrade(7, "INSERT INTO record VALUES (7, ?1, 'household', 'old key', 0, 0, 1, 1, ?2)");
    }

    #[test]
    fn what_a_store_of_version_8_holds_is_found_after_the_upgrade() {
        found_after_the_upgrade(
            8,
            "INSERT INTO record VALUES (7, ?1, 'household', 0, 0, 1, 1, x'0000030000000001', ?2)",
        );
    }

    fn found_after_the_upgrade(version: u32, record: &str) {
        let mut conn = at_version(version);
        let household = household();
        let state = RecordState::begin("A01".parse().unwrap(), household.clone());
        conn.execute_batch(
            "INSERT INTO stream (id, code, device, state, seq, hash, folded)
             VALUES (3, 'A01', zeroblob(16), 'active', 1, zeroblob(32), 1)",
        )
        .unwrap();
        conn.execute(
            "INSERT INTO entry VALUES ((3 << 40) + 1, ?1, 1, zeroblob(32), ?2)",
            params![household.record.0.as_bytes(), household.to_bytes()],
        )
        .unwrap();
        conn.execute("INSERT INTO counter VALUES (3, 'household', 2)", []).unwrap();
        conn.execute(record, params![household.record.0.as_bytes(), state.to_bytes()]).unwrap();
        run(&mut conn).unwrap();
        assert_eq!(records::state(&conn, household.record).unwrap(), Some(state));
        assert_eq!(records::find(&conn, "0T-A01-0001-8").unwrap(), Some(household.record));
        assert_eq!(search::search(&conn, "otse", &[], 9).unwrap(), [household.record]);
        assert_eq!(history::of(&conn, household.record).unwrap()[0].entry, household);
        assert_eq!(records::made_since(&conn, Timestamp(1)).unwrap(), [("household".to_owned(), 1)].into());
        assert_eq!(streams::active(&conn).unwrap().unwrap().next_number("household"), 2, "the counter goes on");
        let stored: Vec<u8> = conn.query_row("SELECT state FROM record", [], |row| row.get(0)).unwrap();
        assert!(stored.is_empty(), "what its only entry says is not said twice");
    }

    fn household() -> Entry {
        let set = [("household_identifier", "0T-A01-0001-8"), ("community", "Otse")];
        Entry {
            seq: 1,
            save: SaveId(Uuid::from_u128(1)),
            last: true,
            at: Timestamp(1),
            tz: "+02:00".into(),
            user: UserId(Uuid::from_u128(2)),
            app: "tsela/0.1.0".into(),
            package: 1,
            op: Op::Insert,
            model: "household".into(),
            version: 1,
            record: RecordId(Uuid::from_u128(9)),
            seen: Default::default(),
            set: set.map(|(name, value)| (name.to_owned(), value.into())).into(),
            was: Default::default(),
            settles: Vec::new(),
            reason: None,
            source: None,
        }
    }

    #[test]
    fn a_newer_store_is_refused_and_left_alone() {
        let mut conn = at_version(newest());
        conn.pragma_update(None, "user_version", newest() + 1).unwrap();
        let before = schema(&conn);
        let error = run(&mut conn).unwrap_err();
        assert!(matches!(error, StoreError::NewerStore { .. }), "{error}");
        assert!(error.to_string().contains("install the newer version"));
        assert!(check(&conn).is_err());
        assert_eq!(schema(&conn), before);
    }

    #[test]
    fn a_step_that_fails_midway_leaves_the_version_before_it() {
        let mut conn = at_version(newest());
        let before = schema(&conn);
        let mut list = MIGRATIONS.to_vec();
        let sql = "CREATE TABLE half (a INTEGER) STRICT; SELECT no_such_function();";
        list.push(Migration { version: newest() + 1, name: "broken", sql, fill: None });
        assert!(run_list(&mut conn, &list).is_err());
        assert_eq!(version(&conn).unwrap(), newest());
        assert_eq!(schema(&conn), before);
        assert!(conn.is_autocommit());
    }
}
