//! Making a laptop known again that a restored server has forgotten.
//!
//! The laptop shows what this server once signed for it, and proves that it holds the key. Nothing else is taken on its
//! word: the chain goes up to the root key that this server holds. Device, stream codes and token commit in one
//! transaction, so that none of its codes can be given to another laptop meanwhile.

use rusqlite::Connection;
use tsela_core::{
    api::{IntroduceAnswer, IntroduceRequest, codes},
    credential::{Credential, DeviceRole},
    introduction::{Introduction, VALID_MS},
    time::Timestamp,
    trust::ServerKeyDoc,
};
use tsela_store::{
    meta,
    server::{
        devices::{self, DeviceRow},
        packages, stream_codes,
    },
    streams,
};

use crate::{
    admin::By,
    enrol::read_credential,
    error::{Refusal, Result, ServerError},
    expiry,
    server::Server,
};

impl Server {
    /// Takes a device's introduction. The caller has limited how often this may be tried.
    ///
    /// # Errors
    /// A [`Refusal`]: `introduction` if it does not prove what it must, `revoked`, `credential_expired`, or `code_taken`
    /// if another device holds one of its stream codes; nothing is changed then.
    pub(crate) fn introduce(&self, request: &IntroduceRequest) -> Result<IntroduceAnswer> {
        let now = self.now();
        let (credential, said) = self.check_introduction(request, now)?;
        let taken = self.write(|tx| self.take_in(tx, request, &credential, &said, now));
        let device = ("device", credential.device.to_string().into());
        match taken {
            Ok((answer, was_known)) => {
                tracing::info!(device = %credential.device, was_known, "device introduced itself");
                self.event(&By::operator(), "device_introduced", &[device, ("was_known", was_known.into())])?;
                Ok(answer)
            }
            Err(ServerError::Refused(refusal)) => {
                tracing::warn!(device = %credential.device, code = refusal.code, "an introduction was refused");
                self.event(&By::operator(), "introduction_refused", &[device, ("code", refusal.code.into())])?;
                Err(refusal.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Follows the chain from the study's root key to what the device says now.
    fn check_introduction(&self, request: &IntroduceRequest, now: Timestamp) -> Result<(Credential, Introduction)> {
        let identity = self.identity();
        let keys: ServerKeyDoc = request.server_key.verify(&identity.root).map_err(refused)?;
        if (keys.study, keys.server) != (self.study(), self.device()) {
            return Err(refused("another server has signed this device's credential").into());
        }
        let credential = Credential::check_signature(&request.credential, &keys).map_err(refused)?;
        if !matches!(credential.role, DeviceRole::Field | DeviceRole::Carrier) {
            return Err(refused("a server does not introduce itself").into());
        }
        let said = Introduction::check(&request.introduction, &credential, self.device(), self.life().id, now);
        Ok((credential, said.map_err(refused)?))
    }

    /// Makes device, codes and token known; says whether the device was known.
    fn take_in(
        &self,
        tx: &Connection,
        request: &IntroduceRequest,
        shown: &Credential,
        said: &Introduction,
        now: Timestamp,
    ) -> Result<(IntroduceAnswer, bool)> {
        let known = devices::find(tx, shown.device)?;
        if let Some(known) = &known {
            if known.verify_key != shown.verify_key || known.sealing_key != shown.sealing_key {
                return Err(refused("the device is known here with other keys").into());
            }
            if known.revoked_at.is_some() {
                return Err(Refusal::revoked().into());
            }
            if expiry::of(shown, now).is_err() {
                expiry::check(known, now)?;
            }
        } else {
            expiry::of(shown, now)?;
            let credential = serde_json::to_string(&request.credential).map_err(refused)?;
            devices::add(tx, &row(shown, credential, &request.app))?;
        }
        let learned = self.take_codes(tx, shown, now)?;
        let device = devices::find(tx, shown.device)?.ok_or_else(Refusal::unauthorised)?;
        if learned > 0 && known.is_some() {
            self.renew_credential(tx, &device, now)?;
        }
        self.take_token(tx, said, now)?;
        if known.is_none() || learned > 0 {
            self.publish(tx, now, "device introduced")?;
        }
        let device = devices::find(tx, shown.device)?.ok_or_else(Refusal::unauthorised)?;
        let answer = IntroduceAnswer {
            credential: read_credential(&device)?,
            wants_package: wants_package(tx, said.package_version, known.is_some())?,
        };
        Ok((answer, known.is_some()))
    }

    /// Notes the device's stream codes as given out to it; says how many of them were not noted.
    pub(crate) fn take_codes(&self, tx: &Connection, shown: &Credential, now: Timestamp) -> Result<usize> {
        let mut learned = 0;
        for code in &shown.codes {
            if stream_codes::note(tx, *code, shown.device, now)? {
                learned += 1;
            }
            let stream = streams::register_foreign(tx, self.study(), shown.device, *code)?;
            if stream.device != shown.device || !stream_codes::owns(tx, shown.device, *code)? {
                let detail = format!(
                    "Another device holds stream code {code}, as this server was restored from too old a backup. Nothing on \
                     the laptop is lost: keep it as it is, and tell the administrator."
                );
                let title = "This laptop's stream code is in use elsewhere.";
                return Err(Refusal::new(409, codes::CODE_TAKEN, title, detail).into());
            }
        }
        Ok(learned)
    }

    /// Keeps the hash of the device's new token; tokens that it has not used for a while are forgotten.
    fn take_token(&self, tx: &Connection, said: &Introduction, now: Timestamp) -> Result<()> {
        if devices::by_token(tx, &said.token_hash)?.is_some_and(|(owner, _)| owner.id != said.device) {
            return Err(refused("its token is another device's").into());
        }
        devices::forget_unused_tokens(tx, said.device, now.plus_millis(-VALID_MS))?;
        Ok(devices::add_token(tx, &said.token_hash, said.device, now)?)
    }
}

/// Returns a device as its credential describes it.
pub(crate) fn row(shown: &Credential, credential: String, app: &str) -> DeviceRow {
    let role = if shown.role == DeviceRole::Carrier { "carrier" } else { "field" };
    DeviceRow {
        id: shown.device,
        name: shown.name.clone(),
        role: role.to_owned(),
        verify_key: shown.verify_key,
        sealing_key: shown.sealing_key,
        credential,
        app: app.chars().filter(|c| !c.is_control()).take(80).collect(),
        enrolled_at: shown.issued_at,
        heard_at: None,
        sent_at: None,
        sent: String::new(),
        drift_ms: None,
        revoked_at: None,
        revoked_reason: None,
    }
}

/// Says whether this server has forgotten the study package that a device has, and has not got it back from another.
fn wants_package(tx: &Connection, version: u64, was_known: bool) -> Result<bool> {
    let taken = was_known && meta::get(tx, &taken_key(version))?.is_some();
    Ok(version > 0 && !taken && !packages::is_published(tx, version)?)
}

/// Where it is noted that a version of the package came back.
pub(crate) fn taken_key(version: u64) -> String {
    format!("package_taken_{version}")
}

fn refused(why: impl ToString) -> Refusal {
    let why = why.to_string();
    let mut letters = why.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let detail = format!("{first}{}. Ask the administrator of the study.", letters.as_str());
    Refusal::new(403, codes::INTRODUCTION, "This laptop's introduction is not accepted.", detail)
}
