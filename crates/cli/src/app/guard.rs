//! Who may call: whoever has the token, from a page of this very address.

use std::net::SocketAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tsela_core::seal::hex;
use zeroize::Zeroizing;

use super::App;

/// The token and the names of the address.
pub(super) struct Guard {
    token: Zeroizing<String>,
    hosts: [String; 2],
}

impl Guard {
    /// Makes a random token for an address.
    pub fn new(address: SocketAddr) -> Self {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        rand_core::Rng::fill_bytes(&mut rand_core::UnwrapErr(getrandom::SysRng), bytes.as_mut());
        let hosts = [address.to_string(), format!("localhost:{}", address.port())];
        Self { token: Zeroizing::new(hex::encode(bytes.as_slice())), hosts }
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// Says whether a call brings the token. Hashes are compared, in constant time, so that nothing is learnt from how
    /// long a wrong one takes.
    pub fn admits(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        blake3::hash(given.as_bytes()) == blake3::hash(self.token.as_bytes())
    }

    /// Says whether a request names this address, and, if a page made it, a page of this address.
    pub fn is_at_home(&self, headers: &HeaderMap) -> bool {
        let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let host = text(header::HOST).unwrap_or_default();
        let known = |host: &str| self.hosts.iter().any(|name| name == host);
        let origin = text(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://").is_some_and(known));
        let site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or_default());
        known(host) && origin && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
    }
}

/// Refuses requests that are meant for another name, or come from another page.
pub(super) async fn check_host(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.guard.is_at_home(request.headers()) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "This address is for Tsela's own pages on this computer.\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_this_address_is_home() {
        let guard = Guard::new("127.0.0.1:4711".parse().unwrap());
        let host = ("host", "127.0.0.1:4711");
        assert!(guard.is_at_home(&headers(&[host])));
        assert!(guard.is_at_home(&headers(&[
            host,
            ("origin", "http://127.0.0.1:4711"),
            ("sec-fetch-site", "same-origin")
        ])));
        assert!(guard.is_at_home(&headers(&[("host", "localhost:4711")])));
        for bad in [
            vec![],
            vec![("host", "evil.example:4711")],
            vec![("host", "127.0.0.1")],
            vec![host, ("origin", "http://evil.example")],
            vec![host, ("origin", "null")],
            vec![host, ("sec-fetch-site", "cross-site")],
        ] {
            assert!(!guard.is_at_home(&headers(&bad)), "{bad:?}");
        }
    }

    #[test]
    fn only_the_token_admits() {
        let guard = Guard::new("127.0.0.1:4711".parse().unwrap());
        let right = format!("Bearer {}", guard.token());
        assert!(guard.admits(&headers(&[("authorization", &right)])));
        assert_eq!(guard.token().len(), 64);
        for wrong in ["Bearer ", "Bearer x", guard.token(), right.trim_end_matches(|c: char| c.is_ascii_hexdigit())] {
            assert!(!guard.admits(&headers(&[("authorization", wrong)])), "{wrong}");
        }
        assert!(!guard.admits(&HeaderMap::new()));
        assert_ne!(Guard::new("127.0.0.1:1".parse().unwrap()).token(), guard.token());
    }
}
