//! What the two hosts that serve the pages to a browser have in common: `tsela app` and the server.

use std::path::PathBuf;

/// What the pages may load and do: what the window allows them in `tauri.conf.json`, but for the road to Rust.
///
/// No style element is needed: `ui/src/theme/index.ts` says how Vuetify does without. It does place its menus and
/// progress bars by style attributes, which can neither load nor run anything here.
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; \
                                  img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
                                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/// The headers of every page and file of the pages, names in lower case.
pub const PAGE_HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// Returns the folder of the pages: the one named, or `ui` beside the program, or `ui/dist` here.
#[must_use]
pub fn folder(named: Option<PathBuf>) -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("ui")));
    named.or_else(|| {
        let places = [beside, Some(PathBuf::from("ui/dist"))];
        places.into_iter().flatten().find(|folder| folder.join("index.html").is_file())
    })
}

/// Tells the page which host it talks to, `client` or `server`, by a `meta` element at the beginning of its head.
#[must_use]
pub fn for_host(index: &[u8], host: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(index);
    let meta = format!("<meta name=\"tsela-host\" content=\"{host}\">");
    match text.split_once("<head>") {
        Some((before, after)) => format!("{before}<head>{meta}{after}").into_bytes(),
        None => format!("{meta}{text}").into_bytes(),
    }
}

/// Returns the media type of a file of the pages, by the ending of its name.
#[must_use]
pub fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("woff") => "font/woff",
        Some("ttf") => "font/ttf",
        Some("txt") => "text/plain; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_browser_may_do_what_the_window_may_and_no_more() {
        let configuration: serde_json::Value = serde_json::from_str(include_str!("../../../tauri.conf.json")).unwrap();
        let window = configuration["app"]["security"]["csp"].as_object().unwrap();
        let mut window: BTreeMap<&str, &str> =
            window.iter().map(|(name, sources)| (name.as_str(), sources.as_str().unwrap())).collect();
        // The window reaches Rust through Tauri, a browser through its own host.
        window.insert("connect-src", "'self'");
        let browser: BTreeMap<&str, &str> =
            CONTENT_POLICY.split("; ").map(|directive| directive.split_once(' ').unwrap()).collect();
        assert_eq!(browser, window);
    }

    #[test]
    fn the_page_learns_its_host() {
        let page = for_host(b"<!doctype html><html><head><title>T</title></head></html>", "server");
        assert!(
            String::from_utf8(page).unwrap().contains("<head><meta name=\"tsela-host\" content=\"server\"><title>")
        );
        assert!(for_host(b"<p>", "client").ends_with(b"<p>"));
    }
}
