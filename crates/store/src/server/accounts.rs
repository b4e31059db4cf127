//! People: those with an account on the server, and those known from laptops.
//!
//! A passphrase is kept as a wrapping of a random key (Argon2id, then AES-256-GCM), the same as on a laptop: what
//! unwraps it is right. Wrong ones are counted before they are tried, so that many at once cost as many attempts.

use rand_core::CryptoRng;
use rusqlite::{Connection, OptionalExtension, Row, params};
use tsela_core::{ids::UserId, time::Timestamp};
use unicode_normalization::UnicodeNormalization;

use super::optional_time;
use crate::{
    blob,
    data_key::DataKey,
    error::{Result, StoreError},
    lock_rules::LockRules,
    password::{Kdf, WrappedKey},
};

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// The person's id.
    pub id: UserId,
    /// Name.
    pub name: String,
    /// Code of a role.
    pub role: String,
    /// Whether the person can sign in on the server's pages.
    pub can_sign_in: bool,
    /// Wrong passphrases since the last right one.
    pub failed: u32,
    /// When the last wrong one came.
    pub failed_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, name, role, passphrase IS NOT NULL, failed, failed_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    Ok(AccountRow {
        id: UserId(blob::uuid(row, 0)?),
        name: row.get(1)?,
        role: row.get(2)?,
        can_sign_in: row.get(3)?,
        failed: row.get(4)?,
        failed_at: optional_time(row, 5)?,
    })
}

impl AccountRow {
    /// Returns how long until an attempt is taken, in milliseconds.
    pub fn wait_ms(&self, rules: LockRules, now: Timestamp) -> i64 {
        let (Some(since), lock) = (self.failed_at, rules.lock_ms(self.failed)) else { return 0 };
        // A clock set back does not shorten the wait, nor make it longer than one.
        (lock - now.millis_since(since).clamp(0, lock)).max(0)
    }
}

/// Returns the form in which names are compared.
pub fn fold_name(name: &str) -> String {
    name.trim().nfc().collect::<String>().to_lowercase()
}

/// Adds a person.
///
/// # Errors
/// [`StoreError::Invalid`] if the name is empty, too long or taken.
pub fn add(conn: &Connection, id: UserId, name: &str, role: &str, now: Timestamp) -> Result<()> {
    let name: String = name.trim().nfc().collect();
    if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
        return Err(StoreError::Invalid("a person's name has 1 to 80 characters".to_owned()));
    }
    if find_by_name(conn, &name)?.is_some() {
        return Err(StoreError::Invalid(format!("there is a person named {name} already: choose another name")));
    }
    let sql = "INSERT INTO account (id, name, folded, role, made_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    conn.execute(sql, params![id.0.as_bytes(), name, fold_name(&name), role, now.0])?;
    Ok(())
}

/// Gives a person a passphrase for the server's pages and forgets wrong attempts.
///
/// # Errors
/// [`StoreError::WeakPassphrase`] if it breaks the policy.
pub fn set_passphrase(
    conn: &Connection,
    id: UserId,
    passphrase: &str,
    kdf: Kdf,
    rng: &mut impl CryptoRng,
) -> Result<()> {
    let key = DataKey::generate(rng);
    let wrapped = WrappedKey::wrap(&key, passphrase, id.0.as_bytes(), kdf, rng)?;
    let text = serde_json::to_string(&wrapped).map_err(|e| StoreError::Internal(e.to_string()))?;
    let sql = "UPDATE account SET passphrase = ?2, failed = 0, failed_at = NULL WHERE id = ?1";
    conn.execute(sql, params![id.0.as_bytes(), text])?;
    Ok(())
}

/// Gives a person another role.
///
/// # Errors
/// Returns what the disk said.
pub fn set_role(conn: &Connection, id: UserId, role: &str) -> Result<()> {
    conn.execute("UPDATE account SET role = ?2 WHERE id = ?1", params![id.0.as_bytes(), role])?;
    Ok(())
}

/// Finds a person by id.
///
/// # Errors
/// Returns what the disk said.
pub fn find(conn: &Connection, id: UserId) -> Result<Option<AccountRow>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE id = ?1"))?;
    Ok(statement.query_row([id.0.as_bytes()], from_row).optional()?)
}

/// Finds a person by name; case does not matter.
///
/// # Errors
/// Returns what the disk said.
pub fn find_by_name(conn: &Connection, name: &str) -> Result<Option<AccountRow>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE folded = ?1"))?;
    Ok(statement.query_row([fold_name(name)], from_row).optional()?)
}

/// Lists all people by name.
///
/// # Errors
/// Returns what the disk said.
pub fn list(conn: &Connection) -> Result<Vec<AccountRow>> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM account ORDER BY folded"))?;
    let rows = statement.query_map([], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Counts an attempt as wrong, and returns what the passphrase must unwrap; [`attempt_was_right`] takes it back.
///
/// # Errors
/// [`StoreError::LockedOut`] while the account is locked, which counts nothing.
pub fn begin_attempt(conn: &Connection, account: &AccountRow, rules: LockRules, now: Timestamp) -> Result<WrappedKey> {
    let wait_ms = account.wait_ms(rules, now);
    if wait_ms > 0 {
        return Err(StoreError::LockedOut { until: now.plus_millis(wait_ms), wait_ms });
    }
    let sql = "UPDATE account SET failed = failed + 1, failed_at = ?2 WHERE id = ?1 RETURNING passphrase";
    let text: Option<String> = conn.query_row(sql, params![account.id.0.as_bytes(), now.0], |row| row.get(0))?;
    let text = text.ok_or_else(|| StoreError::UnknownUser { name: account.name.clone() })?;
    serde_json::from_str(&text).map_err(|e| StoreError::damaged("an account", e.to_string()))
}

/// Forgets wrong attempts after a right one.
///
/// # Errors
/// Returns what the disk said.
pub fn attempt_was_right(conn: &Connection, id: UserId) -> Result<()> {
    conn.execute("UPDATE account SET failed = 0, failed_at = NULL WHERE id = ?1", [id.0.as_bytes()])?;
    Ok(())
}
