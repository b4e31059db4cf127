//! `tsela print`: labels on a label printer.

use std::time::Duration;

use clap::{ArgGroup, Args};
use serde_json::json;
use tsela_core::{
    identifiers::{self, IdentifierKind},
    ids::RecordId,
};
use tsela_print::Address;
use tsela_rpc::{
    client::{
        laptop::Opened,
        printing::{self, Request},
    },
    schema::labels::Printed,
};
use tsela_store::{labels, records};

use crate::{
    args::LaptopDir,
    exit::{DATA, Exit},
    output, place,
};

/// Arguments.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["specimens", "test", "roll"]))]
pub struct PrintArgs {
    /// The specimens, by identifier or id.
    #[arg(value_name = "SPECIMEN", num_args = 1..)]
    specimens: Vec<String>,
    #[command(flatten)]
    dir: LaptopDir,
    /// The printer, tcp://HOST:PORT or file:/dev/usb/lp0 [default: the laptop's].
    #[arg(long, value_name = "ADDRESS")]
    printer: Option<Address>,
    /// Copies of each label.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "specimens")]
    copies: u32,
    /// Why again; needed for a label that was printed before.
    #[arg(long, value_name = "TEXT", requires = "specimens")]
    reason: Option<String>,
    /// Print a label that is nobody's.
    #[arg(long)]
    test: bool,
    /// Print so many labels of a roll, to be stuck on tubes on a day without a printer.
    #[arg(long, value_name = "N")]
    roll: Option<u32>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints labels, and says what is known of them.
///
/// # Errors
/// Exit code 65 if there is no such specimen, or a reason is missing; 69 if the printer is not there.
pub fn run(args: &PrintArgs) -> anyhow::Result<()> {
    let opened = place::open_writer(&args.dir.dir, args.dir.user.as_deref(), "tsela print", Duration::from_secs(1))?;
    let to = args.printer.as_ref();
    let printed = match args.roll {
        _ if args.test => printing::print_test(&opened, to)?,
        Some(labels) => printing::print_roll(&opened, to, labels)?,
        None => {
            let specimens = specimens(&opened, &args.specimens)?;
            let request = Request { specimens: &specimens, copies: args.copies, reason: args.reason.as_deref() };
            printing::print(&opened, to, &request)?
        }
    };
    if args.json {
        return output::json(&json!({
            "labels": printed.labels, "delivery": printed.delivery, "printer": printed.printer,
        }));
    }
    output::line(&said(&printed))
}

fn said(printed: &Printed) -> String {
    let Printed { labels, delivery, printer } = printed;
    let end = if delivery == "answered" { "it has all of them" } else { "it does not say whether it has them: look" };
    format!("{labels} sent to {printer}; {end}")
}

/// Finds specimens by identifier, as typed or scanned, or by id.
///
/// # Errors
/// Exit code 65, for the first that is not here.
pub fn specimens(opened: &Opened, named: &[String]) -> anyhow::Result<Vec<RecordId>> {
    let find = |named: &String| {
        let code = identifiers::parse(IdentifierKind::Specimen, named).map(|read| read.to_string());
        let found = opened.store.read(|conn| match &code {
            Ok(code) => labels::specimen(conn, code),
            Err(_) => records::find(conn, named),
        })?;
        let why = code.err().map(|error| format!(" ({error})")).unwrap_or_default();
        found.ok_or_else(|| Exit::new(DATA, format!("there is no specimen {named:?} here{why}")).into())
    };
    named.iter().map(find).collect()
}
