//! What a server shares with each device for administrators' codes.

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{ids::DeviceId, rescue::RescueSecret};

use crate::error::Result;

/// Keeps a device's secret; a newer enrolment of the same device replaces it.
///
/// # Errors
/// Returns what the disk said.
pub fn keep(conn: &Connection, device: DeviceId, secret: &RescueSecret) -> Result<()> {
    let sql = "INSERT INTO device_rescue (device, secret) VALUES (?1, ?2)
               ON CONFLICT (device) DO UPDATE SET secret = excluded.secret";
    conn.execute(sql, params![device.0.as_bytes(), secret.as_bytes()])?;
    Ok(())
}

/// Returns a device's secret.
///
/// # Errors
/// Returns what the disk said.
pub fn find(conn: &Connection, device: DeviceId) -> Result<Option<RescueSecret>> {
    let mut statement = conn.prepare("SELECT secret FROM device_rescue WHERE device = ?1")?;
    Ok(statement.query_row([device.0.as_bytes()], |row| row.get(0).map(RescueSecret::from_bytes)).optional()?)
}
