//! Labels: showing, printing, checking.

use tsela_core::{entry::Fields, ids::RecordId, model::Values};
use tsela_store::{
    Connection, custody,
    journal::{Change, ChangeOp},
    labels::{self as stored, PrinterSettings},
    records, streams,
};

use super::{ClientHostState, Session, not_here, reasons};
use crate::{
    client::printing,
    handover::printed_code,
    schema::{
        Answer, Failure,
        client::TubeRow,
        labels::{
            CheckLabelArgs, LabelArgs, LabelChecked, LabelSettings, LabelView, PrintArgs, Printed, PrinterArgs,
            RollArgs, RollView, SheetArgs, SheetView, TemplateView,
        },
    },
    views,
};

impl ClientHostState {
    pub(super) fn label_of(&self, args: &LabelArgs) -> Answer<LabelView> {
        let session = self.session()?;
        let label = printing::labels(&session.opened, &[args.specimen], None)?;
        Ok(LabelView {
            tube: self.tube(&session, args.specimen)?,
            picture: data_url(&label.picture()?),
            text: label.said(),
            width_tenth_mm: label.layout.width_tenth_mm,
            height_tenth_mm: label.layout.height_tenth_mm,
        })
    }

    pub(super) fn printer_settings(&self) -> Answer<LabelSettings> {
        let session = self.session()?;
        let read =
            |conn: &Connection| Ok((stored::settings(conn)?, stored::rolls(conn)?, streams::spares(conn)?.len()));
        let (settings, rolls, spare_codes) = session.opened.store.read(read)?;
        let packages = session.opened.packages();
        let package = packages.newest()?;
        let view = |layout: &tsela_core::package::LabelLayout| TemplateView {
            code: layout.code.clone(),
            labels: layout.labels.clone(),
            reduced: layout.reduced,
        };
        let template = package.label_template(&settings.template).or_else(|_| package.label_template(""));
        Ok(LabelSettings {
            printer: settings.address,
            template: template.map(|layout| layout.code.clone()).unwrap_or_default(),
            templates: package.label_templates().map(view).collect(),
            rolls: rolls.into_iter().map(|r| RollView { code: r.code, printed: r.printed, used: r.used }).collect(),
            spare_codes,
        })
    }

    pub(super) fn choose_printer(&self, args: PrinterArgs) -> Answer<LabelSettings> {
        let session = self.session()?;
        let address = match args.printer.trim() {
            "" => String::new(),
            text => text.parse::<tsela_print::Address>().map_err(printing::Trouble::from)?.to_string(),
        };
        session.opened.packages().newest()?.label_template(&args.template).map_err(printing::Trouble::from)?;
        let settings = PrinterSettings { address, template: args.template };
        session.opened.store.write(|tx| stored::set(tx, &settings))?;
        self.printer_settings()
    }

    pub(super) fn print(&self, args: &PrintArgs) -> Answer<Printed> {
        let session = self.session()?;
        let printed = printing::print(&session.opened, None, &request(args))?;
        Ok(printed)
    }

    pub(super) fn print_test_label(&self) -> Answer<Printed> {
        Ok(printing::print_test(&self.session()?.opened, None)?)
    }

    pub(super) fn sheets_of(&self, args: &SheetArgs) -> Answer<SheetView> {
        let session = self.session()?;
        let (pages, labels) = printing::sheet_pages(&session.opened, &request(&args.print), args.skip)?;
        Ok(SheetView { pages: pages.iter().map(|page| data_url(page)).collect(), labels })
    }

    pub(super) fn print_of_roll(&self, args: &RollArgs) -> Answer<LabelSettings> {
        printing::print_roll(&self.session()?.opened, None, args.labels)?;
        self.printer_settings()
    }

    /// Takes down that the label on a tube was looked at. The label must be that of a tube that is meant.
    pub(super) fn label_checked(&self, args: CheckLabelArgs) -> Answer<LabelChecked> {
        let session = self.session()?;
        let specimen = self.meant(&session, &args)?;
        let state = session.opened.store.read(|conn| records::state(conn, specimen))?.ok_or_else(not_here)?;
        if state.has("labelled_at") {
            return Ok(LabelChecked { tube: self.tube(&session, specimen)?, again: true });
        }
        let reason = args.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        let mut set = Fields::new();
        set.insert("labelled_at".to_owned(), self.now().to_string().into());
        set.insert("labelled_by".to_owned(), args.by.clone().into());
        set.extend(reason.map(|reason| ("labelled_reason".to_owned(), reason.into())));
        let change = Change {
            op: ChangeOp::Update,
            model: "specimen".to_owned(),
            record: specimen,
            set,
            reason: Some(reason.unwrap_or(reasons::LABEL_CHECKED).to_owned()),
            source: None,
        };
        Self::keep_changes(&session, &[change])?;
        Ok(LabelChecked { tube: self.tube(&session, specimen)?, again: false })
    }

    /// Returns the specimen whose label was read.
    fn meant(&self, session: &Session, args: &CheckLabelArgs) -> Answer<RecordId> {
        if args.by == "by_hand" {
            return match args.among.as_slice() {
                [specimen] => Ok(*specimen),
                _ => Err(Failure::new("bad_arguments", "This page did not say which tube is meant.", "", "")),
            };
        }
        match self.read_label(session, &args.code)? {
            id if args.among.is_empty() || args.among.contains(&id) => Ok(id),
            _ => Err(label_failure(
                &args.code,
                "other_label",
                "This label belongs to another tube",
                "It is not one of these tubes. Take it off, and print the right label again.",
            )),
        }
    }

    /// Returns the specimen whose label was scanned or typed.
    pub(super) fn read_label(&self, session: &Session, scanned: &str) -> Answer<RecordId> {
        let code = printed_code(scanned)?;
        let found = session.opened.store.read(|conn| stored::specimen(conn, &code))?;
        found.ok_or_else(|| {
            let detail = "It belongs to no specimen here. Look whether it is another laptop's tube, or a label of a roll \
                          that was not taken up.";
            label_failure(&code, "unknown_label", "No tube on this laptop has this label", detail)
        })
    }

    fn tube(&self, session: &Session, specimen: RecordId) -> Answer<TubeRow> {
        let names = session.names();
        let packages = session.opened.packages();
        let package = packages.newest()?.package();
        let now = self.now();
        let read = |conn: &Connection| {
            let record = records::get(conn, specimen)?.filter(|record| record.state.model == "specimen");
            custody::reading(conn, |custody| {
                record.map(|record| views::tube(conn, custody, &record, &names, package, now)).transpose()
            })
        };
        session.opened.store.read(read)?.ok_or_else(not_here)
    }
}

/// Says what is wrong with a label that was read.
fn label_failure(code: &str, what: &str, title: &str, detail: &str) -> Failure {
    let mut failure = Failure::new(what, title, detail, "");
    failure.params.insert("code".to_owned(), code.trim().to_owned());
    failure
}

fn request(args: &PrintArgs) -> printing::Request<'_> {
    printing::Request { specimens: &args.specimens, copies: args.copies, reason: args.reason.as_deref() }
}

/// Writes a picture so that a page can show it without asking for another file.
fn data_url(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", data_encoding::BASE64.encode(png))
}
