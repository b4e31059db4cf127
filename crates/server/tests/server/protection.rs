use reqwest::StatusCode;
use serde_json::Value;
use tsela_core::{api::SERVER_HEADER, bundle::MAX_BUNDLE};
use tsela_server::{ServeOptions, ServerError, admin::By, serve};
use tsela_store::StoreError;

use crate::{
    clinic::Clinic,
    laptop::{Laptop, code_of},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_call_but_health_and_enrolment_wants_a_token() {
    let clinic = Clinic::open().await;
    let laptop = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let calls = [
        ("GET", "/v1/streams"),
        ("PUT", "/v1/bundles/00"),
        ("GET", "/v1/receipts"),
        ("GET", "/v1/package"),
        ("PUT", "/v1/package"),
        ("GET", "/v1/feed"),
        ("GET", "/v1/streams/A05/entries"),
        ("GET", "/v1/digest"),
        ("POST", "/v1/codes"),
    ];
    let mut wrong = laptop.token.clone().into_bytes();
    wrong[0] = if wrong[0] == b'a' { b'b' } else { b'a' };
    let wrong = String::from_utf8(wrong).unwrap();
    for (method, path) in calls {
        for token in [None, Some(wrong.as_str()), Some("short")] {
            let mut request = clinic.http.request(method.parse().unwrap(), clinic.url(path));
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let response = request.send().await.unwrap();
            assert!(response.headers().contains_key(SERVER_HEADER), "errors are marked too");
            assert_eq!(code_of(response).await, (401, "unauthorised".into()), "{method} {path} {token:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_an_outbox_puts_bundles_and_does_nothing_else() {
    let clinic = Clinic::open().await;
    let laptop = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let token = tsela_core::upload_token::upload_token(&laptop.token);
    let calls = [
        ("GET", "/v1/streams"),
        ("GET", "/v1/receipts"),
        ("GET", "/v1/package"),
        ("GET", "/v1/feed"),
        ("GET", "/v1/streams/A05/entries"),
        ("GET", "/v1/digest"),
        ("POST", "/v1/codes"),
    ];
    for (method, path) in calls {
        let request = clinic.http.request(method.parse().unwrap(), clinic.url(path)).bearer_auth(&token);
        let refused = code_of(request.send().await.unwrap()).await;
        assert_eq!(refused, (401, "unauthorised".into()), "{method} {path}");
    }
    let put = clinic.http.put(clinic.url("/v1/bundles/00")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(code_of(put).await.0, 400, "let in, and told that this is no bundle's id");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_secrets_are_not_in_the_store() {
    let clinic = Clinic::open().await;
    let secret = *clinic.code().secret().as_bytes();
    let laptop = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let tables: Vec<String> = clinic
        .server
        .store()
        .read(|conn| {
            let mut statement = conn.prepare(
                "SELECT hex(hash) FROM device_token UNION ALL SELECT hex(hash) FROM enrolment_code \
                 UNION ALL SELECT credential FROM device UNION ALL SELECT value FROM meta",
            )?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap();
    let hex = tsela_core::seal::hex::encode(&secret);
    for text in tables {
        let text = text.to_lowercase();
        assert!(!text.contains(&laptop.token) && !text.contains(&hex), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_refused_and_what_it_still_sends_is_kept_apart() {
    let clinic = Clinic::open().await;
    let mut laptop = Laptop::enrol(&clinic, 1, "Lesedi").await;
    laptop.household(1, "1", clinic.now());
    laptop.push(&clinic, 0).await;
    assert!(clinic.server.revoke(laptop.device, " ", &By::operator()).is_err(), "a reason is needed");
    clinic.server.revoke(laptop.device, "stolen", &By::operator()).unwrap();
    for path in ["/v1/streams", "/v1/receipts", "/v1/package", "/v1/digest", "/v1/streams/A05/entries"] {
        assert_eq!(code_of(laptop.get(&clinic, path).await).await, (403, "revoked".into()), "{path}");
    }
    laptop.household(2, "2", clinic.now());
    let bundle = laptop.bundle(0);
    assert_eq!(code_of(laptop.put(&clinic, &bundle).await).await, (403, "revoked".into()));
    let count = |sql: &'static str| -> i64 {
        clinic.server.store().read(|conn| Ok(conn.query_row(sql, [], |row| row.get(0))?)).unwrap()
    };
    assert_eq!(count("SELECT count(*) FROM quarantine WHERE reason = 'revoked' AND seq = 2"), 1);
    assert_eq!(count("SELECT count(*) FROM quarantine"), 1, "what was accepted before is not kept twice");
    assert_eq!(count("SELECT count(*) FROM record"), 1, "and it is not folded");
    assert_eq!(clinic.server.forks().unwrap().len(), 1, "people see it");
    let package = clinic.server.store().read(tsela_store::server::packages::newest).unwrap().1;
    let signed: Value = serde_json::from_str(&package).unwrap();
    assert!(signed["document"].as_str().unwrap().contains("stolen"), "the package carries the revocation");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_refused_before_it_is_read() {
    let clinic = Clinic::open().await;
    let laptop = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let large = vec![0u8; MAX_BUNDLE + 1];
    assert_eq!(code_of(laptop.put(&clinic, &large).await).await, (413, "too_large".into()));
    // A refusal arrives however much of the body is still on its way.
    for _ in 0..20 {
        let larger = vec![0u8; 2 * MAX_BUNDLE];
        assert_eq!(code_of(laptop.put(&clinic, &larger).await).await, (413, "too_large".into()));
        let stranger = clinic.http.put(clinic.url("/v1/bundles/x")).body(vec![0u8; MAX_BUNDLE]).send().await.unwrap();
        assert_eq!(stranger.status(), 401);
    }
    let enrol = clinic.http.post(clinic.url("/v1/enrol")).body(vec![b' '; 17 * 1024]).send().await.unwrap();
    assert_eq!(code_of(enrol).await, (413, "too_large".into()));
    let nonsense = clinic.http.post(clinic.url("/v1/enrol")).body("{\"secret\":1}").send().await.unwrap();
    assert_eq!(code_of(nonsense).await, (400, "bad_request".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_calls_too_often_is_told_to_wait_and_others_are_not() {
    let clinic = Clinic::open().await;
    let lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    let mut refused = None;
    for _ in 0..2_100 {
        let response = lesedi.get(&clinic, "/v1/package?have=3").await;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(response.headers().contains_key("retry-after"));
            refused = Some(code_of(response).await);
            break;
        }
    }
    assert_eq!(refused, Some((429, "busy".into())));
    assert_eq!(thabo.get(&clinic, "/v1/streams").await.status(), StatusCode::OK);
    clinic.pass(5_000);
    assert_eq!(lesedi.get(&clinic, "/v1/streams").await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_limited_by_address_and_signing_in_too() {
    let clinic = Clinic::open().await;
    let mut answers = Vec::new();
    for _ in 0..125 {
        let url = clinic.url("/v1/health?nonce=00112233445566778899aabbccddeeff");
        answers.push(clinic.http.get(url).send().await.unwrap().status().as_u16());
    }
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 5, "{answers:?}");
    let mut codes = Vec::new();
    for _ in 0..21 {
        let args = serde_json::json!({"user": "Nobody", "passphrase": "wrong wrong"});
        codes.push(clinic.page(None, "server_sign_in", args).await.0["failure"]["code"].as_str().unwrap().to_owned());
    }
    assert_eq!((codes[19].as_str(), codes[20].as_str()), ("wrong_passphrase", "busy"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_laptops_reach_the_server_must_be_known() {
    let clinic = Clinic::open().await;
    assert_eq!(clinic.code().url(), clinic.url(""));
    let (dir, clock) = clinic.close().await;
    let server = tsela_server::Server::open_with(dir.path(), Clinic::options(&clock)).unwrap();
    let mut options = ServeOptions { backups: false, ..ServeOptions::new("0.0.0.0:0".parse().unwrap()) };
    let running = serve::start(server.clone(), &options).await.unwrap();
    let unknown = server.make_code("field", None, "", None, &By::operator()).unwrap_err();
    assert!(matches!(unknown, ServerError::NoAddress), "{unknown}");
    let named = server.make_code("field", None, "", Some("https://clinic.example:8443/"), &By::operator()).unwrap();
    assert_eq!(named.code.url(), "https://clinic.example:8443");
    running.stop().await.unwrap();
    options.url = Some("https://clinic.example".to_owned());
    let running = serve::start(server.clone(), &options).await.unwrap();
    let made = server.make_code("relay", None, "", None, &By::operator()).unwrap();
    assert_eq!(made.code.url(), "https://clinic.example");
    assert!(made.qr_svg().unwrap().contains("<svg"));
    assert!(server.make_code("administrator", None, "", None, &By::operator()).is_err());
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_for_loopback_and_a_folder_is_served_once() {
    let clinic = Clinic::open().await;
    let mut options =
        ServeOptions { plain_http: true, backups: false, ..ServeOptions::new("0.0.0.0:0".parse().unwrap()) };
    let refused = serve::start(clinic.server.clone(), &options).await.err().unwrap();
    assert!(matches!(refused, ServerError::PlainHttp(_)), "{refused}");
    options.listen = "127.0.0.1:0".parse().unwrap();
    let twice = serve::start(clinic.server.clone(), &options).await.err().unwrap();
    assert!(matches!(twice, ServerError::Store(StoreError::AlreadyOpen { .. })), "{twice}");
    let http = clinic.http.clone();
    let (dir, clock) = clinic.close().await;
    let server = tsela_server::Server::open_with(dir.path(), Clinic::options(&clock)).unwrap();
    let running = serve::start(server, &options).await.unwrap();
    assert!(running.url().starts_with("http://127.0.0.1:"));
    let page = http.get(format!("{}/openapi.json", running.url())).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    running.stop().await.unwrap();
}
