//! `POST /rpc`: one call of the pages.
//!
//! Another site cannot make a browser send this: the body is JSON, which a form cannot send and a script of another
//! origin may not without asking first; `Origin` must be this server; the cookie is not sent along from elsewhere.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    response::Response,
};
use serde_json::json;
use tsela_rpc::schema::{Call, Failure, server::dispatch_server};

use super::{host::Pages, session};
use crate::{
    api::{ApiError, App, json, read_body},
    error::Refusal,
};

/// Most bytes of a call.
const MAX_BODY: usize = 256 * 1024;

pub(super) async fn call(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let address = crate::api::address(&parts)?;
    app.server.inner().limits.pages.take(address, 1.0, app.server.now())?;
    check_origin(&parts.headers)?;
    let secret = session::cookie(&parts.headers);
    let body = read_body(Request::from_parts(parts, body), MAX_BODY).await?;
    let call: Call = serde_json::from_slice(&body)
        .map_err(|e| Refusal::bad_request(format!("Not a call: line {}, column {}.", e.line(), e.column())))?;
    let (answer, cookie) = app
        .blocking(move |server| {
            let signed_in = secret.map(|secret| session::find(server, &secret)).transpose()?.flatten();
            let pages = Pages::new(server, signed_in, address);
            let answer = dispatch_server(&pages, call);
            Ok((answer, pages.into_cookie()))
        })
        .await?;
    let mut response = match answer {
        Ok(value) => json(&json!({ "ok": value })),
        Err(failure) => json(&json!({ "failure": failure })),
    };
    if let Some(change) = cookie
        && let Some(value) = session::set_cookie(change.as_ref().map(|secret| secret.as_str()), app.secure)
    {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Refuses calls that another site's page may have made.
fn check_origin(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let is_json = text(header::CONTENT_TYPE).is_some_and(|kind| kind.split(';').next() == Some("application/json"));
    if !is_json {
        return Err(Refusal::bad_request("The body must be JSON and say so."));
    }
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let foreign_site = site.is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let host = text(header::HOST).unwrap_or_default();
    let foreign_origin = text(header::ORIGIN)
        .is_some_and(|origin| origin.split_once("://").is_none_or(|(_, authority)| authority != host));
    if foreign_site || foreign_origin {
        return Err(Refusal::new(403, "foreign_origin", "This call came from another site's page.", ""));
    }
    Ok(())
}

/// Puts a refusal into the words of the pages.
pub(crate) fn failure(refusal: Refusal) -> Failure {
    let Refusal { code, title, detail, retry_after, .. } = refusal;
    let mut failure = Failure::new(code, title, detail, "");
    if let Some(seconds) = retry_after {
        failure.params.insert("seconds".to_owned(), seconds.to_string());
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_json_from_this_very_site_is_taken() {
        let kind = ("content-type", "application/json");
        let host = ("host", "clinic.example:8443");
        check_origin(&headers(&[kind, host])).unwrap();
        check_origin(&headers(&[kind, host, ("origin", "https://clinic.example:8443")])).unwrap();
        check_origin(&headers(&[("content-type", "application/json; charset=utf-8"), host])).unwrap();
        assert!(check_origin(&headers(&[host])).is_err());
        assert!(check_origin(&headers(&[("content-type", "text/plain"), host])).is_err());
        for origin in ["https://evil.example", "https://clinic.example", "null", "https://clinic.example:8443.evil"] {
            assert!(check_origin(&headers(&[kind, host, ("origin", origin)])).is_err(), "{origin}");
        }
        assert!(check_origin(&headers(&[kind, host, ("sec-fetch-site", "cross-site")])).is_err());
    }
}
