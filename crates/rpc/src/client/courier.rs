//! The courier: what is unsent goes out along a road of files (a stick, a share, an SFTP server), and receipts come back
//! the same way.
//!
//! A file that was written says nothing of what is received: all stays unsent until a receipt says otherwise. Whoever
//! exports again packs all of it again, from the first entry that no receipt covers; a server that gets it twice stores
//! it once.

use tsela_store::{StoreError, outgoing, recover};
use tsela_sync::{
    outbox::{Brought, believe_one},
    road::{
        files::{Content, FileRoad, FilesError, Way},
        sftp::{HostKey, Login, SftpAddress, SftpRoad, confirmed},
    },
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
}

/// What the courier has brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Receipts that were believed.
    pub receipts: usize,
    /// Files that were left where they are, and why.
    pub left: Vec<(String, String)>,
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
    /// [`CourierError`]; the store still holds everything, and what was written before is there still.
    pub fn export(&self, road: &dyn FileRoad) -> Result<Exported, CourierError> {
        if !self.store.read(outgoing::is_anything_unsent)? {
            return Ok(Exported::default());
        }
        // First, so that it rides with what it tells of.
        self.event("export", [("to".to_owned(), road.kind().into())].into())?;
        road.explain()?;
        let device = self.identity.device;
        let (mut written, mut bytes) = (Vec::new(), 0);
        self.pack_unsent(|_, _, sealed| {
            bytes += sealed.len() as u64;
            written.push(road.put(Way::ToServer, device, &sealed)?);
            Ok::<_, CourierError>(())
        })?;
        road.keep_only(Way::ToServer, device, &written);
        self.advance_marker()?;
        let records = self.store.read(outgoing::unsent)?.records;
        Ok(Exported { bundles: written.len(), bytes, records })
    }

    /// Takes in the receipts that lie on a road of files for this laptop. Doing it again does no harm.
    ///
    /// # Errors
    /// [`CourierError`]; what was believed before stays believed.
    pub fn import(&self, road: &dyn FileRoad) -> Result<Imported, CourierError> {
        let listing = road.list(Way::ToDevice, Some(self.identity.device))?;
        let mut imported = Imported::default();
        let no_bundle = |name: String| (name, "it is no receipt".to_owned());
        imported.left.extend(listing.others.into_iter().map(no_bundle));
        for found in &listing.found {
            let name = found.id.to_string();
            let Content::Whole(bytes) = road.get(Way::ToDevice, found)? else {
                imported.left.push((name, "it is damaged".to_owned()));
                continue;
            };
            let who = (&self.identity, &self.remote);
            match believe_one(&bytes, &self.store, who, &self.packages(), self.clock().as_ref())? {
                Brought::Believed => {
                    imported.receipts += 1;
                    road.archive(Way::ToDevice, found)?;
                }
                Brought::OtherLife => {
                    let why = "the server was restored since; bring this laptop to its network once";
                    imported.left.push((name, why.to_owned()));
                }
                Brought::NotOurs(why) => imported.left.push((name, why)),
            }
        }
        recover::begin_due(&self.folder, &self.store)?;
        self.advance_marker()?;
        imported.unsent = self.store.read(outgoing::unsent)?.records;
        Ok(imported)
    }
}
