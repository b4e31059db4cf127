//! `tsela serve --role relay`: a carrier without a window. It takes what authors hand over and delivers it when the server
//! is in reach.

use std::{collections::BTreeSet, io::BufRead as _, sync::Arc, time::Duration};

use tokio::sync::mpsc;
use tsela_relay::{ListenError, Listener, Meeting, Stage};
use tsela_rpc::client::laptop::Opened;
use tsela_sync::engine::{Engine, EngineHandle};

use super::ServeArgs;
use crate::{
    app::told_to_end,
    exit::{DATA, Exit, SOFTWARE, UNAVAILABLE},
    output, place, runtime,
};

/// How often new meetings are looked for.
const PACE: Duration = Duration::from_millis(200);

/// Serves until Ctrl-C or SIGTERM; the addresses are printed once authors are answered, then a line for each meeting.
///
/// # Errors
/// Exit code 65 for a laptop that is no carrier, 69 if the address cannot be listened on, 75 if its window is open.
pub fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let opened = place::open_writer(&args.dir.dir, args.dir.user.as_deref(), "tsela serve", Duration::ZERO)?;
    runtime::block_on(serve(args, &opened))??;
    opened.advance_marker()?;
    Ok(())
}

async fn serve(args: &ServeArgs, opened: &Opened) -> anyhow::Result<()> {
    let engine = Engine::start(opened.engine_config(false)).map_err(|error| Exit::new(SOFTWARE, error.to_string()))?;
    let engine = Arc::new(engine);
    let told = Arc::clone(&engine);
    let listener = Listener::start(opened.engine_config(false), args.listen, !args.quiet, move || told.local_save());
    let listener = listener.await.map_err(exit)?;
    for address in listener.addresses() {
        output::line(&address.to_string())?;
    }
    let asked = meet(args.without_comparing, &listener);
    tokio::select! {
        ended = asked => ended?,
        () = told_to_end() => {}
    }
    listener.stop().await;
    stop(engine).await;
    Ok(())
}

fn exit(error: ListenError) -> anyhow::Error {
    let code = match &error {
        ListenError::NoCarrier => DATA,
        ListenError::Address { .. } => UNAVAILABLE,
        ListenError::Tls(_) => SOFTWARE,
        ListenError::Store(_) => return error.into(),
    };
    Exit::new(code, error.to_string()).into()
}

async fn stop(engine: Arc<EngineHandle>) {
    if let Ok(engine) = Arc::try_unwrap(engine) {
        let _ = tokio::time::timeout(Duration::from_secs(30), engine.shutdown()).await;
    }
}

/// Shows each meeting with its digits and takes the driver's answers: `yes` or `no`.
async fn meet(without_comparing: bool, listener: &Listener) -> anyhow::Result<()> {
    let mut answers = answers();
    let mut shown = BTreeSet::new();
    loop {
        let mut meetings = listener.meetings();
        meetings.reverse();
        let waiting: Vec<_> = meetings.into_iter().filter(|meeting| meeting.stage == Stage::Compare).collect();
        for meeting in &waiting {
            if shown.insert(meeting.id.clone()) {
                output::line(&format!("{} {}", meeting.digits, output::plain(&meeting.name)))?;
            }
            if without_comparing {
                listener.answer(&meeting.id, true)?;
            }
        }
        tokio::select! {
            answer = answers.recv() => match answer {
                Some(answer) => take(&answer, listener),
                // Standard input has ended; the carrier goes on.
                None => tokio::time::sleep(PACE).await,
            },
            () = tokio::time::sleep(PACE) => {}
        }
    }
}

/// What was typed: yes or no, with the digits that it is about if more than one laptop waits.
struct Typed {
    agreed: bool,
    digits: String,
}

/// Takes an answer. What cannot be taken is told, and ends nothing.
fn take(typed: &Typed, listener: &Listener) {
    let waits = |meeting: &Meeting| meeting.stage == Stage::Compare;
    let mut waiting: Vec<Meeting> = listener.meetings().into_iter().filter(waits).collect();
    if !typed.digits.is_empty() {
        waiting.retain(|meeting| meeting.digits.replace(' ', "") == typed.digits);
    }
    match waiting.as_slice() {
        [meeting] => {
            if let Err(error) = listener.answer(&meeting.id, typed.agreed) {
                eprintln!("tsela: {error}");
            }
        }
        [] => eprintln!("tsela: nobody waits for this answer"),
        _ => eprintln!("tsela: more than one laptop waits: add the digits, as in \"yes 123 456\""),
    }
}

/// Reads answers from standard input, in a thread that ends with the program.
fn answers() -> mpsc::UnboundedReceiver<Typed> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let line = line.trim().to_lowercase();
            let (word, digits) = line.split_once(' ').unwrap_or((&line, ""));
            let agreed = match word {
                "y" | "yes" => true,
                "n" | "no" => false,
                _ => continue,
            };
            let digits = digits.chars().filter(char::is_ascii_digit).collect();
            if sender.send(Typed { agreed, digits }).is_err() {
                return;
            }
        }
    });
    receiver
}
