//! The devices as an administrator sees them, and their revocation.

use rusqlite::Connection;
use tsela_core::ids::DeviceId;
use tsela_rpc::schema::server::{DeviceRow as DeviceView, DeviceStream};
use tsela_store::{
    server::devices::{self, DeviceRow},
    streams::{self, Stream},
};

use super::By;
use crate::{
    error::{Refusal, Result},
    expiry,
    server::Server,
};

impl Server {
    /// Lists all devices, the newest first.
    ///
    /// # Errors
    /// What the disk said.
    pub fn devices(&self) -> Result<Vec<DeviceView>> {
        self.read(|conn| {
            let streams = streams::list(conn)?;
            devices::list(conn)?.into_iter().map(|device| self.view(conn, device, &streams)).collect()
        })
    }

    /// Revokes a device. What of it is stored is accepted; what comes later is put into quarantine. A device that was
    /// revoked before stays so, with its first reason.
    ///
    /// # Errors
    /// A [`Refusal`] if there is no such device or no reason.
    pub fn revoke(&self, device: DeviceId, reason: &str, by: &By) -> Result<()> {
        let reason: String = reason.trim().chars().filter(|c| !c.is_control()).take(500).collect();
        if reason.is_empty() {
            let detail = "Say why the device is no longer trusted; it stands in the audit trail.";
            return Err(Refusal::new(422, "invalid", "A reason is missing.", detail).into());
        }
        let now = self.now();
        self.write(|tx| {
            devices::find(tx, device)?.ok_or_else(|| Refusal::not_found("There is no such device."))?;
            devices::revoke(tx, device, now, &reason)?;
            self.publish(tx, now, "device revoked")?;
            Ok(())
        })?;
        tracing::warn!(%device, "device revoked");
        self.event(by, "device_revoked", &[("device", device.to_string().into()), ("reason", reason.into())])
    }

    fn view(&self, conn: &Connection, device: DeviceRow, streams: &[Stream]) -> Result<DeviceView> {
        let credential_until = expiry::credential(&device)?.expires_at;
        let heard = self.inner().heard.last(device.id);
        let drift_ms = heard.as_ref().and_then(|heard| heard.drift_ms).or(device.drift_ms);
        let heard_at = heard.as_ref().map(|heard| heard.at).max(device.heard_at);
        let app = heard.and_then(|heard| heard.app).unwrap_or(device.app);
        let own = streams.iter().filter(|stream| stream.device == device.id);
        Ok(DeviceView {
            device: device.id,
            name: device.name,
            role: device.role,
            users: devices::people(conn, device.id)?,
            streams: own.map(|stream| stream_view(conn, stream)).collect::<Result<_>>()?,
            enrolled_at: device.enrolled_at,
            last_heard_at: heard_at,
            last_sent_at: device.sent_at,
            last_sent: device.sent,
            // The page shows the server's clock minus the device's.
            clock_drift_seconds: drift_ms.map(|ms| -ms / 1000),
            revoked_at: device.revoked_at,
            credential_until,
            expired: self.now() >= credential_until,
            app,
        })
    }
}

fn stream_view(conn: &Connection, stream: &Stream) -> Result<DeviceStream> {
    let state = match (stream.forked_at, stream.revoked_after) {
        (Some(_), _) => "forked",
        (None, Some(_)) => "revoked",
        (None, None) => "open",
    };
    Ok(DeviceStream {
        code: stream.code,
        stored_through: stream.head.seq,
        applied_through: streams::applied_through(conn, stream)?,
        state: state.to_owned(),
    })
}
