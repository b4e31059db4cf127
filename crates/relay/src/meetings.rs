//! The meetings of a carrier: who said hello, who has proved itself, whom the driver has agreed with.
//!
//! Without I/O. A stranger in the same network can say hello as often as it likes: what is not proved is forgotten soon,
//! and the oldest such first when there are many, so that nobody is kept from meeting.

use tsela_core::{
    credential::Credential,
    ids::{DeviceId, StudyId},
    meeting::{MeetingError, Nonce, Progress, Proof, Side, Transcript, commitment},
    time::Timestamp,
};

/// Most meetings at a time.
const MOST: usize = 64;
/// How long a meeting may take to be proved, milliseconds.
const TO_PROVE: i64 = 60_000;
/// How long one lasts at most, milliseconds: a credential is looked at again after that.
const TO_LAST: i64 = 60 * 60_000;

/// Within how many milliseconds proofs are counted, and how many there may be of one device and of all: who could try
/// thousands of times would in the end meet somebody with the six digits that it needs.
const PROOFS_MS: i64 = 60_000;
const PROOFS_EACH: usize = 6;
const PROOFS_ALL: usize = 30;

/// Where a meeting stands, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The digits are to be compared.
    Compare,
    /// Bundles may come.
    Agreed,
    /// The driver declined.
    Declined,
    /// The author has finished.
    Finished,
}

/// A meeting as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Its name.
    pub id: String,
    /// The author.
    pub author: DeviceId,
    /// The author's name.
    pub name: String,
    /// The six digits.
    pub digits: String,
    /// Where it stands.
    pub stage: Stage,
    /// Bundles that came.
    pub bundles: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When the author said hello.
    pub began_at: Timestamp,
}

/// What is known of one.
#[derive(Clone, Debug)]
struct Known {
    shown: Meeting,
    author: Credential,
    commitment: [u8; 32],
    nonce: Nonce,
    token_hash: Option<[u8; 32]>,
}

/// All of them, the oldest first.
#[derive(Debug)]
pub(crate) struct Meetings {
    study: StudyId,
    carrier: DeviceId,
    tls_spki: [u8; 32],
    all: Vec<Known>,
    /// When whom proved itself or failed to.
    proofs: Vec<(Timestamp, DeviceId)>,
}

/// What the carrier signs, and the token that it gives.
pub(crate) struct Heard {
    pub author: Credential,
    pub author_nonce: Nonce,
    pub carrier_nonce: Nonce,
}

impl Meetings {
    pub fn new(study: StudyId, carrier: DeviceId, tls_spki: [u8; 32]) -> Self {
        Self { study, carrier, tls_spki, all: Vec::new(), proofs: Vec::new() }
    }

    /// Begins a meeting with an author whose credential was checked.
    pub fn begin(&mut self, id: String, author: Credential, commitment: [u8; 32], nonce: Nonce, now: Timestamp) {
        self.forget_old(now);
        if self.all.len() >= MOST {
            let unproved = self.all.iter().position(|known| known.token_hash.is_none());
            let over = self.all.iter().position(|known| known.shown.stage == Stage::Finished);
            self.all.remove(unproved.or(over).unwrap_or(0));
        }
        let shown = Meeting {
            id,
            author: author.device,
            name: author.name.clone(),
            digits: String::new(),
            stage: Stage::Compare,
            bundles: 0,
            bytes: 0,
            began_at: now,
        };
        self.all.push(Known { shown, author, commitment, nonce, token_hash: None });
    }

    /// Takes the author's proof. An earlier meeting of the same author is over: it has begun anew.
    ///
    /// # Errors
    /// What does not fit, `None` if there is no such meeting.
    pub fn prove(
        &mut self,
        id: &str,
        proof: &Proof,
        token_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Heard, Option<MeetingError>> {
        self.forget_old(now);
        self.proofs.retain(|(at, _)| now.millis_since(*at).abs() < PROOFS_MS);
        let (study, carrier, tls_spki) = (self.study, self.carrier, self.tls_spki);
        let open = self.all.iter_mut().find(|known| known.shown.id == id && known.token_hash.is_none());
        let known = open.ok_or(None)?;
        let of_author = self.proofs.iter().filter(|(_, author)| *author == known.author.device).count();
        if of_author >= PROOFS_EACH || self.proofs.len() >= PROOFS_ALL {
            return Err(Some(MeetingError::TooMany));
        }
        self.proofs.push((now, known.author.device));
        if commitment(&proof.nonce) != known.commitment {
            return Err(Some(MeetingError::Commitment));
        }
        let author = known.author.clone();
        let (author_nonce, carrier_nonce) = (proof.nonce, known.nonce);
        let transcript = Transcript {
            study,
            tls_spki: &tls_spki,
            author: author.device,
            carrier,
            author_nonce: &author_nonce,
            carrier_nonce: &carrier_nonce,
        };
        transcript.verify(Side::Author, &author.verify_key, &proof.signature).map_err(Some)?;
        known.shown.digits = transcript.digits();
        known.token_hash = Some(token_hash);
        self.all.retain(|known| {
            known.shown.id == id || known.shown.author != author.device || known.shown.stage != Stage::Compare
        });
        Ok(Heard { author, author_nonce, carrier_nonce })
    }

    /// Returns the author of a meeting whose token was shown, and how far the meeting has come.
    pub fn of_token(&mut self, token_hash: [u8; 32], now: Timestamp) -> Option<(Meeting, Credential)> {
        self.forget_old(now);
        let known = self.all.iter().find(|known| known.token_hash == Some(token_hash))?;
        Some((known.shown.clone(), known.author.clone()))
    }

    /// Takes what the driver says. Says whether there is such a meeting that waits for it.
    pub fn answer(&mut self, id: &str, agreed: bool) -> Option<Meeting> {
        let open = |known: &&mut Known| known.shown.id == id && known.shown.stage == Stage::Compare;
        let known = self.all.iter_mut().filter(|known| known.token_hash.is_some()).find(open)?;
        known.shown.stage = if agreed { Stage::Agreed } else { Stage::Declined };
        Some(known.shown.clone())
    }

    /// Counts a bundle that came.
    pub fn took(&mut self, id: &str, bytes: u64) {
        if let Some(known) = self.all.iter_mut().find(|known| known.shown.id == id) {
            known.shown.bundles += 1;
            known.shown.bytes += bytes;
        }
    }

    /// The author has finished, or has said that the digits differ.
    pub fn finish(&mut self, id: &str) {
        if let Some(known) = self.all.iter_mut().find(|known| known.shown.id == id) {
            let agreed = known.shown.stage == Stage::Agreed;
            known.shown.stage = if agreed { Stage::Finished } else { Stage::Declined };
            // Nothing more comes by its token.
            known.token_hash = Some([0; 32]);
        }
    }

    /// Returns those that were proved, the newest first.
    pub fn shown(&mut self, now: Timestamp) -> Vec<Meeting> {
        self.forget_old(now);
        let proved = self.all.iter().rev().filter(|known| known.token_hash.is_some());
        proved.map(|known| known.shown.clone()).collect()
    }

    fn forget_old(&mut self, now: Timestamp) {
        self.all.retain(|known| {
            let age = now.millis_since(known.shown.began_at).abs();
            age < if known.token_hash.is_some() { TO_LAST } else { TO_PROVE }
        });
    }
}

impl Meeting {
    /// Returns what the author is told of the driver's answer.
    pub(crate) fn progress(&self) -> Progress {
        match self.stage {
            Stage::Compare => Progress::Waiting,
            Stage::Agreed | Stage::Finished => Progress::Agreed,
            Stage::Declined => Progress::Declined,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
