//! One action of the machine, done: asking for health, a chore, or sending a bundle.

use std::sync::Arc;

use tokio::sync::Mutex;
use tsela_core::{
    api::HealthReply,
    credential::Credential,
    health::{HealthAnswer, Nonce},
    time::Timestamp,
    trust::{ServerKeyDoc, Signed, TrustError},
};
use tsela_store::{
    acks::{self, Peer},
    identity as identity_row,
    journal::{self, Event},
    outgoing as unsent, remote as remote_row, streams,
    streams::StreamState,
};

use super::{
    chores, contents, deliver,
    outgoing::Outgoing,
    receipts::{self, Told},
    shared::{Shared, blocking},
};
use crate::{
    diagnose::clock_notice,
    identity::{RemoteServer, to_json},
    machine::{Action, Chore, Outcome, Trouble},
    problem::Notice,
    road::{Road as _, RoadError, pin::Spki},
};

/// Spare stream codes below which more are asked for.
const FEW_CODES: usize = 2;

/// What an action came to, for the engine's task.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// For the machine; `None` if it failed with `error`.
    pub outcome: Option<Outcome>,
    /// Why it failed.
    pub error: Option<RoadError>,
    /// What is to be fetched.
    pub wanted: Vec<Chore>,
    /// Whether something is unsent, where that was asked.
    pub pending: Option<bool>,
    /// Entries of this push that no receipt covered when it began.
    pub total: Option<u64>,
    /// Bytes of bundles that arrived.
    pub bytes: u64,
    /// Whether more of a bundle that did not arrive is over than before.
    pub advanced: bool,
    /// Entries of this push that no receipt covers now.
    pub left: Option<u64>,
    /// Bytes of contents that the server lacks, where that is known.
    pub content_left: Option<u64>,
    /// Whether the server disputes a stream.
    pub disputed: bool,
}

impl Done {
    fn of(outcome: Outcome) -> Self {
        Self { outcome: Some(outcome), ..Self::default() }
    }

    fn failed(error: RoadError) -> Self {
        Self { error: Some(error), ..Self::default() }
    }
}

/// Asks the server who it is and what time it has.
pub(super) async fn health(shared: Arc<Shared>, outgoing: Arc<Mutex<Outgoing>>) -> Done {
    // Whatever was on the road when an earlier attempt ended is packed again from where receipts end.
    outgoing.lock().await.forget();
    let told = async {
        let (answer, ahead_ms) = ask(&shared).await?;
        blocking(&shared, move |shared| note_contact(shared, &answer, ahead_ms)).await
    };
    match told.await {
        Ok((pending, wanted)) => Done { pending, wanted, ..Done::of(Outcome::HealthAnswered) },
        Err(error) => Done::failed(error),
    }
}

/// Returns the checked answer, and by how much this laptop's clock is ahead of the server's, milliseconds.
async fn ask(shared: &Arc<Shared>) -> Result<(HealthAnswer, i64), RoadError> {
    let remote = shared.remote();
    let (reply, nonce, asked, answered) = question(shared, false).await?;
    match HealthAnswer::check(&reply.answer, &remote.keys, &nonce) {
        Ok(answer) if answer.server == remote.keys.server => {
            let drift = answer.drift(asked, answered);
            Ok((answer, drift))
        }
        Ok(_) => Err(RoadError::malformed("the server's health", "another server answered")),
        // The server has newer keys: root vouches for them, or they are nobody's.
        Err(TrustError::WrongSigner { .. }) => ask_with_keys(shared, &remote).await,
        Err(error) => Err(error.into()),
    }
}

async fn question(shared: &Shared, keys: bool) -> Result<(HealthReply, Nonce, Timestamp, Timestamp), RoadError> {
    let mut nonce = Nonce::default();
    shared.with_rng(|rng| rng.fill_bytes(&mut nonce));
    let asked = shared.now();
    let reply = shared.road().health(&nonce, keys).await?;
    Ok((reply, nonce, asked, shared.now()))
}

async fn ask_with_keys(shared: &Arc<Shared>, known: &RemoteServer) -> Result<(HealthAnswer, i64), RoadError> {
    let (reply, nonce, asked, answered) = question(shared, true).await?;
    let missing = || RoadError::malformed("the server's health", "its keys are missing");
    let signed = reply.keys.ok_or_else(missing)?.server_key;
    let keys = ServerKeyDoc::next(&signed, &known.root, &known.keys.known())?;
    let answer = HealthAnswer::check(&reply.answer, &keys, &nonce)?;
    if keys.server != known.keys.server || answer.server != keys.server {
        return Err(RoadError::malformed("the server's health", "another server answered"));
    }
    let spki = Spki(keys.tls_spki_sha256);
    let remote = RemoteServer { signed_keys: signed, keys, spki, ..known.clone() };
    blocking(shared, move |shared| {
        let text = to_json(&remote.signed_keys);
        shared.store.write(|tx| remote_row::set_keys(tx, &text, &remote.spki.0))?;
        shared.replace_remote(remote)
    })
    .await?;
    let drift = answer.drift(asked, answered);
    Ok((answer, drift))
}

/// Notes that the server answered and what that means: its life, the clocks, what is unsent and what is to be fetched.
fn note_contact(
    shared: &Shared,
    answer: &HealthAnswer,
    ahead_ms: i64,
) -> Result<(Option<bool>, Vec<Chore>), RoadError> {
    let now = shared.now();
    let peer = Peer { server: answer.server, incarnation: answer.incarnation };
    let restored = shared.store.write(|tx| {
        remote_row::set_contact(tx, now, answer.incarnation, ahead_ms)?;
        acks::meet(tx, peer, now)
    })?;
    let known = shared.remote();
    if known.incarnation != answer.incarnation {
        shared.replace_remote(RemoteServer { incarnation: answer.incarnation, ..(*known).clone() })?;
    }
    if restored {
        let message =
            "The server was restored from a backup. What it has lost is sent again by itself; nothing is lost.";
        shared.note(Notice::new("server_restored", message, &[]));
        shared.changed();
    }
    match clock_notice(ahead_ms) {
        Some(notice) => shared.note(notice),
        None => shared.forget_notice("clock"),
    }
    shared.status.send_modify(|status| {
        status.last_contact_at = Some(now);
        status.clock_drift_seconds = Some(-ahead_ms / 1000);
    });
    let (pending, carries, own) = shared.store.read(|conn| {
        let own = streams::list(conn)?;
        // What a forked stream holds can never be confirmed; it was said again in another one.
        let sound = |(stream, acked): &(streams::Stream, u64)| stream.forked_at.is_none() && *acked < stream.head.seq;
        let behind = acks::own_streams(conn)?.iter().any(sound);
        let records = behind && unsent::is_anything_unsent(conn)?;
        Ok((records || contents::is_anything_due(shared, conn)?, deliver::is_anything_carried(conn)?, own))
    })?;
    let spare = own.iter().filter(|stream| stream.state == StreamState::Spare).count();
    let newest = shared.packages().newest().map_or(0, |package| u64::from(package.package().version));
    let mut wanted = Vec::new();
    if answer.package_version > newest {
        wanted.push(Chore::Package);
    }
    if spare < FEW_CODES || is_half_over(shared, answer.server_time) {
        wanted.push(Chore::Codes);
    }
    if carries {
        wanted.push(Chore::Deliver);
    }
    Ok((Some(pending || carries), wanted))
}

/// Says whether half of the credential's time is over by the server's clock: the server renews it when asked for codes.
fn is_half_over(shared: &Shared, server_time: Timestamp) -> bool {
    let stored = shared.store.read(identity_row::get).ok().flatten();
    let signed: Option<Signed<Credential>> = stored.and_then(|row| serde_json::from_str(&row.credential).ok());
    let Some(credential) = signed.and_then(|signed| signed.read_unverified().ok()) else { return false };
    let half = credential.expires_at.millis_since(credential.issued_at) / 2;
    credential.expires_at.millis_since(server_time) < half
}

/// Does a chore.
pub(super) async fn chore(shared: Arc<Shared>, outgoing: Arc<Mutex<Outgoing>>, chore: Chore) -> Done {
    match chores::run(&shared, chore).await {
        Ok(told) => {
            let mut outgoing = outgoing.lock().await;
            outgoing.dispute(&told.other_history);
            let left = outgoing.left(&shared).await.ok();
            let outcome = if told.goes_on { Outcome::ChoreGoesOn(chore) } else { Outcome::ChoreDone(chore) };
            Done { wanted: told.wanted, left, ..Done::of(outcome) }
        }
        Err(error) => Done::failed(error),
    }
}

/// Sends the next bundle of a push and believes its receipt. `begun_by` comes with the first: whoever pressed, or an
/// empty name if it began by itself.
pub(super) async fn send(
    shared: Arc<Shared>,
    outgoing: Arc<Mutex<Outgoing>>,
    begun_by: Option<String>,
    target: usize,
) -> Done {
    let mut outgoing = outgoing.lock().await;
    let mut done = Done::default();
    if let Err(error) = send_one(&shared, &mut outgoing, begun_by, target, &mut done).await {
        outgoing.failed(&error);
        done.error = Some(error);
    }
    done.disputed = outgoing.has_dispute();
    done
}

async fn send_one(
    shared: &Arc<Shared>,
    outgoing: &mut Outgoing,
    begun_by: Option<String>,
    target: usize,
    done: &mut Done,
) -> Result<(), RoadError> {
    if let Some(by) = begun_by {
        blocking(shared, move |shared| note_push(shared, !by.is_empty())).await?;
        outgoing.begin(shared).await?;
        done.total = Some(outgoing.left(shared).await?);
    }
    let Some(packed) = outgoing.next(shared, target).await? else {
        return contents::send_one(shared, &mut outgoing.contents, target, done).await;
    };
    let from = outgoing.held(shared, &packed, &mut done.advanced).await?;
    let started = shared.clock.monotonic();
    let answers = shared.road().put(packed.id, &packed.bytes, from).await?;
    let millis = shared.clock.monotonic().saturating_sub(started).as_millis();
    outgoing.arrived();
    let bytes = packed.bytes.len();
    (done.bytes, done.advanced) = (bytes as u64, true);
    let Told { wanted, other_history, .. } = receipts::take_in(shared, answers).await?;
    outgoing.dispute(&other_history);
    outgoing.announce(packed.stream, packed.last);
    done.wanted = wanted;
    let (stream, before) = (packed.stream, packed.last.saturating_sub(packed.entries));
    let acked = blocking(shared, move |shared| {
        let own = shared.store.read(acks::own_streams)?;
        Ok(own.iter().find(|(own, _)| own.code == stream).map_or(0, |(_, acked)| *acked))
    })
    .await?;
    if acked < packed.last && !outgoing.is_disputed(stream) {
        outgoing.forget();
    }
    done.left = Some(outgoing.left(shared).await?);
    let progress = acked > before || outgoing.is_disputed(stream);
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    done.outcome = Some(Outcome::BundleAcked { bytes: bytes - from, millis, progress });
    Ok(())
}

/// Notes in the journal that a push with something to send has begun: an event, which rides along with it. Noted when
/// the server has answered, so that looking for it in vain writes nothing, and not at the end, so that a push leaves
/// nothing unsent behind.
fn note_push(shared: &Shared, pressed: bool) -> Result<(), RoadError> {
    let Some(author) = &shared.author else { return Ok(()) };
    let anything = |conn: &_| Ok(unsent::is_anything_unsent(conn)? || contents::is_anything_due(shared, conn)?);
    if !shared.store.read(anything)? {
        return Ok(());
    }
    let version = shared.packages().newest()?.package().version;
    let server = shared.remote().keys.server.to_string();
    let fields = [("server".to_owned(), server.into()), ("pressed".to_owned(), pressed.into())].into();
    // What cannot be noted must not keep what is saved from going out; the history of pushes has it all the same.
    if let Err(error) = journal::event(&shared.store, shared.now(), author, version, &[Event::new("push", fields)]) {
        tracing::warn!(%error, "a push could not be noted in the journal");
    }
    Ok(())
}

/// Returns the outcome of a failed action, which may have brought part of a bundle over all the same.
pub(super) fn failure(action: &Action, trouble: Trouble, advanced: bool) -> Outcome {
    match action {
        Action::Run { chore, .. } => Outcome::ChoreFailed(*chore, trouble),
        Action::SendNext { .. } => Outcome::BundleFailed { trouble, progress: advanced },
        _ => Outcome::HealthFailed(trouble),
    }
}
