//! From an address to a session: the server shows the key that is expected, and only then somebody signs in.

use std::{
    borrow::Cow,
    future::Future,
    io,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use russh::{
    ChannelMsg, Error as SshError, Preferred,
    client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse as Asked},
    keys::{Algorithm, PrivateKeyWithHashAlg, PublicKeyOrCertificate},
};
use russh_sftp::client::{Config as SftpConfig, RawSftpSession};
use tokio::{net::TcpStream, time::timeout};

use super::{HostKey, Login, SftpAddress, SftpError, host_key::KINDS, session::Session};

/// How long each step of a connection may take. A satellite link needs seconds; a service that waits for something else
/// than SSH says nothing for ever.
const STEP: Duration = Duration::from_secs(20);
/// How long one request may take, seconds. What is on its way is at most 64 KiB (`session.rs`): over a minute for that
/// is no connection any more.
const REQUEST: u64 = 60;
/// Most bytes of one answer: the largest that a server is asked for is a part of a listing.
const ANSWER: u32 = 256 << 10;
/// Most rounds of questions that a server may ask at a sign-in.
const QUESTIONS: usize = 5;

/// Connects, checks the server's key, and signs in.
///
/// # Errors
/// [`SftpError`]; before the key is found to be the expected one, nothing secret is sent.
pub(super) async fn connect(
    address: &SftpAddress,
    login: &Login,
    pin: Option<HostKey>,
    moved: &Arc<AtomicU64>,
) -> Result<Session, SftpError> {
    let mut ssh = match shake_hands(address, pin, &KINDS).await {
        // The person may have confirmed another of the keys that this server has.
        Err(SftpError::ChangedHost { host, pinned, shown }) => match with_other_key(address, pin).await {
            Some(ssh) => ssh,
            None => return Err(SftpError::ChangedHost { host, pinned, shown }),
        },
        shaken => shaken?,
    };
    sign_in(&mut ssh, address, login).await?;
    let sftp = open_sftp(&ssh, address).await?;
    Session::begin(sftp, ssh, address, Arc::clone(moved)).await
}

async fn with_other_key(address: &SftpAddress, pin: Option<HostKey>) -> Option<Handle<Check>> {
    for kind in &KINDS {
        if let Ok(ssh) = shake_hands(address, pin, std::slice::from_ref(kind)).await {
            return Some(ssh);
        }
    }
    None
}

async fn shake_hands(
    address: &SftpAddress,
    pin: Option<HostKey>,
    kinds: &[Algorithm],
) -> Result<Handle<Check>, SftpError> {
    let host = address.server();
    let stream = dial(address).await?;
    let shown = Arc::new(Mutex::new(None));
    let check = Check { pin, shown: Arc::clone(&shown) };
    let shaken = timeout(STEP, client::connect_stream(config(kinds), stream, check)).await;
    let shown = *shown.lock().unwrap_or_else(PoisonError::into_inner);
    match (shaken, shown, pin) {
        (Ok(Ok(ssh)), ..) => Ok(ssh),
        (_, Some(shown), None) => Err(SftpError::UnknownHost { host, shown }),
        (_, Some(shown), Some(pinned)) if shown != pinned => Err(SftpError::ChangedHost { host, pinned, shown }),
        (Ok(Err(SshError::NoCommonAlgo { .. })), ..) => Err(SftpError::NothingInCommon { host }),
        (Ok(Err(SshError::Version | SshError::Disconnect)) | Err(_), None, _) => Err(SftpError::NotSsh { host }),
        (Ok(Err(error)), ..) => Err(broke_off(address, &error)),
        (Err(_), ..) => Err(SftpError::BrokeOff { host, why: "no answer".to_owned() }),
    }
}

async fn dial(address: &SftpAddress) -> Result<TcpStream, SftpError> {
    let host = address.server();
    let name = (address.host.as_str(), address.port);
    let found: Vec<_> = match timeout(STEP, tokio::net::lookup_host(name)).await {
        Ok(Ok(found)) => found.collect(),
        _ => return Err(SftpError::NoName { host: address.host.clone() }),
    };
    match timeout(STEP, TcpStream::connect(found.as_slice())).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(source)) => Err(SftpError::NoAnswer { host, source }),
        Err(_) => Err(SftpError::NoAnswer { host, source: io::ErrorKind::TimedOut.into() }),
    }
}

fn config(kinds: &[Algorithm]) -> Arc<client::Config> {
    let preferred = Preferred { key: Cow::Owned(kinds.to_vec()), ..Preferred::DEFAULT };
    Arc::new(client::Config {
        preferred,
        keepalive_interval: Some(Duration::from_secs(15)),
        keepalive_max: 3,
        nodelay: true,
        ..client::Config::default()
    })
}

/// Compares the server's key with the expected one. Without one, no key is good enough.
pub(super) struct Check {
    pin: Option<HostKey>,
    shown: Arc<Mutex<Option<HostKey>>>,
}

impl client::Handler for Check {
    type Error = SshError;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, SshError> {
        // Certificates were not asked for.
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else { return Ok(false) };
        let shown = HostKey::of(key);
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        Ok(self.pin == Some(shown))
    }
}

async fn sign_in(ssh: &mut Handle<Check>, address: &SftpAddress, login: &Login) -> Result<(), SftpError> {
    let is_in = match login {
        Login::Key(key) => {
            let key = PrivateKeyWithHashAlg::new(Arc::new(key.as_ref().clone()), None);
            accepted(address, &in_time(address, ssh.authenticate_publickey(&address.user, key)).await?)?
        }
        Login::Password(password) => {
            let answer = in_time(address, ssh.authenticate_password(&address.user, password.as_str())).await?;
            // Many servers ask for a password by a question only.
            accepted(address, &answer)? || answers(ssh, address, password).await?
        }
    };
    match is_in {
        true => Ok(()),
        false => Err(SftpError::NotLetIn { host: address.server(), user: address.user.clone() }),
    }
}

/// Says whether somebody was let in. A connection that ended meanwhile looks like a refusal that offers nothing else.
fn accepted(address: &SftpAddress, answer: &AuthResult) -> Result<bool, SftpError> {
    match answer {
        AuthResult::Success => Ok(true),
        AuthResult::Failure { remaining_methods, .. } if remaining_methods.is_empty() => {
            Err(SftpError::BrokeOff { host: address.server(), why: "it was closed during the sign-in".to_owned() })
        }
        AuthResult::Failure { .. } => Ok(false),
    }
}

/// Answers a question that hides what is typed with the password, and no other.
async fn answers(ssh: &mut Handle<Check>, address: &SftpAddress, password: &str) -> Result<bool, SftpError> {
    let mut asked = in_time(address, ssh.authenticate_keyboard_interactive_start(&address.user, None)).await?;
    for _ in 0..QUESTIONS {
        let Asked::InfoRequest { prompts, .. } = asked else { return Ok(matches!(asked, Asked::Success)) };
        if prompts.iter().any(|prompt| prompt.echo) {
            return Ok(false);
        }
        let replies = prompts.iter().map(|_| password.to_owned()).collect();
        asked = in_time(address, ssh.authenticate_keyboard_interactive_respond(replies)).await?;
    }
    Ok(matches!(asked, Asked::Success))
}

async fn open_sftp(ssh: &Handle<Check>, address: &SftpAddress) -> Result<RawSftpSession, SftpError> {
    let mut channel = match in_time(address, ssh.channel_open_session()).await {
        Err(_) => return Err(no_sftp(ssh, address).await),
        Ok(opened) => opened,
    };
    in_time(address, channel.request_subsystem(true, "sftp")).await?;
    // The call does not wait for the answer; whoever speaks on without one waits for ever.
    let answered = in_time(address, async {
        loop {
            match channel.wait().await {
                Some(ChannelMsg::Success) => return Ok(true),
                Some(ChannelMsg::Failure) | None => return Ok(false),
                Some(_) => {}
            }
        }
    });
    if !answered.await? {
        return Err(no_sftp(ssh, address).await);
    }
    let config = SftpConfig { max_packet_len: ANSWER, request_timeout_secs: REQUEST, ..SftpConfig::default() };
    Ok(RawSftpSession::new_with_config(channel.into_stream(), config))
}

/// Says why there are no files: because there are none, or because the connection is gone.
pub(super) async fn no_sftp(ssh: &Handle<Check>, address: &SftpAddress) -> SftpError {
    // The channel ends a moment before the connection is known to have.
    tokio::time::sleep(Duration::from_millis(100)).await;
    match ssh.is_closed() {
        true => SftpError::BrokeOff { host: address.server(), why: "it was closed".to_owned() },
        false => SftpError::NoSftp { host: address.server() },
    }
}

async fn in_time<T>(address: &SftpAddress, step: impl Future<Output = Result<T, SshError>>) -> Result<T, SftpError> {
    match timeout(STEP, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(broke_off(address, &error)),
        Err(_) => Err(SftpError::BrokeOff { host: address.server(), why: "no answer".to_owned() }),
    }
}

fn broke_off(address: &SftpAddress, error: &SshError) -> SftpError {
    SftpError::BrokeOff { host: address.server(), why: error.to_string() }
}
