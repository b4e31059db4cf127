//! Compression, with a committed dictionary of what journals typically say.

use std::sync::OnceLock;

use zstd::{
    bulk::{Compressor, Decompressor},
    dict::{DecoderDictionary, EncoderDictionary},
    zstd_safe,
};

use crate::seal::section::Codec;

/// Raw-content dictionary: part of the format, never to be changed, only joined by another with its own codec number.
///
/// Made of the 252 synthetic saves of `demo/shift.jsonl` as [columns](super::journal): the columns' first 240 bytes each,
/// then the skeletons, the most frequent kinds last. It takes two thirds off a bundle of one save, and nothing off one
/// of a thousand.
const JOURNAL: &[u8] = include_bytes!("dictionary/journal-1.bin");

/// Small bundles gain little above this, and a push must not wait for the processor.
const LEVEL: i32 = 3;

/// Compresses into one zstd frame that records its content's length.
pub(crate) fn compress(plaintext: &[u8], codec: Codec) -> std::io::Result<Vec<u8>> {
    static DICTIONARY: OnceLock<EncoderDictionary<'static>> = OnceLock::new();
    let mut compressor = match codec {
        Codec::Plain => Compressor::new(LEVEL)?,
        Codec::Journal => {
            Compressor::with_prepared_dictionary(DICTIONARY.get_or_init(|| EncoderDictionary::copy(JOURNAL, LEVEL)))?
        }
    };
    compressor.compress(plaintext)
}

/// Expands exactly one frame of exactly `length` bytes. The caller has bounded `length`; a frame that records another
/// length, or none, is refused before any memory is taken.
pub(crate) fn decompress(compressed: &[u8], length: usize, codec: Codec) -> Option<Vec<u8>> {
    static DICTIONARY: OnceLock<DecoderDictionary<'static>> = OnceLock::new();
    let declared = zstd_safe::get_frame_content_size(compressed).ok()??;
    let frame = zstd_safe::find_frame_compressed_size(compressed).ok()?;
    if declared != length as u64 || frame != compressed.len() {
        return None;
    }
    let mut decompressor = match codec {
        Codec::Plain => Decompressor::new().ok()?,
        Codec::Journal => {
            Decompressor::with_prepared_dictionary(DICTIONARY.get_or_init(|| DecoderDictionary::copy(JOURNAL))).ok()?
        }
    };
    let plaintext = decompressor.decompress(compressed, length).ok()?;
    (plaintext.len() == length).then_some(plaintext)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_frozen() {
        let hash = blake3::hash(JOURNAL).to_hex();
        insta::assert_snapshot!(format!("{} bytes, {hash}", JOURNAL.len()));
    }

    #[test]
    fn the_dictionary_makes_a_single_entry_small() {
        let entry =
            br#"{"op":"insert","model":"participant","set":{"citizen":true,"dob":"1990-01-01","first_name":"X"}}"#;
        let with = compress(entry, Codec::Journal).unwrap();
        assert!(with.len() < compress(entry, Codec::Plain).unwrap().len());
        assert_eq!(decompress(&with, entry.len(), Codec::Journal).unwrap(), entry);
        assert_eq!(decompress(&with, entry.len(), Codec::Plain), None);
    }
}
