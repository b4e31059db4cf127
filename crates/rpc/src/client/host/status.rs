//! The sync panel: what the engine does, and what the store says is unsent and received.

use tsela_store::{Connection, attachments, outgoing, push_history, records, tube_outcomes};
use tsela_sync::engine::{EngineHandle, EnginePhase};

use super::{ClientHostState, Session};
use crate::schema::{
    Answer,
    sync::{
        Comparison, ComparisonRow, LastReceipt, Progress, PushRecord, SyncNotice, SyncPhase, SyncProblem, SyncStatus,
    },
};

impl ClientHostState {
    /// Puts together the panel.
    pub(super) fn sync(&self, session: &Session) -> Answer<SyncStatus> {
        let engine = session.engine(EngineHandle::status)?;
        let read = |conn: &Connection| {
            let (unsent, files) = (outgoing::unsent(conn)?, attachments::unsent(conn)?);
            Ok((unsent, files, records::counts(conn)?, tube_outcomes::news(conn)?.len()))
        };
        let (unsent, files, counts, tube_news) = session.opened.store.read(read)?;
        let now = self.now();
        Ok(SyncStatus {
            phase: phase(engine.phase),
            remote: engine.remote,
            unsent_records: unsent.records,
            with_driver: unsent.with_driver,
            tube_news,
            unsent_by_model: unsent.by_model,
            unsent_files: files.contents,
            unsent_file_bytes: files.bytes,
            files_with_driver: files.with_driver,
            oldest_unsent_seconds: unsent.oldest_at.map(|at| (now.millis_since(at) / 1000).max(0)),
            attention: counts.attention,
            received: counts.written.saturating_sub(unsent.records),
            progress: engine.progress.map(|progress| Progress {
                entries_done: progress.entries_done,
                entries_total: progress.entries_total,
                bytes_sent: progress.bytes_sent,
                bytes_total: progress.bytes_total,
                seconds_left: progress.seconds_left,
            }),
            last_receipt: engine.last_receipt.map(|receipt| LastReceipt {
                at: receipt.at,
                from: receipt.from,
                number: receipt.number,
            }),
            next_try_at: engine.next_try_at,
            problem: engine.problem.map(SyncProblem::from),
            notices: engine.notices.into_iter().map(notice).collect(),
            auto: engine.auto,
            auto_interval_minutes: engine.auto_interval_seconds.div_ceil(60),
            clock_drift_seconds: engine.clock_drift_seconds,
            last_contact_at: engine.last_contact_at,
        })
    }

    pub(super) fn steer(&self, work: impl FnOnce(&EngineHandle)) -> Answer<SyncStatus> {
        let session = self.session()?;
        session.engine(work)?;
        self.sync(&session)
    }

    pub(super) fn pushes(&self) -> Answer<Vec<PushRecord>> {
        let session = self.session()?;
        let rows = session.opened.store.read(|conn| push_history::list(conn, 100))?;
        let problem = |text: String| {
            let problem: tsela_sync::problem::Problem = serde_json::from_str(&text).ok()?;
            Some(SyncProblem::from(problem))
        };
        let record = |row: push_history::PushRow| PushRecord {
            started_at: row.started_at,
            ended_at: row.ended_at,
            outcome: row.outcome.as_str().to_owned(),
            by: row.by,
            entries: row.entries,
            bytes: row.bytes,
            problem: row.problem.and_then(problem),
        };
        Ok(rows.into_iter().map(record).collect())
    }

    pub(super) fn compare_with_server(&self) -> Answer<Comparison> {
        let session = self.session()?;
        let guard = session.engine.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let engine = guard.as_ref().ok_or_else(super::not_here)?;
        let found = self.runtime.block_on(engine.compare())?;
        let row = |row: tsela_sync::engine::ComparisonRow| ComparisonRow {
            model: row.model,
            here_count: row.here_count,
            here_hash: row.here_hash,
            there_count: row.there_count,
            there_hash: row.there_hash,
        };
        Ok(Comparison {
            equal: found.equal,
            at: found.at,
            streams: found.streams,
            rows: found.rows.into_iter().map(row).collect(),
        })
    }
}

fn notice(notice: tsela_sync::problem::Notice) -> SyncNotice {
    SyncNotice { code: notice.code, message: notice.message, params: notice.params.into_iter().collect() }
}

fn phase(phase: EnginePhase) -> SyncPhase {
    match phase {
        EnginePhase::Idle => SyncPhase::Idle,
        EnginePhase::Offline => SyncPhase::Offline,
        EnginePhase::Connecting => SyncPhase::Connecting,
        EnginePhase::Sending => SyncPhase::Sending,
        EnginePhase::Receiving => SyncPhase::Receiving,
        EnginePhase::Paused => SyncPhase::Paused,
        EnginePhase::Problem => SyncPhase::Problem,
    }
}
