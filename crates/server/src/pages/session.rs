//! Sessions of the pages: a random secret in a cookie that scripts cannot read and other sites cannot send.

use axum::http::{HeaderMap, HeaderValue, header};
use rand_core::Rng as _;
use tsela_core::seal::hex;
use tsela_store::server::{
    accounts::{self, AccountRow},
    sessions,
};
use zeroize::Zeroizing;

use crate::{entropy, error::Result, server::Server};

const COOKIE: &str = "tsela-session";

/// A person who is signed in.
#[derive(Debug, Clone)]
pub(super) struct SignedIn {
    pub account: AccountRow,
    pub hash: [u8; 32],
}

/// Finds who sends a cookie.
pub(super) fn find(server: &Server, secret: &str) -> Result<Option<SignedIn>> {
    let (now, hash) = (server.now(), hash(secret));
    let found = server.read(|conn| {
        let Some(session) = sessions::find(conn, &hash, now)? else { return Ok(None) };
        let account = accounts::find(conn, session.account)?.filter(|account| account.can_sign_in);
        Ok(account.map(|account| (account, session.note_due)))
    })?;
    let Some((account, note_due)) = found else { return Ok(None) };
    if note_due {
        server.write(|tx| Ok(sessions::used(tx, &hash, now)?))?;
    }
    Ok(Some(SignedIn { account, hash }))
}

/// Begins a session and returns its secret.
pub(super) fn begin(server: &Server, account: &AccountRow) -> Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    entropy().fill_bytes(bytes.as_mut());
    let secret = Zeroizing::new(hex::encode(bytes.as_slice()));
    let now = server.now();
    server.write(|tx| Ok(sessions::begin(tx, &hash(&secret), account.id, now)?))?;
    Ok(secret)
}

/// Returns the session's secret from a request's cookies.
pub(super) fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, secret)| secret.to_owned()).filter(|secret| secret.len() == 64)
}

/// Returns the header that sets the cookie, or takes it away.
pub(super) fn set_cookie(secret: Option<&str>, secure: bool) -> Option<HeaderValue> {
    let age = if secret.is_some() { sessions::LIFE_MS / 1000 } else { 0 };
    let secure = if secure { "; Secure" } else { "" };
    let text =
        format!("{COOKIE}={}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}", secret.unwrap_or_default());
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn hash(secret: &str) -> [u8; 32] {
    blake3::derive_key("tsela/session-hash/1", secret.as_bytes())
}
