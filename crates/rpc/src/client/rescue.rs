//! Letting people back in from outside: with an administrator's code, or with the study's recovery key.

use tsela_core::{
    bundle::{BundleView, SectionName},
    rescue::{AdmitCode, Request, RescueSecret, UnlockCode},
    seal::SealingKey,
};
use tsela_store::{
    DataKey, Keyring, Options, Packages, Store, StoreError,
    keyring::{EventKind, NewUser, fold_name},
    password,
};
use tsela_sync::identity;

use super::laptop::{Laptop, LaptopError, Opened};

impl Laptop {
    /// Returns what a person tells the administrator, to be answered with a code.
    ///
    /// # Errors
    /// [`StoreError::NoKey`] if the keys cannot be read; otherwise what the disk said.
    pub fn rescue_request(&self) -> Result<Request, StoreError> {
        self.keyring()?.rescue_request(&mut rand_core::UnwrapErr(getrandom::SysRng))
    }

    /// Ends a person's lock-out with an administrator's code.
    ///
    /// # Errors
    /// [`StoreError::WrongCode`], which is counted.
    pub fn end_lock_out(&self, user: &str, code: &UnlockCode) -> Result<(), StoreError> {
        self.keyring()?.unlock_with_code(user, code, self.clock().now())
    }

    /// Gives a person a new passphrase with an administrator's code; of somebody who has not worked on this laptop, the
    /// first. The caller holds the folder's lock.
    ///
    /// # Errors
    /// [`StoreError::WrongCode`], which is counted; [`StoreError::WeakPassphrase`], which costs nothing;
    /// [`StoreError::Invalid`] if this laptop knows of no such person.
    pub fn admit_with_code(&self, user: &str, code: &AdmitCode, passphrase: &str) -> Result<(), LaptopError> {
        password::check_policy(passphrase)?;
        let mut keyring = self.keyring()?;
        let key = keyring.open_with_code(user, code, self.clock().now())?;
        self.admit_from_outside(keyring, EventKind::AdmittedByCode, user, &key, passphrase)
    }

    /// Gives a person a new passphrase with the study's recovery key, to which the data key is sealed. The caller holds
    /// the folder's lock.
    ///
    /// # Errors
    /// [`LaptopError::OtherRecoveryKey`] if it is another study's key; otherwise as [`Self::admit_with_code`].
    pub fn admit_with_recovery_key(&self, user: &str, key: &SealingKey, passphrase: &str) -> Result<(), LaptopError> {
        password::check_policy(passphrase)?;
        let keyring = self.keyring()?;
        let key = keyring.escrow().iter().find_map(|escrow| open_escrow(&escrow.sealed, key));
        let key = key.ok_or(LaptopError::OtherRecoveryKey)?;
        self.admit_from_outside(keyring, EventKind::AdmittedByRecoveryKey, user, &key, passphrase)
    }

    fn admit_from_outside(
        &self,
        mut keyring: Keyring,
        how: EventKind,
        name: &str,
        key: &DataKey,
        passphrase: &str,
    ) -> Result<(), LaptopError> {
        let store = Store::open(&self.folder().store(), key, &Options::default())?;
        let (device, remote) = identity::load(&store)?.ok_or(LaptopError::NotEnrolled)?;
        let person = person(&keyring, &identity::load_packages(&store)?, name)?;
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        keyring.admit_rescued(how, person, passphrase, key, &mut rng, self.clock().now())?;
        let secret = RescueSecret::from_token(&remote.token);
        Ok(keyring.arm_rescue(device.device, &secret, key, &mut rng)?)
    }
}

impl Opened {
    /// Makes a new wrapping for administrators' codes where one was used or there is none.
    pub(super) fn arm_rescue(&self) -> Result<(), StoreError> {
        let secret = RescueSecret::from_token(&self.token()?);
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        self.with_keyring(|keyring| keyring.arm_rescue(self.identity.device, &secret, self.store.key(), &mut rng))
    }
}

/// Finds a person of the study, or one who works on this laptop already.
fn person(keyring: &Keyring, packages: &Packages, name: &str) -> Result<NewUser, StoreError> {
    let newest = packages.newest()?;
    let of_study = newest.package().users.iter().find(|user| fold_name(&user.name) == fold_name(name));
    if let Some(user) = of_study {
        return Ok(NewUser { id: user.id, name: user.name.clone(), role: user.role.clone() });
    }
    let here = keyring.find(name).ok_or_else(|| {
        StoreError::Invalid(format!(
            "this laptop knows of no person called {name:?}: check the spelling; somebody new to the study is known here \
             only after a push"
        ))
    })?;
    Ok(NewUser { id: here.id, name: here.name.clone(), role: here.role.clone() })
}

fn open_escrow(sealed: &[u8], key: &SealingKey) -> Option<DataKey> {
    let view = BundleView::parse(sealed).ok()?;
    let opened = zeroize::Zeroizing::new(view.open(SectionName::Payload, std::slice::from_ref(key)).ok()?);
    Some(DataKey::from_bytes(opened.as_slice().try_into().ok()?))
}
