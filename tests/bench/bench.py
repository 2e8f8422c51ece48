#!/usr/bin/env python3
"""Compares load generators: processor time per request and memory per user, all of them in one run against one nginx.

    make bench                                   everything
    BENCH_ONLY="swarm wrk" BENCH_WORK="1KB-100" BENCH_ROUNDS=3 make bench
    BENCH_CHECK=yes make bench                   no figures: does every tool do what it should (check.py)

    BENCH_ONLY       tools (of tools.py; default: all)
    BENCH_WORK       works by name (1KB-100 tls-32KB-5000 journey-100 …) or by a part of it (1KB, tls, journey, 5000) (default: all)
    BENCH_ROUNDS     windows of each tool at each work, the tools in turns (3)
    BENCH_SECONDS    of a measured window (2)
    BENCH_WAIT       seconds that a tool may take until 5,000 users are there (30)
    BENCH_MINUTES    no further work is begun after so many; what is left out is named (no limit)
    BENCH_REACH      no: leave out the table of targets; only: nothing else
    BENCH_TARGETS    of the targets only these (bare many instructions journey tls sleeping idle idle_tls million thinking shards
                     computing)
    BENCH_PEERS      where the install scripts put the other tools (build/bench/peers)

The server has the first core, the generator the second; with one core the figures say little. Results go to build/bench/:
results.md, results.svg, results.json. docs/performance.md tells what they mean."""
import json
import os
import platform
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check
import measure
import reach
import report
import server as bench_server
import tools as bench_tools
from tools import Work

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build")))
SIZES, USERS = ("13B", "1KB", "32KB"), (100, 5000)


def words(name):
    return os.environ.get(name, "").split()


def number(name, default):
    """A positive number of the environment."""
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = None
    if value is not None and not value > 0 or text and value is None:
        raise SystemExit("bench: %s=%s is not a number above 0" % (name, text))
    return value


def all_works():
    works = [Work("get", tls, size, users) for tls in (False, True) for users in USERS for size in SIZES]
    works += [Work("journey", tls, "", users) for tls in (False, True) for users in USERS]
    wanted = words("BENCH_WORK")
    for word in wanted:
        if not any(word == str(work) or word in str(work).split("-") for work in works):
            raise SystemExit("bench: there is no work %s, only %s" % (word, " ".join(map(str, works))))
    return [work for work in works if not wanted or any(w == str(work) or w in str(work).split("-") for w in wanted)]


def machine():
    model = "?"
    try:
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "?")
    except OSError:
        pass
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return "%d cores, %s, Linux %s, %s, revision %s" % (os.cpu_count(), model, platform.release().split("-")[0], time.strftime("%Y-%m-%d"),
                                                       commit.stdout.strip() or "?")


class Bench:
    def __init__(self, folder, server):
        self.folder, self.server, self.begin = folder, server, time.monotonic()
        self.core = 1 if os.cpu_count() > 1 else 0
        self.seconds = number("BENCH_SECONDS", 2.0)
        self.rounds = int(number("BENCH_ROUNDS", 3))
        self.wait = number("BENCH_WAIT", 30.0)
        self.minutes = number("BENCH_MINUTES", None)
        self.results, self.targets = {}, None
        only = words("BENCH_ONLY")
        known = [tool.name for tool in bench_tools.ALL]
        for name in only:
            if name not in known:
                raise SystemExit("bench: there is no tool %s, only %s" % (name, " ".join(known)))
        self.peers = os.path.abspath(os.environ.get("BENCH_PEERS") or os.path.join(folder, "peers"))
        self.tools = [tool(folder, self.peers) for tool in bench_tools.ALL if not only or tool.name in only]

    def clock(self):
        """Minutes and seconds since the begin."""
        return "%3d:%02d" % divmod(int(time.monotonic() - self.begin), 60)

    def turn(self, tool, work, rounds=1):
        """Windows of a tool at a work, or why there are none. Whatever goes wrong is the tool's: the others go on."""
        why = tool.why_not(work)
        if why:
            return why
        try:
            return self.measured(tool, work, rounds)
        except Exception as why:
            return "failed: %s: %s" % (type(why).__name__, why)

    def measured(self, tool, work, rounds):
        log = os.path.join(self.folder, "%s-%s.log" % (tool.name, work))
        limit = self.wait if tool.slow or work.users > 1000 else min(self.wait, 15.0)
        run = measure.Tool(tool.command(work, self.server), self.core, log, cwd=self.folder, env=tool.environment(work, self.server))
        try:
            found = measure.windows(run, self.server, work.users, self.seconds, rounds, limit, tool.settle)
            if isinstance(found, str) and run.ended():
                found += last_words(log)
        finally:
            run.end()
            self.server.rest()
        return found

    def turns(self, works, once):
        """[(tool, work, windows)] of those that are started once, or of the others: a work after the other, in each the tools in turns.
        The other sizes with many users come last for those that are started once: if time runs out, it is there."""
        if once:
            chosen = sorted(works, key=lambda work: (work.users > 1000, work.size not in ("", "1KB"), work.tls))
            found = [(tool, work, self.rounds) for work in chosen for tool in self.tools if tool.once]
        else:
            found = [(tool, work, 1) for work in works for _ in range(self.rounds) for tool in self.tools if not tool.once]
        for tool, work, _ in found:
            if tool.why_not(work):
                self.results[tool.name, work] = tool.why_not(work)
        return [turn for turn in found if not turn[0].why_not(turn[1])]

    def play(self, turns, after=()):
        """Measures these; `after` are others that come later, for the time that is left."""
        for number_of, (tool, work, rounds) in enumerate(turns):
            key = tool.name, work
            if isinstance(self.results.get(key), str):
                continue
            if self.minutes and time.monotonic() - self.begin > 60 * self.minutes:
                self.results.setdefault(key, "not measured: the %g minutes of BENCH_MINUTES were over" % self.minutes)
                continue
            found = self.turn(tool, work, rounds)
            if isinstance(found, str):
                self.results.setdefault(key, found)
            else:
                self.results.setdefault(key, []).extend(found)
            left = sum(self.cost(*turn) for turn in turns[number_of + 1:]) + sum(self.cost(*turn) for turn in after)
            self.tell("%d/%d, some %d min left" % (number_of + 1, len(turns), left / 60 + 1), tool, work, found)
            self.write()

    def cost(self, tool, work, rounds):
        """About how many seconds a turn takes."""
        start = (self.wait / 2 if work.users > 1000 else 4) if tool.slow else 1.5
        return start + tool.settle + rounds * self.seconds

    def tell(self, progress, tool, work, found):
        head = "%s  %s  %-14s %-12s" % (self.clock(), progress, work, tool.name)
        for one in [found] if isinstance(found, str) else found:
            print(head, one if isinstance(one, str) else "%6.2f µs  %7.0f/s  %3.0f %% of a core  %d connections" %
                  (one["us"], one["rps"], 100 * one["busy"], one["connections"]), flush=True)

    def document(self):
        return {"machine": machine(), "seconds": self.seconds, "rounds": self.rounds, "tools": [tool.name for tool in self.tools],
                "minutes": round((time.monotonic() - self.begin) / 60, 1), "targets": self.targets,
                "cells": [{"tool": tool, "work": list(work), "result": result} for (tool, work), result in self.results.items()]}

    def write(self):
        """What there is so far: a run that is stopped leaves that."""
        found = self.document()
        for name, text in (("json", json.dumps(found, indent=1) + "\n"), ("md", report.page(found)), ("svg", report.plot(found))):
            path = os.path.join(self.folder, "results." + name)
            with open(path + ".tmp", "w") as file:
                file.write(text)
            os.replace(path + ".tmp", path)


def last_words(log):
    """The last line that a tool wrote, for a message."""
    with open(log, errors="replace") as file:
        lines = [line.strip() for line in file.read()[-4000:].splitlines() if line.strip()]
    return ": " + "".join(c for c in lines[-1][:200] if c.isprintable()) if lines else ""


def main():
    if not bench_server.nginx():
        raise SystemExit("bench: nginx is missing")
    folder = os.path.join(BUILD, "bench")
    os.makedirs(folder, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))     # so that the server and the tool under way are ended too
    with bench_server.Server(os.path.join(folder, "server")) as server:
        bench = Bench(folder, server)
        if os.environ.get("BENCH_CHECK"):
            sys.exit(check.all_tools(bench))
        wanted = os.environ.get("BENCH_REACH", "yes")
        works = all_works() if wanted != "only" else []
        in_turns, once = bench.turns(works, False), bench.turns(works, True)
        for tool in bench.tools:
            if tool.missing:
                print("%s  %s: %s" % (bench.clock(), tool.name, tool.missing), flush=True)
        bench.play(in_turns, once)
        if wanted != "no":
            bench.targets = reach.measure_all(bench)
        bench.play(once)
        bench.write()
        print("\n%s\nAfter %s minutes written to %s: results.md, results.svg, results.json" %
              (report.page(bench.document()), bench.clock().strip(), folder), flush=True)


if __name__ == "__main__":
    main()
