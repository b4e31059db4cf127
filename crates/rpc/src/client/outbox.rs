//! The sealed outbox: what is unsent when a person signs out, as bundles that need no key to be carried or sent.
//!
//! It is made anew at each sign-out and counts for nothing: what is received is still known from receipts alone, and a
//! server that gets a bundle twice stores it once.

use tsela_core::{
    bundle::{
        self, BundleKind, PackRequest, SectionName, SectionRequest,
        journal::{self, ALWAYS_FITS, Cutting, Run, USUAL},
    },
    manifest::Manifest,
    seal::SealingPublic,
    upload_token::upload_token,
};
use tsela_store::{
    StoreError, acks, attachments,
    outbox::{FolderWay, Index, Outbox, Packed},
    outgoing,
    streams::{self, Stream},
};
use tsela_sync::road::sftp::SftpAddress;

use super::laptop::Opened;

impl Opened {
    /// Packs what is unsent into the outbox, and removes what was in it. Returns how many bundles it holds.
    ///
    /// # Errors
    /// Returns what the store or the disk said; the store still holds everything.
    pub fn pack_outbox(&self) -> Result<usize, StoreError> {
        let outbox = Outbox::of(&self.folder);
        outbox.clear()?;
        let anything = |conn: &_| Ok(outgoing::is_anything_unsent(conn)? || attachments::is_anything_unsent(conn)?);
        if !self.store.read(anything)? {
            return Ok(0);
        }
        let mut index = self.empty_index()?;
        self.pack_unsent(|stream, last, sealed| {
            index.bundles.push(Packed { id: outbox.add(&sealed)?, stream: stream.code, last, content: None });
            Ok::<_, StoreError>(())
        })?;
        if let Some(stream) = self.store.read(streams::active)? {
            self.pack_contents(
                |_| Ok(Vec::new()),
                |waiting, _, sealed| {
                    let (id, content) = (outbox.add(&sealed)?, Some(waiting.content));
                    index.bundles.push(Packed { id, stream: stream.code, last: 0, content });
                    Ok::<_, StoreError>(())
                },
            )?;
        }
        outbox.write(&index)?;
        Ok(index.bundles.len())
    }

    /// Packs all that no receipt covers, from the first such entry on, in the order in which it is to be sent. `take` gets
    /// each bundle with its stream and the last entry that it holds.
    pub(super) fn pack_unsent<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(&Stream, u64, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        for (stream, acked) in self.store.read(acks::own_streams)? {
            self.pack_stream(&stream, acked, &mut take)?;
        }
        Ok(())
    }

    /// Believes the receipts for what was sent from the outbox while nobody was signed in.
    ///
    /// # Errors
    /// Returns what the store or the disk said.
    pub fn believe_outbox(&self) -> Result<(), StoreError> {
        let who = (&self.identity, &self.remote);
        tsela_sync::outbox::believe(&self.folder, &self.store, who, &self.packages(), self.clock().as_ref())?;
        tsela_store::recover::begin_due(&self.folder, &self.store)?;
        tsela_store::recover::say_closed_again(&self.store, &self.packages())?;
        Ok(())
    }

    fn empty_index(&self) -> Result<Index, StoreError> {
        let (identity, remote) = (&self.identity, &self.remote);
        let mut index = Index::new(identity.study, identity.device, remote.keys.server, remote.keys.verify_key);
        index.server_name.clone_from(&remote.name);
        index.url.clone_from(&remote.url);
        index.spki = remote.spki.0;
        index.token = upload_token(&self.token()?);
        // As it is now: a person may have switched it since this session began.
        let row = self.store.read(tsela_store::remote::get)?;
        (index.auto, index.interval_seconds) =
            row.map_or((remote.auto, remote.interval_seconds), |row| (row.auto, row.interval_seconds));
        let folders = self.ways()?.into_iter().filter(|way| !SftpAddress::is_meant(&way.place));
        index.folders = folders.map(|way| FolderWay { name: way.name, place: way.place.into() }).collect();
        index.records = self.store.read(outgoing::unsent)?.records;
        Ok(index)
    }

    fn pack_stream<E: From<StoreError>>(
        &self,
        stream: &Stream,
        acked: u64,
        take: &mut impl FnMut(&Stream, u64, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut after, mut cutting) = (acked, Cutting::new(USUAL));
        while let Some((last, sealed)) = self.pack_next(stream, after, &mut cutting, None)? {
            after = last;
            take(stream, after, sealed)?;
        }
        Ok(())
    }

    /// Packs the entries of a stream after one, with a manifest for a carrier if there is one; `None` at the stream's end.
    pub(super) fn pack_next(
        &self,
        stream: &Stream,
        after: u64,
        cutting: &mut Cutting,
        manifest: Option<(&Manifest, SealingPublic)>,
    ) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let (study, key) = (self.identity.study, &self.identity.signing_key);
        let bytes = cutting.entry_bytes().min(ALWAYS_FITS);
        let next = |conn: &tsela_store::Connection| outgoing::next_run(conn, study, key, stream, after, bytes);
        let Some(run) = self.store.read(next)? else { return Ok(None) };
        let (last, entry_bytes) = (run.last_seq(), run.entries.iter().map(Vec::len).sum());
        let sealed = self.seal(run, manifest)?;
        cutting.learn(entry_bytes, sealed.len());
        Ok(Some((last, sealed)))
    }

    fn seal(&self, run: Run, manifest: Option<(&Manifest, SealingPublic)>) -> Result<Vec<u8>, StoreError> {
        let plaintext = journal::encode(&[run]);
        let servers = self.remote.keys.journal_recipients();
        let for_carrier = manifest.map(|(manifest, carrier)| (manifest.to_bytes(), carrier));
        let manifest = for_carrier.as_ref().map(|(bytes, carrier)| SectionRequest {
            name: SectionName::Manifest,
            plaintext: bytes,
            recipients: [&[*carrier], servers.as_slice()].concat(),
        });
        let journal =
            SectionRequest { name: SectionName::Payload, plaintext: &plaintext, recipients: servers.to_vec() };
        let request = PackRequest {
            kind: BundleKind::Journal,
            study: self.identity.study,
            packer: self.identity.device,
            signing_key: &self.identity.signing_key,
            sections: manifest.into_iter().chain([journal]).collect(),
        };
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        bundle::pack(request, &mut rng).map_err(|error| StoreError::Internal(error.to_string()))
    }
}
