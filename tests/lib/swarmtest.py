"""What the tests that run whole programs share: compile a scenario, start the shop, run, read the CSV, print TAP.

Everything started here is ended here, by its own process id; ports are 0; files live in a folder of their own."""
import atexit
import csv
import os
import shutil
import socket
import subprocess
import tempfile
import time

import tap
from shop import Shop, counts_of  # noqa: F401 - for tests
from tap import BUILD, ROOT, SANITIZED  # noqa: F401

SWARMC = os.path.join(BUILD, "swarmc")
SHOP = Shop.program

_folder = None
_children = []


def folder():
    """A folder of this test, gone when it ends."""
    global _folder
    if _folder is None:
        _folder = tempfile.mkdtemp(prefix="swarm-test-")
    return _folder


@atexit.register
def _end():
    for child in _children:
        if child.poll() is None:
            child.kill()
            child.wait()
    if _folder:
        shutil.rmtree(_folder, ignore_errors=True)


class Tap:
    """The checks of tap.py for tests that hand them on."""
    equal = staticmethod(tap.equal)
    skip = staticmethod(tap.skip)
    end = staticmethod(tap.done)

    @staticmethod
    def ok(good, name, detail=""):
        return tap.ok(good, name, *str(detail).splitlines()[:30])

    @staticmethod
    def timing(good, name, detail=""):
        return tap.timing(good, name, *str(detail).splitlines()[:30])

    @staticmethod
    def has(text, part, name):
        return tap.ok(part in text, name, "no %r in:" % part, text[-1500:])


def read(path):
    """The text of a file; that of one that is not there is empty."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def spawn(command, **how):
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **how)
    _children.append(child)
    return child


def start_server(command_of, **how):
    """The server of command_of(port), which listens, and its port. One that was free may be taken a moment later: it tries a few."""
    for _ in range(5):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        child = spawn(command_of(port), **how)
        give_up = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < give_up:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return child, port
            time.sleep(0.02)
    raise SystemExit("Bail out! %s does not start" % child.args[0])


def compile_scenario(source, name="program", *options):
    """Path of the program. `source` is a path, or the text of a scenario."""
    path = source
    if "\n" in source:
        path = os.path.join(folder(), name + ".swarm")
        with open(path, "w") as file:
            file.write(source)
    program = os.path.join(folder(), name)
    done = subprocess.run([SWARMC, path, "-o", program, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SystemExit("Bail out! %s does not compile:\n%s" % (path, done.stdout))
    return program


def engines():
    """The HTTP engines that swarmc can be told to use: [(name, options)]; one without options where it has no such choice."""
    source = os.path.join(folder(), "engines.swarm")
    with open(source, "w") as file:
        file.write('user U { task t { get "/" } }\n')
    found = []
    for name in ("native", "curl"):
        done = subprocess.run([SWARMC, "--http-engine", name, source, "-o", os.path.join(folder(), "engines")],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode == 0:
            found.append((name, ["--http-engine", name]))
    return found or [("curl", [])]


class Run:
    """A program that runs. wait() gives code, text (stderr), out (stdout); the CSV files are read by rows() and so on."""

    def __init__(self, program, *options, env=None, csv_prefix=True, cwd=None):
        self.prefix = os.path.join(folder(), "csv-%d" % len(_children))
        self.error_file = os.path.join(folder(), "stderr-%d" % len(_children))
        command = [program, "--headless", *options]
        if csv_prefix:
            command += ["--csv", self.prefix]
        self.begin = time.monotonic()
        self.errors = open(self.error_file, "wb")
        self.child = spawn(command, stdout=subprocess.PIPE, stderr=self.errors, cwd=cwd, env=dict(os.environ, **(env or {})))

    def signal(self, number):
        self.child.send_signal(number)

    def said(self):
        """What it has written to stderr so far."""
        return read(self.error_file)

    def wait_until(self, what, limit=150):
        """Waits until the text `what` stands in what it has written, or the function `what` says so of it; False: it has ended without, or
        not in time."""
        happened = what if callable(what) else lambda text: what in text
        end = time.monotonic() + limit
        while not happened(self.said()):
            if self.child.poll() is not None or time.monotonic() > end:
                return happened(self.said())
            time.sleep(0.01)
        return True

    def wait(self, limit=150):
        try:
            self.out = self.child.communicate(timeout=limit)[0].decode("utf-8", "replace")
            self.code = self.child.returncode
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.out, self.code = "", None
            self.child.wait()
        self.seconds = time.monotonic() - self.begin
        self.errors.close()
        with open(self.error_file, encoding="utf-8", errors="replace") as file:
            self.text = file.read()
        return self

    def table(self, kind):
        with open("%s_%s.csv" % (self.prefix, kind), newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def rows(self):
        return {(row["Type"], row["Name"]): row for row in self.table("stats") if row["Name"] != "Aggregated"}

    def total(self):
        return next(row for row in self.table("stats") if row["Name"] == "Aggregated")


def run(program, *options, limit=150, **how):
    return Run(program, *options, **how).wait(limit)
