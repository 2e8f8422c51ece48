"""A small producer of the Test Anything Protocol for tests in Python. Standard library only.

    from tap import ok, equal, like, unlike, timing, skip, skip_all, diag, done, need_tool

Every check prints its line at once, shows the values when it fails and returns whether it passed. done() is the last
line of every test: it prints the plan and exits. A test that raises prints no plan, which counts as a failure.

tests/run.sh runs tests/SUITE/NAME.t with SWARM_ROOT (the checkout), SWARM_BUILD (the output folder), an empty TMPDIR
that it removes, and this folder on PYTHONPATH.
"""
import os
import shutil
import sys
import traceback

ROOT = os.path.abspath(os.environ.get("SWARM_ROOT") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.abspath(os.environ.get("SWARM_BUILD") or os.environ.get("BUILD") or os.path.join(ROOT, "build"))
# Built with a sanitizer: three to ten times as slow. Tests that try very many of a kind then try some.
SANITIZED = any(word in os.path.basename(BUILD) for word in ("asan", "tsan"))

_count = 0
_failed = 0


def diag(*lines):
    for line in lines:
        for part in str(line).splitlines() or [""]:
            print("#   " + part)
    sys.stdout.flush()


def ok(passed, name, *details, directive=""):
    global _count, _failed
    _count += 1
    _failed += not passed
    name = str(name).replace("\n", " ").replace("#", " ")
    print("%sok %d - %s%s" % ("" if passed else "not ", _count, name, directive), flush=True)
    if not passed:
        frame = [f for f in traceback.extract_stack() if os.path.basename(f.filename) not in ("tap.py", "swarmtest.py")][-1]
        diag("at %s:%d" % (os.path.relpath(frame.filename, ROOT), frame.lineno), *details)
    return bool(passed)


def timing(passed, name, *details):
    """A check of when things happened, or of how many did in a time: the runner makes it again when it fails (lib/runner.py)."""
    return ok(passed, name, *details, directive=" # timing")


def equal(got, want, name):
    return ok(got == want, name, "got:  %r" % (got,), "want: %r" % (want,))


def like(text, part, name):
    return ok(part in text, name, "got: %s" % text, "does not contain: %s" % part)


def unlike(text, part, name):
    return ok(part not in text, name, "got: %s" % text, "contains: %s" % part)


def skip(name, reason):
    global _count
    _count += 1
    print("ok %d - %s # SKIP %s" % (_count, name, reason), flush=True)


def skip_all(reason):
    print("1..0 # SKIP %s" % reason, flush=True)
    sys.exit(0)


def need_tool(*names):
    """Skips the whole file when one of the programs is not there."""
    for name in names:
        if not shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            skip_all("missing tool %s" % name)


def done():
    print("1..%d" % _count, flush=True)
    sys.exit(1 if _failed or not _count else 0)
