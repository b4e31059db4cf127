//! The sealed outbox: what is unsent when a person signs out, as bundles that need no key to be carried or sent.
//!
//! It is made anew at each sign-out and counts for nothing: what is received is still known from receipts alone, and a
//! server that gets a bundle twice stores it once.

use tsela_core::bundle::{
    self, BundleId, BundleKind, PackRequest, SectionName, SectionRequest,
    journal::{self, Cutting, Run, USUAL},
};
use tsela_store::{StoreError, acks, files, outgoing};

use super::laptop::Opened;

impl Opened {
    /// Packs what is unsent into the outbox, and removes what was in it. Returns how many bundles it holds.
    ///
    /// # Errors
    /// Returns what the store or the disk said; the store still holds everything.
    pub fn pack_outbox(&self) -> Result<usize, StoreError> {
        let dir = self.folder.outbox();
        let io = |what, error| StoreError::io(what, &dir, error);
        if dir.exists() {
            std::fs::remove_dir_all(&dir).map_err(|error| io("cannot empty", error))?;
        }
        if !self.store.read(outgoing::is_anything_unsent)? {
            return Ok(0);
        }
        files::create_dir_private(&dir)?;
        let mut bundles = 0;
        for (stream, acked) in self.store.read(acks::own_streams)? {
            let (mut after, mut cutting) = (acked, Cutting::new(USUAL));
            while after < stream.head.seq {
                let (study, key) = (self.identity.study, &self.identity.signing_key);
                let next = |conn: &tsela_store::Connection| {
                    outgoing::next_run(conn, study, key, &stream, after, cutting.entry_bytes())
                };
                let Some(run) = self.store.read(next)? else { break };
                after = run.last_seq();
                let entry_bytes = run.entries.iter().map(Vec::len).sum();
                let sealed = self.seal(run)?;
                cutting.learn(entry_bytes, sealed.len());
                files::write_private(&dir.join(format!("{}.tsela", BundleId::of(&sealed))), &sealed)?;
                bundles += 1;
            }
        }
        Ok(bundles)
    }

    fn seal(&self, run: Run) -> Result<Vec<u8>, StoreError> {
        let plaintext = journal::encode(&[run]);
        let request = PackRequest {
            kind: BundleKind::Journal,
            study: self.identity.study,
            packer: self.identity.device,
            signing_key: &self.identity.signing_key,
            sections: vec![SectionRequest {
                name: SectionName::Payload,
                plaintext: &plaintext,
                recipients: self.remote.keys.journal_recipients().to_vec(),
            }],
        };
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        bundle::pack(request, &mut rng).map_err(|error| StoreError::Internal(error.to_string()))
    }
}
