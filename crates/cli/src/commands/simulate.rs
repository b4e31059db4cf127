//! `tsela simulate`: invented data of any size, valid under all rules.

use clap::{ArgGroup, Args};
use tsela_core::time::Timestamp;

use crate::{
    generator::{Generator, Options},
    output::Out,
};

/// Arguments.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("size").required(true).args(["households", "saves"]))]
pub struct SimulateArgs {
    /// How many households, with everything in them: about 30 saves each.
    #[arg(long, value_name = "N")]
    households: Option<usize>,
    /// How many saves; the last household may be left half way.
    #[arg(long, value_name = "N")]
    saves: Option<usize>,
    /// The same seed gives the same lines.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// When the first day begins.
    #[arg(long, value_name = "TIME", default_value = "2026-03-02T05:30:00Z")]
    start: Timestamp,
    /// Write names and notes that programs trip over: accents, quotes, other scripts, right-to-left text.
    #[arg(long)]
    hostile: bool,
}

/// Prints lines for `tsela enter`.
///
/// # Errors
/// If standard output cannot be written to.
pub fn run(args: &SimulateArgs) -> anyhow::Result<()> {
    let generator = Generator::new(Options { seed: args.seed, start: args.start, hostile: args.hostile });
    let mut out = Out::new();
    match (args.households, args.saves) {
        (Some(households), _) => {
            for lines in generator.take(households) {
                lines.iter().try_for_each(|line| out.line(line))?;
            }
        }
        (None, saves) => {
            let lines = generator.flatten().take(saves.unwrap_or(0));
            lines.into_iter().try_for_each(|line| out.line(&line))?;
        }
    }
    out.flush()
}
