//! SQLite: tables, queries, the migrations runner, keys and backups.
//!
//! The journal half: [`journal`] writes what people save, [`ingest`] stores what arrives, [`projection`] derives the
//! records from both, [`outgoing`] packs what no receipt covers yet and [`acks`] believes receipts.
//!
//! The safe-keeping half: [`open::Store`] is one encrypted file with one writer and several readers; [`keyring`] holds
//! its key for the people of a laptop, [`data_key`] for a server; [`lock`] keeps a second window out; [`marker`] notices
//! a store that is not the one this folder had; [`backup`] makes copies that are known to be good.

pub mod acks;
pub mod attachments;
pub mod backup;
mod blob;
pub mod carried;
mod changes;
pub mod connection;
pub mod contents;
pub mod counts;
pub mod custody;
pub mod data_key;
pub mod digest;
pub mod draft;
pub mod error;
pub mod files;
pub mod handed;
mod hex;
pub mod history;
pub mod host_keys;
pub mod identity;
pub mod ingest;
pub mod journal;
pub mod keyring;
pub mod labels;
pub mod lines;
pub mod lock;
pub mod lock_rules;
pub mod manifest;
pub mod marker;
pub mod meta;
pub mod migrations;
pub mod open;
pub mod outbox;
pub mod outgoing;
pub mod package_archive;
pub mod packages;
pub mod password;
pub mod projection;
pub mod push_history;
#[cfg(test)]
mod query_plans;
mod recent;
pub mod records;
pub mod recover;
pub mod remote;
pub mod search;
pub mod server;
pub mod streams;
mod told;
pub mod tube_outcomes;
pub mod verify;
pub mod ways;
pub mod world;

pub use connection::{Options, Pages};
pub use data_key::DataKey;
pub use error::{Code, Result, StoreError};
pub use files::Folder;
pub use keyring::Keyring;
pub use lock::WriterLock;
pub use lock_rules::LockRules;
pub use open::Store;
pub use packages::Packages;
pub use password::Kdf;
pub use rusqlite::Connection;
