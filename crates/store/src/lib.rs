//! SQLite: tables, queries, the migrations runner, keys and backups.
//!
//! The safe-keeping half: [`open::Store`] is one encrypted file with one writer and several readers; [`keyring`] holds
//! its key for the people of a laptop, [`data_key`] for a server; [`lock`] keeps a second window out; [`marker`] notices
//! a store that is not the one this folder had; [`backup`] makes copies that are known to be good.

pub mod backup;
pub mod connection;
pub mod data_key;
pub mod draft;
pub mod error;
pub mod files;
mod hex;
pub mod keyring;
pub mod lock;
pub mod marker;
pub mod meta;
pub mod migrations;
pub mod open;
pub mod password;

pub use connection::Options;
pub use data_key::DataKey;
pub use error::{Code, Result, StoreError};
pub use files::Folder;
pub use keyring::Keyring;
pub use lock::WriterLock;
pub use open::Store;
pub use password::Kdf;
