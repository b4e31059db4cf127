//! What a carrier does besides its own push: it puts the bundles that it carries, unchanged and unopened, and keeps the
//! receipts for their authors.

use std::{sync::Arc, time::Duration};

use tsela_core::{api::codes, bundle::BundleId, receipt::CarrierReceipt};
use tsela_store::{
    StoreError,
    carried::{self, Pending},
};

use super::shared::{Shared, blocking, lock};
use crate::road::{Road as _, RoadError};

/// How long one round may take: the machine looks after whoever takes much longer.
const ROUND: Duration = Duration::from_secs(45);

/// Says whether anything is to be delivered.
pub(super) fn is_anything_carried(conn: &tsela_store::Connection) -> Result<bool, StoreError> {
    Ok(carried::pending(conn)?.0 > 0)
}

/// Delivers for a while; says whether more is left. What a server does not take is set aside with its reason and keeps
/// nothing else back.
pub(super) async fn deliver(shared: &Arc<Shared>) -> Result<bool, RoadError> {
    let started = shared.clock.monotonic();
    while let Some(next) = blocking(shared, |shared| Ok(shared.store.read(carried::next)?)).await? {
        deliver_one(shared, next).await?;
        shared.changed();
        if shared.clock.monotonic().saturating_sub(started) > ROUND {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn deliver_one(shared: &Arc<Shared>, next: Pending) -> Result<(), RoadError> {
    // Only one that broke off can have come in part.
    let again = lock(&shared.delivering).replace(next.id) == Some(next.id);
    let from = if again { shared.road().held(next.id).await?.min(next.body.len()) } else { 0 };
    match shared.road().put(next.id, &next.body, from).await {
        Ok(receipts) => {
            blocking(shared, move |shared| note_delivered(shared, &next, &receipts)).await?;
        }
        Err(RoadError::Api { status, body, .. }) if is_about_the_bundle(status, &body.code) => {
            let why = format!("{} {}", body.title, body.detail);
            blocking(shared, move |shared| Ok(shared.store.write(|tx| carried::refused(tx, next.id, &why))?)).await?;
        }
        Err(error) => return Err(error),
    }
    *lock(&shared.delivering) = None::<BundleId>;
    Ok(())
}

/// Says whether a refusal concerns this bundle and not the carrier or the server's present state.
fn is_about_the_bundle(status: u16, code: &str) -> bool {
    [codes::BAD_BUNDLE, codes::AUTHOR_REVOKED, codes::TOO_LARGE].contains(&code) || status == 422
}

fn note_delivered(shared: &Shared, next: &Pending, receipts: &[Vec<u8>]) -> Result<(), RoadError> {
    let (remote, now) = (shared.remote(), shared.now());
    let keys = std::slice::from_ref(&shared.identity.sealing_key);
    shared.store.write(|tx| {
        for receipt in receipts {
            // The part for carriers says its number and time. One that was written for the author alone has none: it is
            // kept by the time at which it came.
            let (number, at) =
                CarrierReceipt::open(receipt, &remote.keys, keys).map_or((0, now), |part| (part.number, part.at));
            carried::bring(tx, next.author, number, at, receipt)?;
        }
        carried::delivered(tx, next.id, now)
    })?;
    Ok(())
}
