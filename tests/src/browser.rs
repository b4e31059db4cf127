//! A browser at `tsela app`, without its pages: calls over a plain connection.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::bin::{Running, Study};

/// The pages of a laptop, `lesedi` if nothing else is said, as `tsela app` serves them.
#[derive(Debug)]
pub struct Browser {
    /// Where they are.
    pub address: String,
    /// What a call must show.
    pub token: String,
    _app: Running,
}

impl Browser {
    /// Starts `tsela app`; it ends when this is dropped.
    ///
    /// # Panics
    /// If it prints no address.
    pub fn open(study: &Study) -> Self {
        Self::of(study, "lesedi")
    }

    /// Starts `tsela app` for another laptop.
    ///
    /// # Panics
    /// If it prints no address.
    pub fn of(study: &Study, laptop: &str) -> Self {
        let app = study.command(&["app", "--dir", laptop, "--listen", "127.0.0.1:0"]);
        let mut app = app.env("TSELA_COLLECT", "127.0.0.1:0").start();
        let url = app.line();
        let (address, token) = url
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once("/#token="))
            .unwrap_or_else(|| panic!("no address: {url}"));
        Self { address: address.to_owned(), token: token.to_owned(), _app: app }
    }

    /// Sends a request as it stands and returns the head and body of the answer.
    ///
    /// # Panics
    /// If nothing answers.
    pub fn raw(&self, head: &str, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).expect("tsela app answers");
        let length = body.len();
        write!(stream, "{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
            .expect("tsela app answers");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("tsela app answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("tsela app answers");
        (head.to_owned(), body.to_owned())
    }

    /// Posts a body with these headers.
    ///
    /// # Panics
    /// If nothing answers.
    pub fn post(&self, host: &str, token: &str, extra: &str, body: &str) -> (String, String) {
        let head = format!(
            "POST /rpc HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}{extra}"
        );
        self.raw(&head, body)
    }

    /// Gives a command and returns the answer.
    ///
    /// # Panics
    /// If the call is not taken.
    pub fn call(&self, command: &str, args: &Value) -> Value {
        let call = json!({ "command": command, "args": args }).to_string();
        let (head, body) = self.post(&self.address, &self.token, "", &call);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{body}");
        serde_json::from_str(&body).expect("tsela app answers")
    }
}
