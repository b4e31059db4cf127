//! A laptop as the server sees it: keys, a token, and streams of entries written by hand.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use reqwest::{Body, Response, StatusCode};
use serde_json::{Value, json};
use tsela_core::{
    api::{BUNDLE_TYPE, EnrolAnswer, EnrolRequest, IntroduceRequest, OFFSET_HEADER, TIME_HEADER, frames},
    bundle::{
        BundleId, BundleKind, BundleView, PackRequest, SectionName, SectionRequest,
        journal::{self, Run, SignedHead},
        pack,
    },
    chain::Head,
    credential::Credential,
    entry::{Entry, Fields, Op, Seen},
    ids::{DeviceId, RecordId, SaveId, StreamCode, StudyId, UserId},
    introduction::{Introduction, token_hash},
    receipt::Receipt,
    seal::{SealingKey, SigningKey},
    time::Timestamp,
    trust::{ServerKeyDoc, Signed},
};
use uuid::Uuid;

use crate::clinic::Clinic;

pub struct Laptop {
    pub device: DeviceId,
    pub signing: SigningKey,
    pub sealing: SealingKey,
    pub token: String,
    pub user: UserId,
    pub study: StudyId,
    pub codes: Vec<StreamCode>,
    pub server: ServerKeyDoc,
    pub credential: Signed<Credential>,
    pub server_key: Signed<ServerKeyDoc>,
    pub entries: Vec<Vec<u8>>,
    pub rng: ChaCha20Rng,
    head: Head,
}

/// Keys and id of a laptop, by a number.
pub fn request(n: u8, secret: [u8; 16], user: &str) -> EnrolRequest {
    EnrolRequest {
        secret,
        device: DeviceId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))),
        device_name: format!("laptop {n}"),
        user: user.to_owned(),
        verify_key: SigningKey::from_bytes(&[n; 32]).verify_key(),
        sealing_key: SealingKey::from_bytes(&[n + 100; 32]).public(),
        app: "tsela/0.1.0".to_owned(),
    }
}

pub async fn ask_to_enrol(clinic: &Clinic, request: &EnrolRequest) -> Response {
    clinic.http.post(clinic.url("/v1/enrol")).json(request).send().await.unwrap()
}

pub async fn introduce(clinic: &Clinic, request: &IntroduceRequest) -> Response {
    clinic.http.post(clinic.url("/v1/introduce")).json(request).send().await.unwrap()
}

impl Laptop {
    pub async fn enrol(clinic: &Clinic, n: u8, user: &str) -> Self {
        Self::enrol_as(clinic, n, user, "field").await
    }

    pub async fn enrol_as(clinic: &Clinic, n: u8, user: &str, role: &str) -> Self {
        let asked = request(n, *clinic.code_for(role).secret().as_bytes(), user);
        let answer = ask_to_enrol(clinic, &asked).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
        let answer: EnrolAnswer = answer.json().await.unwrap();
        let server = answer.server_key.verify(&clinic.server.identity().root).unwrap();
        let credential = tsela_core::credential::Credential::check(&answer.credential, &server, clinic.now()).unwrap();
        assert_eq!(credential.device, asked.device);
        answer.package.verify(&server.verify_key).unwrap();
        let (study, codes) = (credential.study, credential.codes);
        let (credential, server_key) = (answer.credential, answer.server_key);
        Self {
            device: asked.device,
            signing: SigningKey::from_bytes(&[n; 32]),
            sealing: SealingKey::from_bytes(&[n + 100; 32]),
            token: answer.token,
            user: answer.user,
            study,
            head: Head::empty(study, asked.device, codes[0]),
            codes,
            server,
            credential,
            server_key,
            entries: Vec::new(),
            rng: ChaCha20Rng::seed_from_u64(u64::from(n)),
        }
    }

    /// Returns what the laptop says to the server in its present life; its next token is this one.
    pub fn says(&self, clinic: &Clinic, token: &str) -> Introduction {
        Introduction {
            study: self.study,
            device: self.device,
            server: clinic.server.device(),
            incarnation: clinic.server.life().id,
            at: clinic.now(),
            nonce: [7; 16],
            token_hash: token_hash(token),
            package_version: 3,
        }
    }

    /// Writes an introduction down as it is sent.
    pub fn introduction(&self, said: &Introduction) -> IntroduceRequest {
        IntroduceRequest {
            server_key: self.server_key.clone(),
            credential: self.credential.clone(),
            introduction: Signed::sign(said, &self.signing),
            app: "tsela/0.1.0".to_owned(),
        }
    }

    /// Introduces itself, and goes on with the new token.
    pub async fn introduce(&mut self, clinic: &Clinic) -> Value {
        self.token = "new token ".repeat(4).replace(' ', "-") + &self.device.to_string();
        let request = self.introduction(&self.says(clinic, &self.token));
        let answer = introduce(clinic, &request).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    /// Writes one entry of its own save; returns its number.
    pub fn write(&mut self, op: Op, model: &str, record: RecordId, set: Value, at: Timestamp) -> u64 {
        self.write_seeing(op, model, 1, record, set, Seen::new(), at)
    }

    #[allow(clippy::too_many_arguments)]
    pub fn write_seeing(
        &mut self,
        op: Op,
        model: &str,
        version: u32,
        record: RecordId,
        set: Value,
        seen: Seen,
        at: Timestamp,
    ) -> u64 {
        let set: Fields = serde_json::from_value(set).unwrap();
        let seq = self.head.seq + 1;
        let entry = Entry {
            seq,
            save: SaveId(Uuid::from_u128(self.device.0.as_u128() ^ u128::from(seq))),
            last: true,
            at,
            tz: "+02:00".to_owned(),
            user: self.user,
            app: "tsela/0.1.0".to_owned(),
            package: 1,
            op,
            model: model.to_owned(),
            version,
            record,
            seen,
            set,
            was: BTreeMap::new(),
            settles: Vec::new(),
            reason: (op != Op::Insert).then(|| "corrected".to_owned()),
            source: None,
        };
        let bytes = entry.to_bytes();
        self.head = self.head.after(&bytes);
        self.entries.push(bytes);
        seq
    }

    /// Writes a household and returns its id.
    pub fn household(&mut self, n: u128, plot: &str, at: Timestamp) -> RecordId {
        let record = RecordId(Uuid::from_u128(n));
        let set = json!({"community": "Otse", "section": "A", "plot": plot, "status": "enumerated"});
        self.write(Op::Insert, "household", record, set, at);
        record
    }

    /// Packs the entries behind `after`.
    pub fn bundle(&mut self, after: usize) -> Vec<u8> {
        let entries = self.entries[after..].to_vec();
        self.bundle_of(self.codes[0], self.device, after as u64 + 1, entries, self.head)
    }

    pub fn bundle_of(
        &mut self,
        stream: StreamCode,
        device: DeviceId,
        first_seq: u64,
        entries: Vec<Vec<u8>>,
        head: Head,
    ) -> Vec<u8> {
        let head = SignedHead::sign(self.study, stream, head, &self.signing);
        let plaintext = journal::encode(&[Run { stream, device, first_seq, entries, head }]);
        let recipients = self.server.journal_recipients().to_vec();
        let request = PackRequest {
            kind: BundleKind::Journal,
            study: self.study,
            packer: self.device,
            signing_key: &self.signing,
            sections: vec![SectionRequest { name: SectionName::Payload, plaintext: &plaintext, recipients }],
        };
        pack(request, &mut self.rng).unwrap()
    }

    pub async fn put(&self, clinic: &Clinic, bundle: &[u8]) -> Response {
        self.put_as(clinic, &BundleId::of(bundle).to_string(), bundle).await
    }

    pub async fn put_as(&self, clinic: &Clinic, id: &str, bundle: &[u8]) -> Response {
        clinic
            .http
            .put(clinic.url(&format!("/v1/bundles/{id}")))
            .bearer_auth(&self.token)
            .header(TIME_HEADER, clinic.now().0 + 3 * 60 * 60 * 1000)
            .header("content-type", BUNDLE_TYPE)
            .body(bundle.to_vec())
            .send()
            .await
            .unwrap()
    }

    /// Puts `sent` under the name of `bundle` as far as `cut`, and breaks off once the server has that.
    pub async fn put_and_break_off(&self, clinic: &Clinic, bundle: &[u8], sent: &[u8], cut: usize) {
        let id = BundleId::of(bundle);
        let part: Result<Vec<u8>, std::io::Error> = Ok(sent[..cut].to_vec());
        let body = Body::wrap_stream(stream::iter([part]).chain(stream::pending()));
        let request = clinic.http.put(clinic.url(&format!("/v1/bundles/{id}"))).bearer_auth(&self.token).body(body);
        let sending = tokio::spawn(request.send());
        while self.held(clinic, bundle).await < cut {
            tokio::task::yield_now().await;
        }
        sending.abort();
    }

    /// Asks how much of a bundle the server has.
    pub async fn held(&self, clinic: &Clinic, bundle: &[u8]) -> usize {
        let url = clinic.url(&format!("/v1/bundles/{}", BundleId::of(bundle)));
        let answer = clinic.http.head(url).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.headers()[OFFSET_HEADER].to_str().unwrap().parse().unwrap()
    }

    /// Sends a bundle from a byte on.
    pub async fn patch(&self, clinic: &Clinic, bundle: &[u8], from: usize) -> Response {
        let url = clinic.url(&format!("/v1/bundles/{}", BundleId::of(bundle)));
        let request = clinic.http.patch(url).bearer_auth(&self.token).header(OFFSET_HEADER, from);
        request.body(bundle[from..].to_vec()).send().await.unwrap()
    }

    /// Pushes the entries behind `after` and returns the receipt.
    pub async fn push(&mut self, clinic: &Clinic, after: usize) -> Receipt {
        let bundle = self.bundle(after);
        let response = self.put(clinic, &bundle).await;
        let status = response.status();
        let body = response.bytes().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
        self.open(&body)
    }

    pub fn open(&self, bundle: &[u8]) -> Receipt {
        let view = BundleView::parse(bundle).unwrap();
        assert_eq!(view.kind(), BundleKind::Receipt);
        view.verify(&self.server.verify_key).unwrap();
        let content = view.open(SectionName::Payload, std::slice::from_ref(&self.sealing)).unwrap();
        Receipt::from_bytes(&content).unwrap()
    }

    pub async fn get(&self, clinic: &Clinic, path: &str) -> Response {
        clinic.http.get(clinic.url(path)).bearer_auth(&self.token).send().await.unwrap()
    }

    pub async fn receipts(&self, clinic: &Clinic, after: u64) -> Vec<Receipt> {
        let response = self.get(clinic, &format!("/v1/receipts?after={after}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        let body = response.bytes().await.unwrap();
        frames::split(&body).unwrap().into_iter().map(|bundle| self.open(bundle)).collect()
    }

    pub fn head(&self) -> Head {
        self.head
    }

    /// Forgets the entries behind `keep`, as a restored laptop does.
    pub fn roll_back(&mut self, keep: usize) {
        self.entries.truncate(keep);
        self.head = Head::empty(self.study, self.device, self.codes[0]);
        for bytes in &self.entries {
            self.head = self.head.after(bytes);
        }
    }
}

pub async fn code_of(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    assert!(body["title"].is_string() && body["detail"].is_string(), "{body}");
    (status, body["code"].as_str().unwrap().to_owned())
}
