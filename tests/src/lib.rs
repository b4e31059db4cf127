//! Whole-system tests.

pub mod bin;
pub mod browser;
pub mod day;
pub mod desk;
pub mod peers;
pub mod portal;
pub mod power_cut;
pub mod printer;
pub mod proxy;
pub mod simulation;
pub mod sshd;
