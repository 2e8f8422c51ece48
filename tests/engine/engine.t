#!/usr/bin/env python3
"""Whole programs written by hand, against a server that notes what it got and when: counts, stops, signals, lost users,
pace, the order of hooks, exit codes."""
import http.server
import os
import re
import shlex
import signal
import socketserver
import statistics
import subprocess
import tempfile
import threading
import time

import swarmtest
from tap import ROOT, diag, done, equal, like, ok, timing, unlike

CC = os.environ.get("CC", "cc")


def link_flags():
    """What swarmc links programs with, and with which flags it compiles them."""
    with open(os.path.join(swarmtest.BUILD, "gen", "link_flags.h")) as file:
        text = file.read()
    return [shlex.split(re.search(r'%s "(.*)"' % name, text).group(1)) for name in ("SWARM_LINK_FLAGS", "SWARM_PROGRAM_CFLAGS")]


def build(name, program, *options):
    libs, flags = link_flags()
    path = os.path.join(swarmtest.folder(), program)
    subprocess.run([CC, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", *flags, *options,
                    "-I" + os.path.join(ROOT, "runtime", "include"), os.path.join(ROOT, "tests", "engine", name + ".c"),
                    os.path.join(swarmtest.BUILD, "libswarm.a"), "-o", path, *libs], check=True)
    return path


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    delay = 0.0
    seen = []

    def do_GET(self):
        Handler.seen.append((time.monotonic(), self.path))
        if self.path == "/slow":
            time.sleep(Handler.delay)
        try:
            self.send_response(403 if self.path == "/deny" else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")
        except OSError:
            self.close_connection = True

    def log_message(self, *args):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
HOST = "http://127.0.0.1:%d" % server.server_address[1]


def start(program, *options):
    Handler.seen = []
    return swarmtest.Run(program, "--host", HOST, "--only-summary", *options)


def paths():
    return [path for _, path in list(Handler.seen)]


def wait_for(path, number=1):
    for _ in range(6000):
        if paths().count(path) >= number:
            return True
        time.sleep(0.01)
    return False


def requests(run, name):
    row = run.rows().get(("GET", name))
    return int(row["Request Count"]) if row else 0


smallest = build("hand_smallest", "smallest")
visits = build("hand_visits", "visits")

# ---- counts
run = start(smallest, "-u", "5", "-r", "100", "-t", "1s").wait()
equal(run.code, 0, "a run that passes ends with 0")
equal(requests(run, "/"), len(paths()), "the CSV counts what the server has seen")
ok(len(paths()) > 0, "which is something")
ok(run.seconds >= 1, "--run-time is kept")
like(run.text, "Visitor -> " + HOST, "the first line names the target")
like(run.text.strip().splitlines()[-1], "passed", "the last line says that it passed")
equal(run.out, "", "nothing is written to stdout")

# ---- stopping
Handler.delay = 1.0
run = start(visits, "Slow")
ok(wait_for("/slow"), "a slow request is under way")
run.signal(signal.SIGINT)
run.wait()
equal(run.code, 0, "SIGINT ends with the verdict's code")
equal((requests(run, "/slow"), requests(run, "/bye")), (1, 1), "the request may finish, on stop runs")
equal(paths(), ["/slow", "/bye"], "in this order, nothing else")

Handler.delay = 90.0
run = start(visits, "Slow", "--stop-timeout", "250ms")
ok(wait_for("/slow"), "a very slow request is under way")
run.signal(signal.SIGTERM)
run.wait()
ok(run.seconds < 60, "SIGTERM: it is cut off at the stop timeout")
equal(requests(run, "/slow"), 0, "what is cut off is in no row's requests")
equal(paths(), ["/slow"], "and on stop does not run any more")
like(run.text.lower(), "cut off", "the summary tells it")
equal(run.code, 1, "a run without a finished request fails")
like(run.text, "nothing was measured", "and says why")

for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
    run = start(visits, "Slow", "--stop-timeout", "120s")
    wait_for("/slow")
    run.signal(number)
    run.wait_until("Got SIG")
    ok(run.child.poll() is None, "after the first signal %d it still waits for the request" % number)
    run.signal(number)
    run.wait()
    equal(run.code, code, "the second one ends it with %d" % code)
    ok(run.seconds < 60, "at once")
    like(run.text, "Aggregated", "with the tables")

run = start(visits, "Stuck", "--stop-timeout", "60s")
run.wait_until("All users spawned")
run.signal(signal.SIGINT)
run.wait_until("Got SIGINT")
run.signal(signal.SIGINT)
run.wait()
equal(run.code, 130, "a thread that hangs does not keep the second signal from ending the process")

run = start(visits, "Asleep", "-u", "20", "-r", "100", "--stop-timeout", "120s")
run.wait_until("All users spawned")
run.signal(signal.SIGINT)
run.wait()
ok(run.seconds < 60, "users that sleep end at once")
equal(requests(run, "/bye"), 20, "each of them with its on stop")
equal(len(paths()), 20, "the server saw them")

run = start(visits, "Nested")
wait_for("/read")
run.signal(signal.SIGINT)
run.wait()
equal(paths(), ["/hello", "/enter", "/read", "/leave", "/bye"], "on start from outside in, on stop from inside out")

# ---- users that end by themselves
run = start(visits, "Once", "-u", "3", "-r", "100").wait()
equal(run.code, 0, "stop user: the run ends when nobody is left")
equal(paths(), ["/hello"] * 3, "nobody is replaced")

run = start(visits, "Lost", "-u", "2", "-r", "2", "-t", "2500ms").wait()
equal(run.code, 1, "lost users: the failed requests fail the run")
timing(4 <= len(paths()) <= 6, "they are replaced at the spawn rate", "%d starts" % len(paths()))
equal(requests(run, "/deny"), len(paths()), "each try is counted")
equal(requests(run, "/never"), 0, "none of them ran a task")
like(run.text.lower(), "lost", "the summary tells it")

# ---- waits
run = start(visits, "Paced", "-t", "1500ms").wait()
begins = [at for at, path in Handler.seen if path == "/tick"]
gaps = [b - a for a, b in zip(begins, begins[1:])]
timing(gaps and 0.15 < statistics.median(gaps) < 0.28, "pace: a cycle of 200 ms from the task's start", gaps)
ok(len(begins) <= 8, "and no faster", len(begins))

# ---- verdicts and usage
run = start(visits, "Broken", "--iterations", "20", "--exit-code-on-error", "7").wait()
equal(run.code, 7, "errors in tasks fail the run, with the code that was asked for")
like(run.text, "visits.swarm:5", "the error is listed with its place")
like(run.text, "broken", "and its message")
equal(sum(int(row["Count"]) for row in run.table("exceptions")) > 1, True, "the user goes on after it")

orders = []
for seed in ("11", "11", "12"):
    run = start(visits, "Picker", "--seed", seed).wait()
    equal(run.code, 0, "stop test ends the run with its verdict")
    orders.append(paths())
like(run.text, "enough", "and tells why")
ok(orders[0] == orders[1], "the same seed, the same picks", orders[0], orders[1])
ok(orders[0] != orders[2], "another seed, others")
equal(len(orders[0]), 20, "after twenty requests")

alone = subprocess.run([visits, "Slow"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
equal(alone.returncode, 2, "no target and no --host: usage")
like(alone.stderr, "--host", "the message names the option")
like(alone.stderr, "visits.swarm:1", "and the place")
wrong = subprocess.run([visits, "Sloww", "--host", HOST], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
equal(wrong.returncode, 2, "an unknown kind: usage")
old = build("hand_visits", "old", "-DHAND_ABI=99")
wrong = subprocess.run([old, "Slow", "--host", HOST], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
equal(wrong.returncode, 3, "another ABI is refused")
run = swarmtest.Run(visits, "Once", "--host", HOST, csv_prefix=False)
run.wait()
equal(run.code, 0, "without any report file")
run = swarmtest.Run(visits, "Once", "--host", HOST, "--csv", "/proc/no/such", csv_prefix=False).wait()
equal(run.code, 3, "a report that cannot be written: the run does not start")

server.shutdown()
done()
