//! The files of the pages, read once at the start and served from memory under a strict policy.
//!
//! A path is looked up among the files that were there at the start, so none can lead elsewhere. Any other path gets the
//! page itself, whose router shows what it names.

use std::{collections::HashMap, fs, path::Path};

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use tsela_rpc::web;

use super::super::{
    api::{ApiError, App},
    error::{Refusal, Result, ServerError},
};

const INDEX: &str = "/index.html";
const NO_PAGES: &str = "<!doctype html><title>Tsela server</title><p>This is a Tsela server. Its pages are not installed \
                        here: build them with <code>npm run build</code> in <code>ui</code>, or name their folder with \
                        <code>--ui</code>.</p>";

/// The files of the pages by path.
#[derive(Debug, Default)]
pub(crate) struct Assets(HashMap<String, Asset>);

#[derive(Debug, Clone)]
struct Asset {
    content_type: &'static str,
    etag: String,
    bytes: Bytes,
}

impl Assets {
    /// Reads a folder; `None` or a folder without an `index.html` gives pages that say so.
    pub fn read(folder: Option<&Path>) -> Result<Self> {
        let mut assets = Self::default();
        if let Some(folder) = folder.filter(|folder| folder.join("index.html").is_file()) {
            assets.add_folder(folder, "")?;
        }
        Ok(assets)
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |source| ServerError::File { what: "cannot read", path, source }
        };
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let url = format!("{prefix}/{name}");
            if path.is_dir() {
                self.add_folder(&path, &url)?;
            } else {
                let bytes = fs::read(&path).map_err(failed(&path))?;
                self.add(url, bytes);
            }
        }
        Ok(())
    }

    fn add(&mut self, url: String, bytes: Vec<u8>) {
        let bytes = if url == INDEX { web::for_host(&bytes, "server") } else { bytes };
        let etag = format!("\"{}\"", blake3::hash(&bytes).to_hex().get(..32).unwrap_or_default());
        self.0.insert(url.clone(), Asset { content_type: web::content_type(&url), etag, bytes: bytes.into() });
    }

    fn find(&self, path: &str) -> Option<&Asset> {
        self.0.get(path).or_else(|| self.0.get(INDEX))
    }
}

/// Serves a file, or the page.
pub(crate) async fn serve(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    let path = uri.path();
    if path.starts_with("/v1/") || path == "/v1" {
        return Err(Refusal::not_found("There is no such call.").into());
    }
    let Some(asset) = app.assets.find(path) else {
        return Ok(secured((StatusCode::NOT_FOUND, axum::response::Html(NO_PAGES)).into_response()));
    };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|etag| etag.as_bytes() == asset.etag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.content_type)], asset.bytes.clone()).into_response()
    };
    // Built files carry a hash in their name; the page itself is asked for anew.
    let lasting = path.starts_with("/assets/") && app.assets.0.contains_key(path);
    let cache = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(etag) = HeaderValue::from_str(&asset.etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(secured(response))
}

fn secured(mut response: Response) -> Response {
    for (name, value) in web::PAGE_HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
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
        fs::write(dir.path().join("index.html"), "<!doctype html><html><head><title>T</title></head></html>").unwrap();
        fs::write(dir.path().join("assets/app-1.js"), "1").unwrap();
        let assets = Assets::read(Some(dir.path())).unwrap();
        let page = assets.find("/devices").unwrap();
        assert!(
            std::str::from_utf8(&page.bytes).unwrap().contains("<head><meta name=\"tsela-host\" content=\"server\">")
        );
        assert_eq!(assets.find("/assets/app-1.js").unwrap().content_type, "text/javascript; charset=utf-8");
        assert_eq!(assets.find("/../store.key").unwrap().etag, page.etag);
        assert!(Assets::read(None).unwrap().find("/").is_none());
    }
}
