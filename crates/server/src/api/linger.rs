//! The rest of a body that was refused.
//!
//! A connection that is closed while its body still comes is reset, and the caller may then never see why it was
//! refused: a laptop would take that for a broken link, and try again for ever. So while the refusal is on its way what
//! comes is read and thrown away, for a while.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    middleware::Next,
    response::Response,
};
use http_body_util::BodyExt as _;
use tokio::sync::oneshot;
use tsela_core::bundle::MAX_BUNDLE;

/// How long a rest is read, and how much of it at most: a bundle, whose sender only the refusal stops.
const LONGEST: Duration = Duration::from_secs(10);
const MOST: usize = 2 * MAX_BUNDLE;

/// Passes a request on, and reads what its handler has left of the body.
pub(crate) async fn linger(request: Request, next: Next) -> Response {
    let (give_back, mut rest) = oneshot::channel();
    let response = next.run(request.map(|body| Body::new(Lent { body, give_back: Some(give_back) }))).await;
    if let Ok(rest) = rest.try_recv() {
        tokio::spawn(tokio::time::timeout(LONGEST, throw_away(rest)));
    }
    response
}

async fn throw_away(mut rest: Body) {
    let mut left = MOST;
    while let Some(Ok(frame)) = rest.frame().await {
        match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(less) => left = less,
            None => return,
        }
    }
}

/// A body that comes back when its reader drops it before its end.
struct Lent {
    body: Body,
    give_back: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(give_back) = self.give_back.take().filter(|_| !self.body.is_end_stream()) {
            // Nobody waits for it any more where the caller has gone.
            let _ = give_back.send(std::mem::take(&mut self.body));
        }
    }
}
