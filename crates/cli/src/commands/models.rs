//! `tsela models`: the kinds of records.

use clap::Args;
use serde_json::json;
use tsela_core::model::{self, Model, ModelKind};

use crate::output::Out;

/// Arguments.
#[derive(Debug, Args)]
pub struct ModelsArgs {
    /// Only those that travel in the journal.
    #[arg(long, conflicts_with = "no_sync")]
    sync: bool,
    /// Only reference data, which comes with the study package.
    #[arg(long)]
    no_sync: bool,
    /// Print one JSON object a line, with version, natural key, dependencies and fields.
    #[arg(long)]
    json: bool,
}

/// Lists the models, one name a line.
///
/// # Errors
/// If standard output cannot be written to.
pub fn run(args: &ModelsArgs) -> anyhow::Result<()> {
    let mut out = Out::new();
    for model in model::all().iter().filter(|model| wanted(args, model)) {
        if args.json { out.json(&described(model))? } else { out.line(model.name)? }
    }
    out.flush()
}

fn wanted(args: &ModelsArgs, model: &Model) -> bool {
    (!args.sync || model.syncs) && (!args.no_sync || !model.syncs)
}

fn described(model: &Model) -> serde_json::Value {
    let fields: Vec<&str> = model.fields.iter().map(|field| field.name).collect();
    let carrier: Vec<&str> = model.carrier_fields().map(|field| field.name).collect();
    json!({
        "name": model.name,
        "label": model.label,
        "version": model.version,
        "kind": if model.kind == ModelKind::Record { "record" } else { "reference" },
        "sync": model.syncs,
        "key": model.key_field,
        "dependencies": model.dependencies(),
        "fields": fields,
        "carrier_fields": carrier,
    })
}
