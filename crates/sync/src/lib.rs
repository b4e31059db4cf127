//! The engine that pushes and pulls, and its roads.
//!
//! [`machine`] decides, without I/O; [`engine`] does what it says; [`road`] carries; [`diagnose`] says in the words of
//! people what stands in the way, [`ways`] which other way is taken then. [`enrol`] makes a laptop a device of the study,
//! [`identity`] keeps what that brought.

pub mod backoff;
pub mod clock;
pub mod diagnose;
pub mod engine;
pub mod enrol;
pub mod identity;
pub mod link;
pub mod machine;
pub mod outbox;
pub mod problem;
pub mod road;
pub mod tls;
pub mod ways;
