//! Handing over to a carrier: what it brought is believed, what is unsent goes along, with the manifest of the tubes.
//!
//! Nothing counts as received by it. What the carrier signed is kept, so that this laptop can say who has what since when,
//! and everything is sent again by whatever road comes next.

use tsela_core::{
    attachment::{ContentId, Span, lacking},
    bundle::{
        BundleId,
        journal::{Cutting, USUAL},
    },
    custody::{Countersigned, Offer},
    fold::RecordState,
    ids::{RecordId, SaveId},
    manifest::Manifest,
    model::{GIVER, TAKER, TO_CARRIER, Values as _},
    trust::Signed,
};
use tsela_relay::{Counterpart, MeetError};
use tsela_store::{
    StoreError, acks,
    attachments::{self, HandedPart},
    carried, custody,
    handed::{self, Handed},
    journal::{Change, ChangeOp, SaveError, Warnings},
    manifest, meta, records, recover,
    streams::Stream,
};
use tsela_sync::outbox::{Brought, believe_one};

use super::{attachments::FILE_PART, laptop::Opened};

/// The reason of the change by which a driver's signature is taken down; pages say it in words.
const COUNTERSIGNED: &str = "countersigned";

/// How far a hand-over has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandedOver {
    /// The driver's laptop.
    pub carrier: String,
    /// Receipts that it brought and that were believed.
    pub receipts: usize,
    /// Bundles that it has taken.
    pub bundles: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Entries that are still to be handed over.
    pub entries_left: u64,
    /// Files of attachments that are unsent and that it has now.
    pub attachments: usize,
    /// Tubes in the manifest.
    pub tubes: usize,
    /// Hand-overs of tubes that wait for the driver's signature.
    pub offered: Vec<RecordId>,
}

impl Opened {
    /// Hands over to a carrier whose digits were compared. `tell` hears how far it has come.
    ///
    /// # Errors
    /// [`MeetError`]; what the carrier has taken by then stays noted, and handing over again goes on from there.
    pub async fn hand_over(
        &self,
        met: &impl Counterpart,
        mut tell: impl FnMut(&HandedOver),
    ) -> Result<HandedOver, MeetError> {
        let mut done = HandedOver { carrier: met.carrier().name.clone(), ..HandedOver::default() };
        for receipt in met.receipts().await? {
            done.receipts += usize::from(self.believe_brought(&receipt)?);
        }
        self.event(
            "hand_over",
            [
                ("to".to_owned(), met.carrier().device.to_string().into()),
                ("name".to_owned(), met.carrier().name.clone().into()),
            ]
            .into(),
        )?;
        self.store.write(|tx| {
            handed::forget_received(tx)?;
            handed::keep_only(tx, met.carrier().device, met.held())?;
            attachments::keep_only(tx, met.carrier().device, met.held())
        })?;
        let mut manifest = self.manifest()?;
        done.tubes = manifest.as_ref().map_or(0, |manifest| manifest.tubes.len());
        let streams = self.not_held(met)?;
        done.entries_left = streams.iter().map(|(stream, after)| stream.head.seq - after).sum();
        tell(&done);
        for (stream, mut after) in streams {
            let mut cutting = Cutting::new(USUAL);
            loop {
                let with = manifest.as_ref().map(|manifest| (manifest, met.carrier().sealing_key));
                let Some((last, bundle)) = self.pack_next(&stream, after, &mut cutting, with)? else { break };
                self.give(met, &stream, (after + 1, last), &bundle).await?;
                // It rode with the first one.
                manifest = None;
                (done.bundles, done.bytes) = (done.bundles + 1, done.bytes + bundle.len() as u64);
                done.entries_left -= last - after;
                after = last;
                tell(&done);
            }
        }
        self.offer_signed(met, &mut done.offered).await?;
        tell(&done);
        self.give_contents(met, &mut done, &mut tell).await?;
        tell(&done);
        self.advance_marker()?;
        Ok(done)
    }

    /// Hands over the hand-overs of tubes that this laptop's person has signed and that are not among `offered` yet; returns
    /// those.
    ///
    /// # Errors
    /// [`MeetError`].
    pub async fn offer_signed(
        &self,
        met: &impl Counterpart,
        offered: &mut Vec<RecordId>,
    ) -> Result<Vec<RecordId>, MeetError> {
        let mut new = Vec::new();
        for offer in self.offers()?.into_iter().filter(|offer| !offered.contains(&offer.transfer)) {
            met.offer(&Signed::sign(&offer, &self.identity.signing_key)).await?;
            new.push(offer.transfer);
        }
        offered.extend(&new);
        Ok(new)
    }

    /// Hands over what waits of contents, after the records, and nothing that this carrier has.
    async fn give_contents(
        &self,
        met: &impl Counterpart,
        done: &mut HandedOver,
        tell: &mut impl FnMut(&HandedOver),
    ) -> Result<(), MeetError> {
        for waiting in self.store.read(attachments::waiting)? {
            let mut there = self.held_of(met, waiting.content)?;
            while let Some(span) = lacking(waiting.size, &there, FILE_PART) {
                let bundle = self.pack_part(waiting.content, span)?;
                let id = BundleId::of(&bundle);
                let (word, carried) = met.hand_over(id, &bundle).await?;
                let handed = HandedPart {
                    bundle: id,
                    content: waiting.content,
                    span,
                    carrier: carried.carrier,
                    name: met.carrier().name.clone(),
                    at: carried.at,
                };
                let word = serde_json::to_string(&word).unwrap_or_default();
                self.store.write(|tx| attachments::note_handed(tx, &handed, &word))?;
                (done.bundles, done.bytes) = (done.bundles + 1, done.bytes + bundle.len() as u64);
                there.push(span);
                tell(done);
            }
            done.attachments += 1;
        }
        Ok(())
    }

    /// Returns what of a content this carrier has.
    fn held_of(&self, met: &impl Counterpart, content: ContentId) -> Result<Vec<Span>, StoreError> {
        let mut handed = self.store.read(|conn| attachments::handed(conn, content))?;
        handed.retain(|part| part.carrier == met.carrier().device && met.held().contains(&part.bundle));
        Ok(handed.into_iter().map(|part| part.span).collect())
    }

    /// Returns the hand-overs to a driver that this laptop's person has signed and nobody else has.
    fn offers(&self) -> Result<Vec<Offer>, StoreError> {
        let (study, author) = (self.identity.study, self.identity.device);
        self.store.read(|conn| {
            let mut offers = Vec::new();
            for (record, closing) in custody::transfers(conn)? {
                let to_driver = record.state.text("stage") == Some(TO_CARRIER);
                if !to_driver || !closing.giver || closing.taker {
                    continue;
                }
                let transfer = record.state.id;
                let signed = custody::signatures(conn, transfer)?;
                let now = closing.content.to_string();
                let giver =
                    |signed: &&RecordState| signed.text("side") == Some(GIVER) && signed.text("content") == Some(&now);
                let Some(giver) = signed.iter().find(giver) else { continue };
                let content = custody::content_text(conn, transfer)?.unwrap_or_default();
                let name = giver.text("name").unwrap_or_default().to_owned();
                let Some(given_at) = giver.instant("signed_at") else { continue };
                offers.push(Offer { study, author, transfer, content, giver: name, given_at });
            }
            Ok(offers)
        })
    }

    /// Takes down the driver's signature under a hand-over, as its laptop has saved it: the same record, so that both copies
    /// are one wherever they meet. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`SaveError`], such as that the hand-over says something else by now.
    pub fn take_signature(&self, signed: &Countersigned) -> Result<(), SaveError> {
        if self.store.read(|conn| records::state(conn, signed.record))?.is_some() {
            return Ok(());
        }
        let set = [
            ("transfer", signed.transfer.to_string()),
            ("side", TAKER.to_owned()),
            ("name", signed.name.clone()),
            ("signed_at", signed.signed_at.to_string()),
            ("content", signed.content.clone()),
        ];
        let change = Change {
            op: ChangeOp::Insert,
            model: "custody_signature".to_owned(),
            record: signed.record,
            set: set.into_iter().map(|(field, value)| (field.to_owned(), value.into())).collect(),
            // The driver's clock may be ahead of this one.
            reason: Some(COUNTERSIGNED.to_owned()),
            source: None,
        };
        self.save(SaveId(self.fresh_id()), &[change], None, Warnings::NeedReason)?;
        Ok(())
    }

    async fn give(
        &self,
        met: &impl Counterpart,
        stream: &Stream,
        span: (u64, u64),
        bundle: &[u8],
    ) -> Result<(), MeetError> {
        let id = BundleId::of(bundle);
        let (word, carried) = met.hand_over(id, bundle).await?;
        let handed = Handed {
            bundle: id,
            first: span.0,
            last: span.1,
            carrier: carried.carrier,
            name: met.carrier().name.clone(),
            at: carried.at,
        };
        let word = serde_json::to_string(&word).unwrap_or_default();
        self.store.write(|tx| handed::note(tx, stream, &handed, &word))?;
        Ok(())
    }

    fn believe_brought(&self, receipt: &[u8]) -> Result<bool, StoreError> {
        let who = (&self.identity, &self.remote);
        let brought = believe_one(receipt, &self.store, who, &self.packages(), self.clock().as_ref())?;
        recover::begin_due(&self.folder, &self.store)?;
        recover::say_closed_again(&self.store, &self.packages())?;
        if let Brought::NotOurs(why) = &brought {
            tracing::warn!(why, "a receipt that a carrier brought cannot be believed");
        }
        Ok(matches!(brought, Brought::Believed))
    }

    /// Takes a snapshot of the tubes that no hand-over has closed; `None` without a stream to write to.
    fn manifest(&self) -> Result<Option<Manifest>, StoreError> {
        let now = self.now();
        self.store.write(|tx| {
            let Some(stream) = tsela_store::streams::active(tx)? else { return Ok(None) };
            let key = carried::manifest_key(stream.code);
            let number = meta::get_as::<u64>(tx, &key)?.unwrap_or(0) + 1;
            meta::set(tx, &key, number)?;
            let tubes = manifest::open_tubes(tx)?;
            let manifest = Manifest::new(number, self.identity.device, stream.code, now, tubes);
            manifest.map(Some).map_err(|error| StoreError::Internal(error.to_string()))
        })
    }

    /// Returns the streams that go along, each with the last entry that need not: received, or held by this carrier.
    fn not_held(&self, met: &impl Counterpart) -> Result<Vec<(Stream, u64)>, StoreError> {
        let carrier = met.carrier().device;
        self.store.read(|conn| {
            let mut streams = Vec::new();
            for (stream, acked) in acks::own_streams(conn)? {
                let mut there = handed::beyond(conn, &stream, acked)?;
                there.retain(|handed| handed.carrier == carrier && met.held().contains(&handed.bundle));
                let after = handed::through(acked, &there);
                streams.push((stream, after));
            }
            Ok(streams)
        })
    }
}
