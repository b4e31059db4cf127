//! Attachments: a photo of a signed consent, of a tube, a scanned page.
//!
//! An attachment is a record like any other, so that it is journaled, folds and can be voided; it names its *content* by
//! the BLAKE3 of its bytes. The bytes are never in the journal: they travel after the records, in [parts](Part), and two
//! attachments with the same bytes share one content. What kind of file it is is read from its first bytes, never from
//! its name.

mod name;
mod part;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

pub use name::{MAX_NAME, file_name};
pub use part::{BAD_LINK_PART, BLOCK, MAX_PART, Part, PartError, Span, USUAL_PART, lacking};

use crate::seal::hex;

/// Most bytes of a content, whatever a study allows: it is checked, shown and served as a whole.
pub const MAX_CONTENT: usize = 20 * 1024 * 1024;
/// Most bytes of a content unless the study package says otherwise: a photo of twelve megapixels, or a few scanned pages.
pub const USUAL_LIMIT: i64 = 8 * 1024 * 1024;
/// The media types that an attachment may have.
pub const MEDIA_TYPES: &[&str] = &["image/jpeg", "image/png", "image/webp", "application/pdf"];

/// What an attachment holds, named by the BLAKE3 of its bytes. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId(pub [u8; 32]);

/// A text that is not a content's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a content is 64 hexadecimal digits")]
pub struct BadContentId;

/// What kind of file a content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaType {
    /// A photo.
    Jpeg,
    /// A picture without loss.
    Png,
    /// A photo in a newer form.
    Webp,
    /// Pages.
    Pdf,
}

impl ContentId {
    /// Names a content.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl MediaType {
    /// Reads the kind of a file from its first bytes; `None` if it is none that an attachment may have.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            _ => None,
        }
    }

    /// Returns its name, as in records and in HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    /// Says whether it is a picture that a page may show.
    pub fn is_picture(self) -> bool {
        self != Self::Pdf
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(f, &self.0)
    }
}

impl fmt::Debug for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentId({self})")
    }
}

impl FromStr for ContentId {
    type Err = BadContentId;

    fn from_str(text: &str) -> Result<Self, BadContentId> {
        hex::decode(text).map(Self).ok_or(BadContentId)
    }
}

impl Serialize for ContentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
