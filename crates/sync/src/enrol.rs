//! Enrolling a laptop: from a code that a person pasted to everything that the store needs.
//!
//! The code names the server's address, the fingerprint of the study's root key and a one-time secret. First contact
//! trusts nothing: it notes the TLS key that is shown, asks for the server's keys, and checks that a root key of the
//! right fingerprint signed them, that the server's key signed our nonce, and that it is this very TLS key that they
//! name. Only then, over a connection pinned to that key, is the secret sent. Someone in between learns nothing.
//!
//! The keys are made before and kept by the caller: after a lost answer, asking again with the same keys gives the same
//! device.

use std::sync::Arc;

use rand_core::CryptoRng;
use tsela_core::{
    api::{EnrolAnswer, EnrolRequest, ServerKeys, SignedPackage},
    credential::{Credential, DeviceRole},
    enrolment::EnrolmentCode,
    health::{HealthAnswer, Nonce},
    ids::{DeviceId, StreamCode, UserId},
    seal::{Fingerprint, SealingKey, SigningKey, VerifyKey},
    trust::{ServerKeyDoc, Signed, TrustError},
};
use tsela_store::LockRules;
use uuid::{Builder, Uuid};
use zeroize::Zeroizing;

use crate::{
    clock::Clock,
    diagnose::{Diagnosis, diagnose},
    identity::{DeviceIdentity, RemoteServer, compile},
    problem::{Problem, ProblemCode},
    road::{
        RoadError,
        http::{APP, HttpRoad, Timeouts, parse_address},
        pin::{Seen, Spki, Trust},
    },
};

/// What a laptop makes for itself before it asks; kept until the enrolment is through, so that asking again is safe.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Its id, a UUIDv7.
    pub device: DeviceId,
    /// Signs what it will send.
    pub signing_key: SigningKey,
    /// Opens what will be sealed to it.
    pub sealing_key: SealingKey,
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Applicant<'a> {
    /// What people will call the laptop.
    pub device_name: &'a str,
    /// Name of the person who will sign in on it.
    pub user: &'a str,
}

/// Everything that an enrolment brought, all of it verified.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The laptop with its keys and credential.
    pub device: DeviceIdentity,
    /// The server: address, token, pinned key, its own keys, the recovery key.
    pub remote: RemoteServer,
    /// The role in its credential, as stored: `field`, `carrier`.
    pub role: String,
    /// The laptop's stream codes.
    pub codes: Vec<StreamCode>,
    /// The person's id.
    pub user: UserId,
    /// The person's name, as it was given.
    pub user_name: String,
    /// Code of the person's role.
    pub user_role: String,
    /// How many wrong passphrases lock a person out, and for how long.
    pub lock: LockRules,
    /// The study package as signed.
    pub package: SignedPackage,
    /// Its version.
    pub package_version: u32,
}

/// Why a laptop could not be enrolled.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct EnrolError {
    /// For people.
    pub problem: Problem,
    /// What the road said.
    pub source: RoadError,
}

impl NewDevice {
    /// Makes id and keys.
    pub fn generate(clock: &dyn Clock, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut random = [0; 10];
        rng.fill_bytes(&mut random);
        let millis = u64::try_from(clock.now().0).unwrap_or(0);
        let id: Uuid = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        Self { device: DeviceId(id), signing_key: SigningKey::generate(rng), sealing_key: SealingKey::generate(rng) }
    }
}

/// Enrols a laptop.
///
/// # Errors
/// [`EnrolError`] in words; nothing is left behind at this end, and asking again with the same [`NewDevice`] is safe.
pub async fn enrol(
    code: &EnrolmentCode,
    new: &NewDevice,
    applicant: &Applicant<'_>,
    clock: Arc<dyn Clock>,
    rng: &mut (impl CryptoRng + Send + ?Sized),
) -> Result<Enrolment, EnrolError> {
    let mut nonce = Nonce::default();
    rng.fill_bytes(&mut nonce);
    match attempt(code, new, applicant, clock, &nonce).await {
        Ok(enrolment) => Ok(enrolment),
        Err(error) => Err(explain(error, code.url(), applicant.user).await),
    }
}

async fn explain(error: RoadError, url: &str, user: &str) -> EnrolError {
    let problem = match (&error, parse_address(url)) {
        (_, Err(address)) => Problem::new(ProblemCode::Unknown, &[("detail", &address.to_string())]),
        (RoadError::Untrusted(TrustError::WrongRoot { .. }), Ok(address)) => {
            Problem::new(ProblemCode::WrongKey, &[("host", address.host_str().unwrap_or_default())])
        }
        (_, Ok(address)) => {
            let Diagnosis { mut problem, .. } = diagnose(&error, &address).await;
            if let code @ (ProblemCode::UnknownUser | ProblemCode::UserRefused) = problem.code() {
                problem = Problem::new(code, &[("user", user)]);
            }
            problem
        }
    };
    EnrolError { problem, source: error }
}

async fn attempt(
    code: &EnrolmentCode,
    new: &NewDevice,
    applicant: &Applicant<'_>,
    clock: Arc<dyn Clock>,
    nonce: &Nonce,
) -> Result<Enrolment, RoadError> {
    let met = first_contact(code.url(), code.root(), Arc::clone(&clock), nonce).await?;
    let road = HttpRoad::new(code.url(), Trust::Pinned(vec![met.spki]), clock, Timeouts::default())?;
    let request = EnrolRequest {
        secret: *code.secret().as_bytes(),
        device: new.device,
        device_name: applicant.device_name.to_owned(),
        user: applicant.user.to_owned(),
        verify_key: new.signing_key.verify_key(),
        sealing_key: new.sealing_key.public(),
        app: APP.to_owned(),
    };
    let answer = road.enrol(&request).await?;
    accept(code.url(), &met, new, applicant, answer)
}

/// A server whose keys are known to be the study's.
struct Met {
    spki: Spki,
    root: VerifyKey,
    keys: ServerKeyDoc,
}

/// Finds out whether the server at an address is the study's, without sending it anything but a random number.
async fn first_contact(
    url: &str,
    expected: Fingerprint,
    clock: Arc<dyn Clock>,
    nonce: &Nonce,
) -> Result<Met, RoadError> {
    let seen = Seen::default();
    let road = HttpRoad::new(url, Trust::FirstContact(seen.clone()), clock, Timeouts::default())?;
    let reply = road.health(nonce, true).await?;
    let missing = || RoadError::malformed("the server's health", "its keys are missing");
    let ServerKeys { root, server_key } = reply.keys.ok_or_else(missing)?;
    let keys = ServerKeyDoc::first(&server_key, &root, expected)?;
    HealthAnswer::check(&reply.answer, &keys, nonce)?;
    let spki = Spki(keys.tls_spki_sha256);
    match seen.get() {
        Some(shown) if shown != spki => Err(RoadError::WrongKey(crate::road::pin::WrongPin { found: Some(shown) })),
        // Plain HTTP on this machine shows no key; what the server's keys name is pinned for later.
        _ => Ok(Met { spki, root, keys }),
    }
}

/// Checks everything in the answer before any of it is used.
fn accept(
    url: &str,
    met: &Met,
    new: &NewDevice,
    applicant: &Applicant<'_>,
    answer: EnrolAnswer,
) -> Result<Enrolment, RoadError> {
    let keys = ServerKeyDoc::next(&answer.server_key, &met.root, &met.keys.known())?;
    let credential = Credential::check_signature(&answer.credential, &keys)?;
    check_credential(&credential, new)?;
    let document = answer.package.verify(&keys.verify_key)?;
    let package = compile(&document).map_err(|reason| RoadError::malformed("the study package", reason))?;
    let policy = &package.package().sync;
    if package.package().study != keys.study {
        return Err(RoadError::malformed("the study package", "it belongs to another study"));
    }
    let device = DeviceIdentity {
        study: keys.study,
        device: new.device,
        name: applicant.device_name.to_owned(),
        signing_key: new.signing_key.clone(),
        sealing_key: new.sealing_key.clone(),
        credential: answer.credential,
    };
    let remote = RemoteServer {
        name: answer.server_name,
        url: url.to_owned(),
        token: Zeroizing::new(answer.token),
        spki: Spki(keys.tls_spki_sha256),
        root: met.root,
        signed_keys: answer.server_key,
        keys,
        incarnation: answer.incarnation,
        auto: policy.auto_push,
        interval_seconds: policy.interval_seconds.clamp(10, 86_400),
    };
    Ok(Enrolment {
        device,
        remote,
        role: match credential.role {
            DeviceRole::Field => "field",
            DeviceRole::Carrier => "carrier",
            DeviceRole::Community => "community",
            DeviceRole::Central => "central",
        }
        .to_owned(),
        codes: credential.codes,
        user: answer.user,
        user_name: applicant.user.to_owned(),
        user_role: answer.user_role,
        lock: LockRules::from(&package.package().lock),
        package_version: package.package().version,
        package: answer.package,
    })
}

fn check_credential(credential: &Credential, new: &NewDevice) -> Result<(), RoadError> {
    let ours = credential.device == new.device
        && credential.verify_key == new.signing_key.verify_key()
        && credential.sealing_key == new.sealing_key.public();
    if !ours {
        return Err(RoadError::malformed("the enrolment", "the credential is for another device"));
    }
    if credential.codes.is_empty() {
        return Err(RoadError::malformed("the enrolment", "the credential holds no stream code"));
    }
    Ok(())
}

/// Returns a signed credential's codes, for a laptop that was given more.
pub(crate) fn more_codes(
    signed: &Signed<Credential>,
    keys: &ServerKeyDoc,
    device: DeviceId,
) -> Result<Vec<StreamCode>, RoadError> {
    let credential = Credential::check_signature(signed, keys)?;
    if credential.device != device {
        return Err(RoadError::malformed("stream codes", "the credential is for another device"));
    }
    Ok(credential.codes)
}
