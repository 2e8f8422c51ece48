# Read by the install scripts: where a peer goes. peer NAME sets $target to build/bench/peers/NAME of this checkout, or of $BUILD;
# BENCH_PEERS names another folder for all of them, one that `make clean` leaves alone.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

peer() {
    target=${BENCH_PEERS:-${BUILD:-$root/build}/bench/peers}/$1
    mkdir -p "$target"
    target=$(cd "$target" && pwd)
}

need() {
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 || {
            echo "$(basename "$0"): $program is missing" >&2
            exit 1
        }
    done
}
