//! The server over real TLS sockets, as laptops and browsers meet it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    missing_docs
)]

mod attachments;
mod bundles;
mod clinic;
mod enrolment;
mod expiry;
mod introduced;
mod laboratory;
mod laptop;
mod logs;
mod pages;
mod protection;
mod quarantine;
mod rescue;
mod restored;
mod roles;
