//! Reading a bundle: bounds first, then checksums and signature, then the sections one has a key for.

use super::{
    BundleError, BundleId, BundleKind, MAX_BUNDLE, Place, SectionName,
    header::{Header, Inspection, SectionHeader, SectionInspection},
    pack::{associated_data, checksum, chunk_checksums, sign_section},
};
use crate::{
    ids::{DeviceId, StudyId},
    seal::{
        Context, KeyId, SealingKey, Signature, VerifyKey,
        section::{self, SectionKey},
    },
};

/// A bundle whose bounds were checked; nothing of it is trusted before [`BundleView::verify`].
#[derive(Debug, Clone)]
pub struct BundleView<'a> {
    bytes: &'a [u8],
    format: u16,
    header: Header,
    prefix_hash: blake3::Hash,
    header_hash: blake3::Hash,
    /// One for each section of the header.
    ciphertexts: Vec<&'a [u8]>,
    checksums: &'a [u8],
    signature: Signature,
}

impl<'a> BundleView<'a> {
    /// Takes a file apart; checks every declared length against the file before using it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BundleError> {
        if bytes.len() > MAX_BUNDLE {
            return Err(BundleError::TooLarge(bytes.len()));
        }
        let (header, format, prefix) = Header::parse(bytes)?;
        let cut = || BundleError::Truncated { expected: header.file_length(), found: bytes.len() };
        let (head, mut rest) = bytes.split_at_checked(header.length()).ok_or_else(cut)?;
        let mut ciphertexts = Vec::with_capacity(header.sections.len());
        for section in &header.sections {
            let (ciphertext, tail) = rest.split_at_checked(section.length).ok_or_else(cut)?;
            ciphertexts.push(ciphertext);
            rest = tail;
        }
        let (checksums, signature) = rest.split_last_chunk::<64>().ok_or_else(cut)?;
        let prefix_hash = blake3::hash(head.get(..prefix).ok_or_else(cut)?);
        let (header_hash, signature) = (blake3::hash(head), Signature(*signature));
        Ok(Self { bytes, format, header, prefix_hash, header_hash, ciphertexts, checksums, signature })
    }

    /// Returns the bundle's name.
    pub fn id(&self) -> BundleId {
        BundleId::of(self.bytes)
    }

    /// Returns what it is for.
    pub fn kind(&self) -> BundleKind {
        self.header.kind
    }

    /// Returns the study.
    pub fn study(&self) -> StudyId {
        self.header.study
    }

    /// Returns the device that claims to have packed it.
    pub fn packer(&self) -> DeviceId {
        self.header.packer
    }

    /// Returns the key that claims to have signed it.
    pub fn signer(&self) -> KeyId {
        self.header.signer
    }

    /// Returns the keys that a section is sealed to.
    pub fn recipients(&self, name: SectionName) -> Option<&[KeyId]> {
        self.section(name).map(|(section, _)| section.recipients.as_slice())
    }

    /// Compares the checksums: anyone can, without a key. Finds accidents, not forgers.
    pub fn check(&self) -> Result<(), BundleError> {
        self.damage().map_or(Ok(()), |place| Err(BundleError::Damaged(place)))
    }

    /// Checks that the packer signed exactly this, and says where it was changed if not.
    pub fn verify(&self, packer: &VerifyKey) -> Result<(), BundleError> {
        let genuine = packer.verify(Context::Bundle, &self.signed_bytes(), &self.signature).is_ok();
        match (genuine, self.damage()) {
            (true, None) => Ok(()),
            // The signed parts are whole, so it is the checksums that were changed.
            (true, Some(_)) => Err(BundleError::Damaged(Place::Checksums)),
            (false, Some(place)) => Err(BundleError::Damaged(place)),
            (false, None) if packer.id() != self.signer() => {
                Err(BundleError::WrongSigner { expected: packer.id(), found: self.signer() })
            }
            (false, None) => Err(BundleError::BadSignature),
        }
    }

    /// Opens a section with whichever of the keys it is sealed to.
    pub fn open(&self, name: SectionName, keys: &[SealingKey]) -> Result<Vec<u8>, BundleError> {
        let (section, ciphertext) = self.section(name).ok_or(BundleError::NoSection(name))?;
        let key = self.section_key(section, keys)?;
        let aad = associated_data(&self.header_hash, name);
        let inner = section::decrypt(&key, &aad, ciphertext)
            .map_err(|damaged| BundleError::Damaged(Place::Chunk { section: name, chunk: damaged.0 }))?;
        section::disclose(&inner).map_err(|source| BundleError::Content { section: name, source })
    }

    /// Returns what anyone may see.
    pub fn inspect(&self) -> Inspection {
        let section = |section: &SectionHeader| SectionInspection {
            name: section.name,
            bytes: section.length,
            recipients: section.recipients.clone(),
        };
        Inspection {
            id: self.id(),
            bytes: self.bytes.len(),
            format: self.format,
            kind: self.kind(),
            study: self.study(),
            packer: self.packer(),
            signer: self.signer(),
            sections: self.header.sections.iter().map(section).collect(),
            damaged: self.damage(),
        }
    }

    fn section(&self, name: SectionName) -> Option<(&SectionHeader, &'a [u8])> {
        self.sections().find(|(section, _)| section.name == name)
    }

    fn sections(&self) -> impl Iterator<Item = (&SectionHeader, &'a [u8])> {
        self.header.sections.iter().zip(self.ciphertexts.iter().copied())
    }

    fn section_key(&self, section: &SectionHeader, keys: &[SealingKey]) -> Result<SectionKey, BundleError> {
        let aad = associated_data(&self.prefix_hash, section.name);
        let mut ours = false;
        for key in keys {
            let id = key.public().id();
            for (_, wrap) in section.recipients.iter().zip(&section.wraps).filter(|(r, _)| **r == id) {
                ours = true;
                if let Some(opened) = section::unwrap(wrap, key, &aad) {
                    return Ok(opened);
                }
            }
        }
        let damaged = BundleError::Damaged(Place::Header);
        Err(if ours { damaged } else { BundleError::NotSealedToUs(section.name) })
    }

    fn signed_bytes(&self) -> Vec<u8> {
        let mut signed = self.header_hash.as_bytes().to_vec();
        self.sections().for_each(|(section, ciphertext)| sign_section(&mut signed, section.name, ciphertext));
        signed
    }

    /// Finds the first part that its checksum does not fit.
    fn damage(&self) -> Option<Place> {
        let mut stored = self.checksums.chunks_exact(8);
        let mut differs = |computed: [u8; 8]| stored.next() != Some(computed.as_slice());
        if differs(checksum(&self.header_hash)) {
            return Some(Place::Header);
        }
        self.sections().find_map(|(section, ciphertext)| {
            let chunk = chunk_checksums(ciphertext).position(&mut differs)?;
            Some(Place::Chunk { section: section.name, chunk })
        })
    }
}
