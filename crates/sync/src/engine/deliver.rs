//! What a carrier does besides its own push: it puts the bundles that it carries, unchanged and unopened, and keeps the
//! receipts for their authors.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tsela_core::{api::codes, bundle::BundleId, receipt::CarrierReceipt};
use tsela_store::{
    StoreError,
    carried::{self, Pending},
};

use super::shared::{Shared, blocking, lock};
use crate::road::{Road as _, RoadError};

/// How long one round may take before its last bundle: the machine gives up what takes three minutes.
const ROUND: Duration = Duration::from_secs(10);

/// Says whether anything is to be delivered.
pub(super) fn is_anything_carried(conn: &tsela_store::Connection) -> Result<bool, StoreError> {
    Ok(carried::pending(conn)?.0 > 0)
}

/// Delivers for a while; says whether more is left. What a server does not take is set aside with its reason; an author of
/// whom something else must come first, or with whom something goes wrong, waits for the next time and keeps nobody else's
/// back.
pub(super) async fn deliver(shared: &Arc<Shared>) -> Result<bool, RoadError> {
    let started = shared.clock.monotonic();
    let (mut waiting, mut failure, mut any) = (BTreeSet::new(), None, false);
    loop {
        let but = waiting.clone();
        let next = blocking(shared, move |shared| Ok(shared.store.read(|conn| carried::next(conn, &but))?)).await?;
        let Some(next) = next else { return failure.map_or(Ok(false), Err) };
        let author = next.author;
        match deliver_one(shared, next).await {
            Ok(Became::Settled) => any = true,
            Ok(Became::Waits) => drop(waiting.insert(author)),
            Err(error) if is_about_one(&error) => {
                waiting.insert(author);
                failure = Some(error);
            }
            // What has arrived has: the next round says what stands in the way now.
            Err(_) if any => return Ok(true),
            Err(error) => return Err(error),
        }
        shared.changed();
        if shared.clock.monotonic().saturating_sub(started) > ROUND {
            return Ok(any);
        }
    }
}

/// What became of a bundle.
enum Became {
    /// The server has it, or will not have it.
    Settled,
    /// The server wants something else first.
    Waits,
}

/// Says whether a failure may concern one bundle only, though it may be the server's.
fn is_about_one(error: &RoadError) -> bool {
    matches!(error, RoadError::Malformed { .. } | RoadError::Api { status: 500, .. })
}

async fn deliver_one(shared: &Arc<Shared>, next: Pending) -> Result<Became, RoadError> {
    // Only one that broke off can have come in part.
    let again = lock(&shared.delivering).replace(next.id) == Some(next.id);
    let from = if again { shared.road().held(next.id).await?.min(next.body.len()) } else { 0 };
    let became = match shared.road().put(next.id, &next.body, from).await {
        Ok(receipts) => {
            blocking(shared, move |shared| note_delivered(shared, &next, &receipts)).await?;
            Became::Settled
        }
        Err(RoadError::Api { body, .. }) if [codes::GAP, codes::UNKNOWN_AUTHOR].contains(&body.code.as_str()) => {
            Became::Waits
        }
        Err(RoadError::Api { status, body, .. }) if is_about_the_bundle(status, &body.code) => {
            let (why, has) = (format!("{} {}", body.title, body.detail), body.code == codes::AUTHOR_REVOKED);
            blocking(shared, move |shared| Ok(shared.store.write(|tx| carried::refused(tx, next.id, &why, has))?))
                .await?;
            Became::Settled
        }
        Err(error) => return Err(error),
    };
    *lock(&shared.delivering) = None::<BundleId>;
    Ok(became)
}

/// Says whether a refusal concerns this bundle and not the carrier or the server's present state.
fn is_about_the_bundle(status: u16, code: &str) -> bool {
    [codes::BAD_BUNDLE, codes::AUTHOR_REVOKED, codes::TOO_LARGE].contains(&code) || status == 422
}

/// Keeps the receipt that answers a bundle. What is no receipt of the server for it marks nothing as delivered.
fn note_delivered(shared: &Shared, next: &Pending, receipts: &[Vec<u8>]) -> Result<(), RoadError> {
    let (remote, now) = (shared.remote(), shared.now());
    let keys = std::slice::from_ref(&shared.identity.sealing_key);
    let receipt = receipts.first().ok_or_else(|| RoadError::malformed("a carried bundle", "no receipt is there"))?;
    let part = CarrierReceipt::open(receipt, &remote.keys, keys);
    let part = part.map_err(|error| RoadError::malformed("a carried bundle", error))?;
    if part.device != next.author || !part.bundles.contains(&next.id) {
        return Err(RoadError::malformed("a carried bundle", "the receipt is for something else"));
    }
    shared.store.write(|tx| {
        carried::bring(tx, next.author, part.number, part.at, receipt)?;
        carried::delivered(tx, next.id, now)
    })?;
    Ok(())
}
