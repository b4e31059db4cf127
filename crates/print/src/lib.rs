//! Labels as pictures and sheets, and the printers that print them.
//!
//! What stands on a label and the ZPL that says so is in `tsela_core::label`. Here it is drawn, for the screen and for an
//! office printer, and sent: to a printer's raw port in the network or to a device file.

mod draw;
mod printer;
mod status;

pub use draw::{DrawError, pages, pdf, png};
pub use printer::{Address, BadAddress, Connection, Delivery, PrintError, open};
pub use status::HostStatus;
