//! One sealed section: compressed, padded, encrypted in chunks under a key of its own, the key wrapped per recipient.
//!
//! Inside the seal, little-endian: codec (1 byte: 0 zstd, 1 zstd with the journal dictionary), plaintext length (4),
//! compressed length (4), zstd frame, zero bytes up to the Padmé length. This is cut into chunks of 64 KiB, each
//! encrypted by AES-256-GCM in the STREAM construction (Hoang et al. 2015; 32-bit big-endian counter and last-chunk
//! byte after seven zero bytes, as the key is used once). The key is wrapped by HPKE (RFC 9180, base mode).

use aead_stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::{Aes256Gcm, aead::Payload};
use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    keys::{SealingKey, SealingPublic},
    padme,
};
use crate::{bundle::dictionary, bytes::Reader};

/// Plaintext bytes of a chunk.
pub const CHUNK: usize = 64 * 1024;
/// Bytes that encryption adds to a chunk.
pub const TAG: usize = 16;
/// Bytes of a wrapped section key: encapsulated key, encrypted key, tag.
pub const WRAP: usize = 32 + 32 + TAG;
/// Most bytes that a section may expand to.
pub const MAX_PLAINTEXT: usize = 16 * 1024 * 1024;

const PREFIX: usize = 1 + 4 + 4;
const INFO: &[u8] = b"tsela/wrap/1";

type Kem = hpke::kem::X25519HkdfSha256;
type Kdf = hpke::kdf::HkdfSha256;
type Aead = hpke::aead::AesGcm256;

/// The key that one section is encrypted under.
pub(crate) type SectionKey = Zeroizing<[u8; 32]>;

/// How a section is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// zstd.
    Plain = 0,
    /// zstd with the committed dictionary of typical entries.
    Journal = 1,
}

/// Why a section's content cannot be unpacked after it was decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Declared to expand to more than is allowed.
    #[error("it would expand to {0} bytes, more than {MAX_PLAINTEXT}: refused")]
    TooLarge(u64),
    /// A codec of a newer version.
    #[error("it is compressed in a way ({0}) that this version of Tsela does not know: update Tsela")]
    UnknownCodec(u8),
    /// Lengths or compressed data do not fit.
    #[error("its compressed content is not as declared")]
    Malformed,
}

/// The number of a chunk that does not decrypt, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DamagedChunk(pub(crate) usize);

/// Compresses and pads.
pub(crate) fn enclose(plaintext: &[u8], codec: Codec) -> Result<Vec<u8>, ContentError> {
    if plaintext.len() > MAX_PLAINTEXT {
        return Err(ContentError::TooLarge(plaintext.len() as u64));
    }
    let compressed = dictionary::compress(plaintext, codec).map_err(|_| ContentError::Malformed)?;
    let plain_length = u32::try_from(plaintext.len()).map_err(|_| ContentError::Malformed)?;
    let length = u32::try_from(compressed.len()).map_err(|_| ContentError::Malformed)?;
    let mut inner = Vec::with_capacity(padme::padded(PREFIX + compressed.len()));
    inner.push(codec as u8);
    inner.extend_from_slice(&plain_length.to_le_bytes());
    inner.extend_from_slice(&length.to_le_bytes());
    inner.extend_from_slice(&compressed);
    inner.resize(padme::padded(inner.len()), 0);
    Ok(inner)
}

/// Undoes [`enclose`]; refuses declared lengths beyond the limit before taking memory for them.
pub(crate) fn disclose(inner: &[u8]) -> Result<Vec<u8>, ContentError> {
    let mut reader = Reader::new(inner);
    let codec = match reader.u8().ok_or(ContentError::Malformed)? {
        0 => Codec::Plain,
        1 => Codec::Journal,
        other => return Err(ContentError::UnknownCodec(other)),
    };
    let plain_length = reader.u32().ok_or(ContentError::Malformed)?;
    let length = reader.u32().ok_or(ContentError::Malformed)? as usize;
    if plain_length as usize > MAX_PLAINTEXT {
        return Err(ContentError::TooLarge(u64::from(plain_length)));
    }
    let compressed = reader.take(length).ok_or(ContentError::Malformed)?;
    if inner.len() != padme::padded(PREFIX + length) || reader.rest().iter().any(|&b| b != 0) {
        return Err(ContentError::Malformed);
    }
    dictionary::decompress(compressed, plain_length as usize, codec).ok_or(ContentError::Malformed)
}

/// Returns the length of the ciphertext of so many bytes.
pub(crate) fn sealed_length(inner: usize) -> usize {
    inner + inner.div_ceil(CHUNK).max(1) * TAG
}

/// Makes a section's key.
pub(crate) fn new_key(rng: &mut (impl CryptoRng + ?Sized)) -> SectionKey {
    let mut key = Zeroizing::new([0; 32]);
    rng.fill_bytes(key.as_mut_slice());
    key
}

/// Encrypts in chunks.
pub(crate) fn encrypt(key: &SectionKey, aad: &[u8], inner: &[u8]) -> Vec<u8> {
    const FITS: &str = "at most 2^32 chunks of 64 KiB, each within AES-GCM's limit";
    let mut stream = EncryptorBE32::<Aes256Gcm>::new((&**key).into(), &[0u8; 7].into());
    let mut out = Vec::with_capacity(sealed_length(inner.len()));
    let mut rest = inner;
    while let Some((msg, tail)) = rest.split_at_checked(CHUNK).filter(|(_, tail)| !tail.is_empty()) {
        out.extend(stream.encrypt_next(Payload { msg, aad }).expect(FITS));
        rest = tail;
    }
    out.extend(stream.encrypt_last(Payload { msg: rest, aad }).expect(FITS));
    out
}

/// Decrypts in chunks, and says which one is damaged.
pub(crate) fn decrypt(key: &SectionKey, aad: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, DamagedChunk> {
    let mut stream = DecryptorBE32::<Aes256Gcm>::new((&**key).into(), &[0u8; 7].into());
    let mut out = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
    let (mut rest, mut number) = (ciphertext, 0);
    while let Some((msg, tail)) = rest.split_at_checked(CHUNK + TAG).filter(|(_, tail)| !tail.is_empty()) {
        out.extend(stream.decrypt_next(Payload { msg, aad }).map_err(|_| DamagedChunk(number))?);
        (rest, number) = (tail, number + 1);
    }
    out.extend(stream.decrypt_last(Payload { msg: rest, aad }).map_err(|_| DamagedChunk(number))?);
    Ok(out)
}

/// Wraps a section's key for one recipient; `None` if the recipient's public key is unusable.
pub(crate) fn wrap(
    key: &SectionKey,
    recipient: &SealingPublic,
    aad: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Option<[u8; WRAP]> {
    let mut rng = rng;
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(&recipient.to_bytes()).ok()?;
    let (encapsulated, wrapped) =
        hpke::single_shot_seal_with_rng::<Aead, Kdf, Kem>(&OpModeS::Base, &public, INFO, key.as_slice(), aad, &mut rng)
            .ok()?;
    let mut out = [0; WRAP];
    let (first, second) = out.split_first_chunk_mut::<32>()?;
    first.copy_from_slice(&encapsulated.to_bytes());
    second.copy_from_slice(&wrapped);
    Some(out)
}

/// Unwraps a section's key; `None` if it was not wrapped for this key, or was changed.
pub(crate) fn unwrap(wrapped: &[u8; WRAP], own: &SealingKey, aad: &[u8]) -> Option<SectionKey> {
    let (encapsulated, wrapped) = wrapped.split_first_chunk::<32>()?;
    let encapsulated = <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    let opened =
        hpke::single_shot_open::<Aead, Kdf, Kem>(&OpModeR::Base, &own.to_hpke(), &encapsulated, INFO, wrapped, aad);
    let opened = Zeroizing::new(opened.ok()?);
    Some(Zeroizing::new(opened.as_slice().try_into().ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
