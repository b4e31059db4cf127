//! A stick in a pocket: exports, imports, and what happens to files meanwhile.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tsela_sync::road::folder::FolderRoad;

use super::{checks::assert_no_canary, clinic::Clinic, dice::Dice, peer::Peer};

/// A stick.
pub struct Stick {
    dir: PathBuf,
    /// Files that were lost or overwritten, to turn up again.
    older: Vec<(PathBuf, Vec<u8>)>,
}

impl Stick {
    /// Buys an empty one.
    pub fn new(dir: &Path) -> Self {
        fs::create_dir_all(dir).expect("a folder is made");
        Self { dir: dir.to_path_buf(), older: Vec::new() }
    }

    fn road(&self) -> FolderRoad {
        FolderRoad::at(&self.dir).expect("the stick is plugged in")
    }

    /// A laptop writes what is unsent to it.
    pub fn export(&self, peer: &Peer) -> usize {
        let exported = peer.opened().export(&self.road(), &|_| true);
        match exported {
            Ok(exported) => exported.bundles,
            // Without a stream to write to, not even the event of an export can be noted.
            Err(tsela_rpc::client::courier::CourierError::Store(error))
                if error.code() == tsela_store::Code::Invalid =>
            {
                0
            }
            Err(error) => panic!("{} cannot export: {error}", peer.name),
        }
    }

    /// A laptop takes its receipts from it.
    pub fn take_receipts(&self, peer: &Peer) -> usize {
        peer.opened().import(&self.road(), &|_| true).expect("a laptop imports").receipts
    }

    /// The clinic takes in what lies on it.
    pub fn take_in(&self, clinic: &mut Clinic) -> usize {
        clinic.import(&self.road())
    }

    /// Something happens to a file: it is lost, cut off, damaged, doubled under another name, or an older one turns up.
    pub fn suffer(&mut self, dice: &mut Dice) {
        let files = self.files();
        let Some(path) = dice.pick(&files).cloned() else { return };
        let mut bytes = fs::read(&path).expect("a file can be read");
        if self.older.len() < 40 {
            self.older.push((path.clone(), bytes.clone()));
        }
        match dice.below(5) {
            0 => fs::remove_file(&path).expect("a file is removed"),
            1 => {
                bytes.truncate(dice.below(bytes.len() + 1));
                fs::write(&path, &bytes).expect("a file is written");
            }
            2 if !bytes.is_empty() => {
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
                // Under its old name, or under one that fits.
                let name = tsela_core::bundle::BundleId::of(&bytes);
                let to = if dice.chance(500) { path.clone() } else { path.with_file_name(format!("{name}.tsela")) };
                fs::write(to, &bytes).expect("a file is written");
            }
            3 => fs::write(path.with_extension("part"), &bytes).expect("a file is written"),
            _ => {
                if let Some((path, bytes)) = dice.pick(&self.older).cloned() {
                    fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder is made");
                    fs::write(path, bytes).expect("a file is written");
                }
            }
        }
    }

    /// No file says anything of a participant.
    pub fn check(&self) {
        for path in self.files() {
            assert_no_canary("a file on the stick", &fs::read(path).expect("a file can be read"));
        }
    }

    /// Every file, those that were taken in too, by name.
    fn files(&self) -> Vec<PathBuf> {
        let (mut found, mut folders) = (Vec::new(), vec![self.dir.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder can be read") {
                let path = entry.expect("a folder can be read").path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }
}
