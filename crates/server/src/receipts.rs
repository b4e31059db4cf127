//! Writing receipts: what the server has of a device's streams, and what others changed of its records.
//!
//! Receipts of a device are numbered densely within one life of the server. One is written for each bundle, and when a
//! device asks and there is something to say that the last one did not. Each is sealed to the device and kept until the
//! device says that it has it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use rusqlite::Connection;
use tsela_core::{
    bundle::{BundleId, BundleKind, PackRequest, SectionName, SectionRequest, journal::Run, pack},
    fold::RecordState,
    ids::{DeviceId, Dot, StreamCode},
    receipt::{Gap, Outcome, OutcomeKind, Receipt, StreamReceipt, TubeOutcome},
    seal::SealingPublic,
    time::Timestamp,
};
use tsela_store::{
    StoreError, custody, ingest, records,
    server::{
        bundles::{self, ReceiptRow},
        content_news,
        devices::DeviceRow,
        feed, lab, packages,
    },
    streams,
};

use crate::{
    entropy,
    error::{Result, ServerError},
    receive::outcome,
    server::Server,
};

/// Most entries that one receipt names as held, forked or quarantined.
const MAX_OUTCOMES: usize = 1_000;
/// Most changed records in one receipt.
const MAX_CHANGED: usize = 500;
/// Most bytes of changed records in one receipt: a receipt stays below a bundle's largest size even if nothing shrinks.
const MAX_CHANGED_BYTES: usize = 512 * 1024;
/// Most bytes of receipts in one answer.
const RECEIPTS_BYTES: usize = 2 * 1024 * 1024;
/// How old a count of findings may be, in milliseconds.
const COUNT_AGE_MS: i64 = 5_000;

/// What a receipt says beyond where the streams stand.
#[derive(Default)]
pub(crate) struct News {
    /// The bundle that it answers.
    pub bundle: Option<BundleId>,
    /// Who brought it, if not the device: what is sealed to a carrier of the receipt.
    pub carrier: Option<SealingPublic>,
    /// Entries that are asked for.
    pub gaps: Vec<(StreamCode, Gap)>,
    /// Entries that were held, forked or quarantined.
    pub outcomes: Vec<Outcome>,
}

/// Counts of findings by device, as counting them for every bundle would cost more than storing it.
#[derive(Default)]
pub(crate) struct FindingCounts(Mutex<HashMap<DeviceId, (Timestamp, u64)>>);

impl Server {
    /// Writes a device's next receipt and returns its number and the sealed bundle.
    pub(crate) fn issue_receipt(
        &self,
        tx: &Connection,
        device: &DeviceRow,
        news: News,
        now: Timestamp,
    ) -> Result<(u64, Vec<u8>)> {
        let life = self.life();
        let last = bundles::last_receipt(tx, device.id, life.number)?;
        let streams = self.standing(tx, device.id, &news.gaps)?;
        let standing = hash_of(&streams);
        // From the last receipt that the device has shown to have, not from the last one written: that may be lost.
        let after = bundles::confirmed_changes(tx, device.id, life.number)?;
        let (changed, changed_through) = changed(tx, device.id, after)?;
        let tubes = tubes(tx, device.id, after, changed_through)?;
        let receipt = Receipt {
            study: self.study(),
            server: self.device(),
            incarnation: life.id,
            device: device.id,
            number: last.map_or(0, |last| last.number) + 1,
            at: now,
            streams,
            bundles: news.bundle.into_iter().collect(),
            outcomes: self.outcomes(tx, device.id, news.outcomes)?,
            tubes,
            changed,
            changed_after: after,
            changed_through,
            findings: self.count_findings(tx, device.id, now)?,
            contents: content_news::of(tx, device.id)?,
            codes: Vec::new(),
            package_version: packages::newest_version(tx)?,
        };
        let sealed = self.seal(device, news.carrier, &receipt)?;
        let (incarnation, number) = (life.number, receipt.number);
        let row = ReceiptRow { device: device.id, incarnation, number, at: now, changed_through, standing, sealed };
        bundles::add_receipt(tx, &row)?;
        content_news::told(tx, device.id, incarnation, number)?;
        Ok((number, row.sealed))
    }

    /// Returns the sealed receipts above `after`, writing one first if there is news that the last one did not tell, or
    /// if the device has lost what it had: receipts that it said it has are not kept.
    ///
    /// # Errors
    /// What the store said.
    pub fn receipts_after(&self, device: &DeviceRow, after: u64) -> Result<Vec<Vec<u8>>> {
        let life = self.life().number;
        let due = self.read(|conn| {
            let last = bundles::last_receipt(conn, device.id, life)?.map_or(0, |last| last.number);
            let has = (1..=last).contains(&after) && bundles::sealed(conn, device.id, life, after)?.is_some();
            let lost = after < last && bundles::sealed(conn, device.id, life, after + 1)?.is_none();
            Ok((has, lost, lost || self.has_news(conn, device.id)?))
        })?;
        let (has, lost, news) = due;
        if has || news {
            let now = self.now();
            self.write(|tx| {
                if has {
                    bundles::device_has(tx, device.id, life, after)?;
                }
                if lost {
                    bundles::device_lost(tx, device.id, life)?;
                }
                if news {
                    self.issue_receipt(tx, device, News::default(), now)?;
                }
                Ok(())
            })?;
        }
        self.read(|conn| Ok(bundles::sealed_after(conn, device.id, life, after, RECEIPTS_BYTES)?))
    }

    /// Notes which receipt a device has, told by what it sends: it continues only what a receipt has confirmed. Of
    /// several receipts that said the same it has the first at least.
    pub(crate) fn learn_from(&self, tx: &Connection, device: DeviceId, runs: &[Run]) -> Result<()> {
        let continues = |run: &Run| -> Result<bool> {
            let own = run.device == device && run.first_seq > 1 && !run.entries.is_empty();
            let stream = if own { streams::find(tx, run.stream)? } else { None };
            Ok(stream.is_some_and(|stream| run.first_seq == stream.head.seq + 1))
        };
        for run in runs {
            if continues(run)? {
                let (life, said) = (self.life().number, hash_of(&self.standing(tx, device, &[])?));
                if let Some(number) = bundles::first_saying(tx, device, life, &said)? {
                    bundles::device_has(tx, device, life, number)?;
                }
                break;
            }
        }
        Ok(())
    }

    /// Returns all that waits or is disputed of a device's streams: a laptop replaces what earlier receipts said.
    fn outcomes(&self, conn: &Connection, device: DeviceId, news: Vec<Outcome>) -> Result<Vec<Outcome>> {
        let mut outcomes = news;
        for stream in streams::list(conn)?.into_iter().filter(|stream| stream.device == device) {
            let dot = |seq| Dot { stream: stream.code, seq };
            outcomes.extend(stream.forked_at.map(|seq| outcome(OutcomeKind::Forked, dot(seq), "fork")));
            for held in ingest::held_in(conn, &stream, MAX_OUTCOMES)? {
                let code = held.code.as_str();
                outcomes.push(Outcome { record: held.record, ..outcome(OutcomeKind::Held, dot(held.seq), code) });
            }
        }
        outcomes.truncate(MAX_OUTCOMES);
        Ok(outcomes)
    }

    fn has_news(&self, conn: &Connection, device: DeviceId) -> Result<bool> {
        let Some(last) = bundles::last_receipt(conn, device, self.life().number)? else { return Ok(true) };
        let moved = || Ok::<_, ServerError>(hash_of(&self.standing(conn, device, &[])?) != last.standing);
        let contents = content_news::is_due(conn, device, self.life().number)?;
        Ok(contents || !feed::after(conn, device, last.changed_through, 1)?.is_empty() || moved()?)
    }

    /// Returns what is stored and applied of each of a device's streams.
    fn standing(&self, conn: &Connection, device: DeviceId, gaps: &[(StreamCode, Gap)]) -> Result<Vec<StreamReceipt>> {
        let own = streams::list(conn)?.into_iter().filter(|stream| stream.device == device);
        own.map(|stream| {
            let applied_through = streams::applied_through(conn, &stream)?;
            let applied_hash = streams::hash_at(conn, self.study(), &stream, applied_through)?
                .ok_or_else(|| StoreError::damaged("a stream", "an entry below its head is missing"))?;
            Ok(StreamReceipt {
                stream: stream.code,
                stored_through: stream.head.seq,
                stored_hash: stream.head.hash,
                applied_through,
                applied_hash,
                gaps: gaps.iter().filter(|(code, _)| *code == stream.code).map(|(_, gap)| *gap).collect(),
            })
        })
        .collect()
    }

    fn seal(&self, device: &DeviceRow, carrier: Option<SealingPublic>, receipt: &Receipt) -> Result<Vec<u8>> {
        let (plaintext, part) = (receipt.to_bytes(), receipt.for_carrier().to_bytes());
        let for_carrier = carrier.map(|carrier| SectionRequest {
            name: SectionName::Manifest,
            plaintext: &part,
            recipients: vec![carrier],
        });
        let whole =
            SectionRequest { name: SectionName::Payload, plaintext: &plaintext, recipients: vec![device.sealing_key] };
        let request = PackRequest {
            kind: BundleKind::Receipt,
            study: self.study(),
            packer: self.device(),
            signing_key: self.identity().signing(),
            sections: for_carrier.into_iter().chain([whole]).collect(),
        };
        pack(request, &mut entropy()).map_err(|e| StoreError::Internal(format!("a receipt: {e}")).into())
    }

    fn count_findings(&self, conn: &Connection, device: DeviceId, now: Timestamp) -> Result<u64> {
        let counts = &self.inner().finding_counts.0;
        let known = counts.lock().unwrap_or_else(PoisonError::into_inner).get(&device).copied();
        if let Some((at, count)) = known
            && (0..COUNT_AGE_MS).contains(&now.millis_since(at))
        {
            return Ok(count);
        }
        let count = tsela_store::server::overview::findings_of_device(conn, device)?;
        counts.lock().unwrap_or_else(PoisonError::into_inner).insert(device, (now, count));
        Ok(count)
    }
}

/// The gaps are left out: they are told once and then sent.
fn hash_of(streams: &[StreamReceipt]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for stream in streams {
        hasher.update(stream.stream.as_str().as_bytes()).update(&stream.stored_through.to_le_bytes());
        hasher.update(&stream.stored_hash.0).update(&stream.applied_through.to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// Returns the folds of records that changed for a device above `after`, and the number through which they go.
pub(crate) fn changed(conn: &Connection, device: DeviceId, after: u64) -> Result<(Vec<serde_json::Value>, u64)> {
    let (mut folds, mut through, mut bytes) = (Vec::new(), after, 0);
    for change in feed::after(conn, device, after, MAX_CHANGED)? {
        // Of a tube of which the laboratory has only said where it is, the device has all data itself.
        let has_all = |state: &RecordState| {
            Ok::<_, StoreError>(state.model == "specimen" && feed::is_alone(conn, device, state.id)?)
        };
        if let Some(state) = records::state(conn, change.record)?
            && !has_all(&state)?
        {
            let fold = state.to_bytes();
            bytes += fold.len();
            if !folds.is_empty() && bytes > MAX_CHANGED_BYTES {
                break;
            }
            let value = serde_json::from_slice(&fold).map_err(|e| StoreError::Internal(e.to_string()))?;
            folds.push(value);
        }
        through = change.number;
    }
    Ok((folds, through))
}

/// Returns what the laboratory says of the tubes among the changes in this range of the feed.
fn tubes(conn: &Connection, device: DeviceId, after: u64, through: u64) -> Result<Vec<TubeOutcome>> {
    let changes = feed::after(conn, device, after, MAX_CHANGED)?;
    let outcomes = custody::reading(conn, |custody| {
        let mut outcomes = Vec::new();
        for change in changes.into_iter().take_while(|change| change.number <= through) {
            let state = records::state(conn, change.record)?.filter(|state| state.model == "specimen");
            if let Some(code) = state.as_ref().and_then(|state| state.text("specimen_identifier")) {
                outcomes.extend(lab::outcome(conn, custody, code)?);
            }
        }
        Ok(outcomes)
    });
    Ok(outcomes?)
}
