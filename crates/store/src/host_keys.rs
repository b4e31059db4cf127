//! Keys of SFTP servers that a person has confirmed, as OpenSSH prints them.

use rusqlite::Connection;

use crate::{error::Result, meta};

/// Returns the key under which a server, as `host:port`, was confirmed.
///
/// # Errors
/// Returns what the disk said.
pub fn get(conn: &Connection, server: &str) -> Result<Option<String>> {
    meta::get(conn, &name(server))
}

/// Notes a server's key, in place of an earlier one.
///
/// # Errors
/// Returns what the disk said.
pub fn put(conn: &Connection, server: &str, key: &str) -> Result<()> {
    meta::set(conn, &name(server), key)
}

fn name(server: &str) -> String {
    format!("host_key {server}")
}
