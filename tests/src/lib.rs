//! Whole-system tests.

pub mod bin;
pub mod peers;
pub mod portal;
pub mod power_cut;
pub mod proxy;
