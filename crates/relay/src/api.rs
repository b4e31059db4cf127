//! The calls of a carrier; see [`tsela_core::meeting`].

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequestParts, Path, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use tsela_core::{
    api::{ErrorBody, FRAMES_TYPE, SERVER_HEADER, codes, frames},
    bundle::{BundleId, MAX_BUNDLE},
    credential::Credential,
    custody::{Count, Countersigned, MAX_CONTENT, Offer},
    ids::RecordId,
    meeting::{Carried, Hello, MeetingError, Progress, Proof, Proven, Side, Transcript, Welcome},
    seal::hex,
    trust::Signed,
};
use tsela_store::{Code, StoreError, carried};

use crate::{
    keep::NotTaken,
    listener::Desk,
    meetings::{Meeting, Stage},
    peers::{self, refusal},
};

/// Most bytes of a request that is no bundle.
const MAX_QUESTION: usize = 64 * 1024;
/// Most bytes of a hand-over of tubes: its content once more as JSON text.
const MAX_OFFER: usize = 2 * MAX_CONTENT;
/// Most bundles that an author is told of as held already.
const MAX_HELD: usize = 4_096;

type Shared = State<Arc<Desk>>;

/// Every call of a carrier; a test compares them with the protocol's description.
const ROUTES: &[(&str, &str)] = &[
    ("post", "/v1/meetings"),
    ("post", "/v1/meetings/{id}"),
    ("get", "/v1/meetings/{id}"),
    ("delete", "/v1/meetings/{id}"),
    ("get", "/v1/receipts"),
    ("put", "/v1/bundles/{id}"),
    ("put", "/v1/transfers"),
    ("get", "/v1/transfers/{id}"),
    ("get", "/v1/counts"),
];

/// Returns the calls.
pub(crate) fn router(desk: Arc<Desk>) -> Router {
    let router = ROUTES.iter().fold(Router::new(), |router, (method, path)| {
        let question = DefaultBodyLimit::max(MAX_QUESTION);
        let handler = match (*method, *path) {
            ("post", "/v1/meetings") => post(hello).layer(question),
            ("post", _) => post(prove).layer(question),
            ("get", "/v1/meetings/{id}") => get(progress).layer(question),
            ("delete", _) => delete(goodbye).layer(question),
            ("put", "/v1/transfers") => put(offer).layer(DefaultBodyLimit::max(MAX_OFFER)),
            ("put", _) => put(take).layer(DefaultBodyLimit::max(MAX_BUNDLE)),
            ("get", "/v1/transfers/{id}") => get(countersigned).layer(question),
            ("get", "/v1/counts") => get(count).layer(question),
            _ => get(receipts).layer(question),
        };
        router.route(path, handler)
    });
    router.layer(middleware::from_fn_with_state(Arc::clone(&desk), mark)).with_state(desk)
}

/// A refusal on its way out.
struct Refused(StatusCode, ErrorBody);

impl Refused {
    fn bad_bundle(detail: impl ToString) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, refusal(codes::BAD_BUNDLE, "The bundle is not taken.", detail))
    }

    fn not_found() -> Self {
        let detail = "Begin anew: press Hand over again.";
        Self(StatusCode::NOT_FOUND, refusal(codes::NOT_FOUND, "This meeting is over.", detail))
    }

    fn no_room(free: u64) -> Self {
        let detail = format!(
            "{} KiB are free. Deliver what it carries at the clinic, or hand over to another driver.",
            free / 1024
        );
        Self(StatusCode::INSUFFICIENT_STORAGE, refusal(codes::DISK_FULL, "The driver's laptop is full.", detail))
    }
}

impl From<MeetingError> for Refused {
    fn from(error: MeetingError) -> Self {
        let code = if matches!(error, MeetingError::Revoked { .. }) { codes::REVOKED } else { codes::NOT_TRUSTED };
        let title = "The driver's laptop does not deal with this laptop.";
        Self(StatusCode::FORBIDDEN, refusal(code, title, format!("Its reason: {error}.")))
    }
}

impl From<NotTaken> for Refused {
    fn from(reason: NotTaken) -> Self {
        match reason {
            NotTaken::Bad(detail) => Self::bad_bundle(detail),
            NotTaken::NoRoom(free) => Self::no_room(free),
            NotTaken::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the carrier's store failed");
        let title = "The driver's laptop could not save it.";
        match error.code() {
            Code::Disk => Self(StatusCode::INSUFFICIENT_STORAGE, refusal(codes::DISK_FULL, title, error)),
            Code::Busy => Self(StatusCode::SERVICE_UNAVAILABLE, refusal(codes::BUSY, title, error)),
            _ => Self(StatusCode::INTERNAL_SERVER_ERROR, refusal(codes::INTERNAL, title, "Nothing was lost.")),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

/// Marks every answer as this carrier's, so that an author can tell it from a log-in page.
async fn mark(State(desk): Shared, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(&desk.config.identity.device.to_string()) {
        response.headers_mut().insert(SERVER_HEADER, id);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The meeting whose token a call shows.
struct Known(Meeting, Credential);

impl FromRequestParts<Arc<Desk>> for Known {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Refused> {
        let shown =
            parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let known = shown.and_then(|token| desk.meetings().of_token(token_hash(token), desk.now()));
        let unknown = || {
            let detail = "Begin anew: press Hand over again.";
            Refused(StatusCode::UNAUTHORIZED, refusal(codes::UNAUTHORISED, "This meeting is over.", detail))
        };
        known.map(|(meeting, author)| Self(meeting, author)).ok_or_else(unknown)
    }
}

fn token_hash(token: &str) -> [u8; 32] {
    blake3::derive_key("tsela/meeting-token/1", token.as_bytes())
}

fn random<const N: usize>(desk: &Desk) -> [u8; N] {
    let mut bytes = [0; N];
    desk.config.rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(&mut bytes);
    bytes
}

async fn hello(State(desk): Shared, Json(hello): Json<Hello>) -> Result<Json<Welcome>, Refused> {
    let author = peers::check(&desk.config, &hello.credential, Side::Author)?;
    let (meeting, nonce) = (hex::encode(&random::<16>(&desk)), random(&desk));
    let credential = peers::own(&desk.config)?;
    desk.meetings().begin(meeting.clone(), author, hello.commitment, nonce, desk.now());
    Ok(Json(Welcome { meeting, credential, nonce }))
}

async fn prove(State(desk): Shared, Path(id): Path<String>, Json(proof): Json<Proof>) -> Result<Json<Proven>, Refused> {
    let token = hex::encode(&random::<32>(&desk));
    let heard = desk.meetings().prove(&id, &proof, token_hash(&token), desk.now());
    let heard = heard.map_err(|error| error.map_or_else(Refused::not_found, Refused::from))?;
    let identity = &desk.config.identity;
    let transcript = Transcript {
        study: identity.study,
        tls_spki: &desk.spki.0,
        author: heard.author.device,
        carrier: identity.device,
        author_nonce: &heard.author_nonce,
        carrier_nonce: &heard.carrier_nonce,
    };
    let signature = transcript.sign(Side::Carrier, &identity.signing_key);
    let author = heard.author.device;
    let (held, carried) =
        desk.config.store.read(|conn| Ok((carried::held(conn, author, MAX_HELD)?, carried::bytes(conn)?)))?;
    (desk.changed)();
    Ok(Json(Proven { signature, token, held, free_bytes: desk.room.saturating_sub(carried) }))
}

async fn progress(Known(meeting, _): Known) -> Json<Progress> {
    Json(meeting.progress())
}

async fn goodbye(State(desk): Shared, Known(meeting, _): Known) -> StatusCode {
    desk.meetings().finish(&meeting.id);
    (desk.changed)();
    StatusCode::NO_CONTENT
}

async fn receipts(State(desk): Shared, Known(_, author): Known) -> Result<Response, Refused> {
    let brought = desk.config.store.read(|conn| carried::brought(conn, author.device))?;
    let body = frames::join(brought.iter().map(Vec::as_slice));
    Ok(([(header::CONTENT_TYPE, FRAMES_TYPE)], body).into_response())
}

async fn offer(
    State(desk): Shared,
    Known(meeting, author): Known,
    Json(offer): Json<Signed<Offer>>,
) -> Result<StatusCode, Refused> {
    agreed(&meeting)?;
    desk.keeping().take_offer(&author, &offer)?;
    (desk.changed)();
    Ok(StatusCode::NO_CONTENT)
}

async fn countersigned(
    State(desk): Shared,
    Known(_, author): Known,
    Path(transfer): Path<String>,
) -> Result<Json<Option<Signed<Countersigned>>>, Refused> {
    let transfer: RecordId = transfer.parse().map_err(|_| Refused::not_found())?;
    let answer = desk.keeping().countersigned(author.device, transfer)?;
    answer.map(Json).ok_or_else(Refused::not_found)
}

async fn count(State(desk): Shared, Known(meeting, author): Known) -> Result<Json<Option<Signed<Count>>>, Refused> {
    agreed(&meeting)?;
    Ok(Json(desk.keeping().count(author.device)?))
}

/// Refuses what comes before the driver has compared the digits.
fn agreed(meeting: &Meeting) -> Result<(), Refused> {
    if meeting.stage == Stage::Agreed {
        return Ok(());
    }
    let detail = "The driver has not said yet that the digits are the same.";
    Err(Refused(StatusCode::FORBIDDEN, refusal(codes::NOT_TRUSTED, "Compare the digits first.", detail)))
}

async fn take(
    State(desk): Shared,
    Known(meeting, author): Known,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Signed<Carried>>, Refused> {
    agreed(&meeting)?;
    let id: BundleId = id.parse().map_err(Refused::bad_bundle)?;
    let worker = Arc::clone(&desk);
    let word = tokio::task::spawn_blocking(move || {
        let word = worker.keeping().take(&author, id, &body)?;
        worker.meetings().took(&meeting.id, body.len() as u64);
        (worker.changed)();
        Ok(word)
    });
    word.await.unwrap_or_else(|panic| Err(StoreError::Internal(panic.to_string()).into())).map(Json)
}
