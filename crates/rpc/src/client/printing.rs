//! Printing labels: the same for the pages and for the command line.
//!
//! The printer is looked for first, then the journal is told, then the labels leave: no label comes out that the journal
//! does not know of, and none is told that could not have come out.

use tsela_core::{
    entry::Fields,
    ids::RecordId,
    label::{self, LabelContent, LabelError, MAX_COPIES},
    package::{CompiledPackage, LabelLayout},
};
use tsela_print::{Address, BadAddress, Connection as Printer, Delivery, DrawError, PrintError};
use tsela_store::{
    Connection, StoreError,
    journal::{self, Event},
    labels::{self as stored, PRINT},
};

use super::{failure::sentence, laptop::Opened};
use crate::schema::{Failure, labels::Printed};

/// Most copies of one label.
const MOST_COPIES: u32 = 20;
/// What the journal says of where sheets went.
const SHEET: &str = "sheet";

/// Labels to print.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The specimens.
    pub specimens: &'a [RecordId],
    /// Copies of each, 1 to 20.
    pub copies: u32,
    /// Why again; needed if one of them was printed before.
    pub reason: Option<&'a str>,
}

/// Labels with their template.
#[derive(Clone, Debug)]
pub struct SpecimenLabels {
    /// What stands on each.
    pub contents: Vec<LabelContent>,
    /// Where.
    pub layout: LabelLayout,
}

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// There is no such label.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// It cannot be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// The printer is not there, or went away.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// Not the address of a printer.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// No printer was chosen.
    #[error("no label printer has been chosen on this laptop; choose one in Settings, or print on a sheet")]
    NoPrinter,
    /// Too many copies, or none.
    #[error("a label is printed 1 to {MOST_COPIES} times at once, not {0}; choose another number")]
    Copies(u32),
    /// A label that was printed before, and no reason.
    #[error("the label of {0} was printed before; say why it is printed again")]
    NoReason(String),
    /// The store said something.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Trouble {
    /// Returns what it is about, for translated texts: the printer's `address`, or the tube's `code`.
    fn named(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Print(PrintError::Off { address, .. }) => Some(("address", address.clone())),
            Self::Print(PrintError::NotFound(host)) => Some(("address", host.clone())),
            Self::Print(PrintError::NoDevice { path, .. }) | Self::Print(PrintError::NotADevice(path)) => {
                Some(("address", path.clone()))
            }
            Self::NoReason(code) => Some(("code", code.clone())),
            _ => None,
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let (code, title) = match &trouble {
            Trouble::Store(_) | Trouble::Label(_) | Trouble::Draw(_) => ("invalid", "The label cannot be made"),
            Trouble::Print(error) if error.may_have_printed() => ("print_broken_off", "Printing broke off"),
            Trouble::Print(PrintError::NotReady(_)) => ("printer_not_ready", "The printer is not ready"),
            Trouble::Print(_) => ("printer_off", "The printer cannot be reached"),
            Trouble::Address(_) => ("bad_address", "This is not a printer's address"),
            Trouble::NoPrinter => ("no_printer", "No printer has been chosen"),
            Trouble::Copies(_) => ("bad_copies", "So many copies cannot be printed"),
            Trouble::NoReason(_) => ("print_reason", "This label was printed before"),
        };
        match trouble {
            Trouble::Store(error) => error.into(),
            other => {
                let mut failure = Self::new(code, title, sentence(&other.to_string()), "");
                failure.params.extend(other.named().map(|(place, value)| (place.to_owned(), value)));
                failure
            }
        }
    }
}

impl SpecimenLabels {
    /// Draws the first label, one pixel for each dot of the printer.
    ///
    /// # Errors
    /// [`DrawError`] if there is none, or the template cannot be drawn.
    pub fn picture(&self) -> Result<Vec<u8>, Trouble> {
        let first = self.contents.first().ok_or(DrawError::Nothing)?;
        Ok(tsela_print::png(&self.layout, first)?)
    }

    /// Returns what the labels say, for people who do not see the picture.
    pub fn said(&self) -> String {
        let said = self.contents.iter().map(|content| label::said(&self.layout, content));
        said.collect::<Vec<_>>().join("; ")
    }
}

/// Returns specimens' labels in a template, that of the laptop if none is named. The journal is not told.
///
/// # Errors
/// [`Trouble`] if a record or the template is missing.
pub fn labels(opened: &Opened, specimens: &[RecordId], template: Option<&str>) -> Result<SpecimenLabels, Trouble> {
    if specimens.len() > MAX_COPIES as usize {
        return Err(LabelError::TooMany(u32::try_from(specimens.len()).unwrap_or(u32::MAX)).into());
    }
    let packages = opened.packages();
    let package = packages.newest()?;
    let read = |conn: &Connection| specimens.iter().map(|specimen| stored::content(conn, package, *specimen)).collect();
    let contents = opened.store.read(read)?;
    let layout = match template {
        Some(code) => package.label_template(code)?,
        None => chosen(opened, package)?,
    };
    Ok(SpecimenLabels { contents, layout: layout.clone() })
}

/// Returns the template that this laptop has chosen; the study's first one, if the study has that no more.
fn chosen<'a>(opened: &Opened, package: &'a CompiledPackage) -> Result<&'a LabelLayout, Trouble> {
    let code = opened.store.read(stored::settings)?.template;
    Ok(package.label_template(&code).or_else(|_| package.label_template(""))?)
}

/// Prints labels on the laptop's printer.
///
/// # Errors
/// [`Trouble`], which says whether labels may have come out.
pub fn print(opened: &Opened, to: Option<&Address>, request: &Request<'_>) -> Result<Printed, Trouble> {
    let SpecimenLabels { contents, layout } = labels(opened, request.specimens, None)?;
    may_print(opened, request, &contents)?;
    let zpl = label::zpl(&layout, &contents, request.copies)?;
    let address = address(opened, to)?;
    let printer = tsela_print::open(&address)?;
    tell(opened, request, &address.to_string())?;
    sent(printer, &zpl, &address, u32::try_from(contents.len()).unwrap_or(MAX_COPIES) * request.copies)
}

/// Prints a label that is nobody's, to see whether printer, stock and template fit.
///
/// # Errors
/// As [`print`].
pub fn print_test(opened: &Opened, to: Option<&Address>) -> Result<Printed, Trouble> {
    let packages = opened.packages();
    let package = packages.newest()?;
    let zpl = label::zpl(chosen(opened, package)?, &[LabelContent::test(package, opened.now())], 1)?;
    let address = address(opened, to)?;
    let printer = tsela_print::open(&address)?;
    let fields = [("copies".to_owned(), 1.into()), ("to".to_owned(), address.to_string().into())];
    opened.event("print_test", fields.into())?;
    sent(printer, &zpl, &address, 1)
}

/// Returns sheets of labels as pictures, for the system's print dialog, and how many labels are on them. The journal is
/// told: nobody can say what becomes of them in the dialog.
///
/// # Errors
/// As [`print`].
pub fn sheet_pages(opened: &Opened, request: &Request<'_>, skip: u32) -> Result<(Vec<Vec<u8>>, u32), Trouble> {
    let SpecimenLabels { contents, layout } = labels(opened, request.specimens, None)?;
    may_print(opened, request, &contents)?;
    let copies = contents.iter().flat_map(|content| std::iter::repeat_n(content.clone(), request.copies as usize));
    let contents: Vec<LabelContent> = copies.collect();
    let pages = tsela_print::pages(&label::sheets(&layout, &contents, skip)?)?;
    tell(opened, request, SHEET)?;
    Ok((pages, u32::try_from(contents.len()).unwrap_or(u32::MAX)))
}

/// Prints labels of a roll, for the day on which there is no printer.
///
/// # Errors
/// As [`print`]; [`StoreError::Invalid`] if no code is left for a roll.
pub fn print_roll(opened: &Opened, to: Option<&Address>, count: u32) -> Result<Printed, Trouble> {
    let packages = opened.packages();
    let package = packages.newest()?;
    let layout = chosen(opened, package)?;
    let address = address(opened, to)?;
    let printer = tsela_print::open(&address)?;
    let version = package.package().version;
    let (now, author, to) = (opened.now(), opened.author(), address.to_string());
    let codes = stored::take_roll(&opened.folder, &opened.store, &author, now, version, count, &to)?;
    let contents: Vec<LabelContent> = codes.into_iter().map(LabelContent::of_roll).collect();
    sent(printer, &label::zpl(layout, &contents, 1)?, &address, count)
}

/// Refuses a second print without a reason, and copies that nobody wants.
fn may_print(opened: &Opened, request: &Request<'_>, contents: &[LabelContent]) -> Result<(), Trouble> {
    if !(1..=MOST_COPIES).contains(&request.copies) {
        return Err(Trouble::Copies(request.copies));
    }
    if contents.is_empty() {
        return Err(DrawError::Nothing.into());
    }
    if request.reason.is_some_and(|reason| !reason.trim().is_empty()) {
        return Ok(());
    }
    let printed = |conn: &Connection| {
        let counts = request.specimens.iter().map(|id| stored::prints(conn, *id));
        counts.collect::<Result<Vec<_>, _>>()
    };
    let counts = opened.store.read(printed)?;
    let before = counts.iter().zip(contents).find(|(count, _)| **count > 0);
    before.map_or(Ok(()), |(_, content)| Err(Trouble::NoReason(content.specimen.clone())))
}

/// Tells the journal, an event for each specimen, in whose history it then stands.
fn tell(opened: &Opened, request: &Request<'_>, to: &str) -> Result<(), Trouble> {
    let version = opened.packages().newest()?.package().version;
    let fields: Fields = [("copies".to_owned(), request.copies.into()), ("to".to_owned(), to.into())].into();
    let reason = request.reason.map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned);
    let events = request.specimens.iter().map(|specimen| Event {
        kind: PRINT,
        about: Some(*specimen),
        fields: fields.clone(),
        reason: reason.clone(),
    });
    let events: Vec<Event<'_>> = events.collect();
    Ok(journal::event(&opened.store, opened.now(), &opened.author(), version, &events)?)
}

fn address(opened: &Opened, to: Option<&Address>) -> Result<Address, Trouble> {
    if let Some(address) = to {
        return Ok(address.clone());
    }
    let settings = opened.store.read(stored::settings)?;
    if settings.address.is_empty() { Err(Trouble::NoPrinter) } else { Ok(settings.address.parse()?) }
}

fn sent(printer: Printer, zpl: &str, address: &Address, labels: u32) -> Result<Printed, Trouble> {
    let delivery = match printer.send(zpl)? {
        Delivery::Answered => "answered",
        Delivery::Sent => "sent",
    };
    Ok(Printed { labels, delivery: delivery.to_owned(), printer: address.to_string() })
}
