//! What an author says to a carrier, beside the bundles; see [`tsela_core::meeting`].

use reqwest::Method;
use tsela_core::{
    custody::{Count, Countersigned, MAX_COUNT, Offer},
    ids::RecordId,
    meeting::{Hello, Progress, Proof, Proven, Welcome},
    trust::Signed,
};

use super::HttpRoad;
use crate::road::RoadError;

/// Most bytes of an answer: a credential, or the names of some thousand bundles.
const MAX_ANSWER: usize = 512 * 1024;

impl HttpRoad {
    /// Begins a meeting. Shows no token.
    ///
    /// # Errors
    /// What the road or the carrier said. The credential is the caller's to check.
    pub async fn hello(&self, hello: &Hello) -> Result<Welcome, RoadError> {
        let url = self.at(&["v1", "meetings"])?;
        let request = self.request(Method::POST, url, false).json(hello).timeout(self.timeouts.small);
        self.json(request, "the carrier's welcome", MAX_ANSWER).await
    }

    /// Proves who the author is.
    ///
    /// # Errors
    /// What the road or the carrier said. The signature is the caller's to check.
    pub async fn prove(&self, meeting: &str, proof: &Proof) -> Result<Proven, RoadError> {
        let url = self.at(&["v1", "meetings", meeting])?;
        let request = self.request(Method::POST, url, false).json(proof).timeout(self.timeouts.small);
        self.json(request, "the carrier's proof", MAX_ANSWER).await
    }

    /// Asks whether the driver has compared the digits.
    ///
    /// # Errors
    /// What the road or the carrier said.
    pub async fn meeting_progress(&self, meeting: &str) -> Result<Progress, RoadError> {
        let url = self.at(&["v1", "meetings", meeting])?;
        let request = self.request(Method::GET, url, true).timeout(self.timeouts.small);
        self.json(request, "the carrier's answer", MAX_ANSWER).await
    }

    /// Hands over a hand-over of tubes that the giver has signed.
    ///
    /// # Errors
    /// What the road or the carrier said.
    pub async fn offer(&self, offer: &Signed<Offer>) -> Result<(), RoadError> {
        let request = self.request(Method::PUT, self.at(&["v1", "transfers"])?, true).json(offer);
        self.send(request.timeout(self.timeouts.large)).await.map(|_| ())
    }

    /// Asks whether the driver has signed a hand-over of tubes.
    ///
    /// # Errors
    /// What the road or the carrier said. The signature is the caller's to check.
    pub async fn countersigned(&self, transfer: RecordId) -> Result<Option<Signed<Countersigned>>, RoadError> {
        let url = self.at(&["v1", "transfers", &transfer.to_string()])?;
        let request = self.request(Method::GET, url, true).timeout(self.timeouts.small);
        self.json(request, "the driver's signature", MAX_ANSWER).await
    }

    /// Fetches what the driver has counted of this laptop's tubes.
    ///
    /// # Errors
    /// What the road or the carrier said. The signature is the caller's to check.
    pub async fn count(&self) -> Result<Option<Signed<Count>>, RoadError> {
        let url = self.at(&["v1", "counts"])?;
        let request = self.request(Method::GET, url, true).timeout(self.timeouts.large);
        // As a text in a text.
        self.json(request, "what the driver has counted", 2 * MAX_COUNT).await
    }

    /// Says that all is handed over.
    ///
    /// # Errors
    /// What the road or the carrier said.
    pub async fn goodbye(&self, meeting: &str) -> Result<(), RoadError> {
        let url = self.at(&["v1", "meetings", meeting])?;
        self.send(self.request(Method::DELETE, url, true).timeout(self.timeouts.small)).await.map(|_| ())
    }
}
