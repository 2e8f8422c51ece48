#!/bin/sh
# Shows Swarm at work: installs what is missing, builds, starts the demo shop, compiles examples/checkout.swarm and runs
# it with 100 users for ten seconds. The exit code is the run's: 0 when every user could shop.
#
#   sh examples/demo.sh
#
# Works from any folder; everything made stays in build/, and nothing is left running.
set -u

root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$root" || exit 1
build=${BUILD:-build}
folder=
shop=

say() {
    printf 'demo: %s\n' "$*"
}

stop() {
    if [ -n "$shop" ]; then
        kill "$shop" 2>/dev/null
        wait "$shop" 2>/dev/null
        shop=
    fi
    if [ -n "$folder" ]; then
        rm -rf "$folder"
        folder=
    fi
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say "1. installing what is missing"
sh .ci/install-deps || exit

say "2. building the compiler, the runtime and the shop into $build/"
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
make -s -j"$jobs" all shop || exit

say "3. starting the shop on a free port"
folder=$(mktemp -d) || exit
"$build/shop" --port 0 --counts "$folder/counts" --port-file "$folder/port" &
shop=$!
until [ -s "$folder/port" ]; do
    if ! kill -0 "$shop" 2>/dev/null; then
        say "the shop did not start"
        exit 1
    fi
    sleep 0.1
done
port=$(cat "$folder/port")

say "4. compiling examples/checkout.swarm into $build/checkout"
"$build/swarmc" examples/checkout.swarm -o "$build/checkout" || exit

set -- --headless --users 100 --spawn-rate 100 --run-time 10s --host "http://127.0.0.1:$port"
say "5. 100 users for ten seconds: $build/checkout $*"
"$build/checkout" "$@"
code=$?

received=$("$build/shop" --show-counts "$folder/counts" | sed -n 's/^  "total": \([0-9]*\),$/\1/p')
say "the shop received $received requests; stopping it"
exit "$code"
