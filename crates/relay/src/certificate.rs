//! The TLS key of a carrier: made once, kept in its encrypted store.

use tsela_core::seal::hex;
use tsela_store::{Store, StoreError, meta};
use tsela_sync::{
    road::pin::Spki,
    tls::{self, TlsError},
};
use zeroize::Zeroizing;

const KEY: &str = "carrier_tls_key";
const CERTIFICATE: &str = "carrier_tls_certificate";
const SPKI: &str = "carrier_tls_spki";

/// A carrier's TLS key with its certificate.
pub(crate) struct Certificate {
    pub key: Zeroizing<Vec<u8>>,
    pub certificate: Vec<u8>,
    pub spki: Spki,
}

/// Returns the carrier's key and certificate; the first time they are made.
pub(crate) fn of(store: &Store) -> Result<Certificate, CertificateError> {
    let read = |conn: &tsela_store::Connection| {
        Ok((meta::get(conn, KEY)?.map(Zeroizing::new), meta::get(conn, CERTIFICATE)?, meta::get(conn, SPKI)?))
    };
    if let (Some(key), Some(certificate), Some(spki)) = store.read(read)? {
        let damaged = || StoreError::damaged("the carrier's key", "it cannot be read");
        let key = Zeroizing::new(bytes(&key).ok_or_else(damaged)?);
        let certificate = bytes(&certificate).ok_or_else(damaged)?;
        return Ok(Certificate { key, certificate, spki: Spki(hex::decode(&spki).ok_or_else(damaged)?) });
    }
    let made = tls::generate("Tsela carrier")?;
    store.write(|tx| {
        meta::set(tx, KEY, Zeroizing::new(hex::encode(&made.key)).as_str())?;
        meta::set(tx, CERTIFICATE, hex::encode(&made.certificate))?;
        meta::set(tx, SPKI, hex::encode(&made.spki_sha256))
    })?;
    Ok(Certificate { key: made.key, certificate: made.certificate, spki: Spki(made.spki_sha256) })
}

/// Reads hexadecimal text of any length.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.chars().map(digit).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The library.
    #[error(transparent)]
    Tls(#[from] TlsError),
}
