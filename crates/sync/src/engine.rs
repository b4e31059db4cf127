//! The engine: does with a network and a store what the [machine](crate::machine) says.
//!
//! One task owns the machine and everything that changes; what takes time (asking, sending, SQLite) runs beside it and
//! reports back. Bundles are packed while the one before is on its way, so that packing costs no time on the road; they
//! are put one after the other, as a server stores only what continues a stream.

mod call;
mod chores;
mod compare;
mod config;
mod contents;
mod deliver;
mod hand_over;
mod handle;
mod introduce;
mod lost;
mod outgoing;
mod package;
pub(crate) mod receipts;
mod run;
mod shared;
mod status;

pub use compare::{Comparison, ComparisonRow};
pub use config::{EngineConfig, EngineOptions, SharedPackages, SharedRng, system_rng};
pub use deliver::{Became, Round};
pub use handle::{EngineHandle, PushSummary};
pub use lost::take_back;
pub use receipts::{open as open_receipt, settle as settle_receipt};
pub use status::{EnginePhase, EngineStatus, LastReceipt, Progress};

/// The engine.
#[derive(Debug)]
pub struct Engine;

impl Engine {
    /// Starts an engine on the present tokio runtime. It rests at once if there is nothing to do.
    ///
    /// # Errors
    /// [`RoadError`](crate::road::RoadError) if the server's address cannot be used or the store cannot be read.
    pub fn start(config: EngineConfig) -> Result<EngineHandle, crate::road::RoadError> {
        run::start(config)
    }
}
