"""The load generators that are compared, and how each is told to do a work.

A Work is (kind, tls, size, users): kind "get" (a bare GET of that size) or "journey" (five steps with captures, checks, cookies).
A tool says with why_not(work) that it cannot do it, with command(work, server, seconds) what to run for so long, and with
counted(text) how many requests it says it made, from what it wrote."""
import collections
import json
import os
import re
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
    once = True         # started once for all its windows, which come one after the other; else once for each, in turns
    slow = False        # takes seconds to start
    settle = 0.5        # seconds between its last user's connection and the window
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

    def command(self, work, server, seconds=LONG):
        raise NotImplementedError

    told = None         # the number of requests in its summary; the last match counts

    def counted(self, text):
        """The requests of its own summary, None when it tells none."""
        found = re.findall(self.told, text, re.M)
        return int(re.sub(r"\D", "", found[-1])) if found else None


class Swarm(Tool):
    engine, once = None, False

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

    def command(self, work, server, seconds=LONG):
        return [self.program_for(work), "--host", server.base(work.tls), "--users", str(work.users), "--spawn-rate", str(work.users),
                "--threads", "1", "--headless", "--only-summary", "--run-time", "%ds" % seconds, *(["--insecure"] if work.tls else [])]

    def exact(self, command, path):
        """The command with a report that counted_exactly() reads."""
        return command + ["--json", path]

    @staticmethod
    def counted_exactly(path):
        """What the server must have seen: requests of all rows, extra tries and what was cut off at the end."""
        with open(path) as file:
            rows = json.load(file)["rows"]
        return sum(row["requests"] + row["extra_tries"] + row["cut_off"] for row in rows)


class SwarmNative(Swarm):
    name, engine = "swarm", "native"


class SwarmCurl(Swarm):
    name, engine = "swarm-curl", "curl"


class Wrk(Tool):
    name, journeys, once, told = "wrk", False, False, r"^\s*(\d+) requests in "

    def prepare(self):
        self.path = self.program("wrk")

    def command(self, work, server, seconds=LONG):
        return [self.path, "-t1", "-c%d" % work.users, "-d%ds" % seconds, server.base(work.tls) + work.path]


class H2load(Tool):
    name, journeys, once, told = "h2load", False, False, r"^requests: .* (\d+) done,"

    def prepare(self):
        self.path = self.program("h2load")

    def command(self, work, server, seconds=LONG):
        return [self.path, "--h1", "-t1", "-c%d" % work.users, "-D%d" % seconds, server.base(work.tls) + work.path]


class Hey(Tool):
    name, journeys, script, told = "hey", False, "install-hey.sh", r"^\s*\[200\]\s+(\d+) responses"

    def prepare(self):
        self.path = self.program("hey")

    def environment(self, work, server):
        return {"GOMAXPROCS": "1"}

    def command(self, work, server, seconds=LONG):
        return [self.path, "-c", str(work.users), "-z", "%ds" % seconds, server.base(work.tls) + work.path]


class Oha(Tool):
    name, journeys, script, told = "oha", False, "install-oha.sh", r"^\s*\[200\]\s+(\d+) responses"

    def prepare(self):
        self.path = self.program("oha")

    def command(self, work, server, seconds=LONG):
        return [self.path, "--no-tui", "--insecure", "-c", str(work.users), "-z", "%ds" % seconds, server.base(work.tls) + work.path]


class K6(Tool):
    name, script, settle, slow, told = "k6", "install-k6.sh", 2.0, True, r"^\s*http_reqs\.*: (\d+) "

    def prepare(self):
        self.path = self.program("k6")

    def environment(self, work, server):
        return {"GOMAXPROCS": "1", "BENCH_URL": server.base(work.tls), "BENCH_PATH": work.path, "K6_NO_USAGE_REPORT": "true"}

    def command(self, work, server, seconds=LONG):
        return [self.path, "run", "--quiet", "--insecure-skip-tls-verify", "--vus", str(work.users), "--duration",
                "%ds" % seconds, os.path.join(HERE, "scenarios", "k6_%s.js" % work.kind)]


class Locust(Tool):
    name, script, settle, slow, user, told = "locust", "install-locust.sh", 2.0, True, "Http", r"^\s*Aggregated\s+(\d+)\s+\d+\("

    def prepare(self):
        self.path = os.path.join(self.peers, "locust", "bin", "locust")
        if not os.path.exists(self.path):
            self.missing = "not installed: sh tests/bench/%s" % self.script

    def environment(self, work, server):
        return {"BENCH_PATH": work.path}

    def command(self, work, server, seconds=LONG):
        return [self.path, "-f", os.path.join(HERE, "scenarios", "locustfile.py"), "--headless", "--only-summary", "--host",
                server.base(work.tls), "-u", str(work.users), "-r", str(max(100, work.users // 2)), "-t", "%ds" % seconds,
                self.user + work.kind.capitalize()]


class LocustFast(Locust):
    name, user = "locust-fast", "Fast"


class Goose(Tool):
    name, script, settle, slow, told = "goose", "install-goose.sh", 1.0, True, r"^\s*(?:Aggregated|GET \S+)\s*\|\s*([\d,]+) \|[^|\n]*%"

    def prepare(self):
        self.path = self.program("goose-bench")

    def environment(self, work, server):
        return {"BENCH_PATH": work.path, "BENCH_KIND": work.kind}

    def command(self, work, server, seconds=LONG):
        return [self.path, "--host", server.base(work.tls), "--users", str(work.users), "--increase-rate", str(max(100, work.users // 2)),
                "--run-time", str(seconds), "--no-reset-metrics", "--quiet", *(["--accept-invalid-certs"] if work.tls else [])]


class Gatling(Tool):
    name, script, settle, slow, told = "gatling", "install-gatling.sh", 5.0, True, r"^>\s*(?:Global|request count)[^\d\n]*([\d,]+)"

    def prepare(self):
        self.home = os.path.join(self.peers, "gatling")
        if not os.path.exists(os.path.join(self.home, "classes", "BenchSimulation.class")):
            self.missing = "not installed: sh tests/bench/%s" % self.script

    def command(self, work, server, seconds=LONG):
        return ["java", "-Xmx2G", "-XX:+UseG1GC", "--add-opens=java.base/java.lang=ALL-UNNAMED", "-Dbench.url=" + server.base(work.tls),
                "-Dbench.path=" + work.path, "-Dbench.kind=" + work.kind, "-Dbench.users=%d" % work.users, "-Dbench.seconds=%d" % seconds,
                "-cp", "%s/classes:%s/lib/*" % (self.home, self.home), "io.gatling.app.Gatling", "-s", "BenchSimulation", "-nr",
                "-rf", os.path.join(self.folder, "gatling-results")]


ALL = [SwarmNative, SwarmCurl, Wrk, H2load, Oha, Hey, Goose, Gatling, K6, LocustFast, Locust]
