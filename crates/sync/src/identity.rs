//! Who this laptop is and whom it sends to, as the engine needs it and as the encrypted store keeps it.

use reqwest::Url;
use serde::{Serialize, de::DeserializeOwned};
use tsela_core::{
    api::{PackageDoc, SignedPackage},
    credential::{Credential, DeviceRole},
    ids::{DeviceId, Incarnation, StudyId},
    package::{CompiledPackage, StudyPackage},
    seal::{SealingKey, SealingPublic, SigningKey, VerifyKey},
    time::Timestamp,
    trust::{ServerKeyDoc, Signed},
};
use tsela_store::{
    Packages, Store, StoreError,
    acks::{self, Peer},
    identity, meta, package_archive, remote, streams,
};
use zeroize::Zeroizing;

use crate::{enrol::Enrolment, road::pin::Spki};

/// The life of the server in which this laptop is known, by enrolment or introduction, in `meta`.
pub(crate) const INTRODUCED: &str = "introduced_in";

/// Who this laptop is.
#[derive(Clone, Debug)]
pub struct DeviceIdentity {
    /// The study.
    pub study: StudyId,
    /// The device.
    pub device: DeviceId,
    /// What people call it.
    pub name: String,
    /// Signs what it sends.
    pub signing_key: SigningKey,
    /// Opens what is sealed to it.
    pub sealing_key: SealingKey,
    /// Its credential.
    pub credential: Signed<Credential>,
}

impl DeviceIdentity {
    /// Returns what the laptop is for. Its own credential was checked when it came.
    pub fn role(&self) -> DeviceRole {
        self.credential.read_unverified().map_or(DeviceRole::Field, |credential| credential.role)
    }
}

/// The server it sends to.
#[derive(Clone, Debug)]
pub struct RemoteServer {
    /// Its name, for people.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The bearer token; never printed.
    pub token: Zeroizing<String>,
    /// The pinned TLS key.
    pub spki: Spki,
    /// The study's root key.
    pub root: VerifyKey,
    /// The server's keys as root signed them.
    pub signed_keys: Signed<ServerKeyDoc>,
    /// The server's keys.
    pub keys: ServerKeyDoc,
    /// The life of its database that was met last.
    pub incarnation: Incarnation,
    /// Whether pushes start by themselves.
    pub auto: bool,
    /// Time between automatic pushes, seconds.
    pub interval_seconds: u32,
}

impl RemoteServer {
    /// Returns the host in its address, for people.
    pub fn host(&self) -> String {
        Url::parse(&self.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Returns the study's offline recovery key, which everything is sealed to as well.
    pub fn recovery_key(&self) -> SealingPublic {
        self.keys.recovery_key
    }
}

/// Writes everything that an enrolment brought into a new store: identity, server, package and stream codes.
///
/// # Errors
/// [`StoreError::Invalid`] if the store belongs to another device; otherwise what the disk said.
pub fn save(store: &Store, enrolment: &Enrolment, at: Timestamp) -> Result<(), StoreError> {
    let device = &enrolment.device;
    let row = identity::Identity {
        study: device.study,
        device: device.device,
        name: device.name.clone(),
        signing_key: device.signing_key.clone(),
        sealing_key: device.sealing_key.clone(),
        credential: to_json(&device.credential),
    };
    store.write(|tx| {
        identity::put(tx, &row)?;
        meta::set(tx, meta::STUDY, device.study)?;
        meta::set(tx, meta::DEVICE, device.device)?;
        meta::set(tx, meta::ROLE, &enrolment.role)?;
        meta::set(tx, INTRODUCED, enrolment.remote.incarnation)?;
        let peer = Peer { server: enrolment.remote.keys.server, incarnation: enrolment.remote.incarnation };
        acks::meet(tx, peer, at)?;
        streams::add_spares(tx, device.study, device.device, &enrolment.codes)?;
        remote::put(tx, &to_row(&enrolment.remote))?;
        package_archive::put(tx, enrolment.package_version, &to_json(&enrolment.package), at)
    })
}

/// Reads who this laptop is and whom it sends to; `None` before enrolment.
///
/// # Errors
/// [`StoreError::Damaged`] if what is there cannot be read; otherwise what the disk said.
pub fn load(store: &Store) -> Result<Option<(DeviceIdentity, RemoteServer)>, StoreError> {
    let (device, server) = store.read(|conn| Ok((identity::get(conn)?, remote::get(conn)?)))?;
    let (Some(device), Some(server)) = (device, server) else { return Ok(None) };
    let credential = from_json(&device.credential, "this laptop's credential")?;
    let root = VerifyKey::from_bytes(&server.root);
    let root = root.map_err(|error| StoreError::damaged("the study's root key", error.to_string()))?;
    let signed_keys: Signed<ServerKeyDoc> = from_json(&server.server_key, "the server's keys")?;
    // Checked again though the store is encrypted: what is trusted hangs on this one signature.
    let keys = signed_keys.verify(&root);
    let keys = keys.map_err(|error| StoreError::damaged("the server's keys", error.to_string()))?;
    let identity = DeviceIdentity {
        study: device.study,
        device: device.device,
        name: device.name,
        signing_key: device.signing_key,
        sealing_key: device.sealing_key,
        credential,
    };
    let remote = RemoteServer {
        name: server.name,
        url: server.url,
        token: server.token,
        spki: Spki(server.spki),
        root,
        signed_keys,
        keys,
        incarnation: server.incarnation,
        auto: server.auto,
        interval_seconds: server.interval_seconds,
    };
    Ok(Some((identity, remote)))
}

/// Reads all study packages that came to this laptop, ready for judging by. One that this version cannot read is left
/// out and logged.
///
/// # Errors
/// Returns what the disk said.
pub fn load_packages(store: &Store) -> Result<Packages, StoreError> {
    let mut packages = Packages::new();
    for (version, signed) in store.read(package_archive::all)? {
        let signed: SignedPackage = from_json(&signed, "a study package")?;
        match signed.read_unverified().map_err(|error| error.to_string()).and_then(|document| compile(&document)) {
            Ok(package) => packages.add(package),
            Err(reason) => tracing::warn!(version, reason, "a stored study package cannot be used"),
        }
    }
    Ok(packages)
}

/// Makes a package ready.
///
/// # Errors
/// Says what is wrong with it.
pub fn compile(document: &PackageDoc) -> Result<CompiledPackage, String> {
    let package: StudyPackage = serde_json::from_value(document.0.clone()).map_err(|error| error.to_string())?;
    CompiledPackage::new(package).map_err(|flaws| format!("{} flaws, the first: {:?}", flaws.len(), flaws.first()))
}

fn to_row(server: &RemoteServer) -> remote::Remote {
    remote::Remote {
        name: server.name.clone(),
        url: server.url.clone(),
        token: server.token.clone(),
        spki: server.spki.0,
        root: server.root.to_bytes(),
        server_key: to_json(&server.signed_keys),
        incarnation: server.incarnation,
        auto: server.auto,
        interval_seconds: server.interval_seconds.clamp(10, 86_400),
        drift_ms: None,
        contact_at: None,
    }
}

/// Writes a signed document as it is kept.
pub(crate) fn to_json<T: Serialize>(document: &T) -> String {
    serde_json::to_string(document).expect("a signed document has text keys and text values only")
}

fn from_json<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::damaged(what, error.to_string()))
}
