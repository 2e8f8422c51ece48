#!/bin/sh
# Builds everything and runs every test; the last line is "N passed, N failed" (and skipped, where some were).
#
#   sh tests/run.sh [-j N] [--timeout S] [PATTERN...]     PATTERN selects tests by a part of their name
#
# What is missing on the machine is installed first (.ci/install-deps). Variables of the Makefile are taken from the
# environment: DEV=1, SAN=address,undefined, BUILD=build/asan, CC=clang. CI=true makes a skipped test that this machine
# could have run a failure. Works from any folder.
set -u

root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$root" || exit 1
BUILD=${BUILD:-build}
export BUILD

sh .ci/install-deps --tests
case $? in
0) ;;
4)
    echo "run.sh: going on with what is there"
    SWARM_NO_DOWNLOADS=1
    export SWARM_NO_DOWNLOADS
    ;;
1)
    # Nobody here may install. What building needs must be there; a test that lacks a tool is skipped by name.
    if ! sh .ci/install-deps --check >/dev/null; then
        echo "0 passed, 1 failed"
        exit 1
    fi
    echo "run.sh: going on without them"
    ;;
*)
    echo "0 passed, 1 failed"
    exit 1
    ;;
esac
for tool in make python3; do
    command -v "$tool" >/dev/null 2>&1 && continue
    echo "run.sh: $tool is missing"
    echo "0 passed, 1 failed"
    exit 1
done

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
mkdir -p "$BUILD/tests" || exit 1
log=$BUILD/tests/build.log
echo "run.sh: building into $BUILD"
if make -k -j"$jobs" build-tests >"$log" 2>&1; then
    exec python3 tests/lib/runner.py --root . --build "$BUILD" "$@"
fi
exec python3 tests/lib/runner.py --root . --build "$BUILD" --build-log "$log" "$@"
