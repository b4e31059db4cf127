//! The time, read where a command begins.

use tsela_core::time::Timestamp;
use tsela_sync::clock::{Clock as _, SystemClock};

/// Returns the time by this computer's clock.
pub fn now() -> Timestamp {
    SystemClock::new().now()
}
