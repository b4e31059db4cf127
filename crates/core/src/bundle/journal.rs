//! Section P of a journal bundle: runs of entries, each signed by its author.
//!
//! A run is a gapless piece of one stream that ends at a head which the author signed. A server keeps and forwards
//! runs as they are, so that any server further up can check authorship without the bundle they first came in.

mod columns;
mod cut;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use cut::{ALWAYS_FITS, BAD_LINK, Cutting, MAX_ENTRY_BYTES, USUAL};

use crate::{
    bytes::{Reader, put_varint},
    chain::{ChainHash, Head},
    ids::{DeviceId, StreamCode, StudyId},
    seal::{BadSignature, Context, Signature, SigningKey, VerifyKey},
};

/// Most runs of one bundle.
pub const MAX_RUNS: usize = 1024;
/// Most entries of one bundle.
pub const MAX_ENTRIES: usize = 100_000;
/// Most bytes of all entries of one bundle.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

const LAYOUT: u8 = 1;
const CUT: JournalError = JournalError::Malformed("it ends too early");

/// Gapless entries of one stream, with the author's signature over where they end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The stream.
    pub stream: StreamCode,
    /// The device whose stream it is.
    pub device: DeviceId,
    /// Number of the first entry, from 1.
    pub first_seq: u64,
    /// The entries' bytes, verbatim. May be empty: then only the head is told.
    pub entries: Vec<Vec<u8>>,
    /// The signed head: a run ends where its author signed, so its number is that of the last entry.
    pub head: SignedHead,
}

/// A stream's head with its author's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHead {
    /// Last entry and hash.
    pub head: Head,
    /// The author's signature over study, stream, number and hash.
    pub signature: Signature,
}

/// Why a journal section cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Written by a newer version.
    #[error("the journal is laid out in a way ({0}) that this version of Tsela does not know: update Tsela")]
    UnknownLayout(u8),
    /// More than a bundle may hold.
    #[error("the journal declares more {0} than a bundle may hold")]
    TooLarge(&'static str),
    /// Bytes end too early or contradict each other.
    #[error("the journal is malformed: {0}")]
    Malformed(&'static str),
}

impl SignedHead {
    /// Signs a head.
    pub fn sign(study: StudyId, stream: StreamCode, head: Head, key: &SigningKey) -> Self {
        Self { head, signature: key.sign(Context::StreamHead, &head_bytes(study, stream, head)) }
    }

    /// Checks that the author signed this head of this stream.
    pub fn verify(&self, study: StudyId, stream: StreamCode, author: &VerifyKey) -> Result<(), BadSignature> {
        author.verify(Context::StreamHead, &head_bytes(study, stream, self.head), &self.signature)
    }
}

impl Run {
    /// Returns the number of the last entry; one less than `first_seq` if there are none.
    pub fn last_seq(&self) -> u64 {
        self.first_seq.saturating_add(self.entries.len() as u64).saturating_sub(1)
    }
}

/// What an author signs: study (16), stream code (3), number (8, little-endian), hash (32).
fn head_bytes(study: StudyId, stream: StreamCode, head: Head) -> Vec<u8> {
    let seq = head.seq.to_le_bytes();
    [study.0.as_bytes().as_slice(), stream.as_str().as_bytes(), &seq, &head.hash.0].concat()
}

/// Writes the content of section P: layout (1 byte, 1), number of runs, and for each run stream code (3), device (16),
/// first number, number of entries, hash at the last (32), signature (64); then all entries in order as
/// columns. Numbers are LEB128.
pub fn encode(runs: &[Run]) -> Vec<u8> {
    let mut out = vec![LAYOUT];
    put_varint(&mut out, runs.len() as u64);
    for run in runs {
        out.extend_from_slice(run.stream.as_str().as_bytes());
        out.extend_from_slice(run.device.0.as_bytes());
        for number in [run.first_seq, run.entries.len() as u64] {
            put_varint(&mut out, number);
        }
        out.extend_from_slice(&run.head.head.hash.0);
        out.extend_from_slice(&run.head.signature.0);
    }
    out.extend(columns::encode(runs.iter().flat_map(|run| run.entries.iter().map(Vec::as_slice))));
    out
}

/// Reads the content of section P, bounding everything it declares.
pub fn decode(bytes: &[u8]) -> Result<Vec<Run>, JournalError> {
    let mut reader = Reader::new(bytes);
    let layout = reader.u8().ok_or(CUT)?;
    if layout != LAYOUT {
        return Err(JournalError::UnknownLayout(layout));
    }
    let count = bounded(reader.varint().ok_or(CUT)?, MAX_RUNS, "runs")?;
    let (mut runs, mut total) = (Vec::new(), 0);
    for _ in 0..count {
        let (run, entries) = head_of_run(&mut reader)?;
        total = bounded(entries.saturating_add(total as u64), MAX_ENTRIES, "entries")?;
        runs.push((run, entries as usize));
    }
    let mut entries = columns::decode(reader.rest(), total, MAX_BYTES)?.into_iter();
    for (run, count) in &mut runs {
        run.entries.extend(entries.by_ref().take(*count));
    }
    Ok(runs.into_iter().map(|(run, _)| run).collect())
}

fn bounded(number: u64, limit: usize, what: &'static str) -> Result<usize, JournalError> {
    usize::try_from(number).ok().filter(|n| *n <= limit).ok_or(JournalError::TooLarge(what))
}

/// Reads a run without its entries, and their number.
fn head_of_run(reader: &mut Reader<'_>) -> Result<(Run, u64), JournalError> {
    let stream = std::str::from_utf8(reader.take(3).ok_or(CUT)?).ok().and_then(|code| code.parse().ok());
    let stream = stream.ok_or(JournalError::Malformed("a stream code"))?;
    let device = DeviceId(Uuid::from_bytes(reader.array().ok_or(CUT)?));
    let first_seq = reader.varint().ok_or(CUT)?;
    let entries = reader.varint().ok_or(CUT)?;
    let seq = first_seq.checked_sub(1).and_then(|before| before.checked_add(entries));
    let seq = seq.ok_or(JournalError::Malformed("the numbers of a run"))?;
    let head = Head { seq, hash: ChainHash(reader.array().ok_or(CUT)?) };
    let head = SignedHead { head, signature: Signature(reader.array().ok_or(CUT)?) };
    Ok((Run { stream, device, first_seq, entries: Vec::new(), head }, entries))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
