//! Whole-system tests.

pub mod power_cut;
