//! Where a carrier is, as people read it, type it and scan it.

use std::{fmt, str::FromStr};

use qrcode::{EcLevel, QrCode, render::svg};
use tsela_core::seal::hex;
use tsela_sync::road::pin::Spki;

/// What a picture of the address begins with, so that a scanner knows it from a tube.
const SCHEME: &str = "tsela-carrier:";

/// Where a carrier is: `192.168.43.7:8444`, and in a picture the key of its connection too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierAddress {
    /// Name or number, and port.
    pub host: String,
    /// The key that it must show; one that was typed has none, and the credentials and digits say who it is.
    pub pin: Option<Spki>,
}

/// A text that is not a carrier's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not the address of a driver's laptop: it looks like 192.168.43.7:8444, as the driver's screen shows it"
)]
pub struct BadAddress(pub String);

impl CarrierAddress {
    /// Returns what a picture holds as a QR code: SVG text; empty if it is too long for one, which no address is.
    pub fn qr_svg(&self) -> String {
        let code = QrCode::with_error_correction_level(self.to_string(), EcLevel::M).ok();
        let draw = |code: QrCode| code.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build();
        code.map(draw).unwrap_or_default()
    }

    /// Returns the address for a connection.
    pub fn url(&self) -> String {
        format!("https://{}", self.host)
    }
}

impl FromStr for CarrierAddress {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress(text.chars().take(100).collect());
        let rest = text.trim();
        let rest = rest.strip_prefix(SCHEME).or_else(|| rest.strip_prefix("https://")).unwrap_or(rest);
        let (host, pin) = rest.split_once('#').map_or((rest, None), |(host, pin)| (host, Some(pin)));
        let host = host.trim_end_matches('/');
        let (name, port) = host.rsplit_once(':').ok_or_else(bad)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "[]:.-%".contains(c);
        if name.is_empty() || host.len() > 255 || !name.chars().all(allowed) || port.parse::<u16>().is_err() {
            return Err(bad());
        }
        let pin = pin.map(|pin| hex::decode(pin).map(Spki).ok_or_else(bad)).transpose()?;
        Ok(Self { host: host.to_owned(), pin })
    }
}

impl fmt::Display for CarrierAddress {
    /// Writes what a picture holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.host)?;
        match self.pin {
            Some(pin) => write!(f, "#{}", hex::encode(&pin.0)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn survives_its_text() {
        let address = CarrierAddress { host: "192.168.43.7:8444".to_owned(), pin: Some(Spki([7; 32])) };
        assert_eq!(address.to_string().parse(), Ok(address));
        let typed: CarrierAddress = " driver-1.local:8444 ".parse().unwrap();
        assert_eq!((typed.host.as_str(), typed.pin), ("driver-1.local:8444", None));
        assert_eq!("[fe80::1]:9".parse::<CarrierAddress>().unwrap().url(), "https://[fe80::1]:9");
    }

    #[test]
    fn refuses_what_is_none() {
        let long = format!("{}:1", "a".repeat(300));
        for text in ["", "192.168.43.7", "host:99999", "host:x", ":8444", "a b:1", "u@h:1", "h:1#zz", "h/x:1", &long] {
            assert!(text.parse::<CarrierAddress>().is_err(), "{text}");
        }
    }
}
