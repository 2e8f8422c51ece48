#!/bin/sh
# Builds oha for `make bench` from crates.io.
set -eu
. "$(dirname "$0")/peers.sh"
need cargo
# Debian's cargo is older than what this needs (1.88 and more): rustup's will do.
peer oha
cargo install --quiet --locked --root "$target/cargo" --target-dir "$target/build" oha@1.16.0
ln -sf cargo/bin/oha "$target/oha"
"$target/oha" --version
