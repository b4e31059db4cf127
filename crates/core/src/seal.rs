//! Keys, signatures and the seal that keeps a bundle's sections closed on the road.
//!
//! Everything that needs entropy takes it as an argument, so that layouts can be frozen by tests with a seeded
//! generator.

pub mod hex;
pub mod keys;
mod padme;
pub mod section;

pub use keys::{
    BadKey, BadSignature, Context, Fingerprint, KeyId, SealingKey, SealingPublic, Signature, SigningKey, VerifyKey,
};
