//! Hand-overs as pages show them.

use tsela_core::{
    custody::Closing,
    fold::RecordState,
    ids::RecordId,
    model::{UNSEEN, Values},
};
use tsela_store::{
    Connection, custody,
    records::{self, Record},
};

use super::super::{ClientHostState, Session, not_here};
use crate::{
    schema::{
        Answer,
        handover::{
            HandedTube, HandoverLine, HandoverRow, HandoverState, HandoverView, Handovers, SignatureView, TubeSeen,
        },
    },
    views,
};

impl ClientHostState {
    pub(in crate::client::host) fn handovers_here(&self) -> Answer<Handovers> {
        let session = self.session()?;
        let read = |conn: &Connection| {
            let found = custody::transfers(conn)?;
            found.iter().map(|(record, closing)| row(conn, record, closing)).collect::<Result<Vec<_>, _>>()
        };
        let rows = session.opened.store.read(read)?;
        let (closed, open) = rows.into_iter().partition(|row: &HandoverRow| row.state == HandoverState::Closed);
        Ok(Handovers { open, closed })
    }

    pub(in crate::client::host) fn hand_over(&self, transfer: RecordId) -> Answer<HandoverView> {
        let session = self.session()?;
        let read = |conn: &Connection| {
            let record = records::get(conn, transfer)?.filter(|record| !record.state.is_void());
            let Some((record, closing)) = record.zip(custody::closing(conn, transfer)?) else { return Ok(None) };
            let lines = custody::lines(conn, transfer)?;
            let lines = lines.iter().map(|line| self.line(&session, conn, line)).collect::<Result<Vec<_>, _>>()?;
            let signed = custody::signatures(conn, transfer)?;
            Ok(Some((row(conn, &record, &closing)?, record, closing, lines, signed)))
        };
        let found = session.opened.store.read(read)?;
        let (row, Record { state, .. }, closing, mut lines, signed) = found.ok_or_else(not_here)?;
        lines.sort_by_key(|line| (line.tube.clock.is_none(), seconds_left(&line.tube), line.tube.identifier.clone()));
        let text = |field: &str| state.text(field).unwrap_or_default().to_owned();
        Ok(HandoverView {
            row,
            seal: text("seal"),
            seal_intact: state.yes_no("seal_intact"),
            celsius: text("celsius"),
            comments: text("comments"),
            lines,
            signatures: signatures(&session, &closing, &signed),
        })
    }

    /// Returns a line as it is now, with the balance: what a scan needs to be answered, however many tubes there are.
    pub(super) fn line_now(&self, session: &Session, transfer: RecordId, line: RecordId) -> Answer<TubeSeen> {
        let read = |conn: &Connection| {
            let state = records::state(conn, line)?;
            let line = state.map(|state| self.line(session, conn, &state)).transpose()?;
            Ok(line.zip(custody::closing(conn, transfer)?))
        };
        let (line, closing) = session.opened.store.read(read)?.ok_or_else(not_here)?;
        Ok(TubeSeen { line, balance: closing.tally.into() })
    }

    fn line(&self, session: &Session, conn: &Connection, line: &RecordState) -> tsela_store::Result<HandoverLine> {
        let text = |field: &str| line.text(field).map(str::to_owned);
        Ok(HandoverLine {
            line: line.id,
            tube: self.tube_by_code(session, conn, line.text("tube").unwrap_or_default())?,
            outcome: text("outcome").unwrap_or_else(|| UNSEEN.to_owned()),
            seen_at: line.instant("seen_at"),
            identified_by: text("identified_by"),
            identified_reason: text("identified_reason"),
            discrepancy: text("discrepancy"),
            explanation: text("explanation"),
        })
    }
}

fn row(conn: &Connection, record: &Record, closing: &Closing) -> tsela_store::Result<HandoverRow> {
    let state = &record.state;
    let text = |field: &str| state.text(field).unwrap_or_default().to_owned();
    Ok(HandoverRow {
        transfer: views::reference(conn, state)?,
        stage: text("stage"),
        giver: text("giver"),
        taker: text("taker"),
        place: text("place"),
        handed_at: state.instant("handed_at"),
        state: match closing {
            closing if closing.is_closed() => HandoverState::Closed,
            Closing { giver, taker, is_stale, .. } if *giver || *taker || *is_stale => HandoverState::Signed,
            _ => HandoverState::Open,
        },
        stale: closing.is_stale,
        balance: closing.tally.into(),
    })
}

fn signatures(session: &Session, closing: &Closing, signed: &[RecordState]) -> Vec<SignatureView> {
    let (names, now) = (session.names(), closing.content.to_string());
    let view = |state: &RecordState| SignatureView {
        id: state.id,
        side: state.text("side").unwrap_or_default().to_owned(),
        name: state.text("name").unwrap_or_default().to_owned(),
        user: state.created.as_ref().map(|moment| names.user(moment.user)).unwrap_or_default(),
        signed_at: state.instant("signed_at"),
        holds: state.text("content") == Some(&now),
    };
    signed.iter().map(view).collect()
}

fn seconds_left(tube: &HandedTube) -> i64 {
    tube.clock.map_or(0, |clock| i64::from(clock.hours_to_lab) * 3600 - clock.age_seconds)
}
