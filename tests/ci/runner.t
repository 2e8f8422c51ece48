#!/usr/bin/env python3
"""The runner of the tests itself: what it counts as passed, failed and skipped, and when a test runs a second time."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import ROOT, done, equal, like, ok, unlike

RUNNER = os.path.join(ROOT, "tests", "lib", "runner.py")
FIRST = "[ -e %(mark)s ] && second=yes; : > %(mark)s\n"     # $second is set when the program runs again


def run(script, **environment):
    """(exit code, output) of the runner on a tree with this one test."""
    with tempfile.TemporaryDirectory() as tree:
        os.makedirs(os.path.join(tree, "tests", "one"))
        path = os.path.join(tree, "tests", "one", "a.t")
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + script % {"mark": os.path.join(tree, "mark")})
        os.chmod(path, 0o755)
        env = {k: v for k, v in os.environ.items() if k not in ("CI", "SWARM_NO_DOWNLOADS")}
        told = subprocess.run([sys.executable, RUNNER, "--root", tree, "--build", os.path.join(tree, "build"), "--timeout", "20"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(env, **environment))
        return told.returncode, told.stdout


def case(name, script, code, last, **environment):
    got, out = run(script, **environment)
    equal((got, out.splitlines()[-1]), (code, last), name)
    return out


case("two checks that pass", "echo 'ok 1 - a'; echo 'ok 2 - b'; echo 1..2\n", 0, "2 passed, 0 failed")
case("one that fails", "echo 'ok 1 - a'; echo 'not ok 2 - b'; echo 1..2; exit 1\n", 1, "1 passed, 1 failed")
case("a plan that does not hold", "echo 'ok 1 - a'; echo 1..2\n", 1, "1 passed, 1 failed")
case("no plan", "echo 'ok 1 - a'\n", 1, "1 passed, 1 failed")
case("an exit code that no check explains", "echo 'ok 1 - a'; echo 1..1; exit 3\n", 1, "1 passed, 1 failed")
case("a crash", "echo 'ok 1 - a'; echo 1..1; kill -SEGV $$\n", 1, "1 passed, 1 failed")
case("no check at all", "echo 1..0\n", 1, "0 passed, 1 failed")
case("a skip", "echo 'ok 1 - a # SKIP not here'; echo 'ok 2 - b'; echo 1..2\n", 0, "1 passed, 0 failed, 1 skipped")
case("a skip for want of a tool", "echo 'ok 1 - a # SKIP missing tool: x'; echo 1..1\n", 0, "0 passed, 0 failed, 1 skipped")
case("the same where tools can be had", "echo 'ok 1 - a # SKIP missing tool: x'; echo 1..1\n", 1, "0 passed, 1 failed", CI="true")
case("and where they cannot", "echo 'ok 1 - a # SKIP missing tool: x'; echo 1..1\n", 0, "0 passed, 0 failed, 1 skipped", CI="true",
     SWARM_NO_DOWNLOADS="1")
like(case("a process left running", "sleep 300 & echo 'ok 1 - a'; echo 1..1\n", 1, "1 passed, 1 failed"), "sleep 300", "it is named")

# A check of timing is made twice, everything else once.
unsure = FIRST + "if [ \"$second\" ]; then echo 'ok 1 - early # timing'; else echo 'not ok 1 - early # timing'; echo '#   3 s'; fi\n"
out = case("a check of timing that fails once", unsure + "echo 'ok 2 - b'; echo 1..2\n", 0, "2 passed, 0 failed")
ok(out.index("again ") < out.index("not ok: early") < out.index("ok       one/a.t") < out.index("second try: one/a.t"),
   "both results are printed, and that there were two", out)
like(out, "3 s", "with what was found")
out = case("one that fails twice", "echo 'not ok 1 - early # timing'; echo 1..1; exit 1\n", 1, "0 passed, 1 failed")
equal(out.count("one/a.t "), 2, "there is no third try")
out = case("one beside a check that is not of timing", unsure + "[ \"$second\" ] && echo 'ok 2 - b' || echo 'not ok 2 - b'; echo 1..2\n",
           1, "0 passed, 2 failed")
unlike(out, "second try", "the test does not run again")
case("one beside a crash", unsure + "echo 1..1; [ \"$second\" ] || kill -SEGV $$\n", 1, "0 passed, 2 failed")
case("one beside a process left running", unsure + "[ \"$second\" ] || sleep 300 & echo 1..1\n", 1, "0 passed, 2 failed")
done()
