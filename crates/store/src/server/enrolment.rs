//! One-time enrolment codes. Only the hash of a code's secret is kept.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tsela_core::{
    enrolment::SecretHash,
    ids::{DeviceId, UserId},
    time::Timestamp,
};

use super::{optional_time, time};
use crate::{blob, error::Result};

/// One enrolment code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentRow {
    /// Hash of its secret.
    pub hash: SecretHash,
    /// Role that it gives a device.
    pub role: String,
    /// A note for the list.
    pub note: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// When it stops being accepted.
    pub expires_at: Timestamp,
    /// When a device used it.
    pub used_at: Option<Timestamp>,
    /// The device that used it.
    pub device: Option<DeviceId>,
    /// The person who used it.
    pub account: Option<UserId>,
}

const COLUMNS: &str = "hash, role, note, made_at, made_by, expires_at, used_at, device, account";

fn from_row(row: &Row<'_>) -> rusqlite::Result<EnrolmentRow> {
    Ok(EnrolmentRow {
        hash: SecretHash(row.get(0)?),
        role: row.get(1)?,
        note: row.get(2)?,
        made_at: time(row, 3)?,
        made_by: row.get(4)?,
        expires_at: time(row, 5)?,
        used_at: optional_time(row, 6)?,
        device: blob::optional_uuid(row, 7)?.map(DeviceId),
        account: blob::optional_uuid(row, 8)?.map(UserId),
    })
}

/// Keeps a new code.
///
/// # Errors
/// Returns what the disk said.
pub fn add(conn: &Connection, code: &EnrolmentRow) -> Result<()> {
    let sql = "INSERT INTO enrolment_code (hash, role, note, made_at, made_by, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = params![code.hash.0, code.role, code.note, code.made_at.0, code.made_by, code.expires_at.0];
    conn.execute(sql, row)?;
    Ok(())
}

/// Finds a code by its secret's hash.
///
/// # Errors
/// Returns what the disk said.
pub fn find(conn: &Connection, hash: SecretHash) -> Result<Option<EnrolmentRow>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM enrolment_code WHERE hash = ?1"))?;
    Ok(statement.query_row([hash.0], from_row).optional()?)
}

/// Lists codes, the newest first, at most 500.
///
/// # Errors
/// Returns what the disk said.
pub fn list(conn: &Connection) -> Result<Vec<EnrolmentRow>> {
    let sql = format!("SELECT {COLUMNS} FROM enrolment_code ORDER BY made_at DESC, hash LIMIT 500");
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map([], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes who used a code.
///
/// # Errors
/// Returns what the disk said.
pub fn used(conn: &Connection, hash: SecretHash, device: DeviceId, account: UserId, at: Timestamp) -> Result<()> {
    let sql = "UPDATE enrolment_code SET used_at = ?2, device = ?3, account = ?4 WHERE hash = ?1 AND used_at IS NULL";
    conn.execute(sql, params![hash.0, at.0, device.0.as_bytes(), account.0.as_bytes()])?;
    Ok(())
}

/// Ends all codes that are still open.
///
/// # Errors
/// Returns what the disk said.
pub fn end_all(conn: &Connection, now: Timestamp) -> Result<()> {
    conn.execute("UPDATE enrolment_code SET expires_at = ?1 WHERE used_at IS NULL AND expires_at > ?1", [now.0])?;
    Ok(())
}
