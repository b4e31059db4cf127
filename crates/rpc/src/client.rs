//! The field client behind its pages: one laptop folder, at most one person signed in, one engine.

pub mod attachments;
pub mod courier;
mod drives;
pub mod failure;
pub mod hand_over;
pub mod host;
pub mod laptop;
pub mod outbox;
pub mod preferences;
pub mod printing;
pub mod rescue;
pub mod ways;

pub use tsela_store::Code;
pub use tsela_sync::clock::SystemClock;
