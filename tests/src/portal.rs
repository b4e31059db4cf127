//! A captive portal: whatever is asked of it, in plain HTTP or in TLS with a certificate of its own, it answers 200 with
//! a log-in page.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivatePkcs8KeyDer};

const PAGE: &str = "<!doctype html><title>Guest Wi-Fi</title><h1>Welcome! Please accept the terms to go on.</h1>";
const FIRST_BYTE_OF_TLS: u8 = 0x16;
/// How long a caller may take to ask.
const PATIENCE: Duration = Duration::from_secs(10);

/// A captive portal; ends when it is dropped.
#[derive(Debug)]
pub struct Portal {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    ending: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Portal {
    /// Takes the place of a server at an address of loopback; port 0 takes a free one.
    pub fn start(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let tls = Arc::new(certificate().map_err(io::Error::other)?);
        let (asked, ending) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (log, stop) = (Arc::clone(&asked), Arc::clone(&ending));
        let listening = std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (tls, log) = (Arc::clone(&tls), Arc::clone(&log));
                std::thread::spawn(move || {
                    let _ = serve(socket, tls, &log);
                });
            }
        });
        Ok(Self { address, asked, ending, listening: Some(listening) })
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the heads of all requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

fn serve(socket: TcpStream, tls: Arc<ServerConfig>, log: &Mutex<Vec<String>>) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut first = [0];
    socket.peek(&mut first)?;
    if first == [FIRST_BYTE_OF_TLS] {
        let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, socket);
        answer(&mut stream, log)?;
        stream.conn.send_close_notify();
        stream.flush()
    } else {
        answer(&mut { socket }, log)
    }
}

fn answer(stream: &mut (impl Read + Write), log: &Mutex<Vec<String>>) -> io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    log.lock().unwrap_or_else(PoisonError::into_inner).push(String::from_utf8_lossy(&head).into_owned());
    let length = PAGE.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{PAGE}"
    )?;
    stream.flush()
}

fn certificate() -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let certificate = rcgen::CertificateParams::new(vec!["portal".to_owned()])?.self_signed(&key)?;
    let private = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    Ok(config)
}
