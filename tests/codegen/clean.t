#!/usr/bin/env python3
# runner: timeout=900
"""Whatever compiles, compiles cleanly: the C of every scenario at hand that swarmc accepts goes through gcc and clang with the
warning list as errors, is the same twice, and knows nothing of the folder it was made in."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap

SWARMC = os.path.abspath(os.path.join(tap.BUILD, "swarmc"))
INCLUDE = os.path.join(tap.ROOT, "runtime", "include")
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Werror"]
FOLDERS = ["tests/codegen/golden", "tests/codegen/odd", "tests/codegen/run", "tests/tour", "tests/language/accept", "tests/language/run", "examples"]

folder = tempfile.mkdtemp()
scenarios = [path for f in FOLDERS for path in sorted(glob.glob(os.path.join(tap.ROOT, f, "*.swarm")))]
compilers = [cc for cc in ("gcc", "clang") if shutil.which(cc)]
accepted = 0


def generate(path, output):
    return subprocess.run([SWARMC, "--emit-c", os.path.basename(path), "-o", output], cwd=os.path.dirname(path),
                          capture_output=True, text=True)


for number, path in enumerate(scenarios):
    name = os.path.relpath(path, tap.ROOT)
    one = os.path.join(folder, "one.c")
    if subprocess.run([SWARMC, "--check", path], capture_output=True).returncode != 0:
        continue  # what is refused is tested elsewhere
    done = generate(path, one)
    if not tap.ok(done.returncode == 0, "%s: C is generated" % name, done.stderr):
        continue
    accepted += 1
    with open(one) as file:
        text = file.read()
    os.rename(one, os.path.join(folder, "first.c"))
    generate(path, one)
    with open(one) as file:
        tap.ok(file.read() == text, "%s: the same twice" % name)
    for cc in compilers if not tap.SANITIZED or number % 5 == 0 else []:    # their work is the same however swarmc was built
        extra = ["-Wjump-misses-init"] if cc == "gcc" else []
        done = subprocess.run([cc, "-std=gnu11", "-O1", *WARNINGS, *extra, "-I", INCLUDE, "-c", one, "-o", os.path.join(folder, "one.o")],
                              capture_output=True, text=True)
        tap.ok(done.returncode == 0, "%s: clean with %s" % (name, cc), *done.stderr.splitlines()[:20])
tap.ok(accepted >= 20, "many scenarios were looked at (%d)" % accepted)
if not compilers:
    tap.skip("warnings", "missing tool gcc")
shutil.rmtree(folder)
tap.done()
