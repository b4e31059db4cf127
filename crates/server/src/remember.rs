//! What a restored server learns from its own study package, given back by a laptop.
//!
//! The package that a laptop holds was signed by this server: people, devices with their credentials, and revocations
//! stand in it as they were after the backup was made. Only what is missing is taken; nothing that this server knows is
//! changed by it, as the package may be older than what was done since.

use rusqlite::Connection;
use tsela_core::{
    api::{PackageBack, PackageDoc, PackageTaken, codes},
    credential::{Credential, DeviceRole},
    ids::UserId,
    package::{PackageUser, RosterDevice, StudyPackage},
    time::Timestamp,
    trust::{RevocationList, ServerKeyDoc, Signed},
};
use tsela_store::{
    meta,
    server::{
        accounts,
        devices::{self, DeviceRow},
        stream_codes,
    },
    streams,
};

use crate::{
    admin::By,
    error::{Refusal, Result},
    introduce::{row, taken_key},
    server::Server,
};

/// Most people that a device may name as its own.
const MAX_PEOPLE: usize = 100;

impl Server {
    /// Takes from a package of this server what it has forgotten.
    ///
    /// # Errors
    /// A [`Refusal`] if this server has not signed it or it is of another study; nothing is taken then.
    pub(crate) fn remember(&self, device: &DeviceRow, given: &PackageBack) -> Result<PackageTaken> {
        let (keys, package, version) = self.own_package(&given.package)?;
        let now = self.now();
        let taken = self.write(|tx| {
            let taken = PackageTaken {
                people: learn_people(tx, &package.users, now)?,
                devices: self.learn_devices(tx, &keys, &package.devices, now)?,
                revoked: self.learn_revocations(tx, &keys, &package, now)?,
            };
            note_people(tx, device, &given.people)?;
            meta::set(tx, &taken_key(version), 1)?;
            if taken != PackageTaken::default() {
                self.publish(tx, now, "taken from an earlier package")?;
            }
            Ok(taken)
        })?;
        let PackageTaken { people, devices, revoked } = taken;
        if taken != PackageTaken::default() {
            tracing::warn!(version, people, devices, revoked, "learned from an earlier study package");
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX).into();
            let fields = [
                ("device", device.id.to_string().into()),
                ("version", i64::try_from(version).unwrap_or(i64::MAX).into()),
                ("people", count(people)),
                ("devices", count(devices)),
                ("revoked", count(revoked)),
            ];
            self.event(&By::operator(), "package_taken", &fields)?;
        }
        Ok(taken)
    }

    /// Reads a package that one of this server's keys has signed.
    fn own_package(&self, signed: &Signed<PackageDoc>) -> Result<(ServerKeyDoc, StudyPackage, u64)> {
        let refuse = |why: String| Refusal::new(422, codes::BAD_REQUEST, "The study package is not taken.", why);
        let keys = self.identity().signer(signed.key());
        let keys = keys.ok_or_else(|| refuse("This server has not signed it.".to_owned()))?;
        let document = signed.verify(&keys.verify_key).map_err(|e| refuse(e.to_string()))?;
        if document.study() != Some(self.study()) {
            return Err(refuse("It belongs to another study.".to_owned()).into());
        }
        let version = document.version();
        let package = serde_json::from_value(document.0).map_err(|e| refuse(e.to_string()))?;
        Ok((keys.clone(), package, version))
    }

    /// Adds the devices that are not known, with their codes. They have no token until they introduce themselves.
    fn learn_devices(
        &self,
        tx: &Connection,
        keys: &ServerKeyDoc,
        roster: &[RosterDevice],
        now: Timestamp,
    ) -> Result<usize> {
        let mut learned = 0;
        for known in roster {
            let Ok(signed) = serde_json::from_value::<Signed<Credential>>(known.credential.clone()) else { continue };
            let Ok(credential) = Credential::check_signature(&signed, keys) else { continue };
            let is_laptop = matches!(credential.role, DeviceRole::Field | DeviceRole::Carrier);
            if !is_laptop || devices::find(tx, credential.device)?.is_some() {
                continue;
            }
            devices::add(tx, &row(&credential, known.credential.to_string(), ""))?;
            for code in &credential.codes {
                // A code that another device has by now stays that one's; the device is told when it introduces itself.
                if stream_codes::note(tx, *code, credential.device, now)? {
                    streams::register_foreign(tx, self.study(), credential.device, *code)?;
                }
            }
            learned += 1;
        }
        Ok(learned)
    }

    /// Revokes again what was revoked. What is stored of the devices stays accepted, as when they were revoked first.
    fn learn_revocations(
        &self,
        tx: &Connection,
        keys: &ServerKeyDoc,
        package: &StudyPackage,
        now: Timestamp,
    ) -> Result<usize> {
        let mut learned = 0;
        for list in &package.revocations {
            let Ok(signed) = serde_json::from_value::<Signed<RevocationList>>(list.clone()) else { continue };
            let Ok(list) = RevocationList::check(&signed, &keys.verify_key, self.study(), 0) else { continue };
            for revocation in list.revocations {
                let known = devices::find(tx, revocation.device)?;
                if known.is_some_and(|device| device.revoked_at.is_none()) {
                    devices::revoke(tx, revocation.device, revocation.at.min(now), &revocation.reason)?;
                    learned += 1;
                }
            }
        }
        Ok(learned)
    }
}

/// Adds the people who are not known. A name that somebody else bears by now is told apart by the end of the id.
fn learn_people(tx: &Connection, people: &[PackageUser], now: Timestamp) -> Result<usize> {
    let mut learned = 0;
    for person in people {
        if accounts::find(tx, person.id)?.is_some() {
            continue;
        }
        let id = person.id.to_string();
        let ending: String = id.rsplit('-').next().unwrap_or_default().chars().rev().take(4).collect();
        let ending: String = ending.chars().rev().collect();
        let name = match accounts::find_by_name(tx, &person.name)? {
            None => person.name.clone(),
            Some(_) => format!("{} ({ending})", person.name.chars().take(70).collect::<String>()),
        };
        accounts::add(tx, person.id, &name, &person.role, now)?;
        learned += 1;
    }
    Ok(learned)
}

/// Notes who works on a device, of those whom the server knows.
fn note_people(tx: &Connection, device: &DeviceRow, people: &[UserId]) -> Result<()> {
    for person in people.iter().take(MAX_PEOPLE) {
        if accounts::find(tx, *person)?.is_some() {
            devices::add_person(tx, device.id, *person)?;
        }
    }
    Ok(())
}
