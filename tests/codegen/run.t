#!/usr/bin/env python3
# runner: timeout=900
"""What the generated code does: tests/codegen/run/*.swarm, in the form of the language suite (tests/language/run.py)."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap

HERE = os.path.dirname(os.path.abspath(__file__))
folder = tempfile.mkdtemp()
for name in ("run.py", "server.py"):
    shutil.copy(os.path.join(tap.ROOT, "tests", "language", name), folder)
shutil.copytree(os.path.join(HERE, "run"), os.path.join(folder, "run"))
for empty in ("accept", "refuse"):
    os.mkdir(os.path.join(folder, empty))
done = subprocess.run([sys.executable, os.path.join(folder, "run.py"), "--swarmc", os.path.abspath(os.path.join(tap.BUILD, "swarmc")),
                       "--only", "run", "--jobs", "2"], capture_output=True, text=True)
failed = dict(re.findall(r"^FAIL run/(\S+?): (.*)$", done.stdout, re.M))
for name in sorted(os.listdir(os.path.join(HERE, "run"))):
    tap.ok(name not in failed, name, failed.get(name, ""))
tap.equal(done.returncode, 1 if failed else 0, "the suite ran to its end")
if done.returncode not in (0, 1):
    tap.diag(done.stdout[-2000:], done.stderr[-2000:])
shutil.rmtree(folder)
tap.done()
