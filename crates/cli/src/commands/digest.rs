//! `tsela digest`: proving that two stores hold the same.

use clap::Args;
use tsela_core::{digest::DigestLine, ids::StreamCode};
use tsela_store::{Connection, digest, streams};

use crate::{
    args::Dir,
    exit::{DATA, Exit},
    output::Out,
    place::{Reading, Role},
};

/// Arguments.
#[derive(Debug, Args)]
pub struct DigestArgs {
    #[command(flatten)]
    dir: Dir,
    /// Only records as these streams wrote them [default: a laptop's own streams; all of a server's].
    #[arg(long = "stream", value_name = "CODE")]
    streams: Vec<StreamCode>,
}

/// Prints `<model> <count> <hash>` for each model that has records, and last `total <count> <hash>`.
///
/// # Errors
/// Exit code 65 for a stream that is not here.
pub fn run(args: &DigestArgs) -> anyhow::Result<()> {
    let reading = Reading::open(&args.dir)?;
    let digest = reading.read(|conn| {
        let codes = named(conn, &args.streams, reading.role)?;
        Ok(digest::of(conn, codes.as_deref())?)
    })?;
    let mut out = Out::new();
    for (model, line) in &digest.models {
        out.line(&text(model, line))?;
    }
    out.line(&text("total", &digest.total))?;
    out.flush()
}

fn named(conn: &Connection, asked: &[StreamCode], role: Role) -> anyhow::Result<Option<Vec<StreamCode>>> {
    for code in asked {
        if streams::find(conn, *code)?.is_none() {
            return Err(Exit::new(DATA, format!("there is no stream {code} here: `tsela status` names them")).into());
        }
    }
    match (asked, role) {
        ([], Role::Server) => Ok(None),
        ([], Role::Laptop) => Ok(Some(streams::own(conn)?.into_iter().map(|stream| stream.code).collect())),
        _ => Ok(Some(asked.to_vec())),
    }
}

fn text(name: &str, line: &DigestLine) -> String {
    format!("{name} {} {}", line.count, line.hex())
}
