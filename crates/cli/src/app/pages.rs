//! The files of the pages, read once at the start and served from memory under a strict policy.
//!
//! A path is looked up among the files that were there at the start, so none leads elsewhere. Any other path gets the
//! page itself, whose router shows what it names.

use std::{collections::HashMap, fs, path::Path};

use anyhow::Context as _;
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse as _, Response},
};
use tsela_rpc::web;

use super::App;

const INDEX: &str = "/index.html";
const NO_PAGES: &str = "<!doctype html><title>Tsela</title><p>Tsela's pages are not here: build them with \
                        <code>npm run build</code> in <code>ui</code>, or name their folder with <code>--ui</code>.</p>";

/// The files by path.
#[derive(Debug, Default)]
pub(super) struct Pages(HashMap<String, (&'static str, Bytes)>);

impl Pages {
    /// Reads a folder; without one, or without an `index.html` in it, a page says so.
    pub fn read(folder: Option<&Path>) -> anyhow::Result<Self> {
        let mut pages = Self::default();
        if let Some(folder) = folder.filter(|folder| folder.join("index.html").is_file()) {
            pages.add_folder(folder, "")?;
        }
        Ok(pages)
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str) -> anyhow::Result<()> {
        let cannot = |path: &Path| format!("cannot read {}", path.display());
        for entry in fs::read_dir(folder).with_context(|| cannot(folder))? {
            let path = entry.with_context(|| cannot(folder))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let url = format!("{prefix}/{name}");
            if path.is_dir() {
                self.add_folder(&path, &url)?;
                continue;
            }
            let mut bytes = fs::read(&path).with_context(|| cannot(&path))?;
            if url == INDEX {
                bytes = web::for_host(&bytes, "client");
            }
            self.0.insert(url.clone(), (web::content_type(&url), bytes.into()));
        }
        Ok(())
    }

    fn find(&self, path: &str) -> Option<&(&'static str, Bytes)> {
        self.0.get(path).or_else(|| self.0.get(INDEX))
    }
}

/// Serves a file, or the page.
pub(super) async fn serve(State(app): State<App>, uri: Uri) -> Response {
    let mut response = match app.pages.find(uri.path()) {
        Some((kind, bytes)) => ([(header::CONTENT_TYPE, *kind)], bytes.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, Html(NO_PAGES)).into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in web::PAGE_HEADERS.into_iter().chain([("cache-control", "no-cache")]) {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_learns_its_host_and_unknown_paths_get_the_page() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("assets")).unwrap();
        fs::write(dir.path().join("index.html"), "<html><head><title>T</title></head></html>").unwrap();
        fs::write(dir.path().join("assets/a.js"), "1").unwrap();
        let pages = Pages::read(Some(dir.path())).unwrap();
        let (kind, page) = pages.find("/sync").unwrap();
        assert_eq!(*kind, "text/html; charset=utf-8");
        assert!(String::from_utf8_lossy(page).contains("name=\"tsela-host\" content=\"client\""));
        assert_eq!(pages.find("/assets/a.js").unwrap().0, "text/javascript; charset=utf-8");
        assert_eq!(pages.find("/../keys.json").unwrap().1, page);
        assert!(Pages::read(None).unwrap().find("/").is_none());
    }
}
