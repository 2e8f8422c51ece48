#!/usr/bin/env python3
"""Compares load generators: processor time per request and memory per user, all of them in one run against one nginx.

    make bench                                   everything; half an hour and more
    BENCH_ONLY="swarm wrk" BENCH_WORK="1KB-100" BENCH_ROUNDS=3 make bench

    BENCH_ONLY       tools (of tools.py; default: all)
    BENCH_WORK       works by name (1KB-100 tls-32KB-5000 journey-100 …) or by a part of it (1KB, tls, journey, 5000) (default: all)
    BENCH_ROUNDS     rounds, in each of which every tool has its turn (3)
    BENCH_SECONDS    of a measured window (3)
    BENCH_REACH      no: leave out the table of targets; only: nothing else
    BENCH_TARGETS    of the targets only these (bare many instructions journey tls sleeping idle idle_tls million thinking shards
                     computing)

The server has the first core, the generator the second; with one core the figures say little. Results go to build/bench/:
results.md, results.svg, results.json. docs/performance.md tells what they mean."""
import json
import os
import platform
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measure
import reach
import report
import server as bench_server
import tools as bench_tools
from tools import Work

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build")))
SIZES, USERS = ("13B", "1KB", "32KB"), (100, 5000)
WARM = {100: 15.0, 5000: 40.0}


def words(name):
    return os.environ.get(name, "").split()


def all_works():
    works = [Work("get", tls, size, users) for tls in (False, True) for users in USERS for size in SIZES]
    works += [Work("journey", tls, "", users) for tls in (False, True) for users in USERS]
    wanted = words("BENCH_WORK")
    return [work for work in works if not wanted or any(w == str(work) or w in str(work).split("-") for w in wanted)]


def machine():
    model = "?"
    try:
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "?")
    except OSError:
        pass
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return "%d cores, %s, Linux %s, %s, revision %s" % (os.cpu_count(), model, platform.release(), time.strftime("%Y-%m-%d"),
                                                       commit.stdout.strip() or "?")


class Bench:
    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        self.core = 1 if os.cpu_count() > 1 else 0
        self.seconds = float(os.environ.get("BENCH_SECONDS", "3"))
        self.rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
        self.results = {}
        only = words("BENCH_ONLY")
        known = [tool.name for tool in bench_tools.ALL]
        for name in only:
            if name not in known:
                raise SystemExit("bench: there is no tool %s, only %s" % (name, " ".join(known)))
        peers = os.path.join(folder, "peers")
        self.tools = [tool(folder, peers) for tool in bench_tools.ALL if not only or tool.name in only]

    def turn(self, tool, work):
        """A window of a tool at a work, or why there is none."""
        why = tool.why_not(work)
        if why:
            return why
        run = measure.Tool(tool.command(work, self.server), self.core, os.path.join(self.folder, "%s-%s.log" % (tool.name, work)),
                           cwd=self.folder, env=tool.environment(work, self.server))
        try:
            return measure.window(run, self.server, work.users, self.seconds, tool.patience * WARM.get(work.users, 30.0), tool.settle)
        finally:
            run.end()
            self.server.rest()

    def play(self, works):
        for round_number in range(self.rounds):
            for work in works:
                for tool in self.tools:
                    key = tool.name, work
                    if isinstance(self.results.get(key), str):
                        continue
                    found = self.turn(tool, work)
                    if isinstance(found, str):
                        if not self.results.get(key):
                            self.results[key] = found
                        print("round %d  %-14s %-12s %s" % (round_number + 1, work, tool.name, found), flush=True)
                        continue
                    self.results.setdefault(key, []).append(found)
                    print("round %d  %-14s %-12s %6.2f µs  %7.0f/s  %3.0f %% of a core  %d connections" %
                          (round_number + 1, work, tool.name, found["us"], found["rps"], 100 * found["busy"], found["connections"]), flush=True)


def main():
    if not bench_server.nginx():
        raise SystemExit("bench: nginx is missing")
    folder = os.path.join(BUILD, "bench")
    os.makedirs(folder, exist_ok=True)
    reach_wanted = os.environ.get("BENCH_REACH", "yes")
    parts = ["# Benchmark\n\n%s\n" % machine()]
    with bench_server.Server(os.path.join(folder, "server")) as server:
        bench = Bench(folder, server)
        if reach_wanted != "only":
            works = all_works()
            bench.play(works)
            parts.append("Processor time of the generator in µs per request: median (least) of %d windows of %g s.\n" % (bench.rounds, bench.seconds))
            parts.append(report.table(works, bench.tools, bench.results))
            with open(os.path.join(folder, "results.svg"), "w") as file:
                file.write(report.plot(works, bench.tools, bench.results))
        if reach_wanted != "no":
            parts.append("## Targets\n")
            parts.append(reach.table(bench))
    text = "\n".join(parts)
    with open(os.path.join(folder, "results.md"), "w") as file:
        file.write(text)
    with open(os.path.join(folder, "results.json"), "w") as file:
        json.dump([{"tool": tool, "work": str(work), "result": result} for (tool, work), result in bench.results.items()], file, indent=1)
    print("\n" + text + "\nWritten to %s: results.md, results.svg, results.json" % folder)


if __name__ == "__main__":
    main()
