//! The assistant's side: meeting a carrier, and handing over.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use tsela_core::{
    api::{ErrorBody, codes},
    bundle::BundleId,
    credential::Credential,
    custody::{Count, Countersigned, Offer},
    ids::RecordId,
    meeting::{Carried, Hello, MeetingError, Nonce, Progress, Proof, Side, Transcript, commitment},
    trust::Signed,
};
use tsela_store::StoreError;
use tsela_sync::{
    engine::EngineConfig,
    road::{
        Road as _, RoadError,
        http::HttpRoad,
        pin::{Seen, Trust},
    },
};

use crate::{address::CarrierAddress, peers};

/// How often the driver's answer is asked for.
const PACE: Duration = Duration::from_millis(700);

/// Why nothing, or not all, was handed over.
#[derive(Debug, thiserror::Error)]
pub enum MeetError {
    /// The connection, or the carrier's refusal.
    #[error("{}", in_words(.0))]
    Road(#[from] RoadError),
    /// The carrier is not one to deal with.
    #[error(transparent)]
    Meeting(#[from] MeetingError),
    /// The driver said that the digits are not the same.
    #[error("the driver declined: compare the six digits again, and with the right laptop")]
    Declined,
    /// This laptop's store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MeetError {
    /// Says whether it is nothing but that the carrier was not reached, or that the connection broke.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Road(RoadError::Network { .. }))
    }

    /// Says whether the carrier is full.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Road(RoadError::Api { body, .. }) if body.code == codes::DISK_FULL)
    }
}

fn in_words(error: &RoadError) -> String {
    match error {
        RoadError::Api { body: ErrorBody { title, detail, .. }, .. } => format!("{title} {detail}"),
        RoadError::Network { .. } => {
            "the driver's laptop does not answer: both must be in the same network, and Collect \
                                      must be on there"
                .to_owned()
        }
        RoadError::NotTsela { .. } | RoadError::NotTls(_) | RoadError::WrongKey(_) => {
            format!("something else than the driver's laptop answers at this address ({error})")
        }
        other => other.to_string(),
    }
}

/// A carrier that has proved itself, as handing over needs it.
pub trait Counterpart: Sync {
    /// Returns who it is.
    fn carrier(&self) -> &Credential;

    /// Returns the bundles of this laptop that it has already.
    fn held(&self) -> &[BundleId];

    /// Fetches the receipts that it has brought for this laptop.
    fn receipts(&self) -> impl Future<Output = Result<Vec<Vec<u8>>, MeetError>> + Send;

    /// Hands a bundle over and returns the carrier's word for it, checked.
    fn hand_over(
        &self,
        id: BundleId,
        bundle: &[u8],
    ) -> impl Future<Output = Result<(Signed<Carried>, Carried), MeetError>> + Send;

    /// Hands over a hand-over of tubes, for the driver to sign.
    fn offer(&self, offer: &Signed<Offer>) -> impl Future<Output = Result<(), MeetError>> + Send;
}

/// An author that looks for a carrier.
#[derive(Clone)]
pub struct Author {
    config: EngineConfig,
}

/// A carrier that has proved itself, and what both screens show.
pub struct Met {
    road: HttpRoad,
    meeting: String,
    study: tsela_core::ids::StudyId,
    me: tsela_core::ids::DeviceId,
    /// The carrier.
    pub carrier: Credential,
    /// The six digits.
    pub digits: String,
    /// Bundles of this laptop that it has already.
    pub held: Vec<BundleId>,
    /// Bytes that it can take.
    pub free_bytes: u64,
}

impl Author {
    /// Makes an author of an opened laptop.
    pub fn new(config: EngineConfig) -> Self {
        Self { config }
    }

    /// Meets the carrier at an address: both prove who they are. Nothing is handed over yet.
    ///
    /// # Errors
    /// [`MeetError`].
    pub async fn meet(&self, address: &CarrierAddress) -> Result<Met, MeetError> {
        let seen = Seen::default();
        let trust = match address.pin {
            Some(pin) => Trust::Pinned(vec![pin]),
            None => Trust::FirstContact(seen.clone()),
        };
        let nonce = self.nonce();
        let hello = Hello { credential: peers::own(&self.config)?, commitment: commitment(&nonce) };
        let welcome = self.road(address, trust)?.hello(&hello).await?;
        let carrier = peers::check(&self.config, &welcome.credential, Side::Carrier)?;
        let spki = address.pin.or_else(|| seen.get()).ok_or(MeetingError::Proof)?;
        // From here on this key and no other: what both sign holds for this connection.
        let road = self.road(address, Trust::Pinned(vec![spki]))?;
        let identity = &self.config.identity;
        let transcript = Transcript {
            study: identity.study,
            tls_spki: &spki.0,
            author: identity.device,
            carrier: carrier.device,
            author_nonce: &nonce,
            carrier_nonce: &welcome.nonce,
        };
        let signature = transcript.sign(Side::Author, &identity.signing_key);
        let proven = road.prove(&welcome.meeting, &Proof { nonce, signature }).await?;
        transcript.verify(Side::Carrier, &carrier.verify_key, &proven.signature)?;
        Ok(Met {
            road: road.with_token(&proven.token),
            meeting: welcome.meeting,
            study: identity.study,
            me: identity.device,
            digits: transcript.digits(),
            carrier,
            held: proven.held,
            free_bytes: proven.free_bytes,
        })
    }

    fn nonce(&self) -> Nonce {
        let mut nonce = Nonce::default();
        self.config.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut nonce);
        nonce
    }

    fn road(&self, address: &CarrierAddress, trust: Trust) -> Result<HttpRoad, RoadError> {
        HttpRoad::new(&address.url(), trust, Arc::clone(&self.config.clock), self.config.options.timeouts)
    }
}

impl Met {
    /// Waits until the driver has compared the digits.
    ///
    /// # Errors
    /// [`MeetError::Declined`], or what the road said.
    pub async fn agreed(&self) -> Result<(), MeetError> {
        loop {
            match self.road.meeting_progress(&self.meeting).await? {
                Progress::Agreed => return Ok(()),
                Progress::Declined => return Err(MeetError::Declined),
                Progress::Waiting => tokio::time::sleep(PACE).await,
            }
        }
    }

    /// Returns the driver's signature under a hand-over of tubes, if it is there.
    ///
    /// # Errors
    /// What the road said; [`MeetingError::Proof`] if it is not this carrier's for this hand-over.
    pub async fn countersigned(&self, transfer: RecordId) -> Result<Option<Countersigned>, MeetError> {
        let Some(signed) = self.road.countersigned(transfer).await? else { return Ok(None) };
        let said = signed.verify(&self.carrier.verify_key).map_err(RoadError::from)?;
        let ours = said.study == self.study && said.carrier == self.carrier.device && said.transfer == transfer;
        if ours { Ok(Some(said)) } else { Err(MeetingError::Proof.into()) }
    }

    /// Returns what the driver has counted of this laptop's tubes, as it was signed and as it reads, if there is a count.
    ///
    /// # Errors
    /// What the road said; [`MeetingError::Proof`] if it is not this carrier's count of this laptop's tubes.
    pub async fn count(&self) -> Result<Option<(Signed<Count>, Count)>, MeetError> {
        let Some(signed) = self.road.count().await? else { return Ok(None) };
        let count = signed.verify(&self.carrier.verify_key).map_err(RoadError::from)?;
        let ours = count.study == self.study && count.carrier == self.carrier.device && count.author == self.me;
        let count = count.checked().filter(|_| ours).ok_or(MeetingError::Proof)?;
        Ok(Some((signed, count)))
    }

    /// Says that all is handed over. What was handed over stays so if this does not arrive.
    pub async fn goodbye(&self) {
        if let Err(error) = self.road.goodbye(&self.meeting).await {
            tracing::debug!(%error, "the carrier was not told of the end");
        }
    }
}

impl Counterpart for Met {
    fn carrier(&self) -> &Credential {
        &self.carrier
    }

    fn held(&self) -> &[BundleId] {
        &self.held
    }

    async fn receipts(&self) -> Result<Vec<Vec<u8>>, MeetError> {
        Ok(self.road.fetch(0).await?)
    }

    /// [`MeetingError::Proof`] if the word is not the carrier's for this bundle.
    async fn hand_over(&self, id: BundleId, bundle: &[u8]) -> Result<(Signed<Carried>, Carried), MeetError> {
        let answers = self.road.put(id, bundle, 0).await?;
        let unreadable = || RoadError::Malformed { what: "the carrier's word", detail: "it is not there".to_owned() };
        let word = answers.first().and_then(|answer| serde_json::from_slice::<Signed<Carried>>(answer).ok());
        let word = word.ok_or_else(unreadable)?;
        let carried = word.verify(&self.carrier.verify_key).map_err(RoadError::from)?;
        let ours = carried.study == self.study
            && carried.author == self.me
            && carried.carrier == self.carrier.device
            && carried.bundles == [id];
        if ours { Ok((word, carried)) } else { Err(MeetingError::Proof.into()) }
    }

    async fn offer(&self, offer: &Signed<Offer>) -> Result<(), MeetError> {
        Ok(self.road.offer(offer).await?)
    }
}
