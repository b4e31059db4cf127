//! The TLS key and certificate of whoever listens: a server, or a carrier.
//!
//! Devices pin the key, by the SHA-256 of its public half as the certificate holds it, and look at nothing else of the
//! certificate: no name, no dates. So it is self-signed and practically never expires; browsers of the pages ask once.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData as _};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// What the TLS library says of a key or a certificate.
#[derive(Debug, thiserror::Error)]
#[error("the TLS key or certificate cannot be used: {0}")]
pub struct TlsError(pub String);

/// A TLS key with its certificate.
pub struct TlsIdentity {
    /// PKCS #8 of the key.
    pub key: Zeroizing<Vec<u8>>,
    /// DER of the certificate.
    pub certificate: Vec<u8>,
    /// SHA-256 of the certificate's SubjectPublicKeyInfo.
    pub spki_sha256: [u8; 32],
}

fn failed(error: impl std::fmt::Display) -> TlsError {
    TlsError(error.to_string())
}

/// Makes a P-256 key and a self-signed certificate for it, in the name of whoever listens.
///
/// # Errors
/// What the library said.
pub fn generate(name: &str) -> Result<TlsIdentity, TlsError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).map_err(failed)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2120, 1, 1);
    let certificate = params.self_signed(&key).map_err(failed)?;
    let spki_sha256 = Sha256::digest(key.subject_public_key_info()).into();
    Ok(TlsIdentity { key: Zeroizing::new(key.serialize_der()), certificate: certificate.der().to_vec(), spki_sha256 })
}

/// Returns the configuration of a TLS server: TLS 1.2 and 1.3 with ring, HTTP/1.1.
///
/// # Errors
/// What the library said of key or certificate.
pub fn server_config(key: &[u8], certificate: &[u8]) -> Result<Arc<ServerConfig>, TlsError> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate.to_vec())], key)
        .map_err(failed)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
