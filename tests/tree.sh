#!/bin/sh
# What needs a machine that has nothing yet: the README's first command, an installed swarmc, and the files of examples/ci with
# every line they run, each in a minimal Debian 12 of its own (debootstrap, chroot). Takes some ten minutes and 2 GB of disk for a
# moment; not part of tests/run.sh. Root only.
#
#   sh tests/tree.sh [readme] [gitlab] [github] [images]
#
# Prints TAP; the exit code is 0 when all passed. BUILD is the Makefile's (build), where the shop comes from.
set -u

root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$root" || exit 1
BUILD=${BUILD:-build}
make -s -j"$(getconf _NPROCESSORS_ONLN)" BUILD="$BUILD" all shop || exit
SWARM_ROOT=$root
SWARM_BUILD=$(cd "$BUILD" && pwd) || exit 1
export SWARM_ROOT SWARM_BUILD
exec python3 tests/tree/tree_tests.py "$@"
