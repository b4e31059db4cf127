//! Making this laptop known again to a server that was restored from a backup.
//!
//! In each new life of its server the laptop introduces itself once, whether the server has forgotten it or not: the
//! server may have forgotten stream codes, people, devices and revocations that only laptops still hold. What shows
//! that it *is* the server, in that life, is the signed health answer from just before.

use std::sync::Arc;

use tsela_core::{
    api::{IntroduceAnswer, IntroduceRequest, PackageBack},
    credential::Credential,
    health::Nonce,
    ids::{Incarnation, UserId},
    introduction::{Introduction, token_hash},
    seal::hex,
    time::Timestamp,
    trust::Signed,
};
use tsela_store::{
    Kdf, Keyring, StoreError, acks, identity as identity_row, meta, package_archive, remote as remote_row,
};
use zeroize::Zeroizing;

use super::shared::{Shared, blocking};
use crate::{
    enrol,
    identity::{INTRODUCED, RemoteServer, to_json},
    problem::Notice,
    road::{RoadError, http::APP},
};

/// Says whether the server is in a life in which this laptop has not introduced itself.
pub(super) async fn is_due(shared: &Arc<Shared>) -> Result<bool, RoadError> {
    let life = shared.remote().incarnation;
    blocking(shared, move |shared| {
        let introduced: Option<Incarnation> = shared.store.read(|conn| meta::get_as(conn, INTRODUCED))?;
        Ok(introduced != Some(life))
    })
    .await
}

/// Says whether a server that does not know this laptop's token may be answered by an introduction. One that has
/// confirmed entries in this very life and forgets the laptop was not restored by the command: believing it again would
/// hide that it has lost them.
pub(super) async fn may_follow_refusal(shared: &Arc<Shared>) -> Result<bool, RoadError> {
    blocking(shared, |shared| {
        let confirmed = shared.store.read(acks::confirmed)?;
        Ok(confirmed.iter().all(|(_, acked)| *acked == 0))
    })
    .await
}

/// Introduces this laptop, goes on with a new token, and gives the server back what it has forgotten.
pub(super) async fn introduce(shared: &Arc<Shared>) -> Result<(), RoadError> {
    let (request, token) = blocking(shared, prepare).await?;
    let answer = shared.road().introduce(&request).await?;
    let wants_package = answer.wants_package;
    blocking(shared, move |shared| go_on_with(shared, &answer, token)).await?;
    if wants_package {
        give_package_back(shared).await?;
    }
    let life = shared.remote().incarnation;
    blocking(shared, move |shared| Ok(shared.store.write(|tx| meta::set(tx, INTRODUCED, life))?)).await?;
    shared.forget_notice("introduction");
    tracing::info!("introduced to the server in its new life");
    Ok(())
}

/// Shows people that the server takes this laptop's entries, but not its introduction.
pub(super) fn note_refusal(shared: &Shared, error: &RoadError) {
    let RoadError::Api { body, .. } = error else { return };
    tracing::warn!(%error, "the server did not take the introduction");
    let message = format!("The server was restored and did not take this laptop's introduction: {}", body.title);
    shared.note(Notice::new("introduction", message, &[("detail", &body.title)]));
}

fn prepare(shared: &Shared) -> Result<(IntroduceRequest, Zeroizing<String>), RoadError> {
    let (mut nonce, mut secret) = (Nonce::default(), Zeroizing::new([0u8; 32]));
    shared.with_rng(|rng| {
        rng.fill_bytes(&mut nonce);
        rng.fill_bytes(secret.as_mut());
    });
    let token = Zeroizing::new(hex::encode(secret.as_slice()));
    let (identity, remote) = (&shared.identity, shared.remote());
    let (credential, package_version, ahead_ms) = shared.store.read(|conn| {
        let ahead_ms = remote_row::get(conn)?.and_then(|row| row.drift_ms).unwrap_or(0);
        Ok((identity_row::get(conn)?, package_archive::newest_version(conn)?, ahead_ms))
    })?;
    // The stored one: codes may have been added since the engine started.
    let credential = match credential {
        Some(row) => serde_json::from_str(&row.credential)
            .map_err(|error| StoreError::damaged("this laptop's credential", error.to_string()))?,
        None => identity.credential.clone(),
    };
    let said = Introduction {
        study: identity.study,
        device: identity.device,
        server: remote.keys.server,
        incarnation: remote.incarnation,
        at: server_time(shared.now(), ahead_ms),
        nonce,
        token_hash: token_hash(&token),
        package_version: u64::from(package_version),
    };
    let request = IntroduceRequest {
        server_key: remote.signed_keys.clone(),
        credential,
        introduction: Signed::sign(&said, &identity.signing_key),
        app: APP.to_owned(),
    };
    Ok((request, token))
}

/// Reckons the server's time from this laptop's clock and by how much it is ahead.
fn server_time(now: Timestamp, ahead_ms: i64) -> Timestamp {
    now.plus_millis(ahead_ms.saturating_neg())
}

/// Keeps the credential and the token. No code is taken as spare from here: a restored server does not know which of
/// them were used.
fn go_on_with(shared: &Shared, answer: &IntroduceAnswer, token: Zeroizing<String>) -> Result<(), RoadError> {
    let remote = shared.remote();
    enrol::more_codes(&answer.credential, &remote.keys, shared.identity.device)?;
    shared.store.write(|tx| {
        identity_row::set_credential(tx, &to_json::<Signed<Credential>>(&answer.credential))?;
        remote_row::set_token(tx, &token)
    })?;
    shared.replace_remote(RemoteServer { token, ..(*remote).clone() })
}

/// A package that the server does not take, or an older server, keeps nothing from going out.
async fn give_package_back(shared: &Arc<Shared>) -> Result<(), RoadError> {
    let Some(given) = blocking(shared, own_package).await? else { return Ok(()) };
    match shared.road().give_package(&given).await {
        Ok(taken) => {
            tracing::info!(taken.people, taken.devices, taken.revoked, "gave the study package back");
            Ok(())
        }
        Err(RoadError::Api { status, body, .. }) if (400..500).contains(&status) && status != 429 => {
            tracing::warn!(status, code = body.code, "the server did not take the study package back");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn own_package(shared: &Shared) -> Result<Option<PackageBack>, RoadError> {
    let Some((_, text)) = shared.store.read(package_archive::newest)? else { return Ok(None) };
    let package =
        serde_json::from_str(&text).map_err(|error| StoreError::damaged("a study package", error.to_string()))?;
    Ok(Some(PackageBack { package, people: people(shared) }))
}

/// Returns who signs in here. Nothing but a list on the server hangs on it, so a missing file is no failure.
fn people(shared: &Shared) -> Vec<UserId> {
    let keyring = Keyring::load(&shared.folder.keys(), Kdf::from_environment());
    keyring.map(|keyring| keyring.users().iter().map(|user| user.id).collect()).unwrap_or_default()
}
