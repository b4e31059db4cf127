//! `tsela push --to`: by a configured way instead of the network.

use anyhow::Context as _;
use serde_json::json;
use tsela_rpc::client::laptop::Opened;
use tsela_store::ways;
use tsela_sync::road::files::FilesError;

use crate::{
    exit::{DATA, Exit},
    output::{self, plain},
};

/// Takes in the receipts that lie there, and writes what is unsent.
///
/// # Errors
/// Exit code 65 if there is no such way, and those of `tsela export`.
pub fn run(opened: &Opened, name: &str, host_key: Option<&str>, json: bool) -> anyhow::Result<()> {
    let way = opened.store.read(|conn| ways::find(conn, name))?;
    let unknown = || {
        Exit::new(
            DATA,
            format!(
                "there is no way of the name {}, and it is not a driver's address such as 192.168.43.7:8444: see `tsela ways`",
                plain(name)
            ),
        )
    };
    let way = way.ok_or_else(unknown)?;
    let key = host_key.map(str::parse).transpose().map_err(FilesError::Sftp)?;
    let (out, back) = opened.send_by(&way, key, &|_| true).with_context(|| plain(name))?;
    for (file, why) in &back.left {
        eprintln!("{}: {}", plain(file), plain(&why.to_string()));
    }
    if json {
        return output::json(&json!({
            "outcome": "written", "bundles": out.bundles, "bytes": out.bytes, "records": out.records,
            "attachments": out.attachments, "receipts": back.receipts,
        }));
    }
    output::line(&format!(
        "{} receipts believed; {} unsent records and {} attached files written and read back. They count as sent once a receipt is back.",
        back.receipts, out.records, out.attachments
    ))
}
