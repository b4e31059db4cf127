//! Entries that this device has lost, on their way back from the server.

use tsela_core::{api::EntriesRun, ids::StreamCode, time::Timestamp};
use tsela_store::{
    Packages, Store,
    ingest::{self, IncomingRun},
};

use crate::{identity::DeviceIdentity, road::RoadError};

/// Stores runs of this device's own entries, signed by this device when it still had them. Returns the first entry in
/// which they contradict what it has now.
///
/// # Errors
/// [`RoadError::Malformed`] if this device has not signed where a run ends; otherwise what the store said.
pub fn take_back(
    store: &Store,
    identity: &DeviceIdentity,
    stream: StreamCode,
    runs: Vec<EntriesRun>,
    now: Timestamp,
    packages: &Packages,
) -> Result<Option<u64>, RoadError> {
    for run in runs {
        run.head
            .verify(identity.study, stream, &identity.signing_key.verify_key())
            .map_err(|error| RoadError::malformed("lost entries", error))?;
        let entries: Vec<Vec<u8>> = run.entries.into_iter().map(String::into_bytes).collect();
        let incoming = IncomingRun {
            stream,
            first_seq: run.first_seq,
            entries: &entries,
            head: run.head.head,
            signature: run.head.signature,
        };
        let ingested = store.write(|tx| ingest::ingest(tx, &incoming, now, packages))?;
        if ingested.fork.is_some() {
            return Ok(ingested.fork);
        }
    }
    Ok(None)
}
