//! Domain types and rules, journal, fold, bundles and receipts of Tsela.
//!
//! Pure: no I/O, no clock, no randomness of its own. Time and entropy are passed in, so that every outcome can be
//! computed again on another machine, on another day.

pub mod alphabet;
pub mod api;
pub mod attachment;
pub mod bundle;
mod bytes;
pub mod chain;
pub mod credential;
pub mod custody;
pub mod digest;
pub mod enrolment;
pub mod entry;
pub mod findings;
pub mod fold;
pub mod groups;
pub mod health;
pub mod identifiers;
pub mod ids;
pub mod introduction;
pub mod label;
pub mod manifest;
pub mod meeting;
pub mod model;
pub mod package;
pub mod problem;
pub mod receipt;
pub mod rescue;
pub mod rules;
pub mod seal;
pub mod time;
pub mod trust;
pub mod upload_token;
pub mod world;
