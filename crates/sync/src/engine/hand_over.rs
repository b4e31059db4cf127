//! What a revoked laptop still does: it sends what it has, once, for a person to admit or not.
//!
//! The server answers every such bundle with the revocation, after it has put the entries into quarantine. No receipt
//! says so, so nothing is marked as received; what was handed over is noted only so as not to send it for ever.

use std::sync::Arc;

use tsela_core::{api::codes, ids::StreamCode};
use tsela_store::{acks, meta};

use super::{
    outgoing,
    shared::{Shared, blocking},
};
use crate::road::{Road as _, RoadError};

/// Says whether the server has revoked this laptop.
pub(super) fn is_revoked(error: &RoadError) -> bool {
    matches!(error, RoadError::Api { body, .. } if body.code == codes::REVOKED)
}

/// Sends what no receipt covers and was not handed over.
pub(super) async fn hand_over(shared: &Arc<Shared>) -> Result<(), RoadError> {
    let own = blocking(shared, |shared| {
        Ok(shared.store.read(|conn| {
            let own = acks::own_streams(conn)?.into_iter();
            own.map(|(stream, acked)| {
                let handed: u64 = meta::get_as(conn, &key(stream.code))?.unwrap_or(0);
                Ok((stream.code, acked.max(handed)))
            })
            .collect::<Result<Vec<_>, _>>()
        })?)
    })
    .await?;
    for (stream, mut after) in own {
        while let Some(packed) = blocking(shared, move |shared| outgoing::pack_stored(shared, stream, after)).await? {
            match shared.road().put(packed.id, &packed.bytes, 0).await {
                Err(error) if is_revoked(&error) => {}
                Err(error) => return Err(error),
                // It is no longer revoked: the next attempt sends it in the usual way, from what receipts confirm.
                Ok(_) => return Ok(()),
            }
            after = packed.last;
            blocking(shared, move |shared| Ok(shared.store.write(|tx| meta::set(tx, &key(stream), after))?)).await?;
        }
    }
    Ok(())
}

fn key(stream: StreamCode) -> String {
    format!("handed_over_{stream}")
}
