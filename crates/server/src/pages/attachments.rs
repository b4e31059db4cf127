//! `GET /attachments/{record}`: the file of an attachment, for people who may see it.
//!
//! It is given as a file to be kept, never as a page: its kind is what its bytes say, and a browser may not guess another.
//! Each time is an event of the server's journal. A driver gets none, and a lab assistant those of tubes only.

use std::fmt::Write as _;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use tsela_core::{
    attachment::MediaType,
    ids::RecordId,
    model::{Attachment, RecordModel as _, Specimen, Values as _},
};
use tsela_store::{attachments, contents, records};

use super::session;
use crate::{
    admin::{ADMINISTRATOR, By, DATA_MANAGER},
    api::{ApiError, App},
    error::{Refusal, Result},
    server::Server,
};

/// The role of people at the laboratory.
const LAB_ASSISTANT: &str = "lab_assistant";

/// What a browser may make of the file.
const HEADERS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store, private"),
];

/// A file that may be given out.
struct Viewed {
    bytes: Vec<u8>,
    media_type: MediaType,
    file_name: String,
}

pub(super) async fn serve(
    State(app): State<App>,
    Path(record): Path<String>,
    parts: Parts,
) -> Result<Response, ApiError> {
    let address = crate::api::address(&parts)?;
    app.server.inner().limits.pages.take(address, 1.0, app.server.now())?;
    same_site(&parts.headers)?;
    let record: RecordId = record.parse().map_err(|_| not_there())?;
    let secret = session::cookie(&parts.headers);
    let viewed = app.blocking(move |server| view(server, secret.as_deref(), record)).await?;
    let mut response = ([(header::CONTENT_TYPE, viewed.media_type.as_str())], viewed.bytes).into_response();
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(disposition) = HeaderValue::from_str(&disposition(&viewed.file_name)) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// Refuses what another site's page has asked for.
fn same_site(headers: &HeaderMap) -> Result<(), Refusal> {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    match site {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(Refusal::new(403, "foreign_origin", "This call came from another site's page.", "")),
    }
}

fn view(server: &Server, secret: Option<&str>, record: RecordId) -> Result<Viewed> {
    let signed_in = secret.map(|secret| session::find(server, secret)).transpose()?.flatten();
    let signed_in = signed_in
        .ok_or_else(|| Refusal::new(401, "signed_out", "You are not signed in.", "Sign in; nothing was lost."))?;
    let account = signed_in.account;
    let state = server.read(|conn| Ok(records::state(conn, record)?))?;
    let state = state.filter(|state| state.model == Attachment::NAME);
    let about = match state.as_ref().and_then(|state| state.reference("about")) {
        Some(about) => server.read(|conn| Ok(records::state(conn, about)?))?.map(|about| about.model),
        None => None,
    };
    // Before it is said whether there is such a thing.
    if !may_see(&account.role, about.as_deref()) {
        let detail = "Ask somebody with another role to look at it.";
        return Err(Refusal::new(403, "not_allowed", "Your role does not include this.", detail).into());
    }
    let state = state.ok_or_else(not_there)?;
    let content = attachments::content_of(&state).ok_or_else(not_there)?;
    let bytes = server.read(|conn| Ok(contents::read(conn, content)?))?.ok_or_else(not_arrived)?;
    // What it is, its bytes say; a record may say anything.
    let media_type = MediaType::of(&bytes).ok_or_else(not_there)?;
    let by = By { user: account.id, name: account.name, role: account.role };
    server.event_about(&by, "attachment_viewed", record, &[("content", content.to_string().into())])?;
    Ok(Viewed { bytes, media_type, file_name: state.text("file_name").unwrap_or("file").to_owned() })
}

/// Says whether a role may see the file of a record of a model.
fn may_see(role: &str, about: Option<&str>) -> bool {
    match role {
        ADMINISTRATOR | DATA_MANAGER => true,
        LAB_ASSISTANT => about == Some(Specimen::NAME),
        _ => false,
    }
}

fn not_there() -> Refusal {
    Refusal::not_found("There is no such attachment here.")
}

fn not_arrived() -> Refusal {
    Refusal::not_found("The file has not arrived yet. It is sent after the records; look again later.")
}

/// Names the file for a browser that keeps it: as RFC 6266 says, with every other character than plain ones written in
/// hexadecimal, so that no name can become a header.
fn disposition(name: &str) -> String {
    let mut text = "attachment; filename*=UTF-8''".to_owned();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => text.push(char::from(byte)),
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_a_header_or_a_path() {
        assert_eq!(disposition("a b.jpg"), "attachment; filename*=UTF-8''a%20b.jpg");
        assert_eq!(disposition("\"\r\nset-cookie: x"), "attachment; filename*=UTF-8''%22%0D%0Aset-cookie%3A%20x");
        assert_eq!(disposition("é/.."), "attachment; filename*=UTF-8''%C3%A9%2F..");
    }

    #[test]
    fn a_driver_sees_nothing_and_the_laboratory_its_tubes() {
        for (role, tubes, consents) in [
            ("administrator", true, true),
            ("data_manager", true, true),
            ("lab_assistant", true, false),
            ("driver", false, false),
            ("research_assistant", false, false),
            ("", false, false),
        ] {
            assert_eq!((may_see(role, Some("specimen")), may_see(role, Some("consent"))), (tubes, consents), "{role}");
            assert!(role.starts_with(['a', 'd']) || !may_see(role, None), "{role}");
        }
        assert!(!may_see("driver", None));
    }
}
