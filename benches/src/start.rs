//! Starting the real window on a laptop with a day's work, until its sign-in page takes what is typed.
//!
//! The window is driven as the window tests drive it, by their harness (`tests/window`), on a display of its own. Where
//! something for that is missing, the row says what, and how to get it.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{laptop::percentile, table::Row};

/// How often the window is started.
pub(crate) const STARTS: usize = 20;

const WHAT: &str = "cold start to usable window";
const DRIVER_OF_WEBKIT: &str = "/usr/bin/WebKitWebDriver";

/// Returns the rows, whatever happens: without a window there is nothing else to measure here.
pub(crate) fn measure(starts: usize) -> Vec<Row> {
    let measured = programs().and_then(|programs| {
        if let Some(missing) = missing(&programs) {
            return Ok(Err(missing));
        }
        run(&programs, starts).map(Ok)
    });
    match measured {
        Ok(Ok(millis)) => rows(&millis),
        Ok(Err(missing)) => vec![Row::told(WHAT, format!("not measured: {missing}"))],
        Err(error) => vec![Row::told(WHAT, format!("not measured: {error:#}"))],
    }
}

fn rows(millis: &[f64]) -> Vec<Row> {
    let mut sorted = millis.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let came = |quantile| format!("{:.0} ms", percentile(&sorted, quantile));
    let first = millis.first().copied().unwrap_or_default();
    vec![
        Row::told(format!("{WHAT}, {} starts, p50", millis.len()), came(50)),
        Row::told("  p95", came(95)),
        Row::told("  the first of them", format!("{first:.0} ms")),
    ]
}

/// Returns the folder of the programs that were built as this one was.
fn programs() -> Result<PathBuf> {
    let program = env::current_exe()?;
    let folder = program.parent().and_then(Path::parent).context("the program is in target/PROFILE/deps")?;
    Ok(folder.to_path_buf())
}

fn harness() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/window")
}

/// Returns what is missing to drive a window, in words.
fn missing(programs: &Path) -> Option<String> {
    let built = |name: &str| programs.join(name).is_file();
    let tools = harness().join("../../.tools/bin");
    let needed = [
        (cfg!(target_os = "linux"), "a window is driven on Linux only".to_owned()),
        (built("tsela-desktop") && built("tsela"), format!("no tsela-desktop and tsela in {}", programs.display())),
        (on_path("node"), "node is not installed".to_owned()),
        (harness().join("node_modules").is_dir(), "npm packages of tests/window are not installed".to_owned()),
        (tools.join("tauri-driver").is_file() || on_path("tauri-driver"), "tauri-driver is not installed".to_owned()),
        (Path::new(DRIVER_OF_WEBKIT).is_file(), format!("{DRIVER_OF_WEBKIT} is not installed")),
        (on_path("xvfb-run"), "xvfb-run is not installed".to_owned()),
    ];
    let (_, words) = needed.into_iter().find(|(there, _)| !there)?;
    Some(format!("{words}; `make bench` sees to it"))
}

fn on_path(name: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

/// Starts the window and returns the milliseconds of each start.
fn run(programs: &Path, starts: usize) -> Result<Vec<f64>> {
    let driven = Command::new("xvfb-run")
        .args(["--auto-servernum", "--server-args=-screen 0 1400x900x24", "node", "bench/cold-start.js"])
        .arg(starts.to_string())
        .current_dir(harness())
        .env("TSELA_PROGRAMS", programs)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(driven.status.success(), "the window could not be driven; what it said is above");
    let said: Value = serde_json::from_slice(&driven.stdout).context("the driven window's times")?;
    let millis = said.get("millis").and_then(Value::as_array).context("the driven window's times")?;
    Ok(millis.iter().filter_map(Value::as_f64).collect())
}
