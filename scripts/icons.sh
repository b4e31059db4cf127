#!/usr/bin/env bash
# Draws every size of the application icon again from src-tauri/icons/icon.svg.
# Only needed after the drawing changes; the results are committed.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
npx --yes @tauri-apps/cli@2 icon src-tauri/icons/icon.svg --output "$out"
cp "$out"/{32x32.png,128x128.png,128x128@2x.png,icon.png,icon.ico,icon.icns} src-tauri/icons/
