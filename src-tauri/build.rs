//! Lets Tauri read its configuration from the repository root and its permissions from `src-tauri/`, and sees to it
//! that no window is built without pages unnoticed.

use std::{env, error::Error, fs, io, path::Path};

const BUILD_THEM: &str = "run `make run`, or `npm ci && npm run build` in ui/, and build again";

/// Shown by a window that was built before the pages were. `scripts/lib.sh` knows it by its `meta` element.
const STAND_IN: &str = "<!doctype html><html lang=\"en\"><meta name=\"tsela-stand-in\"><title>Tsela</title>\
     <h1>The pages were not built</h1><p>This program was built without them: run <code>make run</code>, or \
     <code>npm ci &amp;&amp; npm run build</code> in ui/, and build it again.</p></html>\n";

fn main() -> Result<(), Box<dyn Error>> {
    pages(Path::new("ui/dist"))?;
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    println!("cargo:rerun-if-changed=src-tauri/capabilities");

    let commands = tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*.toml");
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(commands);
    tauri_build::try_build(attributes)?;
    Ok(())
}

/// Has the pages of `ui/dist` embedded anew whenever they change. Without any, a release is refused; everything else
/// is built with a page that says so, since no Rust command (`cargo check`, `clippy`, a test of another crate) would
/// work in a fresh clone before npm had run.
fn pages(dist: &Path) -> Result<(), Box<dyn Error>> {
    // Cargo looks at the latest change within the folder, and runs this again only if there is a folder to look at.
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-changed=src-tauri/build.rs");
    if are_built(dist)? {
        return Ok(());
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        return Err(format!("there are no pages in {}: {BUILD_THEM}", dist.display()).into());
    }
    println!("cargo:warning=The window is built without its pages: {BUILD_THEM}.");
    fs::create_dir_all(dist)?;
    fs::write(dist.join("index.html"), STAND_IN)?;
    Ok(())
}

/// Whether the folder holds pages, and not nothing, half of a build, or the stand-in.
fn are_built(dist: &Path) -> io::Result<bool> {
    match fs::read_to_string(dist.join("index.html")) {
        Ok(index) => Ok(!index.contains("tsela-stand-in") && dist.join("assets").is_dir()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
