//! Laptops that a restored server has forgotten, and those that only say so.

use serde_json::{Value, json};
use tsela_core::{
    api::{IntroduceRequest, PackageAnswer, PackageBack},
    ids::Incarnation,
    seal::SigningKey,
    trust::Signed,
};
use tsela_server::admin::By;
use tsela_store::server::{accounts, devices, stream_codes};

use crate::{
    clinic::{Clinic, MINUTE},
    laptop::{Laptop, code_of, introduce},
};

const DAY: i64 = 24 * 60 * MINUTE;

/// The newest study package, as a laptop has it that pushed last.
async fn package(clinic: &Clinic, laptop: &Laptop) -> PackageAnswer {
    laptop.get(clinic, "/v1/package").await.json().await.unwrap()
}

async fn give_back(clinic: &Clinic, laptop: &Laptop, package: PackageAnswer) -> reqwest::Response {
    let given = PackageBack { package: package.package, people: vec![laptop.user] };
    let url = clinic.url("/v1/package");
    clinic.http.put(url).bearer_auth(&laptop.token).json(&given).send().await.unwrap()
}

/// A restored server, with a laptop that it has forgotten.
async fn forgotten() -> (Clinic, Laptop) {
    let clinic = Clinic::open().await;
    let backup = clinic.server.backup().unwrap().path;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    lesedi.household(1, "1", clinic.now());
    lesedi.push(&clinic, 0).await;
    (clinic.restored_from(&backup).await, lesedi)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_that_was_forgotten_says_who_it_is_and_sends_everything_again() {
    let (clinic, mut lesedi) = forgotten().await;
    assert_eq!(code_of(lesedi.get(&clinic, "/v1/streams").await).await, (401, "unauthorised".into()));
    let old = lesedi.token.clone();
    let answer = lesedi.introduce(&clinic).await;
    assert_eq!(answer["credential"], json!(lesedi.credential));
    assert_eq!(answer["wants_package"], true);
    assert_ne!(lesedi.token, old);
    let receipt = lesedi.push(&clinic, 0).await;
    assert_eq!(receipt.stream(lesedi.codes[0]).unwrap().stored(), lesedi.head());

    // Said again after a lost answer, nothing changes; the old token stays unknown.
    let again = lesedi.introduction(&lesedi.says(&clinic, &lesedi.token));
    assert_eq!(introduce(&clinic, &again).await.status(), 200);
    assert_eq!(clinic.server.devices().unwrap().len(), 1);
    lesedi.token = old;
    assert_eq!(lesedi.get(&clinic, "/v1/streams").await.status(), 401);

    // Its codes are noted as given out: however many are given later, none is one of them.
    let others =
        clinic.server.store().write(|tx| stream_codes::give(tx, clinic.server.device(), 32_000, clinic.now())).unwrap();
    assert!(others.iter().all(|code| !lesedi.codes.contains(code)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_introduction_that_proves_too_little_is_refused() {
    let (clinic, lesedi) = forgotten().await;
    let said = lesedi.says(&clinic, "a token that nobody has seen before");
    let stranger = SigningKey::from_bytes(&[99; 32]);
    let good = lesedi.introduction(&said);
    let with = |introduction| IntroduceRequest { introduction, ..good.clone() };
    let server_key = lesedi.server_key.verify(&clinic.server.identity().root).unwrap();
    let credential = lesedi.credential.read_unverified().unwrap();
    let elsewhere = tsela_core::introduction::Introduction { server: lesedi.device, ..said.clone() };
    let earlier =
        tsela_core::introduction::Introduction { incarnation: Incarnation(uuid::Uuid::nil()), ..said.clone() };
    let late = tsela_core::introduction::Introduction { at: clinic.now().plus_millis(-11 * MINUTE), ..said.clone() };
    let bad = [
        ("another key", with(Signed::sign(&said, &stranger))),
        ("another server", with(Signed::sign(&elsewhere, &lesedi.signing))),
        ("an earlier life", with(Signed::sign(&earlier, &lesedi.signing))),
        ("eleven minutes ago", with(Signed::sign(&late, &lesedi.signing))),
        ("another root", IntroduceRequest { server_key: Signed::sign(&server_key, &stranger), ..good.clone() }),
        ("another signer", IntroduceRequest { credential: Signed::sign(&credential, &stranger), ..good.clone() }),
    ];
    for (what, request) in bad {
        assert_eq!(code_of(introduce(&clinic, &request).await).await, (403, "introduction".into()), "{what}");
        clinic.pass(MINUTE);
    }
    assert!(clinic.server.devices().unwrap().is_empty());
    let large = clinic.http.post(clinic.url("/v1/introduce")).body(vec![b' '; 65 * 1024]).send().await.unwrap();
    assert_eq!(code_of(large).await, (413, "too_large".into()));
    assert_eq!(introduce(&clinic, &good).await.status(), 200, "it is six minutes old");
}

#[tokio::test(flavor = "multi_thread")]
async fn introductions_are_limited_by_address() {
    let (clinic, lesedi) = forgotten().await;
    let stranger = SigningKey::from_bytes(&[99; 32]);
    let said = lesedi.says(&clinic, "a token that nobody has seen before");
    let request = IntroduceRequest { introduction: Signed::sign(&said, &stranger), ..lesedi.introduction(&said) };
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(code_of(introduce(&clinic, &request).await).await.1);
    }
    assert_eq!(codes, ["introduction", "introduction", "busy"], "a wrong one counts five-fold");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_and_an_expired_credential_stay_refused() {
    let (clinic, mut lesedi) = forgotten().await;
    lesedi.introduce(&clinic).await;
    clinic.server.revoke(lesedi.device, "stolen", &By::operator()).unwrap();
    let request = lesedi.introduction(&lesedi.says(&clinic, "another token that nobody has seen"));
    assert_eq!(code_of(introduce(&clinic, &request).await).await, (403, "revoked".into()));

    let (clinic, lesedi) = forgotten().await;
    clinic.pass(731 * DAY);
    let request = lesedi.introduction(&lesedi.says(&clinic, "another token that nobody has seen"));
    assert_eq!(code_of(introduce(&clinic, &request).await).await, (403, "credential_expired".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_another_device_holds_by_now_is_said_and_changes_nothing() {
    let (clinic, lesedi) = forgotten().await;
    let thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    clinic.server.store().write(|tx| stream_codes::note(tx, lesedi.codes[1], thabo.device, clinic.now())).unwrap();
    let request = lesedi.introduction(&lesedi.says(&clinic, "another token that nobody has seen"));
    let answer = introduce(&clinic, &request).await;
    let text: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(text["code"], "code_taken");
    assert!(text["detail"].as_str().unwrap().contains(lesedi.codes[1].as_str()), "{text}");
    let known = clinic.server.store().read(|conn| devices::find(conn, lesedi.device)).unwrap();
    assert!(known.is_none(), "all of it or nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_devices_and_revocations_come_back_with_the_package() {
    let clinic = Clinic::open().await;
    let backup = clinic.server.backup().unwrap().path;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    let kago = Laptop::enrol(&clinic, 3, "Kago").await;
    clinic.server.revoke(kago.device, "stolen", &By::operator()).unwrap();
    let newest = package(&clinic, &lesedi).await;
    let clinic = clinic.restored_from(&backup).await;
    // Somebody of the same name was made known meanwhile.
    let other = Laptop::enrol(&clinic, 4, "Thabo").await;

    lesedi.introduce(&clinic).await;
    let taken: Value = give_back(&clinic, &lesedi, newest.clone()).await.json().await.unwrap();
    assert_eq!(taken, json!({"people": 3, "devices": 2, "revoked": 1}));
    let again: Value = give_back(&clinic, &lesedi, newest.clone()).await.json().await.unwrap();
    assert_eq!(again, json!({"people": 0, "devices": 0, "revoked": 0}));
    let named = |id| clinic.server.store().read(|conn| accounts::find(conn, id)).unwrap().unwrap().name;
    assert_eq!((named(lesedi.user).as_str(), named(other.user).as_str()), ("Lesedi", "Thabo"));
    assert!(named(thabo.user).starts_with("Thabo ("), "{}", named(thabo.user));
    let rows = clinic.server.devices().unwrap();
    let row = |device| rows.iter().find(|row| row.device == device).unwrap();
    assert_eq!((rows.len(), row(lesedi.device).users.as_slice()), (4, ["Lesedi".to_owned()].as_slice()));
    assert!(row(kago.device).revoked_at.is_some() && row(thabo.device).revoked_at.is_none());
    let request = kago.introduction(&kago.says(&clinic, "another token that nobody has seen"));
    assert_eq!(code_of(introduce(&clinic, &request).await).await, (403, "revoked".into()));

    // What this server has not signed it does not take.
    let forged = Signed::sign(&newest.package.read_unverified().unwrap(), &lesedi.signing);
    let refused = give_back(&clinic, &lesedi, PackageAnswer { package: forged }).await;
    assert_eq!(code_of(refused).await, (422, "bad_request".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_given_to_a_known_laptop_after_the_backup_are_learned_from_its_introduction() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let backup = clinic.server.backup().unwrap().path;
    lesedi.household(1, "1", clinic.now());
    lesedi.push(&clinic, 0).await;
    let url = clinic.url("/v1/codes");
    let more: Value = clinic.http.post(url).bearer_auth(&lesedi.token).send().await.unwrap().json().await.unwrap();
    lesedi.credential = serde_json::from_value(more["credential"].clone()).unwrap();
    let codes = lesedi.credential.read_unverified().unwrap().codes;
    assert!(codes.len() > lesedi.codes.len());
    let clinic = clinic.restored_from(&backup).await;
    lesedi.introduce(&clinic).await;
    let known = clinic.server.store().read(|conn| stream_codes::of_device(conn, lesedi.device)).unwrap();
    assert_eq!(known, codes);
}
