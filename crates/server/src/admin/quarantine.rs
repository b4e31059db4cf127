//! What a person may do with quarantined entries.
//!
//! What a revoked device sent later continues its stream: a person may admit it, and then it is stored and folded like
//! any other entry. What contradicts a stored entry can never stand in the same stream; a laptop that went on says it
//! again in a new one. So a fork is not admitted but *closed*: somebody has compared the versions and says why nothing
//! more is to be done. Both stay and can be read.

use rusqlite::Connection;
use tsela_core::ids::{DeviceId, StreamCode};
use tsela_rpc::schema::server::{ClosedForkView, ForkRow};
use tsela_store::{
    server::{
        feed, overview,
        quarantine::{self, ClosedFork, KeptEntry},
    },
    streams::{self, Stream},
};

use super::By;
use crate::{
    error::{Refusal, Result},
    server::Server,
};

const FORK: &str = "Two versions exist from this entry on: the laptop was copied, or put back to an older state and used. Both \
                    are kept, the first is applied. The laptop goes on under a new code by itself and says there again \
                    what it had written; find out whether a second one is in use, and compare the two versions with its \
                    people. Then close the fork.";
const REVOKED: &str = "Entries came after the device was revoked. They are kept and not applied. If they are true data, admit \
                       them: they are stored and applied like any others.";

/// What was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// Number of the first admitted entry.
    pub from: u64,
    /// Number of the last one.
    pub through: u64,
}

impl Server {
    /// Lists quarantined streams: open forks first, then entries that came after a revocation, then closed forks.
    ///
    /// # Errors
    /// What the disk said.
    pub fn forks(&self) -> Result<Vec<ForkRow>> {
        self.read(|conn| {
            let mut rows = Vec::new();
            for row in overview::forks(conn)? {
                rows.push(self.fork_row(conn, row, "fork", FORK)?);
            }
            for row in overview::after_revocation(conn)? {
                rows.push(self.fork_row(conn, row, "revoked", REVOKED)?);
            }
            rows.sort_by_key(|row| row.closed.is_some());
            Ok(rows)
        })
    }

    fn fork_row(&self, conn: &Connection, row: overview::Quarantined, kind: &str, advice: &str) -> Result<ForkRow> {
        let stream = streams::find(conn, row.stream)?.ok_or_else(nothing_kept)?;
        let closed = if kind == "fork" { quarantine::closed_fork(conn, stream.id)? } else { None };
        Ok(ForkRow {
            stream: row.stream,
            device: self.device_name(conn, row.device)?,
            kind: kind.to_owned(),
            seq: row.seq,
            entries: row.entries,
            noticed_at: row.noticed_at,
            admissible: if kind == "revoked" { quarantine::ends(conn, &stream)? } else { Vec::new() },
            closed: closed.map(|closed| ClosedForkView { at: closed.at, by: closed.by, reason: closed.reason }),
            advice: advice.to_owned(),
        })
    }

    /// Admits what came after a revocation, up to an entry that the device signed, or as far as it leads.
    ///
    /// # Errors
    /// A [`Refusal`] if there is no reason, nothing of the kind, the stream is forked, or `through` is not where the
    /// device signed.
    pub fn admit(&self, code: StreamCode, through: Option<u64>, reason: &str, by: &By) -> Result<Admitted> {
        let reason = needed(reason)?;
        let now = self.now();
        let (device, admitted) = self.write(|tx| {
            let (device, admitted) = self.admit_runs(tx, code, through)?;
            let fields = [
                ("stream", code.to_string().into()),
                ("device", device.to_string().into()),
                ("from", number(admitted.from)),
                ("through", number(admitted.through)),
                ("reason", reason.into()),
            ];
            self.event_in(tx, by, "entries_admitted", &fields)?;
            self.publish(tx, now, "quarantined entries admitted")?;
            Ok((device, admitted))
        })?;
        tracing::warn!(stream = %code, %device, from = admitted.from, through = admitted.through, "entries admitted");
        Ok(admitted)
    }

    fn admit_runs(&self, tx: &Connection, code: StreamCode, through: Option<u64>) -> Result<(DeviceId, Admitted)> {
        let mut stream = kept(tx, code)?;
        if stream.forked_at.is_some() {
            let detail = "Two entries of one number cannot both stand in one stream. The laptop says again under a new code \
                          what it had written. Compare the versions, then close the fork.";
            return Err(Refusal::new(422, "invalid", "A fork cannot be admitted.", detail).into());
        }
        let (device, from, now) = (stream.device, stream.head.seq + 1, self.now());
        let runs = quarantine::admissible(tx, &stream)?;
        let ends: Vec<u64> = runs.iter().map(|run| run.head.seq).collect();
        let through = through.or(ends.last().copied()).filter(|wanted| ends.contains(wanted));
        let through = through.ok_or_else(|| not_there(&ends))?;
        let published = self.published(tx)?;
        for run in runs.iter().filter(|run| run.head.seq <= through) {
            let done = quarantine::admit(tx, &stream, run, now, &published.all)?;
            feed::touched(tx, device, done.touched.iter().copied())?;
            stream = streams::find(tx, code)?.ok_or_else(nothing_kept)?;
        }
        Ok((device, Admitted { from, through }))
    }

    /// Notes that somebody has looked into a fork, and why nothing more is to be done. Both versions stay.
    ///
    /// # Errors
    /// A [`Refusal`] if there is no reason or no such fork.
    pub fn close_fork(&self, code: StreamCode, reason: &str, by: &By) -> Result<()> {
        let reason = needed(reason)?;
        let at = self.now();
        self.write(|tx| {
            let stream = kept(tx, code)?;
            if stream.forked_at.is_none() {
                let detail = "It holds entries that came after a revocation: admit them, or leave them where they are.";
                return Err(Refusal::new(422, "invalid", "This stream is not forked.", detail).into());
            }
            let closed = ClosedFork { at, by: by.name.clone(), reason: reason.clone() };
            quarantine::close_fork(tx, &stream, &closed)?;
            let fields = [("stream", code.to_string().into()), ("reason", reason.into())];
            self.event_in(tx, by, "fork_closed", &fields)
        })
    }

    /// Lists what is kept of a stream, with what is stored under the same numbers.
    ///
    /// # Errors
    /// A [`Refusal`] if nothing of it is kept; otherwise what the disk said.
    pub fn kept_entries(&self, code: StreamCode) -> Result<Vec<KeptEntry>> {
        self.read(|conn| Ok(quarantine::kept(conn, &kept(conn, code)?)?))
    }
}

fn kept(conn: &Connection, code: StreamCode) -> Result<Stream> {
    Ok(quarantine::find(conn, code)?.ok_or_else(nothing_kept)?)
}

fn nothing_kept() -> Refusal {
    Refusal::not_found("Nothing of this stream is in quarantine.")
}

fn not_there(ends: &[u64]) -> Refusal {
    let title = "These entries cannot be admitted.";
    let ends: Vec<String> = ends.iter().map(u64::to_string).collect();
    let detail = if ends.is_empty() {
        "What is kept does not continue what is stored, as entries between are missing or others were accepted: let the \
         laptop push once more."
            .to_owned()
    } else {
        format!("Entries are admitted up to one that the laptop has signed: {}.", ends.join(", "))
    };
    Refusal::new(422, "invalid", title, detail)
}

fn needed(reason: &str) -> Result<String, Refusal> {
    let reason: String = reason.trim().chars().filter(|c| !c.is_control()).take(500).collect();
    if reason.is_empty() {
        let detail = "Say why; it stands in the audit trail.";
        return Err(Refusal::new(422, "invalid", "A reason is missing.", detail));
    }
    Ok(reason)
}

fn number(n: u64) -> tsela_core::entry::Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}
