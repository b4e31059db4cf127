//! The clear header: layout, bounds, and what a person may be shown of it.

use serde::Serialize;
use uuid::Uuid;

use super::{BundleError, BundleId, BundleKind, FORMAT, MAX_BUNDLE, Place, SectionName};
use crate::{
    bytes::Reader,
    ids::{DeviceId, StudyId},
    seal::{KeyId, section},
};

pub(super) const MAGIC: [u8; 8] = *b"\x89TSELA\r\n";
pub(super) const SUITE: u8 = 1;
/// Bytes before the section table.
pub(super) const FIXED: usize = 59;
pub(super) const MAX_SECTIONS: usize = 4;

/// The clear header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: BundleKind,
    pub(super) study: StudyId,
    pub(super) packer: DeviceId,
    pub(super) signer: KeyId,
    pub(super) sections: Vec<SectionHeader>,
}

/// One section's row of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SectionHeader {
    pub(super) name: SectionName,
    pub(super) length: usize,
    pub(super) recipients: Vec<KeyId>,
    pub(super) wraps: Vec<[u8; section::WRAP]>,
}

/// What anyone may see of a bundle, for `tsela inspect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// Name of the bundle.
    pub id: BundleId,
    /// Bytes of the file.
    pub bytes: usize,
    /// Format of the writer.
    pub format: u16,
    /// What it is for.
    pub kind: BundleKind,
    /// The study.
    pub study: StudyId,
    /// The device that packed it.
    pub packer: DeviceId,
    /// The key that must have signed it.
    pub signer: KeyId,
    /// The sealed sections.
    pub sections: Vec<SectionInspection>,
    /// Where it is damaged by its own checksums; says nothing of the signature.
    pub damaged: Option<Place>,
}

/// What anyone may see of a sealed section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SectionInspection {
    /// Which section.
    pub name: SectionName,
    /// Bytes of its ciphertext, padded.
    pub bytes: usize,
    /// Keys that it is sealed to.
    pub recipients: Vec<KeyId>,
}

impl SectionHeader {
    /// Returns the number of chunks of the ciphertext.
    pub(super) fn chunks(&self) -> usize {
        self.length.div_ceil(section::CHUNK + section::TAG).max(1)
    }
}

impl Header {
    /// Writes everything before the wraps.
    pub(super) fn prefix(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.length());
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&[SUITE, self.kind as u8]);
        out.extend_from_slice(&(self.length() as u32).to_le_bytes());
        out.extend_from_slice(self.study.0.as_bytes());
        out.extend_from_slice(self.packer.0.as_bytes());
        out.extend_from_slice(&self.signer.0);
        out.push(self.sections.len() as u8);
        for section in &self.sections {
            out.push(section.name as u8);
            out.extend_from_slice(&(section.length as u32).to_le_bytes());
            out.push(section.recipients.len() as u8);
            out.extend(section.recipients.iter().flat_map(|id| id.0));
        }
        out
    }

    /// Returns the length of the whole header.
    pub(super) fn length(&self) -> usize {
        self.sections.iter().fold(FIXED, |sum, s| sum + 6 + s.recipients.len() * (8 + section::WRAP))
    }

    /// Returns the length of the trailer.
    pub(super) fn trailer_length(&self) -> usize {
        8 + 8 * self.sections.iter().map(SectionHeader::chunks).sum::<usize>() + 64
    }

    /// Returns the length of the whole file.
    pub(super) fn file_length(&self) -> usize {
        let ciphertexts: usize = self.sections.iter().map(|s| s.length).sum();
        self.length() + ciphertexts + self.trailer_length()
    }

    /// Reads a header from the start of a file; also returns the writer's format and the length of the prefix.
    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, u16, usize), BundleError> {
        let found = bytes.len();
        let cut = || BundleError::Truncated { expected: found.max(FIXED) + 1, found };
        let mut reader = Reader::new(bytes);
        let format = versions(&mut reader, cut)?;
        let kind = reader.u8().ok_or_else(cut)?;
        let kind = BundleKind::from_byte(kind).ok_or(BundleError::Unknown { what: "kind", found: kind })?;
        let length = reader.u32().ok_or_else(cut)? as usize;
        let study = StudyId(Uuid::from_bytes(reader.array().ok_or_else(cut)?));
        let packer = DeviceId(Uuid::from_bytes(reader.array().ok_or_else(cut)?));
        let signer = KeyId(reader.array().ok_or_else(cut)?);
        let count = usize::from(reader.u8().ok_or_else(cut)?);
        if !(1..=MAX_SECTIONS).contains(&count) {
            return Err(BundleError::Header("number of sections"));
        }
        let mut sections = Vec::with_capacity(count);
        for _ in 0..count {
            sections.push(table_row(&mut reader, cut)?);
        }
        let prefix = found - reader.rest().len();
        for section in &mut sections {
            for _ in 0..section.recipients.len() {
                section.wraps.push(reader.array().ok_or_else(cut)?);
            }
        }
        let header = Self { kind, study, packer, signer, sections };
        header.check(length, found)?;
        Ok((header, format, prefix))
    }

    fn check(&self, declared: usize, found: usize) -> Result<(), BundleError> {
        if declared != self.length() {
            return Err(BundleError::Header("its length"));
        }
        if !self.sections.is_sorted_by(|a, b| a.name < b.name) {
            return Err(BundleError::Header("order of sections"));
        }
        let expected = self.file_length();
        if found < expected {
            return Err(BundleError::Truncated { expected, found });
        }
        if found > expected {
            return Err(BundleError::Header("the file is longer than it says"));
        }
        Ok(())
    }
}

/// Reads magic, versions and suite; returns the writer's format.
fn versions(reader: &mut Reader<'_>, cut: impl Fn() -> BundleError) -> Result<u16, BundleError> {
    let start = reader.rest();
    if !start.starts_with(&MAGIC) {
        let cut_short = !start.is_empty() && MAGIC.starts_with(start);
        return Err(if cut_short { cut() } else { BundleError::NotABundle });
    }
    reader.take(MAGIC.len());
    let format = reader.u16().ok_or_else(&cut)?;
    let needs = reader.u16().ok_or_else(&cut)?;
    if needs > FORMAT {
        return Err(BundleError::NewerVersion { needs });
    }
    let suite = reader.u8().ok_or_else(&cut)?;
    if suite != SUITE {
        return Err(BundleError::Unknown { what: "suite", found: suite });
    }
    if format < needs {
        return Err(BundleError::Header("its versions"));
    }
    Ok(format)
}

fn table_row(reader: &mut Reader<'_>, cut: impl Fn() -> BundleError) -> Result<SectionHeader, BundleError> {
    let name = reader.u8().ok_or_else(&cut)?;
    let name = SectionName::from_byte(name).ok_or(BundleError::Unknown { what: "section", found: name })?;
    let length = reader.u32().ok_or_else(&cut)? as usize;
    let last = length % (section::CHUNK + section::TAG);
    if !(section::TAG..=MAX_BUNDLE).contains(&length) || (last > 0 && last < section::TAG) {
        return Err(BundleError::Header("length of a section"));
    }
    let count = usize::from(reader.u8().ok_or_else(&cut)?);
    if count == 0 {
        return Err(BundleError::Header("a section is sealed to nobody"));
    }
    let ids = reader.take(count * 8).ok_or_else(&cut)?;
    let recipients = ids.chunks_exact(8).filter_map(|id| Some(KeyId(id.try_into().ok()?))).collect();
    Ok(SectionHeader { name, length, recipients, wraps: Vec::new() })
}
