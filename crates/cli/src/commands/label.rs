//! `tsela label`: a specimen's label as text for a printer, as a sheet, or as a picture.

use clap::{Args, ValueEnum};
use tsela_core::label;
use tsela_rpc::client::printing;

use crate::{args::LaptopDir, output, place};

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The text that a label printer understands.
    Zpl,
    /// A sheet of A4 for an office printer.
    Pdf,
    /// A picture, one pixel for each dot of the printer.
    Png,
}

/// Arguments.
#[derive(Debug, Args)]
pub struct LabelArgs {
    /// The specimens, by identifier or id; a picture has one.
    #[arg(value_name = "SPECIMEN", required = true, num_args = 1..)]
    specimens: Vec<String>,
    #[command(flatten)]
    dir: LaptopDir,
    /// In which form.
    #[arg(long, value_enum, default_value = "zpl")]
    format: Format,
    /// With which template of the study [default: the laptop's].
    #[arg(long, value_name = "CODE")]
    template: Option<String>,
    /// Places of the first sheet that are used up already.
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: u32,
}

/// Writes labels to standard output. Shows and prints nothing: a print is told to the journal, by `tsela print`.
///
/// # Errors
/// Exit code 65 if there is no such specimen or template.
pub fn run(args: &LabelArgs) -> anyhow::Result<()> {
    let opened = place::open_reader(&args.dir.dir, args.dir.user.as_deref())?;
    let specimens = super::print::specimens(&opened, &args.specimens)?;
    let labels = printing::labels(&opened, &specimens, args.template.as_deref())?;
    let bytes = match args.format {
        Format::Zpl => label::zpl(&labels.layout, &labels.contents, 1)?.into_bytes(),
        Format::Pdf => tsela_print::pdf(&label::sheets(&labels.layout, &labels.contents, args.skip)?)?,
        Format::Png => labels.picture()?,
    };
    output::bytes(&bytes)
}
