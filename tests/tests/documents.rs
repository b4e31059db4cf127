//! Keeps the documents true where that is cheap: links lead somewhere, commands, options, calls and dependencies that
//! they name exist, and none is missing from its list.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Options that every command has from clap.
const EVERYWHERE: [&str; 2] = ["help", "version"];
const METHODS: [&str; 6] = ["GET", "HEAD", "PATCH", "PUT", "POST", "DELETE"];

#[test]
fn every_link_leads_somewhere() {
    let mut dead = Vec::new();
    for (path, text) in documents() {
        for target in links(&text) {
            if let Some(why) = dead_end(&path, &text, &target) {
                dead.push(format!("{}: {target}: {why}", path.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn every_command_and_option_named_exists() {
    let (commands, options) = (commands(), options());
    let mut wrong = Vec::new();
    for (path, text) in documents() {
        for line in code(&text) {
            for (command, named) in invocations(&line) {
                if !commands.contains(&command) {
                    wrong.push(format!("{}: there is no command `tsela {command}`", path.display()));
                }
                let unknown = named.into_iter().filter(|name| !options.contains(name));
                wrong.extend(unknown.map(|name| format!("{}: there is no option --{name}: {line}", path.display())));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_of_the_command_line_lists_every_command_and_option() {
    let page = read("docs/cli.md");
    let missing: Vec<String> = commands()
        .into_iter()
        .map(|command| format!("`tsela {command}"))
        .filter(|start| !page.contains(&format!("{start} ")))
        .chain(options().into_iter().map(|name| format!("--{name}")).filter(|name| !page.contains(name.as_str())))
        .filter(|named| !EVERYWHERE.iter().any(|common| named.ends_with(common)))
        .collect();
    assert!(missing.is_empty(), "docs/cli.md does not name {}", missing.join(", "));
}

#[test]
fn every_direct_dependency_has_a_line_and_every_line_a_dependency() {
    let page = read("docs/dependencies.md");
    let listed: BTreeSet<String> = page.lines().filter_map(row_name).collect();
    let used: BTreeSet<String> = crates().into_iter().chain(packages()).collect();
    let missing: Vec<_> = used.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&used).collect();
    assert!(missing.is_empty() && stale.is_empty(), "no line for {missing:?}; no manifest names {stale:?}");
}

#[test]
fn the_protocol_describes_every_call_and_no_other() {
    let page = read("docs/protocol.md");
    let routes = routes();
    assert!(routes.len() > 5, "the list of routes is not where it was: {routes:?}");
    let described: BTreeSet<String> = code(&page).into_iter().filter(|span| is_call(span)).collect();
    let missing: Vec<_> = routes.difference(&described).collect();
    let unknown: Vec<_> = described.difference(&routes).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "not described: {missing:?}; not there: {unknown:?}");
}

#[test]
fn the_protocol_names_every_error_code_and_every_purpose_of_a_signature() {
    let page = read("docs/protocol.md");
    let codes = read("crates/core/src/api.rs");
    let codes = codes.lines().filter(|line| line.trim().starts_with("pub const") && line.contains(": &str = \""));
    let purposes = read("crates/core/src/seal/keys.rs");
    let purposes = purposes.lines().filter(|line| line.contains("=> \"tsela/"));
    let named: Vec<&str> = codes.chain(purposes).filter_map(quoted).collect();
    assert!(named.len() > 15, "codes and purposes are not where they were: {named:?}");
    let missing: Vec<_> = named.into_iter().filter(|name| !page.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/protocol.md does not name {missing:?}");
}

#[test]
fn what_is_read_is_read_right() {
    let text = "See [a](b.md#c), ![d](e.svg).\n\n    tsela push --dir C\n\n```\ntsela x\n```\n| `tsela server code --dir S [--url URL]` |\n";
    assert_eq!(links(text), ["b.md#c", "e.svg"]);
    assert_eq!(code(text), ["tsela push --dir C", "tsela x", "tsela server code --dir S [--url URL]"]);
    assert_eq!(
        invocations("x=/opt/tsela serve --dir S; tsela COMMAND"),
        [("serve".to_owned(), vec!["dir".to_owned()])]
    );
    assert_eq!(invocations("tsela server code [--url URL]"), [("server code".to_owned(), vec!["url".to_owned()])]);
    assert_eq!(anchor("Journal (section P of kind 1)"), "journal-section-p-of-kind-1");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the repository").to_owned()
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The documents at the top, in docs/ and in demo/.
fn documents() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in [root(), root().join("docs"), root().join("demo")] {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "md") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 8, "the documents are not where they were");
    found
}

fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

fn dead_end(from: &Path, text: &str, target: &str) -> Option<String> {
    if target.starts_with("https://") || target.starts_with("http://") {
        return None;
    }
    let (file, place) = target.split_once('#').unwrap_or((target, ""));
    let path = from.parent().expect("a document lies in a folder").join(file);
    if !file.is_empty() && !path.exists() {
        return Some("there is no such file".to_owned());
    }
    let there = if file.is_empty() { Some(text.to_owned()) } else { fs::read_to_string(&path).ok() };
    let has_place = place.is_empty() || there.is_some_and(|text| headings(&text).any(|heading| heading == place));
    (!has_place).then(|| "there is no such heading".to_owned())
}

fn headings(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')))
        .map(anchor)
}

/// The name under which a heading is linked to, as hosts of Markdown make it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The pieces of code in a document: indented and fenced lines, and what stands between backticks.
fn code(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            pieces.push(line.trim().to_owned());
        } else {
            pieces.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    pieces
}

/// The commands of `tsela` in a piece of code, each with the options named after it.
fn invocations(piece: &str) -> Vec<(String, Vec<String>)> {
    let words: Vec<&str> = piece.split_whitespace().collect();
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let name =
            |at: usize| words.get(at).map(|word| word.trim_end_matches(['.', ',', ';'])).filter(|word| is_name(word));
        if *word == "tsela" || word.ends_with("/tsela") {
            let command = match (name(at + 1), name(at + 2)) {
                (Some("server"), Some(second)) => format!("server {second}"),
                (Some(first), _) => first.to_owned(),
                (None, _) => continue,
            };
            found.push((command, Vec::new()));
        } else if let Some(option) = word.trim_start_matches('[').strip_prefix("--")
            && let Some((_, options)) = found.last_mut()
        {
            options.push(option.trim_end_matches([']', '.', ',', ';', ')']).to_owned());
        }
    }
    found
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The commands as clap is told of them: `push`, `server code`.
fn commands() -> BTreeSet<String> {
    let server = variants(&read("crates/cli/src/commands/server.rs"), "ServerCommand");
    let all = variants(&read("crates/cli/src/args.rs"), "Command");
    assert!(server.len() > 3 && all.len() > 8, "the commands are not where they were: {all:?} {server:?}");
    let server = server.into_iter().map(|command| format!("server {command}"));
    all.into_iter().filter(|command| command != "server").chain(server).collect()
}

fn variants(text: &str, name: &str) -> Vec<String> {
    let start = format!("enum {name} {{");
    let body = text.split_once(&start).and_then(|(_, rest)| rest.split_once("\n}")).map_or("", |(body, _)| body);
    let lines = body.lines().map(str::trim).filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    lines.filter_map(|line| line.split('(').next()).map(str::to_lowercase).collect()
}

/// The long options of all commands.
fn options() -> BTreeSet<String> {
    let mut found: BTreeSet<String> = EVERYWHERE.map(str::to_owned).into();
    for file in rust_files(&root().join("crates/cli/src")) {
        let text = fs::read_to_string(file).unwrap();
        for attribute in text.split("#[arg(").skip(1) {
            let Some((inside, after)) = attribute.split_once(")]") else { continue };
            if let Some((_, named)) = inside.split_once("long = \"") {
                found.extend(named.split('"').next().map(str::to_owned));
            } else if inside.split(',').any(|part| part.trim() == "long") {
                let field = after.trim().trim_start_matches("pub ").split(':').next().unwrap_or_default();
                found.insert(field.replace('_', "-"));
            }
        }
    }
    assert!(found.len() > 10, "the options are not where they were: {found:?}");
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] }).collect()
}

/// The name in the first cell of a row of a table of dependencies.
fn row_name(line: &str) -> Option<String> {
    line.strip_prefix("| `")?.split_once("` |").map(|(name, _)| name.to_owned())
}

/// What the crates of the workspace depend on, each other left out.
fn crates() -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--format-version=1", "--no-deps", "--offline"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages").iter();
    let dependencies = packages.flat_map(|package| package["dependencies"].as_array().into_iter().flatten());
    let names = dependencies.filter_map(|dependency| dependency["name"].as_str());
    names.filter(|name| !name.starts_with("tsela-")).map(str::to_owned).collect()
}

/// What the pages and the window tests depend on.
fn packages() -> BTreeSet<String> {
    let manifests = ["ui/package.json", "tests/window/package.json", "tests/labels/package.json"].map(read);
    let manifests = manifests.iter().map(|text| serde_json::from_str::<Value>(text).expect("a manifest is JSON"));
    let mut names = BTreeSet::new();
    for manifest in manifests {
        for kind in ["dependencies", "devDependencies"] {
            names.extend(manifest[kind].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        }
    }
    names
}

/// The routes of the device API as the server has them: `GET /v1/health`.
fn routes() -> BTreeSet<String> {
    ["crates/server/src/api.rs", "crates/relay/src/api.rs"].iter().flat_map(|file| routes_of(&read(file))).collect()
}

fn routes_of(text: &str) -> Vec<String> {
    let list = text.split_once("ROUTES").and_then(|(_, rest)| rest.split_once("];")).map_or("", |(list, _)| list);
    let pairs =
        list.lines().filter_map(|line| line.trim().strip_prefix("(\"")?.strip_suffix("\"),")?.split_once("\", \""));
    pairs.map(|(method, path)| format!("{} {path}", method.to_uppercase())).collect()
}

/// Says whether a piece of code is nothing but a call. One with a query is an example of it.
fn is_call(piece: &str) -> bool {
    let call = piece.split_once(' ').filter(|(method, _)| METHODS.contains(method));
    call.is_some_and(|(_, path)| path.starts_with('/') && !path.contains(['?', ' ']))
}

fn quoted(line: &str) -> Option<&str> {
    Some(line.split_once('"')?.1.split_once('"')?.0)
}
