//! The measurements, in the order in which one run makes them.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{
    Run, machine,
    process::{self, Clinic, laptop},
    road, start,
    table::{self, Row},
};

/// Entries of the large push.
const PUSH: u64 = 50_000;
/// Acknowledged entries before a small push: few, and many. The many hold 100,000 participants to be searched.
const FEW: u64 = 1_000;
const MANY: u64 = 1_040_000;
/// Entries of a small push, and how often it is made.
const SMALL: u64 = 100;
const TIMES: usize = 25;
/// Saves measured.
const SAVES: usize = 4_000;
/// Texts searched for, each in participants and in everything.
const SEARCHES: usize = 2_000;

/// Hand-overs of the sample day, and tubes of one that is counted.
const MEETINGS: usize = 5;
const TUBES: usize = 500;
/// Bundles on a stick, and entries in them.
const BUNDLES: u64 = 1_000;
const IN_BUNDLES: u64 = 50_000;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Measures what is asked for and prints the table. Says whether all goals were met.
pub(crate) fn all(run: &Run) -> Result<bool> {
    let place = Place::make(run)?;
    println!("{}\nstores in {}", machine::name(), place.dir.display());
    if run.quick {
        println!("--quick: a twentieth of the size; the goals are for the whole");
    }
    let mut rows = Vec::new();
    if run.wants("save") {
        rows.extend(saves(&place, run)?);
    }
    if run.wants("push") {
        rows.extend(push(&place, run)?);
    }
    if run.wants("after") || run.wants("search") {
        rows.extend(large(&place, run)?);
    }
    if run.wants("hand-over") {
        println!("handing over …");
        rows.extend(road::hand_over(&place.dir, run.times(MEETINGS))?);
    }
    if run.wants("reconcile") {
        println!("counting tubes …");
        rows.extend(road::reconcile(&place.dir, run.times(TUBES))?);
    }
    if run.wants("import") {
        rows.extend(import(&place, run)?);
    }
    if run.wants("start") {
        println!("starting the window …");
        rows.extend(start::measure(run.times(start::STARTS)));
    }
    println!();
    table::print(&rows);
    let missed = rows.iter().filter(|row| row.met == Some(false)).count();
    let judged = rows.iter().filter(|row| row.met.is_some()).count();
    println!("\n{} of {judged} goals met", judged - missed);
    Ok(missed == 0)
}

impl Run {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    fn size(&self, whole: u64) -> u64 {
        if self.quick { whole / 20 } else { whole }
    }

    fn times(&self, whole: usize) -> usize {
        if self.quick { whole / 5 } else { whole }
    }
}

/// Where the stores lie.
struct Place {
    dir: PathBuf,
    keep: bool,
}

impl Place {
    fn make(run: &Run) -> Result<Self> {
        let temporary = || {
            // Beside the program, so on the disk that the project is on; a temporary folder may be memory.
            let program = std::env::current_exe()?;
            let folder = program.parent().context("the program is in a folder")?;
            Ok::<_, anyhow::Error>(folder.join(format!("tsela-bench-{}", std::process::id())))
        };
        let dir = run.dir.clone().map_or_else(temporary, Ok)?;
        std::fs::create_dir_all(&dir)?;
        Ok(Self { dir, keep: run.dir.is_some() })
    }

    /// Returns a new pair of server and enrolled laptop.
    fn pair(&self, name: &str) -> Result<(Clinic, PathBuf, PathBuf)> {
        let (server, dir) = (self.dir.join(format!("{name}-server")), self.dir.join(format!("{name}-laptop")));
        let clinic = Clinic::start(&server, ANY_PORT)?;
        laptop(&dir, &["enrol", &clinic.code])?;
        Ok((clinic, server, dir))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = std::fs::remove_dir_all(&self.dir)
        {
            eprintln!("{} could not be removed: {error}", self.dir.display());
        }
    }
}

fn saves(place: &Place, run: &Run) -> Result<Vec<Row>> {
    println!("saving …");
    let (clinic, _, dir) = place.pair("save")?;
    clinic.stop()?;
    let said = laptop(&dir, &["save", &run.times(SAVES).to_string()])?;
    let of = |name: &str, quantile: &str| number(said.get(name).unwrap_or(&Value::Null), quantile);
    let mut rows = Vec::new();
    for quantile in ["p50", "p99"] {
        let (save, bare) = (of("save", quantile)?, of("bare", quantile)?);
        let came = format!("{:.1}× ({:.2} ms against {:.2} ms)", save / bare, save / 1e3, bare / 1e3);
        rows.push(Row::judged(
            format!("a save against a bare insert of its bytes, {quantile}"),
            came,
            "≤ 2.5×",
            save / bare <= 2.5,
        ));
    }
    Ok(rows)
}

fn push(place: &Place, run: &Run) -> Result<Vec<Row>> {
    let entries = run.size(PUSH);
    println!("pushing {entries} entries …");
    let (clinic, server, dir) = place.pair("push")?;
    laptop(&dir, &["fill", &entries.to_string()])?;
    // A process of its own for the push alone, so that its memory is what a push takes.
    let clinic = Clinic::start(&server, clinic.stop()?)?;
    let pushed = laptop(&dir, &["push"])?;
    let cost = clinic.cost();
    clinic.stop()?;
    let (seconds, sent) = (number(&pushed, "seconds")?, number(&pushed, "entries")?);
    let each = number(&pushed, "bytes")? / sent;
    let rate = sent / seconds;
    let cpu = |seconds: Option<f64>| seconds.map_or("?".to_owned(), |s| format!("{:.0} µs", s / sent * 1e6));
    let (here, there) = (cpu(pushed.get("cpu").and_then(Value::as_f64)), cpu(cost.1));
    let what = format!("push of {entries} entries to receipt");
    Ok(vec![
        Row::judged(what, format!("{rate:.0} entries/s"), "≥ 25000 entries/s", rate >= 25_000.0),
        Row::told("  processor time an entry", format!("laptop {here}, server {there}")),
        Row::judged("  bytes an entry on the wire", format!("{each:.1}"), "≤ 75", each <= 75.0),
        memory("  peak memory of the laptop's process", pushed.get("peak_mib").and_then(Value::as_f64), 150.0),
        memory("  peak memory of the server", cost.0, 200.0),
    ])
}

/// Small pushes after few and many entries, and searching in what has come together by then.
fn large(place: &Place, run: &Run) -> Result<Vec<Row>> {
    let (few, many) = (run.size(FEW).max(SMALL), run.size(MANY));
    let (clinic, server, dir) = place.pair("large")?;
    laptop(&dir, &["fill", &few.to_string()])?;
    laptop(&dir, &["push"])?;
    println!("pushing {SMALL} entries after {few} …");
    let small = after(&dir, run)?;
    println!("writing {many} entries …");
    let filled = laptop(&dir, &["fill", &many.to_string()])?;
    println!("pushing {many} entries …");
    let clinic = Clinic::start(&server, clinic.stop()?)?;
    let pushed = laptop(&dir, &["push"])?;
    let cost = clinic.cost();
    let clinic = Clinic::start(&server, clinic.stop()?)?;
    println!("pushing {SMALL} entries after {many} …");
    let big = after(&dir, run)?;
    clinic.stop()?;
    let rate = |said: &Value| Ok::<_, anyhow::Error>(number(said, "entries")? / number(said, "seconds")?);
    let came = format!("{:.2} ({:.0} ms after {many}, {:.0} ms after {few})", big / small, big * 1e3, small * 1e3);
    let what = format!("push of {SMALL} entries after {many} against after {few}");
    let mut rows = vec![
        Row::judged(what, came, "ratio ≤ 1.5", big / small <= 1.5),
        Row::told(format!("  push of {many} entries"), format!("{:.0} entries/s", rate(&pushed)?)),
        memory("  peak memory of the laptop's process", pushed.get("peak_mib").and_then(Value::as_f64), 150.0),
        memory("  peak memory of the server", cost.0, 200.0),
        Row::told("  stored again from their entries", format!("{:.0} entries/s", rate(&filled)?)),
        Row::told("  findings in generated data", filled.get("findings").unwrap_or(&Value::Null).to_string()),
    ];
    if run.wants("search") {
        println!("searching …");
        rows.extend(searches(&dir, run)?);
    }
    Ok(rows)
}

/// Returns the median seconds of a small push.
fn after(dir: &Path, run: &Run) -> Result<f64> {
    let said = laptop(dir, &["after", &SMALL.to_string(), &run.times(TIMES).to_string()])?;
    let seconds = said.get("seconds").and_then(Value::as_array).context("the seconds of each push")?;
    let mut seconds: Vec<f64> = seconds.iter().filter_map(Value::as_f64).collect();
    seconds.sort_unstable_by(f64::total_cmp);
    Ok(crate::laptop::percentile(&seconds, 50))
}

fn searches(dir: &Path, run: &Run) -> Result<Vec<Row>> {
    let said = laptop(dir, &["search", &run.times(SEARCHES).to_string()])?;
    let (participants, records) = (number(&said, "participants")?, number(&said, "records")?);
    let all = said.get("all").context("all searches")?;
    let (p50, p95) = (number(all, "p50")?, number(all, "p95")?);
    let what = format!("search among {participants:.0} participants, {records:.0} records, p95");
    let mut rows = vec![Row::judged(what, format!("{p95:.1} ms (p50 {p50:.1} ms)"), "≤ 30 ms", p95 <= 30.0)];
    for kind in said.get("kinds").and_then(Value::as_array).into_iter().flatten() {
        let name = kind.get("kind").and_then(Value::as_str).unwrap_or("?");
        let came = format!("{:.1} ms (p50 {:.1} ms)", number(kind, "p95")?, number(kind, "p50")?);
        rows.push(Row::told(format!("  {name}"), came));
    }
    rows.push(memory("  peak memory of the searching process", said.get("peak_mib").and_then(Value::as_f64), 150.0));
    Ok(rows)
}

/// A folder with many small bundles, taken in by a server that has none of it.
fn import(place: &Place, run: &Run) -> Result<Vec<Row>> {
    let (entries, bundles) = (run.size(IN_BUNDLES), run.size(BUNDLES));
    println!("writing {bundles} bundles to a folder …");
    let (clinic, server, dir) = place.pair("import")?;
    clinic.stop()?;
    laptop(&dir, &["fill", &entries.to_string()])?;
    let folder = place.dir.join("import-folder");
    std::fs::create_dir_all(&folder)?;
    let to = folder.to_str().context("a folder whose path is UTF-8")?;
    let written = laptop(&dir, &["export", to, &bundles.to_string()])?;
    println!("taking in {} bundles …", number(&written, "bundles")?);
    let said = process::import(&server, &folder)?;
    let (taken, seconds) = (number(&said, "bundles")?, number(&said, "seconds")?);
    let came = format!("{seconds:.1} s ({:.0} bundles/s, {:.1} ms each)", taken / seconds, seconds / taken * 1e3);
    Ok(vec![
        Row::told(
            format!("import of {taken:.0} bundles, {:.0} entries, from a folder", number(&said, "entries")?),
            came,
        ),
        memory("  peak memory of the server", said.get("peak_mib").and_then(Value::as_f64), 200.0),
    ])
}

fn memory(what: &str, peak: Option<f64>, most: f64) -> Row {
    match peak {
        Some(peak) => Row::judged(what, format!("{peak:.0} MiB"), format!("≤ {most:.0} MiB"), peak <= most),
        None => Row::told(what, "not told by this system"),
    }
}

fn number(said: &Value, name: &str) -> Result<f64> {
    said.get(name).and_then(Value::as_f64).with_context(|| format!("{name} is missing in {said}"))
}
