//! The courier: what is unsent goes out along a road of files (a stick, a share, an SFTP server), and receipts come back
//! the same way.
//!
//! A file that was written says nothing of what is received: all stays unsent until a receipt says otherwise. Whoever
//! exports again packs all of it again, from the first entry that no receipt covers; a server that gets it twice stores
//! it once.

use std::collections::BTreeMap;

use tsela_core::bundle::BundleId;
use tsela_store::{StoreError, acks, attachments, outgoing, recover};
use tsela_sync::{
    outbox::{Brought, believe_one},
    road::{
        files::{Content, FileRoad, FilesError, Way},
        sftp::{HostKey, Login, SftpAddress, SftpRoad, confirmed},
    },
    ways::{UnsentNow, Written},
};

use super::laptop::Opened;

/// Why nothing, or not all, was carried.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// The road.
    #[error(transparent)]
    Road(#[from] FilesError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was typed is no place.
    #[error("a folder is written with its whole path, an SFTP server as sftp://user@host:port/folder")]
    NoPlace,
    /// A person has ended it.
    #[error("it was ended before all of it was carried; nothing counts as sent by it, and it may be begun again")]
    Stopped,
}

/// How far the courier's work has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Entries written and read back, or files looked at.
    pub done: u64,
    /// Of how many.
    pub total: u64,
    /// Bytes written or read.
    pub bytes: u64,
}

/// Why a file was left where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Another name, a link, or a part of a file.
    NoReceipt,
    /// What it holds does not fit its name.
    Damaged,
    /// The server was restored since.
    OtherLife,
    /// It is of another study, server or laptop, or not to be believed.
    NotOurs(String),
}

impl Left {
    /// Returns what pages branch on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoReceipt => "no_receipt",
            Self::Damaged => "damaged",
            Self::OtherLife => "other_life",
            Self::NotOurs(_) => "not_ours",
        }
    }
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoReceipt => "it is no receipt",
            Self::Damaged => "it is damaged",
            Self::OtherLife => "the server was restored since; bring this laptop to its network once",
            Self::NotOurs(why) => why,
        })
    }
}

/// What was written for the courier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Bundles.
    pub bundles: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Records that are unsent, all of which are in them.
    pub records: usize,
    /// Files of attachments that are unsent, all of which are in them.
    pub attachments: usize,
}

/// What the courier has brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Receipts that were believed.
    pub receipts: usize,
    /// Files that were left where they are, and why.
    pub left: Vec<(String, Left)>,
    /// Records that are unsent still.
    pub unsent: usize,
}

impl Opened {
    /// Opens an SFTP road. The key that a person names now is remembered once the server has shown it.
    ///
    /// # Errors
    /// [`CourierError`]; a server whose key nobody has confirmed, or that shows another one, is refused.
    pub fn sftp(&self, address: SftpAddress, login: Login, named: Option<HostKey>) -> Result<SftpRoad, CourierError> {
        let opened = confirmed::open(&self.store, address, login, named)?;
        if let Some((server, key)) = opened.news {
            confirmed::remember(&self.store, &server, key)?;
            let fields = [("server", server), ("key", key.to_string())];
            self.event("host_key", fields.map(|(name, value)| (name.to_owned(), value.into())).into())?;
        }
        Ok(opened.road)
    }

    /// Writes all that is unsent to a road of files. When this returns, it lies there; a stick may be pulled out. What this
    /// laptop has written there before is replaced: the new files say all of it.
    ///
    /// # Errors
    /// [`CourierError`]; the store still holds everything, and what was written before is there still. `tell` hears how
    /// far it is, and ends it after the file that is on its way by saying no.
    pub fn export(&self, road: &dyn FileRoad, tell: &dyn Fn(Carried) -> bool) -> Result<Exported, CourierError> {
        Ok(self.write_out(road, tell)?.0)
    }

    /// The same; says which bundles lie there now, and what was unsent before the first of them was packed: what is entered
    /// meanwhile may be in none of them.
    pub(super) fn write_out(
        &self,
        road: &dyn FileRoad,
        tell: &dyn Fn(Carried) -> bool,
    ) -> Result<(Exported, Written), CourierError> {
        let anything = |conn: &_| Ok(outgoing::is_anything_unsent(conn)? || attachments::is_anything_unsent(conn)?);
        if !self.store.read(anything)? {
            return Ok((Exported::default(), Written { unsent: self.unsent_now()?, bundles: Vec::new() }));
        }
        // First, so that it rides with what it tells of.
        self.event("export", [("to".to_owned(), road.kind().into())].into())?;
        road.explain()?;
        let device = self.identity.device;
        let (unsent, records) = self.store.read(|conn| Ok((UnsentNow::of(conn)?, outgoing::unsent(conn)?.records)))?;
        let mut through = self.unsent_from()?;
        let mut carried =
            Carried { total: through.values().map(|(after, last)| last - after).sum(), ..Carried::default() };
        let mut written: Vec<BundleId> = Vec::new();
        self.pack_unsent(|stream, last, sealed| {
            if !tell(carried) {
                return Err(CourierError::Stopped);
            }
            written.push(road.put(Way::ToServer, device, &sealed)?);
            if let Some((after, _)) = through.get_mut(&stream.id) {
                carried.done += last.saturating_sub(*after);
                *after = last;
            }
            carried.bytes += sealed.len() as u64;
            Ok(())
        })?;
        let attachments = self.pack_contents(
            |_| Ok(Vec::new()),
            |_, _, sealed| {
                if !tell(carried) {
                    return Err(CourierError::Stopped);
                }
                written.push(road.put(Way::ToServer, device, &sealed)?);
                carried.bytes += sealed.len() as u64;
                Ok(())
            },
        )?;
        tell(carried);
        let bytes = carried.bytes;
        road.keep_only(Way::ToServer, device, &written);
        self.advance_marker()?;
        let exported = Exported { bundles: written.len(), bytes, records, attachments };
        Ok((exported, Written { unsent, bundles: written }))
    }

    /// Takes in the receipts that lie on a road of files for this laptop. Doing it again does no harm. `tell` as in
    /// [`export`](Self::export).
    ///
    /// # Errors
    /// [`CourierError`]; what was believed before stays believed.
    pub fn import(&self, road: &dyn FileRoad, tell: &dyn Fn(Carried) -> bool) -> Result<Imported, CourierError> {
        let listing = road.list(Way::ToDevice, Some(self.identity.device))?;
        let mut imported = Imported::default();
        let mut carried = Carried { total: listing.found.len() as u64, ..Carried::default() };
        let no_bundle = |name: String| (name, Left::NoReceipt);
        imported.left.extend(listing.others.into_iter().map(no_bundle));
        for found in &listing.found {
            let name = found.id.to_string();
            if !tell(carried) {
                break;
            }
            carried.done += 1;
            let Content::Whole(bytes) = road.get(Way::ToDevice, found)? else {
                imported.left.push((name, Left::Damaged));
                continue;
            };
            carried.bytes += bytes.len() as u64;
            let who = (&self.identity, &self.remote);
            match believe_one(&bytes, &self.store, who, &self.packages(), self.clock().as_ref())? {
                Brought::Believed => {
                    imported.receipts += 1;
                    road.archive(Way::ToDevice, found)?;
                }
                Brought::OtherLife => imported.left.push((name, Left::OtherLife)),
                Brought::NotOurs(why) => imported.left.push((name, Left::NotOurs(why))),
            }
        }
        recover::begin_due(&self.folder, &self.store)?;
        recover::say_closed_again(&self.store, &self.packages())?;
        self.advance_marker()?;
        imported.unsent = self.store.read(outgoing::unsent)?.records;
        Ok(imported)
    }

    /// Returns by stream from where, and up to where, nothing is confirmed by receipts.
    fn unsent_from(&self) -> Result<BTreeMap<i64, (u64, u64)>, StoreError> {
        let streams = self.store.read(acks::own_streams)?;
        Ok(streams.into_iter().map(|(stream, acked)| (stream.id, (acked, stream.head.seq.max(acked)))).collect())
    }
}
