//! Which devices are to be told that a content is whole: said in each receipt until the device has shown that it has one.

use rusqlite::{Connection, params};
use tsela_core::{attachment::ContentId, ids::DeviceId};

use crate::error::Result;

/// Most contents that one receipt tells of. Of more, the latest are told: those before them were told in receipts that the
/// device has, or it asks again.
const MOST: usize = 1_000;

/// Notes that a device is to be told of a content.
///
/// # Errors
/// Returns what the disk said.
pub fn add(conn: &Connection, device: DeviceId, content: ContentId) -> Result<()> {
    let sql = "INSERT INTO content_news (device, hash) VALUES (?1, ?2)
               ON CONFLICT (device, hash) DO UPDATE SET life = NULL, told = NULL WHERE told IS NOT NULL";
    conn.prepare_cached(sql)?.execute(params![device.0.as_bytes(), content.0])?;
    Ok(())
}

/// Says whether a device is to be told of anything that no receipt of this life has told.
///
/// # Errors
/// Returns what the disk said.
pub fn is_due(conn: &Connection, device: DeviceId, life: u64) -> Result<bool> {
    let sql = "SELECT 1 FROM content_news WHERE device = ?1 AND (told IS NULL OR life <> ?2)";
    Ok(conn.prepare_cached(sql)?.exists(params![device.0.as_bytes(), life])?)
}

/// Returns the contents of which a device's next receipt tells.
///
/// # Errors
/// Returns what the disk said.
pub fn of(conn: &Connection, device: DeviceId) -> Result<Vec<ContentId>> {
    let sql = "SELECT hash FROM content_news WHERE device = ?1 ORDER BY number DESC LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![device.0.as_bytes(), MOST], |row| row.get(0).map(ContentId))?;
    let mut contents = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    contents.sort();
    Ok(contents)
}

/// Notes that a receipt of a life tells of all that is new.
///
/// # Errors
/// Returns what the disk said.
pub fn told(conn: &Connection, device: DeviceId, life: u64, receipt: u64) -> Result<()> {
    let sql = "UPDATE content_news SET life = ?2, told = ?3 WHERE device = ?1 AND (told IS NULL OR life <> ?2)";
    conn.prepare_cached(sql)?.execute(params![device.0.as_bytes(), life, receipt])?;
    Ok(())
}

/// Forgets what receipts told of which the device has the last.
///
/// # Errors
/// Returns what the disk said.
pub fn device_has(conn: &Connection, device: DeviceId, life: u64, through: u64) -> Result<()> {
    let sql = "DELETE FROM content_news WHERE device = ?1 AND life = ?2 AND told <= ?3";
    conn.prepare_cached(sql)?.execute(params![device.0.as_bytes(), life, through])?;
    Ok(())
}
