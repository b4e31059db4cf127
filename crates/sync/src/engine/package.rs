//! Fetching the study package: a newer one, and older ones that records of others were written under.
//!
//! A record is judged by the package that its last change was made under. What comes down from others may name one that
//! came and went while this laptop was away, or one that is newer than what it has.

use std::sync::{Arc, PoisonError};

use tsela_core::api::SignedPackage;
use tsela_store::{Kdf, Keyring, LockRules, ingest, package_archive, projection};

use super::shared::{Shared, blocking};
use crate::{
    identity::{compile, to_json},
    road::RoadError,
};

/// Older versions fetched in one chore; more are left for the next time.
const OLDER: usize = 20;

/// Fetches what is lacking.
pub(super) async fn fetch(shared: &Arc<Shared>) -> Result<(), RoadError> {
    let have = blocking(shared, |shared| Ok(shared.store.read(package_archive::newest_version)?)).await?;
    if let Some(signed) = shared.road().package(u64::from(have)).await? {
        let fits = move |version| version > have;
        blocking(shared, move |shared| take_in(shared, &signed, fits)).await?;
    }
    let missing = blocking(shared, |shared| {
        Ok(shared.store.read(|conn| projection::missing_packages(conn, &shared.packages()))?)
    });
    for version in missing.await?.into_iter().take(OLDER) {
        match shared.road().package_version(version).await? {
            Some(signed) => blocking(shared, move |shared| take_in(shared, &signed, |found| found == version)).await?,
            // A server that was restored to before it: what was written under it stays a finding.
            None => tracing::warn!(version, "the server has no such version of the study package"),
        }
    }
    Ok(())
}

fn take_in(shared: &Shared, signed: &SignedPackage, fits: impl Fn(u32) -> bool) -> Result<(), RoadError> {
    let document = signed.verify(&shared.remote().keys.verify_key)?;
    let package = compile(&document).map_err(|reason| RoadError::malformed("the study package", reason))?;
    let (study, version) = (package.package().study, package.package().version);
    if study != shared.identity.study || !fits(version) {
        return Err(RoadError::malformed("the study package", "it is another study's, or another version"));
    }
    let mut packages = (*shared.packages()).clone();
    packages.add(package);
    let now = shared.now();
    shared.store.write(|tx| {
        package_archive::put(tx, version, &to_json(signed), now)?;
        // What an older package could not judge may fold now, and what had none can be judged.
        ingest::fold_held(tx, now, &packages)?;
        projection::judge_again(tx, &packages)
    })?;
    let newest = packages.newest()?.package();
    carry_lock_rules(shared, LockRules::from(&newest.lock));
    let newest = newest.version;
    *shared.packages.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(packages);
    shared.status.send_modify(|status| status.package_version = newest);
    shared.changed();
    Ok(())
}

/// Writes the package's rules of a lock-out beside the store. Where that fails, the next sign-in does it.
fn carry_lock_rules(shared: &Shared, rules: LockRules) {
    let keyring = Keyring::load(&shared.folder.keys(), Kdf::STANDARD);
    if let Err(error) = keyring.and_then(|mut keyring| keyring.set_lock_rules(rules)) {
        tracing::warn!(%error, "the rules of a lock-out could not be written beside the store");
    }
}
