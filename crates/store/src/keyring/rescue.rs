//! Letting people back in with an administrator's code, without a network and while the store is closed.
//!
//! What lies beside the store for it: the key that checks unlock codes, and the data key wrapped under a key that only
//! the server can tell (see [`tsela_core::rescue`]). A wrapping is opened once; whoever is let in by it makes the next.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use tsela_core::{
    ids::DeviceId,
    rescue::{AdmitCode, MAX_NUMBER, Request, RescueSecret, UnlockCode, UnlockKey},
    time::Timestamp,
};
use zeroize::Zeroizing;

use super::{EventKind, KeyFile, Keyring, NewUser, User, attempts::Attempts, fold_name};
use crate::{
    data_key::DataKey,
    error::{Result, StoreError},
    hex,
};

/// How many wrong codes a request takes; then there must be a new one, which makes all earlier codes worthless.
const GUESSES: u32 = 5;

/// What lies beside the store for administrators' codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rescue {
    device: DeviceId,
    unlock: UnlockKey,
    /// Number of the wrapping.
    number: u16,
    #[serde(with = "hex")]
    nonce: [u8; 12],
    #[serde(with = "hex")]
    sealed: Vec<u8>,
    /// Whether the wrapping was opened; the next sign-in makes another.
    used: bool,
    /// The challenge of the request that is shown.
    challenge: Option<u64>,
    /// Wrong codes since it was first shown.
    wrong: u32,
}

impl Rescue {
    fn wrap(
        device: DeviceId,
        secret: &RescueSecret,
        number: u16,
        key: &DataKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let mut nonce = [0; 12];
        rng.fill_bytes(&mut nonce);
        let wrapping = Zeroizing::new(secret.wrapping_key(device, number));
        let payload = Payload { msg: key.bytes(), aad: &bound_to(device, number) };
        let sealed = Aes256Gcm::new((&*wrapping).into())
            .encrypt(&nonce.into(), payload)
            .map_err(|_| StoreError::Internal("32 bytes could not be sealed".to_owned()))?;
        Ok(Self { device, unlock: secret.unlock_key(), number, nonce, sealed, used: false, challenge: None, wrong: 0 })
    }

    fn open(&self, code: &AdmitCode, name: &str) -> Option<DataKey> {
        let wrapping = Zeroizing::new(code.wrapping_key(self.device, name));
        let payload = Payload { msg: &self.sealed, aad: &bound_to(self.device, self.number) };
        let opened = Aes256Gcm::new((&*wrapping).into()).decrypt(&self.nonce.into(), payload).map(Zeroizing::new);
        Some(DataKey::from_bytes(opened.ok()?.as_slice().try_into().ok()?))
    }

    /// Counts a wrong code; the last one takes the request away.
    fn count_wrong(&mut self) -> StoreError {
        self.wrong = self.wrong.saturating_add(1);
        let left = GUESSES.saturating_sub(self.wrong);
        if left == 0 {
            (self.challenge, self.wrong) = (None, 0);
        }
        StoreError::WrongCode { left }
    }
}

impl Keyring {
    /// Wraps the data key for administrators' codes, unless the present wrapping is unused and of this secret.
    ///
    /// # Errors
    /// Returns what the disk said.
    pub fn arm_rescue(
        &mut self,
        device: DeviceId,
        secret: &RescueSecret,
        key: &DataKey,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        let present = self.file.rescue.as_ref();
        let armed = present.is_some_and(|r| !r.used && r.device == device && r.unlock == secret.unlock_key());
        if armed || present.is_some_and(|r| r.number >= MAX_NUMBER) {
            return Ok(());
        }
        let number = present.map_or(0, |rescue| rescue.number + 1);
        let rescue = Rescue::wrap(device, secret, number, key, rng)?;
        self.change(|file| file.rescue = Some(rescue))
    }

    /// Returns what to tell the administrator. It stays the same until it was used or too many codes were wrong.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a laptop that has nothing for it yet; otherwise what the disk said.
    pub fn rescue_request(&mut self, rng: &mut impl CryptoRng) -> Result<Request> {
        let mut random = [0; 8];
        rng.fill_bytes(&mut random);
        self.change(|file| {
            let rescue = rescue_of(file)?;
            let challenge = *rescue.challenge.get_or_insert(u64::from_le_bytes(random) >> 29);
            Ok(Request::new(rescue.device, rescue.number, challenge))
        })?
    }

    /// Ends a person's lock-out with an administrator's code. Right or wrong, it is noted; a right one is used up.
    ///
    /// # Errors
    /// [`StoreError::UnknownUser`], [`StoreError::WrongCode`], or [`StoreError::Invalid`] if no request was shown.
    pub fn unlock_with_code(&mut self, name: &str, code: &UnlockCode, now: Timestamp) -> Result<()> {
        self.change(|file| {
            let wanted = fold_name(name);
            let user = file.users.iter().find(|user| fold_name(&user.name) == wanted).map(|user| user.id);
            let id = user.ok_or_else(|| StoreError::UnknownUser { name: name.to_owned() })?;
            let rescue = rescue_of(file)?;
            let request = Request::new(rescue.device, rescue.number, rescue.challenge.ok_or_else(no_request)?);
            if !rescue.unlock.unlock(rescue.device, &request, id).is(code) {
                let wrong = rescue.count_wrong();
                file.note(EventKind::WrongCode, Some(id), None, now);
                return Err(wrong);
            }
            (rescue.challenge, rescue.wrong) = (None, 0);
            file.user_mut(id)?.attempts = Attempts::default();
            file.note(EventKind::UnlockedByCode, Some(id), None, now);
            Ok(())
        })?
    }

    /// Opens the data key with an administrator's code for the person of this name. The code is used up by
    /// [`Self::admit_rescued`] and not before, so that a weak passphrase or a power cut does not cost it.
    ///
    /// # Errors
    /// [`StoreError::WrongCode`], which is counted and noted; [`StoreError::Invalid`] if the code was used.
    pub fn open_with_code(&mut self, name: &str, code: &AdmitCode, now: Timestamp) -> Result<DataKey> {
        let name = fold_name(name);
        self.change(|file| {
            let user = file.users.iter().find(|user| fold_name(&user.name) == name).map(|user| user.id);
            let rescue = rescue_of(file)?;
            if rescue.challenge.is_none() || rescue.used {
                return Err(no_request());
            }
            if let Some(key) = rescue.open(code, &name) {
                return Ok(key);
            }
            let wrong = rescue.count_wrong();
            file.note(EventKind::WrongCode, user, None, now);
            Err(wrong)
        })?
    }

    /// Lets in who was let in from outside: by an administrator's code, which is thereby used up, or by the study's
    /// recovery key.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn admit_rescued(
        &mut self,
        how: EventKind,
        new: NewUser,
        passphrase: &str,
        key: &DataKey,
        rng: &mut impl CryptoRng,
        now: Timestamp,
    ) -> Result<User> {
        let user = self.wrap(new, passphrase, key, rng)?;
        self.change(|file| {
            file.replace_user(user.clone())?;
            file.note(how, Some(user.id), None, now);
            if let (EventKind::AdmittedByCode, Some(rescue)) = (how, file.rescue.as_mut()) {
                (rescue.used, rescue.challenge, rescue.wrong) = (true, None, 0);
            }
            Ok(user)
        })?
    }
}

fn rescue_of(file: &mut KeyFile) -> Result<&mut Rescue> {
    file.rescue.as_mut().ok_or_else(|| {
        StoreError::Invalid(
            "this laptop was enrolled before administrators' codes were known: someone must sign in on it once"
                .to_owned(),
        )
    })
}

fn no_request() -> StoreError {
    StoreError::Invalid("no code is waited for: show a new request and tell it to the administrator".to_owned())
}

/// Binds a wrapping to laptop and number. Frozen: laptops keep what is bound.
fn bound_to(device: DeviceId, number: u16) -> Vec<u8> {
    [b"tsela/rescue/1".as_slice(), device.0.as_bytes(), &number.to_le_bytes()].concat()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
