//! The road of a tube: two laptops that meet, a hand-over that is counted, a stick that is taken in. Programs are those
//! that people run, with their real cost of a passphrase; what is timed begins once somebody is signed in.

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tsela_tests::{
    bin::{PASSPHRASE, Study},
    browser::Browser,
    day::tubes_of_the_sample,
};

use crate::{laptop::percentile, table::Row};

/// Tubes of the hand-over that is counted, and of those how many come after it began, as one save does not hold all.
const TUBES: usize = 500;
const LATE: usize = 100;
/// A household has some tubes; so many households have more than enough.
const HOUSEHOLDS: u64 = 200;
/// What a scan may take, milliseconds.
const SCAN: f64 = 50.0;
/// How long a laptop may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Measures how long the sample day takes from the last yes to the six digits until all of it is with the driver.
pub(crate) fn hand_over(dir: &Path, times: usize) -> Result<Vec<Row>> {
    let (mut millis, mut last) = (Vec::new(), Value::Null);
    for _ in 0..times {
        let mut study = Study::open_in(dir);
        study.enrol_carrier("driver");
        study.enrol("lesedi");
        study
            .command(&["enter", "--dir", "lesedi", "--moved-to-today", "-"])
            .input(tubes_of_the_sample(45))
            .run()
            .expect(0);
        study.kill_server();
        let (lesedi, driver) = (signed_in(&study, "lesedi")?, signed_in(&study, "driver")?);
        let collecting = done(&driver, "collect", &json!({ "on": true }))?;
        let place = collecting.pointer("/places/0/host").cloned().context("where the driver collects")?;
        done(&lesedi, "meet_carrier", &json!({ "address": place }))?;
        done(&lesedi, "answer_digits", &json!({ "same": true }))?;
        let meetings = done(&driver, "collecting", &json!({}))?;
        let meeting = meetings.pointer("/meetings/0/meeting").cloned().context("the meeting")?;
        let began = Instant::now();
        done(&driver, "answer_meeting", &json!({ "meeting": meeting, "same": true }))?;
        last = handed_over(&lesedi)?;
        millis.push(began.elapsed().as_secs_f64() * 1e3);
    }
    millis.sort_unstable_by(f64::total_cmp);
    let [low, mid, high] = [0, 50, 100].map(|hundredths| percentile(&millis, hundredths));
    let what = format!("hand-over of the sample day between two laptops, {times} times");
    let told = |name: &str| last.get(name).unwrap_or(&Value::Null).to_string();
    Ok(vec![
        Row::told(what, format!("{mid:.0} ms ({low:.0} to {high:.0} ms)")),
        Row::told("  bundles, bytes, tubes on the list", ["bundles", "bytes", "tubes"].map(told).join(", ")),
    ])
}

fn handed_over(laptop: &Browser) -> Result<Value> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let view = done(laptop, "handing_over", &json!({}))?;
        match view.get("phase").and_then(Value::as_str) {
            Some("done") => return Ok(view),
            Some("failed") => bail!("the hand-over failed: {view}"),
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    bail!("the hand-over did not end in {PATIENCE:?}")
}

/// Measures how long the answer to each scan takes while so many tubes are counted: a call of the page, a save, and
/// what the page then shows.
pub(crate) fn reconcile(dir: &Path, tubes: usize) -> Result<Vec<Row>> {
    let late = tubes * LATE / TUBES;
    let study = Study::open_in(dir);
    study.enrol("lesedi");
    let lines = study.households(1, HOUSEHOLDS);
    study.command(&["enter", "--dir", "lesedi", "-"]).input(lines).run().expect(0);
    let codes = listed(&study)?;
    ensure!(codes.len() >= tubes, "{HOUSEHOLDS} households have {} tubes only", codes.len());
    let codes: Vec<&String> = codes.iter().take(tubes).collect();
    let (at_first, later) = codes.split_at(tubes - late);
    let pages = signed_in(&study, "lesedi")?;
    let label = |code: &&String| {
        done(&pages, "check_label", &json!({ "code": code, "among": [], "by": "scanned", "reason": null })).map(drop)
    };
    at_first.iter().try_for_each(label)?;
    let begin = json!({ "taker": "driver", "place": "Otse", "bags": [], "loose": true });
    let view = done(&pages, "begin_handover", &begin)?;
    later.iter().try_for_each(label)?;
    let transfer = view.pointer("/row/transfer/id").cloned().context("the hand-over")?;
    if late > 0 {
        done(&pages, "add_late_tubes", &json!({ "transfer": transfer, "tubes": later }))?;
    }
    let (mut millis, mut balance) = (Vec::new(), Value::Null);
    for code in &codes {
        let scan = json!({ "transfer": transfer, "code": code, "by": "scanned", "reason": null });
        let began = Instant::now();
        let seen = done(&pages, "see_tube", &scan)?;
        millis.push(began.elapsed().as_secs_f64() * 1e3);
        balance = seen.get("balance").cloned().unwrap_or_default();
    }
    ensure!(balance.get("matched") == Some(&json!(tubes)), "counted: {balance}");
    millis.sort_unstable_by(f64::total_cmp);
    let [p50, p99, longest] = [50, 99, 100].map(|hundredths| percentile(&millis, hundredths));
    let what = format!("a scan of {tubes} tubes that are counted, the longest");
    let came = format!("{longest:.1} ms (p50 {p50:.1} ms, p99 {p99:.1} ms)");
    Ok(vec![Row::judged(what, came, format!("≤ {SCAN:.0} ms"), longest <= SCAN)])
}

/// Returns the codes of all tubes that are not labelled yet.
fn listed(study: &Study) -> Result<BTreeSet<String>> {
    let tubes = study.tsela(&["tubes", "--dir", "lesedi", "--json"]).expect(0).json_lines();
    let planned = tubes.iter().filter(|tube| tube.get("custody") == Some(&json!("planned")));
    planned.map(|tube| tube.get("specimen").and_then(Value::as_str).map(str::to_owned).context("a code")).collect()
}

fn signed_in(study: &Study, laptop: &str) -> Result<Browser> {
    let pages = Browser::of(study, laptop);
    done(&pages, "sign_in", &json!({ "user": laptop, "passphrase": PASSPHRASE }))?;
    Ok(pages)
}

/// Gives a command that must be done.
fn done(pages: &Browser, command: &str, args: &Value) -> Result<Value> {
    let answer = pages.call(command, args);
    answer.get("ok").cloned().with_context(|| format!("{command}: {answer}"))
}
