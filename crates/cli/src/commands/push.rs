//! `tsela push`: sending what is unsent, and believing the receipts.

use std::{io::IsTerminal as _, time::Duration};

use clap::Args;
use serde_json::{Value, json};
use tsela_rpc::client::laptop::Opened;
use tsela_store::{acks, attachments, carried, ways};
use tsela_sync::{
    engine::{Engine, EngineHandle, EngineStatus, PushSummary},
    problem::{Problem, ProblemCode},
};

mod carrier;
mod instead;
mod outbox;
mod way;

use crate::{
    args::LaptopDir,
    commands::status::duration,
    exit::{Blocked, Exit, INTERRUPTED},
    output, place, runtime,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct PushArgs {
    #[command(flatten)]
    dir: LaptopDir,
    /// Send what was packed at sign-out; needs no passphrase.
    #[arg(long, conflicts_with = "wait")]
    outbox: bool,
    /// Send by this configured way instead of the network (see `tsela ways`), or hand over to the driver's laptop at this
    /// address, as its screen shows it.
    #[arg(long, value_name = "NAME or ADDRESS:PORT", conflicts_with = "outbox")]
    to: Option<String>,
    /// The key of that way's SFTP server, SHA256:…; needed once, and remembered.
    #[arg(long, value_name = "FINGERPRINT", requires = "to")]
    host_key: Option<String>,
    /// Hand over to a driver without comparing digits: for a carrier that is known to be the right one.
    #[arg(long, requires = "to")]
    without_comparing: bool,
    /// Print what came of it as JSON.
    #[arg(long)]
    json: bool,
    /// How long to wait for a window or command that has the store open.
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    wait: u64,
}

/// Pushes once.
///
/// # Errors
/// Exit code 79 if the server is not in reach and what is unsent was written to the first configured way that works, 69 if
/// none does, 76 for a bad answer, 77 if this laptop was revoked. What has arrived by then stays arrived.
pub fn run(args: &PushArgs) -> anyhow::Result<()> {
    if args.outbox {
        return outbox::run(&args.dir.dir, args.json);
    }
    let wait = Duration::from_secs(args.wait);
    let opened = place::open_writer(&args.dir.dir, args.dir.user.as_deref(), "tsela push", wait)?;
    if let Some(to) = &args.to {
        let is_way = opened.store.read(|conn| ways::find(conn, to))?.is_some();
        return match to.parse() {
            Ok(address) if !is_way => carrier::run(&opened, &address, args.without_comparing, args.json),
            _ => way::run(&opened, to, args.host_key.as_deref(), args.json),
        };
    }
    let carried = opened.store.read(carried::pending)?.0;
    let outcome = runtime::block_on(push(&opened))?;
    opened.advance_marker()?;
    match outcome {
        Ended::Answered(Ok(summary)) => done(&opened, args.json, carried, &summary),
        Ended::Answered(Err(problem)) => failed(&opened, args.json, carried, problem),
        Ended::Interrupted => {
            Err(Exit::new(u8::try_from(INTERRUPTED).unwrap_or(130), "ended; push again to go on").into())
        }
    }
}

enum Ended {
    Answered(Result<PushSummary, Problem>),
    Interrupted,
}

async fn push(opened: &Opened) -> Ended {
    let engine = match Engine::start(opened.engine_config(true)) {
        Ok(engine) => engine,
        Err(error) => {
            let problem = Problem::new(ProblemCode::Unknown, &[("detail", &error.to_string())]);
            return Ended::Answered(Err(problem));
        }
    };
    let shown = tokio::spawn(show(engine.watch()));
    let ended = tokio::select! {
        summary = engine.push_and_wait(&opened.user.name) => Ended::Answered(summary),
        _ = tokio::signal::ctrl_c() => Ended::Interrupted,
    };
    let notices = engine.status().notices;
    stop(engine).await;
    shown.abort();
    clear();
    for notice in notices {
        eprintln!("tsela: {}", notice.message);
    }
    ended
}

async fn stop(engine: EngineHandle) {
    if tokio::time::timeout(Duration::from_secs(30), engine.shutdown()).await.is_err() {
        tracing::warn!("the engine did not end in time");
    }
}

/// Shows progress on a terminal until there is nothing more to show.
async fn show(mut status: tokio::sync::watch::Receiver<EngineStatus>) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    while status.changed().await.is_ok() {
        let text = progress(&status.borrow_and_update());
        eprint!("\r\x1b[K{text}");
    }
}

fn progress(status: &EngineStatus) -> String {
    let Some(progress) = status.progress else { return "asking the server …".to_owned() };
    let left = progress.seconds_left.and_then(|seconds| i64::try_from(seconds).ok());
    let left = left.map(|seconds| format!(", {} left", duration(seconds))).unwrap_or_default();
    let kib = progress.bytes_sent.div_ceil(1024);
    format!("{} of {} entries received, {kib} KiB sent{left}", progress.entries_done, progress.entries_total)
}

fn clear() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}

fn done(opened: &Opened, json: bool, carried: usize, summary: &PushSummary) -> anyhow::Result<()> {
    if json {
        output::json(&outcome(opened, "done", carried, summary, summary.problem.as_ref())?)?;
    } else {
        let server = &opened.remote.name;
        if carried > 0 {
            let left = opened.store.read(carried::pending)?.0;
            output::line(&format!(
                "{server} has taken {} bundles of others, {left} are left.",
                carried.saturating_sub(left)
            ))?;
        }
        output::line(&match summary.entries {
            0 => format!("Nothing was unsent; {server} has everything."),
            n => format!("{server} has received {n} entries ({} bytes sent).", summary.bytes),
        })?;
    }
    match opened.store.read(attachments::unsent)?.contents {
        0 => {}
        left => output::line(&format!("{left} attached files are still unsent."))?,
    }
    if let Some(problem) = &summary.problem {
        eprintln!("tsela: {problem}");
    }
    Ok(())
}

fn failed(opened: &Opened, json: bool, carried: usize, problem: Problem) -> anyhow::Result<()> {
    let nothing = PushSummary { entries: 0, bytes: 0, problem: None };
    if let Some(instead) = instead::of_the_network(opened, &problem)? {
        if json {
            let mut said = outcome(opened, instead.outcome(), carried, &nothing, Some(&problem))?;
            if let Some(said) = said.as_object_mut() {
                said.insert("written".to_owned(), instead.to_json());
            }
            output::json(&said)?;
        } else {
            instead.say(&problem)?;
        }
        return instead.end();
    }
    if json {
        output::json(&outcome(opened, "failed", carried, &nothing, Some(&problem))?)?;
    }
    Err(Blocked(problem).into())
}

fn outcome(
    opened: &Opened,
    outcome: &str,
    carried: usize,
    summary: &PushSummary,
    problem: Option<&Problem>,
) -> anyhow::Result<Value> {
    let own = opened.store.read(acks::confirmed)?;
    let acked: Vec<Value> =
        own.into_iter().map(|(stream, through)| json!({ "code": stream.code, "through": through })).collect();
    let left = opened.store.read(carried::pending)?.0;
    Ok(json!({
        "outcome": outcome,
        "entries": summary.entries,
        "bytes": summary.bytes,
        "acked": acked,
        "attachments_left": opened.store.read(attachments::unsent)?.contents,
        "carried": { "delivered": carried.saturating_sub(left), "left": left },
        "problem": problem,
    }))
}
