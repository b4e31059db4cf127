//! What waits for a person: held entries, findings and conflicts. Forks are in `quarantine.rs`.

use std::collections::BTreeMap;

use rusqlite::Connection;
use tsela_core::{
    findings::Finding,
    ids::{DeviceId, Dot},
};
use tsela_rpc::schema::server::{HeldRow, ServerCounts};
use tsela_store::{
    history, ingest,
    records::{self, Record},
    server::{devices, overview},
};

use crate::{error::Result, server::Server};

/// A finding with its record.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingFound {
    /// The record.
    pub record: Record,
    /// The finding.
    pub finding: Finding,
}

/// A record in conflict, with who wrote what.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictFound {
    /// The record.
    pub record: Record,
    /// The people and devices behind the values, by dot.
    pub authors: BTreeMap<Dot, String>,
}

impl Server {
    /// Counts what waits.
    ///
    /// # Errors
    /// What the disk said.
    pub fn counts(&self) -> Result<ServerCounts> {
        let counts = self.read(|conn| Ok(overview::counts(conn)?))?;
        Ok(ServerCounts {
            devices: counts.devices,
            held: counts.held,
            findings: counts.findings,
            conflicts: counts.conflicts,
            forks: counts.forks,
        })
    }

    /// Lists held entries, those held longest first.
    ///
    /// # Errors
    /// What the disk said.
    pub fn held(&self) -> Result<Vec<HeldRow>> {
        let now = self.now();
        self.read(|conn| {
            let rows = overview::held(conn)?.into_iter();
            rows.map(|held| {
                Ok(HeldRow {
                    stream: held.stream,
                    seq: held.seq,
                    device: self.device_name(conn, held.device)?,
                    reason: format!("{} ({})", reason(&held.code), held.detail),
                    since: held.since,
                    age_seconds: now.millis_since(held.since).max(0) / 1000,
                })
            })
            .collect()
        })
    }

    /// Lists findings, errors first, with how many there are in all.
    ///
    /// # Errors
    /// What the disk said.
    pub fn findings(&self, offset: usize, limit: usize) -> Result<(usize, Vec<FindingFound>)> {
        self.read(|conn| {
            let (total, findings) = records::all_findings(conn, offset, limit.min(500))?;
            let mut rows = Vec::with_capacity(findings.len());
            for finding in findings {
                if let Some(record) = records::get(conn, finding.record)? {
                    rows.push(FindingFound { record, finding });
                }
            }
            Ok((total, rows))
        })
    }

    /// Lists records in conflict, the oldest first.
    ///
    /// # Errors
    /// What the disk said.
    pub fn conflicts(&self) -> Result<Vec<ConflictFound>> {
        self.read(|conn| {
            let records = records::in_conflict(conn)?.into_iter();
            records
                .map(|record| {
                    let authors = self.authors(conn, &record)?;
                    Ok(ConflictFound { record, authors })
                })
                .collect()
        })
    }

    /// Looks again at everything held: after an upgrade it may fold.
    ///
    /// # Errors
    /// What the disk said.
    pub fn fold_held(&self) -> Result<usize> {
        if self.counts()?.held == 0 {
            return Ok(0);
        }
        let now = self.now();
        let touched = self.write(|tx| {
            let published = self.published(tx)?;
            let touched = ingest::fold_held(tx, now, &published.all)?;
            tsela_store::server::feed::touched_by_nobody(tx, touched.iter().copied())?;
            Ok(touched.len())
        })?;
        tracing::info!(records = touched, "held entries looked at again");
        Ok(touched)
    }

    pub(crate) fn device_name(&self, conn: &Connection, id: DeviceId) -> Result<String> {
        if id == self.device() {
            return Ok(self.identity().name.clone());
        }
        Ok(devices::find(conn, id)?.map_or_else(|| id.to_string(), |device| device.name))
    }

    fn authors(&self, conn: &Connection, record: &Record) -> Result<BTreeMap<Dot, String>> {
        let wanted: Vec<Dot> =
            record.state.conflicts().into_iter().flat_map(|c| c.candidates).flat_map(|c| c.dots).collect();
        let mut authors = BTreeMap::new();
        for line in history::of(conn, record.state.id)?.into_iter().filter(|line| wanted.contains(&line.dot)) {
            let person = self.person_name(conn, line.entry.user)?;
            authors.insert(line.dot, format!("{person}, {}", self.device_name(conn, line.device)?));
        }
        Ok(authors)
    }

    pub(crate) fn person_name(&self, conn: &Connection, id: tsela_core::ids::UserId) -> Result<String> {
        if id.0.is_nil() {
            return Ok(super::By::operator().name);
        }
        let account = tsela_store::server::accounts::find(conn, id)?;
        Ok(account.map_or_else(|| id.to_string(), |account| account.name))
    }
}

fn reason(code: &str) -> &str {
    match code {
        "unreadable" => "The entry cannot be read by this version",
        "unknown_model" => "Unknown kind of record: upgrade this server",
        "newer_version" => "Written by a newer version: upgrade this server",
        "unknown_field" => "Unknown field: upgrade this server",
        "behind_held" => "Waits for an earlier entry of the same record",
        other => other,
    }
}
