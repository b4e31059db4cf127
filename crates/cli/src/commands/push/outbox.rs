//! `tsela push --outbox`: sending what was packed at sign-out, without a passphrase.

use std::{path::Path, sync::Arc};

use serde_json::json;
use tsela_store::{Folder, outbox::Outbox};
use tsela_sync::{clock::SystemClock, outbox};

use crate::{exit::Blocked, output, place, runtime};

/// Sends the outbox.
///
/// # Errors
/// As `tsela push`. What the server has answered for by then stays so.
pub fn run(dir: &Path, json: bool) -> anyhow::Result<()> {
    place::laptop_only(dir)?;
    let folder = Folder::new(dir);
    let outcome = runtime::block_on(outbox::send(&folder, Arc::new(SystemClock::new())))?;
    let standing = Outbox::of(&folder).standing()?;
    let (records, left) = standing.map_or((0, 0), |s| (s.records, s.bundles - s.answered));
    let sent = outcome.as_ref().cloned().unwrap_or_default();
    if json {
        let name = if outcome.is_ok() { "done" } else { "failed" };
        let problem = outcome.as_ref().err();
        output::json(&json!({
            "outcome": name, "bundles": sent.bundles, "bytes": sent.bytes, "left": left, "records": records,
            "problem": problem,
        }))?;
    } else if outcome.is_ok() {
        output::line(&match (sent.bundles, standing) {
            (_, None) => "Nothing is packed; what is unsent is packed at sign-out.".to_owned(),
            (0, _) => "The server has answered for all that is packed.".to_owned(),
            (n, _) => format!("Sent {n} bundles ({} bytes); the next sign-in reads the receipts.", sent.bytes),
        })?;
    }
    outcome.map(|_| ()).map_err(|problem| Blocked(problem).into())
}
