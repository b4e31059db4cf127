//! Lists: records, searches, tubes, what is pending.

use std::collections::{BTreeMap, BTreeSet};

use tsela_core::{ids::RecordId, time::Timestamp};
use tsela_store::{
    Connection, custody, labels,
    records::{self, Filter},
    search, tube_outcomes,
};

use super::{ClientHostState, Session, not_here};
use crate::{
    schema::{
        Answer,
        client::{Home, ListArgs, SearchArgs, TubePage, TubeRow, TubesArgs},
        common::{HistoryLine, RecordDetail, RecordPage, RecordRow, RecordStatus},
        sync::PendingArgs,
    },
    views,
};

/// Most rows of one page.
const MOST: usize = 500;
/// Tubes older than this are history, not today's work: 72 hours.
const RECENT_MS: i64 = 72 * 3_600_000;

impl ClientHostState {
    pub(super) fn list_records(&self, args: &ListArgs) -> Answer<RecordPage> {
        let session = self.session()?;
        let filter = Filter {
            model: Some(args.model.as_str()).filter(|model| !model.is_empty()),
            parent: args.parent,
            text: &args.text,
            with_void: args.with_void,
            offset: args.offset,
            limit: args.limit.min(MOST),
        };
        let names = session.names();
        Ok(session.opened.store.read(|conn| views::page(conn, &filter, &names))?)
    }

    pub(super) fn search_records(&self, args: &SearchArgs) -> Answer<Vec<RecordRow>> {
        let session = self.session()?;
        let names = session.names();
        let models: Vec<&str> = args.models.iter().map(String::as_str).collect();
        let find = |conn: &Connection| {
            let mut rows = Vec::new();
            for id in search::search(conn, &args.text, &models, args.limit.min(100))? {
                if let Some(record) = records::get(conn, id)? {
                    rows.push(views::row(conn, &record, &names)?);
                }
            }
            Ok(rows)
        };
        Ok(session.opened.store.read(find)?)
    }

    pub(super) fn record_detail(&self, id: RecordId) -> Answer<RecordDetail> {
        let session = self.session()?;
        let names = session.names();
        session.opened.store.read(|conn| views::detail(conn, id, &names))?.ok_or_else(not_here)
    }

    pub(super) fn record_history(&self, id: RecordId) -> Answer<Vec<HistoryLine>> {
        let session = self.session()?;
        let names = session.names();
        Ok(session.opened.store.read(|conn| views::history(conn, id, &names))?)
    }

    pub(super) fn todays_work(&self) -> Answer<Home> {
        let session = self.session()?;
        let now = self.now();
        let today = self.made_today(&session, now)?;
        let mut tubes = self.tubes_by_urgency(&session, "", now)?;
        tubes.retain(|tube| tube.age_seconds * 1000 <= RECENT_MS);
        Ok(Home { today, tubes, drafts: self.list_drafts()? })
    }

    fn made_today(&self, session: &Session, now: Timestamp) -> Answer<BTreeMap<String, usize>> {
        let offset = session.opened.packages().newest()?.package().utc_offset_minutes;
        let midnight = now.date(offset).and_hms_opt(0, 0, 0).map(|at| at.and_utc().timestamp_millis());
        let since = Timestamp(midnight.unwrap_or(now.0)).plus_millis(-i64::from(offset) * 60_000);
        Ok(session.opened.store.read(|conn| records::made_since(conn, since))?)
    }

    pub(super) fn tube_page(&self, args: &TubesArgs) -> Answer<TubePage> {
        let session = self.session()?;
        let rows = self.tubes_by_urgency(&session, &args.text, self.now())?;
        let total = rows.len();
        Ok(TubePage { total, rows: rows.into_iter().skip(args.offset).take(args.limit.min(MOST)).collect() })
    }

    /// Returns the newest tubes, those with the least time left first.
    pub(super) fn tubes_by_urgency(&self, session: &Session, text: &str, now: Timestamp) -> Answer<Vec<TubeRow>> {
        let names = session.names();
        let packages = session.opened.packages();
        let package = packages.newest()?.package();
        let filter = Filter { model: Some("specimen"), text, limit: MOST, ..Filter::default() };
        let read = |conn: &Connection| {
            let (_, found) = records::list(conn, &filter)?;
            custody::reading(conn, |custody| {
                let row = |record| views::tube(conn, custody, record, &names, package, now);
                found.iter().map(row).collect::<Result<Vec<_>, _>>()
            })
        };
        let mut tubes: Vec<TubeRow> = session.opened.store.read(read)?;
        tubes.sort_by_key(views::seconds_left);
        Ok(tubes)
    }

    /// Returns the tubes of which the laboratory says something that nobody has looked at, the newest word first.
    pub(super) fn news_of_tubes(&self) -> Answer<Vec<TubeRow>> {
        let session = self.session()?;
        let (names, packages, now) = (session.names(), session.opened.packages(), self.now());
        let package = packages.newest()?.package();
        let read = |conn: &Connection| {
            custody::reading(conn, |custody| {
                let mut rows = Vec::new();
                for told in tube_outcomes::news(conn)? {
                    let specimen = labels::specimen(conn, &told.tube)?.map(|id| records::get(conn, id)).transpose()?;
                    if let Some(record) = specimen.flatten() {
                        rows.push(views::tube(conn, custody, &record, &names, package, now)?);
                    }
                }
                Ok(rows)
            })
        };
        Ok(session.opened.store.read(read)?)
    }

    pub(super) fn pending_records(&self, args: &PendingArgs) -> Answer<RecordPage> {
        let session = self.session()?;
        let (names, now) = (session.names(), self.now());
        let read = |conn: &Connection| {
            let mut ids = records::unsent(conn)?;
            let unsent: BTreeSet<RecordId> = ids.iter().copied().collect();
            ids.extend(records::attention(conn)?.into_iter().filter(|id| !unsent.contains(id)));
            let mut rows = Vec::new();
            for id in ids {
                let Some(record) = records::get(conn, id)? else { continue };
                let row = views::row(conn, &record, &names)?;
                if is_wanted(args, &row, now) {
                    rows.push(row);
                }
            }
            Ok(rows)
        };
        let rows = session.opened.store.read(read)?;
        let total = rows.len();
        Ok(RecordPage { total, rows: rows.into_iter().skip(args.offset).take(args.limit.min(MOST)).collect() })
    }
}

fn is_wanted(args: &PendingArgs, row: &RecordRow, now: Timestamp) -> bool {
    let statuses: &[RecordStatus] = &args.status;
    let text = args.text.trim().to_lowercase();
    let holds = |value: &str| value.to_lowercase().contains(&text);
    (statuses.is_empty() || statuses.contains(&row.status))
        && (args.models.is_empty() || args.models.contains(&row.model))
        && args.older_than_seconds.is_none_or(|age| now.millis_since(row.modified_at) >= age.saturating_mul(1000))
        && (text.is_empty() || holds(&row.key) || holds(&row.label))
}
