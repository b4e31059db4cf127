//! When a device's credential ends, and its renewal: by this server's clock alone.

use rusqlite::Connection;
use tsela_core::{api::codes, credential::Credential, ids::DeviceId, time::Timestamp, trust::Signed};
use tsela_store::server::{
    devices::{self, DeviceRow},
    stream_codes,
};

use crate::{
    admin::By,
    enrol::{DAY_MS, damaged, read_credential},
    error::{Refusal, Result},
    server::Server,
};

/// Refuses a device whose credential has expired.
///
/// # Errors
/// A [`Refusal`] with code `credential_expired`.
pub(crate) fn check(device: &DeviceRow, now: Timestamp) -> Result<()> {
    of(&credential(device)?, now)?;
    Ok(())
}

/// The same of a credential that was read.
pub(crate) fn of(credential: &Credential, now: Timestamp) -> Result<(), Refusal> {
    if now < credential.expires_at {
        return Ok(());
    }
    let detail = format!(
        "It ended at {}. Nothing on the laptop is lost: ask the administrator to renew it, then push again.",
        credential.expires_at
    );
    Err(Refusal::new(403, codes::CREDENTIAL_EXPIRED, "This laptop's credential has expired.", detail))
}

/// Returns a device's credential, which this server has signed and keeps.
pub(crate) fn credential(device: &DeviceRow) -> Result<Credential> {
    read_credential(device)?.read_unverified().map_err(|e| damaged(&e))
}

impl Server {
    /// Renews a device's credential before or after its end, for another full period.
    ///
    /// # Errors
    /// A [`Refusal`] if there is no such device or it was revoked.
    pub fn renew(&self, device: DeviceId, by: &By) -> Result<Timestamp> {
        let now = self.now();
        let until = self.write(|tx| {
            let row = devices::find(tx, device)?.ok_or_else(|| Refusal::not_found("There is no such device."))?;
            if row.revoked_at.is_some() {
                return Err(Refusal::revoked().into());
            }
            let renewed = self.renew_credential(tx, &row, now)?;
            self.publish(tx, now, "credential renewed")?;
            Ok(renewed.read_unverified().map_err(|e| damaged(&e))?.expires_at)
        })?;
        let fields = [("device", device.to_string().into()), ("until", until.to_string().into())];
        self.event(by, "credential_renewed", &fields)?;
        Ok(until)
    }

    /// Signs a device a new credential with all its codes, for a full period from now.
    pub(crate) fn renew_credential(
        &self,
        tx: &Connection,
        device: &DeviceRow,
        now: Timestamp,
    ) -> Result<Signed<Credential>> {
        let mut renewed = credential(device)?;
        renewed.codes = stream_codes::of_device(tx, device.id)?;
        renewed.issued_at = now;
        renewed.expires_at = renewed.expires_at.max(self.expires(tx, now)?);
        renewed.server_epoch = self.identity().document().epoch;
        let signed = Signed::sign(&renewed, self.identity().signing());
        let text = serde_json::to_string(&signed).map_err(|e| damaged(&e))?;
        devices::set_credential(tx, device.id, &text)?;
        Ok(signed)
    }

    /// Says whether less than half of the study's period is left: time to renew, for a device that comes by.
    pub(crate) fn is_renewal_due(&self, tx: &Connection, credential: &Credential, now: Timestamp) -> Result<bool> {
        let period = self.expires(tx, now)?.millis_since(now);
        Ok(credential.expires_at.millis_since(now) < period / 2)
    }

    /// Returns when a credential ends that is issued now.
    pub(crate) fn expires(&self, tx: &Connection, now: Timestamp) -> Result<Timestamp> {
        let days = self.published(tx)?.package.enrolment.credential_days.max(1);
        Ok(now.plus_millis(i64::from(days) * DAY_MS))
    }
}
