//! Keys, ids and signatures as lower-case hexadecimal text, in JSON and on screen. Secrets have no `Display`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zeroize::Zeroizing;

use super::{BadKey, Fingerprint, KeyId, SealingKey, SealingPublic, Signature, SigningKey, VerifyKey};
use crate::seal::hex;

macro_rules! hex_text {
    ($name:ident, public) => {
        hex_text!($name);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex::write(f, self.raw().as_slice())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
    ($name:ident) => {
        impl FromStr for $name {
            type Err = BadKey;

            /// Reads lower-case hexadecimal text.
            fn from_str(text: &str) -> Result<Self, BadKey> {
                let bytes = Zeroizing::new(hex::decode(text).ok_or(BadKey)?);
                Self::from_raw(&bytes)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&Zeroizing::new(hex::encode(self.raw().as_slice())))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

hex_text!(KeyId, public);
hex_text!(Fingerprint, public);
hex_text!(Signature, public);
hex_text!(VerifyKey, public);
hex_text!(SealingPublic, public);
hex_text!(SigningKey);
hex_text!(SealingKey);

macro_rules! raw_bytes {
    ($($name:ident: $len:literal, $raw:expr, $from:expr;)*) => {$(
        impl $name {
            fn raw(&self) -> Zeroizing<[u8; $len]> {
                let raw: fn(&Self) -> [u8; $len] = $raw;
                Zeroizing::new(raw(self))
            }

            fn from_raw(bytes: &[u8; $len]) -> Result<Self, BadKey> {
                let from: fn(&[u8; $len]) -> Result<Self, BadKey> = $from;
                from(bytes)
            }
        }
    )*};
}

raw_bytes! {
    KeyId: 8, |k| k.0, |b| Ok(Self(*b));
    Fingerprint: 16, |k| k.0, |b| Ok(Self(*b));
    Signature: 64, |k| k.0, |b| Ok(Self(*b));
    VerifyKey: 32, Self::to_bytes, Self::from_bytes;
    SealingPublic: 32, |k| k.0, |b| Ok(Self(*b));
    SigningKey: 32, |k| k.0.to_bytes(), |b| Ok(Self::from_bytes(b));
    SealingKey: 32, |k| k.0, |b| Ok(Self::from_bytes(b));
}
