//! Packing: compress, seal, sign.

use rand_core::CryptoRng;

use super::{
    BundleKind, MAX_BUNDLE, MAX_RECIPIENTS, SectionName,
    header::{Header, MAX_SECTIONS, SectionHeader},
};
use crate::{
    ids::{DeviceId, StudyId},
    seal::{
        Context, SealingPublic, SigningKey,
        section::{self, Codec, ContentError},
    },
};

/// What to pack.
pub struct PackRequest<'a> {
    /// What the bundle is for.
    pub kind: BundleKind,
    /// The study.
    pub study: StudyId,
    /// The device that packs.
    pub packer: DeviceId,
    /// The device's key.
    pub signing_key: &'a SigningKey,
    /// What to seal; at most one section of each name.
    pub sections: Vec<SectionRequest<'a>>,
}

/// One section to seal.
pub struct SectionRequest<'a> {
    /// Which section.
    pub name: SectionName,
    /// Its content, at most 16 MiB.
    pub plaintext: &'a [u8],
    /// Who may open it, 1 to 255 keys.
    pub recipients: Vec<SealingPublic>,
}

/// Why something cannot be packed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The bundle would be too large; cut smaller.
    #[error("the bundle would have {0} bytes, at most {MAX_BUNDLE} are allowed")]
    TooLarge(usize),
    /// Nothing to pack, or the same section twice.
    #[error("a bundle has one to {MAX_SECTIONS} sections, each once")]
    Sections,
    /// A section for nobody, or for too many.
    #[error("section {0} is sealed to 1 to {MAX_RECIPIENTS} keys")]
    Recipients(SectionName),
    /// A public key that nothing can be sealed to.
    #[error("a recipient's sealing key of section {0} is unusable")]
    UnusableKey(SectionName),
    /// The content cannot be compressed.
    #[error("section {section}: {source}")]
    Content {
        /// Which section.
        section: SectionName,
        /// What is wrong.
        source: ContentError,
    },
}

/// Packs a bundle: the bytes of the file.
pub fn pack(mut request: PackRequest<'_>, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Vec<u8>, PackError> {
    request.sections.sort_by_key(|section| section.name);
    check(&request)?;
    let inners = enclose(&request)?;
    let header = header(&request, &inners);
    let length = header.file_length();
    if length > MAX_BUNDLE {
        return Err(PackError::TooLarge(length));
    }
    let keys: Vec<_> = inners.iter().map(|_| section::new_key(rng)).collect();
    let mut file = header.prefix();
    let prefix_hash = blake3::hash(&file);
    for (section, key) in request.sections.iter().zip(&keys) {
        let aad = associated_data(&prefix_hash, section.name);
        for recipient in &section.recipients {
            let wrap = section::wrap(key, recipient, &aad, rng).ok_or(PackError::UnusableKey(section.name))?;
            file.extend_from_slice(&wrap);
        }
    }
    let header_hash = blake3::hash(&file);
    let mut signed = header_hash.as_bytes().to_vec();
    let mut checksums = checksum(&header_hash).to_vec();
    for ((section, key), inner) in request.sections.iter().zip(&keys).zip(&inners) {
        let ciphertext = section::encrypt(key, &associated_data(&header_hash, section.name), inner);
        sign_section(&mut signed, section.name, &ciphertext);
        checksums.extend(chunk_checksums(&ciphertext).flatten());
        file.extend_from_slice(&ciphertext);
    }
    file.extend_from_slice(&checksums);
    file.extend_from_slice(&request.signing_key.sign(Context::Bundle, &signed).0);
    Ok(file)
}

/// Returns what a section's wraps or chunks are bound to.
pub(super) fn associated_data(hash: &blake3::Hash, name: SectionName) -> Vec<u8> {
    [hash.as_bytes().as_slice(), &[name as u8]].concat()
}

/// Appends a section to the bytes that the packer signs.
pub(super) fn sign_section(signed: &mut Vec<u8>, name: SectionName, ciphertext: &[u8]) {
    signed.push(name as u8);
    signed.extend_from_slice(blake3::hash(ciphertext).as_bytes());
}

/// Returns the checksum of something hashed.
pub(super) fn checksum(hash: &blake3::Hash) -> [u8; 8] {
    hash.as_bytes().first_chunk().copied().unwrap_or_default()
}

/// Returns the checksums of a ciphertext's chunks.
pub(super) fn chunk_checksums(ciphertext: &[u8]) -> impl Iterator<Item = [u8; 8]> {
    ciphertext.chunks(section::CHUNK + section::TAG).map(|chunk| checksum(&blake3::hash(chunk)))
}

fn check(request: &PackRequest<'_>) -> Result<(), PackError> {
    let sections = &request.sections;
    if !(1..=MAX_SECTIONS).contains(&sections.len()) || !sections.is_sorted_by(|a, b| a.name < b.name) {
        return Err(PackError::Sections);
    }
    match sections.iter().find(|s| !(1..=MAX_RECIPIENTS).contains(&s.recipients.len())) {
        Some(section) => Err(PackError::Recipients(section.name)),
        None => Ok(()),
    }
}

fn enclose(request: &PackRequest<'_>) -> Result<Vec<Vec<u8>>, PackError> {
    let enclose = |section: &SectionRequest<'_>| {
        let journal = request.kind == BundleKind::Journal && section.name == SectionName::Payload;
        let codec = if journal { Codec::Journal } else { Codec::Plain };
        section::enclose(section.plaintext, codec)
            .map_err(|source| PackError::Content { section: section.name, source })
    };
    request.sections.iter().map(enclose).collect()
}

fn header(request: &PackRequest<'_>, inners: &[Vec<u8>]) -> Header {
    let rows = request.sections.iter().zip(inners);
    Header {
        kind: request.kind,
        study: request.study,
        packer: request.packer,
        signer: request.signing_key.verify_key().id(),
        sections: rows
            .map(|(section, inner)| SectionHeader {
                name: section.name,
                length: section::sealed_length(inner.len()),
                recipients: section.recipients.iter().map(SealingPublic::id).collect(),
                wraps: Vec::new(),
            })
            .collect(),
    }
}
