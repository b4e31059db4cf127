//! Sending the sealed outbox while nobody is signed in, and believing what came back once somebody is.
//!
//! Sending needs no key: the bundles are sealed, the token can put bundles only, and the server must show the pinned key.
//! A receipt is kept as it came if the server has signed it; what it says is sealed to the laptop and is read at the next
//! sign-in. A bundle with a receipt is not sent again, and would do no harm.

use std::sync::Arc;

use tsela_core::{
    attachment::ContentId,
    bundle::{BundleKind, BundleView},
};
use tsela_store::{
    Folder, Packages, Store, StoreError, acks, attachments,
    outbox::{FolderWay, Index, Outbox, Packed},
    outgoing,
};

use crate::{
    clock::Clock,
    diagnose::diagnose,
    engine::receipts,
    identity::{DeviceIdentity, RemoteServer},
    problem::{Problem, ProblemCode},
    road::{
        Road as _, RoadError,
        files::{FileRoad as _, FilesError, Way},
        folder::FolderRoad,
        http::{HttpRoad, Timeouts},
        pin::{Spki, Trust},
    },
    ways::{first, lies_there, stand_in_for},
};

/// What sending an outbox came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sent {
    /// Bundles sent now for which a receipt came.
    pub bundles: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Where the rest lies, if the server was not in reach.
    pub instead: Option<Instead>,
}

/// What was written to a folder because the server was not in reach. It counts for nothing until a receipt is back.
#[derive(Debug, Clone, PartialEq)]
pub struct Instead {
    /// What people call the folder.
    pub way: String,
    /// Bundles written now; 0 if all of them lay there already.
    pub bundles: usize,
    /// What stands in the server's way.
    pub problem: Problem,
}

/// Sends what of the outbox has no receipt yet; with an empty one it does nothing. What got a receipt before something
/// went wrong stays so. If the server is not in reach, the rest is written to the first folder that works. Receipts that
/// lie there are left for the next sign-in: what they say is not known before.
///
/// # Errors
/// What stands in the way, in words for people.
pub async fn send(folder: &Folder, clock: Arc<dyn Clock>) -> Result<Sent, Problem> {
    let outbox = Outbox::of(folder);
    let mut sent = Sent::default();
    let Some(index) = outbox.index().map_err(|error| unusable(&error))? else { return Ok(sent) };
    let road = road(&index, clock).map_err(|error| unusable(&error))?;
    if let Err(error) = send_all(&outbox, &index, &road, &mut sent).await {
        let problem = diagnose(&error, road.url()).await.problem;
        sent.instead = Some(write_instead(outbox, index, problem).await?);
    }
    Ok(sent)
}

async fn write_instead(outbox: Outbox, index: Index, problem: Problem) -> Result<Instead, Problem> {
    if !stand_in_for(&problem) {
        return Err(problem);
    }
    let by_first = move || {
        let sent = first(&index.folders, |_| false, |way| write_to(&outbox, &index, way));
        sent.map(|(way, bundles)| (way.name.clone(), bundles)).map_err(|failed| {
            for (_, why) in failed {
                tracing::info!(%why, "a folder does not work as a way to send");
            }
        })
    };
    match tokio::task::spawn_blocking(by_first).await {
        Ok(Ok((way, bundles))) => Ok(Instead { way, bundles, problem }),
        _ => Err(problem),
    }
}

/// Writes to a folder what has no receipt; returns how many bundles that were.
fn write_to(outbox: &Outbox, index: &Index, way: &FolderWay) -> Result<usize, FilesError> {
    let road = FolderRoad::at(&way.place)?;
    let mut unanswered = Vec::new();
    for packed in &index.bundles {
        if outbox.receipt(packed.id)?.is_none() {
            unanswered.push(packed.id);
        }
    }
    if lies_there(&road, index.device, &unanswered)? {
        return Ok(0);
    }
    road.explain()?;
    let mut written = 0;
    for id in &unanswered {
        // Gone: somebody has signed in, and what the folder held before must stay there.
        let Some(bytes) = outbox.bundle(*id)? else { return Ok(written) };
        road.put(Way::ToServer, index.device, &bytes)?;
        written += 1;
    }
    road.keep_only(Way::ToServer, index.device, &unanswered);
    Ok(written)
}

fn unusable(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemCode::Unknown, &[("detail", &error.to_string())])
}

fn road(index: &Index, clock: Arc<dyn Clock>) -> Result<HttpRoad, RoadError> {
    let trust = Trust::Pinned(vec![Spki(index.spki)]);
    Ok(HttpRoad::new(&index.url, trust, clock, Timeouts::default())?.with_token(&index.token))
}

async fn send_all(outbox: &Outbox, index: &Index, road: &HttpRoad, sent: &mut Sent) -> Result<(), RoadError> {
    for packed in &index.bundles {
        if outbox.receipt(packed.id)?.is_some() {
            continue;
        }
        // Gone: somebody has signed in, and the engine sends it.
        let Some(bytes) = outbox.bundle(packed.id)? else { continue };
        let from = road.held(packed.id).await?;
        for receipt in road.put(packed.id, &bytes, from).await? {
            check(&receipt, index)?;
            outbox.keep_receipt(packed.id, &receipt)?;
        }
        sent.bundles += 1;
        sent.bytes += bytes.len() as u64;
    }
    Ok(())
}

/// Checks that an answer is a receipt of this server; what it says cannot be read here.
fn check(receipt: &[u8], index: &Index) -> Result<(), RoadError> {
    let malformed = |detail: String| RoadError::malformed("the receipt", detail);
    let view = BundleView::parse(receipt).map_err(|error| malformed(error.to_string()))?;
    view.verify(&index.verify_key).map_err(|error| malformed(error.to_string()))?;
    if view.kind() == BundleKind::Receipt && view.study() == index.study && view.packer() == index.server {
        return Ok(());
    }
    Err(malformed("it is not a receipt of this server for this study".to_owned()))
}

/// What became of a receipt that came by another road than the engine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    /// It was believed, as far as its hashes are this laptop's own.
    Believed,
    /// It is of another life of the server than the one that this laptop knows by its signed health answer.
    OtherLife,
    /// It is no receipt of this server for this laptop.
    NotOurs(String),
}

/// Believes a receipt that came by another road than the engine's.
///
/// # Errors
/// Returns what the store said.
pub fn believe_one(
    receipt: &[u8],
    store: &Store,
    (identity, remote): (&DeviceIdentity, &RemoteServer),
    packages: &Packages,
    clock: &dyn Clock,
) -> Result<Brought, StoreError> {
    match receipts::open(receipt, identity, remote) {
        Ok(receipt) if receipt.incarnation == remote.incarnation => {
            receipts::settle(store, &receipt, clock.now(), packages)?;
            Ok(Brought::Believed)
        }
        Ok(_) => Ok(Brought::OtherLife),
        Err(error) => Ok(Brought::NotOurs(error.to_string())),
    }
}

/// Believes the receipts that came while nobody was signed in, and takes out of the outbox what is received by now. One
/// that cannot be believed is left aside: the engine asks the server again.
///
/// # Errors
/// Returns what the store or the disk said; the outbox is then left as it is.
pub fn believe(
    folder: &Folder,
    store: &Store,
    (identity, remote): (&DeviceIdentity, &RemoteServer),
    packages: &Packages,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    let outbox = Outbox::of(folder);
    let Some(index) = outbox.index()? else { return outbox.clear() };
    for packed in &index.bundles {
        let Some(bytes) = outbox.receipt(packed.id)? else { continue };
        match believe_one(&bytes, store, (identity, remote), packages, clock)? {
            Brought::Believed => {}
            Brought::OtherLife => tracing::info!("a receipt of another life of the server is left aside"),
            Brought::NotOurs(why) => tracing::warn!(why, "a receipt in the outbox cannot be believed"),
        }
    }
    let (confirmed, unsent) = store.read(|conn| Ok((acks::confirmed(conn)?, outgoing::unsent(conn)?)))?;
    let on_its_way: Vec<ContentId> =
        store.read(attachments::waiting)?.into_iter().map(|waiting| waiting.content).collect();
    let is_received = |packed: &Packed| {
        if let Some(content) = packed.content {
            return !on_its_way.contains(&content);
        }
        confirmed.iter().any(|(stream, through)| stream.code == packed.stream && *through >= packed.last)
    };
    outbox.take_out(index, unsent.records, is_received)
}
