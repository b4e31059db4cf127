//! Receiving a bundle: verified and opened outside the writer's turn, stored, folded and answered in one transaction.
//!
//! What is trusted is signatures: the packer's over the bundle, each author's over the heads of its runs. The token says
//! only who knocks. The same bundle again, five times at once or a year later, changes nothing and is answered.

use rusqlite::Connection;
use tsela_core::{
    attachment::Part,
    bundle::{
        BundleError, BundleId, BundleKind, BundleView, SectionName,
        journal::{self, Run},
    },
    ids::{DeviceId, Dot, StreamCode},
    manifest::Manifest,
    receipt::{Gap, Outcome, OutcomeKind},
    seal::SealingKey,
    time::Timestamp,
};
use tsela_store::{
    Code, StoreError,
    ingest::{self, IncomingRun, Ingested},
    server::{
        bundles::{self, BundleRow},
        devices::{self, DeviceRow},
        feed, lab, overview, quarantine, stream_codes,
    },
    streams,
};

use crate::{
    error::{Refusal, Result, ServerError},
    publish::Published,
    receipts::News,
    server::Server,
};

/// Bytes of quarantined entries kept of one stream at most: a stolen laptop must not fill the disk.
const MAX_QUARANTINE: u64 = 64 * 1024 * 1024;

/// What became of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Number of the receipt.
    pub number: u64,
    /// The receipt, sealed to the device.
    pub receipt: Vec<u8>,
    /// How many entries were new.
    pub new_entries: u64,
}

struct Opened {
    packer: DeviceRow,
    /// Who brought it, if not its packer.
    carrier: Option<DeviceRow>,
    /// Whether it came without its packer, which then cannot be asked for what is missing.
    brought: bool,
    runs: Vec<Run>,
    entries: usize,
    /// What it announces of tubes, if it does.
    manifest: Option<Manifest>,
    /// What a bundle holds that is no journal.
    part: Option<Part>,
}

impl Server {
    /// Stores a bundle that `caller` sent under this name, and writes the receipt.
    ///
    /// # Errors
    /// A [`Refusal`] with code `bad_bundle` if the bundle is damaged, of another study, not signed by its packer, or not
    /// sealed to this server; `revoked` if the device was revoked, after its entries were put into quarantine.
    pub fn receive(&self, caller: &DeviceRow, id: BundleId, bytes: &[u8]) -> Result<Received> {
        self.receive_from(caller, true, id, bytes)
    }

    /// As [`Self::receive`]; `by_itself` says whether the device was here, and not only a file of it.
    pub(crate) fn receive_from(
        &self,
        caller: &DeviceRow,
        by_itself: bool,
        id: BundleId,
        bytes: &[u8],
    ) -> Result<Received> {
        if BundleId::of(bytes) != id {
            return Err(Refusal::bad_bundle("Its name is not the hash of its bytes: it was damaged on the way.").into());
        }
        let packer = BundleView::parse(bytes).map_err(bad)?.packer();
        let brought = !by_itself || packer != caller.id && caller.role != "field";
        let carrier = (packer != caller.id && caller.role != "field").then_some(caller);
        let author = if carrier.is_some() { packer } else { caller.id };
        if let Some(answered) = self.read(|conn| self.answered(conn, author, id))? {
            return match carrier {
                Some(carrier) => self.answer_again(carrier, author, id),
                None => Ok(answered),
            };
        }
        let mut opened = self.open_bundle(caller, bytes)?;
        if carrier.is_some() && caller.revoked_at.is_some() {
            return Err(Refusal::revoked().into());
        }
        if opened.packer.revoked_at.is_some() && opened.part.is_some() && carrier.is_some() {
            return Err(Refusal::attachment_of_revoked().into());
        }
        if opened.packer.revoked_at.is_some() {
            self.write(|tx| self.quarantine_revoked(tx, &opened, self.now()))?;
            return Err(if carrier.is_some() { Refusal::author_revoked() } else { Refusal::revoked() }.into());
        }
        (opened.carrier, opened.brought) = (carrier.cloned(), brought);
        if let Some(manifest) = opened.manifest.take() {
            // For itself: the tubes are on the road even if the entries cannot be stored yet.
            self.write(|tx| Ok(lab::announce(tx, &manifest, self.now())?))?;
        }
        let mut tries = 0;
        loop {
            match self.write(|tx| self.store_bundle(tx, id, bytes.len(), &opened)) {
                // Another process, the command line for instance, holds the store for longer than the waiting time.
                Err(ServerError::Store(error)) if error.code() == Code::Busy && tries < 3 => tries += 1,
                Ok(Some(received)) => return Ok(received),
                // What does not fit its name is forgotten by then: a refusal within would bring it back.
                Ok(None) => return Err(Refusal::bad_bundle("The attachment does not fit its hash.").into()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Says which streams a bundle continues, and from which entry on: for bundles that come in no order.
    pub(crate) fn spans(&self, packer: &DeviceRow, bytes: &[u8]) -> Result<Vec<(StreamCode, u64)>> {
        let opened = self.open_bundle(packer, bytes)?;
        Ok(opened.runs.iter().map(|run| (run.stream, run.first_seq)).collect())
    }

    /// Returns the receipt of a bundle that is stored already.
    fn answered(&self, conn: &Connection, author: DeviceId, id: BundleId) -> Result<Option<Received>> {
        let life = self.life().number;
        let Some(number) = bundles::answered(conn, id, author, life)? else { return Ok(None) };
        let sealed = bundles::sealed(conn, author, life, number)?;
        Ok(sealed.map(|receipt| Received { number, receipt, new_entries: 0 }))
    }

    /// Answers a carrier with a receipt of now: the one that answered the bundle first is not sealed to it, and says less.
    fn answer_again(&self, carrier: &DeviceRow, author: DeviceId, id: BundleId) -> Result<Received> {
        let now = self.now();
        self.write(|tx| {
            let device = devices::find(tx, author)?.ok_or_else(Refusal::unknown_author)?;
            bundles::brought(tx, id, carrier.id, now)?;
            let news = News { bundle: Some(id), carrier: Some(carrier.sealing_key), ..News::default() };
            let (number, receipt) = self.issue_receipt(tx, &device, news, now)?;
            Ok(Received { number, receipt, new_entries: 0 })
        })
    }

    /// Checks all that can be checked without the writer's turn.
    fn open_bundle(&self, caller: &DeviceRow, bytes: &[u8]) -> Result<Opened> {
        let view = BundleView::parse(bytes).map_err(bad)?;
        if !matches!(view.kind(), BundleKind::Journal | BundleKind::Attachment) {
            return Err(Refusal::bad_bundle("It is neither a journal nor a part of an attachment.").into());
        }
        if view.study() != self.study() {
            return Err(Refusal::bad_bundle("It belongs to another study.").into());
        }
        let packer = if view.packer() == caller.id {
            caller.clone()
        } else if caller.role == "field" {
            return Err(Refusal::bad_bundle("Another device has packed it.").into());
        } else {
            self.read(|conn| Ok(devices::find(conn, view.packer())?))?.ok_or_else(Refusal::unknown_author)?
        };
        view.verify(&packer.verify_key).map_err(bad)?;
        let keys = self.identity().sealing_keys();
        let content = view.open(SectionName::Payload, &keys).map_err(bad)?;
        if view.kind() == BundleKind::Attachment {
            let part = Part::from_bytes(&content).map_err(|e| Refusal::bad_bundle(sentence(&e)))?;
            return Ok(Opened {
                packer,
                carrier: None,
                brought: false,
                runs: Vec::new(),
                entries: 0,
                manifest: None,
                part: Some(part),
            });
        }
        let runs = journal::decode(&content).map_err(|e| Refusal::bad_bundle(sentence(&e)))?;
        self.read(|conn| runs.iter().try_for_each(|run| self.check_run(conn, &packer, run)))?;
        let entries = runs.iter().map(|run| run.entries.len()).sum();
        let manifest = manifest(&view, &keys, packer.id);
        Ok(Opened { packer, carrier: None, brought: false, runs, entries, manifest, part: None })
    }

    /// Checks that a run's stream is its device's and that the device signed where it ends.
    fn check_run(&self, conn: &Connection, packer: &DeviceRow, run: &Run) -> Result<()> {
        let unknown = || Refusal::bad_bundle(format!("Stream {} is not one of the device's.", run.stream));
        // A restored server has forgotten the codes that it gave out after its backup: it learns them from their devices.
        let forgotten = || Ok::<_, ServerError>(self.life().number > 1 && !stream_codes::is_given(conn, run.stream)?);
        if !stream_codes::owns(conn, run.device, run.stream)? && !forgotten()? {
            return Err(unknown().into());
        }
        let author = if run.device == packer.id { Some(packer.clone()) } else { devices::find(conn, run.device)? };
        let author = author.ok_or_else(unknown)?;
        run.head.verify(self.study(), run.stream, &author.verify_key).map_err(|_| {
            Refusal::bad_bundle(format!("The end of stream {} is not signed by its device.", run.stream)).into()
        })
    }

    /// Stores what a bundle holds, and answers it; `None` if it is the last part of an attachment that does not fit its hash.
    fn store_bundle(&self, tx: &Connection, id: BundleId, bytes: usize, opened: &Opened) -> Result<Option<Received>> {
        // Of five copies that came at once, four find here what the first has stored.
        let device = &opened.packer;
        if let Some(answered) = self.answered(tx, device.id, id)? {
            return Ok(Some(answered));
        }
        let now = self.now();
        if let Some(part) = &opened.part
            && !self.take_part(tx, device, part, now)?
        {
            return Ok(None);
        }
        let published = self.published(tx)?;
        if opened.brought {
            // Its packer has gone on without waiting for receipts, so that nothing can be learned of which it has; and what
            // does not continue here stays with whoever brought it.
            for run in &opened.runs {
                if !streams::takes_from(tx, run.stream, run.first_seq)? {
                    return Err(Refusal::gap().into());
                }
            }
        } else {
            self.learn_from(tx, device.id, &opened.runs)?;
        }
        let carrier = opened.carrier.as_ref();
        let mut news =
            News { bundle: Some(id), carrier: carrier.map(|carrier| carrier.sealing_key), ..News::default() };
        let mut new_entries = 0;
        let alone = opened.runs.len() == 1;
        for run in &opened.runs {
            new_entries += self.store_run(tx, run, alone, &published, now, &mut news)?;
        }
        let (number, receipt) = self.issue_receipt(tx, device, news, now)?;
        let life = self.life().number;
        if !bundles::is_known(tx, id)? {
            let (entries, received_at) = (opened.entries, now);
            let row =
                BundleRow { id, device: device.id, incarnation: life, receipt: number, bytes, entries, received_at };
            bundles::add(tx, &row)?;
        } else {
            bundles::answered_again(tx, id, life, number)?;
        }
        if let Some(carrier) = carrier {
            bundles::brought(tx, id, carrier.id, now)?;
            devices::sent(tx, carrier.id, now, &format!("for {}: {}", device.name, opened.in_words()))?;
        } else {
            devices::sent(tx, device.id, now, &opened.in_words())?;
        }
        self.inner().heard.write(tx, device.id)?;
        tracing::info!(device = %device.id, bundle = %id, bytes, new_entries, receipt = number, "bundle stored");
        Ok(Some(Received { number, receipt, new_entries }))
    }

    /// Stores one run and folds it; says how many entries were new. `alone` if the transaction stores no other.
    fn store_run(
        &self,
        tx: &Connection,
        run: &Run,
        alone: bool,
        published: &Published,
        now: Timestamp,
        news: &mut News,
    ) -> Result<u64> {
        stream_codes::note(tx, run.stream, run.device, now)?;
        let stream = streams::register_foreign(tx, self.study(), run.device, run.stream)?;
        if stream.device != run.device {
            let detail = format!("Stream {} is another device's.", run.stream);
            return Err(Refusal::bad_bundle(detail).into());
        }
        let author_revoked = devices::find(tx, run.device)?.is_some_and(|author| author.revoked_at.is_some());
        if stream.revoked_after.is_some() || author_revoked {
            let kept = self.quarantine_run(tx, run, now)?;
            let of = |seq| outcome(OutcomeKind::Quarantined, Dot { stream: run.stream, seq }, "revoked");
            news.outcomes.extend(kept.first().copied().map(of));
            return Ok(0);
        }
        prove_head(run)?;
        let incoming = IncomingRun {
            stream: run.stream,
            first_seq: run.first_seq,
            entries: &run.entries,
            head: run.head.head,
            signature: run.head.signature,
        };
        let beside = alone.then(|| self.store());
        let done = ingest::ingest_beside(tx, beside, &incoming, now, &published.all).map_err(refuse_invalid)?;
        feed::touched(tx, run.device, done.touched.difference(&done.begun).copied())?;
        feed::touched(tx, self.device(), lab::no_longer_awaited(tx)?)?;
        report(run, &done, news);
        Ok(done.new_entries)
    }

    fn quarantine_revoked(&self, tx: &Connection, opened: &Opened, now: Timestamp) -> Result<()> {
        for run in &opened.runs {
            self.quarantine_run(tx, run, now)?;
        }
        tracing::warn!(device = %opened.packer.id, "entries of a revoked device put into quarantine");
        Ok(())
    }

    /// Keeps the entries of a revoked stream that come after its last accepted one; returns their numbers.
    fn quarantine_run(&self, tx: &Connection, run: &Run, now: Timestamp) -> Result<Vec<u64>> {
        let stream = streams::register_foreign(tx, self.study(), run.device, run.stream)?;
        let after = stream.revoked_after.unwrap_or(stream.head.seq);
        let first = run.first_seq.max(after + 1);
        let mut room = MAX_QUARANTINE.saturating_sub(overview::quarantined_bytes(tx, stream.id)?);
        let mut kept = Vec::new();
        for (seq, entry) in (run.first_seq..).zip(&run.entries).filter(|(seq, _)| *seq > after) {
            let Some(left) = room.checked_sub(entry.len() as u64) else { break };
            room = left;
            ingest::quarantine(tx, &stream, seq, entry, "revoked", now)?;
            kept.push(seq);
        }
        // A run that is kept whole can be admitted by its signed end. What is stored of it already is left out.
        let skipped = usize::try_from(first.saturating_sub(run.first_seq)).unwrap_or(usize::MAX);
        let entries = run.entries.get(skipped..).unwrap_or_default();
        if !kept.is_empty() && kept.len() == entries.len() && prove_head(run).is_ok() {
            quarantine::add_run(tx, &stream, first, entries, run.head.head, run.head.signature, now)?;
        }
        Ok(kept)
    }
}

/// Reads the manifest that rides with a bundle, if one does that this server can open. One that cannot be read keeps no
/// entry back.
fn manifest(view: &BundleView<'_>, keys: &[SealingKey], packer: DeviceId) -> Option<Manifest> {
    view.recipients(SectionName::Manifest)?;
    let bytes = view.open(SectionName::Manifest, keys).ok()?;
    let manifest = Manifest::from_bytes(&bytes);
    let read = manifest.inspect_err(|error| tracing::warn!(%error, "a manifest cannot be read")).ok()?;
    (read.device == packer).then_some(read)
}

impl Opened {
    /// Says what came, for the list of devices.
    fn in_words(&self) -> String {
        self.part.as_ref().map_or_else(|| in_words(&self.runs), |_| "a part of an attachment".to_owned())
    }
}

/// Notes what a receipt must say of a run.
fn report(run: &Run, done: &Ingested, news: &mut News) {
    if let Some((from, to)) = done.gap {
        news.gaps.push((run.stream, Gap { from, to }));
    }
    // What waits or is disputed, every receipt tells: see `Server::outcomes`.
    if let Some(seq) = done.fork {
        tracing::warn!(stream = %run.stream, seq, "a stream says two things under one number");
    }
}

pub(crate) fn outcome(kind: OutcomeKind, dot: Dot, code: &str) -> Outcome {
    Outcome { kind, dot, record: None, code: code.to_owned(), field: None }
}

/// Refuses a run whose numbers contradict the head that was signed: it would make no fork, only confusion.
fn prove_head(run: &Run) -> Result<(), Refusal> {
    if run.first_seq == 0 || run.last_seq() != run.head.head.seq {
        return Err(Refusal::bad_bundle(format!("The numbers of stream {} do not fit together.", run.stream)));
    }
    Ok(())
}

fn refuse_invalid(error: StoreError) -> ServerError {
    match error {
        StoreError::Invalid(reason) => Refusal::bad_bundle(sentence(&reason)).into(),
        other => other.into(),
    }
}

fn bad(error: BundleError) -> ServerError {
    let detail = sentence(&error);
    let detail = match &error {
        BundleError::NotSealedToUs(_) => format!("{detail} The device must fetch the server's new key first."),
        _ => detail,
    };
    Refusal::bad_bundle(detail).into()
}

/// Writes an error as a sentence.
fn sentence(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn in_words(runs: &[Run]) -> String {
    let entries: usize = runs.iter().map(|run| run.entries.len()).sum();
    let spans: Vec<String> = runs
        .iter()
        .filter(|run| !run.entries.is_empty())
        .take(3)
        .map(|run| match run.entries.len() {
            1 => format!("{} {}", run.stream, run.first_seq),
            _ => format!("{} {}–{}", run.stream, run.first_seq, run.last_seq()),
        })
        .collect();
    let noun = if entries == 1 { "entry" } else { "entries" };
    if spans.is_empty() { format!("{entries} {noun}") } else { format!("{entries} {noun}, {}", spans.join(", ")) }
}
