//! The description against what is really written.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ROUTES, openapi};

fn document() -> Value {
    serde_json::to_value(openapi::document()).unwrap()
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let document = document();
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (method.clone(), path.clone())))
        .collect();
    let routed = ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(described, routed);
    for (method, path) in &described {
        let call = &document["paths"][path][method];
        assert!(call["responses"]["200"].is_object(), "{method} {path} says what it answers");
        assert!(call["summary"].is_string(), "{method} {path} says what it does");
    }
    assert!(document["components"]["securitySchemes"]["device_token"].is_object());
}

#[test]
fn the_described_fields_are_those_that_are_read_and_written() {
    use tsela_core::{
        api,
        bundle::journal::SignedHead,
        chain::{ChainHash, Head},
        ids,
        seal::{Signature, SigningKey},
    };
    let head = Head { seq: 1, hash: ChainHash([0; 32]) };
    let key = SigningKey::from_bytes(&[7; 32]);
    let signed_head = SignedHead { head, signature: Signature([0; 64]) };
    let run = api::EntriesRun { first_seq: 1, entries: Vec::new(), head: signed_head };
    let row = api::DigestRow { count: 0, hash: [0; 32] };
    let device = ids::DeviceId(uuid::Uuid::nil());
    let stream: ids::StreamCode = "A01".parse().unwrap();
    let samples = [
        ("Head", json!(head)),
        ("SignedHead", json!(signed_head)),
        ("EntriesRun", json!(run)),
        ("EntriesAnswer", json!(api::EntriesAnswer { stream, device, runs: vec![run], more: false })),
        ("DigestRow", json!(row)),
        ("ErrorBody", json!(api::ErrorBody { code: String::new(), title: String::new(), detail: String::new() })),
        (
            "DigestAnswer",
            json!(api::DigestAnswer { at: tsela_core::time::Timestamp(0), models: Default::default(), total: row }),
        ),
        (
            "StreamAnswer",
            json!(api::StreamAnswer { stream, stored: head, applied_through: 0, forked: false, revoked_after: None }),
        ),
        (
            "EnrolRequest",
            json!(api::EnrolRequest {
                secret: [0; 16],
                device,
                device_name: String::new(),
                user: String::new(),
                verify_key: key.verify_key(),
                sealing_key: tsela_core::seal::SealingKey::from_bytes(&[8; 32]).public(),
                app: String::new(),
            }),
        ),
        ("PackageTaken", json!(api::PackageTaken::default())),
        (
            "PackageBack",
            json!(api::PackageBack {
                package: tsela_core::trust::Signed::sign(&api::PackageDoc(json!({})), &key),
                people: Vec::new(),
            }),
        ),
        ("Signed", json!(tsela_core::trust::Signed::sign(&api::PackageDoc(json!({})), &key))),
    ];
    let schemas = document()["components"]["schemas"].clone();
    for (name, sample) in samples {
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&schemas[name]["properties"]), names(&sample), "{name}");
    }
}
