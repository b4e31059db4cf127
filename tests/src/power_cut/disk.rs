//! A disk in memory that knows which bytes would survive a power cut.
//!
//! A write is safe once its file was synced; until then each 512-byte sector of it is kept or lost by itself, in any
//! order, and so is every change of a file's length. Names are safe once a new file of the folder was synced (SQLite's own
//! VFS then syncs the folder too; ext4, XFS and NTFS keep the order of such changes anyway) or a removal was asked to be
//! durable.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::Rng;

/// The unit in which a disk writes: a sector is old or new, never a mixture.
const SECTOR: usize = 512;

/// Locks of one file, as SQLite's own VFS would hold them in the operating system.
#[derive(Debug, Default)]
pub(super) struct Locks {
    pub(super) shared: u32,
    pub(super) reserved: bool,
    pub(super) pending: bool,
    pub(super) exclusive: bool,
    /// Shared holders of each slot of the write-ahead log's index.
    pub(super) shm_shared: [u32; 8],
    pub(super) shm_exclusive: [bool; 8],
}

/// What survives of a disk: what one can reopen from.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    files: BTreeMap<String, Vec<u8>>,
}

impl Snapshot {
    /// Returns the names of its files.
    pub fn names(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }

    /// Returns the length of each file in bytes.
    pub fn sizes(&self) -> Vec<(&str, usize)> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.len())).collect()
    }
}

#[derive(Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Resize(usize),
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => write(file, *offset, bytes),
            Self::Resize(len) => file.resize(*len, 0),
        }
    }

    /// Applies what the cut left of it: all, nothing, or each sector by itself.
    fn apply_torn(&self, file: &mut Vec<u8>, rng: &mut impl Rng) {
        match (rng.next_u32() % 3, self) {
            (0, _) => self.apply(file),
            (1, Self::Write { offset, bytes }) => {
                for (at, sector) in sectors(*offset, bytes) {
                    if rng.next_u32().is_multiple_of(2) {
                        write(file, at, sector);
                    }
                }
            }
            _ => {}
        }
    }
}

#[derive(Debug, Default)]
struct File {
    live: Vec<u8>,
    synced: Vec<u8>,
    since: Vec<Change>,
}

/// The disk.
#[derive(Debug, Default)]
pub(super) struct Disk {
    files: Vec<File>,
    live_names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    pub(super) locks: BTreeMap<usize, Locks>,
    /// Pages of the write-ahead log's index by file, each kept alive for whoever mapped it.
    pub(super) shm: BTreeMap<usize, Vec<std::sync::Arc<[std::sync::atomic::AtomicU64]>>>,
    /// How many changes the disk has taken.
    pub(super) changes: u64,
    /// The change at which the power goes.
    pub(super) cut_at: Option<u64>,
    pub(super) off: bool,
    /// How many bytes fit on the disk; no limit if `None`.
    pub(super) room: Option<usize>,
}

/// The power is off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Off;

impl Disk {
    pub(super) fn from_snapshot(snapshot: &Snapshot) -> Self {
        let mut disk = Self::default();
        for (name, bytes) in &snapshot.files {
            disk.files.push(File { live: bytes.clone(), synced: bytes.clone(), since: Vec::new() });
            disk.live_names.insert(name.clone(), disk.files.len() - 1);
        }
        disk.durable_names = disk.live_names.clone();
        disk
    }

    /// Says what a cut at this moment would leave.
    pub(super) fn cut(&mut self, rng: &mut impl Rng) -> Snapshot {
        self.off = true;
        let names: BTreeSet<&String> = self.live_names.keys().chain(self.durable_names.keys()).collect();
        let mut files = BTreeMap::new();
        for name in names {
            let (live, durable) = (self.live_names.get(name), self.durable_names.get(name));
            let survivor = if live == durable || rng.next_u32().is_multiple_of(2) { durable } else { live };
            let Some(file) = survivor.map(|&file| &self.files[file]) else { continue };
            let mut bytes = file.synced.clone();
            file.since.iter().for_each(|change| change.apply_torn(&mut bytes, rng));
            files.insert(name.clone(), bytes);
        }
        Snapshot { files }
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.live_names.get(name).copied()
    }

    pub(super) fn create(&mut self, name: &str) -> Result<usize, Off> {
        self.take_change()?;
        self.files.push(File::default());
        self.live_names.insert(name.to_owned(), self.files.len() - 1);
        Ok(self.files.len() - 1)
    }

    pub(super) fn delete(&mut self, name: &str, durably: bool) -> Result<(), Off> {
        self.take_change()?;
        self.live_names.remove(name);
        if durably {
            self.durable_names.remove(name);
        }
        Ok(())
    }

    /// Reads as many bytes as there are.
    pub(super) fn read(&self, file: usize, offset: usize, into: &mut [u8]) -> Result<usize, Off> {
        if self.off {
            return Err(Off);
        }
        let from = self.files[file].live.get(offset..).unwrap_or_default();
        let len = from.len().min(into.len());
        into[..len].copy_from_slice(&from[..len]);
        Ok(len)
    }

    /// Says whether a file can grow to this length.
    pub(super) fn has_room(&self, file: usize, len: usize) -> bool {
        self.room.is_none_or(|room| self.used() + len.saturating_sub(self.len(file)) <= room)
    }

    /// Returns how many bytes the files hold.
    pub(super) fn used(&self) -> usize {
        self.live_names.values().map(|file| self.len(*file)).sum()
    }

    pub(super) fn len(&self, file: usize) -> usize {
        self.files[file].live.len()
    }

    pub(super) fn write(&mut self, file: usize, offset: usize, bytes: &[u8]) -> Result<(), Off> {
        self.change(file, Change::Write { offset, bytes: bytes.to_vec() })
    }

    pub(super) fn resize(&mut self, file: usize, len: usize) -> Result<(), Off> {
        self.change(file, Change::Resize(len))
    }

    pub(super) fn sync(&mut self, file: usize) -> Result<(), Off> {
        self.take_change()?;
        let File { synced, since, .. } = &mut self.files[file];
        since.drain(..).for_each(|change| change.apply(synced));
        let name = self.live_names.iter().find(|(_, f)| **f == file).map(|(name, _)| name);
        if name.is_some_and(|name| self.durable_names.get(name) != Some(&file)) {
            self.durable_names = self.live_names.clone();
        }
        Ok(())
    }

    /// Takes a change; the one at which the power goes may or may not have reached the disk.
    fn change(&mut self, file: usize, change: Change) -> Result<(), Off> {
        let was_off = self.off;
        let taken = self.take_change();
        if !was_off {
            let file = &mut self.files[file];
            change.apply(&mut file.live);
            file.since.push(change);
        }
        taken
    }

    fn take_change(&mut self) -> Result<(), Off> {
        if self.off {
            return Err(Off);
        }
        self.changes += 1;
        self.off = self.cut_at.is_some_and(|at| self.changes > at);
        if self.off { Err(Off) } else { Ok(()) }
    }
}

fn write(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}

/// Cuts a write at the borders of the disk's sectors.
fn sectors(offset: usize, bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let (mut at, mut rest, mut sectors) = (offset, bytes, Vec::new());
    while !rest.is_empty() {
        let (sector, tail) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
        sectors.push((at, sector));
        at += sector.len();
        rest = tail;
    }
    sectors
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    #[test]
    fn what_was_synced_survives_every_cut_and_what_was_not_is_kept_lost_or_torn() {
        let (mut kept, mut lost, mut torn) = (0, 0, 0);
        for seed in 0..200 {
            let mut disk = Disk::default();
            let file = disk.create("a").unwrap();
            disk.write(file, 0, &[1; 2048]).unwrap();
            disk.sync(file).unwrap();
            disk.write(file, 0, &[2; 2048]).unwrap();
            let snapshot = disk.cut(&mut ChaCha20Rng::seed_from_u64(seed));
            let bytes = &snapshot.files["a"];
            assert_eq!(bytes.len(), 2048);
            for sector in bytes.chunks(SECTOR) {
                assert!(sector.iter().all(|b| *b == sector[0]), "a sector is mixed, seed {seed}");
            }
            match bytes.iter().filter(|b| **b == 2).count() {
                0 => lost += 1,
                2048 => kept += 1,
                _ => torn += 1,
            }
        }
        assert!(kept > 20 && lost > 20 && torn > 20, "{kept} {lost} {torn}");
    }

    #[test]
    fn a_name_is_kept_or_lost_until_its_file_is_synced() {
        let mut there = 0;
        for seed in 0..100 {
            let mut disk = Disk::default();
            disk.create("a").unwrap();
            there += disk.cut(&mut ChaCha20Rng::seed_from_u64(seed)).names().len();
        }
        assert!((20..80).contains(&there), "{there}");
    }

    #[test]
    fn nothing_is_taken_after_the_cut() {
        let mut disk = Disk { cut_at: Some(2), ..Disk::default() };
        let file = disk.create("a").unwrap();
        disk.write(file, 0, b"x").unwrap();
        assert!(disk.sync(file).is_err());
        assert!(disk.write(file, 1, b"y").is_err());
        assert_eq!(disk.len(file), 1);
    }
}
