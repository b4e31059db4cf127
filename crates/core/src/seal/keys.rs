//! Signing and sealing keys.
//!
//! Every signature is bound to what it is for: the signed bytes begin with the name of the [`Context`] and a zero
//! byte, so that a signature over one kind of document is never one over another. Secrets are wiped when dropped and
//! never printed.

mod text;

use std::fmt;

use ed25519_dalek::Signer as _;
use hpke::{Deserializable as _, Kem as _, Serializable as _};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

type X25519 = hpke::kem::X25519HkdfSha256;

/// What a signature is for. The name is part of the signed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// A bundle's header and ciphertexts, by its packer.
    Bundle,
    /// A stream's head, by its author.
    StreamHead,
    /// A device's credential, by the server.
    Credential,
    /// A server's keys, by the study's root key.
    ServerKey,
    /// A study package, by the server.
    Package,
    /// The list of revoked devices, by the server.
    Revocations,
    /// An answer to "is it you?", by the server.
    Health,
    /// A device's introduction to a server that has forgotten it, by the device.
    Introduction,
    /// A custody transfer's content, by the person who signs it, through the device.
    Custody,
    /// What two laptops have said to each other, by either.
    Meeting,
    /// That a carrier holds bundles, by the carrier.
    Carried,
}

impl Context {
    /// Returns the name that precedes the signed bytes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bundle => "tsela/bundle/1",
            Self::StreamHead => "tsela/stream-head/1",
            Self::Credential => "tsela/credential/1",
            Self::ServerKey => "tsela/server-key/1",
            Self::Package => "tsela/package/1",
            Self::Revocations => "tsela/revocations/1",
            Self::Health => "tsela/health/1",
            Self::Introduction => "tsela/introduction/1",
            Self::Custody => "tsela/custody/1",
            Self::Meeting => "tsela/meeting/1",
            Self::Carried => "tsela/carried/1",
        }
    }

    fn message(self, bytes: &[u8]) -> Vec<u8> {
        [self.name().as_bytes(), &[0], bytes].concat()
    }
}

/// Bytes that are not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key: expected 64 hexadecimal digits of a valid public or secret key")]
pub struct BadKey;

/// A signature that this key did not make over these bytes for this purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not one of key {key} over this content")]
pub struct BadSignature {
    /// The key that was expected to have signed.
    pub key: KeyId,
}

/// The first eight bytes of the BLAKE3 hash of a public key: enough to find the key, not to trust it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

/// The first sixteen bytes of the BLAKE3 hash of a public key: enough to trust the key (128 bits against a second one).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 16]);

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// An Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyKey(ed25519_dalek::VerifyingKey);

/// An Ed25519 secret key; wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// An X25519 public key that sections are sealed to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealingPublic([u8; 32]);

/// An X25519 secret key that opens sections; wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SealingKey([u8; 32]);

impl SigningKey {
    /// Makes a new key from the given entropy.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self(ed25519_dalek::SigningKey::generate(rng))
    }

    /// Takes a secret key's 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(bytes))
    }

    /// Returns the 32 secret bytes, for the encrypted store only.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// Returns the public key.
    pub fn verify_key(&self) -> VerifyKey {
        VerifyKey(self.0.verifying_key())
    }

    /// Signs bytes for one purpose.
    pub fn sign(&self, context: Context, bytes: &[u8]) -> Signature {
        Signature(self.0.sign(&context.message(bytes)).to_bytes())
    }
}

impl VerifyKey {
    /// Takes a public key's 32 bytes; weak keys (of small order) are refused.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, BadKey> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| BadKey)?;
        if key.is_weak() { Err(BadKey) } else { Ok(Self(key)) }
    }

    /// Returns the 32 bytes of the key.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Returns the key's short name.
    pub fn id(&self) -> KeyId {
        KeyId(prefix(&self.to_bytes()))
    }

    /// Returns what a person or an enrolment code trusts this key by.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(prefix(&self.to_bytes()))
    }

    /// Checks a signature strictly: one message has one valid signature.
    pub fn verify(&self, context: Context, bytes: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0.verify_strict(&context.message(bytes), &signature).map_err(|_| BadSignature { key: self.id() })
    }
}

impl SealingKey {
    /// Makes a new key from the given entropy.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut rng = rng;
        let (secret, _) = X25519::gen_keypair_with_rng(&mut rng);
        Self::from_hpke(&secret)
    }

    /// Takes a secret key's 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    /// Returns the 32 secret bytes, for the encrypted store only.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0)
    }

    /// Returns the public key.
    pub fn public(&self) -> SealingPublic {
        let public = X25519::sk_to_pk(&self.to_hpke());
        SealingPublic(public.to_bytes().into())
    }

    pub(crate) fn to_hpke(&self) -> <X25519 as hpke::Kem>::PrivateKey {
        <X25519 as hpke::Kem>::PrivateKey::from_bytes(&self.0).expect("any 32 bytes are an X25519 secret key")
    }

    fn from_hpke(secret: &<X25519 as hpke::Kem>::PrivateKey) -> Self {
        Self(secret.to_bytes().into())
    }
}

impl SealingPublic {
    /// Takes a public key's 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    /// Returns the 32 bytes of the key.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// Returns the key's short name, as a bundle's header shows it.
    pub fn id(&self) -> KeyId {
        KeyId(prefix(&self.0))
    }
}

fn prefix<const N: usize>(public: &[u8; 32]) -> [u8; N] {
    let mut out = [0; N];
    blake3::Hasher::new().update(public).finalize_xof().fill(&mut out);
    out
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verify_key().id())
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.public().id())
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;
    use crate::seal::hex;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(7)
    }

    #[test]
    fn a_signature_holds_for_its_context_and_bytes_only() {
        let key = SigningKey::generate(&mut rng());
        let signature = key.sign(Context::Credential, b"lesedi");
        let public = key.verify_key();
        assert_eq!(public.verify(Context::Credential, b"lesedi", &signature), Ok(()));
        assert!(public.verify(Context::Health, b"lesedi", &signature).is_err());
        assert!(public.verify(Context::Credential, b"thabo", &signature).is_err());
    }

    #[test]
    fn debug_never_prints_a_secret() {
        let mut rng = rng();
        let (signing, sealing) = (SigningKey::generate(&mut rng), SealingKey::generate(&mut rng));
        let printed = format!("{signing:?} {sealing:?}");
        for secret in [signing.to_bytes(), sealing.to_bytes()] {
            assert!(!printed.contains(&hex::encode(&secret[..8])), "{printed}");
        }
    }

    #[test]
    fn keys_survive_their_text_form() {
        let mut rng = rng();
        let (signing, sealing) = (SigningKey::generate(&mut rng), SealingKey::generate(&mut rng));
        let text = serde_json::to_string(&(&signing, &sealing, signing.verify_key(), sealing.public())).unwrap();
        let back: (SigningKey, SealingKey, VerifyKey, SealingPublic) = serde_json::from_str(&text).unwrap();
        assert_eq!((back.0.verify_key(), back.1.public()), (back.2, back.3));
        assert_eq!(back.2, signing.verify_key());
        assert!(serde_json::from_str::<VerifyKey>("\"00\"").is_err());
        assert!("00".repeat(32).parse::<VerifyKey>().is_err(), "a weak key");
    }

    #[test]
    fn a_dynamic_generator_will_do() {
        let mut rng = rng();
        let dynamic: &mut dyn CryptoRng = &mut rng;
        SigningKey::generate(dynamic);
        SealingKey::generate(dynamic);
    }
}
