//! A clinic's server in a folder of its own, listening on a free port, with a clock that the test turns.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tsela_core::{enrolment::EnrolmentCode, package::demonstration_parts, time::Timestamp};
use tsela_server::{OpenOptions, Running, ServeOptions, Server, admin::By, init, serve};
use tsela_store::Kdf;
use tsela_sync::road::pin::{Spki, Trust, client_config};

/// 2026-03-02T06:00:00Z.
const MORNING: i64 = 1_772_431_200_000;
pub const MINUTE: i64 = 60_000;

pub struct Clinic {
    pub dir: TempDir,
    pub server: Server,
    pub http: reqwest::Client,
    clock: Arc<AtomicI64>,
    running: Option<Running>,
    base: String,
}

fn options(clock: &Arc<AtomicI64>) -> OpenOptions {
    let clock = Arc::clone(clock);
    OpenOptions {
        clock: Arc::new(move || Timestamp(clock.load(Ordering::SeqCst))),
        quick_check: false,
        kdf: Kdf::CHEAP_FOR_TESTS,
    }
}

impl Clinic {
    pub async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(MORNING));
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        init(dir.path(), demonstration_parts(), "clinic", &mut rng, Timestamp(MORNING)).unwrap();
        Self::serve(dir, clock, None).await
    }

    pub async fn with_ui(ui: PathBuf) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(MORNING));
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        init(dir.path(), demonstration_parts(), "clinic", &mut rng, Timestamp(MORNING)).unwrap();
        Self::serve(dir, clock, Some(ui)).await
    }

    async fn serve(dir: TempDir, clock: Arc<AtomicI64>, ui: Option<PathBuf>) -> Self {
        let server = Server::open_with(dir.path(), options(&clock)).unwrap();
        let listen = ServeOptions {
            backups: false,
            ui: ui.or_else(|| Some(dir.path().to_path_buf())),
            ..ServeOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))
        };
        let running = serve::start(server.clone(), &listen).await.unwrap();
        let pin = Spki(server.identity().document().tls_spki_sha256);
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(client_config(Trust::Pinned(vec![pin])))
            .no_proxy()
            .build()
            .unwrap();
        let base = running.url().to_owned();
        Self { dir, server, http, clock, running: Some(running), base }
    }

    /// Stops serving and closes the store.
    pub async fn close(mut self) -> (TempDir, Arc<AtomicI64>) {
        self.running.take().unwrap().stop().await.unwrap();
        let Self { dir, server, http, clock, .. } = self;
        drop((server, http));
        (dir, clock)
    }

    pub async fn reopen(dir: TempDir, clock: Arc<AtomicI64>) -> Self {
        Self::serve(dir, clock, None).await
    }

    /// Restores the server from a backup and serves it again.
    pub async fn restored_from(self, backup: &std::path::Path) -> Self {
        let (dir, hands) = self.close().await;
        tsela_server::restore(dir.path(), backup, options(&hands)).unwrap();
        Self::reopen(dir, hands).await
    }

    pub fn options(clock: &Arc<AtomicI64>) -> OpenOptions {
        options(clock)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::SeqCst))
    }

    pub fn pass(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn code(&self) -> EnrolmentCode {
        self.code_for("field")
    }

    pub fn code_for(&self, role: &str) -> EnrolmentCode {
        self.server.make_code(role, None, "laptop 7", None, &By::operator()).unwrap().code
    }

    /// Calls a page's command with a session's cookie; returns the answer and the cookie that was set.
    pub async fn page(&self, cookie: Option<&str>, command: &str, args: Value) -> (Value, Option<String>) {
        let mut request = self.http.post(self.url("/rpc")).json(&json!({"command": command, "args": args}));
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{command}");
        let cookie = response.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned());
        (response.json().await.unwrap(), cookie)
    }

    /// The events in the server's own stream, as written, oldest first.
    pub fn events(&self) -> Vec<String> {
        let read = |conn: &tsela_store::Connection| {
            let mut statement = conn.prepare("SELECT bytes FROM entry WHERE record IS NULL ORDER BY id")?;
            let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
            Ok(rows.map(|bytes| String::from_utf8(bytes.unwrap()).unwrap()).collect())
        };
        self.server.store().read(read).unwrap()
    }

    /// Signs in and returns the cookie.
    pub async fn sign_in(&self, name: &str, role: &str) -> String {
        self.server.set_account(name, role, "pula e na thata", &By::operator()).unwrap();
        let args = json!({"user": name, "passphrase": "pula e na thata"});
        let (answer, cookie) = self.page(None, "server_sign_in", args).await;
        assert_eq!(answer["ok"]["user"]["name"], name, "{answer}");
        cookie.unwrap().split(';').next().unwrap().to_owned()
    }
}
