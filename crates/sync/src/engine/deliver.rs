//! What a carrier does besides its own push: it puts the bundles that it carries, unchanged and unopened, and keeps the
//! receipts for their authors.

mod round;

use std::{sync::Arc, time::Duration};

use tsela_store::{
    StoreError,
    carried::{self, Pending},
};

pub use round::{Became, Round};

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
    let (mut round, mut failure, mut any) = (Round::default(), None, false);
    loop {
        let (next, back) = blocking(shared, move |shared| Ok((round.next(&shared.store)?, round))).await?;
        round = back;
        let Some(next) = next else { return failure.map_or(Ok(false), Err) };
        let author = next.author;
        let became;
        (round, became) = deliver_one(shared, round, next).await;
        match became {
            Ok(Became::Settled) => any = true,
            Ok(Became::Waits) => {}
            Err(error) if is_about_one(&error) => {
                round.leave(author);
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

/// Says whether a failure may concern one bundle only, though it may be the server's.
fn is_about_one(error: &RoadError) -> bool {
    matches!(error, RoadError::Malformed { .. } | RoadError::Api { status: 500, .. })
}

async fn deliver_one(shared: &Arc<Shared>, mut round: Round, next: Pending) -> (Round, Result<Became, RoadError>) {
    // Only one that broke off can have come in part.
    let again = lock(&shared.delivering).replace(next.id) == Some(next.id);
    let answer = put(shared, &next, again).await;
    let taken = blocking(shared, move |shared| {
        let (remote, now) = (shared.remote(), shared.now());
        let became = round.answered(&shared.store, (&shared.identity, &remote), now, &next, answer);
        Ok((round, became))
    });
    match taken.await {
        Ok((round, became)) => {
            if became.is_ok() {
                *lock(&shared.delivering) = None;
            }
            (round, became)
        }
        Err(error) => (Round::default(), Err(error)),
    }
}

async fn put(shared: &Shared, next: &Pending, again: bool) -> Result<Vec<Vec<u8>>, RoadError> {
    let from = if again { shared.road().held(next.id).await?.min(next.body.len()) } else { 0 };
    shared.road().put(next.id, &next.body, from).await
}
