//! Keeps the arrows of the project: which crate may know of which, and that nothing runs on Unix alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Every package and the packages of this workspace it may depend on. A new package needs a line, on purpose.
const ARROWS: &[(&str, &[&str])] = &[
    ("tsela-core", &[]),
    ("tsela-store", &["tsela-core"]),
    ("tsela-sync", &["tsela-core", "tsela-store"]),
    // Drawing and printers, apart from the store: what is printed is handed to it.
    ("tsela-print", &["tsela-core"]),
    // Two laptops that meet: the engine's roads, and a listener of its own.
    ("tsela-relay", &["tsela-core", "tsela-store", "tsela-sync"]),
    ("tsela-rpc", &["tsela-core", "tsela-store", "tsela-sync", "tsela-print", "tsela-relay"]),
    ("tsela-server", &["tsela-core", "tsela-store", "tsela-sync", "tsela-rpc"]),
    ("tsela-cli", CLI),
    // The shell sees the host and the words it speaks, never the store or the engine behind it.
    ("tsela-desktop", &["tsela-core", "tsela-rpc"]),
    ("tsela-tests", LIBRARIES),
    // The generator of valid data is the command line's; whole programs are started as tests start them.
    ("tsela-benches", BENCHES),
];

const CLI: &[&str] =
    &["tsela-core", "tsela-store", "tsela-sync", "tsela-print", "tsela-relay", "tsela-rpc", "tsela-server"];

const BENCHES: &[&str] =
    &["tsela-core", "tsela-store", "tsela-sync", "tsela-rpc", "tsela-server", "tsela-cli", "tsela-tests"];

const LIBRARIES: &[&str] = &["tsela-core", "tsela-store", "tsela-sync", "tsela-relay", "tsela-rpc", "tsela-server"];

/// What only some packages may depend on: everything else reaches it through them.
const RESERVED: &[(&str, &[&str])] = &[
    ("tauri", &["tsela-desktop"]),
    // `tsela app` serves the client's pages on loopback; a carrier takes bundles.
    ("axum", &["tsela-server", "tsela-cli", "tsela-relay"]),
    ("rusqlite", &["tsela-store", "tsela-server", "tsela-tests", "tsela-benches"]),
    // The server's own tests speak to it as any client would.
    ("reqwest", &["tsela-sync", "tsela-server", "tsela-tests"]),
    ("anyhow", &["tsela-cli", "tsela-desktop", "tsela-tests", "tsela-benches"]),
];

/// I/O, clocks, entropy and shells, none of which the core may have.
const NOT_IN_CORE: &[&str] = &[
    "async-std",
    "axum",
    "clap",
    "futures",
    "getrandom",
    "hyper",
    "rand",
    "reqwest",
    "rusqlite",
    "rustls",
    "tauri",
    "time",
    "tokio",
];

/// What exists on Unix alone.
const UNIX_ONLY: &[&str] =
    &["std::os::unix", "std::os::linux", "std::os::fd", "tokio::signal::unix", "libc::", "nix::", "rustix::"];

#[test]
fn packages_depend_downwards_only() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages() {
        let Some(allowed) = arrows.get(package.name.as_str()) else {
            wrong.push(format!("{} has no line in ARROWS: decide what it may know of", package.name));
            continue;
        };
        let own = package.dependencies.iter().filter(|name| name.starts_with("tsela-"));
        wrong.extend(
            own.filter(|name| !allowed.contains(&name.as_str())).map(|name| format!("{} → {name}", package.name)),
        );
    }
    assert!(wrong.is_empty(), "against the arrows:\n{}", wrong.join("\n"));
}

#[test]
fn every_package_of_the_arrows_exists() {
    let names: Vec<String> = packages().into_iter().map(|package| package.name).collect();
    for (name, _) in ARROWS {
        assert!(names.iter().any(|known| known == name), "{name} is not a package of this workspace");
    }
}

#[test]
fn the_core_has_no_io_no_clock_and_no_entropy() {
    let core = packages().into_iter().find(|package| package.name == "tsela-core").expect("the core is a package");
    let found: Vec<_> = core.dependencies.iter().filter(|name| NOT_IN_CORE.contains(&name.as_str())).collect();
    assert!(found.is_empty(), "tsela-core depends on {found:?}");
    assert!(
        !core.features_of("chrono").iter().any(|feature| feature == "clock" || feature == "now"),
        "chrono reads the clock"
    );
}

#[test]
fn some_libraries_belong_to_one_crate() {
    let mut wrong = Vec::new();
    for package in packages() {
        for (library, owners) in RESERVED {
            if package.dependencies.iter().any(|name| name == library) && !owners.contains(&package.name.as_str()) {
                wrong.push(format!("{} → {library}, which belongs to {}", package.name, owners.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_runs_on_unix_alone() {
    let mut wrong = Vec::new();
    for folder in ["crates", "src-tauri"] {
        for file in rust_files(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let name = file.strip_prefix(root()).unwrap().display();
            wrong.extend(
                unguarded(&text).into_iter().map(|line| format!("{name}:{line} is Unix only and not behind cfg")),
            );
            if needs_twin(&text) {
                wrong.push(format!("{name} has something for Unix and nothing in its place elsewhere"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unguarded_unix_is_found_and_guarded_is_not() {
    let free = "fn a() {\n    use std::os::unix::fs::PermissionsExt;\n}\n";
    assert_eq!(unguarded(free), [2]);
    let guarded = "#[cfg(unix)]\nfn a(\n    path: &Path,\n) -> bool {\n    use std::os::unix::fs::PermissionsExt;\n}\n";
    assert_eq!(unguarded(guarded), [0; 0]);
    let inner =
        "fn a() {\n    #[cfg(unix)]\n    {\n        std::os::unix::fs::chown(x);\n    }\n    libc::sync();\n}\n";
    assert_eq!(unguarded(inner), [6]);
    assert_eq!(unguarded("#![cfg(unix)]\nuse std::os::unix::fs;\n"), [0; 0]);
    assert_eq!(unguarded("// see std::os::unix\n"), [0; 0]);
    assert!(needs_twin("#[cfg(unix)]\nuse std::os::unix::fs;\n"));
    assert!(!needs_twin("#[cfg(unix)]\nuse std::os::unix::fs;\n#[cfg(not(unix))]\nfn a() {}\n"));
    assert!(!needs_twin("    #[cfg(unix)]\n    #[test]\n    fn a() {}\n"));
}

struct Package {
    name: String,
    dependencies: Vec<String>,
    raw: Value,
}

impl Package {
    fn features_of(&self, library: &str) -> Vec<String> {
        let all = self.raw["dependencies"].as_array().into_iter().flatten();
        all.filter(|entry| entry["name"] == library)
            .flat_map(|entry| entry["features"].as_array().cloned().unwrap_or_default())
            .filter_map(|feature| feature.as_str().map(str::to_owned))
            .collect()
    }
}

/// The packages of the workspace with all they depend on: to run, to build and to be tested.
fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--format-version=1", "--no-deps", "--offline"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    metadata["packages"].as_array().expect("a list of packages").iter().map(package).collect()
}

fn package(raw: &Value) -> Package {
    let dependencies = raw["dependencies"].as_array().into_iter().flatten();
    Package {
        name: text(&raw["name"]),
        dependencies: dependencies.map(|entry| text(&entry["name"])).collect(),
        raw: raw.clone(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a name").to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the repository").to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The numbers of the lines that use something of Unix with no `cfg` on them or on a block around them.
/// Goes by indentation, which rustfmt guarantees.
fn unguarded(text: &str) -> Vec<usize> {
    if text.lines().any(|line| line.starts_with("#![") && selects_platform(line)) {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let uses = |line: &str| !line.trim_start().starts_with("//") && UNIX_ONLY.iter().any(|name| line.contains(name));
    let hits = (0..lines.len()).filter(|&at| uses(lines[at]));
    hits.filter(|&at| !is_guarded(&lines, at)).map(|at| at + 1).collect()
}

fn is_guarded(lines: &[&str], at: usize) -> bool {
    let mut level = indent(lines[at]);
    let mut in_head = true;
    for line in lines[..at].iter().rev().filter(|line| !line.trim().is_empty()) {
        let here = indent(line);
        let is_attribute = line.trim_start().starts_with("#[");
        if here == level && in_head && is_attribute && selects_platform(line) {
            return true;
        }
        if here < level {
            level = here;
            in_head = true;
        } else if here == level && !is_attribute && !line.trim_start().starts_with("//") {
            // A signature of several lines ends with `)` on the level of its first line.
            in_head = in_head && lines_belong_to_head(line);
        }
    }
    false
}

fn lines_belong_to_head(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with(')') || line.ends_with('(') || line.starts_with("where")
}

fn selects_platform(line: &str) -> bool {
    line.contains("cfg(") && ["unix", "target_os", "windows"].iter().any(|name| line.contains(name))
}

/// Whether something that is not a test is there for Unix and has nothing in its place elsewhere.
fn needs_twin(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let for_unix = lines.windows(2).any(|pair| pair[0] == "#[cfg(unix)]" && pair[1] != "#[test]");
    for_unix
        && !["cfg(not(unix))", "cfg(windows)", "cfg!(unix)", "cfg!(windows)"].iter().any(|twin| text.contains(twin))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
