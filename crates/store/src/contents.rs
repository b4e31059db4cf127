//! What attachments hold: bytes in blocks, named by their hash and kept once however often they are attached.
//!
//! A laptop puts a content here whole. At a server it comes in parts, of each sender apart until it is whole and fits its
//! name, so that no device can spoil what another one sends; from then on it is one content for all. Everything lies in
//! the encrypted store, so that a saved attachment survives what a saved record survives.

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{
    attachment::{BLOCK, ContentId, MAX_CONTENT, Part, Span},
    ids::DeviceId,
    time::Timestamp,
};

use crate::{
    blob,
    error::{Result, StoreError},
};

/// Contents of one sender that may be unfinished at a time; the oldest makes room for another.
pub const MOST_UNFINISHED: usize = 32;

/// A content that is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    id: i64,
    /// The content.
    pub content: ContentId,
    /// Its bytes.
    pub size: usize,
    /// Who put it here, or sent it.
    pub sender: DeviceId,
    /// When it came.
    pub at: Timestamp,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is kept; more of the content is lacking.
    Kept,
    /// The content is whole, by this part or before it.
    Whole,
    /// The content is whole and does not fit its name: all of it is forgotten.
    Misfit,
    /// The sender has too much here.
    NoRoom,
}

/// Puts a whole content here, and says whether it was new.
///
/// # Errors
/// [`StoreError::Invalid`] if it is empty or larger than any content; otherwise what the disk said.
pub fn put(conn: &Connection, bytes: &[u8], sender: DeviceId, at: Timestamp) -> Result<bool> {
    if bytes.is_empty() || bytes.len() > MAX_CONTENT {
        return Err(StoreError::Invalid(format!("a file has 1 to {MAX_CONTENT} bytes, not {}", bytes.len())));
    }
    let content = ContentId::of(bytes);
    if whole(conn, content)?.is_some() {
        return Ok(false);
    }
    let id = begin(conn, content, bytes.len(), sender, at)?;
    for (n, block) in bytes.chunks(BLOCK).enumerate() {
        keep_block(conn, id, n, block)?;
    }
    finish(conn, id, content)?;
    Ok(true)
}

/// Takes a part that a sender's bundle held; `room` is how many bytes a sender may have here in all. Taking it again
/// changes nothing.
///
/// # Errors
/// Returns what the disk said.
pub fn take(conn: &Connection, part: &Part, sender: DeviceId, room: u64, at: Timestamp) -> Result<Taken> {
    if whole(conn, part.content)?.is_some() {
        return Ok(Taken::Whole);
    }
    let id = match unfinished(conn, part.content, sender)? {
        Some(known) if known.size == part.total => known.id,
        known => {
            // Two parts that tell of different sizes cannot both be right.
            known.map_or(Ok(()), |known| forget(conn, known.id))?;
            if bytes_of(conn, sender)?.saturating_add(part.total as u64) > room {
                return Ok(Taken::NoRoom);
            }
            make_room(conn, sender)?;
            begin(conn, part.content, part.total, sender, at)?
        }
    };
    for (n, block) in part.blocks() {
        keep_block(conn, id, n, block)?;
    }
    if blocks(conn, id)?.len() < part.total.div_ceil(BLOCK) {
        return Ok(Taken::Kept);
    }
    if ContentId::of(&joined(conn, id, 0, part.total)?) == part.content {
        finish(conn, id, part.content)?;
        return Ok(Taken::Whole);
    }
    forget(conn, id)?;
    Ok(Taken::Misfit)
}

/// Returns a content that is here whole.
///
/// # Errors
/// Returns what the disk said.
pub fn whole(conn: &Connection, content: ContentId) -> Result<Option<Stored>> {
    let sql = "SELECT id, hash, size, at, sender FROM content WHERE hash = ?1 AND whole = 1";
    Ok(conn.prepare_cached(sql)?.query_row([content.0], stored).optional()?)
}

/// Returns all contents that are here whole.
///
/// # Errors
/// Returns what the disk said.
pub fn all(conn: &Connection) -> Result<Vec<Stored>> {
    let mut statement =
        conn.prepare_cached("SELECT id, hash, size, at, sender FROM content WHERE whole = 1 ORDER BY id")?;
    let rows = statement.query_map([], stored)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Returns the bytes of a content; `None` if it is not here, or not whole.
///
/// # Errors
/// [`StoreError::Damaged`] if they do not fit its name any more; otherwise what the disk said.
pub fn read(conn: &Connection, content: ContentId) -> Result<Option<Vec<u8>>> {
    let Some(stored) = whole(conn, content)? else { return Ok(None) };
    let bytes = joined(conn, stored.id, 0, stored.size)?;
    if ContentId::of(&bytes) != content {
        return Err(StoreError::damaged("an attachment", "its bytes do not fit its hash"));
    }
    Ok(Some(bytes))
}

/// Returns a part of a content, which begins and ends as parts do; `None` if it is not here, or not whole.
///
/// # Errors
/// [`StoreError::Damaged`] if blocks are missing; otherwise what the disk said.
pub fn part(conn: &Connection, content: ContentId, span: Span) -> Result<Option<Part>> {
    let Some(stored) = whole(conn, content)? else { return Ok(None) };
    let bytes = joined(conn, stored.id, span.from, span.to.min(stored.size))?;
    Ok(Some(Part { content, total: stored.size, offset: span.from, bytes }))
}

/// Returns what is here of a content that a sender has not finished, in order.
///
/// # Errors
/// Returns what the disk said.
pub fn held(conn: &Connection, content: ContentId, sender: DeviceId) -> Result<Vec<Span>> {
    let Some(known) = unfinished(conn, content, sender)? else { return Ok(Vec::new()) };
    let mut spans: Vec<Span> = Vec::new();
    for n in blocks(conn, known.id)? {
        let (from, to) = (n * BLOCK, ((n + 1) * BLOCK).min(known.size));
        match spans.last_mut() {
            Some(last) if last.to == from => last.to = to,
            _ => spans.push(Span { from, to }),
        }
    }
    Ok(spans)
}

/// Returns how many bytes a sender's contents have here, with what is still to come of them.
///
/// # Errors
/// Returns what the disk said.
pub fn bytes_of(conn: &Connection, sender: DeviceId) -> Result<u64> {
    let sql = "SELECT coalesce(sum(size), 0) FROM content WHERE sender = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([sender.0.as_bytes()], |row| row.get(0))?)
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row.get(0)?,
        content: ContentId(row.get(1)?),
        size: row.get(2)?,
        at: Timestamp(row.get(3)?),
        sender: DeviceId(blob::uuid(row, 4)?),
    })
}

fn unfinished(conn: &Connection, content: ContentId, sender: DeviceId) -> Result<Option<Stored>> {
    let sql = "SELECT id, hash, size, at, sender FROM content WHERE hash = ?1 AND sender = ?2 AND whole = 0";
    Ok(conn.prepare_cached(sql)?.query_row(params![content.0, sender.0.as_bytes()], stored).optional()?)
}

fn begin(conn: &Connection, content: ContentId, size: usize, sender: DeviceId, at: Timestamp) -> Result<i64> {
    let sql = "INSERT INTO content (hash, size, sender, whole, at) VALUES (?1, ?2, ?3, 0, ?4)";
    conn.prepare_cached(sql)?.execute(params![content.0, size, sender.0.as_bytes(), at.0])?;
    Ok(conn.last_insert_rowid())
}

/// The first word on a block stands: what contradicts it is found when the content is whole.
fn keep_block(conn: &Connection, id: i64, n: usize, bytes: &[u8]) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO content_block (content, n, bytes) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![id, n, bytes])?;
    Ok(())
}

/// From now on it is one content for all: what others have begun of it is not needed.
fn finish(conn: &Connection, id: i64, content: ContentId) -> Result<()> {
    let sql = "SELECT id FROM content WHERE hash = ?1 AND id <> ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let others = statement.query_map(params![content.0, id], |row| row.get(0))?;
    for other in others.collect::<rusqlite::Result<Vec<i64>>>()? {
        forget(conn, other)?;
    }
    conn.prepare_cached("UPDATE content SET whole = 1 WHERE id = ?1")?.execute([id])?;
    Ok(())
}

fn forget(conn: &Connection, id: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM content_block WHERE content = ?1")?.execute([id])?;
    conn.prepare_cached("DELETE FROM content WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Forgets a content that is here whole.
pub(crate) fn forget_whole(conn: &Connection, content: ContentId) -> Result<()> {
    whole(conn, content)?.map_or(Ok(()), |stored| forget(conn, stored.id))
}

fn make_room(conn: &Connection, sender: DeviceId) -> Result<()> {
    let sql = "SELECT id FROM content WHERE sender = ?1 AND whole = 0 ORDER BY id DESC LIMIT -1 OFFSET ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![sender.0.as_bytes(), MOST_UNFINISHED - 1], |row| row.get(0))?;
    for oldest in rows.collect::<rusqlite::Result<Vec<i64>>>()? {
        forget(conn, oldest)?;
    }
    Ok(())
}

fn blocks(conn: &Connection, id: i64) -> Result<Vec<usize>> {
    let mut statement = conn.prepare_cached("SELECT n FROM content_block WHERE content = ?1 ORDER BY n")?;
    let rows = statement.query_map([id], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Joins the blocks between two bytes.
fn joined(conn: &Connection, id: i64, from: usize, to: usize) -> Result<Vec<u8>> {
    let sql = "SELECT bytes FROM content_block WHERE content = ?1 AND n BETWEEN ?2 AND ?3 ORDER BY n";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![id, from / BLOCK, to.saturating_sub(1) / BLOCK])?;
    let expected = to.saturating_sub(from);
    let mut bytes = Vec::with_capacity(expected.min(MAX_CONTENT));
    while let Some(row) = rows.next()? {
        bytes.extend_from_slice(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
    }
    if bytes.len() == expected {
        return Ok(bytes);
    }
    Err(StoreError::damaged("an attachment", format!("{} of {expected} bytes are there", bytes.len())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
