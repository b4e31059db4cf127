//! `tsela push --outbox`: sending what was packed at sign-out, without a passphrase.

use std::{path::Path, sync::Arc};

use serde_json::json;
use tsela_store::{Folder, outbox::Outbox};
use tsela_sync::{
    clock::SystemClock,
    outbox::{self, Sent},
};

use crate::{
    exit::{Blocked, Exit, WRITTEN},
    output::{self, plain},
    place, runtime,
};

/// Sends the outbox.
///
/// # Errors
/// As `tsela push`, with exit code 79 if it was written to a folder. What the server has answered for by then stays so.
pub fn run(dir: &Path, json: bool) -> anyhow::Result<()> {
    place::laptop_only(dir)?;
    let folder = Folder::new(dir);
    let outcome = runtime::block_on(outbox::send(&folder, Arc::new(SystemClock::new())))?;
    let standing = Outbox::of(&folder).standing()?;
    let (records, left) = standing.map_or((0, 0), |s| (s.records, s.bundles - s.answered));
    let sent = outcome.as_ref().cloned().unwrap_or_default();
    let instead = sent.instead.as_ref();
    if json {
        let name = match instead {
            Some(_) => "written",
            None if outcome.is_ok() => "done",
            None => "failed",
        };
        let problem = outcome.as_ref().err().or(instead.map(|instead| &instead.problem));
        let written = instead.map(|instead| json!({ "way": instead.way, "bundles": instead.bundles }));
        output::json(&json!({
            "outcome": name, "bundles": sent.bundles, "bytes": sent.bytes, "left": left, "records": records,
            "written": written, "problem": problem,
        }))?;
    } else if let Some(instead) = instead {
        let (title, way) = (plain(&instead.problem.title), plain(&instead.way));
        output::line(&match instead.bundles {
            0 => {
                format!("{title}. What is packed lies at {way} already, and counts as unsent until a receipt is back.")
            }
            n => format!(
                "{title}. {n} bundles were written to {way} instead; they count as unsent until a receipt is back."
            ),
        })?;
    } else if outcome.is_ok() {
        output::line(&match (sent.bundles, standing) {
            (_, None) => "Nothing is packed; what is unsent is packed at sign-out.".to_owned(),
            (0, _) => "The server has answered for all that is packed.".to_owned(),
            (n, _) => format!("Sent {n} bundles ({} bytes); the next sign-in reads the receipts.", sent.bytes),
        })?;
    }
    match outcome {
        Ok(Sent { instead: Some(_), .. }) => Err(Exit::silent(WRITTEN).into()),
        Ok(_) => Ok(()),
        Err(problem) => Err(Blocked(problem).into()),
    }
}
