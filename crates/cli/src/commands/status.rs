//! `tsela status`: what is unsent, received, or waits for a person, computed from journal and receipts.

use clap::Args;
use serde_json::{Value, json};
use tsela_core::time::Timestamp;
use tsela_store::{Connection, acks, attachments, identity, meta, outgoing, push_history, records, remote, streams};

use crate::{
    args::LaptopDir,
    clock,
    output::{Out, json},
    place,
};

/// A clock that differs by more from the server's is worth telling, seconds.
const DRIFT: i64 = 120;

/// Arguments.
#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    dir: LaptopDir,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Prints the state of a laptop.
///
/// # Errors
/// What the store said.
pub fn run(args: &StatusArgs) -> anyhow::Result<()> {
    place::laptop_only(&args.dir.dir)?;
    let dir = crate::args::Dir { dir: args.dir.dir.clone(), user: args.dir.user.clone() };
    let reading = place::Reading::open(&dir)?;
    let now = clock::now();
    let status = reading.read(|conn| status(conn, now))?;
    if args.json { json(&status) } else { print(&status) }
}

fn status(conn: &Connection, now: Timestamp) -> anyhow::Result<Value> {
    let (unsent, files) = (outgoing::unsent(conn)?, attachments::unsent(conn)?);
    let counts = records::counts(conn)?;
    let streams: Vec<Value> = acks::confirmed(conn)?
        .into_iter()
        .map(|(stream, acked)| {
            json!({
                "code": stream.code,
                "state": stream.state.as_str(),
                "head": { "seq": stream.head.seq, "hash": stream.head.hash },
                "acked_through": acked,
                "forked_at": stream.forked_at,
            })
        })
        .collect();
    let remote = remote::get(conn)?;
    let peer = acks::present_peer(conn)?;
    let receipt =
        peer.filter(|peer| peer.receipt > 0).map(|peer| json!({ "number": peer.receipt, "at": peer.receipt_at }));
    let last_push = push_history::list(conn, 1)?.pop().map(|push| {
        json!({ "started_at": push.started_at, "ended_at": push.ended_at, "outcome": push.outcome.as_str(), "entries": push.entries })
    });
    let device = identity::get(conn)?;
    Ok(json!({
        "device": device.as_ref().map(|device| json!({ "id": device.device, "name": device.name })),
        "study": device.as_ref().map(|device| device.study),
        "streams": streams,
        "spare_codes": streams::spares(conn)?,
        "unsent": unsent.records,
        "with_driver": unsent.with_driver,
        "unsent_by_model": unsent.by_model,
        "unsent_entries": unsent.entries,
        "unsent_bytes": unsent.bytes,
        "unsent_attachments": files.contents,
        "unsent_attachment_bytes": files.bytes,
        "attachments_with_driver": files.with_driver,
        "oldest_unsent_seconds": unsent.oldest_at.map(|at| now.millis_since(at).max(0) / 1000),
        "received": counts.written.saturating_sub(unsent.records),
        "attention": counts.attention,
        "last_receipt": receipt,
        "last_push": last_push,
        "server": remote.as_ref().map(|remote| json!({
            "name": remote.name,
            "url": remote.url,
            "incarnation": remote.incarnation,
            "last_contact_at": remote.contact_at,
            "clock_drift_seconds": remote.drift_ms.map(|ms| ms / 1000),
            "auto_push": remote.auto,
        })),
        "notices": notices(conn, remote.as_ref())?,
    }))
}

fn notices(conn: &Connection, remote: Option<&remote::Remote>) -> anyhow::Result<Vec<Value>> {
    let mut notices = Vec::new();
    let mut tell = |code: &str, message: String| notices.push(json!({ "code": code, "message": message }));
    if let Some(why) = meta::new_stream_due(conn)? {
        tell("new_stream", format!("The next save begins a new stream: {why}."));
    }
    if streams::own(conn)?.iter().any(|stream| stream.forked_at.is_some()) {
        tell("fork", "A stream of this laptop has two histories: tell the data manager.".to_owned());
    }
    if streams::spares(conn)?.is_empty() {
        tell("codes_low", "No stream code is left in reserve: push once, and the server gives new ones.".to_owned());
    }
    if let Some(drift) = remote.and_then(|remote| remote.drift_ms).map(|ms| ms / 1000).filter(|s| s.abs() > DRIFT) {
        let way = if drift > 0 { "ahead of" } else { "behind" };
        tell("clock", format!("This laptop's clock is {} {way} the server's: set it right.", duration(drift.abs())));
    }
    Ok(notices)
}

fn print(status: &Value) -> anyhow::Result<()> {
    let number = |name: &str| status.get(name).and_then(Value::as_u64).unwrap_or(0);
    let mut out = Out::new();
    let oldest = status.get("oldest_unsent_seconds").and_then(Value::as_i64);
    let oldest = oldest.map(|seconds| format!(", the oldest {} old", duration(seconds))).unwrap_or_default();
    out.line(&format!("unsent     {}{oldest}", number("unsent")))?;
    for (model, count) in status.get("unsent_by_model").and_then(Value::as_object).into_iter().flatten() {
        out.line(&format!("           {count} {model}"))?;
    }
    if number("unsent_attachments") > 0 {
        let (files, bytes) = (number("unsent_attachments"), number("unsent_attachment_bytes"));
        out.line(&format!("           {files} attached files, {bytes} bytes"))?;
    }
    if number("with_driver") > 0 {
        out.line(&format!("           {} of them with a driver", number("with_driver")))?;
    }
    out.line(&format!("received   {}", number("received")))?;
    out.line(&format!("attention  {}", number("attention")))?;
    for stream in status.get("streams").and_then(Value::as_array).into_iter().flatten() {
        let text = |pointer: &str| stream.pointer(pointer).map_or_else(String::new, plain_text);
        let (code, seq, acked, state) = (text("/code"), text("/head/seq"), text("/acked_through"), text("/state"));
        out.line(&format!("stream     {code} {state}: {seq} entries, received through {acked}"))?;
    }
    for notice in status.get("notices").and_then(Value::as_array).into_iter().flatten() {
        out.line(&notice.get("message").map_or_else(String::new, plain_text))?;
    }
    out.flush()
}

fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Writes a time as people say it: the two largest units.
pub fn duration(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn times_are_written_in_their_two_largest_units() {
        let written = [5, 125, 12_000, 200_000].map(duration);
        assert_eq!(written, ["5 s", "2 min", "3 h 20 min", "2 d 7 h"]);
    }
}
