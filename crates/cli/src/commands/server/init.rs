//! `tsela server init`: making a study's server.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tsela_core::package::demonstration_parts;
use tsela_store::{Folder, StoreError};

use crate::{
    args::ServerDir,
    clock,
    exit::{DATA, Exit},
    output,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct InitArgs {
    #[command(flatten)]
    dir: ServerDir,
    /// The study: a folder of JSON files, or one file [default: the demonstration study].
    #[arg(long, value_name = "PATH")]
    study: Option<PathBuf>,
    /// What people will call the server.
    #[arg(long, value_name = "NAME", default_value = "Community server")]
    name: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Sets up the server and says where the keys are that must go into a safe.
///
/// # Errors
/// Exit code 65 if the study cannot be used or the folder has a store already.
pub fn run(args: &InitArgs) -> anyhow::Result<()> {
    let dir = &args.dir.dir;
    let folder = Folder::new(dir);
    if folder.store().exists() || folder.server_key().exists() || folder.keys().exists() {
        return Err(StoreError::AlreadyAStore { path: dir.clone() }.into());
    }
    let files = args.study.as_deref().map(study).transpose()?;
    let parts: Vec<(&str, &str)> = match &files {
        Some(files) => files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect(),
        None => demonstration_parts().to_vec(),
    };
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let made = tsela_server::init(dir, &parts, &args.name, &mut rng, clock::now())?;
    if args.json {
        output::json(&json!({
            "study": made.study,
            "study_name": made.study_name,
            "server": made.server,
            "fingerprint": made.fingerprint.to_string(),
            "offline": made.offline,
        }))?;
    } else {
        output::line(&format!("{} ({}), root key {}", made.study_name, made.study, made.fingerprint))?;
    }
    eprintln!("The study's root and recovery keys are in {}: move them into a safe.", made.offline.display());
    Ok(())
}

/// Reads a study's files by name.
fn study(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let cannot = |path: &Path| format!("cannot read {}", path.display());
    if path.is_file() {
        let text = std::fs::read_to_string(path).with_context(|| cannot(path))?;
        return Ok(vec![(file_name(path), text)]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).with_context(|| cannot(path))? {
        let path = entry.with_context(|| cannot(path))?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            files.push((file_name(&path), std::fs::read_to_string(&path).with_context(|| cannot(&path))?));
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Exit::new(DATA, format!("there is no JSON file of a study in {}", path.display())).into());
    }
    Ok(files)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
