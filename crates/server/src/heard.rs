//! What calls say of the devices that make them: that they live, and how wrong their clocks are.
//!
//! Kept in memory and written down now and then, as a commit for every call would cost more than the call.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tsela_core::{ids::DeviceId, time::Timestamp};
use tsela_store::server::devices;

use crate::{error::Result, server::Server};

/// How often what is known of a device is written down, in milliseconds.
const WRITE_EVERY_MS: i64 = 30_000;

#[derive(Default)]
pub(crate) struct Heard {
    devices: Mutex<HashMap<DeviceId, Known>>,
}

struct Known {
    last: devices::Heard,
    written_at: Option<Timestamp>,
}

impl Heard {
    /// Notes a call. Says whether it is time to write it down.
    pub fn note(&self, device: DeviceId, call: devices::Heard) -> bool {
        let mut known = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(device).or_insert_with(|| Known { last: call.clone(), written_at: None });
        entry.last = devices::Heard {
            at: call.at,
            drift_ms: call.drift_ms.or(entry.last.drift_ms),
            app: call.app.or_else(|| entry.last.app.clone()),
        };
        entry.written_at.is_none_or(|written| call.at.millis_since(written).abs() >= WRITE_EVERY_MS)
    }

    /// Returns what was last heard of a device since the start.
    pub fn last(&self, device: DeviceId) -> Option<devices::Heard> {
        let known = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&device).map(|known| known.last.clone())
    }

    /// Writes down what was heard of a device, in a transaction that is open anyway.
    pub fn write(&self, conn: &rusqlite::Connection, device: DeviceId) -> tsela_store::Result<()> {
        let Some(last) = self.last(device) else { return Ok(()) };
        devices::heard(conn, device, &last)?;
        let mut known = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get_mut(&device) {
            known.written_at = Some(last.at);
        }
        Ok(())
    }
}

impl Server {
    /// Notes that a device called; writes it down if that was not done lately.
    pub(crate) fn note_call(&self, device: DeviceId, call: devices::Heard) -> Result<()> {
        let heard = &self.inner().heard;
        if heard.note(device, call) {
            self.store().write(|tx| heard.write(tx, device))?;
        }
        Ok(())
    }
}
