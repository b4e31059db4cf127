//! A part of a content on its way: small, so that a broken transfer costs little, and an ordinary bundle, so that any road
//! carries it.
//!
//! Section P of a bundle of kind 4: layout (1 byte, 1), the content's BLAKE3 (32), its size (4, little-endian), the offset
//! of this part in it (4), and the bytes. A part begins at a whole [block](BLOCK) and ends at one, or where the content
//! ends, so that what a server has of a content is a set of blocks, whatever the sizes of the parts.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{ContentId, MAX_CONTENT};
use crate::{
    bundle::{self, BundleKind, PackError, PackRequest, SectionName, SectionRequest},
    bytes::Reader,
    ids::{DeviceId, StudyId},
    seal::{SealingPublic, SigningKey},
};

/// Bytes of a block.
pub const BLOCK: usize = 16 * 1024;
/// Bytes of a part on a usual link.
pub const USUAL_PART: usize = 64 * 1024;
/// Bytes of a part on a bad link.
pub const BAD_LINK_PART: usize = BLOCK;
/// Most bytes of a part: pictures do not shrink, and a bundle has at most 1 MiB.
pub const MAX_PART: usize = 512 * 1024;

const LAYOUT: u8 = 1;

/// A part of a content.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Of what.
    pub content: ContentId,
    /// Bytes of the whole content.
    pub total: usize,
    /// Where in it this part begins, bytes.
    pub offset: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Bytes of a content, from one on and up to another, which is not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub from: usize,
    /// The byte behind the last one.
    pub to: usize,
}

/// Why bytes are no part of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// Written by a newer version.
    #[error("the part is laid out in a way ({0}) that this version of Tsela does not know: update Tsela")]
    UnknownLayout(u8),
    /// More than an attachment, or a part of one, may hold.
    #[error("the part declares more than an attachment may hold")]
    TooLarge,
    /// Bytes end too early, or the numbers contradict each other.
    #[error("the part is malformed: {0}")]
    Malformed(&'static str),
}

impl Part {
    /// Returns the bytes that section P holds.
    pub fn to_bytes(&self) -> Vec<u8> {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        let mut out = Vec::with_capacity(41 + self.bytes.len());
        out.push(LAYOUT);
        out.extend_from_slice(&self.content.0);
        out.extend_from_slice(&number(self.total));
        out.extend_from_slice(&number(self.offset));
        out.extend_from_slice(&self.bytes);
        out
    }

    /// Reads section P; everything that it declares is within bounds afterwards.
    ///
    /// # Errors
    /// [`PartError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PartError> {
        let cut = PartError::Malformed("it ends too early");
        let mut reader = Reader::new(bytes);
        match reader.u8().ok_or(cut)? {
            LAYOUT => {}
            other => return Err(PartError::UnknownLayout(other)),
        }
        let content = ContentId(reader.array().ok_or(cut)?);
        let (total, offset) = (reader.u32().ok_or(cut)? as usize, reader.u32().ok_or(cut)? as usize);
        let bytes = reader.rest();
        if total > MAX_CONTENT || bytes.len() > MAX_PART {
            return Err(PartError::TooLarge);
        }
        let end = offset + bytes.len();
        if bytes.is_empty() || end > total {
            return Err(PartError::Malformed("it is not within its content"));
        }
        if !offset.is_multiple_of(BLOCK) || (!end.is_multiple_of(BLOCK) && end != total) {
            return Err(PartError::Malformed("it does not begin and end at blocks"));
        }
        Ok(Self { content, total, offset, bytes: bytes.to_vec() })
    }

    /// Returns the blocks of the part, each with its number.
    pub fn blocks(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.bytes.chunks(BLOCK).enumerate().map(|(n, block)| (self.offset / BLOCK + n, block))
    }

    /// Packs the part as a bundle, sealed to whom journals are sealed.
    ///
    /// # Errors
    /// [`PackError`], such as a key that nothing can be sealed to.
    pub fn pack(
        &self,
        (study, packer): (StudyId, DeviceId),
        signing_key: &SigningKey,
        recipients: &[SealingPublic],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, PackError> {
        let plaintext = self.to_bytes();
        let section =
            SectionRequest { name: SectionName::Payload, plaintext: &plaintext, recipients: recipients.to_vec() };
        let kind = BundleKind::Attachment;
        bundle::pack(PackRequest { kind, study, packer, signing_key, sections: vec![section] }, rng)
    }
}

/// Without the bytes.
impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = self.bytes.len();
        f.debug_struct("Part")
            .field("content", &self.content)
            .field("offset", &self.offset)
            .field("length", &length)
            .finish_non_exhaustive()
    }
}

/// Returns what a part may hold next of a content of which some spans are there already: at most `most` bytes, from the
/// first byte that is lacking; `None` if nothing is. Spans that a server did not cut at blocks count up to the block.
pub fn lacking(total: usize, held: &[Span], most: usize) -> Option<Span> {
    let most = (most / BLOCK).max(1) * BLOCK;
    let has = |block: usize| {
        let (from, to) = (block * BLOCK, ((block + 1) * BLOCK).min(total));
        held.iter().any(|span| span.from <= from && to <= span.to)
    };
    let blocks = total.div_ceil(BLOCK);
    let first = (0..blocks).find(|block| !has(*block))?;
    let last = (first..blocks).take_while(|block| !has(*block) && (block - first + 1) * BLOCK <= most).last()?;
    Some(Span { from: first * BLOCK, to: ((last + 1) * BLOCK).min(total) })
}
