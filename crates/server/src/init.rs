//! Making a study's first server.
//!
//! Two keys of the study never live on a server that is in use: the root key, which alone can say who a server is, and
//! the recovery key, which can open every journal if all servers are lost. Both are made here, written to one folder,
//! and not needed again until a key has to be replaced or a study rescued.

use std::path::{Path, PathBuf};

use rand_core::CryptoRng;
use tsela_core::{
    api::PackageDoc,
    ids::{DeviceId, Incarnation, StudyId},
    package::StudyPackage,
    seal::{Fingerprint, SealingKey, SigningKey, hex},
    time::Timestamp,
    trust::{ServerKeyDoc, ServerRole, Signed},
};
use tsela_store::{
    DataKey, Folder, Store, data_key, meta,
    server::{accounts, keys, packages, stream_codes},
    streams,
};
use tsela_sync::tls;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    error::{Result, ServerError},
    identity,
    server::store_options,
};

/// Stream codes that the server gives itself, for what data managers decide on it.
const OWN_CODES: usize = 4;

const README: &str = "\
The two files in this folder are the keys to the whole study.

root.key      says who a server of this study is. Whoever has it can set up a server that every laptop trusts.
recovery.key  opens every journal of the study. It is the last resort if all servers are lost.

The server does not need them in daily work. Copy both to two USB sticks, lock the sticks into two safes in two
buildings, check that they can be read there, and then delete this folder from the server.

You will need root.key to give the server new keys, and recovery.key to rescue the study's data.
";

/// A server that was set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initialised {
    /// The study.
    pub study: StudyId,
    /// The study's name.
    pub study_name: String,
    /// The server.
    pub server: DeviceId,
    /// Fingerprint of the root key, which enrolment codes hold.
    pub fingerprint: Fingerprint,
    /// Folder of the two offline keys, to be moved to a safe.
    pub offline: PathBuf,
}

/// Sets up a server in an empty folder, for a study that is given as named JSON texts.
///
/// # Errors
/// [`ServerError::Package`] if the study cannot be used, before anything is written; otherwise what the store or the
/// disk said, also if there is a store already.
pub fn init(
    dir: &Path,
    study: &[(&str, &str)],
    name: &str,
    rng: &mut impl CryptoRng,
    now: Timestamp,
) -> Result<Initialised> {
    let package = StudyPackage::from_parts(study)?;
    let folder = Folder::new(dir);
    folder.create()?;
    let key = DataKey::generate(rng);
    data_key::write_key_file(&folder.server_key(), &key)?;
    let (root, recovery) = (SigningKey::generate(rng), SealingKey::generate(rng));
    let server = DeviceId(new_id(rng, now));
    let offline = write_offline(dir, &root, &recovery)?;
    let store = Store::create(&folder.store(), &key, new_id(rng, now), &store_options())?;
    let keys = first_keys(&package, server, &root, &recovery, rng, now)?;
    let life = Incarnation(new_id(rng, now));
    let mut token_secret = Zeroizing::new([0u8; 32]);
    rng.fill_bytes(token_secret.as_mut());
    let signed = Signed::sign(&package_doc(&package)?, &keys.signing);
    let signed = serde_json::to_string(&signed).map_err(|e| ServerError::Ended(e.to_string()))?;
    store.write(|tx| {
        meta::set(tx, meta::STUDY, package.study)?;
        meta::set(tx, meta::DEVICE, server)?;
        meta::set(tx, meta::ROLE, "community")?;
        meta::set(tx, identity::NAME, name.trim())?;
        meta::set(tx, identity::ROOT, root.verify_key())?;
        meta::set(tx, identity::TOKEN_SECRET, hex::encode(token_secret.as_slice()))?;
        keys::add(tx, &keys)?;
        keys::begin_life(tx, life, now, "set up")?;
        for user in &package.users {
            accounts::add(tx, user.id, &user.name, &user.role, now)?;
        }
        let codes = stream_codes::give(tx, server, OWN_CODES, now)?;
        streams::add_spares(tx, package.study, server, &codes)?;
        if let Some(code) = codes.first() {
            streams::begin(tx, *code, "first")?;
        }
        packages::publish(tx, u64::from(package.version), &signed, now, "set up")
    })?;
    let fingerprint = root.verify_key().fingerprint();
    Ok(Initialised { study: package.study, study_name: package.name, server, fingerprint, offline })
}

/// Returns a UUIDv7 of this time.
pub(crate) fn new_id(rng: &mut impl CryptoRng, now: Timestamp) -> Uuid {
    let mut random = [0u8; 10];
    rng.fill_bytes(&mut random);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(now.0).unwrap_or(0), &random).into_uuid()
}

/// Writes a package as the document that is signed.
pub(crate) fn package_doc(package: &StudyPackage) -> Result<PackageDoc> {
    let value = serde_json::to_value(package).map_err(|e| ServerError::Store(internal(&e)))?;
    Ok(PackageDoc(value))
}

fn internal(error: &dyn std::fmt::Display) -> tsela_store::StoreError {
    tsela_store::StoreError::Internal(error.to_string())
}

fn first_keys(
    package: &StudyPackage,
    server: DeviceId,
    root: &SigningKey,
    recovery: &SealingKey,
    rng: &mut impl CryptoRng,
    now: Timestamp,
) -> Result<keys::ServerKeyRow> {
    let tls = tls::generate("Tsela server")?;
    let (signing, sealing) = (SigningKey::generate(rng), SealingKey::generate(rng));
    let document = ServerKeyDoc {
        study: package.study,
        epoch: 1,
        server,
        role: ServerRole::Community,
        verify_key: signing.verify_key(),
        sealing_key: sealing.public(),
        recovery_key: recovery.public(),
        tls_spki_sha256: tls.spki_sha256,
        not_before: now,
    };
    let document = serde_json::to_string(&Signed::sign(&document, root)).map_err(|e| internal(&e))?;
    let (tls_key, tls_certificate) = (tls.key, tls.certificate);
    Ok(keys::ServerKeyRow { epoch: 1, signing, sealing, tls_key, tls_certificate, document, made_at: now })
}

fn write_offline(dir: &Path, root: &SigningKey, recovery: &SealingKey) -> Result<PathBuf> {
    let offline = dir.join("offline");
    Folder::new(&offline).create()?;
    let secret = |bytes: &[u8]| Zeroizing::new(format!("{}\n", *Zeroizing::new(hex::encode(bytes))));
    tsela_store::files::write_private(&offline.join("root.key"), secret(root.to_bytes().as_slice()).as_bytes())?;
    tsela_store::files::write_private(
        &offline.join("recovery.key"),
        secret(recovery.to_bytes().as_slice()).as_bytes(),
    )?;
    tsela_store::files::write_private(&offline.join("README.txt"), README.as_bytes())?;
    Ok(offline)
}
