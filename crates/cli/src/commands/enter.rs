//! `tsela enter`: lines of a file, each one save.
//!
//! A line is acknowledged on standard output only once its save survives a power cut. Ctrl-C ends between two lines.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Map, Value, json};
use tsela_rpc::client::laptop::Opened;
use tsela_store::{
    Code, StoreError,
    journal::{SaveError, Saved, Warnings},
    lines::{LineError, Names},
};

use crate::{
    args::LaptopDir,
    exit::{DATA, DISK, Exit, INTERRUPTED},
    lines::{Line, Lines, Unfit},
    output::{Out, plain},
    place,
    shift::Shift,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct EnterArgs {
    #[command(flatten)]
    dir: LaptopDir,
    /// The file, `-` for standard input: one JSON object a line, see demo/README.md.
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    /// Move all times so that the file's last event happened shortly before now.
    #[arg(long)]
    moved_to_today: bool,
    /// Note on every save where it comes from, such as `paper`; a line's own source comes first.
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// How long to wait for a window or command that has the store open.
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    wait: u64,
}

/// Saves line by line; a line that fails is reported and the rest goes on.
///
/// # Errors
/// Exit code 65 at the end if any line failed; at once what ends everything: a full disk, a busy store.
pub fn run(args: EnterArgs) -> anyhow::Result<()> {
    let mut input = open(&args.file)?;
    let opened =
        place::open_writer(&args.dir.dir, args.dir.user.as_deref(), "tsela enter", Duration::from_secs(args.wait))?;
    let shift = if args.moved_to_today { Some(whole(&mut input, opened.now())?) } else { None };
    let saving = end_between_saves()?;
    let mut entering = Entering { opened: &opened, names: Names::default(), shift, source: args.source, failed: 0 };
    let mut out = Out::new();
    let entered = entering.all(Lines::new(input), &mut out, &saving);
    let failed = entering.failed;
    // All is entered, so a Ctrl-C comes too late. Ending the program from another thread while this one writes would
    // take the cipher away under its hands.
    std::mem::forget(saving.lock().unwrap_or_else(PoisonError::into_inner));
    opened.advance_marker()?;
    entered?;
    match failed {
        0 => Ok(()),
        1 => Err(Exit::new(DATA, "one line was not entered; its reason is above").into()),
        n => Err(Exit::new(DATA, format!("{n} lines were not entered; their reasons are above")).into()),
    }
}

type Input = Box<dyn BufRead>;

fn open(path: &Path) -> anyhow::Result<Input> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

/// Reads the whole input, as its last event decides by how much it is moved, and puts it back.
fn whole(input: &mut Input, now: tsela_core::time::Timestamp) -> anyhow::Result<Shift> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).context("cannot read the input")?;
    let text = String::from_utf8_lossy(&bytes);
    let shift = Shift::to_today(text.lines(), now);
    *input = Box::new(io::Cursor::new(bytes));
    Ok(shift)
}

/// Ends the program at Ctrl-C, but never within a save: who holds the lock is finishing one.
fn end_between_saves() -> anyhow::Result<Arc<Mutex<()>>> {
    let saving = Arc::new(Mutex::new(()));
    let waits = Arc::clone(&saving);
    let ended = ctrlc::set_handler(move || {
        let _finished = waits.lock().unwrap_or_else(PoisonError::into_inner);
        eprintln!("tsela: ended; what was acknowledged is saved");
        std::process::exit(INTERRUPTED);
    });
    ended.context("cannot listen for Ctrl-C")?;
    Ok(saving)
}

struct Entering<'a> {
    opened: &'a Opened,
    names: Names,
    shift: Option<Shift>,
    source: Option<String>,
    failed: usize,
}

/// Why one line was not entered. What is not of the line itself ends everything.
enum Failed {
    Line(Vec<String>),
    All(anyhow::Error),
}

impl Entering<'_> {
    fn all(&mut self, lines: Lines<Input>, out: &mut Out, saving: &Mutex<()>) -> anyhow::Result<()> {
        for line in lines {
            let Line { number, text } = line.context("cannot read the input")?;
            let _saving = saving.lock().unwrap_or_else(PoisonError::into_inner);
            match text.map_err(|unfit| Failed::Line(vec![unfit.to_string()])).and_then(|text| self.one(&text)) {
                Ok(saved) => {
                    // Without a reader nothing can be acknowledged, so nothing more is saved.
                    out.json(&acknowledged(number, &saved)).and_then(|()| out.flush()).map_err(|_| {
                        Exit::new(DISK, format!("line {number} is saved, but nobody reads standard output any more"))
                    })?;
                }
                Err(Failed::All(error)) => return Err(error.context(format!("line {number}"))),
                Err(Failed::Line(reasons)) => {
                    self.failed += 1;
                    for reason in reasons {
                        eprintln!("line {number}: {}", plain(&reason));
                    }
                }
            }
        }
        Ok(())
    }

    fn one(&mut self, text: &str) -> Result<Saved, Failed> {
        let read = self.opened.store.read(|conn| Ok(self.names.read(text, conn, || self.opened.fresh_id())))?;
        let mut entered = read?;
        if let Some(shift) = self.shift {
            shift.apply(&entered.change.model, &mut entered.change.set);
        }
        if entered.change.source.is_none() {
            entered.change.source.clone_from(&self.source);
        }
        let saved = self.opened.save(entered.save, std::slice::from_ref(&entered.change), None, Warnings::Accept)?;
        self.names.remember(&entered);
        Ok(saved)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        match error.code() {
            Code::Invalid | Code::NotFound => Self::Line(vec![error.to_string()]),
            _ => Self::All(error.into()),
        }
    }
}

impl From<LineError> for Failed {
    fn from(error: LineError) -> Self {
        match error {
            LineError::Store(error) => error.into(),
            other => Self::Line(vec![other.to_string()]),
        }
    }
}

impl From<SaveError> for Failed {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Store(error) => error.into(),
            SaveError::Refused(problems) => Self::Line(
                problems
                    .into_iter()
                    .flatten()
                    .map(|problem| match problem.field.as_str() {
                        "" => format!("{}: {}", problem.model, problem.message),
                        field => format!("{}.{field}: {}", problem.model, problem.message),
                    })
                    .collect(),
            ),
        }
    }
}

impl From<Unfit> for Failed {
    fn from(unfit: Unfit) -> Self {
        Self::Line(vec![unfit.to_string()])
    }
}

fn acknowledged(number: u64, saved: &Saved) -> Value {
    let mut line = Map::new();
    line.insert("line".to_owned(), json!(number));
    line.insert("record".to_owned(), json!(saved.records.last()));
    line.insert("stream".to_owned(), json!(saved.stream));
    line.insert("seq".to_owned(), json!(saved.seq));
    line.insert("warnings".to_owned(), json!(saved.warnings));
    if saved.repeated {
        line.insert("repeated".to_owned(), json!(true));
    }
    Value::Object(line)
}
