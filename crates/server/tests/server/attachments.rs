//! Parts of attachments at the server: what it takes, what it refuses, and what its receipts say.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tsela_core::{
    attachment::{BLOCK, ContentId, Part},
    bundle::{BundleId, BundleKind, PackRequest, SectionName, SectionRequest, pack},
    entry::Op,
    ids::{RecordId, StudyId},
};
use tsela_server::admin::By;
use uuid::Uuid;

use crate::{clinic::Clinic, laptop::Laptop};

fn picture(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..length).map(|n| u8::try_from(n * 7 % 253).unwrap()).collect();
    bytes[..3].copy_from_slice(&[0xff, 0xd8, 0xff]);
    bytes
}

impl Laptop {
    /// Packs some blocks of a content.
    fn part(&mut self, bytes: &[u8], blocks: std::ops::Range<usize>) -> Vec<u8> {
        let span = blocks.start * BLOCK..(blocks.end * BLOCK).min(bytes.len());
        let part =
            Part { content: ContentId::of(bytes), total: bytes.len(), offset: span.start, bytes: bytes[span].to_vec() };
        self.pack_part(&part)
    }

    fn pack_part(&mut self, part: &Part) -> Vec<u8> {
        let recipients = self.server.journal_recipients();
        part.pack((self.study, self.device), &self.signing, &recipients, &mut self.rng).unwrap()
    }

    async fn ask(&self, clinic: &Clinic, contents: &[ContentId]) -> Response {
        let asked = clinic.http.post(clinic.url("/v1/contents")).bearer_auth(&self.token);
        asked.json(&json!({"contents": contents})).send().await.unwrap()
    }

    async fn standing(&self, clinic: &Clinic, bytes: &[u8]) -> Value {
        let answer: Value = self.ask(clinic, &[ContentId::of(bytes)]).await.json().await.unwrap();
        answer["contents"][0].clone()
    }

    /// Puts a part and returns the contents that the receipt tells of.
    async fn put_part(&mut self, clinic: &Clinic, bundle: &[u8]) -> Vec<ContentId> {
        let answer = self.put(clinic, bundle).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
        self.open(&answer.bytes().await.unwrap()).contents
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_become_a_content_and_a_receipt_says_so_until_it_is_known() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let bytes = picture(3 * BLOCK + 9);
    let content = ContentId::of(&bytes);
    let (first, rest) = (lesedi.part(&bytes, 0..1), lesedi.part(&bytes, 1..4));
    assert_eq!(lesedi.standing(&clinic, &bytes).await["complete"], false);
    assert_eq!(lesedi.put_part(&clinic, &first).await, []);
    assert_eq!(lesedi.standing(&clinic, &bytes).await["held"], json!([{"from": 0, "to": BLOCK}]));
    assert_eq!(lesedi.put_part(&clinic, &rest).await, [content]);
    assert_eq!(lesedi.put_part(&clinic, &rest).await, [content], "again is harmless");
    assert_eq!(lesedi.standing(&clinic, &bytes).await, json!({"content": content, "complete": true}));

    // The next receipts say it again, until the laptop shows that it has one that says so.
    lesedi.household(1, "1", clinic.now());
    let pushed = lesedi.push(&clinic, 0).await;
    assert_eq!(pushed.contents, [content]);
    lesedi.receipts(&clinic, pushed.number).await;
    lesedi.household(2, "2", clinic.now());
    assert_eq!(lesedi.push(&clinic, 1).await.contents, []);
    // Whoever asks again, as after a restore, is told again.
    assert_eq!(lesedi.standing(&clinic, &bytes).await["complete"], true);
    let told = lesedi.receipts(&clinic, 0).await;
    assert_eq!(told.last().unwrap().contents, [content]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_picture_of_another_laptop_costs_one_question() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    let bytes = picture(2 * BLOCK);
    let whole = lesedi.part(&bytes, 0..2);
    lesedi.put_part(&clinic, &whole).await;
    assert_eq!(thabo.standing(&clinic, &bytes).await["complete"], true);
    assert_eq!(thabo.receipts(&clinic, 0).await.last().unwrap().contents, [ContentId::of(&bytes)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_foreign_or_out_of_bounds_is_refused() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let bytes = picture(2 * BLOCK);
    let good = lesedi.part(&bytes, 0..1);
    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let id = BundleId::of(&good).to_string();
    let mut refused = vec![lesedi.put_as(&clinic, &id, &damaged).await, lesedi.put(&clinic, &damaged).await];

    let part = |offset, length, total| Part { content: ContentId([3; 32]), total, offset, bytes: vec![1; length] };
    for part in [part(0, 600 * 1024, 1024 * 1024), part(0, BLOCK, 21 * 1024 * 1024), part(1, BLOCK, 2 * BLOCK)] {
        let bundle = lesedi.pack_part(&part);
        refused.push(lesedi.put(&clinic, &bundle).await);
    }
    // Of another study; and what is no part though it is of that kind, as a laptop's escrow.
    let recipients = lesedi.server.journal_recipients().to_vec();
    let foreign = part(0, BLOCK, BLOCK);
    let other = StudyId(Uuid::from_u128(99));
    let foreign = foreign.pack((other, lesedi.device), &lesedi.signing, &recipients, &mut lesedi.rng).unwrap();
    refused.push(lesedi.put(&clinic, &foreign).await);
    let section = SectionRequest { name: SectionName::Payload, plaintext: &[7; 32], recipients };
    let request = PackRequest {
        kind: BundleKind::Attachment,
        study: lesedi.study,
        packer: lesedi.device,
        signing_key: &lesedi.signing,
        sections: vec![section],
    };
    let escrow = pack(request, &mut lesedi.rng).unwrap();
    refused.push(lesedi.put(&clinic, &escrow).await);
    for answer in refused {
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(body.contains("bad_bundle"), "{body}");
    }
    assert!(lesedi.standing(&clinic, &bytes).await["held"].is_null(), "nothing of it is kept");
    let many = vec![ContentId([1; 32]); 101];
    assert_eq!(lesedi.ask(&clinic, &many).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_its_hash_is_refused_and_forgotten() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let bytes = picture(2 * BLOCK);
    let mut wrong =
        Part { content: ContentId::of(&bytes), total: bytes.len(), offset: 0, bytes: bytes[..BLOCK].to_vec() };
    wrong.bytes[100] ^= 1;
    let (wrong, second) = (lesedi.pack_part(&wrong), lesedi.part(&bytes, 1..2));
    assert_eq!(lesedi.put_part(&clinic, &wrong).await, []);
    let answer = lesedi.put(&clinic, &second).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(lesedi.standing(&clinic, &bytes).await["held"].is_null());
    let first = lesedi.part(&bytes, 0..1);
    lesedi.put_part(&clinic, &first).await;
    assert_eq!(lesedi.put_part(&clinic, &second).await, [ContentId::of(&bytes)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_laptop_adds_nothing() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let driver = Laptop::enrol_as(&clinic, 2, "Tiro", "carrier").await;
    let bytes = picture(BLOCK);
    let whole = lesedi.part(&bytes, 0..1);
    // What a driver brings is told to the one who wrote it.
    let brought = driver.put(&clinic, &whole).await;
    assert_eq!(brought.status(), StatusCode::OK);
    assert_eq!(lesedi.receipts(&clinic, 0).await.last().unwrap().contents, [ContentId::of(&bytes)]);
    clinic.server.revoke(lesedi.device, "lost", &By::operator()).unwrap();
    let other = picture(BLOCK + 1);
    let other = lesedi.part(&other, 0..2);
    assert_eq!(lesedi.put(&clinic, &other).await.status(), StatusCode::FORBIDDEN);
    let brought = driver.put(&clinic, &other).await;
    assert_eq!(brought.status(), StatusCode::UNPROCESSABLE_ENTITY, "the driver keeps it");
}

#[tokio::test(flavor = "multi_thread")]
async fn reviewers_are_given_the_file_and_each_look_is_on_record() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let bytes = picture(2 * BLOCK);
    let about = lesedi.household(1, "1", clinic.now());
    let record = RecordId(Uuid::from_u128(77));
    let set = json!({"about": about, "content": ContentId::of(&bytes), "media_type": "application/pdf",
        "size": bytes.len(), "file_name": "a \"b\".html"});
    lesedi.write(Op::Insert, "attachment", record, set, clinic.now());
    lesedi.push(&clinic, 0).await;
    let look = async |cookie: Option<&str>, record: RecordId| {
        let mut request = clinic.http.get(clinic.url(&format!("/attachments/{record}")));
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        request.send().await.unwrap()
    };
    let cookie = clinic.sign_in("Mpho", "data_manager").await;
    let early = look(Some(&cookie), record).await;
    assert_eq!(early.status(), StatusCode::NOT_FOUND);
    assert!(early.text().await.unwrap().contains("not arrived"));
    let status = async || {
        let (detail, _) = clinic.page(Some(&cookie), "server_record", json!({"id": record})).await;
        detail["ok"]["row"]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status().await, "ready", "its record alone is not the photo");
    let whole = lesedi.part(&bytes, 0..2);
    lesedi.put_part(&clinic, &whole).await;
    assert_eq!(status().await, "received");

    assert_eq!(look(None, record).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(look(Some(&cookie), about).await.status(), StatusCode::NOT_FOUND, "a household is no attachment");
    assert!(!clinic.events().iter().any(|event| event.contains("attachment_viewed")));
    let answer = look(Some(&cookie), record).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/jpeg", "what the bytes say, and not the record");
    assert_eq!(header("content-disposition"), "attachment; filename*=UTF-8''a%20%22b%22.html");
    assert_eq!(
        (header("x-content-type-options"), header("cache-control")),
        ("nosniff".into(), "no-store, private".into())
    );
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(answer.bytes().await.unwrap(), bytes);
    let history = clinic.page(Some(&cookie), "server_history", json!({"id": record})).await.0.to_string();
    assert!(history.contains("attachment_viewed"), "{history}");

    let from_elsewhere = clinic.http.get(clinic.url(&format!("/attachments/{record}"))).header("cookie", &cookie);
    let from_elsewhere = from_elsewhere.header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(from_elsewhere.status(), StatusCode::FORBIDDEN);
    // A laptop's token is no account.
    assert_eq!(lesedi.get(&clinic, &format!("/attachments/{record}")).await.status(), StatusCode::UNAUTHORIZED);
}
