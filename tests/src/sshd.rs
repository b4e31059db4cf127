//! A real OpenSSH server on loopback: its own host keys, its own settings, one account (whoever runs the test), files
//! only. It is started by the test and gone after it.

use std::{
    fs,
    io::Read as _,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

const PROGRAM: &str = "/usr/sbin/sshd";

/// A running server. It ends when it is dropped.
#[derive(Debug)]
pub struct Sshd {
    dir: TempDir,
    child: Option<Child>,
    port: u16,
    user: String,
    kind: &'static str,
    subsystem: &'static str,
    more: &'static str,
}

impl Sshd {
    /// Starts a server whose key is of this kind, `ed25519` or `ecdsa`; `None` where OpenSSH's server is not installed.
    pub fn start() -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            eprintln!("skipped: sshd is not installed (apt install openssh-server)");
            return None;
        }
        let dir = tempfile::tempdir().expect("a temporary folder");
        let named = Command::new("id").arg("-un").output().expect("id can be run").stdout;
        let user = String::from_utf8(named).expect("an account's name").trim().to_owned();
        let mut sshd = Self { dir, child: None, port: 0, user, kind: "ed25519", subsystem: "internal-sftp", more: "" };
        fs::create_dir(sshd.folder()).expect("a folder");
        for (kind, name) in [("ed25519", "host_ed25519"), ("ecdsa", "host_ecdsa"), ("ed25519", "identity")] {
            sshd.make_key(kind, name, "");
        }
        fs::copy(sshd.path("identity.pub"), sshd.path("authorized_keys")).expect("a key can be copied");
        sshd.run();
        Some(sshd)
    }

    /// Makes a key pair in the server's folder.
    pub fn make_key(&self, kind: &str, name: &str, passphrase: &str) {
        let _ = fs::remove_file(self.path(name));
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", kind, "-N", passphrase, "-C", "a test", "-f"])
            .arg(self.path(name))
            .stdin(Stdio::null())
            .status();
        assert!(made.expect("ssh-keygen can be run").success());
    }

    /// Starts it anew on the same port with settings changed.
    pub fn again(&mut self, change: impl FnOnce(&mut Self)) {
        self.stop();
        change(self);
        self.run();
    }

    /// Chooses which of its keys it prefers.
    pub fn prefer(&mut self, kind: &'static str) {
        self.kind = kind;
    }

    /// Gives it another key than before.
    pub fn renew_key(&mut self) {
        self.make_key("ed25519", "host_ed25519", "");
    }

    /// Chooses what answers when files are asked for; empty for nothing.
    pub fn answer_with(&mut self, subsystem: &'static str) {
        self.subsystem = subsystem;
    }

    /// Adds lines to its settings.
    pub fn set(&mut self, lines: &'static str) {
        self.more = lines;
    }

    /// Ends it, and all its connections.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Returns a path in the server's own folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Returns the folder that is served.
    pub fn folder(&self) -> PathBuf {
        self.path("served")
    }

    /// Returns the private key that is let in.
    pub fn identity(&self) -> String {
        self.path("identity").to_str().expect("a path").to_owned()
    }

    /// Returns the fingerprint of one of its keys, as OpenSSH prints it.
    pub fn fingerprint(&self, kind: &str) -> String {
        let mut asked = Command::new("ssh-keygen");
        let printed = asked.arg("-lf").arg(self.path(&format!("host_{kind}.pub"))).output().expect("ssh-keygen runs");
        let printed = String::from_utf8(printed.stdout).expect("a fingerprint");
        printed.split_whitespace().nth(1).expect("bits, fingerprint, comment").to_owned()
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Returns the URL of the folder that is served.
    pub fn url(&self) -> String {
        self.url_by(self.port)
    }

    /// Returns the same through another port, as of a proxy.
    pub fn url_by(&self, port: u16) -> String {
        format!("sftp://{}@127.0.0.1:{port}{}", self.user, self.folder().to_str().expect("a path"))
    }

    /// Returns the account.
    pub fn user(&self) -> &str {
        &self.user
    }

    fn run(&mut self) {
        prepare_folder_of_root();
        for _ in 0..20 {
            if self.port == 0 {
                // Free a moment ago. Whoever else takes it meanwhile is found out below.
                let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
                self.port = free.local_addr().expect("an address").port();
            }
            let settings = self.settings();
            fs::write(self.path("sshd_config"), settings).expect("settings can be written");
            let log = fs::File::create(self.path("log")).expect("a file");
            let child = Command::new(PROGRAM)
                .args(["-D", "-e", "-f"])
                .arg(self.path("sshd_config"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn();
            self.child = Some(child.expect("sshd can be run"));
            if self.is_up() {
                return;
            }
            self.stop();
            self.port = 0;
        }
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        panic!("sshd does not start: {log}");
    }

    fn settings(&self) -> String {
        let at = |name: &str| self.path(name).to_str().expect("a path").to_owned();
        let (first, second) = if self.kind == "ecdsa" { ("ecdsa", "ed25519") } else { ("ed25519", "ecdsa") };
        let subsystem = match self.subsystem {
            "" => String::new(),
            subsystem => format!("Subsystem sftp {subsystem}\n"),
        };
        format!(
            "ListenAddress 127.0.0.1:{}\nHostKey {}\nHostKey {}\nAuthorizedKeysFile {}\n{subsystem}{}\
             PidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nMaxStartups 100\nLogLevel VERBOSE\n",
            self.port,
            at(&format!("host_{first}")),
            at(&format!("host_{second}")),
            at("authorized_keys"),
            self.more,
        )
    }

    /// Waits until it says what it is.
    fn is_up(&mut self) -> bool {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            let child = self.child.as_mut().expect("it was started");
            if child.try_wait().expect("a child can be asked").is_some() {
                return false;
            }
            let mut said = [0; 4];
            let greeted = TcpStream::connect(self.address()).and_then(|mut stream| stream.read_exact(&mut said));
            if greeted.is_ok() && &said == b"SSH-" {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Run by root, the server wants an empty folder to lock itself into, which a computer without a running one may lack.
fn prepare_folder_of_root() {
    let _ = fs::create_dir("/run/sshd");
}
