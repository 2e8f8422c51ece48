"""What the tests that run whole programs share: compile a scenario, start the shop, run, read the CSV, print TAP.

Everything started here is ended here, by its own process id; ports are 0; files live in a folder of their own."""
import atexit
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build")))
SWARMC = os.path.join(BUILD, "swarmc")
SHOP = os.path.join(BUILD, "shop")
SANITIZED = "asan" in os.path.basename(BUILD) or "tsan" in os.path.basename(BUILD)

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
    def __init__(self):
        self.count = self.bad = 0

    def ok(self, good, name, detail=""):
        self.count += 1
        if not good:
            self.bad += 1
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, name), flush=True)
        if not good and detail:
            for line in str(detail).splitlines()[:30]:
                print("#   " + line, flush=True)
        return good

    def equal(self, found, wanted, name):
        return self.ok(found == wanted, name, "found  %r\nwanted %r" % (found, wanted))

    def has(self, text, part, name):
        return self.ok(part in text, name, "no %r in:\n%s" % (part, text[-1500:]))

    def skip(self, name, reason):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, reason), flush=True)

    def end(self):
        print("1..%d" % self.count, flush=True)
        sys.exit(1 if self.bad else 0)


def spawn(command, **how):
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **how)
    _children.append(child)
    return child


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


class Shop:
    """The demo shop as witness. Its counts lie in a file that survives kill -9."""

    def __init__(self, *options):
        self.counts_file = os.path.join(folder(), "counts-%d" % len(_children))
        self.options = options
        self.port = 0
        self.start()

    def start(self):
        port_file = os.path.join(folder(), "port-%d" % len(_children))
        self.child = spawn([SHOP, "--port", str(self.port), "--port-file", port_file, "--counts", self.counts_file, *self.options],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1000):
            if os.path.exists(port_file) and open(port_file).read().strip():
                break
            if self.child.poll() is not None:
                raise SystemExit("Bail out! the shop did not start")
            time.sleep(0.01)
        self.port = int(open(port_file).read())
        self.url = "http://127.0.0.1:%d" % self.port

    def counts(self):
        """{"METHOD /path": number}; from the file when the shop is dead."""
        if self.child.poll() is None:
            with urllib.request.urlopen(self.url + "/_counts", timeout=10) as answer:
                return json.loads(answer.read())
        shown = subprocess.run([SHOP, "--show-counts", self.counts_file], stdout=subprocess.PIPE, check=True)
        return json.loads(shown.stdout)

    def reset(self):
        urllib.request.urlopen(urllib.request.Request(self.url + "/_counts/reset", method="POST"), timeout=10).read()

    def kill(self):
        self.child.kill()
        self.child.wait()

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait()


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

    def wait(self, limit=60):
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


def run(program, *options, limit=60, **how):
    return Run(program, *options, **how).wait(limit)
