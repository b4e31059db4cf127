//! The enrolment code: all that a new laptop needs to be told, in one text that a person can paste or read out.
//!
//! `TSELA1-` and groups of eight characters of the [identifier alphabet](crate::alphabet), joined by hyphens. The last
//! character of each group checks the group and its place, so that a mistyped group can be named. The characters
//! without the checks are, in base 32 with the highest bit first: number of bytes of the URL (1 byte), fingerprint of
//! the study's root key (16), one-time secret (16), URL (UTF-8), and the first 4 bytes of the BLAKE3 hash of all of
//! these; then zero bits up to the end of the group. Case, spaces, line breaks and hyphens do not matter.
//!
//! How it is used: the laptop connects to the URL without trusting its certificate and asks for the root key and the
//! [server's key document](crate::trust::ServerKeyDoc). Only if the root key has this fingerprint, has signed the
//! document, and the document names the key of this very TLS connection, does it show the secret.

use std::{fmt, str::FromStr};

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    alphabet,
    groups::{self, GROUP_DATA, Slip, from_digits, to_digits},
    seal::{Fingerprint, hex},
};

const PREFIX: &str = "TSELA";
const VERSION: char = '1';
const FIXED: usize = 1 + 16 + 16;
const CHECK: usize = 4;
const MAX_URL: usize = 255;

/// What an enrolment code holds.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode {
    url: String,
    root: Fingerprint,
    secret: EnrolmentSecret,
}

/// The one-time secret of an enrolment: 128 bits. Wiped when dropped, never printed but in its code.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct EnrolmentSecret([u8; 16]);

/// What a server keeps of a secret: BLAKE3 in key-derivation mode. The secret is random, so no slow hash is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(#[serde(with = "hex::array")] pub [u8; 32]);

/// Why a text is not an enrolment code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentError {
    /// Something else was pasted.
    #[error("an enrolment code begins with TSELA1-: copy the whole code, from its first to its last character")]
    NotACode,
    /// A newer program made the code.
    #[error("this enrolment code is of version {0}, which this version of Tsela does not know: update Tsela first")]
    NewerVersion(char),
    /// A group is mistyped; groups are counted after the prefix.
    #[error(transparent)]
    Slip(#[from] Slip),
    /// The end is missing.
    #[error("the enrolment code is cut short: {found} of {expected} groups are here")]
    Truncated {
        /// Whole groups found.
        found: usize,
        /// Groups needed.
        expected: usize,
    },
    /// There is more than a code.
    #[error("there is more after the enrolment code's last group: paste the code alone")]
    TooLong,
    /// All groups fit but the whole does not.
    #[error("the enrolment code is damaged: ask for a new one")]
    Damaged,
    /// The URL is empty, too long or not text.
    #[error("the server's address must have 1 to 255 bytes")]
    Url,
}

impl EnrolmentSecret {
    /// Makes a new secret.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Returns the bytes, to be shown to the server once.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Takes the 16 bytes of a secret.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns what the server stores and compares.
    pub fn hash(&self) -> SecretHash {
        SecretHash(blake3::derive_key("tsela/enrolment-secret/1", &self.0))
    }
}

impl fmt::Debug for EnrolmentSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentSecret(…)")
    }
}

impl fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentCode").field("url", &self.url).field("root", &self.root).finish_non_exhaustive()
    }
}

impl EnrolmentCode {
    /// Puts a code together; the URL must have 1 to 255 bytes.
    pub fn new(url: &str, root: Fingerprint, secret: EnrolmentSecret) -> Result<Self, EnrolmentError> {
        if url.is_empty() || url.len() > MAX_URL {
            return Err(EnrolmentError::Url);
        }
        Ok(Self { url: url.to_owned(), root, secret })
    }

    /// Returns the server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the fingerprint of the study's root key.
    pub fn root(&self) -> Fingerprint {
        self.root
    }

    /// Returns the one-time secret.
    pub fn secret(&self) -> &EnrolmentSecret {
        &self.secret
    }

    fn bytes(&self) -> Vec<u8> {
        let length = u8::try_from(self.url.len()).expect("the length was checked on construction");
        let mut bytes = [&[length], &self.root.0[..], &self.secret.0, self.url.as_bytes()].concat();
        let check = check_of(&bytes);
        bytes.extend_from_slice(&check);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, EnrolmentError> {
        let (content, check) = bytes.split_last_chunk::<CHECK>().ok_or(EnrolmentError::Damaged)?;
        if check_of(content) != *check {
            return Err(EnrolmentError::Damaged);
        }
        let rest = content.get(1..).ok_or(EnrolmentError::Damaged)?;
        let (root, rest) = rest.split_first_chunk::<16>().ok_or(EnrolmentError::Damaged)?;
        let (secret, url) = rest.split_first_chunk::<16>().ok_or(EnrolmentError::Damaged)?;
        let url = std::str::from_utf8(url).map_err(|_| EnrolmentError::Url)?;
        Self::new(url, Fingerprint(*root), EnrolmentSecret(*secret))
    }
}

impl fmt::Display for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{VERSION}-")?;
        let mut digits = to_digits(&self.bytes());
        digits.resize(digits.len().next_multiple_of(GROUP_DATA), '0');
        groups::write(f, 0, &digits)
    }
}

impl FromStr for EnrolmentCode {
    type Err = EnrolmentError;

    fn from_str(text: &str) -> Result<Self, EnrolmentError> {
        let mut rest = groups::significant(text);
        // Compared in normal form, as a typed L counts as 1 everywhere else.
        let prefix: String = rest.by_ref().take(PREFIX.len()).collect();
        if alphabet::normalise(&prefix) != alphabet::normalise(PREFIX) {
            return Err(EnrolmentError::NotACode);
        }
        match rest.next().map(|c| alphabet::value(c).map_or(c, alphabet::character)) {
            Some(VERSION) => {}
            Some(other) if other.is_ascii_digit() => return Err(EnrolmentError::NewerVersion(other)),
            _ => return Err(EnrolmentError::NotACode),
        }
        let characters: Vec<char> = rest.collect();
        Self::from_bytes(&from_groups(&characters)?)
    }
}

fn from_groups(characters: &[char]) -> Result<Vec<u8>, EnrolmentError> {
    let digits = groups::read(characters, 0)?;
    let found = digits.len() / GROUP_DATA;
    let bytes = from_digits(&digits);
    let Some(&url) = bytes.first() else { return Err(EnrolmentError::Truncated { found, expected: groups_for(1) }) };
    let expected = groups_for(usize::from(url));
    if found < expected {
        return Err(EnrolmentError::Truncated { found, expected });
    }
    if found > expected {
        return Err(EnrolmentError::TooLong);
    }
    let (content, padding) = bytes.split_at_checked(length_for(usize::from(url))).ok_or(EnrolmentError::Damaged)?;
    if padding.iter().any(|&b| b != 0) {
        return Err(EnrolmentError::Damaged);
    }
    Ok(content.to_vec())
}

fn check_of(content: &[u8]) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    blake3::Hasher::new_derive_key("tsela/enrolment-code/1").update(content).finalize_xof().fill(&mut check);
    check
}

fn length_for(url: usize) -> usize {
    FIXED + url + CHECK
}

fn groups_for(url: usize) -> usize {
    (length_for(url) * 8).div_ceil(5).div_ceil(GROUP_DATA)
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests;
