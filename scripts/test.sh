#!/usr/bin/env bash
# Every test there is, lowest level first.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

pages() {
  (cd ui && npx --no-install vue-tsc --noEmit && npm test --silent)
  build_pages
}

# Programs and tests in one build: built apart, they would ask for different features of the same crates
# and compile those twice.
build() { cargo build --workspace --bins --tests; }

browser() { cd ui && npm run --silent test:browser; }

window() { cd tests/window && npm test --silent; }

scripts/setup.sh test
phase "Pages: types, tests, build" pages
phase "Rust: build (some minutes the first time)" build
phase "Rust: tests" cargo nextest run --workspace
phase "Pages in a browser" browser
phase "The real window" window
show_phases
