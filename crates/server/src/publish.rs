//! The study package as this server gives it out: the study's files, and the people, devices and revocations of now.
//!
//! A change of people or devices is a new version, signed anew. Rules are judged by the version under which an entry was
//! written, so all versions are kept; people and devices are left out of what rules are judged by.

use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::Connection;
use serde_json::{Value, json};
use tsela_core::{
    api::{PackageDoc, SignedPackage},
    package::{CompiledPackage, StudyPackage},
    seal::SigningKey,
    time::Timestamp,
    trust::{Revocation, RevocationList, Signed, StreamLimit},
};
use tsela_store::{
    Packages, StoreError,
    server::{accounts, devices, packages},
    streams,
};

use crate::{
    error::{Refusal, Result, ServerError},
    server::Server,
};

/// The newest package in the forms in which it is needed.
#[derive(Clone)]
pub(crate) struct Published {
    /// Its version.
    pub version: u64,
    /// As signed.
    pub signed: Arc<SignedPackage>,
    /// As read.
    pub package: Arc<StudyPackage>,
    /// All versions, for judging entries by.
    pub all: Arc<Packages>,
}

#[derive(Default)]
pub(crate) struct PackageCache(RwLock<Option<Published>>);

impl Server {
    /// Returns the newest package; reads it only if one was published since. Not to be asked within a transaction that
    /// has published one itself, as that may still be rolled back.
    pub(crate) fn published(&self, conn: &Connection) -> Result<Published> {
        let newest = packages::newest_version(conn)?;
        let cache = &self.inner().packages.0;
        let known = cache.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.as_ref().filter(|known| known.version == newest) {
            return Ok(known.clone());
        }
        let fresh = self.read_published(conn, known)?;
        *cache.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
        Ok(fresh)
    }

    /// Returns the newest package, seen from outside a transaction.
    pub(crate) fn package_version(&self, version: u64) -> Result<SignedPackage> {
        let text = self.read(|conn| Ok(packages::version(conn, version)?))?;
        let text = text.ok_or_else(|| Refusal::not_found("There is no such version of the study package."))?;
        serde_json::from_str(&text).map_err(|e| damaged(&e))
    }

    pub(crate) fn newest_package(&self) -> Result<Published> {
        let mut slot = None;
        let read = self.store().read(|conn| crate::error::through(&mut slot, self.published(conn)));
        read.map_err(|error| slot.take().unwrap_or(ServerError::Store(error)))
    }

    fn read_published(&self, conn: &Connection, known: Option<Published>) -> Result<Published> {
        let mut all = known.as_ref().map(|known| Packages::clone(&known.all)).unwrap_or_default();
        let after = known.map_or(0, |known| known.version);
        let mut newest = None;
        for (version, text) in packages::after(conn, after)? {
            let signed: SignedPackage = serde_json::from_str(&text).map_err(|e| damaged(&e))?;
            let doc = signed.read_unverified().map_err(|e| damaged(&e))?;
            let package: StudyPackage = serde_json::from_value(doc.0).map_err(|e| damaged(&e))?;
            all.add(compiled(&package)?);
            newest = Some((version, signed, package));
        }
        let (version, signed, package) = newest.ok_or_else(|| damaged(&"it has no study package"))?;
        Ok(Published { version, signed: Arc::new(signed), package: Arc::new(package), all: Arc::new(all) })
    }

    /// Publishes a new version with the people, devices and revocations that the transaction sees.
    pub(crate) fn publish(&self, tx: &Connection, now: Timestamp, note: &str) -> Result<SignedPackage> {
        self.publish_as(tx, None, now, note)
    }

    /// Publishes a new version under a number of the caller's choosing, above the newest.
    pub(crate) fn publish_as(
        &self,
        tx: &Connection,
        version: Option<u64>,
        now: Timestamp,
        note: &str,
    ) -> Result<SignedPackage> {
        let (newest, text) = packages::newest(tx)?;
        let version = version.unwrap_or(0).max(newest + 1);
        let before: SignedPackage = serde_json::from_str(&text).map_err(|e| damaged(&e))?;
        let PackageDoc(mut content) = before.read_unverified().map_err(|e| damaged(&e))?;
        let key = self.identity().signing();
        let keys = content.as_object_mut().ok_or_else(|| damaged(&"it is no object"))?;
        keys.insert("version".to_owned(), json!(version));
        keys.insert("users".to_owned(), users(tx)?);
        keys.insert("devices".to_owned(), roster(tx)?);
        keys.insert("revocations".to_owned(), json!([self.revocations(tx, version, key)?]));
        let signed = Signed::sign(&PackageDoc(content), key);
        let text = serde_json::to_string(&signed).map_err(|e| damaged(&e))?;
        packages::publish(tx, version, &text, now, note)?;
        tracing::info!(version, note, "study package published");
        Ok(signed)
    }

    fn revocations(&self, tx: &Connection, version: u64, key: &SigningKey) -> Result<Signed<RevocationList>> {
        let all_streams = streams::list(tx)?;
        let revoked = devices::list(tx)?.into_iter().filter_map(|device| {
            let at = device.revoked_at?;
            let own = all_streams.iter().filter(|stream| stream.device == device.id);
            let limits = own.map(|stream| StreamLimit {
                stream: stream.code,
                last_accepted: stream.revoked_after.unwrap_or(stream.head.seq),
            });
            let reason = device.revoked_reason.unwrap_or_default();
            Some(Revocation { device: device.id, streams: limits.collect(), at, reason })
        });
        let list = RevocationList { study: self.study(), version, revocations: revoked.collect() };
        Ok(Signed::sign(&list, key))
    }
}

fn users(tx: &Connection) -> Result<Value> {
    let users = accounts::list(tx)?;
    let user = |user: accounts::AccountRow| {
        let initials = initials(&user.name);
        json!({"id": user.id, "name": user.name, "role": user.role, "initials": initials})
    };
    Ok(users.into_iter().map(user).collect())
}

fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).flat_map(char::to_uppercase).take(3).collect()
}

fn roster(tx: &Connection) -> Result<Value> {
    let device = |device: devices::DeviceRow| -> Result<Value> {
        let credential: Value = serde_json::from_str(&device.credential).map_err(|e| damaged(&e))?;
        Ok(json!({"id": device.id, "name": device.name, "credential": credential}))
    };
    devices::list(tx)?.into_iter().map(device).collect()
}

fn compiled(package: &StudyPackage) -> Result<CompiledPackage> {
    let judged_by = StudyPackage { users: Vec::new(), devices: Vec::new(), revocations: Vec::new(), ..package.clone() };
    CompiledPackage::new(judged_by).map_err(|flaws| damaged(&format!("{flaws:?}")))
}

fn damaged(detail: &dyn std::fmt::Display) -> ServerError {
    StoreError::damaged("a published study package", detail.to_string()).into()
}
