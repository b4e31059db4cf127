//! The HTTP road: the device API of a server over one pinned connection.
//!
//! Nothing is followed that redirects; every answer is bounded before it is read; a token goes only where the key was
//! right. Plain HTTP is for this machine itself (loopback) and nothing else.

use std::{net::IpAddr, sync::Arc, time::Duration};

use reqwest::{Client, Method, RequestBuilder, Response, Url, header, redirect::Policy};
use serde::de::DeserializeOwned;
use tsela_core::{
    api::{
        self, CodesAnswer, ContentsAnswer, ContentsRequest, DigestAnswer, EnrolAnswer, EnrolRequest, EntriesAnswer,
        ErrorBody, HealthReply, IntroduceAnswer, IntroduceRequest, PackageAnswer, PackageBack, PackageTaken,
        SignedPackage, StreamsAnswer, frames,
    },
    bundle::{BundleId, MAX_BUNDLE},
    health::Nonce,
    ids::StreamCode,
    seal::hex,
};
use zeroize::Zeroizing;

mod meeting;

use super::{
    Road, RoadError,
    pin::{self, Trust},
};
use crate::clock::Clock;

/// What this program calls itself.
pub const APP: &str = concat!("tsela/", env!("CARGO_PKG_VERSION"));

/// How long a road waits.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection with its handshake.
    pub connect: Duration,
    /// Between two pieces of an answer; also for the server to think.
    pub read: Duration,
    /// For a small question and its answer.
    pub small: Duration,
    /// For sending a bundle or fetching much, from begin to end.
    pub large: Duration,
}

impl Default for Timeouts {
    /// For bad links: at 64 kbit/s a bundle of 64 KiB takes 8 s, and a handshake over a satellite 3 s.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            read: Duration::from_secs(45),
            small: Duration::from_secs(30),
            large: Duration::from_secs(150),
        }
    }
}

/// A connection to one server.
#[derive(Clone)]
pub struct HttpRoad {
    base: Url,
    client: Client,
    token: Option<Arc<Zeroizing<String>>>,
    clock: Arc<dyn Clock>,
    timeouts: Timeouts,
}

impl HttpRoad {
    /// Makes a road to a server; nothing is sent yet.
    ///
    /// # Errors
    /// [`RoadError::BadAddress`] if the address is not HTTPS, or plain HTTP elsewhere than on this machine.
    pub fn new(url: &str, trust: Trust, clock: Arc<dyn Clock>, timeouts: Timeouts) -> Result<Self, RoadError> {
        let base = parse_address(url)?;
        let client = Client::builder()
            .tls_backend_preconfigured(pin::client_config(trust))
            .no_proxy()
            .redirect(Policy::none())
            .http1_only()
            .user_agent(APP)
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .pool_max_idle_per_host(2)
            .tcp_nodelay(true)
            .build()?;
        Ok(Self { base, client, token: None, clock, timeouts })
    }

    /// Shows this token from now on.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(Arc::new(Zeroizing::new(token.to_owned())));
        self
    }

    /// Returns the server's address.
    pub fn url(&self) -> &Url {
        &self.base
    }

    /// Returns the server's host, for people.
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// Asks who the server is and what time it has. Shows no token.
    ///
    /// # Errors
    /// What the road said. The signature is the caller's to check.
    pub async fn health(&self, nonce: &Nonce, keys: bool) -> Result<HealthReply, RoadError> {
        let mut url = self.at(&["v1", "health"])?;
        url.query_pairs_mut().append_pair("nonce", &hex::encode(nonce));
        if keys {
            url.query_pairs_mut().append_pair("keys", "true");
        }
        let request = self.request(Method::GET, url, false).timeout(self.timeouts.small);
        self.json(request, "the server's health", api::MAX_ANSWER).await
    }

    /// Asks to become a device of the study. The request holds the one-time secret: pinned connections only.
    ///
    /// # Errors
    /// What the road or the server said.
    pub async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolAnswer, RoadError> {
        let url = self.at(&["v1", "enrol"])?;
        let request = self.request(Method::POST, url, false).json(request).timeout(self.timeouts.large);
        self.json(request, "the enrolment", api::MAX_PACKAGE).await
    }

    /// Introduces this device to a server that has forgotten it. Shows no token.
    ///
    /// # Errors
    /// What the road or the server said. The signature of the credential is the caller's to check.
    pub async fn introduce(&self, request: &IntroduceRequest) -> Result<IntroduceAnswer, RoadError> {
        let url = self.at(&["v1", "introduce"])?;
        let request = self.request(Method::POST, url, false).json(request).timeout(self.timeouts.small);
        self.json(request, "the introduction", api::MAX_ANSWER).await
    }

    /// Gives the server its own study package back.
    ///
    /// # Errors
    /// What the road or the server said.
    pub async fn give_package(&self, given: &PackageBack) -> Result<PackageTaken, RoadError> {
        let url = self.at(&["v1", "package"])?;
        let request = self.request(Method::PUT, url, true).json(given).timeout(self.timeouts.large);
        self.json(request, "the study package given back", api::MAX_ANSWER).await
    }

    /// Asks what the server has of this device's streams. A hint: receipts are what is believed.
    ///
    /// # Errors
    /// What the road or the server said.
    pub async fn streams(&self) -> Result<StreamsAnswer, RoadError> {
        let request = self.request(Method::GET, self.at(&["v1", "streams"])?, true).timeout(self.timeouts.small);
        self.json(request, "the streams", api::MAX_ANSWER).await
    }

    /// Fetches the study package unless version `have` is the newest.
    ///
    /// # Errors
    /// What the road or the server said. The signature is the caller's to check.
    pub async fn package(&self, have: u64) -> Result<Option<SignedPackage>, RoadError> {
        let mut url = self.at(&["v1", "package"])?;
        url.query_pairs_mut().append_pair("have", &have.to_string());
        let request = self.request(Method::GET, url, true).timeout(self.timeouts.large);
        let response = self.send(request).await?;
        if response.status().as_u16() == 204 {
            return Ok(None);
        }
        let answer: PackageAnswer = read_json(response, "the study package", api::MAX_PACKAGE).await?;
        Ok(Some(answer.package))
    }

    /// Fetches an older version of the study package; `None` if the server has none of that number.
    ///
    /// # Errors
    /// What the road or the server said. The signature is the caller's to check.
    pub async fn package_version(&self, version: u32) -> Result<Option<SignedPackage>, RoadError> {
        let mut url = self.at(&["v1", "package"])?;
        url.query_pairs_mut().append_pair("version", &version.to_string());
        let request = self.request(Method::GET, url, true).timeout(self.timeouts.large);
        match self.json::<PackageAnswer>(request, "the study package", api::MAX_PACKAGE).await {
            Ok(answer) => Ok(Some(answer.package)),
            Err(RoadError::Api { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Fetches this device's own entries after a number.
    ///
    /// # Errors
    /// What the road or the server said.
    pub async fn entries(&self, stream: StreamCode, after: u64) -> Result<EntriesAnswer, RoadError> {
        let mut url = self.at(&["v1", "streams", stream.as_str(), "entries"])?;
        url.query_pairs_mut().append_pair("after", &after.to_string());
        let request = self.request(Method::GET, url, true).timeout(self.timeouts.large);
        self.json(request, "lost entries", api::MAX_PACKAGE).await
    }

    /// Asks for the digests of some streams.
    ///
    /// # Errors
    /// What the road or the server said.
    pub async fn digest(&self, streams: &[StreamCode]) -> Result<DigestAnswer, RoadError> {
        let mut url = self.at(&["v1", "digest"])?;
        let codes: Vec<&str> = streams.iter().map(StreamCode::as_str).collect();
        url.query_pairs_mut().append_pair("streams", &codes.join(","));
        let request = self.request(Method::GET, url, true).timeout(self.timeouts.large);
        self.json(request, "the digests", api::MAX_ANSWER).await
    }

    /// Asks for more stream codes.
    ///
    /// # Errors
    /// What the road or the server said.
    pub async fn codes(&self) -> Result<CodesAnswer, RoadError> {
        let request = self.request(Method::POST, self.at(&["v1", "codes"])?, true).timeout(self.timeouts.small);
        self.json(request, "stream codes", api::MAX_ANSWER).await
    }

    /// Asks what the server has of contents of attachments. A hint: receipts are what is believed.
    ///
    /// # Errors
    /// What the road or the server said.
    pub async fn contents(&self, asked: &ContentsRequest) -> Result<ContentsAnswer, RoadError> {
        let request = self.request(Method::POST, self.at(&["v1", "contents"])?, true).json(asked);
        self.json(request.timeout(self.timeouts.small), "what is there of attachments", api::MAX_ANSWER).await
    }

    async fn put_from(&self, id: BundleId, bundle: &[u8], from: usize) -> Result<Vec<Vec<u8>>, RoadError> {
        let url = self.at(&["v1", "bundles", &id.to_string()])?;
        let request = match from {
            0 => self.request(Method::PUT, url, true),
            _ => self.request(Method::PATCH, url, true).header(api::OFFSET_HEADER, from),
        };
        let rest = bundle.get(from..).unwrap_or_default().to_vec();
        let request = request.header(header::CONTENT_TYPE, api::BUNDLE_TYPE).timeout(self.timeouts.large).body(rest);
        let receipt = read(self.send(request).await?, "the receipt", MAX_BUNDLE).await?;
        Ok(vec![receipt])
    }

    fn at(&self, path: &[&str]) -> Result<Url, RoadError> {
        let mut url = self.base.clone();
        let cannot = || RoadError::BadAddress(format!("{} is not an address of a server", self.base));
        url.path_segments_mut().map_err(|()| cannot())?.pop_if_empty().extend(path);
        Ok(url)
    }

    fn request(&self, method: Method, url: Url, with_token: bool) -> RequestBuilder {
        let request =
            self.client.request(method, url).header(api::TIME_HEADER, self.clock.now().0).header(api::APP_HEADER, APP);
        match (&self.token, with_token) {
            (Some(token), true) => request.bearer_auth(token.as_str()),
            _ => request,
        }
    }

    async fn json<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        what: &'static str,
        limit: usize,
    ) -> Result<T, RoadError> {
        read_json(self.send(request).await?, what, limit).await
    }

    /// Sends, and lets nothing through that is not a Tsela server's answer of success.
    async fn send(&self, request: RequestBuilder) -> Result<Response, RoadError> {
        let response = request.send().await?;
        if !response.headers().contains_key(api::SERVER_HEADER) {
            return Err(not_tsela(&response));
        }
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refusal(response).await)
    }
}

impl Road for HttpRoad {
    async fn held(&self, id: BundleId) -> Result<usize, RoadError> {
        let url = self.at(&["v1", "bundles", &id.to_string()])?;
        let request = self.request(Method::HEAD, url, true).timeout(self.timeouts.small);
        match self.send(request).await {
            Ok(answer) => {
                let held = answer.headers().get(api::OFFSET_HEADER).and_then(|held| held.to_str().ok()?.parse().ok());
                Ok(held.unwrap_or(0))
            }
            // An older server, which keeps no parts; or a refusal, of which only the answer to a `PUT` says why.
            Err(RoadError::Api { status: 401 | 403 | 404 | 405, .. }) => Ok(0),
            Err(error) => Err(error),
        }
    }

    async fn put(&self, id: BundleId, bundle: &[u8], from: usize) -> Result<Vec<Vec<u8>>, RoadError> {
        match self.put_from(id, bundle, from).await {
            // What came before is gone: the server was started anew since it was asked.
            Err(RoadError::Api { body, .. }) if from > 0 && body.code == api::codes::UPLOAD_OFFSET => {
                self.put_from(id, bundle, 0).await
            }
            other => other,
        }
    }

    async fn fetch(&self, after: u64) -> Result<Vec<Vec<u8>>, RoadError> {
        let mut url = self.at(&["v1", "receipts"])?;
        url.query_pairs_mut().append_pair("after", &after.to_string());
        let request = self.request(Method::GET, url, true).timeout(self.timeouts.large);
        let body = read(self.send(request).await?, "receipts", api::MAX_ANSWER).await?;
        let bundles = frames::split(&body).ok_or_else(|| RoadError::malformed("receipts", "a length does not fit"))?;
        Ok(bundles.into_iter().map(<[u8]>::to_vec).collect())
    }
}

impl std::fmt::Debug for HttpRoad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRoad").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

/// Reads a server's address: HTTPS, or plain HTTP on this machine.
///
/// # Errors
/// [`RoadError::BadAddress`] in words.
pub fn parse_address(url: &str) -> Result<Url, RoadError> {
    let bad = |why: &str| RoadError::BadAddress(format!("{url:?} is not an address of a server: {why}"));
    let parsed = Url::parse(url.trim()).map_err(|error| bad(&error.to_string()))?;
    let host = parsed.host_str().ok_or_else(|| bad("it names no computer"))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(bad("it must not hold a name or a password"));
    }
    match parsed.scheme() {
        "https" => Ok(parsed),
        "http" if is_loopback(host) => Ok(parsed),
        "http" => Err(bad("plain HTTP is for this machine itself only; use https")),
        _ => Err(bad("it must begin with https://")),
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn not_tsela(response: &Response) -> RoadError {
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().chars().take(100).collect();
    RoadError::NotTsela { status: response.status().as_u16(), content_type }
}

async fn refusal(response: Response) -> RoadError {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let unknown = || ErrorBody {
        code: api::codes::INTERNAL.to_owned(),
        title: format!("status {status}"),
        detail: String::new(),
    };
    let body = read_json(response, "the refusal", 64 * 1024).await.unwrap_or_else(|_| unknown());
    RoadError::Api { status, body, retry_after }
}

async fn read_json<T: DeserializeOwned>(response: Response, what: &'static str, limit: usize) -> Result<T, RoadError> {
    let body = read(response, what, limit).await?;
    serde_json::from_slice(&body).map_err(|error| RoadError::malformed(what, error))
}

/// Reads a body piece by piece and stops at the limit, whatever its length is said to be.
async fn read(mut response: Response, what: &'static str, limit: usize) -> Result<Vec<u8>, RoadError> {
    let too_large = || RoadError::TooLarge { what, limit };
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if body.len() + piece.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
