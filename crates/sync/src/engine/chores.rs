//! What is fetched besides sending: receipts, a newer package, stream codes, lost entries.

use std::sync::Arc;

use tsela_core::{
    api::{EntriesRun, codes},
    ids::StreamCode,
};
use tsela_store::{Packages, acks, identity as identity_row, meta, recover, streams};

use super::{
    deliver, hand_over, introduce, lost, outgoing, package,
    receipts::{self, Told},
    shared::{Shared, blocking},
};
use crate::{
    enrol,
    identity::to_json,
    machine::Chore,
    problem::Notice,
    road::{Road as _, RoadError},
};

/// Rounds of fetching in one chore; a server that never comes to an end is left for the next time.
const MAX_ROUNDS: usize = 200;

/// Does a chore; returns what receipts came to on the way.
pub(super) async fn run(shared: &Arc<Shared>, chore: Chore) -> Result<Told, RoadError> {
    match chore {
        Chore::Receipts => receipts_or_hand_over(shared).await,
        Chore::Package => package::fetch(shared).await.map(|()| Told::default()),
        Chore::Codes => refill_codes(shared).await.map(|()| Told::default()),
        Chore::Deliver => deliver::deliver(shared).await.map(|more| Told { goes_on: more, ..Told::default() }),
        Chore::LostEntries(stream) => fetch_lost_entries(shared, stream).await.map(|()| Told::default()),
    }
}

/// A revoked laptop is refused here, and hands over what it has before it says so.
async fn receipts_or_hand_over(shared: &Arc<Shared>) -> Result<Told, RoadError> {
    let told = meet_and_fetch(shared).await;
    if told.as_ref().is_err_and(hand_over::is_revoked)
        && let Err(error) = hand_over::hand_over(shared).await
    {
        // That it was revoked is what people must hear; the rest is handed over at the next try.
        tracing::warn!(%error, "what a revoked laptop has could not be handed over");
    }
    told
}

/// Fetches receipts, which is the first thing asked of a server that was found; a server in a new life is met first.
async fn meet_and_fetch(shared: &Arc<Shared>) -> Result<Told, RoadError> {
    if introduce::is_due(shared).await? {
        return match introduce::introduce(shared).await {
            Ok(()) => fetch_receipts(shared).await,
            // A server that knows this laptop's token goes on taking its entries; any other has said why not.
            Err(refusal @ RoadError::Api { .. }) => match fetch_receipts(shared).await {
                Err(error) if is_unknown(&error) => Err(refusal),
                told => {
                    introduce::note_refusal(shared, &refusal);
                    told
                }
            },
            Err(error) => Err(error),
        };
    }
    match fetch_receipts(shared).await {
        Err(error) if is_unknown(&error) && introduce::may_follow_refusal(shared).await? => {
            introduce::introduce(shared).await?;
            fetch_receipts(shared).await
        }
        told => told,
    }
}

fn is_unknown(error: &RoadError) -> bool {
    matches!(error, RoadError::Api { body, .. } if body.code == codes::UNAUTHORISED)
}

async fn fetch_receipts(shared: &Arc<Shared>) -> Result<Told, RoadError> {
    let incarnation = shared.remote().incarnation;
    let mut all = Told::default();
    let mut after = blocking(shared, move |shared| {
        let peer = shared.store.read(acks::present_peer)?;
        Ok(peer.filter(|peer| peer.peer.incarnation == incarnation).map_or(0, |peer| peer.receipt))
    })
    .await?;
    for _ in 0..MAX_ROUNDS {
        let bundles = shared.road().fetch(after).await?;
        if bundles.is_empty() {
            break;
        }
        let told = receipts::take_in(shared, bundles).await?;
        all.wanted.extend(told.wanted);
        all.other_history.extend(told.other_history);
        if told.number <= after {
            break;
        }
        after = told.number;
    }
    Ok(all)
}

async fn refill_codes(shared: &Arc<Shared>) -> Result<(), RoadError> {
    let answer = shared.road().codes().await?;
    blocking(shared, move |shared| {
        let (identity, remote) = (&shared.identity, shared.remote());
        let granted = enrol::more_codes(&answer.credential, &remote.keys, identity.device)?;
        let spare: Vec<StreamCode> = answer.spare.iter().copied().filter(|code| granted.contains(code)).collect();
        shared.store.write(|tx| {
            identity_row::set_credential(tx, &to_json(&answer.credential))?;
            streams::add_spares(tx, identity.study, identity.device, &spare)
        })?;
        shared.begin_due_stream()
    })
    .await
}

/// Fetches back what the server has of a stream beyond what it confirmed. Where it has what this laptop has too, nothing
/// changes; where it has something else, that is the fork.
async fn fetch_lost_entries(shared: &Arc<Shared>, stream: StreamCode) -> Result<(), RoadError> {
    let known = blocking(shared, move |shared| {
        Ok(shared.store.read(|conn| {
            let own = streams::find(conn, stream)?;
            let acked = own.map(|own| acks::acked_through(conn, &own)).transpose()?;
            Ok((meta::get(conn, &shown(stream))?.is_some(), acked.unwrap_or(0)))
        })?)
    })
    .await?;
    let (fork_is_shown, mut after) = known;
    if fork_is_shown {
        return Ok(());
    }
    for _ in 0..MAX_ROUNDS {
        let answer = shared.road().entries(stream, after).await?;
        if answer.device != shared.identity.device || answer.stream != stream {
            return Err(RoadError::malformed("lost entries", "they are of another stream"));
        }
        let Some(last) = answer.runs.last().map(|run| run.head.head.seq).filter(|last| *last > after) else { break };
        let (more, runs) = (answer.more, answer.runs);
        let fork = blocking(shared, move |shared| take_back(shared, stream, runs)).await?;
        shared.changed();
        if let Some(fork) = fork {
            return show_fork(shared, stream, fork).await;
        }
        if !more {
            break;
        }
        after = last;
    }
    Ok(())
}

/// Sends this laptop's version of a forked stream, once: the server keeps it in quarantine and shows both.
async fn show_fork(shared: &Arc<Shared>, stream: StreamCode, fork: u64) -> Result<(), RoadError> {
    let mut after = fork.saturating_sub(1);
    loop {
        let packed = blocking(shared, move |shared| outgoing::pack_stored(shared, stream, after)).await?;
        let Some(packed) = packed else { break };
        after = packed.last;
        let answers = shared.road().put(packed.id, &packed.bytes, 0).await?;
        receipts::take_in(shared, answers).await?;
    }
    blocking(shared, move |shared| Ok(shared.store.write(|tx| meta::set(tx, &shown(stream), fork))?)).await
}

/// Where it is noted that the server has been shown a stream's fork.
fn shown(stream: StreamCode) -> String {
    format!("fork_shown_{stream}")
}

/// Takes runs of this device's own entries back. Returns the first entry in which they contradict what it has now.
fn take_back(shared: &Shared, stream: StreamCode, runs: Vec<EntriesRun>) -> Result<Option<u64>, RoadError> {
    let packages = shared.packages();
    let fork = lost::take_back(&shared.store, &shared.identity, stream, runs, shared.now(), &packages)?;
    if let Some(fork) = fork {
        say_again(shared, stream, fork, &packages)?;
    }
    Ok(fork)
}

/// What this laptop entered after the fork reaches the server in a new stream.
fn say_again(shared: &Shared, stream: StreamCode, fork: u64, packages: &Packages) -> Result<(), RoadError> {
    let message = "Two versions of this laptop's entries exist: it was restored or copied. Both are kept, and what this laptop has goes out under a new code. Tell the data manager.";
    shared.note(Notice::new("fork", message, &[("streams", stream.as_str())]));
    shared.begin_due_stream()?;
    let said = recover::reissue(&shared.store, stream, fork, packages)?;
    tracing::warn!(%stream, fork, said, "a fork was found; what is here was said again in a new stream");
    Ok(())
}
