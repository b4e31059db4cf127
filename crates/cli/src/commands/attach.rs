//! `tsela attach`: a photo or a PDF that belongs to a record.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tsela_rpc::client::attachments::AttachError;
use tsela_store::journal::SaveError;

use crate::{
    args::LaptopDir,
    commands::history,
    exit::{DATA, Exit},
    output, place,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct AttachArgs {
    /// The record, by id or key.
    #[arg(value_name = "RECORD")]
    record: String,
    /// A photo (JPEG, PNG or WebP) or a PDF.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    dir: LaptopDir,
    /// What it shows, in a few words.
    #[arg(long, value_name = "TEXT")]
    shows: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Attaches a file. The same file at the same record again changes nothing.
///
/// # Errors
/// Exit code 65 if there is no such record or file, or if it is too large or of another kind.
pub fn run(args: &AttachArgs) -> anyhow::Result<()> {
    let opened = place::open_writer(&args.dir.dir, args.dir.user.as_deref(), "tsela attach", Duration::from_secs(1))?;
    let mut about = None;
    opened.store.read(|conn| {
        about = Some(history::find(conn, &args.record));
        Ok(())
    })?;
    let about = about.context("the store was not read")??;
    let bytes = read(&args.file, opened.attachment_limit()?)?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let attached = opened.attach(about, &name, &bytes, args.shows.as_deref()).map_err(exit)?;
    if args.json {
        return output::json(&json!({
            "id": attached.record,
            "record": about,
            "content": attached.content,
            "media_type": attached.media_type.as_str(),
            "size": attached.size,
            "file_name": attached.file_name,
            "again": attached.again,
        }));
    }
    let (name, size) = (output::plain(&attached.file_name), attached.size);
    match attached.again {
        true => output::line(&format!("{name} is attached to this record already; nothing was changed.")),
        false => output::line(&format!("{name} attached, {size} bytes. It is sent after the records.")),
    }
}

/// Reads a file, and no more of it than may be attached.
fn read(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let unreadable = |error: std::io::Error| Exit::new(DATA, format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    if !found.is_file() {
        return Err(Exit::new(DATA, format!("{} is not a file", path.display())).into());
    }
    if found.len() > limit {
        return Err(exit(AttachError::TooLarge { size: found.len(), limit }));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

fn exit(error: AttachError) -> anyhow::Error {
    match error {
        AttachError::Store(error) | AttachError::Save(SaveError::Store(error)) => error.into(),
        other => Exit::new(DATA, other.to_string()).into(),
    }
}
