#!/usr/bin/env bash
# Builds what the demonstration needs, then starts it; see demo.sh.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

view=browser
packages=(tsela-cli)
if [ "$(uname)" = Darwin ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  view=window
  packages+=(tsela-desktop)
fi

scripts/setup.sh "$([ $view = window ] && echo desktop || echo cli)"
pages_are_fresh || phase "Building the pages (half a minute)" build_pages
phase "Building the programs (some minutes the first time)" cargo build --bins "${packages[@]/#/--package=}"
exec scripts/demo.sh "${CARGO_TARGET_DIR:-target}/debug" $view
