//! `tsela tubes`: where each tube is, and how long it may still take.

use clap::Args;
use serde_json::json;
use tsela_core::{api::SignedPackage, ids::RecordId, package::StudyPackage};
use tsela_rpc::{schema::client::TubeRow, views};
use tsela_store::{
    Connection, custody, package_archive,
    records::{self, Filter},
    server::packages,
};

use crate::{
    args::Dir,
    clock,
    exit::{DATA, Exit},
    output::{Out, plain},
    place::{Reading, Role},
};

/// How many tubes are read at a time.
const PAGE: usize = 1_000;

/// Arguments.
#[derive(Debug, Args)]
pub struct TubesArgs {
    #[command(flatten)]
    dir: Dir,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Prints one line for each tube, newest first.
///
/// # Errors
/// What the store said.
pub fn run(args: &TubesArgs) -> anyhow::Result<()> {
    let reading = Reading::open(&args.dir)?;
    let (now, names) = (clock::now(), views::Names::default());
    let mut out = Out::new();
    reading.read(|conn| {
        let package = package(conn, reading.role)?;
        let mut filter = Filter { model: Some("specimen"), limit: PAGE, ..Filter::default() };
        loop {
            let (_, page) = records::list(conn, &filter)?;
            let tubes = custody::reading(conn, |custody| {
                let tube = |record| views::tube(conn, custody, record, &names, &package, now);
                page.iter().map(tube).collect::<Result<Vec<_>, _>>()
            })?;
            for (record, tube) in page.iter().zip(&tubes) {
                print(&mut out, args.json, record.state.id, tube)?;
            }
            if page.len() < PAGE {
                return out.flush();
            }
            filter.offset += PAGE;
        }
    })
}

fn print(out: &mut Out, json: bool, id: RecordId, tube: &TubeRow) -> anyhow::Result<()> {
    let bag = tube.bag.as_ref().map(|bag| bag.key.clone());
    if !json {
        let age = format!("{} h {:02} min", tube.age_seconds / 3600, tube.age_seconds / 60 % 60);
        let TubeRow { identifier, panel, custody, hours_to_lab, .. } = tube;
        let bag = bag.map(|bag| format!(" in {bag}")).unwrap_or_default();
        return out.line(&plain(&format!("{identifier:<12} {panel:<8} {custody}{bag}  {age} of {hours_to_lab} h")));
    }
    out.json(&json!({
        "id": id,
        "specimen": tube.identifier,
        "panel": tube.panel,
        "tube_type": tube.tube_type,
        "custody": tube.custody,
        "discrepancy": tube.discrepancy,
        "bag": bag,
        "age_seconds": tube.age_seconds,
        "hours": (tube.age_seconds * 10 / 3600) as f64 / 10.0,
        "hours_to_lab": tube.hours_to_lab,
        "urgency": tube.urgency,
        "prints": tube.prints,
    }))
}

/// Returns the newest study package of the store.
fn package(conn: &Connection, role: Role) -> anyhow::Result<StudyPackage> {
    let signed = match role {
        Role::Server => Some(packages::newest(conn)?.1),
        Role::Laptop => package_archive::newest(conn)?.map(|(_, signed)| signed),
    };
    let signed = signed.ok_or_else(|| Exit::new(DATA, "there is no study package here"))?;
    let signed: SignedPackage = serde_json::from_str(&signed)?;
    Ok(serde_json::from_value(signed.read_unverified()?.0)?)
}
