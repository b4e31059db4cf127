//! `tsela app`: the client's pages on loopback, for whoever has the printed address and nobody else.

use serde_json::json;
use tsela_tests::{
    bin::{PASSPHRASE, Study},
    browser::Browser,
};

#[test]
fn the_pages_are_for_this_address_and_calls_for_the_token() {
    let study = Study::open();
    study.enrol("lesedi");
    let browser = Browser::open(&study);
    let call = r#"{"command":"app_state","args":{}}"#;
    let status = |host: &str, token: &str, extra: &str| browser.post(host, token, extra, call).0[9..12].to_owned();
    let (home, token) = (browser.address.as_str(), browser.token.as_str());
    assert_eq!(status(home, token, ""), "200");
    assert_eq!(status(home, "", ""), "401");
    assert_eq!(status(home, &"0".repeat(64), ""), "401");
    assert_eq!(status("evil.example", token, ""), "403", "a name that was made to resolve to 127.0.0.1");
    assert_eq!(status(home, token, "\r\nOrigin: https://evil.example"), "403");
    assert_eq!(status(home, token, "\r\nSec-Fetch-Site: cross-site"), "403");

    let (head, page) = browser.raw(&format!("GET / HTTP/1.1\r\nHost: {home}"), "");
    let head = head.to_lowercase();
    assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
    assert!(head.contains("x-frame-options: deny") && !page.contains(token));
    let (refused, _) = browser.raw("GET / HTTP/1.1\r\nHost: evil.example", "");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
}

#[test]
fn a_person_signs_in_and_the_folder_is_taken_meanwhile() {
    let study = Study::open();
    study.enrol("lesedi");
    let browser = Browser::open(&study);
    let unknown = browser.call("no_such_command", &json!({}));
    assert_eq!(unknown["failure"]["code"], "unknown_command");
    let wrong = browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": "not this one" }));
    assert_eq!(wrong["failure"]["code"], "wrong_passphrase", "{wrong}");
    study.tsela(&["enter", "--dir", "lesedi", "-"]).expect(75);
    study.tsela(&["app", "--dir", "lesedi"]).expect(75);
    study.tsela(&["status", "--dir", "lesedi", "--json"]).expect(0);
    let state = browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
    assert_eq!(state["ok"]["phase"], "open", "{state}");

    // What is typed into a form and not saved is a draft here, and nowhere else.
    let content = json!({ "version": 1, "form": { "values": { "community": "Otse", "plot": "half ty" } } }).to_string();
    let id = "018f3b1c-6a00-7000-8000-0000000000d1";
    let draft = json!({ "id": id, "form": "household", "route": "/", "label": "Otse", "content": content });
    let put = browser.call("draft_put", &draft);
    assert!(put["ok"].is_object(), "{put}");
    let listed = study.tsela(&["list", "household", "--dir", "lesedi", "--json"]).quietly().json();
    assert_eq!((&listed["id"], &listed["state"]), (&id.into(), &"draft".into()));
    assert_eq!(listed["fields"]["plot"], "half ty");
    assert_eq!(study.status("lesedi")["unsent"], 0);
}
