//! Records as the last save has left them, kept for the next one.
//!
//! Saves that follow each other are about the same few people, whose records all rules ask for. What is kept counts only
//! as long as nothing else was written to the store: [`Written`] says so, whoever wrote.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use rusqlite::Connection;
use tsela_core::{fold::RecordState, ids::RecordId};

use crate::error::Result;

/// Most records that are kept; with more, all are forgotten.
const MOST: usize = 100;

/// Records by their ids.
pub(crate) type Records = HashMap<RecordId, Box<RecordState>>;

/// Records, and how much had been written when they were as they are.
#[derive(Debug)]
pub(crate) struct Recent {
    written: Written,
    records: Records,
}

/// How much was written to a store: rows by this connection since it was opened, and transactions by others.
#[derive(Debug, PartialEq, Eq)]
struct Written {
    here: u64,
    elsewhere: i64,
}

impl Written {
    fn now(conn: &Connection) -> Result<Self> {
        let elsewhere = conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        Ok(Self { here: conn.total_changes(), elsewhere })
    }
}

impl Recent {
    /// Notes records as they stand at the end of a transaction.
    pub fn note(conn: &Connection, mut records: Records) -> Result<Self> {
        if records.len() > MOST {
            records.clear();
        }
        Ok(Self { written: Written::now(conn)?, records })
    }
}

/// Where a store keeps them from one save to the next.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Option<Recent>>);

impl Kept {
    /// Takes them at the beginning of a transaction; there are none if anything was written since.
    pub fn take(&self, conn: &Connection) -> Result<Records> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let now = Written::now(conn)?;
        Ok(kept.filter(|recent| recent.written == now).map(|recent| recent.records).unwrap_or_default())
    }

    /// Keeps them, once the transaction has committed.
    pub fn put(&self, recent: Option<Recent>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = recent;
    }
}

#[cfg(test)]
mod tests {
    use tsela_core::{ids::UserId, time::Timestamp};
    use uuid::Uuid;

    use super::*;

    fn records(id: u128) -> Records {
        let (id, user) = (RecordId(Uuid::from_u128(id)), UserId(Uuid::nil()));
        let entry = serde_json::json!({
            "seq": 1, "save": Uuid::nil(), "at": Timestamp(0), "tz": "+02:00", "user": user, "app": "tsela/0.1.0",
            "package": 1, "op": "insert", "model": "household", "version": 1, "record": id,
        });
        let state = RecordState::begin("A01".parse().unwrap(), serde_json::from_value(entry).unwrap());
        [(id, Box::new(state))].into()
    }

    #[test]
    fn what_was_kept_counts_until_anything_is_written_by_anybody() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Connection::open(dir.path().join("store.db")).unwrap();
        let (here, elsewhere, kept) = (open(), open(), Kept::default());
        here.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1);").unwrap();
        let keep = || kept.put(Some(Recent::note(&here, records(1)).unwrap()));
        keep();
        assert_eq!(kept.take(&here).unwrap(), records(1));
        assert!(kept.take(&here).unwrap().is_empty(), "they are taken once");
        for sql in ["INSERT INTO t VALUES (2)", "UPDATE t SET a = 3", "DELETE FROM t"] {
            keep();
            here.execute(sql, []).unwrap();
            assert!(kept.take(&here).unwrap().is_empty(), "{sql}");
        }
        keep();
        elsewhere.execute("INSERT INTO t VALUES (4)", []).unwrap();
        assert!(kept.take(&here).unwrap().is_empty(), "another process has written");
    }

    #[test]
    fn too_many_are_not_kept() {
        let (conn, kept) = (Connection::open_in_memory().unwrap(), Kept::default());
        let many = (0..=MOST as u128).flat_map(records).collect();
        kept.put(Some(Recent::note(&conn, many).unwrap()));
        assert!(kept.take(&conn).unwrap().is_empty());
    }
}
