//! How many tubes came how far, from requisition to acceptance.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use tsela_core::{
    custody::is_at_lab, fold::RecordState, ids::RecordId, manifest::TubeState, model::Values as _,
    package::StudyPackage, time::Timestamp,
};
use tsela_rpc::{
    handover::{Desk as _, View, viewing},
    schema::{
        Answer, Failure,
        lab::{Report, ReportArgs, ReportBy, ReportFile, ReportRow},
    },
};
use tsela_store::{records, server::lab};

use super::{LabDesk, text};

/// Most days of a report.
const MOST_DAYS: i64 = 92;
/// Most requisitions, and most specimens, that a report reads.
const MOST: usize = 100_000;
const DAY_MS: i64 = 86_400_000;

/// What a tube is counted under: the key of its row, and how that is shown.
type Group = (String, String);

impl LabDesk<'_> {
    /// Counts the tubes that were requisitioned on some days.
    ///
    /// # Errors
    /// `bad_dates`, `too_long_a_time`; what the disk said.
    pub fn report(&self, args: &ReportArgs) -> Answer<Report> {
        let (from, to) = days(args)?;
        let offset = self.server.newest_package().map_err(super::refused)?.package.utc_offset_minutes;
        let midnight = from.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        // A day more: what was entered before it was drawn, by a laptop in another zone.
        let since = Timestamp(midnight - DAY_MS);
        let rows = viewing(self, |view| {
            let requisitions = lab::made_since(view.conn, "requisition", since, MOST)?;
            let specimens = lab::made_since(view.conn, "specimen", since, MOST)?;
            if requisitions.len() == MOST || specimens.len() == MOST {
                return Ok(None);
            }
            let mut tubes: BTreeMap<RecordId, Vec<RecordState>> = BTreeMap::new();
            for specimen in specimens {
                tubes.entry(specimen.reference("requisition").unwrap_or(specimen.id)).or_default().push(specimen);
            }
            let mut count = Count { view, by: args.by, offset, rows: BTreeMap::new(), households: BTreeMap::new() };
            for requisition in requisitions {
                let day = requisition.instant("requisition_datetime").map(|at| at.date(offset));
                if day.is_some_and(|day| (from..=to).contains(&day)) {
                    count.requisition(&requisition, tubes.get(&requisition.id).map_or(&[], Vec::as_slice))?;
                }
            }
            Ok(Some(count.rows))
        })?;
        let rows = rows.ok_or_else(too_long)?.into_values().collect::<Vec<_>>();
        let mut total = ReportRow::default();
        rows.iter().for_each(|row| add(&mut total, row));
        Ok(Report { rows, total, at: self.now() })
    }

    /// Writes a report as comma-separated values.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub fn report_csv(&self, args: &ReportArgs) -> Answer<ReportFile> {
        let report = self.report(args)?;
        let text = csv_text(args.by, &report).map_err(|error| Failure::new("internal", "Not written", error, ""))?;
        let by = name_of(args.by);
        Ok(ReportFile { name: format!("tubes-by-{by}-{}-{}.csv", args.from, args.to), text })
    }
}

struct Count<'a> {
    view: &'a View<'a>,
    by: ReportBy,
    offset: i32,
    rows: BTreeMap<String, ReportRow>,
    /// Communities, by participant.
    households: BTreeMap<RecordId, String>,
}

impl Count<'_> {
    fn requisition(&mut self, requisition: &RecordState, tubes: &[RecordState]) -> tsela_store::Result<()> {
        let package = self.view.packages.newest()?.package();
        let panel = package.panel(&text(requisition, "panel"));
        let usual = panel.map_or(1, |panel| u64::from(panel.item_count));
        let asked = requisition.integer("item_count").and_then(|count| u64::try_from(count).ok()).unwrap_or(usual);
        let group = self.group(requisition, package)?;
        for tube in tubes {
            let group = match &group {
                Some(group) => group.clone(),
                None => self.driver(tube)?,
            };
            let mut row = counted(self.view, tube)?;
            row.requisitioned = 1;
            add(self.row(group), &row);
        }
        // Asked for and not there as a specimen: not drawn, or its data are not here yet.
        let left = asked.saturating_sub(tubes.len() as u64);
        if left > 0 {
            self.row(group.unwrap_or_default()).requisitioned += left;
        }
        Ok(())
    }

    fn row(&mut self, (key, label): Group) -> &mut ReportRow {
        self.rows.entry(key.clone()).or_insert_with(|| ReportRow { key, label, ..ReportRow::default() })
    }

    /// Returns what all tubes of a requisition are counted under; `None` for drivers, who differ from tube to tube.
    fn group(&mut self, requisition: &RecordState, package: &StudyPackage) -> tsela_store::Result<Option<Group>> {
        Ok(match self.by {
            ReportBy::Driver => None,
            ReportBy::Day => {
                let day = requisition.instant("requisition_datetime").map(|at| at.date(self.offset).to_string());
                let day = day.unwrap_or_default();
                Some((day.clone(), day))
            }
            ReportBy::Panel => {
                let code = text(requisition, "panel");
                let label = package.panel(&code).map_or_else(|| code.clone(), |panel| panel.abbreviation.clone());
                Some((code, label))
            }
            ReportBy::Assistant => {
                let user = requisition.created.as_ref().map(|moment| moment.user);
                let key = user.map(|user| user.to_string()).unwrap_or_default();
                Some((key, user.map(|user| self.view.names.user(user)).unwrap_or_default()))
            }
            ReportBy::Community => {
                let name = self.community(requisition)?;
                Some((name.clone(), name))
            }
        })
    }

    fn driver(&self, tube: &RecordState) -> tsela_store::Result<Group> {
        let transfer = lab::dispatch_of(self.view.conn, &text(tube, "specimen_identifier"))?;
        let name = transfer.map(|transfer| text(&transfer, "taker")).unwrap_or_default();
        Ok((name.clone(), name))
    }

    fn community(&mut self, requisition: &RecordState) -> tsela_store::Result<String> {
        let Some(participant) = requisition.reference("participant") else { return Ok(String::new()) };
        if let Some(known) = self.households.get(&participant) {
            return Ok(known.clone());
        }
        let conn = self.view.conn;
        let household = records::state(conn, participant)?.and_then(|person| person.reference("household"));
        let household = household.map(|id| records::state(conn, id)).transpose()?.flatten();
        let community = household.map(|household| text(&household, "community")).unwrap_or_default();
        self.households.insert(participant, community.clone());
        Ok(community)
    }
}

/// Counts how far one tube came.
fn counted(view: &View<'_>, tube: &RecordState) -> tsela_store::Result<ReportRow> {
    let said = tube.text("specimen_identifier").and_then(|code| view.custody.of_tube(code));
    let state = tsela_core::custody::standing(tube, said.as_ref()).state;
    let (taken, at_lab) = (said.as_ref().is_some_and(|said| said.taken > 0), is_at_lab(state));
    let one = |is: bool| u64::from(is);
    Ok(ReportRow {
        collected: one(state != TubeState::Planned),
        packed: one(tube.has("bag") || said.is_some()),
        with_driver: one(taken || at_lab),
        received: one(at_lab),
        accepted: one(state == TubeState::Accepted),
        rejected: one(matches!(state, TubeState::Rejected | TubeState::RecollectionRequested)),
        missing: one(state == TubeState::Missing),
        ..ReportRow::default()
    })
}

fn add(sum: &mut ReportRow, row: &ReportRow) {
    sum.requisitioned += row.requisitioned;
    sum.collected += row.collected;
    sum.packed += row.packed;
    sum.with_driver += row.with_driver;
    sum.received += row.received;
    sum.accepted += row.accepted;
    sum.rejected += row.rejected;
    sum.missing += row.missing;
}

fn days(args: &ReportArgs) -> Answer<(NaiveDate, NaiveDate)> {
    let (from, to) = (args.from.parse::<NaiveDate>(), args.to.parse::<NaiveDate>());
    let (Ok(from), Ok(to)) = (from, to) else { return Err(bad_dates()) };
    match (to - from).num_days() {
        ..0 => Err(bad_dates()),
        days if days >= MOST_DAYS => Err(too_long()),
        _ => Ok((from, to)),
    }
}

fn bad_dates() -> Failure {
    let detail = "The first day must not be after the last one.";
    Failure::new("bad_dates", "These days cannot be counted", detail, "")
}

fn too_long() -> Failure {
    let detail = format!("A report counts at most {MOST_DAYS} days and {MOST} requisitions. Choose fewer days.");
    let mut failure = Failure::new("too_long_a_time", "This is too long a time for one report", detail, "");
    failure.params.insert("most".to_owned(), MOST_DAYS.to_string());
    failure
}

fn name_of(by: ReportBy) -> &'static str {
    match by {
        ReportBy::Day => "day",
        ReportBy::Community => "community",
        ReportBy::Assistant => "assistant",
        ReportBy::Driver => "driver",
        ReportBy::Panel => "panel",
    }
}

fn csv_text(by: ReportBy, report: &Report) -> Result<String, String> {
    let names = ["requisitioned", "collected", "packed", "with_driver", "received", "accepted", "rejected", "missing"];
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut write = || {
        writer.write_record([name_of(by)].iter().chain(&names))?;
        for row in report.rows.iter() {
            let counts = [
                row.requisitioned,
                row.collected,
                row.packed,
                row.with_driver,
                row.received,
                row.accepted,
                row.rejected,
                row.missing,
            ];
            writer.write_record([harmless(&row.label)].into_iter().chain(counts.map(|count| count.to_string())))?;
        }
        Ok::<_, csv::Error>(())
    };
    write().map_err(|error| error.to_string())?;
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// Returns a text that a spreadsheet does not take for a formula.
fn harmless(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_a_formula_or_breaks_its_cell() {
        let row = |label: &str| ReportRow { label: label.to_owned(), received: 2, ..ReportRow::default() };
        let rows = vec![row("=cmd()"), row("O'Brien, \"Z\""), row("@x"), row("Otse")];
        let report = Report { rows, total: ReportRow::default(), at: Timestamp(0) };
        let text = csv_text(ReportBy::Driver, &report).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(
            lines,
            [
                "driver,requisitioned,collected,packed,with_driver,received,accepted,rejected,missing",
                "'=cmd(),0,0,0,0,2,0,0,0",
                "\"O'Brien, \"\"Z\"\"\",0,0,0,0,2,0,0,0",
                "'@x,0,0,0,0,2,0,0,0",
                "Otse,0,0,0,0,2,0,0,0",
                "",
            ]
        );
    }

    #[test]
    fn days_are_some_days_in_their_order() {
        let asked = |from: &str, to: &str| {
            let args = ReportArgs { from: from.to_owned(), to: to.to_owned(), by: ReportBy::Day };
            days(&args).map_err(|failure| failure.code)
        };
        assert!(asked("2026-03-02", "2026-03-02").is_ok() && asked("2026-03-01", "2026-05-31").is_ok());
        assert_eq!(asked("2026-03-01", "2026-06-01"), Err("too_long_a_time".to_owned()));
        for (from, to) in [("2026-03-02", "2026-03-01"), ("", "2026-03-01"), ("2026-02-30", "2026-03-01")] {
            assert_eq!(asked(from, to), Err("bad_dates".to_owned()), "{from} {to}");
        }
    }
}
