#!/usr/bin/env python3
"""Runs test programs that speak TAP and sums up. Standard library only; called by tests/run.sh.

    runner.py --root DIR --build DIR [-j N] [--timeout S] [--build-log FILE] [PATTERN...]

The programs are BUILD/tests/unit/* (one for each tests/unit/*_test.c) and tests/SUITE/NAME.t (scripts with a shebang).
PATTERN selects by a part of the name. A script may say in a comment of its first ten lines

    # runner: timeout=300 alone         its own time limit in seconds; alone: not beside other tests

A failed check whose line ends in "# timing" (tap.timing) looked at when things happened, which a machine that stands still for
a moment falsifies. Where nothing else failed, the program runs once more, alone, when all others have ended: both results
are printed, the second counts. What was counted, printed or left behind is never such a check.

Each program runs in the root folder, in a session of its own, with an empty TMPDIR that also marks the processes it
starts; what it leaves running is ended and counts as a failure, as do a wrong plan, no plan, an exit code without a failed check, and a time-out. What each printed
is in BUILD/tests/log. With CI=true a skip whose reason begins with "missing tool" is a failure, unless
SWARM_NO_DOWNLOADS=1 says that missing tools could not be fetched. The last line is "N passed, N failed" or
"N passed, N failed, N skipped"; the exit code is 1 when something failed or nothing ran.
"""
import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

CHECK = re.compile(r"^(not )?ok\b(?:\s+\d+)?\s*-?\s*(.*)$")
SKIP = re.compile(r"#\s*skip\S*\s*(.*)$", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)\s*(?:#\s*skip\S*\s*(.*))?$", re.IGNORECASE)
DIRECTIVES = re.compile(rb"^(?:#|//)\s*runner:\s*(.*)$", re.MULTILINE)
TIMING = re.compile(r"#\s*timing\s*$")
DETAIL_LINES = 60


class Test:
    def __init__(self, name, path, source=None):
        self.name, self.path, self.source = name, path, source
        self.timeout, self.alone = None, False
        self.forget()

    def forget(self):
        """As before it ran."""
        self.unsure = 0     # failed checks of timing
        self.passed = self.seconds = 0
        self.failures, self.skips, self.log = [], [], ""    # (name, [detail lines]); (name, reason)

    def read_directives(self):
        with open(self.path, "rb") as file:
            head = b"\n".join(file.read(4096).split(b"\n")[:10])
        for found in DIRECTIVES.findall(head):
            for word in found.decode("ascii", "replace").split():
                if word == "alone":
                    self.alone = True
                elif word.startswith("timeout="):
                    self.timeout = float(word[8:])


def find_tests(root, build, patterns):
    tests = []
    unit = os.path.join(root, "tests", "unit")
    for entry in sorted(os.listdir(unit) if os.path.isdir(unit) else []):
        if entry.endswith("_test.c"):
            tests.append(Test("unit/" + entry[:-2], os.path.join(build, "tests", "unit", entry[:-2]),
                              os.path.join(unit, entry)))
    for suite in sorted(os.listdir(os.path.join(root, "tests"))):
        folder = os.path.join(root, "tests", suite)
        if not os.path.isdir(folder):
            continue
        for entry in sorted(os.listdir(folder)):
            if entry.endswith(".t"):
                test = Test("%s/%s" % (suite, entry), os.path.join(folder, entry))
                test.read_directives()
                tests.append(test)
    return [t for t in tests if not patterns or any(p in t.name for p in patterns)]


def members(run):
    """The processes of a test that still run: of its session, or with its mark in their environment (zombies do not)."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % entry, "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
            if fields[0] in (b"Z", b"X"):
                continue
            if int(fields[3]) != run.session:
                with open("/proc/%s/environ" % entry, "rb") as file:
                    if run.mark not in file.read().split(b"\0"):
                        continue
            found.append(int(entry))
        except OSError:
            continue
    return found


def wait_unreaped(pid, limit):
    """Waits until the child has ended, at most limit seconds. It stays a zombie, so that nobody else gets its number."""
    give_up, pause = time.monotonic() + limit, 0.001
    while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
        if time.monotonic() > give_up:
            return False
        time.sleep(pause)
        pause = min(0.05, 1.5 * pause)
    return True


def end_all(run):
    for number, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
        for pid in members(run) + [-run.session]:   # the group too: without /proc it is all that is known
            try:
                os.kill(pid, number)
            except OSError:
                pass
        give_up = time.monotonic() + patience
        while members(run) and time.monotonic() < give_up:
            time.sleep(0.05)


def left_running(run):
    """What is still there a moment after the test ended: a child that is just ending is none."""
    give_up = time.monotonic() + 2
    while members(run):
        if time.monotonic() > give_up:
            return members(run)
        time.sleep(0.02)
    return []


def command_of(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return "?"


def build_errors(path):
    """What matters of a failed build: the lines that say what is wrong, or the last ones."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    wrong = [line for line in lines if re.search(r"\berror\b|\*\*\*|undefined reference|not found", line, re.IGNORECASE)]
    return ["| " + line for line in wrong[:40] or lines[-40:]] + ["# all of it: %s" % path]


class Run:
    """A program that runs: its session, and the entry of its environment that marks all it starts."""

    def __init__(self, session, mark):
        self.session, self.mark = session, mark


class Runner:
    def __init__(self, args):
        self.args = args
        self.print_lock = threading.Lock()
        self.runs = set()
        self.stopped = False
        self.second_tries = []
        self.strict = os.environ.get("CI") == "true" and os.environ.get("SWARM_NO_DOWNLOADS") != "1"
        self.log_folder = os.path.join(args.build, "tests", "log")
        os.makedirs(self.log_folder, exist_ok=True)

    def environment(self, folder):
        env = dict(os.environ, SWARM_ROOT=self.args.root, SWARM_BUILD=self.args.build, BUILD=self.args.build, TMPDIR=folder,
                   PYTHONPATH=os.path.join(self.args.root, "tests", "lib"), PYTHONDONTWRITEBYTECODE="1", LC_ALL="C.UTF-8")
        # The leak check needs /proc, which a bare chroot does not have.
        env.setdefault("ASAN_OPTIONS", "detect_leaks=%d" % os.path.isdir("/proc/self/task"))
        env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
        return env

    def execute(self, test):
        """Runs the program; returns (exit code or None when out of time, output, what it left running)."""
        limit = test.timeout or self.args.timeout
        folder = tempfile.mkdtemp(prefix="swarm-test-")
        log = os.path.join(self.log_folder, test.name.replace("/", "_") + ".log")
        try:
            with open(log, "wb") as out:
                child = subprocess.Popen([test.path], cwd=self.args.root, env=self.environment(folder), stdout=out,
                                         stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, start_new_session=True)
                run = Run(child.pid, b"TMPDIR=" + os.fsencode(folder))
                self.runs.add(run)
                ended = wait_unreaped(child.pid, limit)
                left = ["%d %s" % (pid, command_of(pid)) for pid in left_running(run)] if ended else []
                end_all(run)
                code = child.wait()
                self.runs.discard(run)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        with open(log, "rb") as file:
            test.log = file.read().decode("utf-8", "replace")
        return code if ended else None, left

    def read_tap(self, test):
        """Reads the checks from the log; returns (number of checks, planned number or None)."""
        count, plan, details = 0, None, None
        for line in test.log.splitlines():
            check, planned = CHECK.match(line), PLAN.match(line)
            if check:
                count += 1
                details = None
                name = TIMING.sub("", check.group(2))
                skipped = SKIP.search(name)
                if check.group(1):
                    details = []
                    test.failures.append((name, details))
                    test.unsure += name != check.group(2)
                elif skipped:
                    self.add_skip(test, name[:skipped.start()].strip(), skipped.group(1))
                else:
                    test.passed += 1
            elif planned:
                plan = int(planned.group(1))
                if plan == 0 and planned.group(2) is not None:
                    self.add_skip(test, "all of it", planned.group(2))
            elif line.startswith("Bail out!"):
                test.failures.append((line, []))
            elif details is not None and line.startswith("#"):
                details.append(line)
        return count, plan

    def add_skip(self, test, name, reason):
        if self.strict and reason.startswith("missing tool"):
            test.failures.append((name, ["# not run: %s" % reason]))
        else:
            test.skips.append((name, reason))

    def run(self, test, last=False):
        """Runs and reports it; returns whether it is to run again, which it is not when this is its last time."""
        begin = time.monotonic()
        if test.source and (not os.path.exists(test.path) or os.path.getmtime(test.path) < os.path.getmtime(test.source)):
            test.failures.append(("the program", ["# %s was not built" % os.path.relpath(test.path, self.args.root)]))
            return self.report(test)
        try:
            code, left = self.execute(test)
        except OSError as error:
            test.failures.append(("the program", ["# cannot be run: %s" % error]))
            return self.report(test)
        test.seconds = time.monotonic() - begin
        count, plan = self.read_tap(test)
        tail = ["| " + line for line in test.log.splitlines()[-25:]]
        if code is None:
            test.failures.append(("in time", ["# ended after its %.0f s" % (test.timeout or self.args.timeout)] + tail))
        elif code < 0:
            test.failures.append(("no crash", ["# ended by %s" % signal.Signals(-code).name] + tail))
        elif plan is None:
            test.failures.append(("to the end", ["# exit code %d without a plan" % code] + tail))
        elif plan != count:
            test.failures.append(("the plan", ["# %d checks planned, %d made" % (plan, count)] + tail))
        elif code != 0 and not test.failures:
            test.failures.append(("the exit code", ["# it is %d, though no check failed" % code] + tail))
        elif plan == 0 and not test.skips and not test.failures:
            test.failures.append(("the plan", ["# no check at all"]))
        if left:
            test.failures.append(("leaves nothing running", ["# still there: " + text for text in left]))
        again = not last and 0 < test.unsure == len(test.failures)
        self.report(test, "again" if again else None)
        return again

    def report(self, test, word=None):
        parts = ["%d passed" % test.passed]
        if test.failures:
            parts.append("%d failed" % len(test.failures))
        if test.skips:
            parts.append("%d skipped" % len(test.skips))
        word = word or ("FAILED" if test.failures else "ok" if test.passed else "skipped")
        with self.print_lock:
            if self.stopped:
                return
            print("%-8s %-40s %6.1f s  %s" % (word, test.name, test.seconds, ", ".join(parts)))
            for name, details in test.failures:
                print("    not ok: %s" % name)
                for line in details[:DETAIL_LINES]:
                    print("      %s" % line[:400])
            sys.stdout.flush()

    def run_all(self, tests):
        """Tests that may run beside others first, on several threads, then the others one by one, then those that run again."""
        waiting, again = [t for t in tests if not t.alone], []
        lock = threading.Lock()

        def work():
            while not self.stopped:
                with lock:
                    if not waiting:
                        return
                    test = waiting.pop(0)
                if self.run(test):
                    again.append(test)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(min(self.args.jobs, len(waiting)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        again += [test for test in tests if test.alone and self.run(test)]
        for test in again if not self.stopped else []:
            test.forget()
            self.run(test, last=True)
            self.second_tries.append(test.name)

    def stop(self):
        self.stopped = True
        for run in list(self.runs):
            end_all(run)


def hand_on_no_ignored_signals():
    """nohup and a shell's `&` have signals ignored, and an ignored one stays so in a child, where tests send it. A handler that does
    nothing ignores it here only."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def main():
    parser = argparse.ArgumentParser(prog="tests/run.sh", description="Builds Swarm and runs its tests.")
    parser.add_argument("--root", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--build-log", help=argparse.SUPPRESS)
    parser.add_argument("-j", dest="jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="tests at a time")
    parser.add_argument("--timeout", type=float, default=600.0, metavar="S", help="seconds for one test (600)")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="run the tests whose name contains it")
    args = parser.parse_args()
    args.root, args.build = os.path.abspath(args.root), os.path.abspath(args.build)
    args.jobs = max(1, args.jobs)

    def end(*_):
        raise KeyboardInterrupt

    hand_on_no_ignored_signals()
    signal.signal(signal.SIGTERM, end)
    runner = Runner(args)
    tests = find_tests(args.root, args.build, args.patterns)
    if args.build_log:
        build = Test("build", "")
        build.failures.append(("everything is built", build_errors(args.build_log)))
        runner.report(build)
        tests_and_build = [build] + tests
    else:
        tests_and_build = tests
    try:
        runner.run_all(tests)
    except KeyboardInterrupt:
        runner.stop()
        print("stopped")
        return 130
    for test in tests:
        for name, reason in test.skips:
            print("skipped: %s: %s (%s)" % (test.name, name, reason))
    for name in runner.second_tries:
        print("second try: %s" % name)
    passed = sum(t.passed for t in tests_and_build)
    failed = sum(len(t.failures) for t in tests_and_build)
    skipped = sum(len(t.skips) for t in tests_and_build)
    if not tests:
        print("no test is called like that" if args.patterns else "there are no tests")
        failed += 1
    print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
