//! Two laptops that meet where there is no server: an author hands its bundles over, a carrier takes them along.
//!
//! [`author`] is the assistant's side, [`listener`] the driver's, [`nearby`] lets them find each other. What both say is in
//! [`tsela_core::meeting`]; what the carrier keeps is in [`tsela_store::carried`]; that it delivers is the engine's work.

mod address;
mod api;
pub mod author;
mod certificate;
mod keep;
pub mod listener;
mod meetings;
pub mod nearby;
mod peers;

pub use address::{BadAddress, CarrierAddress};
pub use author::{Author, Counterpart, MeetError, Met};
pub use keep::{Keeping, NotTaken, counting};
pub use listener::{ListenError, Listener};
pub use meetings::{Meeting, Stage};
