#!/bin/sh
# Builds k6 for `make bench` from the Go module proxy.
set -eu
. "$(dirname "$0")/peers.sh"
need go
peer k6
GOBIN=$target go install go.k6.io/k6@v1.8.1
"$target/k6" version
