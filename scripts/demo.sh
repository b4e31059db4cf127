#!/usr/bin/env bash
# The demonstration: a community server on loopback, one enrolled laptop with a day's work on it, and its client
# in a window, or for a browser where there is no display. Ends with the window, or at Ctrl-C.
#
#   scripts/demo.sh FOLDER_OF_PROGRAMS window|browser
#
# Its state is in .demo/ and is used again the next time; `make demo-reset` removes it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

programs=$(cd "$1" && pwd)
view=$2
state=${TSELA_DEMO:-$PWD/.demo}
server=$state/server
laptop=$state/laptop
logs=$state/logs

user="Lesedi Oteng"
manager="Kabo Molefe"
# Known to everybody who can read this file: for invented people only.
export TSELA_PASSPHRASE="the road to the clinic"

started=()

main() {
  trap end_all EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  prepare
  if [ ! -e "$state/ready" ]; then
    # What a run that was broken off left behind is not worth mending.
    rm -rf "$server" "$laptop"
    make_server
    serve
    make_laptop
    touch "$state/ready"
  else
    serve
  fi
  introduce
  show
}

tsela() { "$programs/tsela" "$@"; }

prepare() {
  mkdir -p "$logs"
  [ -e "$state/port" ] || free_port 8443 >"$state/port"
  port=$(<"$state/port")
}

make_server() {
  say "Making the server of the demonstration study (a few seconds)"
  local study=()
  [ ! -d demo/study ] || study=(--study demo/study)
  tsela server init --dir "$server" "${study[@]}" >>"$logs/server.log"
  tsela server user --dir "$server" --name "$manager" --role administrator >>"$logs/server.log"
}

serve() {
  ! answers "$port" || fail "Port $port is in use, perhaps by another \`make run\`. End that, or use \`make demo-reset\` to start on another port."
  # The program itself and not the function, whose process would be a shell between us and it.
  "$programs/tsela" serve --dir "$server" --listen "127.0.0.1:$port" >>"$logs/server.log" 2>&1 &
  local pid=$!
  started+=("$pid")
  for _ in {1..300}; do
    ! answers "$port" || return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$logs/server.log" >&2
  fail "The server did not start; its last lines are above, all of them in $logs/server.log."
}

make_laptop() {
  say "Enrolling a laptop and entering a day's work (half a minute)"
  local code
  code=$(tsela server code --dir "$server" --role field)
  tsela enrol --dir "$laptop" --code "$code" --user "$user" >>"$logs/laptop.log"
  tsela enter --dir "$laptop" --moved-to-today demo/shift.jsonl >>"$logs/laptop.log" ||
    fail "Not every line of demo/shift.jsonl could be entered; the reasons are above."
}

introduce() {
  cat <<EOF

  Laptop   sign in as   $user
           passphrase   $TSELA_PASSPHRASE
  Server   https://127.0.0.1:$port/   (its own certificate, so the browser will ask)
           sign in as   $manager, with the same passphrase
  Ctrl-C ends everything. The state stays in ${state#"$PWD"/}; \`make demo-reset\` removes it.

EOF
}

# The client asks for the passphrase itself: it opens signed out. The hint is for its sign-in page.
show() {
  local hint="$user / $TSELA_PASSPHRASE" command
  if [ "$view" = window ]; then
    command=("$programs/tsela-desktop" --dir "$laptop")
  else
    command=("$programs/tsela" app --dir "$laptop" --listen "127.0.0.1:$(free_port 8080)")
    echo "There is no display here. Open this address in a browser on this computer:"
  fi
  env -u TSELA_PASSPHRASE TSELA_DEMO_SIGN_IN="$hint" "${command[@]}" &
  started+=($!)
  wait $!
}

end_all() {
  local status=$? pid
  trap - EXIT INT TERM HUP
  for pid in "${started[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for _ in {1..50}; do
    any_alive || exit "$status"
    sleep 0.1
  done
  for pid in "${started[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  exit "$status"
}

any_alive() {
  local pid
  for pid in "${started[@]}"; do ! kill -0 "$pid" 2>/dev/null || return 0; done
  return 1
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The first port from $1 on that nobody answers on.
free_port() {
  local candidate=$1
  while answers "$candidate"; do candidate=$((candidate + 1)); done
  echo "$candidate"
}

main
