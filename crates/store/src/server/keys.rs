//! The server's keys, epoch by epoch, and the lives of its database.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tsela_core::{
    ids::Incarnation,
    seal::{SealingKey, SigningKey},
    time::Timestamp,
};
use zeroize::Zeroizing;

use super::time;
use crate::{
    blob,
    error::{Result, StoreError},
};

/// One epoch's keys, with the secrets.
#[derive(Debug, Clone)]
pub struct ServerKeyRow {
    /// Number of these keys, from 1.
    pub epoch: u64,
    /// Signs credentials, packages, receipts and health answers.
    pub signing: SigningKey,
    /// Opens journals.
    pub sealing: SealingKey,
    /// PKCS #8 of the TLS key.
    pub tls_key: Zeroizing<Vec<u8>>,
    /// DER of the TLS certificate.
    pub tls_certificate: Vec<u8>,
    /// The public half, signed by the study's root key: JSON of a `Signed<ServerKeyDoc>`.
    pub document: String,
    /// When they were made.
    pub made_at: Timestamp,
}

/// One life of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// Its number, from 1.
    pub number: u64,
    /// What receipts call it.
    pub id: Incarnation,
    /// When it began.
    pub began_at: Timestamp,
}

/// Stores keys of a new epoch.
///
/// # Errors
/// Returns what the disk said; an epoch is never replaced.
pub fn add(conn: &Connection, key: &ServerKeyRow) -> Result<()> {
    let sql = "INSERT INTO server_key (epoch, signing, sealing, tls_key, tls_certificate, document, made_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.execute(
        sql,
        params![
            key.epoch,
            key.signing.to_bytes().as_slice(),
            key.sealing.to_bytes().as_slice(),
            key.tls_key.as_slice(),
            key.tls_certificate,
            key.document,
            key.made_at.0
        ],
    )?;
    Ok(())
}

/// Returns all keys, the newest first.
///
/// # Errors
/// Returns what the disk said.
pub fn all(conn: &Connection) -> Result<Vec<ServerKeyRow>> {
    let sql = "SELECT epoch, signing, sealing, tls_key, tls_certificate, document, made_at
               FROM server_key ORDER BY epoch DESC";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], key_from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn key_from_row(row: &Row<'_>) -> rusqlite::Result<ServerKeyRow> {
    let signing = Zeroizing::new(row.get::<_, [u8; 32]>(1)?);
    let sealing = Zeroizing::new(row.get::<_, [u8; 32]>(2)?);
    Ok(ServerKeyRow {
        epoch: row.get(0)?,
        signing: SigningKey::from_bytes(&signing),
        sealing: SealingKey::from_bytes(&sealing),
        tls_key: Zeroizing::new(row.get(3)?),
        tls_certificate: row.get(4)?,
        document: row.get(5)?,
        made_at: time(row, 6)?,
    })
}

/// Begins a new life of the database.
///
/// # Errors
/// Returns what the disk said.
pub fn begin_life(conn: &Connection, id: Incarnation, now: Timestamp, reason: &str) -> Result<()> {
    let sql = "INSERT INTO incarnation (number, id, began_at, reason)
               VALUES ((SELECT coalesce(max(number), 0) + 1 FROM incarnation), ?1, ?2, ?3)";
    conn.execute(sql, params![id.0.as_bytes(), now.0, reason])?;
    Ok(())
}

/// Returns the present life.
///
/// # Errors
/// [`StoreError::Damaged`] if there is none: this is no server's store.
pub fn life(conn: &Connection) -> Result<Life> {
    let sql = "SELECT number, id, began_at FROM incarnation ORDER BY number DESC LIMIT 1";
    let read =
        |row: &Row<'_>| Ok(Life { number: row.get(0)?, id: Incarnation(blob::uuid(row, 1)?), began_at: time(row, 2)? });
    let life = conn.prepare_cached(sql)?.query_row([], read).optional()?;
    life.ok_or_else(|| StoreError::damaged("the server's store", "it has no incarnation"))
}
