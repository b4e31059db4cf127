#!/usr/bin/env bash
# Measures; the window that is started for it is a release, as people have it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

scripts/setup.sh test
pages_are_fresh || phase "Building the pages (half a minute)" build_pages
phase "Building the programs as a release (a quarter of an hour the first time)" \
  cargo build --release --bins --package tsela-cli --package tsela-desktop
phase "Measuring" cargo bench --package tsela-benches "$@"
show_phases
