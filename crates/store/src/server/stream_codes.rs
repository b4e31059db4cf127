//! Giving out stream codes: each to one device, ever.
//!
//! Codes are given in the order of their numbers from `A01` on. A server restored from a backup does not know which
//! codes it gave out after the backup, so it leaves out a good many ([`LEAP`]) rather than print an identifier twice.

use rusqlite::{Connection, params};
use tsela_core::{
    ids::{DeviceId, StreamCode},
    time::Timestamp,
};

use crate::{
    blob,
    error::{Result, StoreError},
    meta,
};

/// Number of the next code to be considered, in `meta`.
const NEXT: &str = "next_stream_code";
/// `A01`: the first code given out; those before look like plain numbers.
const FIRST: u32 = 10 * 1024 + 1;
/// Codes left out after a restore: what 256 laptops are given at enrolment.
const LEAP: u32 = 1024;

/// Gives a device this many codes that nobody has.
///
/// # Errors
/// [`StoreError::Invalid`] if the study has used up all 32,768.
pub fn give(conn: &Connection, device: DeviceId, count: usize, now: Timestamp) -> Result<Vec<StreamCode>> {
    let mut number: u32 = meta::get_as(conn, NEXT)?.unwrap_or(FIRST);
    let mut given = Vec::with_capacity(count);
    for _ in 0..StreamCode::COUNT {
        if given.len() == count {
            break;
        }
        let code = StreamCode::from_number(number % StreamCode::COUNT);
        number = (number + 1) % StreamCode::COUNT;
        if let Some(code) = code
            && !matches!(code.as_str(), "000")
            && note(conn, code, device, now)?
        {
            given.push(code);
        }
    }
    meta::set(conn, NEXT, number)?;
    if given.len() < count {
        return Err(StoreError::Invalid("all stream codes of this study are in use".to_owned()));
    }
    Ok(given)
}

/// Notes that a device has a code; `false` if the code is noted already.
///
/// # Errors
/// Returns what the disk said.
pub fn note(conn: &Connection, code: StreamCode, device: DeviceId, now: Timestamp) -> Result<bool> {
    let sql = "INSERT INTO stream_code (code, device, given_at) VALUES (?1, ?2, ?3) ON CONFLICT (code) DO NOTHING";
    Ok(conn.prepare_cached(sql)?.execute(params![code.as_str(), device.0.as_bytes(), now.0])? == 1)
}

/// Returns a device's codes in their order.
///
/// # Errors
/// Returns what the disk said.
pub fn of_device(conn: &Connection, device: DeviceId) -> Result<Vec<StreamCode>> {
    let mut statement = conn.prepare_cached("SELECT code FROM stream_code WHERE device = ?1 ORDER BY code")?;
    let rows = statement.query_map([device.0.as_bytes()], |row| blob::text(row, 0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Says whether a code was given to this device.
///
/// # Errors
/// Returns what the disk said.
pub fn owns(conn: &Connection, device: DeviceId, code: StreamCode) -> Result<bool> {
    let mut statement = conn.prepare_cached("SELECT 1 FROM stream_code WHERE code = ?1 AND device = ?2")?;
    Ok(statement.exists(params![code.as_str(), device.0.as_bytes()])?)
}

/// Says whether a code was given to anyone.
///
/// # Errors
/// Returns what the disk said.
pub fn is_given(conn: &Connection, code: StreamCode) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM stream_code WHERE code = ?1")?.exists([code.as_str()])?)
}

/// Leaves out codes that may have been given out in a life that this database has forgotten.
///
/// # Errors
/// Returns what the disk said.
pub fn leap(conn: &Connection) -> Result<()> {
    let next: u32 = meta::get_as(conn, NEXT)?.unwrap_or(FIRST);
    meta::set(conn, NEXT, (next + LEAP) % StreamCode::COUNT)
}
