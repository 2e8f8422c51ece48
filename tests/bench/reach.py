"""The targets: what Swarm wants to reach, measured, one row each.

A target is a name, what it may be at most (or, for a speed-up, at least) and a function that measures it; the function gives a
text and whether the target holds (None: it could not be measured, the text says why)."""
import os
import re
import shutil
import statistics
import time

import measure
import tools as bench_tools
from tools import Work

HERE = os.path.dirname(os.path.abspath(__file__))
BARE, MANY, TLS, JOURNEY = Work("get", False, "1KB", 100), Work("get", False, "1KB", 5000), Work("get", True, "1KB", 100), Work("journey", False, "", 100)


class Reach:
    def __init__(self, bench):
        self.bench, self.server = bench, bench.server
        named = {tool.name: tool for tool in bench.tools}
        peers = os.path.join(bench.folder, "peers")
        self.wrk = named.get("wrk") or bench_tools.Wrk(bench.folder, peers)
        self.swarm = named.get("swarm") or bench_tools.SwarmNative(bench.folder, peers)
        if self.swarm.why_not(BARE):    # a swarmc without the native engine is measured as it is
            self.swarm = named.get("swarm-curl") or bench_tools.SwarmCurl(bench.folder, peers)
        self.windows = {}

    def us(self, tool, work):
        """The median µs of a request; those that the comparison did not measure are measured here, in turns with each other."""
        found = self.bench.results.get((tool.name, work))
        if isinstance(found, list) and found:
            return statistics.median(r["us"] for r in found)
        key = tool.name, work
        for _ in range(self.bench.rounds):
            for each in ((self.swarm, work), (self.wrk, work)):
                if each[0].why_not(work):
                    continue
                got = self.bench.turn(*each)
                if isinstance(got, str):
                    raise Missing("%s: %s" % (each[0].name, got))
                self.windows.setdefault((each[0].name, work), []).extend(one["us"] for one in got)
            if len(self.windows.get(key, [])) >= self.bench.rounds:
                break
        return statistics.median(self.windows[key])

    def ratio(self, ours, theirs, limit):
        if self.wrk.missing:
            raise Missing(self.wrk.missing)
        a, b = self.us(self.swarm, ours), self.us(self.wrk, theirs)
        return "%.2f × (%.1f of %.1f µs)" % (a / b, a, b), a / b <= limit

    def program(self, name, source=None):
        if source is None:
            with open(os.path.join(HERE, "scenarios", name + ".swarm")) as file:
                source = file.read()
        found = self.swarm.compile(source, name)
        if not found:
            raise Missing(self.swarm.missing)
        return found

    def start(self, program, *options, core=None, name="reach"):
        return measure.Tool([program, "--headless", "--only-summary", *options], core, os.path.join(self.bench.folder, name + ".log"),
                            cwd=self.bench.folder)

    def log(self, name="reach"):
        with open(os.path.join(self.bench.folder, name + ".log"), errors="replace") as file:
            return file.read()

    # ---- one function a target

    def bare(self):
        return self.ratio(BARE, BARE, 1.0)

    def many(self):
        return self.ratio(MANY, MANY, 0.75)

    def journey(self):
        return self.ratio(JOURNEY, BARE, 1.4)

    def tls(self):
        return self.ratio(TLS, TLS, 1.0)

    def instructions(self):
        """callgrind, the difference of two runs that are alike but for the number of requests."""
        if not shutil.which("valgrind"):
            raise Missing("valgrind is missing")
        program, found = self.program("counted"), []
        for rounds in (5, 30):
            out = os.path.join(self.bench.folder, "callgrind.%d" % rounds)
            before = self.server.requests()
            run = measure.Tool(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out, program, "--headless", "--only-summary",
                                "--host", self.server.base(False), "--users", "100", "--spawn-rate", "1000", "--threads", "1", "--rounds",
                                str(rounds), "--run-time", "30s", "--stop-timeout", "1s"], self.bench.core,
                               os.path.join(self.bench.folder, "callgrind.log"), cwd=self.bench.folder)
            give_up = time.monotonic() + 120
            while not run.ended() and time.monotonic() < give_up:
                time.sleep(0.2)
            run.end()
            self.server.rest()
            with open(out) as file:
                total = re.search(r"^(?:totals|summary): (\d+)", file.read(), re.M)
            found.append((int(total.group(1)), self.server.requests() - before))
        (a, few), (b, more) = found
        if more - few < 2450:
            raise Missing("only %d of 2,500 requests were made under callgrind" % (more - few))
        each = (b - a) / (more - few)
        return "{:,.0f}".format(each), each <= 4000

    def settled(self, program, users, *options, rate=None, wait=None, limit=60):
        """Starts users, waits until wait() says that they are there and memory no longer grows; memory in KB, the seconds until
        they were there."""
        begin = time.monotonic()
        run = self.start(program, "--users", str(users), "--spawn-rate", str(rate or users), "--threads", "1", *options)
        try:
            while not wait(run):
                if run.ended() or time.monotonic() - begin > limit:
                    raise Missing("%d users were not there within %d s" % (users, limit))
                time.sleep(0.05)
            took = time.monotonic() - begin
            before, memory = 0, measure.memory_kb(run.pids())
            while memory > 1.002 * before and time.monotonic() - begin < limit:
                time.sleep(1.0)
                before, memory = memory, measure.memory_kb(run.pids())
            return memory, took
        finally:
            run.end()
            self.server.rest()

    def connected(self, few, more, tls, limit, rate):
        """Bytes a user with an open connection: the difference between two numbers of users."""
        program, sizes = self.program("resting"), []
        for users in (few, more):
            options = ["--host", self.server.base(tls), *(["--insecure"] if tls else [])]
            first = self.server.requests()
            sizes.append(self.settled(program, users, *options, rate=rate,
                                      wait=lambda run, n=users: self.server.requests() - first >= n)[0])
        each = (sizes[1] - sizes[0]) * 1024 / (more - few)
        return "{:,.0f} B".format(each), each <= limit

    def idle(self):
        return self.connected(1000, 11000, False, 768, 2000)

    def idle_tls(self):
        return self.connected(300, 2300, True, 31 * 1024, 200)

    def sleepers(self):
        """The state of tour/01, asleep before its first request. Cached: two targets look at it."""
        if not hasattr(self, "slept"):
            with open(os.path.join(HERE, "..", "tour", "01_checkout.swarm")) as file:
                source = re.sub(r"on start\s*\{", "on start {\n sleep 1h\n", file.read())
            source = re.sub(r"\nshape .*?\n}\n", "\n", re.sub(r"\nthresholds .*\n}\n", "\n", source, flags=re.S), flags=re.S)
            source += '\non spawning_complete { log "all are there" }\n'
            program = self.program("sleepers", source)
            told = lambda run: "all are there" in self.log()
            small, _ = self.settled(program, 1000, wait=told)
            self.slept = (*self.settled(program, 1000000, wait=told), small)
        return self.slept

    def sleeping(self):
        memory, _, small = self.sleepers()
        each = (memory - small) * 1024 / 999000
        return "%.0f B" % each, each <= 400

    def million(self):
        memory, took, _ = self.sleepers()
        return "%.1f s, %.0f MB" % (took, memory / 1024), took <= 10 and memory <= 500 * 1024

    def thinking(self):
        users = 15000
        program = self.program("thinking")
        run = self.start(program, "--host", self.server.base(False), "--users", str(users), "--spawn-rate", "3000", "--threads", "1",
                         "--threshold", "generator.lag.p99 < 5ms", "--run-time", "2m", "--stop-timeout", "2s", core=self.bench.core)
        try:
            found = measure.windows(run, self.server, users, 10, limit=60, settle=2.0)
            run.child.terminate()    # it stops its users and writes the summary
            give_up = time.monotonic() + 30
            while not run.ended() and time.monotonic() < give_up:
                time.sleep(0.1)
        finally:
            run.end()
            self.server.rest()
        if isinstance(found, str):
            raise Missing(found)
        found = found[0]
        lag = re.search(r"generator\.lag\.p99 < 5ms\s+([\d.,]+) (ms|s)\b", self.log())
        if not lag:
            raise Missing("the summary tells no lag")
        ms = float(lag.group(1).replace(",", "")) * (1000 if lag.group(2) == "s" else 1)
        times = found["us"] / self.us(self.swarm, BARE)
        return "lag p99 %g ms, %.1f × (%.1f µs), %d connected" % (ms, times, found["us"], found["connections"]), \
            ms <= 5 and times <= 3.2 and found["connections"] >= 0.98 * users

    def shards(self):
        """Processor time of a request with two shards and with one, unpinned, in turns."""
        program = self.swarm.program_for(BARE)
        figures = {1: [], 2: []}
        for _ in range(self.bench.rounds):
            for threads in (1, 2):
                run = self.start(program, "--host", self.server.base(False), "--users", "100", "--spawn-rate", "1000", "--threads", str(threads))
                try:
                    found = measure.windows(run, self.server, 100, self.bench.seconds)
                finally:
                    run.end()
                    self.server.rest()
                if isinstance(found, str):
                    raise Missing(found)
                figures[threads].append(found[0]["us"])
        one, two = statistics.median(figures[1]), statistics.median(figures[2])
        return "%.2f × (%.1f of %.1f µs)" % (two / one, two, one), two / one <= 1.1

    def computing(self):
        """Rounds of a task that only computes, two shards against one. Beside them the rounds of a second of processor time: what two
        shards cost each other would show there, what other processes take from them does not."""
        program, rounds, each = self.program("computing"), {}, {}
        for threads in (1, 2):
            before = os.times()
            run = self.start(program, "--users", "20", "--spawn-rate", "1000", "--threads", str(threads), "--run-time", "4s", name="computing")
            give_up = time.monotonic() + 30
            while not run.ended() and time.monotonic() < give_up:
                time.sleep(0.1)
            run.end()
            told = re.search(r"^\s*(?:counter\s+)?rounds\s+(?:counter\s+)?([\d,]+)", self.log("computing"), re.M)
            if not told:
                raise Missing("the summary tells no rounds")
            rounds[threads] = int(told.group(1).replace(",", ""))
            after = os.times()
            each[threads] = rounds[threads] / (after.children_user + after.children_system - before.children_user - before.children_system)
        return "%.2f × (%.2f × for each second of processor time)" % (rounds[2] / rounds[1], each[2] / each[1]), rounds[2] / rounds[1] >= 1.9


class Missing(Exception):
    pass


TARGETS = [
    ("bare GET, 100 users, CPU per request", "1.0 × wrk", Reach.bare),
    ("bare GET, 5,000 users", "0.75 × wrk", Reach.many),
    ("user-space work of a bare GET (callgrind)", "4,000 instructions", Reach.instructions),
    ("five-step journey, per request", "1.4 × wrk's bare GET", Reach.journey),
    ("TLS 1.3, 1 KB, kept alive, 100 users", "1.0 × wrk with TLS", Reach.tls),
    ("memory of a sleeping user that never connected (state of tour 01)", "400 B", Reach.sleeping),
    ("memory of an idle user with an open plain connection", "768 B", Reach.idle),
    ("the same with TLS", "31 KB", Reach.idle_tls),
    ("1,000,000 sleeping users in one process", "10 s, 500 MB", Reach.million),
    ("15,000 connected users, think times 1–5 s", "lag p99 5 ms, 3.2 × bare GET", Reach.thinking),
    ("two shards against one, CPU per request", "1.1 ×", Reach.shards),
    ("a task that only computes, two shards against one", "at least 1.9 × the rounds", Reach.computing),
]


def measure_all(bench):
    """A dict a target: its name, its limit, what was measured, and whether it holds. BENCH_TARGETS: only those whose function's name
    holds one of the words. One that fails says why and does not stop the others."""
    reach, found = Reach(bench), []
    wanted = os.environ.get("BENCH_TARGETS", "").split()
    chosen = [target for target in TARGETS if not wanted or any(word in target[2].__name__ for word in wanted)]
    for number, (name, limit, function) in enumerate(chosen, 1):
        try:
            measured, holds = function(reach)
        except Missing as why:
            measured, holds = str(why), None
        except Exception as why:    # the others are still worth measuring
            measured, holds = "failed: %s: %s" % (type(why).__name__, why), None
        print("%s  target %d/%d  %s: %s: %s" % (bench.clock(), number, len(chosen), name, limit, measured), flush=True)
        found.append({"name": name, "limit": limit, "measured": measured, "holds": holds})
    return {"tool": reach.swarm.name, "rows": found}
