//! The page shown instead of the application when it could not start: what is wrong and what to do.
//!
//! It comes from a scheme of its own and not from `ui/`, so that it still appears when everything else is broken,
//! and its window has no capability: nothing on it can reach Rust.

use std::borrow::Cow;

use tauri::http::Response;
use tauri::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use tauri::{App, Url, WebviewUrl, WebviewWindowBuilder};

use crate::host::StartFailure;

/// The scheme the page is served from.
pub const SCHEME: &str = "tsela-notice";

/// The path of the link that closes the window.
const CLOSE: &str = "/close";

const TEMPLATE: &str = include_str!("notice.html");

// The page has no script and all text on it is escaped, so its one style element may be inline.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Opens the window with the page. Its one link closes it: the page has no script that could.
pub fn open(app: &App) -> tauri::Result<()> {
    let handle = app.handle().clone();
    WebviewWindowBuilder::new(app, "notice", WebviewUrl::CustomProtocol(address()))
        .title("Tsela")
        .inner_size(640.0, 420.0)
        .on_navigation(move |url| {
            if is_notice(url) && url.path() == CLOSE {
                handle.exit(0);
                return false;
            }
            is_notice(url)
        })
        .on_new_window(|_, _| tauri::webview::NewWindowResponse::Deny)
        .build()?;
    Ok(())
}

/// Answers the request of the notice window.
pub fn response(failure: Option<&StartFailure>) -> Response<Cow<'static, [u8]>> {
    let page = failure.map(page).unwrap_or_default();
    let mut response = Response::new(Cow::Owned(page.into_bytes()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, tauri::http::HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, tauri::http::HeaderValue::from_static(POLICY));
    response
}

fn page(failure: &StartFailure) -> String {
    TEMPLATE
        .replace("{title}", &escape(&failure.title))
        .replace("{detail}", &escape(&failure.detail))
        .replace("{advice}", &escape(&failure.advice))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Windows serves a scheme of one's own as a host below `localhost`.
fn address() -> Url {
    let text = if cfg!(windows) { "http://tsela-notice.localhost/" } else { "tsela-notice://localhost/" };
    Url::parse(text).expect("the address is a literal")
}

fn is_notice(url: &Url) -> bool {
    url.scheme() == address().scheme() && url.host_str() == address().host_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_page_says_what_is_wrong_and_what_to_do() {
        let failure = StartFailure::busy(Path::new("/home/lesedi/tsela"));
        let page = page(&failure);
        for said in [&failure.title, &failure.detail, &failure.advice] {
            assert!(page.contains(said.as_str()), "{said} is missing from\n{page}");
        }
        assert_eq!(failure.exit_code, 75);
    }

    #[test]
    fn a_folder_name_cannot_put_markup_on_the_page() {
        let failure = StartFailure::busy(Path::new("/tmp/<script>alert(1)</script>"));
        assert!(!page(&failure).contains("<script"));
    }

    #[test]
    fn only_its_own_address_may_be_shown_in_it() {
        assert!(is_notice(&address()));
        for elsewhere in ["https://example.org/", "file:///etc/passwd", "tauri://localhost/"] {
            assert!(!is_notice(&Url::parse(elsewhere).unwrap()), "{elsewhere}");
        }
    }
}
