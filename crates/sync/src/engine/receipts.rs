//! Receipts: opened, verified, and believed only where their hash is our own.

use std::sync::Arc;

use tsela_core::{
    bundle::{BundleKind, BundleView, SectionName},
    ids::StreamCode,
    receipt::Receipt,
    time::Timestamp,
};
use tsela_store::{
    Packages, Store, StoreError,
    acks::{self, Believed},
    handed, marker, projection, recover, streams,
};

use super::{
    shared::{Shared, blocking},
    status::LastReceipt,
};
use crate::{
    identity::{DeviceIdentity, RemoteServer},
    machine::Chore,
    problem::Notice,
    road::RoadError,
};

/// What receipts came to.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The highest receipt, 0 if none was new.
    pub number: u64,
    /// What is to be fetched.
    pub wanted: Vec<Chore>,
    /// Streams of which the server holds another history.
    pub other_history: Vec<StreamCode>,
    /// Whether the device is to know of changes.
    pub changed: bool,
    /// Whether a chore has more to do.
    pub goes_on: bool,
}

/// Opens a receipt: a bundle of this server, signed by it, sealed to this device, for this device and study.
///
/// # Errors
/// [`RoadError::Malformed`] if it is not.
pub fn open(bytes: &[u8], identity: &DeviceIdentity, remote: &RemoteServer) -> Result<Receipt, RoadError> {
    let malformed = |detail: String| RoadError::malformed("the receipt", detail);
    let view = BundleView::parse(bytes).map_err(|error| malformed(error.to_string()))?;
    view.verify(&remote.keys.verify_key).map_err(|error| malformed(error.to_string()))?;
    if view.kind() != BundleKind::Receipt || view.study() != identity.study || view.packer() != remote.keys.server {
        return Err(malformed("it is not a receipt of this server for this study".to_owned()));
    }
    let opened = view.open(SectionName::Payload, std::slice::from_ref(&identity.sealing_key));
    let content = opened.map_err(|error| malformed(error.to_string()))?;
    let receipt = Receipt::from_bytes(&content).map_err(|error| malformed(error.to_string()))?;
    let ours =
        receipt.device == identity.device && receipt.study == identity.study && receipt.server == remote.keys.server;
    if ours { Ok(receipt) } else { Err(malformed("it is for another device".to_owned())) }
}

/// Opens receipts and believes them, in the order given.
pub(super) async fn take_in(shared: &Arc<Shared>, bundles: Vec<Vec<u8>>) -> Result<Told, RoadError> {
    let told = blocking(shared, move |shared| {
        let mut told = Told::default();
        for bundle in &bundles {
            let receipt = open(bundle, &shared.identity, &shared.remote())?;
            believe(shared, &receipt, &mut told)?;
        }
        Ok(told)
    })
    .await?;
    if told.changed {
        shared.changed();
    }
    Ok(told)
}

fn believe(shared: &Shared, receipt: &Receipt, told: &mut Told) -> Result<(), RoadError> {
    // A receipt of an earlier life of the server says nothing of the present one, which only its signed health answer
    // can name. A replayed one is dropped here.
    if receipt.incarnation != shared.remote().incarnation {
        tracing::info!(number = receipt.number, "a receipt of another life of the server is left aside");
        return Ok(());
    }
    let packages = shared.packages();
    let now = shared.now();
    let believed = settle(&shared.store, receipt, now, &packages)?;
    shared.begin_due_stream()?;
    recover::say_closed_again(&shared.store, &packages)?;
    if !believed.leaves_out {
        told.number = told.number.max(receipt.number);
    }
    told.changed |= !believed.stale || !believed.changed.is_empty();
    // What the server has and we have not is fetched; where it has something else, to find out from which entry on.
    let wanted = believed.ahead.iter().chain(&believed.other_history);
    told.wanted.extend(wanted.map(|code| Chore::LostEntries(*code)));
    if believed.stale {
        told.other_history.extend(&believed.other_history);
        return Ok(());
    }
    show(shared, receipt, &believed);
    let is_lacking = || {
        let missing = shared.store.read(|conn| projection::missing_packages(conn, &packages))?;
        Ok::<_, RoadError>(!missing.is_empty())
    };
    let is_older = receipt.package_version > u64::from(packages.newest()?.package().version);
    if is_older || !believed.changed.is_empty() && is_lacking()? {
        told.wanted.push(Chore::Package);
    }
    told.other_history.extend(believed.other_history);
    Ok(())
}

/// Believes a receipt in the store. Where it shows that another copy of this laptop writes to the stream, a new one is due.
///
/// # Errors
/// Returns what the store said.
pub fn settle(store: &Store, receipt: &Receipt, now: Timestamp, packages: &Packages) -> Result<Believed, StoreError> {
    store.write(|tx| {
        let believed = acks::believe(tx, receipt, now, packages)?;
        handed::forget_received(tx)?;
        let active = streams::active(tx)?.map(|stream| stream.code);
        let Believed { other_history, ahead, closed, .. } = &believed;
        let foreign = |code| [other_history, ahead, closed].iter().any(|codes| codes.contains(&code));
        if active.is_some_and(foreign) {
            // Another copy of this laptop has written to the stream: whatever is entered from now on must not continue
            // it, and must not meet the lost entries on their way back.
            marker::demand_new_stream(tx, "the server holds entries of this stream that this laptop has not")?;
        }
        Ok(believed)
    })
}

/// Shows the receipt and what it means for people.
fn show(shared: &Shared, receipt: &Receipt, believed: &Believed) {
    let from = shared.remote().name.clone();
    let last = LastReceipt { at: receipt.at, from, number: receipt.number };
    shared.status.send_modify(|status| status.last_receipt = Some(last));
    if !believed.ahead.is_empty() {
        let message = "This laptop was restored from a backup: the server has entries that it has lost. They are being fetched back; nothing is lost.";
        shared.note(Notice::new("laptop_restored", message, &[("streams", &codes(&believed.ahead))]));
    }
    let forked: Vec<StreamCode> = believed.other_history.iter().chain(&believed.closed).copied().collect();
    if !forked.is_empty() {
        let message = "The server holds other entries under this laptop's code: its data was restored or copied. What is entered from now on goes out under a new code. Tell the data manager.";
        shared.note(Notice::new("fork", message, &[("streams", &codes(&forked))]));
    }
}

fn codes(streams: &[StreamCode]) -> String {
    streams.iter().map(StreamCode::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
