#!/bin/sh
# A long run at a steady rate: memory that stands still, counts that agree to the last request, no descriptor left over.
#
#   sh tests/soak.sh MINUTES
#
# Against nginx where it is installed (its stub_status counts), else against the demo shop. Writes a line a minute; exit code 1 with
# the reason when something is wrong. SOAK_RATE: requests a second (20000); SOAK_USERS (2000); SOAK_LOG: a file for the lines too.
# Not part of the suite: it takes as long as it is told to. On a machine with other work the rate needs precedence: as root with
# `chrt -f 1` before it (`nice` counts only within a session where the kernel groups processes by session).
set -eu

case ${1:-} in
'' | *[!0-9]* | 0)
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
make -s -C "$root" all shop BUILD="${BUILD:-build}" >&2
exec python3 "$root/tests/lib/soak.py" "$1"
