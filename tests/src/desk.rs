//! A browser at a community server, without its pages: calls of somebody who is signed in there.

use reqwest::{Client, header};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tsela_server::Server;
use tsela_sync::road::pin::{Spki, Trust, client_config};

use crate::bin::{PASSPHRASE, Study};

/// Somebody at the server's pages.
#[derive(Debug)]
pub struct Desk {
    runtime: Runtime,
    http: Client,
    url: String,
    cookie: String,
}

impl Desk {
    /// Makes an account for a person and signs in with it.
    ///
    /// # Panics
    /// If the server does not take it.
    pub fn of(study: &Study, name: &str, role: &str) -> Self {
        study.tsela(&["server", "user", "--dir", "S", "--name", name, "--role", role]).expect(0);
        let server = Server::open(study.path("S").as_ref()).expect("the server's folder");
        let pin = Spki(server.identity().document().tls_spki_sha256);
        let config = client_config(Trust::Pinned(vec![pin]));
        let http = Client::builder().tls_backend_preconfigured(config).no_proxy().build().expect("a client");
        let runtime = Runtime::new().expect("a runtime");
        let mut desk = Self { runtime, http, url: format!("https://{}/rpc", study.address()), cookie: String::new() };
        let signed_in = desk.call("server_sign_in", &json!({ "user": name, "passphrase": PASSPHRASE }));
        assert_eq!(signed_in["ok"]["user"]["name"], name, "{signed_in}");
        desk
    }

    /// Gives a command and returns the answer.
    ///
    /// # Panics
    /// If the server does not answer.
    pub fn call(&mut self, command: &str, args: &Value) -> Value {
        let call = json!({ "command": command, "args": args });
        let request = self.http.post(&self.url).header(header::COOKIE, &self.cookie).json(&call);
        let (cookie, body) = self.runtime.block_on(async {
            let response = request.send().await.expect("the server answers");
            let cookie = response.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
            let cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
            (cookie, response.json().await.expect("the server answers JSON"))
        });
        self.cookie = cookie.unwrap_or_else(|| std::mem::take(&mut self.cookie));
        body
    }

    /// Gives a command that must be done, and returns what came of it.
    ///
    /// # Panics
    /// If it is refused.
    #[track_caller]
    pub fn done(&mut self, command: &str, args: &Value) -> Value {
        let answer = self.call(command, args);
        assert!(answer.get("ok").is_some(), "{command} {args}: {answer}");
        answer["ok"].clone()
    }
}
