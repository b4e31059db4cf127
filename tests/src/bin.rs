//! The program `tsela` as a person runs it: real processes in temporary folders.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::OnceLock,
    time::SystemTime,
};

use serde_json::Value;
use tempfile::TempDir;

/// The passphrase of everybody in the tests.
pub const PASSPHRASE: &str = "a long road to the clinic";

/// Where Debian puts the library that moves a process's clock.
const LIBFAKETIME: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// Returns the program, which lies beside the folder of the test executables. One that is missing or older than its
/// sources is built first; several tests at once wait for one build.
pub fn tsela() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().expect("a test knows its own executable");
        let folder = test.parent().and_then(Path::parent).expect("a test lies in deps, beside which the programs are");
        let program = folder.join(format!("tsela{}", std::env::consts::EXE_SUFFIX));
        let lock = fs::File::create(folder.join("tsela.building")).expect("the target folder can be written to");
        lock.lock().expect("a lock in the target folder");
        if is_outdated(&program) {
            build(folder);
        }
        assert!(program.exists(), "{} is missing: run `cargo build -p tsela-cli` first", program.display());
        program
    })
}

fn build(folder: &Path) {
    let target = folder.parent().expect("the folder of a profile lies in the target folder");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "tsela-cli", "--bin", "tsela", "--target-dir"]).arg(target);
    if folder.file_name() == Some(OsStr::new("release")) {
        cargo.arg("--release");
    }
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo can be run");
    assert!(built.success(), "`cargo build -p tsela-cli` failed; its words are above");
}

fn is_outdated(program: &Path) -> bool {
    let Ok(built) = fs::metadata(program).and_then(|metadata| metadata.modified()) else { return true };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the project");
    let sources = [root.join("crates"), root.join("migrations")];
    sources.iter().filter_map(|folder| newest(folder)).any(|changed| changed > built)
}

/// Returns when a source below a folder was last changed; tests are no sources.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let times = entries.filter_map(|entry| {
        let path = entry.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        match path.is_dir() {
            true if ["tests", "snapshots", "benches", "examples"].contains(&name) => None,
            true => newest(&path),
            false if name == "tests.rs" || !(name.ends_with(".rs") || name.ends_with(".sql")) => None,
            false => entry.metadata().ok()?.modified().ok(),
        }
    });
    times.max()
}

/// How a command ended, and what it printed.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Expects an exit code, and says what was printed if it is another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    /// Expects success without a word on standard error.
    #[track_caller]
    pub fn quietly(self) -> Self {
        let ran = self.expect(0);
        assert_eq!(ran.err, "", "an unexpected message");
        ran
    }

    /// Returns standard output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Returns standard output as one JSON value a line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.out.lines().map(parse).collect()
    }
}

/// A command to be run, with the passphrase in its environment.
#[derive(Debug)]
pub struct Tsela {
    command: Command,
    input: Vec<u8>,
}

impl Tsela {
    /// Prepares a command.
    pub fn new<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(tsela());
        command.args(arguments).env("TSELA_PASSPHRASE", PASSPHRASE).env("TSELA_TEST_KDF", "cheap");
        command.env_remove("RUST_LOG").env_remove("TSELA_LOG").env_remove("CREDENTIALS_DIRECTORY");
        Self { command, input: Vec::new() }
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable out of its environment.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Moves its clock, as `+365d` or `-90d`; `None` where libfaketime is not installed.
    #[must_use]
    pub fn moved(self, by: &str) -> Option<Self> {
        let Some(library) = LIBFAKETIME.into_iter().find(|path| Path::new(path).exists()) else {
            eprintln!("skipped: libfaketime is not installed (apt install libfaketime)");
            return None;
        };
        Some(self.env("LD_PRELOAD", library).env("FAKETIME", by).env("FAKETIME_DONT_FAKE_MONOTONIC", "1"))
    }

    /// Gives it something on standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Ran {
        let Output { status, stdout, stderr } = self.output();
        let text = |bytes| String::from_utf8(bytes).expect("tsela prints UTF-8");
        Ran { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    /// Runs it to its end, which must be a good one, and returns the bytes that it wrote.
    #[track_caller]
    pub fn bytes(self) -> Vec<u8> {
        let Output { status, stdout, stderr } = self.output();
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        stdout
    }

    fn output(mut self) -> Output {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("tsela can be run");
        let mut stdin = child.stdin.take().expect("standard input is piped");
        let input = self.input;
        // Whoever does not read its input has ended, which is seen below.
        let writing = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().expect("tsela ends");
        writing.join().expect("the input was written");
        output
    }

    /// Starts it and leaves it running.
    pub fn start(mut self) -> Running {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = self.command.spawn().expect("tsela can be run");
        let out = BufReader::new(child.stdout.take().expect("standard output is piped"));
        Running { child, out }
    }
}

/// A command that is running; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    /// Returns the next line that it prints; empty once it has ended.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("tsela prints UTF-8");
        line.trim_end().to_owned()
    }

    /// Gives it a line on standard input.
    pub fn tell(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().expect("standard input is piped");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).expect("tsela reads");
    }

    /// Kills it, as a power cut does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Returns its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends and returns its exit code. Its input stays open meanwhile, which waiting would else close.
    pub fn wait(&mut self) -> Option<i32> {
        let _input = self.child.stdin.take();
        self.child.wait().expect("a child can be waited for").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A study on one computer: a folder for a server and for laptops.
#[derive(Debug)]
pub struct Study {
    dir: TempDir,
    serving: Option<Running>,
    address: String,
}

impl Study {
    /// Sets up a server with the demonstration study and serves it on a free port.
    pub fn open() -> Self {
        Self::open_at(tempfile::tempdir().expect("a temporary folder"))
    }

    /// Does the same in a folder of which the disk is known.
    pub fn open_in(folder: &Path) -> Self {
        Self::open_at(tempfile::tempdir_in(folder).expect("a temporary folder"))
    }

    fn open_at(dir: TempDir) -> Self {
        let mut study = Self { dir, serving: None, address: "127.0.0.1:0".to_owned() };
        study.tsela(&["server", "init", "--dir", "S"]).expect(0);
        study.serve();
        study
    }

    /// Sets up a server as [`Self::open`] does, with the demonstration study's `policies.json` changed.
    pub fn open_with(change: impl FnOnce(&mut Value)) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut study = Self { dir, serving: None, address: "127.0.0.1:0".to_owned() };
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/study");
        let (to, mut change) = (study.path("study"), Some(change));
        fs::create_dir(&to).expect("a folder");
        for file in fs::read_dir(demo).expect("the demonstration study").flatten() {
            let name = file.file_name();
            let mut text = fs::read_to_string(file.path()).expect("a file of the demonstration study");
            if name == "policies.json" {
                let mut policies: Value = serde_json::from_str(&text).expect("policies are JSON");
                change.take().expect("there is one file of policies")(&mut policies);
                text = policies.to_string();
            }
            fs::write(Path::new(&to).join(name), text).expect("a file can be written");
        }
        study.tsela(&["server", "init", "--dir", "S", "--study", "study"]).expect(0);
        study.serve();
        study
    }

    /// Returns a path in the study's folder.
    pub fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().expect("a temporary folder's path is UTF-8").to_owned()
    }

    /// Prepares a command; a name after `--dir` is that of a folder in the study's.
    pub fn command(&self, arguments: &[&str]) -> Tsela {
        let mut after_dir = false;
        let mut tsela = Tsela::new(arguments.iter().map(|argument| {
            let place = std::mem::replace(&mut after_dir, *argument == "--dir");
            if place { self.path(argument) } else { (*argument).to_owned() }
        }));
        tsela.command.current_dir(self.dir.path());
        tsela
    }

    /// Runs a command; see [`Self::command`].
    pub fn tsela(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).run()
    }

    /// Serves the server, where it was served before; one that is running is killed first.
    pub fn serve(&mut self) {
        self.serve_as(|command| command);
    }

    /// Serves as [`Self::serve`] does, with the command changed.
    pub fn serve_as(&mut self, change: impl FnOnce(Tsela) -> Tsela) {
        self.kill_server();
        let mut serving = change(self.command(&["serve", "--dir", "S", "--listen", &self.address])).start();
        let url = serving.line();
        self.address = url.strip_prefix("https://").expect("serve prints its address").to_owned();
        self.serving = Some(serving);
    }

    /// Kills the server.
    pub fn kill_server(&mut self) {
        self.serving = None;
    }

    /// Returns where the server listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns a new enrolment code.
    pub fn code(&self) -> String {
        self.tsela(&["server", "code", "--dir", "S"]).expect(0).out.trim().to_owned()
    }

    /// Enrols a laptop in a folder of this name, for a person of the same name.
    pub fn enrol(&self, name: &str) {
        self.tsela(&["enrol", "--dir", name, "--code", &self.code(), "--user", name]).expect(0);
    }

    /// Enrols a driver's laptop in a folder of this name, for a person of the same name.
    pub fn enrol_carrier(&self, name: &str) {
        let code = self.tsela(&["server", "code", "--dir", "S", "--role", "carrier"]).expect(0).out;
        let named = ["--user", name, "--device-name", name];
        self.tsela(&[&["enrol", "--dir", name, "--code", code.trim()], &named[..]].concat()).expect(0);
    }

    /// Enters lines on a laptop, which must all be taken.
    pub fn enter(&self, laptop: &str, lines: &str) -> Vec<Value> {
        self.command(&["enter", "--dir", laptop, "-"]).input(lines).run().quietly().json_lines()
    }

    /// Returns a laptop's status.
    pub fn status(&self, laptop: &str) -> Value {
        self.tsela(&["status", "--dir", laptop, "--json"]).quietly().json()
    }

    /// Returns the digest that a folder's store prints, of the laptop's own streams.
    pub fn digests(&self, laptop: &str) -> (String, String) {
        let streams = self.status(laptop)["streams"].as_array().expect("streams are a list").clone();
        let mut there = vec!["digest".to_owned(), "--dir".to_owned(), "S".to_owned()];
        for stream in &streams {
            there.extend(["--stream".to_owned(), stream["code"].as_str().expect("a code is text").to_owned()]);
        }
        let there: Vec<&str> = there.iter().map(String::as_str).collect();
        (self.tsela(&["digest", "--dir", laptop]).quietly().out, self.tsela(&there).quietly().out)
    }
}
