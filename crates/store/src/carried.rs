//! What a carrier carries: sealed bundles that it cannot open, manifests that it can, and receipts on their way back.
//!
//! All of it lies in the carrier's own encrypted store, so that taking a bundle is one transaction: whoever was told that
//! it is held can rely on it, whatever happens to the power.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use tsela_core::{
    bundle::BundleId,
    ids::{DeviceId, RecordId, StreamCode},
    manifest::Manifest,
    time::Timestamp,
};

use crate::{
    blob,
    error::{Result, StoreError},
};

/// Bytes of bundles that are carried at most, unless the laptop's owner says otherwise: some ten thousand households.
pub const USUAL_ROOM: u64 = 512 * 1024 * 1024;

/// For how long it is remembered what was delivered, milliseconds: thirty days.
const REMEMBERED: i64 = 30 * 24 * 3_600_000;

/// A bundle to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The bundle.
    pub id: BundleId,
    /// Whose it is.
    pub author: DeviceId,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// What is carried for one author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// The author.
    pub author: DeviceId,
    /// Its name, for people.
    pub name: String,
    /// When it was met last.
    pub met_at: Timestamp,
    /// Bundles that are still to be delivered.
    pub pending: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Bundles that a server has taken.
    pub delivered: usize,
    /// When the last of them was.
    pub delivered_at: Option<Timestamp>,
    /// Why a server refused bundles of it, the last time.
    pub refused: Option<String>,
    /// Its newest manifest.
    pub manifest: Option<Manifest>,
    /// Whether a receipt waits to be given to it.
    pub receipt: bool,
}

/// Notes who was met.
///
/// # Errors
/// Returns what the disk said.
pub fn meet(conn: &Connection, author: DeviceId, name: &str, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO author (device, name, met_at) VALUES (?1, ?2, ?3)
               ON CONFLICT (device) DO UPDATE SET name = excluded.name, met_at = excluded.met_at";
    conn.prepare_cached(sql)?.execute(params![author.0.as_bytes(), name, at.0])?;
    Ok(())
}

/// Takes a bundle along and says when it was taken; the same again changes nothing. `None` if it does not fit into `room`.
///
/// # Errors
/// Returns what the disk said.
pub fn take(
    conn: &Connection,
    author: DeviceId,
    body: &[u8],
    manifest: Option<&Manifest>,
    room: u64,
    at: Timestamp,
) -> Result<Option<Timestamp>> {
    let id = BundleId::of(body);
    let sql = "SELECT taken_at FROM carried WHERE bundle = ?1";
    let known = conn.prepare_cached(sql)?.query_row([id.0], |row| row.get(0)).optional()?;
    if known.is_none() && bytes(conn)?.saturating_add(body.len() as u64) > room {
        return Ok(None);
    }
    if let Some(manifest) = manifest {
        keep_manifest(conn, manifest, at)?;
    }
    if let Some(taken_at) = known {
        return Ok(Some(Timestamp(taken_at)));
    }
    let sql = "INSERT INTO carried (bundle, author, bytes, taken_at, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    conn.prepare_cached(sql)?.execute(params![id.0, author.0.as_bytes(), body.len(), at.0, body])?;
    Ok(Some(at))
}

/// The newest manifest of a stream replaces the older one, in whatever order they come. Says whether this is the newest.
pub(crate) fn keep_manifest(conn: &Connection, manifest: &Manifest, at: Timestamp) -> Result<bool> {
    let sql = "INSERT INTO manifest (device, stream, number, at, taken_at, body) VALUES (?1, ?2, ?3, ?4,
                   max(?5, (SELECT coalesce(max(taken_at), 0) + 1 FROM manifest WHERE device = ?1)), ?6)
               ON CONFLICT (device, stream) DO UPDATE SET number = excluded.number, at = excluded.at,
               taken_at = excluded.taken_at, body = excluded.body WHERE excluded.number > manifest.number";
    let body = String::from_utf8(manifest.to_bytes()).unwrap_or_default();
    let kept = conn.prepare_cached(sql)?.execute(params![
        manifest.device.0.as_bytes(),
        manifest.stream.as_str(),
        manifest.number,
        manifest.at.0,
        at.0,
        body
    ])?;
    Ok(kept == 1)
}

/// Returns the bytes that are carried and not delivered.
///
/// # Errors
/// Returns what the disk said.
pub fn bytes(conn: &Connection) -> Result<u64> {
    let sql = "SELECT coalesce(sum(bytes), 0) FROM carried WHERE body IS NOT NULL";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Returns the bundles of an author that are here. One that was delivered is not: the receipt for it says what the server
/// has, and if that is lost the author must send it again.
///
/// # Errors
/// Returns what the disk said.
pub fn held(conn: &Connection, author: DeviceId, most: usize) -> Result<Vec<BundleId>> {
    let sql = "SELECT bundle FROM carried WHERE author = ?1 AND refused IS NULL AND body IS NOT NULL ORDER BY n DESC LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![author.0.as_bytes(), most], |row| row.get(0).map(BundleId))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Returns the next bundle to be delivered, in the order in which they were taken unless one was [put behind](put_behind), of
/// an author that is not among `but`.
///
/// # Errors
/// Returns what the disk said.
pub fn next(conn: &Connection, but: &BTreeSet<DeviceId>) -> Result<Option<Pending>> {
    let sql = "SELECT n, author FROM carried WHERE delivered_at IS NULL AND refused IS NULL ORDER BY n";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (n, author): (i64, _) = (row.get(0)?, DeviceId(blob::uuid(row, 1)?));
        if !but.contains(&author) {
            let sql = "SELECT bundle, body FROM carried WHERE n = ?1";
            let read = |row: &rusqlite::Row<'_>| Ok(Pending { id: BundleId(row.get(0)?), author, body: row.get(1)? });
            return Ok(Some(conn.prepare_cached(sql)?.query_row([n], read)?));
        }
    }
    Ok(None)
}

/// Returns how many bundles are to be delivered, and their bytes.
///
/// # Errors
/// Returns what the disk said.
pub fn pending(conn: &Connection) -> Result<(usize, u64)> {
    let sql = "SELECT count(*), coalesce(sum(bytes), 0) FROM carried WHERE delivered_at IS NULL AND refused IS NULL";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Notes that a server has taken a bundle; its body is not needed any more.
///
/// # Errors
/// Returns what the disk said.
pub fn delivered(conn: &Connection, id: BundleId, at: Timestamp) -> Result<()> {
    let sql = "UPDATE carried SET delivered_at = ?2, refused = NULL, body = NULL WHERE bundle = ?1";
    conn.prepare_cached(sql)?.execute(params![id.0, at.0])?;
    let long_ago = at.plus_millis(-REMEMBERED);
    conn.prepare_cached("DELETE FROM carried WHERE delivered_at < ?1")?.execute([long_ago.0])?;
    Ok(())
}

/// Notes why a server does not take a bundle. It is not tried again by itself; it is kept unless the server `has` it, in
/// quarantine.
///
/// # Errors
/// Returns what the disk said.
pub fn refused(conn: &Connection, id: BundleId, why: &str, has: bool) -> Result<()> {
    let sql = "UPDATE carried SET refused = ?2, body = iif(?3, NULL, body) WHERE bundle = ?1";
    conn.prepare_cached(sql)?.execute(params![id.0, why, has])?;
    Ok(())
}

/// Puts a bundle behind the others: something else must be delivered first, which may have been taken later.
///
/// # Errors
/// Returns what the disk said.
pub fn put_behind(conn: &Connection, id: BundleId) -> Result<()> {
    let sql = "UPDATE carried SET n = (SELECT max(n) + 1 FROM carried) WHERE bundle = ?1";
    conn.prepare_cached(sql)?.execute([id.0])?;
    Ok(())
}

/// Lets what a server refused be tried again.
///
/// # Errors
/// Returns what the disk said.
pub fn try_again(conn: &Connection) -> Result<usize> {
    let sql = "UPDATE carried SET refused = NULL WHERE refused IS NOT NULL AND body IS NOT NULL";
    Ok(conn.prepare_cached(sql)?.execute([])?)
}

/// Keeps a receipt to be given to its author. A later one replaces it, as it says all that the earlier one did.
///
/// # Errors
/// Returns what the disk said.
pub fn bring(conn: &Connection, author: DeviceId, number: u64, at: Timestamp, body: &[u8]) -> Result<()> {
    let sql = "INSERT INTO brought (author, number, at, body) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (author) DO UPDATE SET number = excluded.number, at = excluded.at, body = excluded.body
               WHERE (excluded.at, excluded.number) > (brought.at, brought.number)";
    conn.prepare_cached(sql)?.execute(params![author.0.as_bytes(), number, at.0, body])?;
    Ok(())
}

/// Returns the receipt that waits for an author.
///
/// # Errors
/// Returns what the disk said.
pub fn brought(conn: &Connection, author: DeviceId) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT body FROM brought WHERE author = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([author.0.as_bytes()], |row| row.get(0)).optional()?)
}

/// Returns what is carried for each author, the one met last first.
///
/// # Errors
/// Returns what the disk said, or [`StoreError::Damaged`] for a manifest that cannot be read.
pub fn loads(conn: &Connection) -> Result<Vec<Load>> {
    let sql = "SELECT author.device, author.name, author.met_at,
                      count(*) FILTER (WHERE bundle IS NOT NULL AND delivered_at IS NULL AND refused IS NULL),
                      coalesce(sum(carried.bytes) FILTER (WHERE delivered_at IS NULL AND refused IS NULL), 0),
                      count(delivered_at), max(delivered_at), max(refused),
                      EXISTS (SELECT 1 FROM brought WHERE brought.author = author.device)
               FROM author LEFT JOIN carried ON carried.author = author.device
               GROUP BY author.device ORDER BY author.met_at DESC, author.device";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Load {
            author: DeviceId(blob::uuid(row, 0)?),
            name: row.get(1)?,
            met_at: Timestamp(row.get(2)?),
            pending: row.get(3)?,
            bytes: row.get(4)?,
            delivered: row.get(5)?,
            delivered_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
            refused: row.get(7)?,
            manifest: None,
            receipt: row.get(8)?,
        })
    })?;
    let mut loads = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    for load in &mut loads {
        load.manifest = manifest(conn, load.author)?;
    }
    Ok(loads)
}

/// Returns the newest manifest of an author: the one that came last, whatever its clock said. Each has all tubes of the laptop
/// that wrote it, so that those of its earlier streams are older snapshots of the same.
///
/// # Errors
/// Returns what the disk said, or [`StoreError::Damaged`] for one that cannot be read.
pub fn manifest(conn: &Connection, author: DeviceId) -> Result<Option<Manifest>> {
    let sql = "SELECT body FROM manifest WHERE device = ?1 ORDER BY taken_at DESC LIMIT 1";
    let body = conn.prepare_cached(sql)?.query_row([author.0.as_bytes()], |row| row.get::<_, String>(0)).optional()?;
    let read = |body: String| Manifest::from_bytes(body.as_bytes());
    body.map(read).transpose().map_err(|error| StoreError::damaged("a manifest", error.to_string()))
}

/// A hand-over that its giver has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRow {
    /// The giver's laptop.
    pub author: DeviceId,
    /// Its name, for people.
    pub name: String,
    /// The offer as the giver's laptop signed it: JSON.
    pub body: String,
}

/// Keeps a hand-over that its giver has signed. One that says something else than before replaces it.
///
/// # Errors
/// Returns what the disk said.
pub fn offer(conn: &Connection, transfer: RecordId, author: DeviceId, body: &str, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO offer (transfer, author, body, taken_at) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (transfer) DO UPDATE SET body = excluded.body, taken_at = excluded.taken_at
               WHERE offer.author = excluded.author AND offer.body <> excluded.body";
    conn.prepare_cached(sql)?.execute(params![transfer.0.as_bytes(), author.0.as_bytes(), body, at.0])?;
    Ok(())
}

/// Returns the hand-overs that givers have signed, the newest first.
///
/// # Errors
/// Returns what the disk said.
pub fn offers(conn: &Connection) -> Result<Vec<OfferRow>> {
    let sql = "SELECT offer.author, coalesce(author.name, ''), body FROM offer
               LEFT JOIN author ON author.device = offer.author ORDER BY taken_at DESC, transfer LIMIT 200";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let author = DeviceId(blob::uuid(row, 0)?);
        Ok(OfferRow { author, name: row.get(1)?, body: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Returns a hand-over that an author has signed, as it signed it.
///
/// # Errors
/// Returns what the disk said.
pub fn offered(conn: &Connection, transfer: RecordId, author: DeviceId) -> Result<Option<String>> {
    let sql = "SELECT body FROM offer WHERE transfer = ?1 AND author = ?2";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row(params![transfer.0.as_bytes(), author.0.as_bytes()], |row| row.get(0)).optional()?)
}

/// Returns the number of the newest manifest that this device has written of a stream.
pub fn manifest_key(stream: StreamCode) -> String {
    format!("manifest_{stream}")
}
