//! What people do with a server: the same functions for the command line and for the pages.
//!
//! Each change of accounts, codes and devices is an event in the server's own stream, which no role can switch off.

mod accounts;
mod backup;
mod codes;
mod devices;
mod journal;
mod quarantine;
mod rescue;
mod review;

pub use codes::MadeCode;
pub use journal::By;
pub use quarantine::Admitted;
pub use rescue::Rescue;
pub use review::{ConflictFound, FindingFound};

/// The role that enrols and revokes devices and makes accounts.
pub const ADMINISTRATOR: &str = "administrator";
/// The role that receives tubes and decides on them.
pub const LAB_ASSISTANT: &str = "lab_assistant";
/// The role that drives tubes and data.
pub const DRIVER: &str = "driver";
/// Who may work at the laboratory's desk.
pub const LABORATORY: &[&str] = &[LAB_ASSISTANT, DATA_MANAGER, ADMINISTRATOR];
/// The role that decides conflicts.
pub const DATA_MANAGER: &str = tsela_core::package::DATA_MANAGER;
