use std::fs;

use serde_json::{Value, json};
use tsela_core::entry::Op;
use tsela_server::admin::By;

use crate::{clinic::Clinic, laptop::Laptop};

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_enforced_for_every_command() {
    let clinic = Clinic::open().await;
    let laptop = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let review = ["devices", "held", "conflicts", "forks", "server_forms"];
    let administration = [
        ("codes", json!({})),
        ("new_code", json!({"role": "field", "hours": 1, "note": ""})),
        ("revoke", json!({"device": laptop.device, "reason": "lost"})),
    ];
    for command in review {
        let (answer, _) = clinic.page(None, command, json!({})).await;
        assert_eq!(answer["failure"]["code"], "signed_out", "{command}");
    }
    let manager = clinic.sign_in("Neo", "data_manager").await;
    let administrator = clinic.sign_in("Mpho", "administrator").await;
    for command in review {
        for cookie in [&manager, &administrator] {
            assert!(
                clinic.page(Some(cookie), command, json!({})).await.0["ok"].is_array() || command == "server_forms"
            );
        }
    }
    for (command, args) in administration {
        let (refused, _) = clinic.page(Some(&manager), command, args.clone()).await;
        assert_eq!(refused["failure"]["code"], "not_allowed", "{command}");
        let (done, _) = clinic.page(Some(&administrator), command, args).await;
        assert!(done.get("ok").is_some(), "{command}: {done}");
    }
    // An assistant may have an account, for signing at the laboratory, and has no business here.
    clinic.server.set_account("Kago", "research_assistant", "pula e na thata", &By::operator()).unwrap();
    let args = json!({"user": "Kago", "passphrase": "pula e na thata"});
    let (refused, cookie) = clinic.page(None, "server_sign_in", args).await;
    assert_eq!((refused["failure"]["code"].as_str(), cookie), (Some("not_allowed"), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_passphrases_lock_and_all_is_in_the_journal() {
    let clinic = Clinic::open().await;
    clinic.server.set_account("Mpho", "administrator", "pula e na thata", &By::operator()).unwrap();
    let attempt = |passphrase: &'static str| {
        clinic.page(None, "server_sign_in", json!({"user": "Mpho", "passphrase": passphrase}))
    };
    let (unknown, _) =
        clinic.page(None, "server_sign_in", json!({"user": "Nobody", "passphrase": "wrong wrong"})).await;
    for _ in 0..5 {
        let (wrong, cookie) = attempt("wrong wrong").await;
        assert_eq!(wrong, unknown, "a wrong name and a wrong passphrase look alike");
        assert_eq!(cookie, None);
    }
    let (locked, _) = attempt("pula e na thata").await;
    assert_eq!(locked["failure"]["code"], "locked", "{locked}");
    clinic.pass(15 * 60_000);
    let (right, cookie) = attempt("pula e na thata").await;
    assert_eq!(right["ok"]["user"]["role"], "administrator", "{right}");
    let cookie = cookie.unwrap();
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let events = clinic.events();
    let count = |kind: &str| events.iter().filter(|e| e.contains(&format!("\"kind\":\"{kind}\""))).count();
    assert_eq!((count("sign_in_failed"), count("sign_in_refused"), count("sign_in")), (6, 1, 1), "{events:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_sign_out_and_by_rest() {
    let clinic = Clinic::open().await;
    let cookie = clinic.sign_in("Mpho", "administrator").await;
    let state = |answer: Value| answer["ok"]["user"].is_null();
    assert!(!state(clinic.page(Some(&cookie), "server_state", json!({})).await.0));
    clinic.pass(31 * 60_000);
    assert!(state(clinic.page(Some(&cookie), "server_state", json!({})).await.0), "half an hour without use");
    let cookie = clinic.sign_in("Mpho", "administrator").await;
    clinic.page(Some(&cookie), "server_sign_out", json!({})).await;
    assert!(state(clinic.page(Some(&cookie), "server_state", json!({})).await.0), "the cookie alone is worth nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_cannot_call() {
    let clinic = Clinic::open().await;
    let cookie = clinic.sign_in("Mpho", "administrator").await;
    let call = json!({"command": "devices", "args": {}}).to_string();
    let send = |kind: &'static str, origin: Option<String>| {
        let mut request = clinic.http.post(clinic.url("/rpc")).header("cookie", &cookie).header("content-type", kind);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.body(call.clone()).send()
    };
    assert_eq!(send("application/json", Some("https://evil.example".into())).await.unwrap().status(), 403);
    assert_eq!(send("text/plain", None).await.unwrap().status(), 400);
    assert_eq!(send("application/json", Some(clinic.url(""))).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_shown_with_both_values_and_settled_with_a_reason() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let mut thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    let record = lesedi.household(1, "1", clinic.now());
    lesedi.push(&clinic, 0).await;
    thabo.write(Op::Update, "household", record, json!({"plot": "2"}), clinic.now().plus_millis(1));
    thabo.push(&clinic, 0).await;
    let cookie = clinic.sign_in("Neo", "data_manager").await;
    let (answer, _) = clinic.page(Some(&cookie), "conflicts", json!({})).await;
    let row = &answer["ok"][0];
    assert_eq!(row["conflicts"][0]["field"], "plot");
    assert_eq!(row["conflicts"][0]["candidates"].as_array().unwrap().len(), 2);
    assert_eq!(row["authors"].as_object().unwrap().len(), 2, "{row}");
    let args = json!({"record": record, "field": "plot", "value": "1", "reason": "seen on the gate"});
    let (done, _) = clinic.page(Some(&cookie), "server_resolve", args).await;
    assert_eq!(done["ok"]["record"], record.to_string(), "{done}");
    assert_eq!(clinic.page(Some(&cookie), "conflicts", json!({})).await.0["ok"], json!([]));
    let (history, _) = clinic.page(Some(&cookie), "server_history", json!({"id": record})).await;
    let last = history["ok"].as_array().unwrap().iter().find(|line| line["op"] == "resolve").unwrap().clone();
    assert_eq!((last["user_name"].as_str(), last["reason"].as_str()), (Some("Neo"), Some("seen on the gate")));
    let (detail, _) = clinic.page(Some(&cookie), "server_record", json!({"id": record})).await;
    assert_eq!(detail["ok"]["row"]["fields"]["plot"], "1", "{detail}");
    let list = json!({"model": "household", "parent": null, "text": "", "with_void": false, "offset": 0, "limit": 10});
    assert_eq!(clinic.page(Some(&cookie), "server_list", list).await.0["ok"]["total"], 1);
    let (findings, _) = clinic.page(Some(&cookie), "findings", json!({"offset": 0, "limit": 50})).await;
    for row in findings["ok"]["rows"].as_array().unwrap() {
        let message = row["finding"]["message"].as_str().unwrap();
        assert!(message.contains(' ') && !message.contains('{'), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_served_under_a_strict_policy() {
    let ui = tempfile::tempdir().unwrap();
    fs::write(ui.path().join("index.html"), "<!doctype html><html><head></head><body></body></html>").unwrap();
    let clinic = Clinic::with_ui(ui.path().to_path_buf()).await;
    for path in ["/", "/devices", "/..%2fstore.key", "/index.html"] {
        let response = clinic.http.get(clinic.url(path)).send().await.unwrap();
        let headers = response.headers().clone();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-eval") && policy.contains("script-src 'self';"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(response.text().await.unwrap().contains("<meta name=\"tsela-host\" content=\"server\">"), "{path}");
    }
    let missing = clinic.http.get(clinic.url("/v1/nothing")).send().await.unwrap();
    assert_eq!(missing.status(), 404);
}
