//! Whole-system tests.

pub mod peers;
pub mod portal;
pub mod power_cut;
pub mod proxy;
