//! Credentials end by the server's clock, and are renewed in time.

use serde_json::{Value, json};
use tsela_core::{api::CodesAnswer, ids::DeviceId};
use tsela_server::admin::By;

use crate::{
    clinic::{Clinic, MINUTE},
    laptop::{Laptop, code_of},
};

const DAY: i64 = 24 * 60 * MINUTE;

async fn codes(clinic: &Clinic, laptop: &Laptop) -> CodesAnswer {
    let url = clinic.url("/v1/codes");
    clinic.http.post(url).bearer_auth(&laptop.token).send().await.unwrap().json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_an_expired_device_is_refused_until_somebody_renews_it() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    clinic.pass(730 * DAY - 1);
    assert_eq!(lesedi.get(&clinic, "/v1/streams").await.status(), 200);
    clinic.pass(1);
    lesedi.household(1, "1", clinic.now());
    let bundle = lesedi.bundle(0);
    assert_eq!(code_of(lesedi.put(&clinic, &bundle).await).await, (403, "credential_expired".into()));
    for path in ["/v1/streams", "/v1/receipts", "/v1/package", "/v1/digest"] {
        assert_eq!(code_of(lesedi.get(&clinic, path).await).await, (403, "credential_expired".into()), "{path}");
    }
    assert!(clinic.server.devices().unwrap()[0].expired);

    let nobody = DeviceId(uuid::Uuid::nil());
    assert!(clinic.server.renew(nobody, &By::operator()).is_err());
    clinic.server.renew(lesedi.device, &By::operator()).unwrap();
    assert_eq!(lesedi.put(&clinic, &bundle).await.status(), 200);
    let renewed = codes(&clinic, &lesedi).await.credential.read_unverified().unwrap();
    assert_eq!(renewed.expires_at, clinic.now().plus_millis(730 * DAY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_comes_by_is_renewed_once_half_of_its_time_is_over() {
    let clinic = Clinic::open().await;
    let lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let first = lesedi.credential.read_unverified().unwrap().expires_at;
    clinic.pass(365 * DAY);
    assert_eq!(codes(&clinic, &lesedi).await.credential.read_unverified().unwrap().expires_at, first);
    clinic.pass(1);
    let renewed = codes(&clinic, &lesedi).await.credential.read_unverified().unwrap();
    assert_eq!(renewed.expires_at, clinic.now().plus_millis(730 * DAY));
    assert_eq!(renewed.codes, lesedi.codes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_not_renewed_and_only_an_administrator_renews() {
    let clinic = Clinic::open().await;
    let lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let manager = clinic.sign_in("Mpho", "data_manager").await;
    let administrator = clinic.sign_in("Kabo", "administrator").await;
    let args = json!({"device": lesedi.device});
    let (refused, _): (Value, _) = clinic.page(Some(&manager), "renew", args.clone()).await;
    assert_eq!(refused["failure"]["code"], "not_allowed");
    let (renewed, _) = clinic.page(Some(&administrator), "renew", args).await;
    assert_eq!(renewed["ok"][0]["expired"], false);
    clinic.server.revoke(lesedi.device, "stolen", &By::operator()).unwrap();
    assert!(clinic.server.renew(lesedi.device, &By::operator()).is_err());
}
