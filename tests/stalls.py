#!/usr/bin/env python3
"""Runs tests on a machine that stands still and starves, as a busy virtual machine does: everything stops at a random moment while
the clock goes on, or gets a part of a processor only. No test may fail for that.

    python3 tests/stalls.py [--stop MS-MS] [--every MS-MS] [--quota PERCENT] [--one] [--seed N] [-- options of run.sh] [PATTERN...]

    --stop 50-400     how long a stop lasts; 0: none
    --every 1000-2000 the time from the end of a stop to the next
    --quota 40        percent of one processor for all of it together; 100 is one whole processor (default: no limit)
    --one             stop one process at a time, any of them, not all together: what runs on the other processor goes on
    --seed N          the same lengths and pauses again (what they hit is chance still)

Needs root and a cgroup of its own: version 1 (freezer, cpu) or 2. Builds before it begins; BUILD, SAN, DEV, CC and CI as for
tests/run.sh, whose last line and exit code it gives. Time limits of tests are part of the trial.
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CGROUPS = "/sys/fs/cgroup"
PERIOD_US = 100000


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def span(text):
    """The two numbers of "50-400", in seconds; one number is both."""
    first, _, last = text.partition("-")
    return float(first) / 1000, float(last or first) / 1000


class Group:
    """A cgroup for the tests, with one inside it for the process that stops alone. One folder in version 2, two in version 1."""

    def __init__(self, quota):
        self.second = os.path.exists(CGROUPS + "/cgroup.controllers")
        name = "swarm-stalls-%d" % os.getpid()
        self.freezer = os.path.join(CGROUPS, name if self.second else "freezer/" + name)
        self.cpu = self.freezer if self.second else os.path.join(CGROUPS, "cpu", name)
        self.one = self.freezer + "/one"
        self.folders = [self.freezer, self.one] + ([self.cpu] if quota and not self.second else [])
        if quota and self.second and "cpu" not in read(CGROUPS + "/cgroup.subtree_control").split():
            write(CGROUPS + "/cgroup.subtree_control", "+cpu")
        for folder in self.folders:
            os.makedirs(folder)
        if quota and self.second:
            write(self.cpu + "/cpu.max", "%d %d" % (quota * PERIOD_US / 100, PERIOD_US))
        elif quota:
            write(self.cpu + "/cpu.cfs_period_us", str(PERIOD_US))
            write(self.cpu + "/cpu.cfs_quota_us", str(int(quota * PERIOD_US / 100)))

    def enter(self):
        for folder in {self.freezer, *self.folders} - {self.one}:
            write(folder + "/cgroup.procs", str(os.getpid()))

    def freeze(self, folder, on):
        if self.second:
            write(folder + "/cgroup.freeze", "1" if on else "0")
        else:
            write(folder + "/freezer.state", "FROZEN" if on else "THAWED")

    def move(self, pids, folder):
        for pid in pids:
            try:
                write(folder + "/cgroup.procs", pid)
            except OSError:     # it has ended meanwhile
                pass

    def stop(self, seconds, alone):
        folder = self.one if alone else self.freezer
        if alone:
            pids = read(self.freezer + "/cgroup.procs").split()
            self.move([random.choice(pids)] if pids else [], self.one)
        try:
            self.freeze(folder, True)
            time.sleep(seconds)
        finally:
            self.freeze(folder, False)
            while alone and read(self.one + "/cgroup.procs").split():
                self.move(read(self.one + "/cgroup.procs").split(), self.freezer)

    def remove(self):
        for folder in reversed(self.folders):
            for pid in read(folder + "/cgroup.procs").split():
                os.kill(int(pid), signal.SIGKILL)
            give_up = time.monotonic() + 5
            while read(folder + "/cgroup.procs") and time.monotonic() < give_up:
                time.sleep(0.01)
            os.rmdir(folder)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip(), epilog=__doc__)
    parser.add_argument("--stop", type=span, default=(0.05, 0.4))
    parser.add_argument("--every", type=span, default=(1.0, 2.0))
    parser.add_argument("--quota", type=float, default=0)
    parser.add_argument("--one", action="store_true")
    parser.add_argument("--seed", type=int)
    args, rest = parser.parse_known_args()
    if os.geteuid() != 0:
        sys.exit("stalls.py: needs root, for a cgroup of its own")
    random.seed(args.seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    build = os.environ.get("BUILD", "build")
    os.makedirs(os.path.join(ROOT, build), exist_ok=True)
    subprocess.run(["make", "-s", "-j%d" % os.cpu_count(), "build-tests", "BUILD=" + build], cwd=ROOT, check=True)
    group = Group(args.quota)
    stops = stood = 0
    child = None
    try:
        child = subprocess.Popen(["sh", os.path.join(ROOT, "tests/run.sh")] + [word for word in rest if word != "--"],
                                 preexec_fn=group.enter)
        while child.poll() is None:
            try:
                child.wait(random.uniform(*args.every))
            except subprocess.TimeoutExpired:
                length = random.uniform(*args.stop)
                if length:
                    group.stop(length, args.one)
                stops, stood = stops + bool(length), stood + length
    except KeyboardInterrupt:
        if child:
            child.wait()
    finally:
        group.remove()
    print("stalls.py: %d stops, %.1f s together%s" % (stops, stood, ", %g %% of a processor" % args.quota if args.quota else ""))
    return child.returncode


if __name__ == "__main__":
    sys.exit(main())
