#!/bin/sh
# Builds hey for `make bench` from the Go module proxy.
set -eu
. "$(dirname "$0")/peers.sh"
need go
peer hey
GOBIN=$target go install github.com/rakyll/hey@v0.1.5
echo "hey 0.1.5 is in $target"
