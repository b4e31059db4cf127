//! Drafts: what was typed into a form that is not saved yet.
//!
//! A draft is a committed row like any other, so it survives `kill -9` and a power cut; it is no entry and never leaves
//! the laptop. Saving the form deletes its draft in the save's own transaction.

use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::value::RawValue;
use tsela_core::{
    ids::{RecordId, UserId},
    time::Timestamp,
};
use uuid::Uuid;

use crate::error::{Result, StoreError};

/// The most bytes of one form.
pub const MAX_FORM: usize = 256 * 1024;

/// A form as it was last typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id, made when the form was opened.
    pub id: Uuid,
    /// Who is typing; nobody else is shown it.
    pub user: UserId,
    /// The model of the form.
    pub model: String,
    /// The record that is being changed, `None` for a new one.
    pub record: Option<RecordId>,
    /// What was typed, as JSON of the page's own.
    pub form: String,
    /// When it was last put.
    pub updated_at: Timestamp,
}

/// Puts a draft, in place of the one with the same id.
///
/// # Errors
/// [`StoreError::Invalid`] if the form is larger than [`MAX_FORM`], not JSON, or another user's.
pub fn put(conn: &Connection, draft: &Draft) -> Result<()> {
    if draft.form.len() > MAX_FORM {
        return Err(StoreError::Invalid("this form is too large to be kept as a draft: save it now".to_owned()));
    }
    if serde_json::from_str::<&RawValue>(&draft.form).is_err() {
        return Err(StoreError::Invalid("the draft is not JSON".to_owned()));
    }
    let sql = "INSERT INTO draft (id, user, model, record, form, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (id) DO UPDATE SET model = excluded.model, record = excluded.record, form = excluded.form,
                   updated_at = excluded.updated_at
               WHERE draft.user = excluded.user";
    let changed = conn.prepare_cached(sql)?.execute((
        draft.id.as_bytes().as_slice(),
        draft.user.0.as_bytes().as_slice(),
        &draft.model,
        draft.record.as_ref().map(|record| record.0.as_bytes().as_slice()),
        &draft.form,
        draft.updated_at.0,
    ))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Invalid("this draft is another user's".to_owned())) }
}

/// Returns a draft.
///
/// # Errors
/// Returns what the disk said.
pub fn get(conn: &Connection, id: Uuid) -> Result<Option<Draft>> {
    let sql = "SELECT id, user, model, record, form, updated_at FROM draft WHERE id = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([id.as_bytes().as_slice()], read).optional()?)
}

/// Returns a user's drafts, the latest first.
///
/// # Errors
/// Returns what the disk said.
pub fn list(conn: &Connection, user: UserId) -> Result<Vec<Draft>> {
    let sql = "SELECT id, user, model, record, form, updated_at FROM draft WHERE user = ?1
               ORDER BY updated_at DESC, id";
    let mut statement = conn.prepare_cached(sql)?;
    let drafts = statement.query_map([user.0.as_bytes().as_slice()], read)?;
    Ok(drafts.collect::<rusqlite::Result<_>>()?)
}

/// Deletes a draft and says whether there was one. A save calls this in its own transaction.
///
/// # Errors
/// Returns what the disk said.
pub fn delete(conn: &Connection, id: Uuid) -> Result<bool> {
    Ok(conn.prepare_cached("DELETE FROM draft WHERE id = ?1")?.execute([id.as_bytes().as_slice()])? > 0)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Draft> {
    let record: Option<[u8; 16]> = row.get(3)?;
    Ok(Draft {
        id: Uuid::from_bytes(row.get(0)?),
        user: UserId(Uuid::from_bytes(row.get(1)?)),
        model: row.get(2)?,
        record: record.map(|bytes| RecordId(Uuid::from_bytes(bytes))),
        form: row.get(4)?,
        updated_at: Timestamp(row.get(5)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conn() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        crate::migrations::run(&mut conn).unwrap();
        conn
    }

    fn draft(id: u128, user: u128, at: i64) -> Draft {
        Draft {
            id: Uuid::from_u128(id),
            user: UserId(Uuid::from_u128(user)),
            model: "household".to_owned(),
            record: id.is_multiple_of(2).then(|| RecordId(Uuid::from_u128(id + 100))),
            form: r#"{"notes":"half a sen"}"#.to_owned(),
            updated_at: Timestamp(at),
        }
    }

    #[test]
    fn drafts_come_back_to_their_user_the_latest_first() {
        let conn = conn();
        for d in [draft(1, 7, 10), draft(2, 7, 30), draft(3, 8, 20)] {
            put(&conn, &d).unwrap();
        }
        put(&conn, &draft(1, 7, 40)).unwrap();
        assert_eq!(list(&conn, draft(0, 7, 0).user).unwrap(), [draft(1, 7, 40), draft(2, 7, 30)]);
        assert_eq!(get(&conn, draft(3, 8, 0).id).unwrap(), Some(draft(3, 8, 20)));
        assert!(delete(&conn, draft(1, 7, 0).id).unwrap());
        assert!(!delete(&conn, draft(1, 7, 0).id).unwrap());
        assert_eq!(get(&conn, draft(1, 7, 0).id).unwrap(), None);
    }

    #[test]
    fn a_draft_of_another_user_a_huge_one_and_nonsense_are_refused() {
        let conn = conn();
        put(&conn, &draft(1, 7, 10)).unwrap();
        assert!(put(&conn, &draft(1, 8, 20)).is_err());
        let mut huge = draft(2, 7, 10);
        huge.form = format!("{:?}", "x".repeat(MAX_FORM));
        assert!(put(&conn, &huge).is_err());
        huge.form = "{not json".to_owned();
        assert!(put(&conn, &huge).is_err());
        huge.form = format!("{:?}", "x".repeat(MAX_FORM - 2));
        put(&conn, &huge).unwrap();
        assert_eq!(list(&conn, draft(0, 7, 0).user).unwrap().len(), 2);
    }

    #[test]
    fn the_list_of_a_user_is_read_from_its_index() {
        let conn = conn();
        let sql = "EXPLAIN QUERY PLAN SELECT id FROM draft WHERE user = x'00' ORDER BY updated_at DESC";
        let plan: String = conn.query_row(sql, [], |row| row.get(3)).unwrap();
        assert!(plan.contains("draft_by_user"), "{plan}");
    }
}
