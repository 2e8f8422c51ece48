#!/usr/bin/env python3
"""Honest times under `arrive`: a server that freezes for two seconds shows in the percentiles as it does to those who come
meanwhile (wrk2's method: from when a request was due to its answer, worked out here from what the server has written down), and a
generator that freezes says that it did."""
import json
import math
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

RATE, SPAN, FREEZE = 100, 9, 2.0
DELAY = 0.1
SERVER = """
import asyncio, sys, time
answer = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            await asyncio.sleep(%f)
            writer.write(answer)
            await writer.drain()
            print(head.split()[1].decode(), time.monotonic(), flush=True)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
""" % DELAY
SCENARIO = """
user Visitor { task look { get "/at/${user.id}" as "look" } }
shape Open { arrive %d/s for %ds }
""" % (RATE, SPAN)

tap = st.Tap()
program = st.compile_scenario(SCENARIO, "stall")


class Server:
    def __init__(self):
        self.path = os.path.join(st.folder(), "seen-%d" % len(st._children))
        self.child = st.spawn([sys.executable, "-c", SERVER], stdout=open(self.path, "w"))
        while not open(self.path).read().endswith("\n"):
            time.sleep(0.02)
        self.url = "http://127.0.0.1:%s" % open(self.path).readline().strip()

    def end(self):
        """{number of the visitor: when it had its answer}"""
        self.child.kill()
        self.child.wait()
        lines = [line.split() for line in open(self.path).read().splitlines()[1:]]
        return {int(path.rsplit("/", 1)[1]): float(at) for path, at in lines}


def freeze(pid):
    os.kill(pid, signal.SIGSTOP)
    time.sleep(FREEZE)
    os.kill(pid, signal.SIGCONT)


def percentile(times, p):
    """The value at rank ceil(p * n), in ms."""
    return sorted(times)[max(1, math.ceil(p * len(times))) - 1] * 1000


def from_the_schedule(answered):
    """How long each visitor waited for its answer from when it was due: evenly spaced, the first one half a distance after the
    begin. The begin is the latest moment from which nobody would have been served faster than the server can."""
    due = {number: (number - 0.5) / RATE for number in answered}
    begin = min(answered[number] - DELAY - due[number] for number in answered)
    return [answered[number] - begin - due[number] for number in answered]


# ---- the server freezes
server = Server()
json_file = os.path.join(st.folder(), "frozen.json")
run = st.Run(program, "--host", server.url, "--only-summary", "--threads", "2", "--json", json_file)
time.sleep(3)
freeze(server.child.pid)
run.wait()
waited = from_the_schedule(server.end())
row = run.rows()[("GET", "look")]
tap.equal(run.code, 0, "a frozen server: the run passes")
tap.equal((int(row["Request Count"]), len(waited)), (RATE * SPAN, RATE * SPAN), "all %d arrivals were made" % (RATE * SPAN))
with open(json_file) as file:
    late = json.load(file)["users"]["kinds"][0]["late_starts"]["percentiles_us"]["100"] / 1000
# A visit that began late, because this machine stood still, was served that much faster than the schedule says.
for column, p in (("50%", 0.5), ("90%", 0.9), ("95%", 0.95), ("99%", 0.99), ("99.9%", 0.999)):
    found, wanted = float(row[column]), percentile(waited, p)
    near = max(0.05 * wanted, 8)
    tap.timing(wanted - late - near <= found <= wanted + near,
               "%s is %.0f ms; by the schedule and the server's clock %.0f ms (the latest visit was %.0f ms late)" % (column, found, wanted, late))
tap.timing(float(row["99%"]) > 1000 * FREEZE * 0.8, "the two seconds are in it")

# ---- the generator freezes
server = Server()
run = st.Run(program, "--host", server.url, "--only-summary", "--threads", "2", "--fail-on-unhealthy")
time.sleep(3)
freeze(run.child.pid)
run.wait()
waited = from_the_schedule(server.end())
row = run.rows()[("GET", "look")]
tap.equal(int(row["Request Count"]), RATE * SPAN, "a frozen generator: all arrivals are made up for")
told = re.search(r"Counted from when the arrivals were due, p([\d.]+) of all requests is ([\d.]+) ms, not ([\d.]+) ms", run.text)
tap.ok(told, "the summary says that visits began late", run.text[-1500:])
if told:
    found, wanted = float(told.group(2)), percentile(waited, float(told.group(1)) / 100)
    tap.timing(abs(found - wanted) <= 0.1 * wanted, "by how much: p%s %.0f ms, by the schedule %.0f ms" % (told.group(1), found, wanted))
tap.has(run.text, "The load generator is the bottleneck", "it warns while it runs")
tap.ok(re.search(r"THE LOAD GENERATOR WAS THE BOTTLENECK.* scheduled starts were more than 10 ms late", run.text), "and says it in the summary")
tap.equal(run.code, 4, "exit code 4 with --fail-on-unhealthy")
tap.ok(run.text.rstrip().splitlines()[-1].count("failed: the load generator was the bottleneck") == 1, "the last line says why", run.text[-400:])

# ---- our own limits
server = Server()
plain = st.compile_scenario("""
user Many {
  wait 10ms
  task look { get "/at/1" as "look" }
}
""", "many")
few = os.path.join(st.folder(), "few")
with open(few, "w") as file:
    file.write('#!/bin/sh\nulimit -n 40\nexec "%s" "$@"\n' % plain)
os.chmod(few, 0o755)
run = st.Run(few, "--host", server.url, "--only-summary", "--threads", "1", "--users", "60", "--spawn-rate", "100", "--run-time", "2s",
             "--fail-on-unhealthy").wait()
server.end()
failed = int(run.total()["Failure Count"])
tap.ok(failed > 0, "more users than files may be open: %d requests fail" % failed)
tap.has(run.text, "%d connects failed because too many files were open here (raise ulimit -n)" % failed, "each is told as our own limit, with what to raise")
tap.equal(run.code, 4, "and the verdict is not the server's")
tap.end()
