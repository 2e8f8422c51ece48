#!/bin/sh
# Installs Locust from PyPI for `make bench`, into an environment of its own.
set -eu
. "$(dirname "$0")/peers.sh"
need python3
peer locust
[ -x "$target/bin/python" ] || python3 -m venv "$target"
"$target/bin/pip" install -q --disable-pip-version-check 'locust==2.47.0'
"$target/bin/locust" --version
