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

use super::{Desk, View, not_here, viewing};
use crate::{
    schema::{
        Answer,
        handover::{
            HandedTube, HandoverLine, HandoverRow, HandoverState, HandoverView, Handovers, SignatureView, TubeSeen,
        },
    },
    views,
};

/// Returns the hand-overs of this desk.
///
/// # Errors
/// What the disk said.
pub fn all(desk: &dyn Desk) -> Answer<Handovers> {
    let read = |conn: &Connection| {
        let mut found = custody::transfers(conn)?;
        found.retain(|(record, _)| record.state.text("stage") == Some(desk.stage()));
        found.iter().map(|(record, closing)| row(conn, record, closing)).collect::<Result<Vec<_>, _>>()
    };
    let rows = desk.store().read(read)?;
    let (closed, open) = rows.into_iter().partition(|row: &HandoverRow| row.state == HandoverState::Closed);
    Ok(Handovers { open, closed })
}

/// Returns everything about a hand-over.
///
/// # Errors
/// `not_found`; what the disk said.
pub fn one(desk: &dyn Desk, transfer: RecordId) -> Answer<HandoverView> {
    let read = |view: &View<'_>| {
        let record = records::get(view.conn, transfer)?.filter(|record| !record.state.is_void());
        let Some((record, closing)) = record.zip(view.custody.closing(transfer)) else { return Ok(None) };
        if record.state.text("stage") != Some(desk.stage()) {
            return Ok(None);
        }
        let lines = view.custody.lines(transfer);
        let lines = lines.iter().map(|line| self::line(desk, view, line)).collect::<Result<Vec<_>, _>>()?;
        let signed = custody::signatures(view.conn, transfer)?;
        let signatures = signatures(view, &closing, &signed);
        Ok(Some((row(view.conn, &record, &closing)?, record, lines, signatures)))
    };
    let found = viewing(desk, read)?;
    let (row, Record { state, .. }, mut lines, signatures) = found.ok_or_else(not_here)?;
    lines.sort_by_key(|line| (line.tube.clock.is_none(), seconds_left(&line.tube), line.tube.identifier.clone()));
    let text = |field: &str| state.text(field).unwrap_or_default().to_owned();
    Ok(HandoverView {
        row,
        seal: text("seal"),
        seal_intact: state.yes_no("seal_intact"),
        celsius: text("celsius"),
        comments: text("comments"),
        lines,
        signatures,
    })
}

/// Returns a line as it is now, with the balance: what a scan needs to be answered, however many tubes there are.
///
/// # Errors
/// `not_found`; what the disk said.
pub fn line_now(desk: &dyn Desk, transfer: RecordId, line: RecordId) -> Answer<TubeSeen> {
    let read = |view: &View<'_>| {
        let state = records::state(view.conn, line)?;
        let line = state.map(|state| self::line(desk, view, &state)).transpose()?;
        Ok(line.zip(view.custody.closing(transfer)))
    };
    let (line, closing) = viewing(desk, read)?.ok_or_else(not_here)?;
    Ok(TubeSeen { line, balance: closing.tally.into() })
}

fn line(desk: &dyn Desk, view: &View<'_>, line: &RecordState) -> tsela_store::Result<HandoverLine> {
    let tube = desk.tube(view, line.text("tube").unwrap_or_default())?;
    Ok(shown_line(line.id, line, tube))
}

/// Returns a line with its tube, of a hand-over or of a count.
pub fn shown_line(id: RecordId, line: &dyn Values, tube: HandedTube) -> HandoverLine {
    let text = |field: &str| line.text(field).map(str::to_owned);
    HandoverLine {
        line: id,
        tube,
        outcome: text("outcome").unwrap_or_else(|| UNSEEN.to_owned()),
        seen_at: line.instant("seen_at"),
        identified_by: text("identified_by"),
        identified_reason: text("identified_reason"),
        discrepancy: text("discrepancy"),
        explanation: text("explanation"),
        recollect: line.yes_no("recollect") == Some(true),
    }
}

/// Returns a hand-over as a list shows it.
pub(super) fn row(conn: &Connection, record: &Record, closing: &Closing) -> tsela_store::Result<HandoverRow> {
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

fn signatures(view: &View<'_>, closing: &Closing, signed: &[RecordState]) -> Vec<SignatureView> {
    let (names, now) = (view.names, closing.content.to_string());
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

/// Returns how long a tube may still take to the laboratory, seconds; 0 if nothing is known of it.
pub fn seconds_left(tube: &HandedTube) -> i64 {
    tube.clock.map_or(0, |clock| i64::from(clock.hours_to_lab) * 3600 - clock.age_seconds)
}
