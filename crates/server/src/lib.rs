//! The community server: device API, pages, roles.
//!
//! [`init`] makes a study's server, [`Server`] is one that is open, [`serve`] lets devices and browsers reach it, and
//! [`admin`] is what people do with it, from the command line and from the pages alike. Storing what devices send is in
//! [`receive`](Server::receive): verified outside the writer's turn, stored, folded and answered in one transaction.

pub mod admin;
mod api;
mod contents;
mod courier;
mod enrol;
mod error;
mod expiry;
mod heard;
mod identity;
mod init;
mod introduce;
mod laboratory;
mod limits;
pub mod logs;
mod pages;
mod publish;
mod receipts;
mod receive;
mod remember;
mod restore;
pub mod serve;
mod server;
mod uploads;

pub use api::openapi;
pub use courier::CourierImport;
pub use error::{Refusal, Result, ServerError};
pub use identity::Identity;
pub use init::{Initialised, init};
pub use laboratory::LabDesk;
pub use receive::Received;
pub use restore::{RestoredServer, restore};
pub use serve::{Running, ServeOptions, serve};
pub use server::{Clock, OpenOptions, Server, is_server, system_clock};
pub use tsela_core::credential::DeviceRole;

use rand_core::CryptoRng;

/// The operating system's entropy.
pub(crate) fn entropy() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}
