//! What a driver has counted on the driver's own laptop, on the giver's: shown beside a hand-over, and taken over with one
//! action. What was said here already is never overwritten.

use std::collections::BTreeSet;

use tsela_core::{
    custody::{Compared, Count, CountLine, MOST_AT_ONCE, SignedTubes, compare},
    fold::RecordState,
    ids::RecordId,
    model::{MATCHED, TAKER, UNEXPECTED, Values as _},
};
use tsela_store::{
    Connection,
    counts::{self, Came},
    custody,
    journal::{Change, ChangeOp},
    records,
};

use super::{ClientHostState, not_here};
use crate::{
    handover::{self, Desk as _},
    schema::{
        Answer,
        carrier::{CountDiffers, CountedView, TakeCountArgs},
        handover::{HandoverView, LateTubesArgs},
    },
};

/// The reason of changes that a count has made; pages say it in words.
const COUNTED: &str = "counted_by_driver";

impl ClientHostState {
    /// Returns what drivers have counted of this laptop's tubes and not signed for yet, beside a hand-over if one is named.
    pub(super) fn counted_of(&self, transfer: Option<RecordId>) -> Answer<Vec<CountedView>> {
        let desk = self.desk()?;
        let (came, lines) = desk.store().read(|conn| {
            let signed = signed(conn)?;
            let mut came = counts::came(conn)?;
            came.retain(|came| !came.count.has_served(&signed));
            Ok((came, transfer.map(|transfer| lines_of(conn, transfer)).transpose()?.unwrap_or_default()))
        })?;
        let mut views = Vec::new();
        for Came { name, count } in came {
            let compared = compare(&count, &lines);
            let may_join = desk.may_join(&codes_of(&compared.new))?;
            let (taken, elsewhere) = split(&compared.new, &may_join);
            let joins = |line: &CountLine| line.text("tube").is_some_and(|code| may_join.iter().any(|may| may == code));
            let besides: Vec<&CountLine> = taken.into_iter().filter(|line| !joins(line)).collect();
            let put = self.to_put(transfer, &besides)?.len() + may_join.len();
            views.push(CountedView {
                count: count.id,
                carrier: name,
                by: count.by.clone(),
                begun_at: count.begun_at,
                changed_at: count.changed_at,
                manifest: count.manifest,
                manifest_at: count.manifest_at,
                balance: count.tally().into(),
                to_take: compared.says.len() + put,
                differs: compared.differs.into_iter().map(CountDiffers::from).collect(),
                elsewhere: codes_of(&elsewhere),
                not_counted: compared.not_counted,
            });
        }
        Ok(views)
    }

    /// Takes over what a driver has counted: lines that nobody has looked at, and tubes that are there besides. Doing it again
    /// takes what came since.
    pub(super) fn take_count_over(&self, args: &TakeCountArgs) -> Answer<HandoverView> {
        let desk = self.desk()?;
        let find = |conn: &Connection| {
            let mut came = counts::came(conn)?;
            came.retain(|came| came.count.id == args.count);
            Ok((came.pop(), lines_of(conn, args.transfer)?))
        };
        let (came, lines) = desk.store().read(find)?;
        let Came { name, count } = came.ok_or_else(not_here)?;
        let compared = compare(&count, &lines);
        let may_join = desk.may_join(&codes_of(&compared.new))?;
        for part in may_join.chunks(MOST_AT_ONCE) {
            handover::let_join(&desk, &LateTubesArgs { transfer: args.transfer, tubes: part.to_vec() })?;
        }
        let lines = desk.store().read(|conn| lines_of(conn, args.transfer))?;
        let source = format!("{name}: {}", count.by);
        let changes = self.taking(args.transfer, &count, &compare(&count, &lines), &source)?;
        for part in changes.chunks(MOST_AT_ONCE / 2) {
            desk.keep(part)?;
        }
        handover::one(&desk, args.transfer)
    }

    /// Returns the changes by which a hand-over says what was counted.
    fn taking(&self, transfer: RecordId, count: &Count, compared: &Compared<'_>, source: &str) -> Answer<Vec<Change>> {
        let change = |op, record, set| Change {
            source: Some(source.to_owned()),
            ..handover::change(op, "custody_line", record, set, Some(COUNTED))
        };
        let mut changes = Vec::new();
        for (line, counted) in &compared.says {
            let mut set = counted.said.clone();
            set.remove("tube");
            // It was late there and is expected here.
            if counted.text("outcome") == Some(UNEXPECTED) {
                set.insert("outcome".to_owned(), MATCHED.into());
                set.remove("explanation");
            }
            changes.push(change(ChangeOp::Update, *line, set));
        }
        for (id, counted) in self.to_put(Some(transfer), &split(&compared.new, &[]).0)? {
            let mut set = counted.said.clone();
            set.insert("transfer".to_owned(), transfer.to_string().into());
            changes.push(change(ChangeOp::Insert, id, set));
        }
        tracing::debug!(count = %count.id, lines = changes.len(), "what a driver has counted is taken over");
        Ok(changes)
    }

    /// Returns which unexpected tubes are put into a hand-over, and as which records. Whoever took one out here meant it. One that
    /// stands in an earlier hand-over, such as one that was given up, gets a record of its own here if its code tells that it is
    /// the same the next time.
    fn to_put<'a>(&self, transfer: Option<RecordId>, new: &[&'a CountLine]) -> Answer<Vec<(RecordId, &'a CountLine)>> {
        let desk = self.desk()?;
        let here = transfer.map(|transfer| transfer.to_string());
        let mut put = Vec::new();
        for counted in new.iter().filter(|line| line.text("outcome") == Some(UNEXPECTED)) {
            match desk.store().read(|conn| records::state(conn, counted.id))? {
                None => put.push((counted.id, *counted)),
                Some(state) if counted.has("tube") && state.text("transfer") != here.as_deref() => {
                    put.push((RecordId(self.session()?.opened.fresh_id()), *counted));
                }
                Some(_) => {}
            }
        }
        Ok(put)
    }
}

/// Returns which tubes that a hand-over does not name go into it, and which belong elsewhere: those that the list named, and
/// that do not wait here.
fn split<'a>(new: &[&'a CountLine], may_join: &[String]) -> (Vec<&'a CountLine>, Vec<&'a CountLine>) {
    let joins = |line: &CountLine| line.text("tube").is_some_and(|code| may_join.iter().any(|joins| joins == code));
    new.iter().partition(|line| line.text("outcome") == Some(UNEXPECTED) || joins(line))
}

fn codes_of(lines: &[&CountLine]) -> Vec<String> {
    lines.iter().filter_map(|line| line.text("tube").map(str::to_owned)).collect()
}

fn lines_of(conn: &Connection, transfer: RecordId) -> tsela_store::Result<Vec<(RecordId, RecordState)>> {
    Ok(custody::lines(conn, transfer)?.into_iter().map(|line| (line.id, line)).collect())
}

/// Returns the hand-overs that a driver has signed.
fn signed(conn: &Connection) -> tsela_store::Result<Vec<SignedTubes>> {
    let mut signed = Vec::new();
    for (record, _) in custody::transfers(conn)?.iter().filter(|(_, closing)| closing.taker) {
        let is_taker = |state: &&RecordState| state.text("side") == Some(TAKER);
        let signatures = custody::signatures(conn, record.state.id)?;
        let at = signatures.iter().filter(is_taker).filter_map(|state| state.instant("signed_at")).max();
        let lines = custody::lines(conn, record.state.id)?;
        let tubes: BTreeSet<String> = lines.iter().filter_map(|line| line.text("tube").map(str::to_owned)).collect();
        signed.extend(at.map(|at| SignedTubes { at, tubes }));
    }
    Ok(signed)
}
