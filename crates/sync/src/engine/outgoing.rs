//! What goes out: the next run of what no receipt covers, packed and sealed, one bundle ahead of the road.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::task::JoinHandle;
use tsela_core::{
    bundle::{
        BundleId, BundleKind, PackError, PackRequest, SectionName, SectionRequest,
        journal::{self, Cutting, Run},
        pack,
    },
    ids::StreamCode,
};
use tsela_store::{acks, outgoing, streams};

use super::{
    contents,
    shared::{Shared, blocking},
};
use crate::{
    link,
    road::{Road as _, RoadError},
};

/// A bundle ready for the road.
#[derive(Debug)]
pub(super) struct Packed {
    pub id: BundleId,
    pub bytes: Vec<u8>,
    pub stream: StreamCode,
    pub last: u64,
    pub entries: u64,
    entry_bytes: usize,
}

/// Where each stream ended when the push began, and what has been put on the road of it.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    goal: BTreeMap<StreamCode, u64>,
    sent: BTreeMap<StreamCode, u64>,
    /// Streams of which the server holds another history: sent once, so that it can show both, and not waited for.
    disputed: BTreeSet<StreamCode>,
    /// Those of them that the server has been sent.
    announced: BTreeSet<StreamCode>,
    cutting: Option<Cutting>,
    /// The bundle on the road. It is the same to the byte when it is tried again, so that the road can go on within it.
    under_way: Option<UnderWay>,
    ahead: Option<JoinHandle<Result<Option<Packed>, RoadError>>>,
    /// What follows when all entries of the push were received.
    pub contents: contents::Sending,
}

/// A bundle that was put on the road and has not arrived as far as is known.
#[derive(Debug)]
struct UnderWay {
    packed: Arc<Packed>,
    /// Whether it is tried again, and how much of it was over when that was last asked, bytes.
    held: Option<usize>,
}

impl Outgoing {
    /// Notes what is unsent now; what is saved later waits for the next push.
    pub async fn begin(&mut self, shared: &Arc<Shared>) -> Result<(), RoadError> {
        self.forget();
        let announced = self.announced.clone();
        self.goal = blocking(shared, move |shared| {
            let own = shared.store.read(acks::own_streams)?;
            let wanted = own.into_iter().filter(|(stream, _)| !announced.contains(&stream.code));
            Ok(wanted.map(|(stream, _)| (stream.code, stream.head.seq)).collect())
        })
        .await?;
        Ok(())
    }

    /// Returns how many entries of this push no receipt covers.
    pub async fn left(&self, shared: &Arc<Shared>) -> Result<u64, RoadError> {
        let goal = self.goal.clone();
        blocking(shared, move |shared| {
            let own = shared.store.read(acks::own_streams)?;
            let left = |(stream, acked): &(tsela_store::streams::Stream, u64)| {
                goal.get(&stream.code).map_or(0, |goal| goal.saturating_sub(*acked))
            };
            Ok(own.iter().map(left).sum())
        })
        .await
    }

    /// Returns the next bundle: the one that broke off, or one packed ahead if there was time; and starts packing the one
    /// after it.
    pub async fn next(&mut self, shared: &Arc<Shared>, target: usize) -> Result<Option<Arc<Packed>>, RoadError> {
        let cutting = self.cutting.unwrap_or_else(|| Cutting::new(target)).with_target(target);
        self.cutting = Some(cutting);
        let packed = match self.broken_off(shared).await? {
            Some(packed) => Some(packed),
            None => self.packed(shared, cutting).await?,
        };
        if let Some(packed) = &packed {
            self.sent.insert(packed.stream, packed.last);
            let cutting = self.cutting.unwrap_or(cutting);
            self.ahead = Some(self.pack(shared, cutting));
        }
        Ok(packed)
    }

    /// Returns the bundle that broke off if it is still what comes next, and forgets it otherwise.
    async fn broken_off(&mut self, shared: &Arc<Shared>) -> Result<Option<Arc<Packed>>, RoadError> {
        let Some(under_way) = &self.under_way else { return Ok(None) };
        let packed = Arc::clone(&under_way.packed);
        let stream = packed.stream;
        let acked = blocking(shared, move |shared| {
            let own = shared.store.read(acks::own_streams)?;
            Ok(own.iter().find(|(own, _)| own.code == stream).map(|(_, acked)| *acked))
        })
        .await?;
        let before = packed.last.saturating_sub(packed.entries);
        let is_next = acked.is_some_and(|acked| (before..packed.last).contains(&acked)) && !self.is_disputed(stream);
        if !is_next {
            self.under_way = None;
            return Ok(None);
        }
        if let Some(under_way) = &mut self.under_way {
            under_way.held = under_way.held.or(Some(0));
        }
        Ok(Some(packed))
    }

    async fn packed(&mut self, shared: &Arc<Shared>, cutting: Cutting) -> Result<Option<Arc<Packed>>, RoadError> {
        let ahead = match self.ahead.take() {
            Some(ahead) => ahead,
            None => self.pack(shared, cutting),
        };
        let Some(packed) = ahead.await.map_err(|_| RoadError::Stopping)?? else { return Ok(None) };
        self.cutting.get_or_insert(cutting).learn(packed.entry_bytes, packed.bytes.len());
        let packed = Arc::new(packed);
        self.under_way = Some(UnderWay { packed: Arc::clone(&packed), held: None });
        Ok(Some(packed))
    }

    /// Asks how much of the bundle on the road is over already; `advanced` is set if that is more than before.
    pub async fn held(&mut self, shared: &Shared, packed: &Packed, advanced: &mut bool) -> Result<usize, RoadError> {
        let Some(known) = self.under_way.as_mut().and_then(|under_way| under_way.held.as_mut()) else { return Ok(0) };
        let held = shared.road().held(packed.id).await?.min(packed.bytes.len());
        *advanced = held > *known;
        *known = held;
        Ok(held)
    }

    /// Notes that the bundle on the road has arrived.
    pub fn arrived(&mut self) {
        self.under_way = None;
    }

    /// Notes that the bundle on the road has not arrived. One that the server does not want is packed anew.
    pub fn failed(&mut self, error: &RoadError) {
        self.forget();
        if matches!(error, RoadError::Api { status: 400..=428, .. }) {
            self.under_way = None;
        }
    }

    /// Forgets what was put on the road and is not confirmed: the next bundle begins where receipts end, be it the one
    /// that broke off or another.
    pub fn forget(&mut self) {
        self.sent.clear();
        self.contents.forget();
        if let Some(ahead) = self.ahead.take() {
            ahead.abort();
        }
    }

    /// Notes streams of which the server holds another history.
    pub fn dispute(&mut self, streams: &[StreamCode]) {
        self.disputed.extend(streams);
    }

    /// Notes that a bundle of a disputed stream is at the server; the last one of them is not sent again.
    pub fn announce(&mut self, stream: StreamCode, through: u64) {
        if self.is_disputed(stream) && self.goal.get(&stream).is_some_and(|goal| through >= *goal) {
            self.announced.insert(stream);
        }
    }

    /// Says whether the server holds another history of a stream.
    pub fn is_disputed(&self, stream: StreamCode) -> bool {
        self.disputed.contains(&stream)
    }

    /// Says whether the server disputes any stream.
    pub fn has_dispute(&self) -> bool {
        !self.disputed.is_empty()
    }

    fn pack(&self, shared: &Arc<Shared>, cutting: Cutting) -> JoinHandle<Result<Option<Packed>, RoadError>> {
        let (goal, sent, shared) = (self.goal.clone(), self.sent.clone(), Arc::clone(shared));
        tokio::task::spawn_blocking(move || pack_next(&shared, &goal, &sent, cutting))
    }
}

type Numbers = BTreeMap<StreamCode, u64>;

fn pack_next(
    shared: &Shared,
    goal: &Numbers,
    sent: &Numbers,
    mut cutting: Cutting,
) -> Result<Option<Packed>, RoadError> {
    loop {
        let Some(run) = next_run(shared, goal, sent, cutting.entry_bytes())? else { return Ok(None) };
        match seal(shared, run) {
            Ok(packed) => return Ok(Some(packed)),
            // Texts that hardly shrink: cut smaller. A single save always fits.
            Err(PackError::TooLarge(_)) if cutting.entry_bytes() > link::LEAST => {
                cutting = Cutting::new(cutting.entry_bytes() / 16);
            }
            Err(error) => return Err(RoadError::malformed("a bundle of our own", error)),
        }
    }
}

fn next_run(shared: &Shared, goal: &Numbers, sent: &Numbers, bytes: usize) -> Result<Option<Run>, RoadError> {
    let identity = &shared.identity;
    let run = shared.store.read(|conn| {
        for (mut stream, acked) in acks::own_streams(conn)? {
            let after = sent.get(&stream.code).map_or(acked, |sent| acked.max(*sent));
            let through = goal.get(&stream.code).copied().unwrap_or(0).min(stream.head.seq);
            if after < through {
                stream.head.seq = through;
                return outgoing::next_run(conn, identity.study, &identity.signing_key, &stream, after, bytes);
            }
        }
        Ok(None)
    })?;
    Ok(run)
}

/// Packs the entries of a stream after a number whatever receipts say of them; `None` at its end.
pub(super) fn pack_stored(shared: &Shared, stream: StreamCode, after: u64) -> Result<Option<Packed>, RoadError> {
    let identity = &shared.identity;
    let run = shared.store.read(|conn| {
        let Some(stream) = streams::find(conn, stream)? else { return Ok(None) };
        outgoing::next_run(conn, identity.study, &identity.signing_key, &stream, after, link::MOST)
    })?;
    let packed = run.map(|run| seal(shared, run)).transpose();
    packed.map_err(|error| RoadError::malformed("a bundle of our own", error))
}

fn seal(shared: &Shared, run: Run) -> Result<Packed, PackError> {
    let (stream, last) = (run.stream, run.last_seq());
    let entries = run.entries.len() as u64;
    let entry_bytes = run.entries.iter().map(Vec::len).sum();
    let plaintext = journal::encode(&[run]);
    let remote = shared.remote();
    let request = PackRequest {
        kind: BundleKind::Journal,
        study: shared.identity.study,
        packer: shared.identity.device,
        signing_key: &shared.identity.signing_key,
        sections: vec![SectionRequest {
            name: SectionName::Payload,
            plaintext: &plaintext,
            recipients: remote.keys.journal_recipients().to_vec(),
        }],
    };
    let bytes = shared.with_rng(|rng| pack(request, rng))?;
    Ok(Packed { id: BundleId::of(&bytes), bytes, stream, last, entries, entry_bytes })
}
