#!/usr/bin/env python3
"""Every C file is laid out as .clang-format says. Versions of clang-format differ in small things: that of Debian 12 decides."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import ROOT, diag, done, need_tool, ok, skip_all

DECIDES = "14"

need_tool("clang-format")
version = re.search(r"version (\d+)", subprocess.run(["clang-format", "--version"], stdout=subprocess.PIPE, text=True).stdout)
if not version or version[1] != DECIDES:
    skip_all("this is clang-format %s, and %s decides" % (version[1] if version else "?", DECIDES))
files = []
for folder, folders, names in os.walk(ROOT):
    folders[:] = [f for f in folders if not f.startswith(".") and f not in ("build", "node_modules")]
    files += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names if name.endswith((".c", ".h"))]
ok(len(files) > 300, "the C files are found", len(files))
found = subprocess.run(["clang-format", "--dry-run", *files], cwd=ROOT, stderr=subprocess.PIPE, text=True).stderr
wrong = sorted({line.split(":")[0] for line in found.splitlines() if "-Wclang-format-violations" in line})
ok(not wrong, "they are laid out as .clang-format says", "clang-format -i " + " ".join(wrong))
done()
