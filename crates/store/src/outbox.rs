//! The sealed outbox beside the store: bundles of what was unsent at sign-out, and the receipts that came for them.
//!
//! Nothing in it can be read without a key, and it counts for nothing: what is received is known from receipts that the
//! store believed, and those kept here are believed at the next sign-in. The index is readable; it holds what sending
//! needs: the server's address and pinned key, and a token that can put bundles and do nothing else.

use std::{collections::BTreeSet, path::PathBuf};

use serde::{Deserialize, Serialize};
use tsela_core::{
    attachment::ContentId,
    bundle::{BundleId, MAX_BUNDLE},
    ids::{DeviceId, StreamCode, StudyId},
    seal::VerifyKey,
};

use crate::{
    error::{Result, StoreError},
    files::{self, Folder},
    hex,
};

/// The newest form of the index that this program knows.
const FORMAT: u32 = 1;
const INDEX: &str = "outbox.json";

/// What is in an outbox, and how it is sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The form of the file.
    format: u32,
    /// The study.
    pub study: StudyId,
    /// The laptop.
    pub device: DeviceId,
    /// The server that must have signed a receipt.
    pub server: DeviceId,
    /// What it signs with.
    pub verify_key: VerifyKey,
    /// Its name, for people.
    pub server_name: String,
    /// Its address.
    pub url: String,
    /// SHA-256 of the TLS key it must show.
    #[serde(with = "hex")]
    pub spki: [u8; 32],
    /// The upload token.
    pub token: String,
    /// Whether it is sent by itself when the server is in reach.
    pub auto: bool,
    /// Seconds between two tries of that.
    pub interval_seconds: u32,
    /// Folders to which it is written when the server is not in reach, the first to be tried first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<FolderWay>,
    /// How many unsent records the bundles hold.
    pub records: usize,
    /// The bundles, in the order in which they are to be sent.
    pub bundles: Vec<Packed>,
}

/// A folder beside the network. Ways that need a password are not among them: that stays in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderWay {
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub place: PathBuf,
}

/// One bundle of an outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// Its id, which is its file's name.
    pub id: BundleId,
    /// The stream it is of.
    pub stream: StreamCode,
    /// Its last entry; 0 for a part of an attachment, which has none.
    pub last: u64,
    /// The content of which it is a part, if it is no journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentId>,
}

/// How far an outbox has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How many unsent records were packed.
    pub records: usize,
    /// Files of attachments in it.
    pub files: usize,
    /// Bundles in it.
    pub bundles: usize,
    /// Bundles of them for which the server has sent a receipt.
    pub answered: usize,
}

/// A laptop's outbox.
#[derive(Clone, Debug)]
pub struct Outbox {
    dir: PathBuf,
}

impl Index {
    /// Puts an index together; the bundles come after.
    pub fn new(study: StudyId, device: DeviceId, server: DeviceId, verify_key: VerifyKey) -> Self {
        Self {
            format: FORMAT,
            study,
            device,
            server,
            verify_key,
            server_name: String::new(),
            url: String::new(),
            spki: [0; 32],
            token: String::new(),
            auto: false,
            interval_seconds: 60,
            folders: Vec::new(),
            records: 0,
            bundles: Vec::new(),
        }
    }
}

/// Without the token.
impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("url", &self.url).field("bundles", &self.bundles).finish_non_exhaustive()
    }
}

impl Outbox {
    /// Names a laptop's outbox; nothing is read yet.
    pub fn of(folder: &Folder) -> Self {
        Self { dir: folder.outbox() }
    }

    /// Reads the index; `None` if there is no outbox.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if it is not an index, [`StoreError::NewerStore`] if a newer program wrote it.
    pub fn index(&self) -> Result<Option<Index>> {
        let Some(bytes) = files::read_optional(&self.dir.join(INDEX))? else { return Ok(None) };
        let index: Index =
            serde_json::from_slice(&bytes).map_err(|error| StoreError::damaged("the outbox", error.to_string()))?;
        match index.format {
            FORMAT => Ok(Some(index)),
            found => Err(StoreError::NewerStore { found, known: FORMAT }),
        }
    }

    /// Says how far the outbox has got; `None` if there is none.
    ///
    /// # Errors
    /// As [`Self::index`].
    pub fn standing(&self) -> Result<Option<Standing>> {
        let Some(index) = self.index()? else { return Ok(None) };
        let answered = index.bundles.iter().filter(|packed| self.receipt_path(packed.id).exists()).count();
        let files = index.bundles.iter().filter_map(|packed| packed.content).collect::<BTreeSet<_>>().len();
        Ok(Some(Standing { records: index.records, files, bundles: index.bundles.len(), answered }))
    }

    /// Removes the outbox with all that is in it.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn clear(&self) -> Result<()> {
        if self.dir.exists() {
            std::fs::remove_dir_all(&self.dir).map_err(|error| StoreError::io("cannot empty", &self.dir, error))?;
        }
        Ok(())
    }

    /// Adds a bundle's file; it counts once the index names it.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn add(&self, sealed: &[u8]) -> Result<BundleId> {
        files::create_dir_private(&self.dir)?;
        let id = BundleId::of(sealed);
        files::write_private(&self.bundle_path(id), sealed)?;
        Ok(id)
    }

    /// Writes the index, after the bundles that it names.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn write(&self, index: &Index) -> Result<()> {
        files::create_dir_private(&self.dir)?;
        let bytes = serde_json::to_vec_pretty(index).map_err(|error| StoreError::Internal(error.to_string()))?;
        files::write_private(&self.dir.join(INDEX), &bytes)
    }

    /// Reads a bundle; `None` if it is gone, as when somebody has signed in meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if it is not what was packed.
    pub fn bundle(&self, id: BundleId) -> Result<Option<Vec<u8>>> {
        let bytes = read_bounded(self.bundle_path(id))?;
        if bytes.as_ref().is_some_and(|bytes| BundleId::of(bytes) != id) {
            return Err(StoreError::damaged("the outbox", format!("{id} is not what was packed")));
        }
        Ok(bytes)
    }

    /// Keeps the receipt for a bundle until somebody signs in.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn keep_receipt(&self, id: BundleId, receipt: &[u8]) -> Result<()> {
        files::write_private(&self.receipt_path(id), receipt)
    }

    /// Reads the receipt that was kept for a bundle.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn receipt(&self, id: BundleId) -> Result<Option<Vec<u8>>> {
        read_bounded(self.receipt_path(id))
    }

    /// Takes out what the store knows to be received, and every receipt that was kept: the store has taken them in.
    /// `records` are those still unsent.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn take_out(&self, mut index: Index, records: usize, is_received: impl Fn(&Packed) -> bool) -> Result<()> {
        let (received, left): (Vec<_>, Vec<_>) = index.bundles.iter().copied().partition(is_received);
        if left.is_empty() {
            return self.clear();
        }
        let receipts = index.bundles.iter().map(|packed| self.receipt_path(packed.id));
        let gone: Vec<PathBuf> = receipts.chain(received.iter().map(|packed| self.bundle_path(packed.id))).collect();
        (index.bundles, index.records) = (left, records);
        // The index first: what it does not name does not count, so a power cut leaves no bundle that cannot be read.
        self.write(&index)?;
        for path in gone {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::io("cannot remove", path, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn bundle_path(&self, id: BundleId) -> PathBuf {
        self.dir.join(format!("{id}.tsela"))
    }

    fn receipt_path(&self, id: BundleId) -> PathBuf {
        self.dir.join(format!("{id}.receipt"))
    }
}

/// Reads a file that no bundle's size is above.
fn read_bounded(path: PathBuf) -> Result<Option<Vec<u8>>> {
    let size = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
    if size > MAX_BUNDLE as u64 {
        return Err(StoreError::damaged("the outbox", format!("{} is larger than any bundle", path.display())));
    }
    files::read_optional(&path)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    use tsela_core::seal::SigningKey;
    use uuid::Uuid;

    use super::*;

    fn packed(outbox: &Outbox, bytes: &[u8], last: u64) -> Packed {
        Packed { id: outbox.add(bytes).unwrap(), stream: "A01".parse().unwrap(), last, content: None }
    }

    fn outbox() -> (tempfile::TempDir, Outbox, Index) {
        let dir = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(&Folder::new(dir.path()));
        let key = SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(1)).verify_key();
        let id = |n| DeviceId(Uuid::from_u128(n));
        let mut index = Index::new(StudyId(Uuid::from_u128(1)), id(1), id(2), key);
        index.bundles = vec![packed(&outbox, b"one", 3), packed(&outbox, b"two", 7)];
        index.records = 5;
        outbox.write(&index).unwrap();
        (dir, outbox, index)
    }

    #[test]
    fn what_is_kept_is_read_back_and_what_was_received_is_taken_out() {
        let (_dir, outbox, index) = outbox();
        assert_eq!(outbox.index().unwrap().unwrap(), index);
        assert_eq!(outbox.bundle(index.bundles[1].id).unwrap().unwrap(), b"two");
        assert_eq!(outbox.standing().unwrap(), Some(Standing { records: 5, files: 0, bundles: 2, answered: 0 }));
        outbox.keep_receipt(index.bundles[0].id, b"received").unwrap();
        assert_eq!(outbox.standing().unwrap().unwrap().answered, 1);
        assert_eq!(outbox.receipt(index.bundles[0].id).unwrap().unwrap(), b"received");

        outbox.take_out(index.clone(), 2, |packed| packed.last <= 3).unwrap();
        assert_eq!(outbox.standing().unwrap(), Some(Standing { records: 2, files: 0, bundles: 1, answered: 0 }));
        assert_eq!(outbox.bundle(index.bundles[0].id).unwrap(), None);
        outbox.take_out(outbox.index().unwrap().unwrap(), 0, |_| true).unwrap();
        assert_eq!(outbox.standing().unwrap(), None);
    }

    #[test]
    fn a_changed_bundle_is_not_sent_and_a_large_file_is_not_read() {
        let (dir, outbox, index) = outbox();
        let path = dir.path().join("outbox").join(format!("{}.tsela", index.bundles[0].id));
        std::fs::write(&path, b"0ne").unwrap();
        assert!(matches!(outbox.bundle(index.bundles[0].id), Err(StoreError::Damaged { .. })));
        std::fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
        assert!(matches!(outbox.bundle(index.bundles[0].id), Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn the_token_is_not_printed_for_debugging() {
        let (_dir, _, mut index) = outbox();
        index.token = "secret".to_owned();
        assert!(!format!("{index:?}").contains("secret"));
    }
}
