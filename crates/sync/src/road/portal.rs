//! Recognising the log-in page of a Wi-Fi.
//!
//! Asked in plain HTTP and without any credentials, and only after something had answered that is not the server: the
//! page of a portal is what a browser would be shown. First at the server's own address; if nothing there answers in
//! plain HTTP, at port 80 of the same host, which is where most portals take hold.

use std::time::Duration;

use reqwest::{Client, Response, Url, header, redirect::Policy};

/// How long a probe may take.
const TIMEOUT: Duration = Duration::from_secs(6);

/// Says whether a log-in page answers at the server's host.
pub async fn answers_at(base: &Url) -> bool {
    let Ok(client) = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(TIMEOUT)
        .timeout(TIMEOUT)
        .tls_backend_preconfigured(super::pin::client_config(super::pin::Trust::Pinned(Vec::new())))
        .build()
    else {
        return false;
    };
    let Some(host) = base.host_str() else { return false };
    let own_port = base.port_or_known_default().unwrap_or(80);
    for port in [own_port, 80] {
        match client.get(format!("http://{host}:{port}/")).send().await {
            Ok(response) => return is_page(&response, host),
            Err(error) => tracing::debug!(port, error = %error.without_url(), "no plain answer"),
        }
    }
    false
}

/// A page for a browser, or the way to one elsewhere. A redirect to the same host is an ordinary web server's.
fn is_page(response: &Response, host: &str) -> bool {
    if response.headers().contains_key(tsela_core::api::SERVER_HEADER) {
        return false;
    }
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match response.status().as_u16() {
        511 => true,
        200..300 => header(header::CONTENT_TYPE).to_ascii_lowercase().contains("html"),
        300..400 => Url::parse(header(header::LOCATION)).is_ok_and(|to| to.host_str() != Some(host)),
        _ => false,
    }
}
