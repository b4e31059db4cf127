//! `tsela inspect`: what a file is, and whether it is whole. Needs no key, so it tells what anyone may know.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use tsela_core::{
    api::SignedPackage,
    bundle::{BundleError, BundleView, MAX_BUNDLE},
    enrolment::EnrolmentCode,
};
use tsela_store::backup;

use crate::{
    exit::{DATA, Exit},
    output,
};

/// More than any file that is not a backup.
const MOST: u64 = 16 * 1024 * 1024;

/// Arguments.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// A bundle, receipt, study package or backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Prints what the file is as JSON: its kind, its clear header, and whether it is intact.
///
/// # Errors
/// Exit code 65 if it is damaged or nothing of Tsela.
pub fn run(args: &InspectArgs) -> anyhow::Result<()> {
    let (intact, described) = describe(&args.file)?;
    output::json(&described)?;
    if intact {
        return Ok(());
    }
    let why = described.get("problem").and_then(Value::as_str).unwrap_or("it is damaged");
    Err(Exit::new(DATA, format!("{}: {why}", args.file.display())).into())
}

fn describe(path: &Path) -> anyhow::Result<(bool, Value)> {
    let cannot = || format!("cannot read {}", path.display());
    let size = std::fs::metadata(path).with_context(cannot)?.len();
    if let Some(backup) = backup::describe(path)? {
        return Ok(encrypted(&backup));
    }
    if size > MOST {
        return Ok((
            false,
            json!({ "file": "unknown", "bytes": size, "problem": "it is no file of Tsela: too large" }),
        ));
    }
    let bytes = std::fs::read(path).with_context(cannot)?;
    Ok(bundle(&bytes).or_else(|| package(&bytes)).or_else(|| code(&bytes)).unwrap_or_else(|| unknown(&bytes)))
}

fn encrypted(info: &backup::BackupInfo) -> (bool, Value) {
    let whole = info.bytes > 0 && info.bytes.is_multiple_of(4096);
    let mut described = json!({
        "file": "backup",
        "intact": whole,
        "bytes": info.bytes,
        "number": info.number,
        "taken_at": info.taken_at,
        "keys_beside": info.keys.is_some(),
        "note": "encrypted; `tsela restore` checks every page before it is used",
    });
    if !whole && let Some(described) = described.as_object_mut() {
        described.insert("problem".to_owned(), "it is cut short".into());
    }
    (whole, described)
}

fn bundle(bytes: &[u8]) -> Option<(bool, Value)> {
    match BundleView::parse(bytes) {
        Err(BundleError::NotABundle) => None,
        Err(BundleError::TooLarge(_)) if !bytes.starts_with(b"\x89TSELA") => None,
        Err(error) => {
            let problem = error.to_string();
            Some((false, json!({ "file": "bundle", "intact": false, "bytes": bytes.len(), "problem": problem })))
        }
        Ok(view) => {
            let inspection = view.inspect();
            let intact = inspection.damaged.is_none();
            let problem = inspection.damaged.as_ref().map(|place| format!("it is damaged: {}", json!(place)));
            let described = json!({
                "file": inspection.kind,
                "intact": intact,
                "header": inspection,
                "most_bytes": MAX_BUNDLE,
                "problem": problem,
                "note": "its own checksums were verified; the signature needs the packer's key",
            });
            Some((intact, described))
        }
    }
}

fn package(bytes: &[u8]) -> Option<(bool, Value)> {
    let signed: SignedPackage = serde_json::from_slice(bytes).ok()?;
    let content = match signed.read_unverified() {
        Ok(document) => document.0,
        Err(error) => {
            let problem = error.to_string();
            return Some((false, json!({ "file": "study_package", "intact": false, "problem": problem })));
        }
    };
    let field = |name: &str| content.get(name).cloned().unwrap_or(Value::Null);
    let header =
        json!({ "study": field("study"), "name": field("name"), "version": field("version"), "key": signed.key() });
    let note = "the signature needs the server's key";
    Some((
        true,
        json!({ "file": "study_package", "intact": true, "bytes": bytes.len(), "header": header, "note": note }),
    ))
}

/// The secret in a code stays unsaid.
fn code(bytes: &[u8]) -> Option<(bool, Value)> {
    let code: EnrolmentCode = std::str::from_utf8(bytes).ok()?.trim().parse().ok()?;
    let header = json!({ "url": code.url(), "root": code.root().to_string() });
    Some((true, json!({ "file": "enrolment_code", "intact": true, "header": header })))
}

fn unknown(bytes: &[u8]) -> (bool, Value) {
    let problem = "it is no bundle, receipt, study package or backup of Tsela";
    (false, json!({ "file": "unknown", "intact": false, "bytes": bytes.len(), "problem": problem }))
}
