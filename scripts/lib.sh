# Shared by the scripts beside it: words on the terminal, and how long each phase took.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export PATH="$PWD/.tools/bin:$HOME/.cargo/bin:$PATH"

say() { printf '\n\033[1m── %s\033[0m\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

# Whether the built pages are those of the sources; what src-tauri/build.rs puts in their place are none.
pages_are_fresh() {
  local built=ui/dist/index.html
  [ -e $built ] && [ -d ui/dist/assets ] && ! grep -q tsela-stand-in $built || return 1
  local sources=(ui/src ui/public ui/index.html ui/vite.config.ts ui/tsconfig.json ui/package-lock.json)
  [ -z "$(find "${sources[@]}" -newer $built -print -quit)" ]
}

# Builds them only if not, as the window, which holds them, would have to be built again too.
build_pages() { pages_are_fresh || (cd ui && npm run --silent build); }

phases=()

# phase NAME COMMAND…: runs the command and remembers how long it took; a failure ends the script and is named.
phase() {
  local name=$1 began=$SECONDS status
  shift
  say "$name"
  # Not `if "$@"`, which would switch `set -e` off inside functions.
  set +e
  (set -euo pipefail; "$@")
  status=$?
  set -e
  phases+=("$(printf '%5d s  %s' $((SECONDS - began)) "$name")")
  if [ $status -ne 0 ]; then
    show_phases
    fail "Failed: $name (exit code $status)."
  fi
}

show_phases() { printf '\n'; printf '%s\n' "${phases[@]}"; }
