//! The specimen manifest: what a carrier may know of the tubes it carries.
//!
//! A snapshot, not a delta: every tube of one stream that no hand-over has closed yet, with its state. The highest
//! number wins. Nothing of a participant can be in it, by construction: a tube is an identifier of the printed
//! alphabet, two codes of the study package, a time and a state, and there is no free text.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    alphabet,
    ids::{DeviceId, StreamCode},
    time::Timestamp,
};

/// Most tubes in one manifest.
pub const MAX_TUBES: usize = 4096;

/// Most bytes of a manifest.
const MAX_BYTES: usize = 1024 * 1024;

/// Longest specimen identifier and code, in characters.
const MAX_TEXT: usize = 32;

/// A text that may not stand in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not a specimen identifier.
    #[error("{0:?} is not a specimen identifier: 1 to 32 characters of 0-9 A-Z without I, L, O, U")]
    Specimen(String),
    /// Not a code of the study package.
    #[error("{0:?} is not a code: 1 to 32 characters of a-z 0-9 _")]
    Code(String),
    /// Not a manifest.
    #[error("the manifest cannot be read: {0}")]
    Unreadable(String),
    /// Longer than any manifest.
    #[error("a manifest has at most {MAX_BYTES} bytes, not {0}")]
    TooLarge(usize),
    /// Too many tubes.
    #[error("a manifest lists at most {MAX_TUBES} tubes, not {0}")]
    TooMany(usize),
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $error:ident, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = ManifestError;
            fn from_str(text: &str) -> Result<Self, ManifestError> {
                let allowed: fn(u8) -> bool = $allowed;
                if (1..=MAX_TEXT).contains(&text.len()) && text.bytes().all(allowed) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(ManifestError::$error(text.to_owned()))
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
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

checked_text! {
    /// What is printed on a tube.
    SpecimenCode, Specimen, |b| alphabet::ALPHABET.contains(&b)
}
checked_text! {
    /// A code of the study package: a panel or a tube type.
    PackageCode, Code, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'
}

/// Where a tube is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TubeState {
    /// Requisitioned, not drawn.
    Planned,
    /// Drawn and labelled.
    Collected,
    /// In a bag.
    Packed,
    /// With a carrier.
    WithCarrier,
    /// At the lab.
    Received,
    /// Fit for testing.
    Accepted,
    /// Unfit for testing.
    Rejected,
    /// To be drawn again.
    RecollectionRequested,
    /// Expected and not there.
    Missing,
    /// Was missing and turned up.
    Found,
}

impl TubeState {
    /// Returns its code, as in manifests and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Collected => "collected",
            Self::Packed => "packed",
            Self::WithCarrier => "with_carrier",
            Self::Received => "received",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::RecollectionRequested => "recollection_requested",
            Self::Missing => "missing",
            Self::Found => "found",
        }
    }
}

/// One tube or card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tube {
    /// What is printed on it.
    pub specimen: SpecimenCode,
    /// The panel it was drawn for.
    pub panel: PackageCode,
    /// Kind of tube or card.
    pub tube_type: PackageCode,
    /// When it was drawn; `None` while planned.
    pub drawn_at: Option<Timestamp>,
    /// Where it is.
    pub state: TubeState,
}

/// All tubes of one stream that no hand-over has closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Number of this snapshot in its stream, dense from 1.
    pub number: u64,
    /// The device that wrote it.
    pub device: DeviceId,
    /// The stream whose tubes these are.
    pub stream: StreamCode,
    /// When it was taken.
    pub at: Timestamp,
    /// The tubes, in order of their identifiers.
    pub tubes: Vec<Tube>,
}

impl Manifest {
    /// Takes a snapshot; the tubes are put in order, so that equal snapshots have equal bytes.
    pub fn new(
        number: u64,
        device: DeviceId,
        stream: StreamCode,
        at: Timestamp,
        mut tubes: Vec<Tube>,
    ) -> Result<Self, ManifestError> {
        if tubes.len() > MAX_TUBES {
            return Err(ManifestError::TooMany(tubes.len()));
        }
        tubes.sort_by(|a, b| a.specimen.cmp(&b.specimen));
        Ok(Self { number, device, stream, at, tubes })
    }

    /// Returns the bytes that section M holds: JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a manifest has text keys and no fractions")
    }

    /// Reads section M.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > MAX_BYTES {
            return Err(ManifestError::TooLarge(bytes.len()));
        }
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| ManifestError::Unreadable(error.to_string()))?;
        if manifest.tubes.len() > MAX_TUBES {
            return Err(ManifestError::TooMany(manifest.tubes.len()));
        }
        Ok(manifest)
    }

    /// Says whether this snapshot replaces another of the same stream.
    pub fn replaces(&self, other: &Self) -> bool {
        self.stream == other.stream && self.number > other.number
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn tube(specimen: &str) -> Tube {
        Tube {
            specimen: specimen.parse().unwrap(),
            panel: "viral_load".parse().unwrap(),
            tube_type: "edta".parse().unwrap(),
            drawn_at: Some(Timestamp(1_772_430_000_000)),
            state: TubeState::Collected,
        }
    }

    fn manifest() -> Manifest {
        let tubes = vec![tube("A01000201B"), tube("A01000101A")];
        Manifest::new(3, DeviceId(Uuid::from_u128(7)), "A01".parse().unwrap(), Timestamp(1_772_431_000_000), tubes)
            .unwrap()
    }

    #[test]
    fn layout_is_frozen() {
        insta::assert_snapshot!(String::from_utf8(manifest().to_bytes()).unwrap());
    }

    #[test]
    fn survives_its_bytes_and_refuses_what_it_does_not_know() {
        let manifest = manifest();
        assert_eq!(Manifest::from_bytes(&manifest.to_bytes()), Ok(manifest.clone()));
        let text = String::from_utf8(manifest.to_bytes()).unwrap();
        assert!(
            Manifest::from_bytes(text.replace("\"number\"", "\"name\":\"KEFILWE\",\"number\"").as_bytes()).is_err()
        );
    }

    #[test]
    fn no_free_text_fits() {
        for text in ["KEFILWE DUBE", "Kefilwe", "", "066-01-A01-0001-X", &"A".repeat(33)] {
            assert!(text.parse::<SpecimenCode>().is_err(), "{text}");
            assert!(text.parse::<PackageCode>().is_err(), "{text}");
        }
    }
}
