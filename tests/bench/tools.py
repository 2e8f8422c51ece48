"""The load generators that are compared, and how each is told to do a work.

A Work is (kind, tls, size, users): kind "get" (a bare GET of that size) or "journey" (five steps with captures, checks, cookies).
A tool says with why_not(work) that it cannot do it, with command(work, …) what to run; it runs until it is ended."""
import collections
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
LONG = 600          # seconds: longer than any window, the benchmark ends the tool


class Work(collections.namedtuple("Work", "kind tls size users")):
    @property
    def path(self):
        return "/" + self.size if self.kind == "get" else "/journey/products"

    def __str__(self):
        return "%s%s-%d" % ("tls-" if self.tls else "", self.size if self.kind == "get" else "journey", self.users)


class Tool:
    name = ""
    journeys = True     # whether it can do one
    settle = 0.5        # seconds between its last user's connection and the window
    patience = 1        # how much longer than others it may take until its users are there
    script = None       # what installs it, of this folder

    def __init__(self, folder, peers):
        self.folder, self.peers, self.missing = folder, peers, None
        self.prepare()

    def prepare(self):
        """Sets self.missing when the tool is not there."""

    def program(self, name):
        """The path of a peer's program: installed by its script, else that of the system; sets self.missing."""
        own = os.path.join(self.peers, self.name, name)
        found = own if os.path.exists(own) else shutil.which(name) if self.script is None else None
        if not found:
            self.missing = "not installed: sh tests/bench/%s" % self.script if self.script else "not installed (%s)" % name
        return found

    def why_not(self, work):
        return self.missing or ("it has no scenarios" if work.kind == "journey" and not self.journeys else None)

    def environment(self, work, server):
        return {}

    def command(self, work, server):
        raise NotImplementedError


class Swarm(Tool):
    engine = None

    def prepare(self):
        self.swarmc = os.path.join(self.folder, "..", "swarmc")
        self.programs = {}

    def compile(self, source, name, *options):
        """The program of a scenario's text, compiled once; None and self.missing when it cannot be."""
        if name not in self.programs:
            path = os.path.join(self.folder, "%s-%s" % (self.name, name))
            with open(path + ".swarm", "w") as file:
                file.write(source)
            run = subprocess.run([self.swarmc, "--http-engine", self.engine, path + ".swarm", "-o", path, *options],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if run.returncode == 2 and "http-engine" in run.stdout and self.engine == "curl":
                run = subprocess.run([self.swarmc, path + ".swarm", "-o", path, *options], stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True)
            if run.returncode != 0:
                self.missing = "swarmc: %s" % (run.stdout.strip().splitlines() or ["?"])[0]
            self.programs[name] = path if run.returncode == 0 else None
        return self.programs[name]

    def scenario(self, work):
        with open(os.path.join(HERE, "scenarios", work.kind + ".swarm")) as file:
            return file.read().replace('"/1KB"', '"%s"' % work.path)

    def program_for(self, work):
        return self.compile(self.scenario(work), work.size if work.kind == "get" else "journey")

    def why_not(self, work):
        return self.missing or (None if self.program_for(work) else self.missing)

    def command(self, work, server):
        return [self.program_for(work), "--host", server.base(work.tls), "--users", str(work.users), "--spawn-rate", str(work.users),
                "--threads", "1", "--headless", "--only-summary", *(["--insecure"] if work.tls else [])]


class SwarmNative(Swarm):
    name, engine = "swarm", "native"


class SwarmCurl(Swarm):
    name, engine = "swarm-curl", "curl"


class Wrk(Tool):
    name, journeys = "wrk", False

    def prepare(self):
        self.path = self.program("wrk")

    def command(self, work, server):
        return [self.path, "-t1", "-c%d" % work.users, "-d%ds" % LONG, server.base(work.tls) + work.path]


class H2load(Tool):
    name, journeys = "h2load", False

    def prepare(self):
        self.path = self.program("h2load")

    def command(self, work, server):
        return [self.path, "--h1", "-t1", "-c%d" % work.users, "-D%d" % LONG, server.base(work.tls) + work.path]


class Hey(Tool):
    name, journeys, script = "hey", False, "install-hey.sh"

    def prepare(self):
        self.path = self.program("hey")

    def environment(self, work, server):
        return {"GOMAXPROCS": "1"}

    def command(self, work, server):
        return [self.path, "-c", str(work.users), "-z", "%ds" % LONG, server.base(work.tls) + work.path]


class Oha(Tool):
    name, journeys, script = "oha", False, "install-oha.sh"

    def prepare(self):
        self.path = self.program("oha")

    def command(self, work, server):
        return [self.path, "--no-tui", "--insecure", "-c", str(work.users), "-z", "%ds" % LONG, server.base(work.tls) + work.path]


class K6(Tool):
    name, script, settle = "k6", "install-k6.sh", 2.0

    def prepare(self):
        self.path = self.program("k6")

    def environment(self, work, server):
        return {"GOMAXPROCS": "1", "BENCH_URL": server.base(work.tls), "BENCH_PATH": work.path, "K6_NO_USAGE_REPORT": "true"}

    def command(self, work, server):
        return [self.path, "run", "--quiet", "--no-summary", "--insecure-skip-tls-verify", "--vus", str(work.users), "--duration",
                "%ds" % LONG, os.path.join(HERE, "scenarios", "k6_%s.js" % work.kind)]


class Locust(Tool):
    name, script, settle, patience, user = "locust", "install-locust.sh", 2.0, 4, "Http"

    def prepare(self):
        self.path = os.path.join(self.peers, "locust", "bin", "locust")
        if not os.path.exists(self.path):
            self.missing = "not installed: sh tests/bench/%s" % self.script

    def environment(self, work, server):
        return {"BENCH_PATH": work.path}

    def command(self, work, server):
        return [self.path, "-f", os.path.join(HERE, "scenarios", "locustfile.py"), "--headless", "--only-summary", "--host",
                server.base(work.tls), "-u", str(work.users), "-r", str(max(100, work.users // 5)), "-t", "%ds" % LONG,
                self.user + work.kind.capitalize()]


class LocustFast(Locust):
    name, user = "locust-fast", "Fast"


class Goose(Tool):
    name, script, settle = "goose", "install-goose.sh", 1.0

    def prepare(self):
        self.path = self.program("goose-bench")

    def environment(self, work, server):
        return {"BENCH_PATH": work.path, "BENCH_KIND": work.kind}

    def command(self, work, server):
        return [self.path, "--host", server.base(work.tls), "--users", str(work.users), "--hatch-rate", str(max(100, work.users // 5)),
                "--run-time", str(LONG), "--no-reset-metrics", "--quiet", *(["--accept-invalid-certs"] if work.tls else [])]


class Gatling(Tool):
    name, script, settle, patience = "gatling", "install-gatling.sh", 5.0, 4

    def prepare(self):
        self.home = os.path.join(self.peers, "gatling")
        if not os.path.exists(os.path.join(self.home, "classes", "BenchSimulation.class")):
            self.missing = "not installed: sh tests/bench/%s" % self.script

    def command(self, work, server):
        return ["java", "-Xmx2G", "-XX:+UseG1GC", "--add-opens=java.base/java.lang=ALL-UNNAMED", "-Dbench.url=" + server.base(work.tls),
                "-Dbench.path=" + work.path, "-Dbench.kind=" + work.kind, "-Dbench.users=%d" % work.users, "-Dbench.seconds=%d" % LONG,
                "-cp", "%s/classes:%s/lib/*" % (self.home, self.home), "io.gatling.app.Gatling", "-s", "BenchSimulation", "-nr",
                "-rf", os.path.join(self.folder, "gatling-results")]


ALL = [SwarmNative, SwarmCurl, Wrk, H2load, Oha, Hey, Goose, Gatling, K6, LocustFast, Locust]
