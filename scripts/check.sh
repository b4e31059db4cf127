#!/usr/bin/env bash
# Everything that is known without running the program: format, lints, types, generated files, licences.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# A test of its own compares the committed TypeScript with the Rust types and says how to write it anew. Asked for
# through the whole workspace, so that what it compiles is what `make test` compiles.
generated_types() { cargo nextest run --workspace --test typescript; }

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
phase "Rust: the generated TypeScript is fresh" generated_types
phase "Pages: types, lints, format" pages
phase "Dependencies: licences and bans" licences
show_phases
