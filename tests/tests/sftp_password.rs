//! Signing in to an SSH server by password, asked for outright or by a question. The server is one of our own: an OpenSSH
//! server would want a password of this computer's account.

use std::{borrow::Cow, net::SocketAddr, sync::Arc};

use russh::{
    Channel, ChannelId,
    keys::{Algorithm, HashAlg, PrivateKey},
    server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, run_stream},
};
use tsela_tests::bin::Study;

const PASSWORD: &str = "the road to Otse";

/// Lets in whoever says the password in the one way that it takes, and has no files.
#[derive(Clone, Copy)]
struct Door {
    asks: bool,
}

impl Handler for Door {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let fits = !self.asks && user == "lesedi" && password == PASSWORD;
        Ok(if fits { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        if !self.asks {
            return Ok(Auth::reject());
        }
        let Some(mut answers) = response else {
            let prompts = Cow::Owned(vec![(Cow::Borrowed("Password: "), false)]);
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts });
        };
        let fits = answers.next().is_some_and(|answer| answer.as_ref() == PASSWORD.as_bytes());
        Ok(if fits { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}

/// Serves until the runtime ends; returns where, and the key's fingerprint.
async fn serve(door: Door) -> (SocketAddr, String) {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let key = PrivateKey::random(&mut rng, Algorithm::Ed25519).unwrap();
    let printed = key.public_key().fingerprint(HashAlg::Sha256).to_string();
    let rejection = std::time::Duration::from_millis(1);
    let config = Config { keys: vec![key], auth_rejection_time: rejection, ..Config::default() };
    let config = Arc::new(config);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let config = Arc::clone(&config);
            tokio::spawn(async move {
                if let Ok(session) = run_stream(config, stream, door).await {
                    let _ = session.await;
                }
            });
        }
    });
    (address, printed)
}

#[test]
fn a_password_is_said_in_the_way_that_the_server_takes() {
    let study = Study::open();
    study.enrol("lesedi");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for asks in [false, true] {
        let (address, key) = runtime.block_on(serve(Door { asks }));
        let url = format!("sftp://lesedi@{address}/");
        let export = |password: &str| {
            let command = study.command(&["export", "--dir", "lesedi", "--to", &url, "--host-key", &key]);
            command.env("TSELA_SFTP_PASSWORD", password).env("RUST_LOG", "trace").run()
        };
        let wrong = export("another road").expect(77);
        assert!(wrong.err.contains("does not let lesedi in") && !wrong.err.contains("another road"), "{}", wrong.err);
        // Let in, and only then told that there are no files.
        let right = export(PASSWORD).expect(76);
        assert!(right.err.contains("lets this account in") && !right.err.contains(PASSWORD), "asks: {asks}");
    }
}
