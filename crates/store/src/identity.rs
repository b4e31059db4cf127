//! Who this laptop is: the row that enrolment writes.

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{
    ids::{DeviceId, StudyId},
    seal::{SealingKey, SigningKey},
};

use crate::{
    blob,
    error::{Result, StoreError},
};

/// A device's identity as it is stored.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The study.
    pub study: StudyId,
    /// The device.
    pub device: DeviceId,
    /// What people call it.
    pub name: String,
    /// Signs what it sends.
    pub signing_key: SigningKey,
    /// Opens what is sealed to it.
    pub sealing_key: SealingKey,
    /// Its signed credential, as JSON.
    pub credential: String,
}

/// Writes the identity. There is one, and it is never replaced by another device's.
///
/// # Errors
/// [`StoreError::Invalid`] if the store belongs to another device; otherwise what the disk said.
pub fn put(conn: &Connection, identity: &Identity) -> Result<()> {
    let known = get(conn)?;
    if known.is_some_and(|known| (known.study, known.device) != (identity.study, identity.device)) {
        return Err(StoreError::Invalid("this store belongs to another laptop: choose an empty folder".to_owned()));
    }
    let sql = "INSERT OR REPLACE INTO identity (id, study, device, name, signing_key, sealing_key, credential)
               VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)";
    conn.prepare_cached(sql)?.execute(params![
        identity.study.0.as_bytes(),
        identity.device.0.as_bytes(),
        identity.name,
        identity.signing_key.to_bytes().as_slice(),
        identity.sealing_key.to_bytes().as_slice(),
        identity.credential
    ])?;
    Ok(())
}

/// Returns the identity, `None` before enrolment.
///
/// # Errors
/// Returns what the disk said.
pub fn get(conn: &Connection) -> Result<Option<Identity>> {
    let sql = "SELECT study, device, name, signing_key, sealing_key, credential FROM identity";
    let mut statement = conn.prepare_cached(sql)?;
    let identity = statement.query_row([], |row| {
        Ok(Identity {
            study: StudyId(blob::uuid(row, 0)?),
            device: DeviceId(blob::uuid(row, 1)?),
            name: row.get(2)?,
            signing_key: SigningKey::from_bytes(&row.get(3)?),
            sealing_key: SealingKey::from_bytes(&row.get(4)?),
            credential: row.get(5)?,
        })
    });
    Ok(identity.optional()?)
}

/// Replaces the credential by a newer one.
///
/// # Errors
/// Returns what the disk said.
pub fn set_credential(conn: &Connection, credential: &str) -> Result<()> {
    conn.prepare_cached("UPDATE identity SET credential = ?1")?.execute([credential])?;
    Ok(())
}
