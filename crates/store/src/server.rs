//! What a server keeps beyond the journal: keys and lives, devices and people, bundles and receipts.
//!
//! One module a table or two; no rules of who may do what, which are the server's.

pub mod accounts;
pub mod bundles;
pub mod content_news;
pub mod devices;
pub mod enrolment;
pub mod entries;
pub mod feed;
pub mod keys;
pub mod lab;
pub mod overview;
pub mod packages;
pub mod quarantine;
pub mod rescue;
pub mod sessions;
pub mod stream_codes;

use rusqlite::Row;
use tsela_core::time::Timestamp;

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp)
}

fn optional_time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
