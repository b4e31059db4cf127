#!/usr/bin/env bash
# Everything that is known without running the program: format, lints, types, generated files, licences.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

generated=ui/src/generated

# The types of every command are written by a test; whoever changed a command must have committed them too.
generated_types() {
  cargo nextest run --workspace --no-tests=pass --status-level none --final-status-level fail -E 'test(/export_bindings/)'
  if [ -n "$(git status --porcelain -- $generated)" ]; then
    git --no-pager diff -- $generated
    git status --short -- $generated
    fail "$generated is not what the Rust types say. It has been written anew: commit it."
  fi
}

licences() {
  if command -v cargo-deny >/dev/null; then
    cargo deny --log-level error check
  else
    echo "Left out: cargo-deny is not installed (cargo install --locked cargo-deny)."
  fi
}

pages() { cd ui && npm run --silent check; }

scripts/setup.sh test
phase "Rust: format" cargo fmt --all --check
phase "Rust: lints" cargo clippy --workspace --all-targets --quiet -- -D warnings
phase "Rust: generated types are committed" generated_types
phase "Pages: types, lints, format" pages
phase "Dependencies: licences and bans" licences
show_phases
