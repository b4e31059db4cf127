//! A passphrase as the wrapping of a data key: Argon2id, then AES-256-GCM.
//!
//! The parameters are stored with each wrapping, so that later ones may be dearer. Passphrases are compared in NFC:
//! the same letters typed on two keyboards are the same passphrase.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::{
    data_key::DataKey,
    error::{Result, StoreError},
    hex,
};

/// The fewest characters of a passphrase (NIST SP 800-63B asks for eight of a chosen secret).
pub const MIN_CHARACTERS: usize = 8;
/// The most characters, so that a pasted file is not hashed.
pub const MAX_CHARACTERS: usize = 256;
/// The most memory that a stored parameter may ask for, in KiB: a tampered file must not exhaust the laptop.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;

/// What a guess costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kdf {
    /// Memory in KiB.
    memory_kib: u32,
    /// Passes over it.
    passes: u32,
    /// Lanes.
    lanes: u32,
}

impl Kdf {
    /// Argon2id with 64 MiB, three passes, one lane: the second choice of RFC 9106, on one lane as field laptops are
    /// slow; about a third of a second.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// A guess that costs next to nothing, for tests that open hundreds of stores.
    pub const CHEAP_FOR_TESTS: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// Returns the standard cost; in a debug build with `TSELA_TEST_KDF=cheap` in its environment, the cheap one.
    pub fn from_environment() -> Self {
        let cheap = cfg!(debug_assertions) && std::env::var_os("TSELA_TEST_KDF").is_some_and(|v| v == "cheap");
        if cheap { Self::CHEAP_FOR_TESTS } else { Self::STANDARD }
    }

    fn derive(self, passphrase: &str, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>> {
        let broken = |e: argon2::Error| StoreError::damaged("keys.json", e.to_string());
        if self.memory_kib > MAX_MEMORY_KIB || self.passes > 64 || self.lanes > 16 {
            return Err(StoreError::damaged("keys.json", "it asks for more memory or time than any version writes"));
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(broken)?;
        let mut key = Zeroizing::new([0; 32]);
        let text: Zeroizing<String> = Zeroizing::new(passphrase.nfc().collect());
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(text.as_bytes(), salt, key.as_mut())
            .map_err(broken)?;
        Ok(key)
    }
}

/// A data key that one passphrase unwraps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    kdf: Kdf,
    #[serde(with = "hex")]
    salt: [u8; 16],
    #[serde(with = "hex")]
    nonce: [u8; 12],
    #[serde(with = "hex")]
    sealed: Vec<u8>,
}

impl WrappedKey {
    /// Wraps a key. `bound_to` is authenticated with it: a wrapping moved to another user does not open.
    ///
    /// # Errors
    /// [`StoreError::WeakPassphrase`] if the passphrase breaks the policy.
    pub fn wrap(key: &DataKey, passphrase: &str, bound_to: &[u8], kdf: Kdf, rng: &mut impl CryptoRng) -> Result<Self> {
        check_policy(passphrase)?;
        let (mut salt, mut nonce) = ([0; 16], [0; 12]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let payload = Payload { msg: key.bytes(), aad: bound_to };
        let sealed = Aes256Gcm::new((&*kdf.derive(passphrase, &salt)?).into())
            .encrypt(&nonce.into(), payload)
            .map_err(|_| StoreError::Internal("32 bytes could not be sealed".to_owned()))?;
        Ok(Self { kdf, salt, nonce, sealed })
    }

    /// Unwraps the key; `None` if the passphrase is not the one it was wrapped with.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if the stored parameters are none that any version writes.
    pub fn unwrap_key(&self, passphrase: &str, bound_to: &[u8]) -> Result<Option<DataKey>> {
        if passphrase.chars().count() > MAX_CHARACTERS * 4 {
            return Ok(None);
        }
        let payload = Payload { msg: &self.sealed, aad: bound_to };
        let opened = Aes256Gcm::new((&*self.kdf.derive(passphrase, &self.salt)?).into())
            .decrypt(&self.nonce.into(), payload)
            .map(Zeroizing::new);
        Ok(opened.ok().and_then(|bytes| Some(DataKey::from_bytes(bytes.as_slice().try_into().ok()?))))
    }
}

/// Says whether a passphrase may be used.
///
/// # Errors
/// [`StoreError::WeakPassphrase`] with what to change.
pub fn check_policy(passphrase: &str) -> Result<()> {
    let normal: Zeroizing<String> = Zeroizing::new(passphrase.nfc().collect());
    let characters = normal.chars().count();
    if characters < MIN_CHARACTERS {
        return Err(StoreError::WeakPassphrase("it needs at least 8 characters; a few words are easy to remember"));
    }
    if characters > MAX_CHARACTERS {
        return Err(StoreError::WeakPassphrase("it may have at most 256 characters"));
    }
    let first = normal.chars().next();
    if normal.chars().all(|c| Some(c) == first) {
        return Err(StoreError::WeakPassphrase("it is one character over and over; use a few words"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    fn wrap(passphrase: &str) -> Result<WrappedKey> {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        WrappedKey::wrap(&DataKey::from_bytes([9; 32]), passphrase, b"lesedi", Kdf::CHEAP_FOR_TESTS, &mut rng)
    }

    #[test]
    fn only_the_passphrase_and_the_user_of_the_wrapping_open_it() {
        let wrapped = wrap("pula e na thata").unwrap();
        assert_eq!(wrapped.unwrap_key("pula e na thata", b"lesedi").unwrap().unwrap().bytes(), &[9; 32]);
        assert!(wrapped.unwrap_key("pula e na thatb", b"lesedi").unwrap().is_none());
        assert!(wrapped.unwrap_key("pula e na thata", b"thabo").unwrap().is_none());
        let json = serde_json::to_string(&wrapped).unwrap();
        assert_eq!(serde_json::from_str::<WrappedKey>(&json).unwrap(), wrapped);
        assert!(!json.contains(&hex::encode(&[9; 8])));
    }

    #[test]
    fn the_same_letters_from_two_keyboards_are_the_same_passphrase() {
        let composed = "caf\u{e9} noir";
        let decomposed = "cafe\u{301} noir";
        assert!(wrap(composed).unwrap().unwrap_key(decomposed, b"lesedi").unwrap().is_some());
        // Seven characters however they are typed.
        assert!(wrap("cafe\u{301} no").is_err());
    }

    #[test]
    fn the_policy_says_what_to_change() {
        for (bad, hint) in [("short", "at least 8"), ("aaaaaaaaaa", "over and over"), (&*"xy".repeat(200), "256")] {
            let message = wrap(bad).unwrap_err().to_string();
            assert!(message.contains(hint), "{message}");
        }
        wrap("maun 2026").unwrap();
    }

    #[test]
    fn a_tampered_file_cannot_ask_for_all_memory() {
        let mut wrapped = wrap("pula e na thata").unwrap();
        wrapped.kdf.memory_kib = u32::MAX;
        assert!(matches!(wrapped.unwrap_key("pula e na thata", b"lesedi"), Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn the_standard_cost_is_64_mib_and_three_passes() {
        assert_eq!(Kdf::STANDARD, Kdf { memory_kib: 65536, passes: 3, lanes: 1 });
    }
}
