//! What an author says to a carrier, beside the bundles; see [`tsela_core::meeting`].

use reqwest::Method;
use tsela_core::meeting::{Hello, Progress, Proof, Proven, Welcome};

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

    /// Says that all is handed over.
    ///
    /// # Errors
    /// What the road or the carrier said.
    pub async fn goodbye(&self, meeting: &str) -> Result<(), RoadError> {
        let url = self.at(&["v1", "meetings", meeting])?;
        self.send(self.request(Method::DELETE, url, true).timeout(self.timeouts.small)).await.map(|_| ())
    }
}
