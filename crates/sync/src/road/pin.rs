//! TLS that trusts one key and nothing else.
//!
//! A community server has no name that a public authority would vouch for, and a laptop's clock may be years off. So
//! what counts is the key: the SHA-256 of the certificate's SubjectPublicKeyInfo is compared with the pinned one. Names
//! and dates of the certificate are not looked at. That the peer holds the key is proved by the handshake signature,
//! which is verified in full.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use sha2::{Digest as _, Sha256};
use tsela_core::seal::hex;

/// Bytes of one TLS record that leaves. A record that was cut off is lost whole, so the usual 16 KiB would undo that
/// transfers go on where they broke off; at 2 KiB the records' own bytes are one in a hundred.
const RECORD: usize = 2 * 1024;

/// SHA-256 of a DER SubjectPublicKeyInfo.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spki(pub [u8; 32]);

/// The server showed another key than the pinned one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongPin {
    /// What it showed; `None` if it could not prove that it holds the key.
    pub found: Option<Spki>,
}

/// Which keys are trusted.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Only these. More than one while a server changes its key.
    Pinned(Vec<Spki>),
    /// Any, which is noted: for first contact only, before anything secret is sent.
    FirstContact(Seen),
}

/// Where the key of a first contact is noted.
#[derive(Debug, Clone, Default)]
pub struct Seen(Arc<Mutex<Option<Spki>>>);

impl Seen {
    /// Returns the key of the last handshake.
    pub fn get(&self) -> Option<Spki> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, spki: Spki) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(spki);
    }
}

impl Spki {
    /// Returns the key of a certificate.
    ///
    /// # Errors
    /// What is wrong with the certificate's form.
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Self, Error> {
        let spki = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        Ok(Self(Sha256::digest(spki.as_ref()).into()))
    }
}

/// Returns a TLS configuration with this trust, without the process-wide provider.
pub fn client_config(trust: Trust) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = PinVerifier { trust, provider: Arc::clone(&provider) };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the protocol versions that rustls enables by default")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.max_fragment_size = Some(RECORD);
    config
}

#[derive(Debug)]
struct PinVerifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = Spki::of(end_entity)?;
        match &self.trust {
            Trust::Pinned(pins) if pins.contains(&found) => Ok(ServerCertVerified::assertion()),
            Trust::Pinned(_) => {
                let wrong = WrongPin { found: Some(found) };
                Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(wrong)))))
            }
            Trust::FirstContact(seen) => {
                seen.note(found);
                Ok(ServerCertVerified::assertion())
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl fmt::Display for Spki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(f, &self.0)
    }
}

impl fmt::Debug for Spki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spki({self})")
    }
}

impl fmt::Display for WrongPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found {
            Some(found) => write!(f, "the server shows key {found}, which is not the pinned one"),
            None => f.write_str("the server did not prove that it holds the key it shows"),
        }
    }
}

impl std::error::Error for WrongPin {}
