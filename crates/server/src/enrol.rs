//! Making a laptop a device of the study, by a one-time code.
//!
//! Everything of one enrolment commits in one transaction. If the answer is lost, the same device may ask again with
//! the same code until the code expires or the device has called with its token; it gets the same answer. For that the
//! token is derived from the code's secret, which the server does not keep, and not made anew.

use rusqlite::Connection;
use tsela_core::{
    api::{EnrolAnswer, EnrolRequest, SignedPackage, codes},
    credential::{Credential, DeviceRole},
    enrolment::{EnrolmentSecret, SecretHash},
    ids::{DeviceId, StreamCode, UserId},
    introduction::token_hash,
    rescue::RescueSecret,
    seal::hex,
    time::Timestamp,
    trust::Signed,
    upload_token::upload_token,
};
use tsela_store::{
    StoreError,
    server::{
        accounts::{self, AccountRow},
        devices::{self, DeviceRow},
        enrolment::{self, EnrolmentRow},
        packages, rescue, stream_codes,
    },
    streams,
};

use crate::{
    entropy,
    error::{Refusal, Result, ServerError},
    expiry,
    init::new_id,
    server::Server,
};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Roles of people whose names only the server's own accounts may bear.
const SERVER_ROLES: [&str; 2] = [crate::admin::ADMINISTRATOR, crate::admin::DATA_MANAGER];

impl Server {
    /// Enrols a device. The caller has limited how often this may be tried.
    ///
    /// # Errors
    /// A [`Refusal`] if the code is unknown, used by another device or expired, or a name may not be used.
    pub fn enrol(&self, request: &EnrolRequest) -> Result<EnrolAnswer> {
        let now = self.now();
        check_names(request)?;
        self.write(|tx| {
            let code = usable_code(tx, request, now)?;
            let (device, user) = match devices::find(tx, request.device)? {
                Some(known) => self.again(tx, request, &code, known, now)?,
                None => self.first(tx, request, &code, now)?,
            };
            let token = self.token(request);
            devices::add_token(tx, &token_hash(&token), device.id, now)?;
            keep_derived(tx, device.id, &token, now)?;
            let package = if code.used_at.is_none() {
                enrolment::used(tx, code.hash, device.id, user.id, now)?;
                self.publish(tx, now, "device enrolled")?
            } else {
                newest(tx)?
            };
            self.answer(&device, &user, token, package)
        })
        .inspect(|answer| tracing::info!(device = %request.device, user = %answer.user, "device enrolled"))
    }

    /// The device is here already: its answer was lost, or it was given a new code.
    fn again(
        &self,
        tx: &Connection,
        request: &EnrolRequest,
        code: &EnrolmentRow,
        known: DeviceRow,
        now: Timestamp,
    ) -> Result<(DeviceRow, AccountRow)> {
        if known.verify_key != request.verify_key || known.sealing_key != request.sealing_key {
            return Err(refused_code().into());
        }
        if known.revoked_at.is_some() {
            return Err(Refusal::revoked().into());
        }
        let user = match code.account {
            Some(id) => accounts::find(tx, id)?.ok_or_else(refused_code)?,
            None => person(tx, request, code, now)?,
        };
        devices::add_person(tx, known.id, user.id)?;
        Ok((known, user))
    }

    fn first(
        &self,
        tx: &Connection,
        request: &EnrolRequest,
        code: &EnrolmentRow,
        now: Timestamp,
    ) -> Result<(DeviceRow, AccountRow)> {
        let user = person(tx, request, code, now)?;
        let policy = self.published(tx)?.package.enrolment.clone();
        let given = stream_codes::give(tx, request.device, policy.stream_codes.clamp(1, 16) as usize, now)?;
        for code in &given {
            streams::register_foreign(tx, self.study(), request.device, *code)?;
        }
        let credential = Credential {
            study: self.study(),
            device: request.device,
            name: request.device_name.trim().to_owned(),
            role: device_role(&code.role).unwrap_or(DeviceRole::Field),
            site: None,
            codes: given,
            verify_key: request.verify_key,
            sealing_key: request.sealing_key,
            issued_at: now,
            expires_at: self.expires(tx, now)?,
            server_epoch: self.identity().document().epoch,
        };
        let device = DeviceRow {
            id: request.device,
            name: credential.name.clone(),
            role: code.role.clone(),
            verify_key: request.verify_key,
            sealing_key: request.sealing_key,
            credential: self.sign_credential(&credential)?,
            app: request.app.chars().filter(|c| !c.is_control()).take(80).collect(),
            enrolled_at: now,
            heard_at: None,
            sent_at: None,
            sent: String::new(),
            drift_ms: None,
            revoked_at: None,
            revoked_reason: None,
        };
        devices::add(tx, &device)?;
        devices::add_person(tx, device.id, user.id)?;
        Ok((device, user))
    }

    fn answer(
        &self,
        device: &DeviceRow,
        user: &AccountRow,
        token: String,
        package: SignedPackage,
    ) -> Result<EnrolAnswer> {
        Ok(EnrolAnswer {
            credential: read_credential(device)?,
            token,
            server_key: self.identity().signed_document().clone(),
            incarnation: self.life().id,
            server_name: self.identity().name.clone(),
            user: user.id,
            user_role: user.role.clone(),
            package,
        })
    }

    /// Derives the token: the same for the same secret, device and keys, and known only to who has the secret.
    fn token(&self, request: &EnrolRequest) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("tsela/device-token/1");
        hasher.update(&request.secret).update(self.identity().token_secret());
        hasher.update(request.device.0.as_bytes()).update(&request.verify_key.to_bytes());
        hasher.update(&request.sealing_key.to_bytes());
        hex::encode(hasher.finalize().as_bytes())
    }

    /// Gives a device the stream codes that it lacks, up to the study's number of spare ones, and a credential with all;
    /// a credential of which less than half is left is renewed on the way.
    ///
    /// # Errors
    /// What the store said.
    pub fn refill_codes(&self, device: &DeviceRow) -> Result<(Signed<Credential>, Vec<StreamCode>)> {
        let now = self.now();
        self.write(|tx| {
            let wanted = self.published(tx)?.package.enrolment.stream_codes.clamp(1, 16) as usize;
            let mut spare = spare_codes(tx, device)?;
            let lacking = wanted.saturating_sub(spare.len());
            if lacking > 0 {
                let new = stream_codes::give(tx, device.id, lacking, now)?;
                for code in &new {
                    streams::register_foreign(tx, self.study(), device.id, *code)?;
                }
                spare.extend(new);
            }
            if lacking > 0 || self.is_renewal_due(tx, &expiry::credential(device)?, now)? {
                return Ok((self.renew_credential(tx, device, now)?, spare));
            }
            Ok((read_credential(device)?, spare))
        })
    }

    fn sign_credential(&self, credential: &Credential) -> Result<String> {
        let signed = Signed::sign(credential, self.identity().signing());
        serde_json::to_string(&signed).map_err(|e| damaged(&e))
    }

    /// Runs `work` in one transaction; any error rolls it back and comes out as it was.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut slot = None;
        let written = self.store().write(|tx| crate::error::through(&mut slot, work(tx)));
        written.map_err(|error| slot.take().unwrap_or(ServerError::Store(error)))
    }

    /// Runs `work` on a connection that sees the last commit.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut slot = None;
        let read = self.store().read(|conn| crate::error::through(&mut slot, work(conn)));
        read.map_err(|error| slot.take().unwrap_or(ServerError::Store(error)))
    }
}

/// Keeps what follows from a device's token: the upload token's hash, and the secret of administrators' codes.
pub(crate) fn keep_derived(tx: &Connection, device: DeviceId, token: &str, now: Timestamp) -> Result<()> {
    devices::add_upload_token(tx, &token_hash(&upload_token(token)), device, now)?;
    Ok(rescue::keep(tx, device, &RescueSecret::from_token(token))?)
}

/// Reads the name of a device's role; `relay` is what the pages call a carrier.
pub(crate) fn device_role(name: &str) -> Option<DeviceRole> {
    match name {
        "field" => Some(DeviceRole::Field),
        "carrier" | "relay" => Some(DeviceRole::Carrier),
        _ => None,
    }
}

pub(crate) fn read_credential(device: &DeviceRow) -> Result<Signed<Credential>> {
    serde_json::from_str(&device.credential).map_err(|e| damaged(&e))
}

/// Returns the device's codes of which nothing is stored and nothing is quarantined.
fn spare_codes(tx: &Connection, device: &DeviceRow) -> Result<Vec<StreamCode>> {
    let used: Vec<StreamCode> = streams::list(tx)?
        .into_iter()
        .filter(|stream| stream.device == device.id && (stream.head.seq > 0 || stream.forked_at.is_some()))
        .map(|stream| stream.code)
        .collect();
    Ok(stream_codes::of_device(tx, device.id)?.into_iter().filter(|code| !used.contains(code)).collect())
}

fn check_names(request: &EnrolRequest) -> Result<(), Refusal> {
    let fits = |name: &str| (1..=80).contains(&name.trim().chars().count()) && !name.chars().any(char::is_control);
    if !fits(&request.device_name) || !fits(&request.user) {
        return Err(Refusal::bad_request("The laptop's and the person's names have 1 to 80 characters."));
    }
    Ok(())
}

fn refused_code() -> Refusal {
    let detail = "It was mistyped, has expired, or another laptop has used it: ask the administrator for a new one.";
    Refusal::new(403, codes::ENROLMENT_CODE, "The enrolment code is not accepted.", detail)
}

/// Finds the code and says whether this device may use it, for the first time or again.
fn usable_code(tx: &Connection, request: &EnrolRequest, now: Timestamp) -> Result<EnrolmentRow> {
    let hash: SecretHash = EnrolmentSecret::from_bytes(request.secret).hash();
    let code = enrolment::find(tx, hash)?.ok_or_else(refused_code)?;
    let other = code.device.is_some_and(|device| device != request.device);
    let finished = code.used_at.is_some() && devices::has_called(tx, request.device)?;
    if now >= code.expires_at || other || finished {
        return Err(refused_code().into());
    }
    Ok(code)
}

/// Finds the person who enrols a device, or makes one known.
fn person(tx: &Connection, request: &EnrolRequest, code: &EnrolmentRow, now: Timestamp) -> Result<AccountRow> {
    if let Some(known) = accounts::find_by_name(tx, &request.user)? {
        if known.can_sign_in || SERVER_ROLES.contains(&known.role.as_str()) {
            let detail = "It belongs to an account on the server: sign in on the laptop under another name.";
            return Err(Refusal::new(422, codes::USER_REFUSED, "This name cannot be used on a laptop.", detail).into());
        }
        return Ok(known);
    }
    let role = if device_role(&code.role) == Some(DeviceRole::Carrier) { "driver" } else { "research_assistant" };
    let id = UserId(new_id(&mut entropy(), now));
    accounts::add(tx, id, &request.user, role, now)?;
    accounts::find(tx, id)?.ok_or_else(|| damaged(&"a person vanished"))
}

fn newest(tx: &Connection) -> Result<SignedPackage> {
    let (_, text) = packages::newest(tx)?;
    serde_json::from_str(&text).map_err(|e| damaged(&e))
}

pub(crate) fn damaged(detail: &dyn std::fmt::Display) -> ServerError {
    StoreError::damaged("the server's store", detail.to_string()).into()
}
