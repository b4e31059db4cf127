//! The application's window, and where it may go: nowhere but to its own pages.

use tauri::webview::NewWindowResponse;
use tauri::{App, Url, WebviewUrl, WebviewWindowBuilder};

/// Takes from the page what a web view offers and an application does not want; see the file.
const PAGE_GUARD: &str = include_str!("page_guard.js");

/// Keeps what the page complains of, for the tests of the window to read. Not in a release.
const PAGE_WATCH: &str = if cfg!(debug_assertions) { include_str!("page_watch.js") } else { "" };

/// Opens the window on the application's first page.
pub fn open(app: &App) -> tauri::Result<()> {
    let dev_url = if tauri::is_dev() { app.config().build.dev_url.clone() } else { None };
    WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
        .title("Tsela")
        .inner_size(1280.0, 800.0)
        .min_inner_size(800.0, 600.0)
        .prevent_overflow()
        .initialization_script(PAGE_GUARD)
        .initialization_script(PAGE_WATCH)
        .disable_drag_drop_handler()
        .on_navigation(move |url| is_own_page(url, dev_url.as_ref()))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        // Nothing of a participant lands outside the encrypted store by way of the web view.
        .on_download(|_, _| false)
        .build()?;
    Ok(())
}

/// Whether `url` is a page of the application: `tauri://localhost` on Linux and macOS, `http://tauri.localhost` on
/// Windows, and Vite's address while developing.
fn is_own_page(url: &Url, dev_url: Option<&Url>) -> bool {
    let own = if cfg!(windows) { ("http", "tauri.localhost") } else { ("tauri", "localhost") };
    (url.scheme(), url.host_str()) == (own.0, Some(own.1))
        || dev_url.is_some_and(|dev| dev.origin() == url.origin())
        || url.as_str() == "about:blank"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn goes_to_its_own_pages_only() {
        let home = if cfg!(windows) { "http://tauri.localhost/" } else { "tauri://localhost/" };
        assert!(is_own_page(&url(home), None));
        for elsewhere in [
            "https://example.org/",
            "http://localhost:5173/",
            "http://127.0.0.1:8443/",
            "file:///etc/passwd",
            "data:text/html,<p>",
            "https://tauri.localhost.example.org/",
        ] {
            assert!(!is_own_page(&url(elsewhere), None), "{elsewhere}");
        }
    }

    #[test]
    fn while_developing_the_pages_come_from_vite() {
        let dev = url("http://localhost:5173/");
        assert!(is_own_page(&url("http://localhost:5173/households"), Some(&dev)));
        assert!(!is_own_page(&url("http://localhost:9999/"), Some(&dev)));
    }
}
