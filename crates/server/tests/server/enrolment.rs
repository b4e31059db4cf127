use reqwest::StatusCode;
use serde_json::json;
use tsela_core::{
    api::{CodesAnswer, EnrolAnswer, HealthReply, PackageAnswer, SERVER_HEADER, StreamsAnswer},
    health::HealthAnswer,
    seal::hex,
};
use tsela_server::admin::By;

use crate::{
    clinic::{Clinic, MINUTE},
    laptop::{Laptop, ask_to_enrol, code_of, request},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_is_enrolled_once_and_a_lost_answer_is_given_again() {
    let clinic = Clinic::open().await;
    let secret = *clinic.code().secret().as_bytes();
    let lesedi = request(1, secret, "Lesedi");
    let first: EnrolAnswer = ask_to_enrol(&clinic, &lesedi).await.json().await.unwrap();
    let again: EnrolAnswer = ask_to_enrol(&clinic, &lesedi).await.json().await.unwrap();
    assert!(first == again, "the same answer");
    assert_eq!(first.user_role, "research_assistant");
    assert_eq!(
        code_of(ask_to_enrol(&clinic, &request(2, secret, "Thabo")).await).await,
        (403, "enrolment_code".into())
    );
    let mut other_keys = request(2, secret, "Lesedi");
    other_keys.device = lesedi.device;
    assert_eq!(code_of(ask_to_enrol(&clinic, &other_keys).await).await.0, 403, "the same device with other keys");
    // Once the laptop has called with its token, the code gives nothing any more.
    let streams = clinic.http.get(clinic.url("/v1/streams")).bearer_auth(&first.token).send().await.unwrap();
    assert_eq!(streams.headers()[SERVER_HEADER], clinic.server.device().to_string().as_str());
    let streams: StreamsAnswer = streams.json().await.unwrap();
    assert_eq!(streams.streams.iter().map(|s| s.stream.to_string()).collect::<Vec<_>>(), ["A05", "A06", "A07", "A08"]);
    assert_eq!(code_of(ask_to_enrol(&clinic, &lesedi).await).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_expires_and_a_wrong_one_is_told_nothing_more() {
    let clinic = Clinic::open().await;
    let secret = *clinic.code().secret().as_bytes();
    let unknown = ask_to_enrol(&clinic, &request(1, [9; 16], "Lesedi")).await.text().await.unwrap();
    clinic.pass(60 * MINUTE);
    let expired = ask_to_enrol(&clinic, &request(1, secret, "Lesedi")).await.text().await.unwrap();
    assert_eq!(unknown, expired, "nobody learns whether a secret ever existed");
    let codes = clinic.server.codes().unwrap();
    assert_eq!((codes[0].state.as_str(), codes[0].note.as_str()), ("expired", "laptop 7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_secrets_is_slowed_down() {
    let clinic = Clinic::open().await;
    let mut refused = 0;
    for guess in 0..10 {
        let answer = ask_to_enrol(&clinic, &request(1, [guess; 16], "Lesedi")).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.headers().contains_key("retry-after"));
            refused += 1;
        }
    }
    assert_eq!(refused, 8, "two guesses, then a wait");
    let secret = *clinic.code().secret().as_bytes();
    clinic.pass(MINUTE);
    assert_eq!(ask_to_enrol(&clinic, &request(1, secret, "Lesedi")).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_an_administrator_cannot_be_taken() {
    let clinic = Clinic::open().await;
    clinic.server.set_account("Mpho", "administrator", "pula e na thata", &By::operator()).unwrap();
    let secret = *clinic.code().secret().as_bytes();
    for name in ["Mpho", " mpho "] {
        let answer = ask_to_enrol(&clinic, &request(1, secret, name)).await;
        assert_eq!(code_of(answer).await, (422, "user_refused".into()), "{name:?}");
    }
    // A refused name does not use the code up.
    assert_eq!(ask_to_enrol(&clinic, &request(1, secret, "Lesedi")).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_on_two_laptops_is_one_person() {
    let clinic = Clinic::open().await;
    let first = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let second = Laptop::enrol(&clinic, 2, "lesedi").await;
    assert_eq!(first.user, second.user);
    assert_ne!(first.codes, second.codes);
    let package: PackageAnswer = second.get(&clinic, "/v1/package").await.json().await.unwrap();
    let package = package.package.verify(&second.server.verify_key).unwrap();
    assert_eq!(package.version(), 3, "a version for each enrolment");
    assert_eq!(
        package.0["users"],
        json!([{"id": first.user, "name": "Lesedi", "role": "research_assistant", "initials": "L"}])
    );
    assert_eq!(package.0["devices"].as_array().unwrap().len(), 2);
    assert_eq!(second.get(&clinic, "/v1/package?have=3").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(second.get(&clinic, "/v1/package?have=2").await.status(), StatusCode::OK);
    let older: PackageAnswer = second.get(&clinic, "/v1/package?version=2").await.json().await.unwrap();
    let older = older.package.verify(&second.server.verify_key).unwrap();
    assert_eq!(older.0["version"], 2, "an older one can be asked for by its number");
    assert_eq!(second.get(&clinic, "/v1/package?version=99").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_refilled_to_four_and_no_further() {
    let clinic = Clinic::open().await;
    let mut laptop = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let response = clinic.http.post(clinic.url("/v1/codes")).bearer_auth(&laptop.token).send().await.unwrap();
    let answer: CodesAnswer = response.json().await.unwrap();
    assert_eq!(answer.spare, laptop.codes, "none is used yet");
    laptop.household(1, "1", clinic.now());
    laptop.push(&clinic, 0).await;
    for _ in 0..2 {
        let response = clinic.http.post(clinic.url("/v1/codes")).bearer_auth(&laptop.token).send().await.unwrap();
        let answer: CodesAnswer = response.json().await.unwrap();
        assert_eq!(answer.spare.len(), 4);
        assert!(!answer.spare.contains(&laptop.codes[0]));
        let credential = answer.credential.verify(&laptop.server.verify_key).unwrap();
        assert_eq!(credential.codes.len(), 5, "asking twice costs no second code");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_signs_the_nonce_and_tells_the_time() {
    let clinic = Clinic::open().await;
    let (nonce, other) = ([7u8; 16], [8u8; 16]);
    let url = clinic.url(&format!("/v1/health?nonce={}&keys=true", hex::encode(&nonce)));
    let reply: HealthReply = clinic.http.get(url).send().await.unwrap().json().await.unwrap();
    let keys = reply.keys.unwrap();
    let identity = clinic.server.identity();
    let document =
        tsela_core::trust::ServerKeyDoc::first(&keys.server_key, &keys.root, identity.fingerprint()).unwrap();
    let answer = HealthAnswer::check(&reply.answer, &document, &nonce).unwrap();
    assert_eq!((answer.server_time, answer.package_version), (clinic.now(), 1));
    assert!(HealthAnswer::check(&reply.answer, &document, &other).is_err());
    for bad in ["", "?nonce=", "?nonce=zz", "?nonce=0707"] {
        let answer = clinic.http.get(clinic.url(&format!("/v1/health{bad}"))).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
}
