"""Packages of PyPI that a test needs, pinned in a requirements file, installed once a build into BUILD/tests/pypi.

    import pypi
    pypi.need("requirements.txt")      # afterwards they can be imported; where they cannot be had the test is skipped
"""
import hashlib
import os
import subprocess
import sys

import tap


def need(requirements):
    with open(requirements, "rb") as file:
        key = hashlib.sha256(file.read() + sys.version.encode()).hexdigest()[:12]
    target = os.path.join(tap.BUILD, "tests", "pypi", key)
    if not os.path.isdir(target):
        _install(requirements, target)
    sys.path.insert(1, target)


def _install(requirements, target):
    if os.environ.get("SWARM_NO_DOWNLOADS"):
        tap.skip_all("no package registry")
    half = target + ".%d" % os.getpid()
    done = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check",
                           "--root-user-action", "ignore", "--target", half, "-r", requirements],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        last = (done.stdout.strip().splitlines() or ["?"])[-1]
        tap.skip_all(("missing tool python3-pip" if "No module named pip" in last else "PyPI: ") + last)
    try:
        os.rename(half, target)
    except OSError:                         # another test was faster
        if not os.path.isdir(target):
            raise
