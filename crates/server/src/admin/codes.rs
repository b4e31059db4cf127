//! Enrolment codes: made for one device, shown once.

use qrcode::{EcLevel, QrCode, render::svg};
use tsela_core::{
    enrolment::{EnrolmentCode, EnrolmentSecret},
    time::Timestamp,
};
use tsela_rpc::schema::server::CodeRow;
use tsela_store::{
    StoreError, meta,
    server::{
        devices,
        enrolment::{self, EnrolmentRow},
    },
};

use super::By;
use crate::{
    enrol::device_role,
    entropy,
    error::{Refusal, Result, ServerError},
    identity,
    server::Server,
};

const MINUTE_MS: i64 = 60 * 1000;
/// The longest that a code may be open: a week, in minutes.
const MAX_MINUTES: u32 = 7 * 24 * 60;

/// An enrolment code that was made.
#[derive(Debug, Clone)]
pub struct MadeCode {
    /// The code; its text is shown once and not kept.
    pub code: EnrolmentCode,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl MadeCode {
    /// Returns the code as a QR picture: SVG text.
    ///
    /// # Errors
    /// If the code is too long for a QR code, which an address of at most 255 bytes is not.
    pub fn qr_svg(&self) -> Result<String> {
        let too_long = |e| StoreError::Internal(format!("a QR code: {e}"));
        let code = QrCode::with_error_correction_level(self.code.to_string(), EcLevel::M).map_err(too_long)?;
        Ok(code.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(true).build())
    }
}

impl Server {
    /// Makes an enrolment code for one device: role `field` or `carrier`, open for the study's usual time unless
    /// `minutes` says otherwise (1 to 10,080). `url` is where laptops reach the server; where `serve` last listened if
    /// `None`.
    ///
    /// # Errors
    /// [`ServerError::NoAddress`] if no address is known; a [`Refusal`] for an unknown role or address.
    pub fn make_code(
        &self,
        role: &str,
        minutes: Option<u32>,
        note: &str,
        url: Option<&str>,
        by: &By,
    ) -> Result<MadeCode> {
        let role = match device_role(role) {
            Some(tsela_core::credential::DeviceRole::Carrier) => "carrier",
            Some(_) => "field",
            None => {
                let detail = format!("{role:?} is not a role of a device: use field or carrier.");
                return Err(Refusal::new(422, "invalid", "There is no such role.", detail).into());
            }
        };
        let usual = self.newest_package()?.package.enrolment.code_minutes;
        let minutes = minutes.unwrap_or(usual).clamp(1, MAX_MINUTES);
        let url = match url {
            Some(url) => check_url(url)?,
            None => self.read(|conn| Ok(meta::get(conn, identity::URL)?))?.ok_or(ServerError::NoAddress)?,
        };
        let secret = EnrolmentSecret::generate(&mut entropy());
        let (now, hash) = (self.now(), secret.hash());
        let code = EnrolmentCode::new(&url, self.identity().fingerprint(), secret)
            .map_err(|e| Refusal::new(422, "invalid", "The address cannot be used.", e.to_string()))?;
        let row = EnrolmentRow {
            hash,
            role: role.to_owned(),
            note: note.chars().filter(|c| !c.is_control()).take(200).collect(),
            made_at: now,
            made_by: by.name.clone(),
            expires_at: now.plus_millis(i64::from(minutes) * MINUTE_MS),
            used_at: None,
            device: None,
            account: None,
        };
        self.write(|tx| Ok(enrolment::add(tx, &row)?))?;
        self.event(by, "enrolment_code_made", &[("role", role.into())])?;
        Ok(MadeCode { code, expires_at: row.expires_at })
    }

    /// Lists enrolment codes, the newest first.
    ///
    /// # Errors
    /// What the disk said.
    pub fn codes(&self) -> Result<Vec<CodeRow>> {
        let now = self.now();
        self.read(|conn| {
            let rows = enrolment::list(conn)?.into_iter();
            rows.map(|row| {
                let used_by = row.device.map(|id| devices::find(conn, id)).transpose()?.flatten();
                let state = match row.used_at {
                    Some(_) => "used",
                    None if now >= row.expires_at => "expired",
                    None => "open",
                };
                Ok(CodeRow {
                    created_at: row.made_at,
                    created_by: row.made_by,
                    expires_at: row.expires_at,
                    role: row.role,
                    note: row.note,
                    state: state.to_owned(),
                    used_by: used_by.map(|device| device.name),
                })
            })
            .collect()
        })
    }
}

/// Takes an address as typed: `https://host[:port]`; plain HTTP for loopback only.
fn check_url(url: &str) -> Result<String, Refusal> {
    let refuse = |detail: &str| Refusal::new(422, "invalid", "The address cannot be used.", detail.to_owned());
    let url = url.trim().trim_end_matches('/');
    let (scheme, host) = url.split_once("://").ok_or_else(|| refuse("It must begin with https://."))?;
    if host.is_empty() || host.chars().any(|c| c.is_whitespace() || c.is_control() || "/?#@".contains(c)) {
        return Err(refuse("It must be https://, a host name or address, and if needed a colon and a port."));
    }
    let loopback = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|local| host.strip_prefix(local).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')));
    match scheme {
        "https" => Ok(url.to_owned()),
        "http" if loopback => Ok(url.to_owned()),
        _ => Err(refuse("It must begin with https://.")),
    }
}

#[cfg(test)]
mod tests {
    use super::check_url;

    #[test]
    fn an_address_is_https_or_loopback() {
        for good in ["https://clinic.example:8443", "https://10.0.0.7/", "http://127.0.0.1:8080", "http://localhost"] {
            check_url(good).unwrap();
        }
        for bad in ["clinic", "http://10.0.0.7", "http://localhost.evil", "https://", "https://a b", "https://u@h/x"] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}
