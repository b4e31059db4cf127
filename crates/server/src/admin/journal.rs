//! The server's own stream: events and decisions of the people who use it.

use rusqlite::Connection;
use tsela_core::{
    entry::{Fields, Value},
    ids::{RecordId, SaveId, UserId},
};
use tsela_store::{
    StoreError, custody,
    journal::{self, Author, Change, ChangeOp, Event, SaveError, SaveRequest, Warnings},
    meta,
    server::{feed, lab},
    streams,
};
use uuid::Uuid;

use crate::{
    entropy,
    error::{Refusal, Result, ServerError},
    init::new_id,
    server::Server,
};

/// Last entry of the server's own streams of which the feed was told, in `meta`.
const FED: &str = "own_entries_fed";

/// On whose behalf something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The person's id; nil for who operates the machine, by the command line.
    pub user: UserId,
    /// The person's name.
    pub name: String,
    /// The person's role at the time.
    pub role: String,
}

impl By {
    /// Who operates the machine: whoever can read the key file can do anything.
    pub fn operator() -> Self {
        Self { user: UserId(Uuid::nil()), name: "operator".to_owned(), role: super::ADMINISTRATOR.to_owned() }
    }
}

impl Server {
    /// Writes an event into the server's own stream.
    pub(crate) fn event(&self, by: &By, kind: &str, fields: &[(&str, Value)]) -> Result<()> {
        self.write_event(by, event(kind, fields))
    }

    /// Writes an event about a record, in whose history it then stands.
    pub(crate) fn event_about(&self, by: &By, kind: &str, record: RecordId, fields: &[(&str, Value)]) -> Result<()> {
        self.write_event(by, Event { about: Some(record), ..event(kind, fields) })
    }

    fn write_event(&self, by: &By, event: Event<'_>) -> Result<()> {
        let version = u32::try_from(self.newest_package()?.version).unwrap_or(u32::MAX);
        Ok(journal::event(self.store(), self.now(), &self.author(by)?, version, &[event])?)
    }

    /// Writes an event in a transaction that is open, so that both commit or neither does. A package is published after
    /// it, if one is.
    pub(crate) fn event_in(&self, tx: &Connection, by: &By, kind: &str, fields: &[(&str, Value)]) -> Result<()> {
        let published = self.published(tx)?;
        let version = u32::try_from(published.version).unwrap_or(u32::MAX);
        let author = author(by, published.package.utc_offset_minutes);
        Ok(journal::event_in(tx, self.now(), &author, version, &event(kind, fields))?)
    }

    /// Settles a conflict: the decision is an entry of the server's own stream, and goes to the laptops concerned with
    /// their next receipts.
    ///
    /// # Errors
    /// A [`Refusal`] if there is no reason, no such record or no conflict, or the value breaks a rule.
    pub fn resolve(&self, record: RecordId, field: &str, value: Value, reason: &str, by: &By) -> Result<()> {
        if reason.trim().is_empty() {
            return Err(Refusal::new(422, "invalid", "A reason is missing.", "Say why this value is right.").into());
        }
        let state = self.read(|conn| Ok(tsela_store::records::state(conn, record)?))?;
        let state = state.ok_or_else(|| Refusal::not_found("There is no such record here."))?;
        if !state.is_in_conflict(field) {
            let detail = "Somebody has settled it, or a change has made it go away.";
            return Err(Refusal::new(409, "no_conflict", "This field is not in conflict any more.", detail).into());
        }
        let change = Change {
            op: ChangeOp::Resolve,
            model: state.model.clone(),
            record,
            set: [(field.to_owned(), value)].into(),
            reason: Some(reason.trim().to_owned()),
            source: None,
        };
        self.save(&[change], Warnings::Accept, by).map_err(refused)?;
        self.write(|tx| self.feed_own_entries(tx))
    }

    /// Saves what somebody decides here: entries of the server's own stream.
    ///
    /// # Errors
    /// [`SaveError`]; what the disk said about the study package.
    pub(crate) fn save(&self, changes: &[Change], warnings: Warnings, by: &By) -> Result<(), SaveError> {
        let internal = |error: ServerError| match error {
            ServerError::Store(error) => error,
            other => StoreError::Internal(other.to_string()),
        };
        let (published, author) = (self.newest_package().map_err(internal)?, self.author(by).map_err(internal)?);
        let now = self.now();
        let request = SaveRequest {
            save: SaveId(new_id(&mut entropy(), now)),
            at: now,
            author: &author,
            changes,
            draft: None,
            packages: &published.all,
            warnings,
        };
        journal::save(self.store(), &request)?;
        Ok(())
    }

    /// Tells the feed of entries of the server's own streams that it was not told of yet: after each decision, and at
    /// the start in case the power went between a decision and this.
    pub(crate) fn feed_own_entries(&self, tx: &Connection) -> Result<()> {
        let after: i64 = meta::get_as(tx, FED)?.unwrap_or(0);
        let (mut records, mut last) = (Vec::new(), after);
        for stream in streams::own(tx)? {
            let found = feed::records_of_stream(tx, stream.id, after)?;
            last = found.iter().map(|(entry, _)| *entry).fold(last, i64::max);
            records.extend(found.into_iter().map(|(_, record)| record));
        }
        let tubes = custody::reading(tx, |custody| {
            let told = records.iter().map(|record| lab::tubes_told_by(tx, custody, *record));
            Ok(told.collect::<Result<Vec<_>, _>>()?.concat())
        })?;
        records.extend(lab::said_of(tx, &tubes)?);
        feed::touched(tx, self.device(), records)?;
        Ok(meta::set(tx, FED, last)?)
    }

    fn author(&self, by: &By) -> Result<Author> {
        Ok(author(by, self.newest_package()?.package.utc_offset_minutes))
    }
}

fn event<'k>(kind: &'k str, fields: &[(&str, Value)]) -> Event<'k> {
    let fields: Fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Event::new(kind, fields)
}

fn author(by: &By, utc_offset_minutes: i32) -> Author {
    let sign = if utc_offset_minutes < 0 { '-' } else { '+' };
    let tz = format!("{sign}{:02}:{:02}", utc_offset_minutes.abs() / 60, utc_offset_minutes.abs() % 60);
    let app = concat!("tsela/", env!("CARGO_PKG_VERSION")).to_owned();
    Author { user: by.user, role: by.role.clone(), app, tz }
}

fn refused(error: SaveError) -> ServerError {
    match error {
        SaveError::Refused(problems) => {
            let words: Vec<String> = problems.into_iter().flatten().map(|problem| problem.message).collect();
            Refusal::new(422, "invalid", "The rules refuse this value.", words.join(" ")).into()
        }
        SaveError::Store(StoreError::Invalid(reason)) => Refusal::new(422, "invalid", "Not saved.", reason).into(),
        SaveError::Store(error) => error.into(),
    }
}
