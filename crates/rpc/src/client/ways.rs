//! Configured ways to send: what the network would do is done by the first of them that works.

use std::path::Path;

use tsela_store::{StoreError, acks, attachments, outgoing, ways, ways::Way};
use tsela_sync::road::{
    files::{FileRoad, FilesError},
    folder::FolderRoad,
    sftp::{HostKey, Login, SftpAddress},
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

/// What is unsent at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsentNow {
    entries: u64,
    acked: u64,
    contents: usize,
}

impl UnsentNow {
    /// Says whether anything is.
    pub fn is_any(self) -> bool {
        self.entries > 0 || self.contents > 0
    }
}

/// What was written to which way last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    way: i64,
    unsent: UnsentNow,
}

impl Written {
    /// Says whether this is what is unsent still.
    pub fn covers(self, unsent: UnsentNow) -> bool {
        self.unsent == unsent
    }
}

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

    /// Sends by the first way that works. `written` says what was written to which way before: there, only receipts are
    /// looked for while nothing else has become unsent.
    ///
    /// # Errors
    /// That of the last way, if none works; [`CourierError::NoPlace`] if there is none.
    pub fn send_by_first(
        &self,
        written: &mut Option<Written>,
        tell: &dyn Fn(Carried) -> bool,
    ) -> Result<(Way, Exported, Imported), CourierError> {
        let mut last = CourierError::NoPlace;
        for way in self.ways()? {
            let again = written.as_ref().is_some_and(|written| written.way == way.id);
            let known = written.filter(|_| again).map(|written| written.unsent);
            match self.send_unless(&way, known, None, tell) {
                Ok((out, brought)) => {
                    *written = Some(Written { way: way.id, unsent: self.unsent_now()? });
                    return Ok((way, out, brought));
                }
                Err(CourierError::Stopped) => return Err(CourierError::Stopped),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Says what is unsent, so that two times can be compared.
    pub(super) fn unsent_now(&self) -> Result<UnsentNow, StoreError> {
        self.store.read(|conn| {
            let acked = acks::own_streams(conn)?.into_iter().map(|(_, acked)| acked).sum();
            let entries = outgoing::unsent(conn)?.entries;
            Ok(UnsentNow { entries, acked, contents: attachments::unsent(conn)?.contents })
        })
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
        self.send_unless(way, None, named, tell)
    }

    fn send_unless(
        &self,
        way: &Way,
        known: Option<UnsentNow>,
        named: Option<HostKey>,
        tell: &dyn Fn(Carried) -> bool,
    ) -> Result<(Exported, Imported), CourierError> {
        let sent = self.carry_by(way, known, named, tell);
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
        known: Option<UnsentNow>,
        named: Option<HostKey>,
        tell: &dyn Fn(Carried) -> bool,
    ) -> Result<(Exported, Imported), CourierError> {
        let road = self.road(&Place::of(&way.place)?, (&way.identity, &way.secret), named)?;
        let brought = self.import(road.as_ref(), tell)?;
        if known == Some(self.unsent_now()?) {
            return Ok((Exported::default(), brought));
        }
        Ok((self.export(road.as_ref(), tell)?, brought))
    }
}

/// Turns a courier's error into what a page shows of a way.
pub(super) fn problem_of(error: &CourierError) -> SyncProblem {
    let Failure { code, title, detail, action, params, .. } = error.into();
    SyncProblem { code, title, detail, action, params }
}
