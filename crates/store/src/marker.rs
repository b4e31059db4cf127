//! What a folder remembers about its store, outside the store, so that an older or a copied store is noticed.
//!
//! Two laptops that write the same stream, or one that writes it twice, would fork it and print identifiers again. So a
//! store that is not the one this folder last had begins a new stream before anything else is written:
//!
//! - **copied**: the store's file is another one (file number and birth time), on another machine, or the marker is
//!   missing. Device numbers are left out, as they change from boot to boot.
//! - **rolled back**: it says that it is a backup, its *generation* (raised in the store at every opening and closing by
//!   a writer, then noted here) is lower than the marker's, or a stream ends before the seq noted here.
//!
//! The store commits first and the marker follows, so a crash between the two leaves the store exactly one generation
//! ahead, which is no alarm. The whole disk put back from an image takes the marker with it: nothing on the laptop can
//! tell. The server can, from the first receipt that acknowledges more than the laptop has; the engine then calls
//! [`demand_new_stream`].

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::Path,
};

use file_id::FileId;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use tsela_core::ids::StreamCode;
use uuid::Uuid;

use crate::{
    error::{Result, StoreError},
    files::{self, Folder},
    meta::{self, StoreMeta},
    open::Store,
};

const FORMAT: u32 = 1;
const COPIED: &str = "copied";
const ROLLED_BACK: &str = "rolled back";

/// The last seq of each stream that a store holds of its own.
pub type Heads = BTreeMap<StreamCode, u64>;

/// How a store stands to the folder it was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The one that was here.
    Same,
    /// A new one, never used.
    Fresh,
    /// A copy of one that may be in use elsewhere.
    Copied(&'static str),
    /// An older state of the one that was here.
    RolledBack(&'static str),
}

impl Standing {
    /// Says whether a new stream must begin.
    pub fn demands_new_stream(&self) -> bool {
        matches!(self, Self::Copied(_) | Self::RolledBack(_))
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("the same"),
            Self::Fresh => f.write_str("new"),
            Self::Copied(why) => write!(f, "{COPIED}: {why}"),
            Self::RolledBack(why) => write!(f, "{ROLLED_BACK}: {why}"),
        }
    }
}

/// What `marker.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    format: u32,
    store: Uuid,
    generation: u64,
    identity: Identity,
    /// Every stream code ever begun in this folder; a restored store does not know of the later ones.
    used_codes: BTreeSet<StreamCode>,
    heads: Heads,
}

impl Marker {
    /// Compares a folder's marker with its store.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn check(folder: &Folder, store: &StoreMeta, heads: &Heads) -> Result<Standing> {
        let identity = Identity::of(&folder.store())?;
        Ok(judge(Self::read(folder)?.as_ref(), store, &identity, heads))
    }

    /// Returns the codes that were ever begun in this folder.
    pub fn used_codes(&self) -> &BTreeSet<StreamCode> {
        &self.used_codes
    }

    /// Reads the marker; `None` if it is missing or unreadable, which forces a new stream just the same.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn read(folder: &Folder) -> Result<Option<Self>> {
        let Some(bytes) = files::read_optional(&folder.marker())? else { return Ok(None) };
        let marker = serde_json::from_slice::<Self>(&bytes).ok().filter(|marker| marker.format <= FORMAT);
        if marker.is_none() {
            tracing::warn!("marker.json is unreadable; a new stream will begin");
        }
        Ok(marker)
    }

    fn write(&self, folder: &Folder) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| StoreError::Internal(e.to_string()))?;
        files::write_private(&folder.marker(), &bytes)
    }

    fn new(store: &StoreMeta, identity: Identity) -> Self {
        Self {
            format: FORMAT,
            store: store.store,
            generation: store.generation,
            identity,
            used_codes: BTreeSet::new(),
            heads: Heads::new(),
        }
    }
}

/// Compares store and marker after a writer has opened the store, notes in the store whether a new stream is due
/// ([`meta::new_stream_due`]), and brings both to the next generation. `heads` reads the store's own streams.
///
/// # Errors
/// Returns what the disk said.
pub fn settle(folder: &Folder, store: &Store, heads: fn(&Connection) -> Result<Heads>) -> Result<Standing> {
    let (found, heads) = store.read(|conn| Ok((StoreMeta::read(conn)?, heads(conn)?)))?;
    let identity = Identity::of(&folder.store())?;
    let marker = Marker::read(folder)?;
    let standing = judge(marker.as_ref(), &found, &identity, &heads);
    let mut marker = marker.unwrap_or_else(|| Marker::new(&found, identity.clone()));
    if !standing.demands_new_stream() && (marker.generation != found.generation || standing == Standing::Fresh) {
        // A crash came between store and marker. The marker catches up first: never two generations behind.
        marker.generation = found.generation;
        marker.write(folder)?;
    }
    let generation = found.generation.max(marker.generation).saturating_add(1);
    store.write(|tx| {
        meta::set(tx, meta::GENERATION, generation)?;
        meta::remove(tx, meta::BACKUP_OF)?;
        if standing.demands_new_stream() { meta::set(tx, meta::NEW_STREAM_DUE, standing) } else { Ok(()) }
    })?;
    if standing.demands_new_stream() {
        tracing::warn!(%standing, "a new stream will begin");
    }
    marker.used_codes.extend(heads.keys());
    Marker { store: found.store, generation, identity, heads, ..marker }.write(folder)?;
    Ok(standing)
}

/// Raises the generation in the store and then in the marker, and notes how far the streams go: at closing, after a
/// push, and every hour. What was copied away before can then not be put back unnoticed.
///
/// # Errors
/// Returns what the disk said.
pub fn advance(folder: &Folder, store: &Store, heads: fn(&Connection) -> Result<Heads>) -> Result<()> {
    let (generation, heads) = store.write(|tx| {
        let generation = StoreMeta::read(tx)?.generation.saturating_add(1);
        meta::set(tx, meta::GENERATION, generation)?;
        Ok((generation, heads(tx)?))
    })?;
    change(folder, |marker| {
        marker.generation = generation;
        marker.used_codes.extend(heads.keys());
        marker.heads = heads;
    })
}

/// Notes that a stream code is taken into use, before the transaction that begins the stream: a code whose stream was
/// lost is wasted, never used twice.
///
/// # Errors
/// [`StoreError::Internal`] before [`settle`]; otherwise what the disk said.
pub fn use_code(folder: &Folder, code: StreamCode) -> Result<()> {
    change(folder, |marker| {
        marker.used_codes.insert(code);
    })
}

/// Chooses one of the codes that enrolment gave, none that was ever begun here. A rolled-back store takes the first, a
/// copy one of the others by its file's identity, so that original and copies, all offline, rarely meet on one; where
/// two copies do, the server sees a fork and tells people.
///
/// # Errors
/// Returns what the disk said.
pub fn choose_code(folder: &Folder, spare: &[StreamCode], due: Option<&str>) -> Result<Option<StreamCode>> {
    let used = Marker::read(folder)?.map(|marker| marker.used_codes).unwrap_or_default();
    let free: Vec<StreamCode> = spare.iter().copied().filter(|code| !used.contains(code)).collect();
    if !due.is_some_and(|why| why.starts_with(COPIED)) || free.len() < 2 {
        return Ok(free.first().copied());
    }
    let spread = Identity::of(&folder.store())?.spread();
    Ok(free.iter().skip(1).cycle().nth(spread % (free.len() - 1)).copied())
}

/// Demands a new stream for a reason found later, as when a receipt acknowledges more than the laptop has.
///
/// # Errors
/// Returns what the disk said.
pub fn demand_new_stream(conn: &Connection, why: &'static str) -> Result<()> {
    meta::set(conn, meta::NEW_STREAM_DUE, Standing::RolledBack(why))
}

fn change(folder: &Folder, work: impl FnOnce(&mut Marker)) -> Result<()> {
    let marker = Marker::read(folder)?;
    let mut marker = marker.ok_or_else(|| StoreError::Internal("marker.json went away while in use".to_owned()))?;
    work(&mut marker);
    marker.write(folder)
}

fn judge(marker: Option<&Marker>, store: &StoreMeta, identity: &Identity, heads: &Heads) -> Standing {
    use Standing::{Copied, Fresh, RolledBack, Same};
    if store.is_backup {
        return RolledBack("a backup was put in the store's place");
    }
    let Some(marker) = marker else {
        return if store.generation == 0 { Fresh } else { Copied("the folder does not know this store") };
    };
    if marker.store != store.store {
        return Copied("the store of another folder was put here");
    }
    let shorter = |(code, seq): (&StreamCode, &u64)| heads.get(code).is_none_or(|head| head < seq);
    if store.generation < marker.generation || marker.heads.iter().any(shorter) {
        return RolledBack("an older copy was put in the store's place");
    }
    if marker.identity != *identity {
        return Copied("the folder was copied, or its disk restored from files");
    }
    if store.generation > marker.generation.saturating_add(1) {
        return Copied("the marker is older than the store");
    }
    Same
}

/// Which file on which machine a store is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    /// The file's number on its disk.
    file: String,
    /// When the file was created, in nanoseconds since 1970, where the file system keeps it.
    born: Option<String>,
    /// A hash of the machine's id, where there is one to read.
    host: Option<String>,
}

impl Identity {
    fn of(path: &Path) -> Result<Self> {
        let cannot = |e| StoreError::io("cannot look at", path, e);
        let file = match file_id::get_file_id(path).map_err(cannot)? {
            FileId::Inode { inode_number, .. } => format!("inode {inode_number}"),
            FileId::LowRes { volume_serial_number, file_index } => format!("{volume_serial_number:x} {file_index:x}"),
            FileId::HighRes { volume_serial_number, file_id } => format!("{volume_serial_number:x} {file_id:x}"),
        };
        let created = fs::metadata(path).map_err(cannot)?.created().ok();
        let born = created.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok()).map(|d| d.as_nanos().to_string());
        Ok(Self { file, born, host: host() })
    }

    fn spread(&self) -> usize {
        let text = format!("{}/{:?}/{:?}", self.file, self.born, self.host);
        let hash = blake3::hash(text.as_bytes());
        hash.as_bytes().iter().take(4).fold(0, |n, b| (n << 8) | usize::from(*b))
    }
}

/// Only Linux has the id in a file. Elsewhere file number and birth time must do; on Windows the number includes the
/// volume's serial.
fn host() -> Option<String> {
    let id = fs::read_to_string("/etc/machine-id").ok().filter(|_| cfg!(target_os = "linux"))?;
    let hash = blake3::derive_key("tsela/host/1", id.trim().as_bytes());
    Some(crate::hex::encode(&hash))
}

#[cfg(test)]
mod tests;
