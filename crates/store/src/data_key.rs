//! The key that encrypts a store, and a server's way of keeping it.
//!
//! A laptop's key exists only wrapped (see [`crate::keyring`]). A server must start without a person, so its key lies in
//! a file that only its own account can read, or is handed over by systemd, which can keep it sealed to the machine.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    error::{Result, StoreError},
    files, hex,
};

/// The name of the systemd credential that holds a server's store key.
pub const CREDENTIAL: &str = "tsela-store-key";

/// The 32 bytes that encrypt one store. Wiped from memory when dropped and never printed.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// Makes a new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut());
        Self(bytes)
    }

    /// Takes bytes for a key.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Returns the bytes, for wrapping them to someone else.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the key as 64 hexadecimal digits.
    pub(crate) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_ref()))
    }

    fn from_hex(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(hex::decode(text.trim())?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// Writes a server's key file, readable for its owner only. An existing one is never replaced.
///
/// # Errors
/// [`StoreError::AlreadyAStore`] if the file exists; otherwise what the disk said.
pub fn write_key_file(path: &Path, key: &DataKey) -> Result<()> {
    if path.exists() {
        return Err(StoreError::AlreadyAStore { path: path.to_path_buf() });
    }
    files::write_private(path, key.to_hex().as_bytes())
}

/// Reads a server's key: from systemd's credentials folder if it holds one (`credentials`, the value of
/// `CREDENTIALS_DIRECTORY`), otherwise from the key file.
///
/// # Errors
/// [`StoreError::NoKey`] if there is none, it is malformed, or others can read the file.
pub fn read_server_key(key_file: &Path, credentials: Option<&Path>) -> Result<DataKey> {
    if let Some(path) = credentials.map(|dir| dir.join(CREDENTIAL)).filter(|path| path.exists()) {
        return read_hex(path);
    }
    files::check_private(key_file)
        .map_err(|reason| StoreError::NoKey { path: key_file.to_path_buf(), reason: reason.to_string() })?;
    read_hex(key_file.to_path_buf())
}

fn read_hex(path: PathBuf) -> Result<DataKey> {
    let text = match fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) => return Err(StoreError::NoKey { path, reason: error.to_string() }),
    };
    let reason = "it does not hold 64 hexadecimal digits".to_owned();
    DataKey::from_hex(&text).ok_or(StoreError::NoKey { path, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_read_back_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.key");
        let key = DataKey::from_bytes([0xA7; 32]);
        write_key_file(&path, &key).unwrap();
        assert_eq!(read_server_key(&path, None).unwrap().bytes(), key.bytes());
        assert!(write_key_file(&path, &DataKey::from_bytes([1; 32])).is_err());
        assert_eq!(read_server_key(&path, None).unwrap().bytes(), key.bytes());
        assert_eq!(format!("{key:?}"), "DataKey(…)");
    }

    #[test]
    fn a_credential_of_systemd_comes_first_and_a_missing_or_short_key_is_reported() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.key");
        assert!(matches!(read_server_key(&path, None), Err(StoreError::NoKey { .. })));
        fs::write(dir.path().join(CREDENTIAL), format!("{}\n", "0b".repeat(32))).unwrap();
        assert_eq!(read_server_key(&path, Some(dir.path())).unwrap().bytes(), &[0x0B; 32]);
        fs::write(dir.path().join(CREDENTIAL), "0b0b").unwrap();
        assert!(matches!(read_server_key(&path, Some(dir.path())), Err(StoreError::NoKey { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.key");
        write_key_file(&path, &DataKey::from_bytes([7; 32])).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = read_server_key(&path, None).unwrap_err();
        assert!(matches!(error, StoreError::NoKey { .. }));
    }
}
