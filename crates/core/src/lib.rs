//! Domain types and rules, journal, fold, bundles and receipts of Tsela.
//!
//! Pure: no I/O, no clock, no randomness of its own. Time and entropy are passed in, so that every outcome can be
//! computed again on another machine, on another day.

pub mod alphabet;
pub mod chain;
pub mod entry;
pub mod fold;
pub mod ids;
pub mod time;
