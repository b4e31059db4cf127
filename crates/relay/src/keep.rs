//! What a carrier checks of what an author gives it, keeps, and answers: its word for a bundle, its driver's signature under a
//! hand-over of tubes. Whoever calls has made sure that it is this author who speaks.

use tsela_core::{
    bundle::{BundleId, BundleKind, BundleView, SectionName},
    credential::Credential,
    custody::{Count, Countersigned, Offer, SignedTubes},
    fold::RecordState,
    ids::{DeviceId, RecordId},
    manifest::Manifest,
    meeting::Carried,
    model::{TAKER, Values as _},
    time::Timestamp,
    trust::Signed,
};
use tsela_store::{Connection, Store, StoreError, carried, counts, custody};
use tsela_sync::identity::DeviceIdentity;

/// A carrier's laptop, keeping things for others.
#[derive(Clone, Copy, Debug)]
pub struct Keeping<'a> {
    /// Its store.
    pub store: &'a Store,
    /// Who it is.
    pub identity: &'a DeviceIdentity,
    /// Bytes of bundles that it carries at most.
    pub room: u64,
    /// Its time.
    pub now: Timestamp,
}

/// Why a carrier does not take something along.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It is damaged, or another's.
    #[error("{0}")]
    Bad(String),
    /// It does not fit; so many bytes are free.
    #[error("the driver's laptop is full: {0} bytes are free")]
    NoRoom(u64),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotTaken {
    fn bad(detail: impl ToString) -> Self {
        Self::Bad(detail.to_string())
    }
}

impl Keeping<'_> {
    /// Checks a bundle as far as a carrier can, keeps it, and gives the carrier's word.
    ///
    /// # Errors
    /// [`NotTaken`]; nothing was kept.
    pub fn take(&self, author: &Credential, id: BundleId, body: &[u8]) -> Result<Signed<Carried>, NotTaken> {
        if BundleId::of(body) != id {
            return Err(NotTaken::bad("It was damaged on the way: its name is not the hash of its bytes."));
        }
        let manifest = self.opened(author, body)?;
        let taken = self.store.write(|tx| {
            let taken = carried::take(tx, author.device, body, manifest.as_ref(), self.room, self.now)?;
            if taken.is_some() {
                carried::meet(tx, author.device, &author.name, self.now)?;
            }
            Ok(taken)
        })?;
        let Some(at) = taken else {
            return Err(NotTaken::NoRoom(self.room.saturating_sub(self.store.read(carried::bytes)?)));
        };
        let (study, carrier) = (self.identity.study, self.identity.device);
        let word = Carried { study, carrier, author: author.device, bundles: vec![id], at };
        Ok(Signed::sign(&word, &self.identity.signing_key))
    }

    /// Verifies a bundle and opens what is sealed to this carrier.
    fn opened(&self, author: &Credential, body: &[u8]) -> Result<Option<Manifest>, NotTaken> {
        let view = BundleView::parse(body).map_err(NotTaken::bad)?;
        let known = matches!(view.kind(), BundleKind::Journal | BundleKind::Attachment);
        let expected = known && view.study() == self.identity.study;
        if !expected || view.packer() != author.device {
            return Err(NotTaken::bad("It is neither a journal nor an attachment of this laptop and study."));
        }
        view.verify(&author.verify_key).map_err(NotTaken::bad)?;
        if view.recipients(SectionName::Manifest).is_none() {
            return Ok(None);
        }
        let keys = std::slice::from_ref(&self.identity.sealing_key);
        let bytes = view.open(SectionName::Manifest, keys).map_err(NotTaken::bad)?;
        let manifest = Manifest::from_bytes(&bytes).map_err(NotTaken::bad)?;
        if manifest.device != author.device || !author.owns(manifest.stream) {
            return Err(NotTaken::bad("Its manifest is another laptop's."));
        }
        Ok(Some(manifest))
    }

    /// Keeps a hand-over of tubes, for the driver to sign.
    ///
    /// # Errors
    /// [`NotTaken`] if it cannot be read, is another's, or does not come out even.
    pub fn take_offer(&self, author: &Credential, offer: &Signed<Offer>) -> Result<(), NotTaken> {
        let read = offer.verify(&author.verify_key).map_err(NotTaken::bad)?;
        let ours = read.study == self.identity.study && read.author == author.device;
        if !ours || read.read().is_none() {
            return Err(NotTaken::bad("The hand-over of tubes cannot be read, or does not come out even."));
        }
        let body = serde_json::to_string(&offer).map_err(NotTaken::bad)?;
        self.store.write(|tx| {
            carried::meet(tx, author.device, &author.name, self.now)?;
            carried::offer(tx, read.transfer, author.device, &body, self.now)
        })?;
        Ok(())
    }

    /// Returns the driver's signature under a hand-over that an author has brought, if the driver has signed what it says
    /// now; `None` if the author has brought no such hand-over.
    ///
    /// # Errors
    /// Returns what the store said.
    pub fn countersigned(
        &self,
        author: DeviceId,
        transfer: RecordId,
    ) -> Result<Option<Option<Signed<Countersigned>>>, StoreError> {
        let read = |conn: &Connection| {
            let offer = carried::offered(conn, transfer, author)?;
            Ok((offer, custody::signatures(conn, transfer)?))
        };
        let (offer, signatures) = self.store.read(read)?;
        let offer = offer.and_then(|body| serde_json::from_str::<Signed<Offer>>(&body).ok()?.read_unverified().ok());
        let Some(offer) = offer else { return Ok(None) };
        let content = offer.hash().to_string();
        let is_ours =
            |state: &&RecordState| state.text("side") == Some(TAKER) && state.text("content") == Some(&content);
        let answer = signatures.iter().find(is_ours).and_then(|state| {
            Some(Countersigned {
                study: self.identity.study,
                carrier: self.identity.device,
                transfer,
                record: state.id,
                content: content.clone(),
                name: state.text("name")?.to_owned(),
                signed_at: state.instant("signed_at")?,
            })
        });
        Ok(Some(answer.map(|answer| Signed::sign(&answer, &self.identity.signing_key))))
    }

    /// Returns what the driver has counted of an author's tubes and not signed for yet.
    ///
    /// # Errors
    /// Returns what the store said.
    pub fn count(&self, author: DeviceId) -> Result<Option<Signed<Count>>, StoreError> {
        let count = self.store.read(|conn| counting(conn, author))?;
        Ok(count.map(|count| Signed::sign(&count, &self.identity.signing_key)))
    }
}

/// Returns the count of an author's tubes that is under way on a carrier's laptop: until the driver has signed for what was seen.
///
/// # Errors
/// Returns what the store said.
pub fn counting(conn: &Connection, author: DeviceId) -> tsela_store::Result<Option<Count>> {
    let Some(count) = counts::newest_of(conn, author)? else { return Ok(None) };
    Ok(if count.has_served(&signed_for(conn, author)?) { None } else { Some(count) })
}

/// Returns the hand-overs of an author that the driver has signed.
fn signed_for(conn: &Connection, author: DeviceId) -> tsela_store::Result<Vec<SignedTubes>> {
    let mut signed = Vec::new();
    for row in carried::offers(conn)?.into_iter().filter(|row| row.author == author) {
        let offer =
            serde_json::from_str::<Signed<Offer>>(&row.body).ok().and_then(|offer| offer.read_unverified().ok());
        let Some((offer, offered)) = offer.and_then(|offer| Some((offer.clone(), offer.read()?))) else { continue };
        let at = custody::signatures(conn, offer.transfer)?.iter().filter_map(|state| state.instant("signed_at")).max();
        let tubes = offered.lines.iter().filter_map(|line| line.text("tube").map(str::to_owned)).collect();
        signed.extend(at.map(|at| SignedTubes { at, tubes }));
    }
    Ok(signed)
}
