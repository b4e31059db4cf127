//! Newtypes for everything that has an identity in the journal.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use ts_rs::TS;
use uuid::Uuid;

use crate::alphabet;

macro_rules! uuid_newtype {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

uuid_newtype! {
    /// One record's identity for life; a UUIDv7.
    RecordId;
    /// The entries of one press of Save; a UUIDv7.
    SaveId;
    /// A person's id, given by the server.
    UserId;
    /// One enrolled laptop or server; a UUIDv7.
    DeviceId;
    /// One study.
    StudyId;
    /// One life of a server's database: a server restored from a backup gets another.
    Incarnation;
}

/// The three-character code that names a stream, unique in the study and printed in identifiers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, TS)]
#[ts(type = "string")]
pub struct StreamCode([u8; 3]);

/// A text that is not three characters of the identifier alphabet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a stream code: three characters of 0-9 A-Z without I, L, O, U")]
pub struct BadStreamCode(String);

impl StreamCode {
    /// How many codes there are: 32³.
    pub const COUNT: u32 = 32 * 32 * 32;

    /// Returns the code with this number, `None` from [`Self::COUNT`] on.
    pub fn from_number(n: u32) -> Option<Self> {
        (n < Self::COUNT).then(|| {
            let digit = |shift: u32| alphabet::character(((n >> shift) & 31) as u8) as u8;
            Self([digit(10), digit(5), digit(0)])
        })
    }

    /// Returns the text of the code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for StreamCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for StreamCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for StreamCode {
    type Err = BadStreamCode;

    /// Reads a code in its printed form, exactly: nothing is corrected, as the text may be part of signed bytes.
    fn from_str(text: &str) -> Result<Self, BadStreamCode> {
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_| BadStreamCode(text.to_owned()))?;
        if bytes.iter().all(|b| alphabet::ALPHABET.contains(b)) {
            Ok(Self(bytes))
        } else {
            Err(BadStreamCode(text.to_owned()))
        }
    }
}

impl Serialize for StreamCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for StreamCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// One entry's place in the world: its stream and its number there. Written `A01:17`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, TS)]
#[ts(type = "string")]
pub struct Dot {
    /// The stream that holds the entry.
    pub stream: StreamCode,
    /// The entry's number, from 1.
    pub seq: u64,
}

/// A text that is not a dot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not of the form A01:17")]
pub struct BadDot(String);

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.stream, self.seq)
    }
}

impl fmt::Debug for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Dot {
    type Err = BadDot;

    fn from_str(text: &str) -> Result<Self, BadDot> {
        let bad = || BadDot(text.to_owned());
        let (stream, seq) = text.split_once(':').ok_or_else(bad)?;
        let seq: u64 = seq.parse().map_err(|_| bad())?;
        if seq == 0 {
            return Err(bad());
        }
        Ok(Self { stream: stream.parse().map_err(|_| bad())?, seq })
    }
}

impl Serialize for Dot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Dot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
