//! Lets Tauri read its configuration from the repository root and its permissions from `src-tauri/`.

use std::{fs, io, path::Path};

/// Shown by a binary that was built before the pages were.
const PAGES_NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Tsela</title><p>The pages are not built yet. \
     Run <code>make run</code>, or <code>npm ci && npm run build</code> in ui/.</p></html>\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    stand_in_for_pages(Path::new("ui/dist"))?;
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    println!("cargo:rerun-if-changed=src-tauri/capabilities");

    let commands = tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*.toml");
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(commands);
    tauri_build::try_build(attributes)?;
    Ok(())
}

/// Puts a page into an absent `ui/dist`, which the compiler embeds and git ignores. Without it no Rust
/// command (`cargo check`, `clippy`, a test of another crate) would work in a fresh clone before npm had run.
fn stand_in_for_pages(dist: &Path) -> io::Result<()> {
    if !dist.exists() {
        fs::create_dir_all(dist)?;
        fs::write(dist.join("index.html"), PAGES_NOT_BUILT)?;
    }
    println!("cargo:rerun-if-changed={}", dist.display());
    Ok(())
}
