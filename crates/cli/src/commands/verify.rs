//! `tsela verify`: is everything still what was written?

use clap::Args;
use tsela_store::verify::{self, Fault, Report};

use crate::{
    args::Dir,
    exit::{DATA, Exit},
    output,
    place::Reading,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    dir: Dir,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Verifies chains, projection and digests; names the first bad entry.
///
/// # Errors
/// Exit code 65 if anything is wrong.
pub fn run(args: &VerifyArgs) -> anyhow::Result<()> {
    let reading = Reading::open(&args.dir)?;
    let report = reading.read(|conn| Ok(verify::verify(conn)?))?;
    if args.json {
        output::json(&report)?;
    } else {
        output::line(&summary(&report))?;
    }
    for code in &report.forked {
        eprintln!("tsela: stream {code} has two histories and is in quarantine: a data manager must look at it");
    }
    for fault in &report.faults {
        eprintln!("tsela: {}", worded(fault));
    }
    if report.clean { Ok(()) } else { Err(Exit::silent(DATA).into()) }
}

fn summary(report: &Report) -> String {
    let Report { streams, entries, records, held, .. } = report;
    let held = if *held > 0 { format!(", {held} entries held back") } else { String::new() };
    let verdict = if report.clean { "clean" } else { "NOT clean" };
    format!("{verdict}: {entries} entries in {streams} streams, {records} records{held}")
}

fn worded(fault: &Fault) -> String {
    let place = match (fault.stream, fault.seq, fault.record) {
        (Some(stream), Some(seq), _) => format!("entry {stream}:{seq}"),
        (Some(stream), None, _) => format!("stream {stream}"),
        (_, _, Some(record)) => format!("record {record}"),
        _ => "the store".to_owned(),
    };
    format!("{place}: {}", fault.what)
}
