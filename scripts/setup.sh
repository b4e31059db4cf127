#!/usr/bin/env bash
# Installs what is missing, and says so; with nothing missing it takes no time.
#
#   scripts/setup.sh cli        to build the command line and the pages
#   scripts/setup.sh desktop    … and the desktop window
#   scripts/setup.sh test       … and to run every test
set -euo pipefail
. "$(dirname "$0")/lib.sh"

to_build_cli=(build-essential pkg-config libssl-dev)
to_build_desktop=(libwebkit2gtk-4.1-dev)
to_test=(webkit2gtk-driver xvfb xauth chromium chromium-driver libfaketime faketime fonts-dejavu-core
  openssl zbar-tools dmtx-utils poppler-utils openssh-server)

main() {
  local packages=("${to_build_cli[@]}") scope=${1:-test}
  need_toolchains
  case $scope in
    cli) ;;
    desktop) packages+=("${to_build_desktop[@]}") ;;
    test) packages+=("${to_build_desktop[@]}" "${to_test[@]}") ;;
    *) fail "usage: scripts/setup.sh [cli|desktop|test]" ;;
  esac
  debian_packages "${packages[@]}"
  npm_packages ui "under a minute"
  if [ "$scope" = test ]; then
    npm_packages tests/window "a few seconds"
    npm_packages tests/labels "a few seconds"
    cargo_tool tauri-driver '^2' "about a minute"
    cargo_tool cargo-nextest '*' "about eight minutes on two cores"
  fi
}

need_toolchains() {
  local tool
  for tool in cargo node npm; do
    command -v $tool >/dev/null || fail "Tsela needs $tool, which is not installed.
Rust comes from https://rustup.rs, Node 20 or newer with npm from https://nodejs.org."
  done
  [ "$(node --print 'process.versions.node.split(".")[0]')" -ge 20 ] ||
    fail "Tsela needs Node 20 or newer; this is $(node --version). See https://nodejs.org."
}

debian_packages() {
  [ "$(uname)" = Linux ] || return 0
  local package missing=()
  if ! command -v apt-get >/dev/null; then
    echo "This is not Debian, so nothing is installed for you. Tsela needs what Debian calls: $*"
    return 0
  fi
  for package in "$@"; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  say "Debian packages: ${missing[*]} (one to three minutes)"
  as_root apt-get update -q || unreachable "Debian's mirrors" "sudo apt-get install ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" ||
    unreachable "Debian's mirrors" "sudo apt-get install ${missing[*]}"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "Installing packages needs an administrator, and there is no sudo. Ask for: $*"
  fi
}

# A folder's packages are installed again only when its lock file or Node itself has changed.
npm_packages() {
  local folder=$1 takes=$2 stamp=$1/node_modules/.tsela-setup wanted
  wanted=$(node --version; cksum <"$folder/package-lock.json")
  [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
  say "npm packages of $folder ($takes)"
  (cd "$folder" && npm ci --no-fund --no-audit --loglevel=error) || unreachable "the npm registry" "cd $folder && npm ci"
  printf '%s\n' "$wanted" >"$stamp"
}

# Tools are put into the clone, not into the account of whoever works here.
cargo_tool() {
  local tool=$1 version=$2 takes=$3
  ! command -v "$tool" >/dev/null || return 0
  say "$tool, built from source ($takes)"
  cargo install --locked --quiet --root .tools "$tool" --version "$version" ||
    unreachable "crates.io" "cargo install --locked $tool --version '$version'"
}

unreachable() {
  fail "That did not work. If the lines above speak of a name or a connection, $1 cannot be reached from here:
connect this computer and start again; what is done already is not done twice. By hand it is:  $2"
}

main "$@"
