//! What `tsela push` does where the server is not in reach: the first configured way that works is taken.

use serde_json::{Value, json};
use tsela_rpc::client::{
    courier::{Exported, Imported},
    laptop::Opened,
};
use tsela_store::{carried, ways::Way};
use tsela_sync::{problem::Problem, ways::stand_in_for};

use crate::{
    exit::{Exit, WRITTEN},
    output::{self, plain},
};

/// What was written instead, and where.
pub(super) struct Instead {
    way: Way,
    out: Exported,
    back: Imported,
    is_anything_unsent: bool,
}

/// Sends by the first way that works; `None` if other ways do not help, there are none, or none works, which is said on
/// standard error.
///
/// # Errors
/// The store's.
pub(super) fn of_the_network(opened: &Opened, problem: &Problem) -> anyhow::Result<Option<Instead>> {
    if !stand_in_for(problem) || !opened.unsent_now()?.is_any() {
        return Ok(None);
    }
    // What a carrier carries goes to the server by the network alone: that it waits must not look as if it were written.
    if opened.store.read(carried::bytes)? > 0 {
        return Ok(None);
    }
    let (way, (out, back)) = match opened.send_by_first(&|_| true)? {
        Ok(sent) => sent,
        Err(failed) => {
            for (way, why) in failed {
                eprintln!("{}: {}", plain(&way.name), plain(&why.to_string()));
            }
            return Ok(None);
        }
    };
    opened.advance_marker()?;
    for (file, why) in &back.left {
        eprintln!("{}: {}", plain(file), plain(&why.to_string()));
    }
    let is_anything_unsent = opened.unsent_now()?.is_any();
    Ok(Some(Instead { way, out, back, is_anything_unsent }))
}

impl Instead {
    /// Returns what the outcome is called in JSON.
    pub(super) fn outcome(&self) -> &'static str {
        if self.is_anything_unsent { "written" } else { "done" }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "way": self.way.name, "bundles": self.out.bundles, "bytes": self.out.bytes, "records": self.out.records,
            "attachments": self.out.attachments, "receipts": self.back.receipts,
        })
    }

    /// Says in words what was done.
    pub(super) fn say(&self, problem: &Problem) -> anyhow::Result<()> {
        let (title, way, out) = (plain(&problem.title), plain(&self.way.name), &self.out);
        if !self.is_anything_unsent {
            return output::line(&format!("{title}. The receipts at {way} cover everything; nothing is unsent."));
        }
        let written = match out.bundles {
            0 => format!("What is unsent lies at {way} already; nothing was written again."),
            _ => format!(
                "{} unsent records and {} attached files were written to {way} instead, and read back.",
                out.records, out.attachments
            ),
        };
        output::line(&format!(
            "{title}. {written} Nothing of it counts as received until a receipt is back ({} came now).",
            self.back.receipts
        ))
    }

    /// Ends the command: with an exit code of its own while something is unsent.
    ///
    /// # Errors
    /// [`WRITTEN`], of which everything was said.
    pub(super) fn end(&self) -> anyhow::Result<()> {
        if self.is_anything_unsent { Err(Exit::silent(WRITTEN).into()) } else { Ok(()) }
    }
}
