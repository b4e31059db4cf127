//! The program explains itself: every command has a help that says what it does, on standard output.

use std::process::{Command, Output};

const COMMANDS: [&str; 24] = [
    "server",
    "server init",
    "server code",
    "server user",
    "server devices",
    "server revoke",
    "server key",
    "server restore",
    "serve",
    "enrol",
    "enter",
    "push",
    "status",
    "list",
    "history",
    "digest",
    "verify",
    "backup",
    "restore",
    "inspect",
    "models",
    "app",
    "simulate",
    "",
];

fn tsela(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tsela")).args(arguments).output().expect("tsela can be run")
}

#[test]
fn every_command_has_a_help_without_blanks() {
    for command in COMMANDS {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let ran = tsela(&arguments);
        let text = String::from_utf8(ran.stdout).unwrap();
        assert!(ran.status.success() && ran.stderr.is_empty(), "{command}");
        assert!(text.contains("Usage: tsela") && text.starts_with(char::is_uppercase), "{command}:\n{text}");
        for (n, line) in text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("--")) {
            let described = line.trim().contains("  ")
                || text.lines().nth(n + 1).is_some_and(|next| next.starts_with("          "));
            assert!(described, "{command}: no words for {line}");
        }
    }
}

#[test]
fn the_version_is_the_program_s() {
    let ran = tsela(&["--version"]);
    assert_eq!(String::from_utf8(ran.stdout).unwrap().trim(), concat!("tsela ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn models_are_listed_one_a_line_and_the_two_halves_are_the_whole() {
    let names = |arguments: &[&str]| {
        let text = String::from_utf8(tsela(arguments).stdout).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (sync, other) = (names(&["models", "--sync"]), names(&["models", "--no-sync"]));
    assert!(sync.contains(&"participant".to_owned()) && other.contains(&"panel".to_owned()));
    let mut both = [sync, other].concat();
    let mut all = names(&["models"]);
    both.sort();
    all.sort();
    assert_eq!(both, all);
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_calmly() {
    let script = format!("{} simulate --saves 20000 | head -1; echo ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_tsela"));
    let Ok(ran) = Command::new("bash").args(["-c", &script]).output() else { return };
    let text = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(text.lines().last(), Some("0"), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(ran.stderr.is_empty());
}
