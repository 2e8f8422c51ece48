#!/bin/sh
# Builds oha for `make bench` from crates.io.
set -eu
. "$(dirname "$0")/peers.sh"
need cargo
peer oha
cargo install --quiet --locked --root "$target/cargo" oha@1.16.0
ln -sf cargo/bin/oha "$target/oha"
"$target/oha" --version
