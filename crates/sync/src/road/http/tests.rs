//! The road against servers that are wrong in every way.

use std::{
    io::Write as _,
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rstest::rstest;
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivatePkcs8KeyDer};
use tsela_core::{bundle::BundleId, time::Timestamp};

use super::*;
use crate::{
    clock::FakeClock,
    diagnose::diagnose,
    problem::ProblemCode,
    road::{NetworkError, pin::Spki},
};

const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 20\r\n\r\n<h1>Please log in</h1>";

/// A server that gives one answer to everything, in plain or in TLS by what the caller speaks.
struct Fake {
    port: u16,
    asked: Arc<AtomicUsize>,
    /// What was asked with credentials.
    credentials: Arc<AtomicUsize>,
}

impl Fake {
    fn new(tls: Option<Arc<ServerConfig>>, plain: bool, answer: impl Into<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, credentials) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let fake = Self { port, asked: Arc::clone(&asked), credentials: Arc::clone(&credentials) };
        let answer: Arc<Vec<u8>> = Arc::new(answer.into());
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (tls, answer) = (tls.clone(), Arc::clone(&answer));
                let (asked, credentials) = (Arc::clone(&asked), Arc::clone(&credentials));
                std::thread::spawn(move || {
                    let mut first = [0];
                    let speaks_tls = socket.peek(&mut first).is_ok() && first == [0x16];
                    let serve = |stream: &mut dyn ReadWrite| {
                        let head = request(stream);
                        if head.is_empty() {
                            return;
                        }
                        asked.fetch_add(1, Ordering::SeqCst);
                        credentials.fetch_add(usize::from(head.contains("authorization")), Ordering::SeqCst);
                        let _ = stream.write_all(&answer).and_then(|()| stream.flush());
                    };
                    match (speaks_tls, tls) {
                        (true, Some(tls)) => {
                            let mut stream = StreamOwned::new(ServerConnection::new(tls).unwrap(), socket);
                            serve(&mut stream);
                            stream.conn.send_close_notify();
                            let _ = stream.flush();
                        }
                        (true, None) | (false, _) if plain => serve(&mut { socket }),
                        _ => {}
                    }
                });
            }
        });
        fake
    }

    fn road(&self, scheme: &str, trust: Trust) -> HttpRoad {
        let clock = Arc::new(FakeClock::at(Timestamp(0)));
        let url = format!("{scheme}://127.0.0.1:{}", self.port);
        HttpRoad::new(&url, trust, clock, Timeouts::default()).unwrap().with_token("a secret token")
    }
}

trait ReadWrite: std::io::Read + std::io::Write {}
impl ReadWrite for TcpStream {}
impl ReadWrite for StreamOwned<ServerConnection, TcpStream> {}

/// Reads a request and returns its head, lower-cased; empty if the caller went away. What is not HTTP, such as the
/// beginning of TLS, is a request too, as it is for a portal.
fn request(stream: &mut dyn ReadWrite) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && head.first() != Some(&0x16) {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return String::new(),
        }
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let _ = stream.read_exact(&mut vec![0; length]);
    head
}

/// A certificate with this name and end of validity, and the pin of its key.
fn certificate(name: &str, until_year: i32) -> (Arc<ServerConfig>, Spki) {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(until_year - 1, 1, 1);
    params.not_after = rcgen::date_time_ymd(until_year, 1, 1);
    let certificate = params.self_signed(&key).unwrap();
    let pin = Spki::of(certificate.der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    (Arc::new(config), pin)
}

fn tsela(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ntsela-server: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

const STREAMS: &str = r#"{"server":"00000000-0000-0000-0000-000000000001","incarnation":"00000000-0000-0000-0000-000000000002","streams":[]}"#;

#[rstest]
#[case("clinic.example", 2090)]
#[case("some.other.name", 2090)]
#[case("clinic.example", 2001)]
#[tokio::test]
async fn the_pinned_key_is_accepted_whatever_name_and_dates_it_comes_with(#[case] name: &str, #[case] until: i32) {
    let (tls, pin) = certificate(name, until);
    let fake = Fake::new(Some(tls), false, tsela(STREAMS));
    let answer = fake.road("https", Trust::Pinned(vec![pin])).streams().await.unwrap();
    assert_eq!(answer.streams, []);
    assert_eq!(fake.credentials.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_key_is_refused_before_anything_is_sent() {
    let (tls, shown) = certificate("clinic.example", 2090);
    let (_, pinned) = certificate("clinic.example", 2090);
    let fake = Fake::new(Some(tls), false, tsela(STREAMS));
    let road = fake.road("https", Trust::Pinned(vec![pinned]));
    let error = road.streams().await.unwrap_err();
    assert!(matches!(error, RoadError::WrongKey(wrong) if wrong.found == Some(shown)), "{error:?}");
    assert_eq!(fake.asked.load(Ordering::SeqCst), 0);
    assert_eq!(diagnose(&error, road.url()).await.problem.code(), ProblemCode::WrongKey);
}

#[tokio::test]
async fn the_first_contact_notes_the_key_it_was_shown() {
    let (tls, pin) = certificate("clinic.example", 2001);
    let fake = Fake::new(Some(tls), false, tsela("{}"));
    let seen = pin::Seen::default();
    let road = fake.road("https", Trust::FirstContact(seen.clone()));
    assert!(matches!(road.health(&[7; 16], true).await, Err(RoadError::Malformed { .. })));
    assert_eq!((seen.get(), fake.credentials.load(Ordering::SeqCst)), (Some(pin), 0));
}

#[rstest]
#[case::in_plain_http_only(false, "https")]
#[case::in_tls_with_a_certificate_of_its_own(true, "https")]
#[case::where_plain_http_was_expected(true, "http")]
#[tokio::test]
async fn a_log_in_page_is_recognised_and_told_nothing(#[case] with_tls: bool, #[case] scheme: &str) {
    let (_, pinned) = certificate("clinic.example", 2090);
    let tls = with_tls.then(|| certificate("portal", 2090).0);
    let fake = Fake::new(tls, true, PAGE);
    let road = fake.road(scheme, Trust::Pinned(vec![pinned]));
    let error = road.health(&[7; 16], false).await.unwrap_err();
    let problem = diagnose(&error, road.url()).await.problem;
    assert_eq!(problem.code(), ProblemCode::Portal, "{error:?}");
    assert_eq!(fake.credentials.load(Ordering::SeqCst), 0, "credentials went to the page");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Fake::new(None, true, tsela(STREAMS));
    let redirect =
        format!("HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:{}/\r\ncontent-length: 0\r\n\r\n", elsewhere.port);
    let fake = Fake::new(None, true, redirect);
    let error = fake.road("http", Trust::Pinned(Vec::new())).streams().await.unwrap_err();
    assert!(matches!(error, RoadError::NotTsela { status: 307, .. }), "{error:?}");
    assert_eq!(elsewhere.asked.load(Ordering::SeqCst), 0);
}

#[rstest]
#[case::that_says_so("content-length: 99999999999\r\n", 10)]
#[case::that_does_not("connection: close\r\n", MAX_BUNDLE + 1)]
#[tokio::test]
async fn an_oversized_answer_is_cut_off(#[case] header: &str, #[case] bytes: usize) {
    let mut answer = format!("HTTP/1.1 200 OK\r\ntsela-server: x\r\n{header}\r\n").into_bytes();
    answer.resize(answer.len() + bytes, b'x');
    let fake = Fake::new(None, true, answer);
    let error = fake.road("http", Trust::Pinned(Vec::new())).put(BundleId([7; 32]), &[1], 0).await.unwrap_err();
    assert!(matches!(error, RoadError::TooLarge { limit: MAX_BUNDLE, .. }), "{error:?}");
}

#[tokio::test]
async fn a_refusal_comes_in_the_servers_words_with_its_waiting_time() {
    let body = r#"{"code":"busy","title":"Busy","detail":"…"}"#;
    let answer =
        format!("HTTP/1.1 503 X\r\ntsela-server: x\r\nretry-after: 7\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let fake = Fake::new(None, true, answer);
    let road = fake.road("http", Trust::Pinned(Vec::new()));
    let error = road.streams().await.unwrap_err();
    assert!(matches!(&error, RoadError::Api { status: 503, retry_after: Some(7), body } if body.title == "Busy"));
    let found = diagnose(&error, road.url()).await;
    assert_eq!((found.problem.code(), found.trouble.not_before), (ProblemCode::ServerBusy, Some(7_000)));
}

#[tokio::test]
async fn nobody_there_is_told_apart_from_a_broken_connection() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let clock = Arc::new(FakeClock::at(Timestamp(0)));
    let nobody =
        HttpRoad::new(&format!("http://127.0.0.1:{free}"), Trust::Pinned(Vec::new()), clock, Timeouts::default());
    let error = nobody.unwrap().streams().await.unwrap_err();
    assert!(matches!(error, RoadError::Network { kind: NetworkError::Refused, .. }), "{error:?}");
    let cut = Fake::new(None, true, "HTTP/1.1 200 OK\r\ntsela-server: x\r\ncontent-length: 100\r\n\r\n{");
    let error = cut.road("http", Trust::Pinned(Vec::new())).streams().await.unwrap_err();
    assert!(matches!(error, RoadError::Network { kind: NetworkError::Cut, .. }), "{error:?}");
}

#[rstest]
#[case("https://clinic.example:8443", true)]
#[case("http://127.0.0.1:8080", true)]
#[case("http://[::1]:8080", true)]
#[case("http://localhost", true)]
#[case("http://clinic.example", false)]
#[case("http://127.0.0.1.evil.example", false)]
#[case("https://name:secret@clinic.example", false)]
#[case("ftp://clinic.example", false)]
#[case("clinic", false)]
fn plain_http_is_for_this_machine_only(#[case] url: &str, #[case] fine: bool) {
    assert_eq!(parse_address(url).is_ok(), fine, "{url}");
}

#[test]
fn a_token_is_never_printed() {
    let clock = Arc::new(FakeClock::at(Timestamp(0)));
    let road = HttpRoad::new("https://clinic", Trust::Pinned(Vec::new()), clock, Timeouts::default()).unwrap();
    assert!(!format!("{:?}", road.with_token("hidden")).contains("hidden"));
}
