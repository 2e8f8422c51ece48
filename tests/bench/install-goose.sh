#!/bin/sh
# Builds the Goose load test of tests/bench/goose for `make bench`, with Goose from crates.io.
set -eu
. "$(dirname "$0")/peers.sh"
need cargo
# Newer than Debian's: rustup's cargo will do.
peer goose
rm -rf "$target/source"
cp -r "$here/goose" "$target/source"
cargo build --quiet --release --manifest-path "$target/source/Cargo.toml" --target-dir "$target/cargo"
ln -sf cargo/release/goose-bench "$target/goose-bench"
echo "the load test on Goose is in $target"
