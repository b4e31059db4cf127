//! Labels: what stands on a tube's, how often it was printed, and rolls that are printed before anything is drawn.

use rusqlite::Connection;
use tsela_core::{
    identifiers,
    ids::{RecordId, StreamCode},
    label::LabelContent,
    package::CompiledPackage,
    time::Timestamp,
    world::World as _,
};

use crate::{
    changes::Changes,
    error::{Result, StoreError},
    files::Folder,
    history,
    journal::{Author, Event, event_in},
    marker, meta,
    open::Store,
    streams,
    world::{Known, StoredWorld},
};

/// The kind of the event that a label was printed; `copies` says how many, `to` where.
pub const PRINT: &str = "print";
/// The kind of the event that labels of a roll were printed.
pub const PRINT_ROLL: &str = "print_roll";

/// Where labels are printed, in `meta`.
const PRINTER: &str = "printer";
/// With which template, in `meta`.
const TEMPLATE: &str = "label_template";

/// Most labels of one roll.
pub const MAX_ROLL: u32 = 500;

/// Where this laptop prints labels, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrinterSettings {
    /// The printer's address; empty if none was chosen.
    pub address: String,
    /// The template's code; empty for the study's first one.
    pub template: String,
}

/// A roll of labels that were printed before anything is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roll {
    /// Its code, which no stream has.
    pub code: StreamCode,
    /// Labels printed.
    pub printed: u64,
    /// Labels that are on a tube.
    pub used: u64,
}

/// Returns what stands on a specimen's label.
///
/// # Errors
/// [`StoreError::Invalid`] in the words of [`tsela_core::label::LabelError`]; otherwise what the disk said.
pub fn content(conn: &Connection, package: &CompiledPackage, specimen: RecordId) -> Result<LabelContent> {
    let (changes, known) = (Changes::default(), Known::new());
    let world = StoredWorld::over(conn, &changes, &known);
    let content = LabelContent::of(specimen, package, &world);
    world.finish()?;
    content.map_err(|error| StoreError::Invalid(error.to_string()))
}

/// Returns how many labels of a specimen were printed, here and elsewhere as far as this store knows.
///
/// # Errors
/// Returns what the disk said.
pub fn prints(conn: &Connection, specimen: RecordId) -> Result<u64> {
    let told = history::told(conn, specimen)?;
    let copies = told.iter().filter(|entry| entry.set.get("kind").is_some_and(|kind| kind == PRINT));
    Ok(copies.filter_map(|entry| entry.set.get("copies")?.as_u64()).sum())
}

/// Returns where this laptop prints.
///
/// # Errors
/// Returns what the disk said.
pub fn settings(conn: &Connection) -> Result<PrinterSettings> {
    let text = |key| Ok::<_, StoreError>(meta::get(conn, key)?.unwrap_or_default());
    Ok(PrinterSettings { address: text(PRINTER)?, template: text(TEMPLATE)? })
}

/// Chooses where this laptop prints.
///
/// # Errors
/// Returns what the disk said.
pub fn set(conn: &Connection, settings: &PrinterSettings) -> Result<()> {
    meta::set(conn, PRINTER, &settings.address)?;
    meta::set(conn, TEMPLATE, &settings.template)
}

/// Returns the rolls of this laptop.
///
/// # Errors
/// Returns what the disk said.
pub fn rolls(conn: &Connection) -> Result<Vec<Roll>> {
    let mut rolls = Vec::new();
    for (stream, printed) in streams::rolls(conn)? {
        let mut used = 0;
        for number in 1..=printed {
            let label = identifiers::specimen(stream.code, number, 1).to_string();
            used += u64::from(specimen(conn, &label)?.is_some());
        }
        rolls.push(Roll { code: stream.code, printed, used });
    }
    Ok(rolls)
}

/// Returns the specimen with this identifier, void ones too: a printed identifier is never issued again.
///
/// # Errors
/// Returns what the disk said.
pub fn specimen(conn: &Connection, identifier: &str) -> Result<Option<RecordId>> {
    let (changes, known) = (Changes::default(), Known::new());
    let world = StoredWorld::over(conn, &changes, &known);
    let found = world.by_key("specimen", identifier).first().copied();
    world.finish()?;
    Ok(found)
}

/// Takes identifiers for a roll: of the roll that this laptop has begun, or of a new one. They are noted, and the event
/// that they are printed is in the journal, before the first of them is printed.
///
/// # Errors
/// [`StoreError::Invalid`] if no code is left for a roll, or too many labels are asked for.
pub fn take_roll(
    folder: &Folder,
    store: &Store,
    author: &Author,
    at: Timestamp,
    package: u32,
    labels: u32,
    to: &str,
) -> Result<Vec<String>> {
    if labels == 0 || labels > MAX_ROLL {
        return Err(StoreError::Invalid(format!("a roll has 1 to {MAX_ROLL} labels, not {labels}")));
    }
    let known = store.read(|conn| Ok(streams::rolls(conn)?.pop()))?;
    let code = match &known {
        Some((roll, _)) => roll.code,
        None => {
            let spares = store.read(streams::spares)?;
            // The last one is kept: without it a laptop that is restored could not go on.
            let free = spares.split_last().map(|(_, others)| others).unwrap_or_default();
            let code = marker::choose_code(folder, free, None)?.ok_or_else(|| {
                StoreError::Invalid(
                    "this laptop has no code left for a roll: push once, so that the server can give it new ones"
                        .to_owned(),
                )
            })?;
            marker::use_code(folder, code)?;
            code
        }
    };
    store.write(|tx| {
        if known.is_none() {
            streams::begin_roll(tx, code)?;
        }
        let roll = streams::find(tx, code)?.ok_or_else(|| StoreError::Internal(format!("roll {code} vanished")))?;
        let numbers = streams::next_of_roll(tx, roll, u64::from(labels))?;
        let fields = [
            ("stream".to_owned(), code.as_str().into()),
            ("first".to_owned(), numbers.start.into()),
            ("copies".to_owned(), labels.into()),
            ("to".to_owned(), to.into()),
        ];
        event_in(tx, at, author, package, &Event::new(PRINT_ROLL, fields.into()))?;
        Ok(numbers.map(|number| identifiers::specimen(code, number, 1).to_string()).collect())
    })
}
