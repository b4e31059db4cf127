//! Bundles that were received and the receipts that answered them.

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{bundle::BundleId, ids::DeviceId, time::Timestamp};

use super::content_news;
use crate::error::Result;

/// A received bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleRow {
    /// Its name.
    pub id: BundleId,
    /// The device that sent it.
    pub device: DeviceId,
    /// Number of the server's life in which it was received.
    pub incarnation: u64,
    /// Number of the receipt that answered it.
    pub receipt: u64,
    /// Bytes of the file.
    pub bytes: usize,
    /// Entries in it.
    pub entries: usize,
    /// When it came.
    pub received_at: Timestamp,
}

/// A receipt as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// The device it is for.
    pub device: DeviceId,
    /// Number of the server's life.
    pub incarnation: u64,
    /// Its number, dense from 1.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// Highest feed number that it covers.
    pub changed_through: u64,
    /// Hash of what it says of the device's streams.
    pub standing: [u8; 32],
    /// The sealed bundle; empty once the device has it.
    pub sealed: Vec<u8>,
}

/// What the newest receipt of a device says, without its bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastReceipt {
    /// Its number.
    pub number: u64,
    /// Highest feed number that it covers.
    pub changed_through: u64,
    /// Hash of what it says of the device's streams.
    pub standing: [u8; 32],
}

/// Keeps a bundle's name; the bundle itself is not kept, its entries are.
///
/// # Errors
/// Returns what the disk said.
pub fn add(conn: &Connection, bundle: &BundleRow) -> Result<()> {
    let sql = "INSERT INTO bundle (id, device, incarnation, receipt, bytes, entries, received_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.prepare_cached(sql)?.execute(params![
        bundle.id.0,
        bundle.device.0.as_bytes(),
        bundle.incarnation,
        bundle.receipt,
        bundle.bytes,
        bundle.entries,
        bundle.received_at.0
    ])?;
    Ok(())
}

/// Returns the receipt number that answered a device's bundle in one life of the server.
///
/// # Errors
/// Returns what the disk said.
pub fn answered(conn: &Connection, id: BundleId, device: DeviceId, incarnation: u64) -> Result<Option<u64>> {
    let sql = "SELECT receipt FROM bundle WHERE id = ?1 AND device = ?2 AND incarnation = ?3";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row(params![id.0, device.0.as_bytes(), incarnation], |row| row.get(0)).optional()?)
}

/// Notes the newest receipt that answered a bundle stored before.
///
/// # Errors
/// Returns what the disk said.
pub fn answered_again(conn: &Connection, id: BundleId, incarnation: u64, receipt: u64) -> Result<()> {
    conn.prepare_cached("UPDATE bundle SET incarnation = ?2, receipt = ?3 WHERE id = ?1")?.execute(params![
        id.0,
        incarnation,
        receipt
    ])?;
    Ok(())
}

/// Says whether a bundle was stored in any life.
///
/// # Errors
/// Returns what the disk said.
pub fn is_known(conn: &Connection, id: BundleId) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM bundle WHERE id = ?1")?.exists([id.0])?)
}

/// Notes that a carrier brought a bundle. Who brings it again is noted too: both ways are on record.
///
/// # Errors
/// Returns what the disk said.
pub fn brought(conn: &Connection, id: BundleId, carrier: DeviceId, at: Timestamp) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO bringer (bundle, carrier, at) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![id.0, carrier.0.as_bytes(), at.0])?;
    Ok(())
}

/// Keeps a receipt.
///
/// # Errors
/// Returns what the disk said.
pub fn add_receipt(conn: &Connection, receipt: &ReceiptRow) -> Result<()> {
    let sql = "INSERT INTO receipt (device, incarnation, number, at, changed_through, standing, sealed)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.prepare_cached(sql)?.execute(params![
        receipt.device.0.as_bytes(),
        receipt.incarnation,
        receipt.number,
        receipt.at.0,
        receipt.changed_through,
        receipt.standing,
        receipt.sealed
    ])?;
    Ok(())
}

/// Returns what a device's newest receipt of one life says.
///
/// # Errors
/// Returns what the disk said.
pub fn last_receipt(conn: &Connection, device: DeviceId, incarnation: u64) -> Result<Option<LastReceipt>> {
    let sql = "SELECT number, changed_through, standing FROM receipt WHERE device = ?1 AND incarnation = ?2
               ORDER BY number DESC LIMIT 1";
    let mut statement = conn.prepare_cached(sql)?;
    let read = statement.query_row(params![device.0.as_bytes(), incarnation], |row| {
        Ok(LastReceipt { number: row.get(0)?, changed_through: row.get(1)?, standing: row.get(2)? })
    });
    Ok(read.optional()?)
}

/// Returns a receipt's sealed bundle; `None` if there is none or the device has said that it has it.
///
/// # Errors
/// Returns what the disk said.
pub fn sealed(conn: &Connection, device: DeviceId, incarnation: u64, number: u64) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT sealed FROM receipt WHERE device = ?1 AND incarnation = ?2 AND number = ?3 AND sealed <> x''";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row(params![device.0.as_bytes(), incarnation, number], |row| row.get(0)).optional()?)
}

/// Returns the sealed receipts numbered above `after`, the oldest first, up to `bytes` but at least one.
///
/// # Errors
/// Returns what the disk said.
pub fn sealed_after(
    conn: &Connection,
    device: DeviceId,
    incarnation: u64,
    after: u64,
    bytes: usize,
) -> Result<Vec<Vec<u8>>> {
    let sql = "SELECT sealed FROM receipt WHERE device = ?1 AND incarnation = ?2 AND number > ?3 AND sealed <> x''
               ORDER BY number";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![device.0.as_bytes(), incarnation, after])?;
    let (mut found, mut total) = (Vec::new(), 0usize);
    while let Some(row) = rows.next()? {
        let sealed: Vec<u8> = row.get(0)?;
        total = total.saturating_add(sealed.len());
        if !found.is_empty() && total > bytes {
            break;
        }
        found.push(sealed);
    }
    Ok(found)
}

/// Notes that a device has a receipt: those before it are forgotten, and its own bundle is.
///
/// # Errors
/// Returns what the disk said.
pub fn device_has(conn: &Connection, device: DeviceId, incarnation: u64, through: u64) -> Result<()> {
    let sql =
        "UPDATE receipt SET sealed = x'' WHERE device = ?1 AND incarnation = ?2 AND number <= ?3 AND sealed <> x''";
    conn.prepare_cached(sql)?.execute(params![device.0.as_bytes(), incarnation, through])?;
    let sql = "DELETE FROM receipt WHERE device = ?1 AND incarnation = ?2 AND number < ?3";
    conn.prepare_cached(sql)?.execute(params![device.0.as_bytes(), incarnation, through])?;
    content_news::device_has(conn, device, incarnation, through)
}

/// Notes that a device has lost receipts that it had, and with them what others changed: all of that is to be told again.
///
/// # Errors
/// Returns what the disk said.
pub fn device_lost(conn: &Connection, device: DeviceId, incarnation: u64) -> Result<()> {
    let sql = "UPDATE receipt SET changed_through = 0 WHERE device = ?1 AND incarnation = ?2 AND sealed = x''";
    conn.prepare_cached(sql)?.execute(params![device.0.as_bytes(), incarnation])?;
    Ok(())
}

/// Returns the feed number through which a device is known to have what others changed: that of the newest receipt that
/// it has shown to have.
///
/// # Errors
/// Returns what the disk said.
pub fn confirmed_changes(conn: &Connection, device: DeviceId, incarnation: u64) -> Result<u64> {
    let sql = "SELECT changed_through FROM receipt WHERE device = ?1 AND incarnation = ?2 AND sealed = x''
               ORDER BY number DESC LIMIT 1";
    let mut statement = conn.prepare_cached(sql)?;
    let found = statement.query_row(params![device.0.as_bytes(), incarnation], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}

/// Returns the number of the first receipt that is kept and says this of the device's streams.
///
/// # Errors
/// Returns what the disk said.
pub fn first_saying(conn: &Connection, device: DeviceId, incarnation: u64, standing: &[u8; 32]) -> Result<Option<u64>> {
    let sql = "SELECT min(number) FROM receipt WHERE device = ?1 AND incarnation = ?2 AND standing = ?3";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row(params![device.0.as_bytes(), incarnation, standing], |row| row.get(0))?)
}
