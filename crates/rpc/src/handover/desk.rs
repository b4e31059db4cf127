//! The desk at which a hand-over is counted: an assistant's laptop, or the laboratory's on the server.

use std::sync::Arc;

use tsela_core::{
    fold::RecordState,
    identifiers::{self, IdentifierKind},
    ids::{RecordId, UserId},
    manifest::TubeState,
    time::Timestamp,
};
use tsela_store::{Connection, Packages, Store, custody::Reader, journal::Change, labels, records};

use super::of_tube;
use crate::{
    client::failure::sentence,
    schema::{Answer, Failure, client::TubeRow, handover::HandedTube, handover::TubeClock},
    views::{self, Names},
};

/// Where tubes are handed over, and by whom it is written down.
///
/// All that differs between the two desks is asked here: what is expected, and what is known of a code.
pub trait Desk {
    /// To whom tubes are handed over here: [`TO_CARRIER`](tsela_core::model::TO_CARRIER) or
    /// [`TO_LAB`](tsela_core::model::TO_LAB).
    fn stage(&self) -> &'static str;

    /// Returns the store.
    fn store(&self) -> &Store;

    /// Returns the desk's time.
    fn now(&self) -> Timestamp;

    /// Returns an id that no record has.
    fn fresh_id(&self) -> RecordId;

    /// Returns the names of people and devices.
    ///
    /// # Errors
    /// What the disk said.
    fn names(&self) -> Answer<Names>;

    /// Returns the study packages.
    ///
    /// # Errors
    /// What the disk said.
    fn packages(&self) -> Answer<Arc<Packages>>;

    /// Saves changes, all or nothing.
    ///
    /// # Errors
    /// What the rules or the disk said.
    fn keep(&self, changes: &[Change]) -> Answer<()>;

    /// Makes sure that the one who signs is at the keyboard, and returns the desk on behalf of that person.
    ///
    /// # Errors
    /// A wrong passphrase, which counts as one at sign-in does.
    fn signer(&self, account: Option<&str>, side: &str, passphrase: &str) -> Answer<Box<dyn Desk + '_>>;

    /// Returns who writes.
    fn user(&self) -> UserId;

    /// Returns the tubes that may join an open hand-over here, by the codes on their labels.
    ///
    /// # Errors
    /// What the disk said.
    fn may_join(&self, codes: &[String]) -> Answer<Vec<String>>;

    /// Says of a tube that no line names where it belongs, as far as this desk knows.
    ///
    /// # Errors
    /// Always: the refusal in words.
    fn not_expected(&self, code: &str) -> Failure;

    /// Returns what is known of a tube by the code on its label; of one that nobody here knows, the code.
    ///
    /// # Errors
    /// What the disk said.
    fn tube(&self, view: &View<'_>, code: &str) -> tsela_store::Result<HandedTube> {
        view.by_code(code)
    }
}

/// What a desk asks the store for, once for all tubes of a list.
pub struct View<'a> {
    /// The store.
    pub conn: &'a Connection,
    /// Where tubes are.
    pub custody: &'a Reader<'a>,
    /// Names of people and devices.
    pub names: &'a Names,
    /// The study packages.
    pub packages: &'a Packages,
    /// The desk's time.
    pub now: Timestamp,
}

impl View<'_> {
    /// Returns a specimen with its clock and where it is.
    ///
    /// # Errors
    /// What the disk said.
    pub fn tube(&self, record: &records::Record) -> tsela_store::Result<TubeRow> {
        let package = self.packages.newest()?.package();
        views::tube(self.conn, self.custody, record, self.names, package, self.now)
    }

    /// Returns what is known of a tube by the code on its label; of one that nobody here knows, the code.
    ///
    /// # Errors
    /// What the disk said.
    pub fn by_code(&self, code: &str) -> tsela_store::Result<HandedTube> {
        let record = labels::specimen(self.conn, code)?.map(|id| records::get(self.conn, id)).transpose()?.flatten();
        record.map_or_else(|| Ok(unknown(code)), |record| Ok(self.tube(&record)?.into()))
    }
}

/// Reads the store on behalf of a desk.
///
/// # Errors
/// What `work` and the disk said.
pub fn viewing<T>(desk: &dyn Desk, work: impl FnOnce(&View<'_>) -> tsela_store::Result<T>) -> Answer<T> {
    let (names, packages, now) = (desk.names()?, desk.packages()?, desk.now());
    let read = |conn: &Connection| {
        tsela_store::custody::reading(conn, |custody| {
            work(&View { conn, custody, names: &names, packages: &packages, now })
        })
    };
    Ok(desk.store().read(read)?)
}

/// Returns a record of a model that is here and not void.
///
/// # Errors
/// `not_found`.
pub fn state_of(desk: &dyn Desk, model: &str, id: RecordId) -> Answer<RecordState> {
    let found = desk.store().read(|conn| records::state(conn, id))?;
    found.filter(|state| state.model == model && !state.is_void()).ok_or_else(super::not_here)
}

/// Reads a code in the form in which it is printed.
///
/// # Errors
/// `unreadable_label`.
pub fn printed_code(scanned: &str) -> Answer<String> {
    let label = identifiers::parse(IdentifierKind::Specimen, scanned).map_err(|error| {
        let detail = sentence(&error.to_string());
        let title = "This is not the code of a tube";
        of_tube("unreadable_label", title, &detail, scanned.trim())
    })?;
    Ok(label.to_string())
}

impl From<TubeRow> for HandedTube {
    fn from(tube: TubeRow) -> Self {
        let TubeRow { age_seconds, hours_to_lab, urgency, .. } = tube;
        Self {
            identifier: tube.identifier,
            specimen: Some(tube.specimen.id),
            participant: tube.participant,
            panel: tube.panel,
            tube_type: tube.tube_type,
            clock: Some(TubeClock { age_seconds, hours_to_lab, urgency }),
            bag: tube.bag,
            source: None,
        }
    }
}

/// A tube of which only the code is known, or not even that.
pub fn unknown(code: &str) -> HandedTube {
    HandedTube {
        identifier: code.to_owned(),
        specimen: None,
        participant: String::new(),
        panel: String::new(),
        tube_type: String::new(),
        clock: None,
        bag: None,
        source: None,
    }
}

/// Says whether a tube is on its way to a driver: drawn, with a checked label.
pub fn is_ready(state: TubeState) -> bool {
    matches!(state, TubeState::Collected | TubeState::Packed)
}
