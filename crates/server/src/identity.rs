//! Who this server is: its ids, its keys of all epochs, and the study's public keys.

use rusqlite::Connection;
use tsela_core::{
    api::ServerKeys,
    ids::{DeviceId, StudyId},
    seal::{Fingerprint, KeyId, SealingKey, SigningKey, VerifyKey},
    trust::{ServerKeyDoc, Signed},
};
use tsela_store::{
    StoreError, meta,
    server::keys::{self, ServerKeyRow},
};
use zeroize::Zeroizing;

use crate::error::{Result, ServerError};

/// Name of the server, in `meta`.
pub(crate) const NAME: &str = "server_name";
/// The study's root key, public half, in `meta`.
pub(crate) const ROOT: &str = "root_key";
/// What device tokens are derived with, in `meta`.
pub(crate) const TOKEN_SECRET: &str = "token_secret";
/// Where `serve` last listened, in `meta`.
pub(crate) const URL: &str = "listening_url";

/// A server's ids and keys, read once at opening.
#[derive(Debug)]
pub struct Identity {
    /// The study.
    pub study: StudyId,
    /// The server's own device id.
    pub server: DeviceId,
    /// Its name.
    pub name: String,
    /// The study's root key.
    pub root: VerifyKey,
    /// Keys of all epochs, the newest first.
    keys: Vec<ServerKeyRow>,
    documents: Vec<(Signed<ServerKeyDoc>, ServerKeyDoc)>,
    token_secret: Zeroizing<String>,
}

impl Identity {
    pub(crate) fn read(conn: &Connection) -> Result<Self> {
        let keys = keys::all(conn)?;
        let root: VerifyKey = need(conn, ROOT)?;
        let documents = keys.iter().map(|key| document(key, &root)).collect::<Result<Vec<_>>>()?;
        if documents.is_empty() {
            return Err(damaged("it has no keys"));
        }
        Ok(Self {
            study: need(conn, meta::STUDY)?,
            server: need(conn, meta::DEVICE)?,
            name: need(conn, NAME)?,
            root,
            keys,
            documents,
            token_secret: Zeroizing::new(need(conn, TOKEN_SECRET)?),
        })
    }

    /// Returns the fingerprint of the study's root key, which enrolment codes hold.
    pub fn fingerprint(&self) -> Fingerprint {
        self.root.fingerprint()
    }

    /// Returns the present keys, public half.
    pub fn document(&self) -> &ServerKeyDoc {
        &self.newest().1.1
    }

    /// Returns the present keys as signed by root.
    pub fn signed_document(&self) -> &Signed<ServerKeyDoc> {
        &self.newest().1.0
    }

    /// Returns what a device needs to trust newer keys.
    pub fn server_keys(&self) -> ServerKeys {
        ServerKeys { root: self.root, server_key: self.signed_document().clone() }
    }

    /// Returns the keys of the epoch that signed with this key.
    pub(crate) fn signer(&self, key: KeyId) -> Option<&ServerKeyDoc> {
        self.documents.iter().map(|(_, document)| document).find(|document| document.verify_key.id() == key)
    }

    /// Returns what the present epoch signs with.
    pub(crate) fn signing(&self) -> &SigningKey {
        &self.newest().0.signing
    }

    /// Returns what opens journals: the present key and all older ones.
    pub(crate) fn sealing_keys(&self) -> Vec<SealingKey> {
        self.keys.iter().map(|key| key.sealing.clone()).collect()
    }

    /// Returns key and certificate of TLS.
    pub(crate) fn tls(&self) -> (&[u8], &[u8]) {
        let key = self.newest().0;
        (&key.tls_key, &key.tls_certificate)
    }

    pub(crate) fn token_secret(&self) -> &[u8] {
        self.token_secret.as_bytes()
    }

    fn newest(&self) -> (&ServerKeyRow, &(Signed<ServerKeyDoc>, ServerKeyDoc)) {
        let newest = self.keys.first().zip(self.documents.first());
        newest.expect("an identity is read with at least one epoch of keys")
    }
}

fn document(key: &ServerKeyRow, root: &VerifyKey) -> Result<(Signed<ServerKeyDoc>, ServerKeyDoc)> {
    let signed: Signed<ServerKeyDoc> = serde_json::from_str(&key.document).map_err(|e| damaged(&e.to_string()))?;
    let document = signed.verify(root).map_err(|e| damaged(&e.to_string()))?;
    Ok((signed, document))
}

fn need<T: std::str::FromStr>(conn: &Connection, key: &str) -> Result<T> {
    meta::get_as(conn, key)?.ok_or_else(|| damaged(&format!("it has no {key}")))
}

fn damaged(detail: &str) -> ServerError {
    StoreError::damaged("the server's store", detail).into()
}
