//! Ways to send beside the network, in the order in which they are tried.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tsela_core::time::Timestamp;
use zeroize::Zeroizing;

use crate::error::{Result, StoreError};

/// Most characters of a way's name.
const LONGEST_NAME: usize = 60;
/// Most ways: each is tried when the one before does not work.
const MOST: usize = 20;

const COLUMNS: &str = "id, name, place, identity, secret, tried_at, worked_at, problem, written";

/// A configured way.
#[derive(Clone, PartialEq, Eq)]
pub struct Way {
    /// Its number in this store.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// A folder, or an SFTP address.
    pub place: String,
    /// A private key's file; empty if there is none.
    pub identity: String,
    /// A password, or what opens the key file; empty if there is none.
    pub secret: Zeroizing<String>,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// When it last worked.
    pub worked_at: Option<Timestamp>,
    /// What stood in the way when it was tried last, as JSON.
    pub problem: Option<String>,
    /// What was written there last, as JSON.
    pub written: Option<String>,
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Way").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Lists them, the first to be tried first.
///
/// # Errors
/// Returns what the disk said.
pub fn list(conn: &Connection) -> Result<Vec<Way>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM way ORDER BY rank, id"))?;
    let rows = statement.query_map([], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Finds one by its name.
///
/// # Errors
/// Returns what the disk said.
pub fn find(conn: &Connection, name: &str) -> Result<Option<Way>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM way WHERE name = ?1"))?;
    Ok(statement.query_row([name.trim()], from_row).optional()?)
}

/// Adds one, to be tried after all others; one of the same name is replaced where it stands.
///
/// # Errors
/// [`StoreError::Invalid`] without a name of reasonable length, or if there are too many.
pub fn put(conn: &Connection, name: &str, place: &str, identity: &str, secret: &str) -> Result<()> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(StoreError::Invalid(format!("a way needs a name of 1 to {LONGEST_NAME} characters")));
    }
    let known = list(conn)?;
    if known.len() >= MOST && !known.iter().any(|way| way.name == name) {
        return Err(StoreError::Invalid(format!("there are {MOST} ways already: remove one first")));
    }
    let sql = "INSERT INTO way (rank, name, place, identity, secret)
               VALUES ((SELECT coalesce(max(rank), 0) + 1 FROM way), ?1, ?2, ?3, ?4)
               ON CONFLICT (name) DO UPDATE SET place = excluded.place, identity = excluded.identity,
                   secret = excluded.secret, tried_at = NULL, worked_at = NULL, problem = NULL, written = NULL";
    conn.prepare_cached(sql)?.execute(params![name, place, identity, secret])?;
    Ok(())
}

/// Removes one; what lies there stays.
///
/// # Errors
/// Returns what the disk said.
pub fn remove(conn: &Connection, id: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM way WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Moves one before the one that is tried before it, or after the next.
///
/// # Errors
/// Returns what the disk said.
pub fn shift(conn: &Connection, id: i64, earlier: bool) -> Result<()> {
    let ids: Vec<i64> = list(conn)?.iter().map(|way| way.id).collect();
    let Some(at) = ids.iter().position(|known| *known == id) else { return Ok(()) };
    move_to(conn, id, if earlier { at.saturating_sub(1) } else { at + 1 })
}

/// Moves one to a place in the order, counted from 0 among the others; one beyond the end is the last.
///
/// # Errors
/// Returns what the disk said.
pub fn move_to(conn: &Connection, id: i64, place: usize) -> Result<()> {
    let mut ids: Vec<i64> = list(conn)?.iter().map(|way| way.id).collect();
    let Some(at) = ids.iter().position(|known| *known == id) else { return Ok(()) };
    ids.remove(at);
    ids.insert(place.min(ids.len()), id);
    let mut statement = conn.prepare_cached("UPDATE way SET rank = ?2 WHERE id = ?1")?;
    for (rank, id) in (1_i64..).zip(ids) {
        statement.execute([id, rank])?;
    }
    Ok(())
}

/// Notes how trying one ended.
///
/// # Errors
/// Returns what the disk said.
pub fn note(conn: &Connection, id: i64, at: Timestamp, problem: Option<&str>) -> Result<()> {
    let sql = "UPDATE way SET tried_at = ?2, problem = ?3, worked_at = iif(?3 IS NULL, ?2, worked_at) WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![id, at.0, problem])?;
    Ok(())
}

/// Notes what was written to one.
///
/// # Errors
/// Returns what the disk said.
pub fn note_written(conn: &Connection, id: i64, written: &str) -> Result<()> {
    conn.prepare_cached("UPDATE way SET written = ?2 WHERE id = ?1")?.execute(params![id, written])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Way> {
    Ok(Way {
        id: row.get(0)?,
        name: row.get(1)?,
        place: row.get(2)?,
        identity: row.get(3)?,
        secret: Zeroizing::new(row.get(4)?),
        tried_at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
        worked_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
        problem: row.get(7)?,
        written: row.get(8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(conn: &Connection) -> Vec<String> {
        list(conn).unwrap().into_iter().map(|way| way.name).collect()
    }

    #[test]
    fn ways_keep_their_order_and_say_how_they_were() {
        let mut conn = Connection::open_in_memory().unwrap();
        crate::migrations::run(&mut conn).unwrap();
        for name in ["share", " clinic ", "stick"] {
            put(&conn, name, "/x", "", "secret").unwrap();
        }
        assert_eq!(names(&conn), ["share", "clinic", "stick"]);
        let id = |conn: &Connection, name: &str| find(conn, name).unwrap().unwrap().id;
        shift(&conn, id(&conn, "stick"), true).unwrap();
        shift(&conn, id(&conn, "share"), true).unwrap();
        assert_eq!(names(&conn), ["share", "stick", "clinic"]);
        shift(&conn, id(&conn, "share"), false).unwrap();
        shift(&conn, id(&conn, "clinic"), false).unwrap();
        assert_eq!(names(&conn), ["stick", "share", "clinic"]);
        move_to(&conn, id(&conn, "clinic"), 0).unwrap();
        assert_eq!(names(&conn), ["clinic", "stick", "share"]);
        move_to(&conn, id(&conn, "clinic"), 9).unwrap();
        move_to(&conn, id(&conn, "share"), 1).unwrap();
        assert_eq!(names(&conn), ["stick", "share", "clinic"]);
        let share = id(&conn, "share");
        note_written(&conn, share, "[]").unwrap();
        assert_eq!(find(&conn, "share").unwrap().unwrap().written.as_deref(), Some("[]"));
        note(&conn, share, Timestamp(1_000), None).unwrap();
        note(&conn, share, Timestamp(2_000), Some("{}")).unwrap();
        let way = find(&conn, "share").unwrap().unwrap();
        assert_eq!((way.worked_at, way.tried_at), (Some(Timestamp(1_000)), Some(Timestamp(2_000))));
        assert!(way.problem.is_some() && !format!("{way:?}").contains("secret"));
        put(&conn, "share", "/y", "", "").unwrap();
        assert_eq!(names(&conn), ["stick", "share", "clinic"], "replaced where it stood");
        let share_now = find(&conn, "share").unwrap().unwrap();
        assert_eq!((share_now.tried_at, share_now.written), (None, None));
        remove(&conn, share).unwrap();
        assert_eq!(names(&conn), ["stick", "clinic"]);
        for bad in ["", " ", "\u{1b}", &"x".repeat(61)] {
            assert!(put(&conn, bad, "/x", "", "").is_err(), "{bad:?}");
        }
    }
}
