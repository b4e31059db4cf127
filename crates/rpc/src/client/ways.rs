//! Configured ways to send: what the network would do is done by the first of them that works.

use std::path::Path;

use tsela_store::{StoreError, ways, ways::Way};
use tsela_sync::{
    road::{
        files::{FileRoad, FilesError},
        folder::FolderRoad,
        sftp::{HostKey, Login, SftpAddress},
    },
    ways::{UnsentNow, Written, first},
};

use super::{
    courier::{Carried, CourierError, Exported, Imported},
    laptop::Opened,
};
use crate::schema::{Failure, sync::SyncProblem};

/// Where a courier's data goes or comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder, by its whole path.
    Folder(String),
    /// An SFTP server.
    Sftp(SftpAddress),
}

impl Place {
    /// Understands what was typed.
    ///
    /// # Errors
    /// [`CourierError::NoPlace`], or that of an SFTP address.
    pub fn of(typed: &str) -> Result<Self, CourierError> {
        let typed = typed.trim();
        if SftpAddress::is_meant(typed) {
            return Ok(Self::Sftp(typed.parse().map_err(FilesError::Sftp)?));
        }
        if !Path::new(typed).is_absolute() {
            return Err(CourierError::NoPlace);
        }
        Ok(Self::Folder(typed.to_owned()))
    }

    /// Writes it for people.
    pub fn shown(&self) -> String {
        match self {
            Self::Folder(path) => path.clone(),
            Self::Sftp(address) => address.to_string(),
        }
    }
}

/// By which way it went, what was written, and what came back.
pub type SentBy = (Way, (Exported, Imported));
/// The ways that were tried, and why none of them worked; none if there are none.
pub type NoneWorked = Vec<(Way, CourierError)>;

impl Opened {
    /// Opens a road to a place.
    ///
    /// # Errors
    /// The road's.
    pub fn road(
        &self,
        place: &Place,
        (identity, secret): (&str, &str),
        named: Option<HostKey>,
    ) -> Result<Box<dyn FileRoad>, CourierError> {
        let address = match place {
            Place::Folder(path) => return Ok(Box::new(FolderRoad::at(Path::new(path)).map_err(FilesError::from)?)),
            Place::Sftp(address) => address.clone(),
        };
        let identity = (!identity.trim().is_empty()).then(|| Path::new(identity.trim()));
        let secret = (!secret.is_empty()).then(|| secret.to_owned().into());
        let login = Login::new(identity, secret).map_err(FilesError::Sftp)?;
        Ok(Box::new(self.sftp(address, login, named)?))
    }

    /// Lists the configured ways, the first to be tried first.
    ///
    /// # Errors
    /// The store's.
    pub fn ways(&self) -> Result<Vec<Way>, StoreError> {
        self.store.read(ways::list)
    }

    /// Adds a way, or replaces the one of this name.
    ///
    /// # Errors
    /// [`CourierError`] if the place or the name is none.
    pub fn put_way(&self, name: &str, place: &str, identity: &str, secret: &str) -> Result<(), CourierError> {
        let place = Place::of(place)?.shown();
        Ok(self.store.write(|tx| ways::put(tx, name, &place, identity.trim(), secret))?)
    }

    /// Sends by the first way that works. Where what is unsent lies already, only receipts are looked for.
    ///
    /// # Errors
    /// Why none of the ways works; the store's, if it cannot be asked for them.
    pub fn send_by_first(&self, tell: &dyn Fn(Carried) -> bool) -> Result<Result<SentBy, NoneWorked>, StoreError> {
        let ends = |error: &CourierError| matches!(error, CourierError::Stopped | CourierError::Store(_));
        Ok(first(self.ways()?, ends, |way| self.send(way, false, None, tell)))
    }

    /// Says what is unsent, so that two times can be compared.
    ///
    /// # Errors
    /// The store's.
    pub fn unsent_now(&self) -> Result<UnsentNow, StoreError> {
        self.store.read(UnsentNow::of)
    }

    /// Sends by a way: takes in the receipts that lie there, and writes what is unsent. Notes how it went.
    ///
    /// # Errors
    /// [`CourierError`]; nothing counts as sent by it.
    pub fn send_by(
        &self,
        way: &Way,
        named: Option<HostKey>,
        tell: &dyn Fn(Carried) -> bool,
    ) -> Result<(Exported, Imported), CourierError> {
        self.send(way, true, named, tell)
    }

    fn send(
        &self,
        way: &Way,
        again: bool,
        named: Option<HostKey>,
        tell: &dyn Fn(Carried) -> bool,
    ) -> Result<(Exported, Imported), CourierError> {
        let sent = self.carry_by(way, again, named, tell);
        match &sent {
            Ok(_) => self.store.write(|tx| ways::note(tx, way.id, self.now(), None))?,
            Err(CourierError::Stopped) => {}
            Err(error) => {
                let said = serde_json::to_string(&problem_of(error)).ok();
                self.store.write(|tx| ways::note(tx, way.id, self.now(), said.as_deref()))?;
            }
        }
        sent
    }

    /// What lies there is believed first, so that nothing is written that was received already.
    fn carry_by(
        &self,
        way: &Way,
        again: bool,
        named: Option<HostKey>,
        tell: &dyn Fn(Carried) -> bool,
    ) -> Result<(Exported, Imported), CourierError> {
        let road = self.road(&Place::of(&way.place)?, (&way.identity, &way.secret), named)?;
        let brought = self.import(road.as_ref(), tell)?;
        let known: Option<Written> = way.written.as_deref().and_then(|said| serde_json::from_str(said).ok());
        if let Some(known) = known.filter(|_| !again)
            && known.stands(self.unsent_now()?, road.as_ref(), self.identity.device)?
        {
            return Ok((Exported::default(), brought));
        }
        let (out, written) = self.write_out(road.as_ref(), tell)?;
        let said = serde_json::to_string(&written).map_err(|error| StoreError::Internal(error.to_string()))?;
        self.store.write(|tx| ways::note_written(tx, way.id, &said))?;
        Ok((out, brought))
    }
}

/// Turns a courier's error into what a page shows of a way.
pub(super) fn problem_of(error: &CourierError) -> SyncProblem {
    let Failure { code, title, detail, action, params, .. } = error.into();
    SyncProblem { code, title, detail, action, params }
}
