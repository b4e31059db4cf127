//! `tsela recover bundle`: the entries of a journal bundle, when no server can open it any more.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use tsela_core::{
    attachment::Part,
    bundle::{
        BundleKind, BundleView, MAX_BUNDLE, SectionName,
        journal::{self, Run},
    },
    seal::SealingKey,
};

use crate::{
    exit::{DATA, Exit, REFUSED},
    output,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct BundleArgs {
    /// A bundle, or a folder of them such as a laptop's `outbox`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The study's recovery key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// Prints one JSON object for each entry: `bundle`, `stream`, `device`, `seq`, `entry`; and for each part of an attachment:
/// `bundle`, `device`, `content`, `size`, `offset`, `bytes` as base64. Signatures are not checked, as
/// the laptops' keys are on the server; the chain in each bundle is what a server checks again.
///
/// # Errors
/// Exit code 65 for a file that is neither and for a damaged one, 77 if it is not sealed to this key.
pub fn run(args: &BundleArgs) -> anyhow::Result<()> {
    let key = super::read_key(&args.key)?;
    for file in files(&args.file)? {
        for line in entries(&file, &key)? {
            output::json(&line)?;
        }
    }
    Ok(())
}

/// Returns the file, or the bundles in a folder.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let listed = std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut files: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "tsela"));
    files.sort();
    Ok(files)
}

fn entries(file: &Path, key: &SealingKey) -> anyhow::Result<Vec<Value>> {
    let bad = |why: String| Exit::new(DATA, format!("{}: {why}", file.display()));
    let cannot = || format!("cannot read {}", file.display());
    if std::fs::metadata(file).with_context(cannot)?.len() > MAX_BUNDLE as u64 {
        return Err(bad("it is larger than any bundle".to_owned()).into());
    }
    let bytes = std::fs::read(file).with_context(cannot)?;
    let view = BundleView::parse(&bytes).map_err(|error| bad(error.to_string()))?;
    view.check().map_err(|error| bad(error.to_string()))?;
    if !matches!(view.kind(), BundleKind::Journal | BundleKind::Attachment) {
        return Err(bad("it is a bundle, but holds no journal and no attachment".to_owned()).into());
    }
    let is_ours = view.recipients(SectionName::Payload).is_some_and(|ids| ids.contains(&key.public().id()));
    if !is_ours {
        let message = format!("{} is not sealed to this key: it is another study's", file.display());
        return Err(Exit::new(REFUSED, message).into());
    }
    let opened = view.open(SectionName::Payload, std::slice::from_ref(key)).map_err(|error| bad(error.to_string()))?;
    if view.kind() == BundleKind::Attachment {
        let part = Part::from_bytes(&opened).map_err(|error| bad(error.to_string()))?;
        return Ok(vec![line_of_part(&view, &part)]);
    }
    let runs = journal::decode(&opened).map_err(|error| bad(error.to_string()))?;
    Ok(runs.iter().flat_map(|run| lines(&view, run)).collect())
}

/// The parts of a content, joined in the order of their offsets, are the file; `content` is its BLAKE3.
fn line_of_part(view: &BundleView<'_>, part: &Part) -> Value {
    json!({
        "bundle": view.id(), "device": view.packer(), "content": part.content, "size": part.total,
        "offset": part.offset, "bytes": data_encoding::BASE64.encode(&part.bytes),
    })
}

fn lines(view: &BundleView<'_>, run: &Run) -> Vec<Value> {
    let line = |(seq, bytes): (u64, &Vec<u8>)| {
        let entry: Value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
        json!({ "bundle": view.id(), "stream": run.stream, "device": run.device, "seq": seq, "entry": entry })
    };
    (run.first_seq..).zip(&run.entries).map(line).collect()
}
