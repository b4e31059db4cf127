//! A signed JSON document, kept as the very text that was signed.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::TrustError;
use crate::seal::{Context, KeyId, Signature, SigningKey, VerifyKey};

/// A kind of document that a key of the study signs.
pub trait Document: Serialize + DeserializeOwned {
    /// What the signature is for.
    const CONTEXT: Context;
    /// What messages call the document.
    const WHAT: &'static str;
}

/// A document and the signature over its text.
///
/// The text is kept and forwarded verbatim: reading and writing it again could change it and break the signature.
/// Nothing of the content can be reached without the signer's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct Signed<T> {
    document: String,
    key: KeyId,
    signature: Signature,
    #[serde(skip)]
    kind: PhantomData<fn() -> T>,
}

impl<T: Document> Signed<T> {
    /// Writes a document down and signs it.
    pub fn sign(document: &T, key: &SigningKey) -> Self {
        let document = serde_json::to_string(document).expect("documents have text keys and finite numbers only");
        let signature = key.sign(T::CONTEXT, document.as_bytes());
        Self { document, key: key.verify_key().id(), signature, kind: PhantomData }
    }

    /// Checks the signature by a trusted key and reads the document.
    pub fn verify(&self, key: &VerifyKey) -> Result<T, TrustError> {
        let what = T::WHAT;
        if self.key != key.id() {
            return Err(TrustError::WrongSigner { what, expected: key.id(), found: self.key });
        }
        key.verify(T::CONTEXT, self.document.as_bytes(), &self.signature)
            .map_err(|_| TrustError::BadSignature { what })?;
        self.read()
    }

    /// Reads the document without checking who wrote it: to show it, or to find out which key must have signed it.
    pub fn read_unverified(&self) -> Result<T, TrustError> {
        self.read()
    }

    /// Returns the key that claims to have signed.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// Returns the text that was signed.
    pub fn text(&self) -> &str {
        &self.document
    }

    fn read(&self) -> Result<T, TrustError> {
        serde_json::from_str(&self.document)
            .map_err(|error| TrustError::Unreadable { what: T::WHAT, reason: error.to_string() })
    }
}
