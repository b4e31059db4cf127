//! The devices that a server knows, and the hashes of their tokens.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tsela_core::{
    ids::{DeviceId, UserId},
    seal::{SealingPublic, VerifyKey},
    time::Timestamp,
};

use super::{optional_time, time};
use crate::{blob, error::Result};

/// One device.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceRow {
    /// Its id.
    pub id: DeviceId,
    /// What people call it.
    pub name: String,
    /// Its role, as in its credential.
    pub role: String,
    /// Verifies what it signs.
    pub verify_key: VerifyKey,
    /// What is sealed to it.
    pub sealing_key: SealingPublic,
    /// Its newest credential: JSON of a `Signed<Credential>`.
    pub credential: String,
    /// Its program, as it last said.
    pub app: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it was last heard of.
    pub heard_at: Option<Timestamp>,
    /// When it last sent entries.
    pub sent_at: Option<Timestamp>,
    /// What it last sent, in words.
    pub sent: String,
    /// How far its clock was ahead of the server's, in milliseconds.
    pub drift_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Why it was revoked.
    pub revoked_reason: Option<String>,
}

/// What a call says of the device that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// When, by the server's clock.
    pub at: Timestamp,
    /// How far the device's clock is ahead, in milliseconds, if it told its time.
    pub drift_ms: Option<i64>,
    /// Its program, if it told.
    pub app: Option<String>,
}

const COLUMNS: &str = "id, name, role, verify_key, sealing_key, credential, app, enrolled_at, heard_at, sent_at, sent, \
                       drift_ms, revoked_at, revoked_reason";

fn from_row(row: &Row<'_>) -> rusqlite::Result<DeviceRow> {
    let verify_key = VerifyKey::from_bytes(&row.get(3)?)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Blob, Box::new(e)))?;
    Ok(DeviceRow {
        id: DeviceId(blob::uuid(row, 0)?),
        name: row.get(1)?,
        role: row.get(2)?,
        verify_key,
        sealing_key: SealingPublic::from_bytes(&row.get(4)?),
        credential: row.get(5)?,
        app: row.get(6)?,
        enrolled_at: time(row, 7)?,
        heard_at: optional_time(row, 8)?,
        sent_at: optional_time(row, 9)?,
        sent: row.get(10)?,
        drift_ms: row.get(11)?,
        revoked_at: optional_time(row, 12)?,
        revoked_reason: row.get(13)?,
    })
}

/// Adds a device.
///
/// # Errors
/// Returns what the disk said.
pub fn add(conn: &Connection, device: &DeviceRow) -> Result<()> {
    let sql = "INSERT INTO device (id, name, role, verify_key, sealing_key, credential, app, enrolled_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    conn.execute(
        sql,
        params![
            device.id.0.as_bytes(),
            device.name,
            device.role,
            device.verify_key.to_bytes(),
            device.sealing_key.to_bytes(),
            device.credential,
            device.app,
            device.enrolled_at.0
        ],
    )?;
    Ok(())
}

/// Finds a device.
///
/// # Errors
/// Returns what the disk said.
pub fn find(conn: &Connection, id: DeviceId) -> Result<Option<DeviceRow>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM device WHERE id = ?1"))?;
    Ok(statement.query_row([id.0.as_bytes()], from_row).optional()?)
}

/// Lists all devices, the newest first.
///
/// # Errors
/// Returns what the disk said.
pub fn list(conn: &Connection) -> Result<Vec<DeviceRow>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM device ORDER BY enrolled_at DESC, id"))?;
    let rows = statement.query_map([], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Replaces a device's credential, with more stream codes for instance.
///
/// # Errors
/// Returns what the disk said.
pub fn set_credential(conn: &Connection, id: DeviceId, credential: &str) -> Result<()> {
    conn.execute("UPDATE device SET credential = ?2 WHERE id = ?1", params![id.0.as_bytes(), credential])?;
    Ok(())
}

/// Notes that a device was heard of; what it did not tell stays.
///
/// # Errors
/// Returns what the disk said.
pub fn heard(conn: &Connection, id: DeviceId, heard: &Heard) -> Result<()> {
    let sql = "UPDATE device SET heard_at = max(coalesce(heard_at, ?2), ?2), drift_ms = coalesce(?3, drift_ms),
               app = coalesce(?4, app) WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![id.0.as_bytes(), heard.at.0, heard.drift_ms, heard.app])?;
    Ok(())
}

/// Notes what a device sent.
///
/// # Errors
/// Returns what the disk said.
pub fn sent(conn: &Connection, id: DeviceId, at: Timestamp, what: &str) -> Result<()> {
    let sql = "UPDATE device SET sent_at = ?2, sent = ?3 WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![id.0.as_bytes(), at.0, what])?;
    Ok(())
}

/// Revokes a device; a device revoked before keeps its first revocation.
///
/// # Errors
/// Returns what the disk said.
pub fn revoke(conn: &Connection, id: DeviceId, at: Timestamp, reason: &str) -> Result<()> {
    let sql = "UPDATE device SET revoked_at = ?2, revoked_reason = ?3 WHERE id = ?1 AND revoked_at IS NULL";
    conn.execute(sql, params![id.0.as_bytes(), at.0, reason])?;
    let streams = "UPDATE stream SET revoked_after = seq WHERE device = ?1 AND revoked_after IS NULL";
    conn.execute(streams, [id.0.as_bytes()])?;
    Ok(())
}

/// Notes the hash of a device's token; a known one stays.
///
/// # Errors
/// Returns what the disk said.
pub fn add_token(conn: &Connection, hash: &[u8; 32], id: DeviceId, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO device_token (hash, device, made_at) VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO NOTHING";
    conn.execute(sql, params![hash, id.0.as_bytes(), at.0])?;
    Ok(())
}

/// Forgets a device's tokens that were made before a time and never used: the answers that gave them were lost.
///
/// # Errors
/// Returns what the disk said.
pub fn forget_unused_tokens(conn: &Connection, id: DeviceId, before: Timestamp) -> Result<()> {
    let sql = "DELETE FROM device_token WHERE device = ?1 AND used_at IS NULL AND upload_only = 0 AND made_at < ?2";
    conn.execute(sql, params![id.0.as_bytes(), before.0])?;
    Ok(())
}

/// Notes the hash of a token with which a device can put bundles and do nothing else; a known one stays.
///
/// # Errors
/// Returns what the disk said.
pub fn add_upload_token(conn: &Connection, hash: &[u8; 32], id: DeviceId, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO device_token (hash, device, made_at, upload_only) VALUES (?1, ?2, ?3, 1)
               ON CONFLICT (hash) DO NOTHING";
    conn.execute(sql, params![hash, id.0.as_bytes(), at.0])?;
    Ok(())
}

/// What is known of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Whether it was used before.
    pub used: bool,
    /// Whether it can put bundles and do nothing else.
    pub upload_only: bool,
}

/// Returns the device of a token by the token's hash, and what is known of the token.
///
/// # Errors
/// Returns what the disk said.
pub fn by_token(conn: &Connection, hash: &[u8; 32]) -> Result<Option<(DeviceRow, Token)>> {
    let sql = format!(
        "SELECT {COLUMNS}, used_at IS NOT NULL, upload_only FROM device JOIN device_token t ON t.device = device.id WHERE t.hash = ?1"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let found = |row: &Row<'_>| {
        let token = Token { used: row.get(14)?, upload_only: row.get(15)? };
        Ok((from_row(row)?, token))
    };
    Ok(statement.query_row([hash], found).optional()?)
}

/// Notes that a token was used.
///
/// # Errors
/// Returns what the disk said.
pub fn token_used(conn: &Connection, hash: &[u8; 32], at: Timestamp) -> Result<()> {
    conn.prepare_cached("UPDATE device_token SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL")?
        .execute(params![hash, at.0])?;
    Ok(())
}

/// Says whether a device has ever used one of its tokens.
///
/// # Errors
/// Returns what the disk said.
pub fn has_called(conn: &Connection, id: DeviceId) -> Result<bool> {
    let mut statement = conn.prepare("SELECT 1 FROM device_token WHERE device = ?1 AND used_at IS NOT NULL")?;
    Ok(statement.exists([id.0.as_bytes()])?)
}

/// Notes that a person works on a device.
///
/// # Errors
/// Returns what the disk said.
pub fn add_person(conn: &Connection, id: DeviceId, account: UserId) -> Result<()> {
    let sql = "INSERT INTO device_account (device, account) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    conn.execute(sql, params![id.0.as_bytes(), account.0.as_bytes()])?;
    Ok(())
}

/// Returns the names of the people who work on a device.
///
/// # Errors
/// Returns what the disk said.
pub fn people(conn: &Connection, id: DeviceId) -> Result<Vec<String>> {
    let sql =
        "SELECT name FROM account JOIN device_account d ON d.account = account.id WHERE d.device = ?1 ORDER BY name";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([id.0.as_bytes()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
