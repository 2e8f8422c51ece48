#!/usr/bin/env python3
"""The generated C of tests/codegen/golden/*.swarm, line by line.

    tests/codegen/golden.t --update     writes what is generated now beside the scenarios, to be read before it is committed
"""
import difflib
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap

HERE = os.path.dirname(os.path.abspath(__file__))
SWARMC = os.path.abspath(os.path.join(tap.BUILD, "swarmc"))
UPDATE = "--update" in sys.argv[1:]
scenarios = sorted(glob.glob(os.path.join(HERE, "golden", "*.swarm")))
tap.ok(len(scenarios) >= 6, "there are golden scenarios")
for path in scenarios:
    name = os.path.basename(path)
    golden = path[:-len(".swarm")] + ".c.expect"
    done = subprocess.run([SWARMC, "--emit-c", name], cwd=os.path.dirname(path), capture_output=True, text=True)
    if not tap.equal(done.returncode, 0, "%s compiles to C" % name):
        tap.diag(done.stderr)
        continue
    if UPDATE:
        with open(golden, "w") as file:
            file.write(done.stdout)
    with open(golden) as file:
        wanted = file.read()
    difference = difflib.unified_diff(wanted.splitlines(), done.stdout.splitlines(), "golden", "generated", lineterm="", n=1)
    tap.ok(done.stdout == wanted, "%s: the C is as it was" % name, *list(difference)[:60])
tap.done()
